/**
 * The state of a server of the ensemble (QuorumPeer, Leader, Follower, FastLeaderElection).
 *
 * ```text
 *              elected, by a quorum of votes              no quorum of followers within syncLimit
 *   LOOKING ------------------------------------> LEADING -------------------------------------> LOOKING
 *      |         somebody else was elected                    no word of the leader
 *      +----------------------------------------> FOLLOWING ------------------------------------> LOOKING
 * ```
 *
 * Parts do not change the role by themselves: they say so in `next`, and the server does it when they are done.
 */
import type { ConnectionId, DiskFile, EventHandle } from '../../sim/index.js';
import type { ZkTree } from './data-tree.js';
import type { ZkOperation } from './operations.js';
import type { ZkLogEntry } from './transaction-log.js';

/** QuorumPeer.ServerState, without observers. */
export type ZkRole = 'LOOKING' | 'FOLLOWING' | 'LEADING';

/** Whom a server wants to lead, and why it thinks so (Vote). */
export interface ZkVote {
  readonly leaderId: number;
  readonly zxid: number;
  readonly peerEpoch: number;
  readonly electionEpoch: number;
  readonly role: ZkRole;
}

/** What FastLeaderElection knows. Arrays are indexed by server. */
export interface ElectionState {
  /** `logicalclock`: counts elections; who is behind takes over the others'. */
  electionEpoch: number;
  /** What this server proposes, or, while it does not look, whom it follows. */
  vote: ZkVote;
  /** Votes of the present election. */
  received: (ZkVote | null)[];
  /** What servers said that do not look. */
  outOfElection: (ZkVote | null)[];
  notificationIntervalUs: number;
  /** `NO_EVENT`: not set. */
  notificationTimer: EventHandle;
  finalizeTimer: EventHandle;
  /** Own connections to the other servers, for notifications; -1: none. */
  readonly connections: ConnectionId[];
  /** 1: nothing was heard of the server since it was last sent something. */
  readonly unheard: number[];
}

/** A session as the leader tracks it (SessionTrackerImpl). */
export interface TrackedSession {
  readonly timeoutUs: number;
  /** When it expires: a multiple of the tick on the host's monotonic clock. */
  expiresAtUs: number;
  /** Server whose client it is, or 0 where nobody has asked since this leader's election. */
  ownerId: number;
  /** Its end is proposed. */
  isClosing: boolean;
}

/** What a znode will be when all that is proposed has been applied (PrepRequestProcessor.ChangeRecord). */
export interface ChangeRecord {
  readonly zxid: number;
  readonly exists: boolean;
  readonly version: number;
  readonly ephemeralOwner: number;
  readonly childCount: number;
}

/** A follower as its leader sees it (LearnerHandler). */
export interface Learner {
  readonly serverId: number;
  readonly connection: ConnectionId;
  readonly acceptedEpoch: number;
  /** `synced`: it was sent the leader's log and gets all that follows; `active`: it has said that it has it. */
  phase: 'connected' | 'epochSent' | 'epochAcked' | 'synced' | 'active';
  /** Of its log, as it said with its promise. */
  lastZxid: number;
  /** Of the last entry that it was sent with the sync. */
  syncZxid: number;
  ackedZxid: number;
  heardAtUs: number;
  /** The proposal whose acknowledgement is watched (SyncLimitCheck), or 0. */
  watchedZxid: number;
  watchedSinceUs: number;
}

/** What only a leader knows. */
export interface LeadingState {
  phase: 'discovery' | 'synchronization' | 'broadcast';
  /** 0 until a quorum has told its accepted epochs. */
  epoch: number;
  /** History that it was elected with: a follower must not have a newer one. */
  readonly historyEpoch: number;
  readonly historyZxid: number;
  readonly learners: Learner[];
  /** Ids of the servers, this one included, that have promised the epoch. */
  readonly epochAcks: number[];
  /** This server's own log is flushed and its currentEpoch is the new one. */
  hasAckedItself: boolean;
  lastProposedZxid: number;
  committedZxid: number;
  readonly sessions: Map<number, TrackedSession>;
  /** Changes proposed and not yet applied, by path. */
  readonly outstanding: Map<string, ChangeRecord>;
  /** Until when the present phase has to be over; meaningless in `broadcast`. */
  phaseDeadlineUs: number;
  /** When the timer of expiries fires; infinite where it is not set. */
  expiryTimerAtUs: number;
  halfTicks: number;
}

/** What only a follower knows. */
export interface FollowingState {
  readonly leaderId: number;
  /** -1 between attempts. */
  connection: ConnectionId;
  attempts: number;
  phase: 'discovery' | 'synchronization' | 'broadcast';
  epoch: number;
  heardAtUs: number;
  /** The log is the leader's up to here; acknowledged when it is flushed. -1: no sync yet. */
  syncCount: number;
  hasAckedLeader: boolean;
  ackedZxid: number;
  committedZxid: number;
  /** Sessions heard of since the leader's last ping. */
  readonly touched: Set<number>;
}

/** A request of a client that has not been answered. */
export interface PendingRequest {
  readonly cxid: number;
  readonly operation: ZkOperation;
}

/** A connection of a client. */
export interface ClientConnection {
  readonly connection: ConnectionId;
  readonly session: number;
  readonly timeoutUs: number;
  /** `creating` and `reattaching` until the leader has answered. */
  phase: 'creating' | 'reattaching' | 'established';
  /** In order of arrival, the oldest write first: reads behind it wait. */
  readonly pending: PendingRequest[];
  readonly dataWatches: Set<string>;
  readonly childWatches: Set<string>;
}

/** A role to take up. */
export type Transition =
  | { readonly role: 'LOOKING' }
  | { readonly role: 'LEADING' }
  | { readonly role: 'FOLLOWING'; readonly leaderId: number };

/** The volatile state of a server. */
export interface ZooKeeperState {
  readonly programName: 'zookeeper';
  /** `myid`. */
  readonly serverId: number;
  /** Among the servers of the ensemble. */
  readonly index: number;
  readonly log: DiskFile<ZkLogEntry>;
  acceptedEpoch: number;
  currentEpoch: number;
  isFlushing: boolean;
  /** The disk refused; the process is about to end. */
  failed: boolean;
  role: ZkRole;
  next: Transition | null;
  /** The one timer of a leader or follower. */
  roleTimer: EventHandle;
  readonly election: ElectionState;
  leading: LeadingState | null;
  following: FollowingState | null;
  /** Takes clients: it leads with a quorum, or is up to date with its leader. */
  isServing: boolean;
  tree: ZkTree;
  /** Entries of the log that the tree has. */
  appliedCount: number;
  readonly clients: Map<ConnectionId, ClientConnection>;
  readonly connectionOfSession: Map<number, ConnectionId>;
  readonly dataWatchers: Map<string, Set<ConnectionId>>;
  readonly childWatchers: Map<string, Set<ConnectionId>>;
  nextSessionId: number;
}

/** Goes back to look for a leader, once what is being done is done. */
export function abandonRole(server: ZooKeeperState): void {
  server.next = { role: 'LOOKING' };
}
