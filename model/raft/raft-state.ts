/**
 * The state of one node's part in the metadata quorum (KafkaRaftClient, QuorumState and its states).
 *
 * ```text
 *   Unattached ----> Prospective ----> Candidate ----> Leader ----> Resigned
 *     ^   |            |    ^             |                            |
 *     |   v            v    |             v                            |
 *     |  Follower <---------+---- (prospective again)                  |
 *     +----------------------------------------------------------------+  (next epoch)
 * ```
 *
 * Before pre-vote (KIP-996, 4.0; switch `preVote`) nobody is Prospective: whoever would be is a Candidate of the next
 * epoch at once.
 *
 * Any role becomes Unattached when it hears of a higher epoch, and Follower when it hears of its leader.
 * Observers (brokers that are not voters) are Unattached or Follower only.
 *
 * Left out: snapshots (the metadata log is never cut), changes of the voter set (KIP-853), cluster and directory ids.
 * So a voter that lost its disk comes back as the same voter with an empty log and no memory of its votes: as with
 * Kafka's static voters, a committed batch that only it and one other voter of three held can then be lost. Processes
 * that find out end (`halt`).
 */
import { Immutable, type ConnectionId, type DiskFile, type EventHandle } from '../../sim/index.js';
import type { MetadataBatch, MetadataRecord } from '../metadata/records.js';
import type { QuorumFetchRequest } from '../rpc/index.js';
import type { Switches } from '../switches.js';

/** The roles of QuorumState, as small integers. */
export const RaftRole = {
  unattached: 0,
  follower: 1,
  prospective: 2,
  candidate: 3,
  leader: 4,
  resigned: 5,
} as const;

export type RaftRole = (typeof RaftRole)[keyof typeof RaftRole];

/** The election state file (`quorum-state`), replaced as a whole. -1 stands for nobody. */
export class QuorumStateCheckpoint extends Immutable {
  constructor(
    readonly leaderId: number,
    readonly leaderEpoch: number,
    readonly votedId: number,
  ) {
    super();
  }
}

/** Name of the election state's checkpoint on every node's disk. */
export const QUORUM_STATE = 'quorum-state';
/** Name of the metadata log's file on every node's disk: the one partition of its topic. */
export const METADATA_LOG = '__cluster_metadata-0';

export const PeerStatus = { ready: 0, awaitingResponse: 1, backingOff: 2 } as const;

/** One destination of requests: RequestManager's connection state, and NetworkClient's connection. */
export interface Peer {
  readonly nodeId: number;
  readonly host: number;
  /** -1: none is open or being opened. */
  connection: ConnectionId;
  /** A response came over this connection, so that it may be made again at once. */
  established: boolean;
  /** Requests on this connection without a response, forgotten ones included. */
  unanswered: number;
  /** When the connection breaks unless a response comes (NetworkClient's request timeout; monotonic). */
  breaksAtUs: number;
  status: (typeof PeerStatus)[keyof typeof PeerStatus];
  /** Of the request under way; meaningless in other states. */
  correlationId: number;
  /** When the request under way times out, or when backing off ends (monotonic). */
  untilUs: number;
  /** Connection attempts that failed in a row. */
  failedAttempts: number;
  /** No new connection before this (monotonic). */
  reconnectAtUs: number;
}

export const Ballot = { unrecorded: 0, granted: 1, rejected: 2 } as const;

/** What only a leader knows (LeaderState). Arrays are indexed by voter. */
export interface LeaderState {
  /** Where the log ended when the epoch began; its first record is the LeaderChange. */
  readonly epochStartOffset: number;
  /** High watermark of this epoch: -1 until a record of this epoch is on a majority. */
  highWatermark: number;
  /** Log end offsets as last fetched from; the leader's own as flushed; -1 unknown. */
  readonly endOffsets: number[];
  /** 1: the voter fetched since the check-quorum timer was last reset. */
  readonly fetched: number[];
  checkQuorumDeadlineUs: number;
  beginQuorumEpochAtUs: number;
  /** 1: the voter has answered BeginQuorumEpoch (looked at with `leaderSearch=leaderOnly`). By voter. */
  readonly acknowledged: number[];
  /** Records that were appended and wait for the linger time (BatchAccumulator). */
  pending: MetadataRecord[];
  /** When `pending` must be written; infinite when it is empty. */
  drainAtUs: number;
  /** Offset that the next appended record gets. */
  nextOffset: number;
}

/** A voter that resigned tells the others (ResignedState). */
export interface ResignedState {
  /** 1: the voter has yet to confirm EndQuorumEpoch. By voter. */
  readonly unacknowledged: number[];
  readonly preferredSuccessors: readonly number[];
}

/** Fetches that wait for news (KafkaRaftClient's fetch purgatory): arrays of one length, oldest first. */
export interface ParkedFetches {
  readonly connections: ConnectionId[];
  readonly requests: QuorumFetchRequest[];
  readonly deadlinesUs: number[];
  /** The high watermark that each is told where nothing comes up. */
  readonly highWatermarks: number[];
}

/** Settings of the node in microseconds, read once. */
export interface RaftTimeouts {
  readonly electionUs: number;
  readonly fetchUs: number;
  readonly electionBackoffMaxUs: number;
  readonly requestUs: number;
  readonly retryBackoffUs: number;
  readonly appendLingerUs: number;
}

export interface RaftState {
  readonly nodeId: number;
  /** Index among the voters, or -1 for an observer. */
  readonly voterIndex: number;
  readonly voterCount: number;
  /** Voters that must have a record before it is committed: a majority (mutation `metadataCommit=leaderAlone`). */
  readonly commitQuorum: number;
  /** A leader looks where the log of who fetches parts from its own (mutation `metadataDivergence=unchecked`). */
  readonly checksDivergence: boolean;
  /** A leader resigns without fetches of a majority (switch `checkQuorum`). */
  readonly checksQuorum: boolean;
  /** How fetches that wait learn of a higher high watermark (switch `metadataHighWatermark`). */
  readonly highWatermarkNews: Switches['metadataHighWatermark'];
  /** Voters that hear of no leader look for it themselves (switch `leaderSearch`). */
  readonly searchesLeader: boolean;
  readonly timeouts: RaftTimeouts;
  /** Batches in offset order; everything below `logEndOffset`. */
  readonly log: DiskFile<MetadataBatch>;
  /** One past the last offset of the log. */
  logEndOffset: number;
  /** Epoch of the last batch, or 0. */
  lastEpoch: number;
  /** Epochs of the log in ascending order, and where each starts. */
  readonly epochs: number[];
  readonly epochStarts: number[];
  /** Everything below is flushed; on observers, which do not flush, what was there at the start. */
  flushedOffset: number;
  /** A flush is under way; the raft thread appends and fetches nothing meanwhile. */
  flushing: boolean;

  role: RaftRole;
  epoch: number;
  /** Leader of the epoch, this node itself included; -1 unknown. */
  leaderId: number;
  /** Whom this voter voted for in the epoch; -1 nobody. */
  votedId: number;
  /**
   * One past the last offset known to be committed, or -1 before anything is known; never falls. A leader's own
   * `leader.highWatermark` is behind it until the leader has committed a record of its epoch.
   */
  highWatermark: number;
  /** How many batches of the log lie below the high watermark: what others may apply. */
  committedCount: number;

  /** Voters other than this node; an observer's: all voters. By voter, null at the own index. */
  readonly peers: (Peer | null)[];
  leader: LeaderState | null;
  resigned: ResignedState | null;
  /** Of Prospective and Candidate. By voter. */
  readonly ballots: number[];
  readonly parked: ParkedFetches;

  /** Of Unattached, Prospective, Candidate and Resigned voters (monotonic); infinite elsewhere. */
  electionDeadlineUs: number;
  /** A candidate that lost stands again then (monotonic); infinite elsewhere, and with `electionBackoff=electionTimeout`. */
  backoffDeadlineUs: number;
  /** Elections in a row for which this voter has stood; 0 in other roles than Prospective and Candidate. */
  candidacies: number;
  /** Of followers (monotonic); infinite elsewhere. */
  fetchDeadlineUs: number;
  /** A follower has fetched from its leader since it became one (KIP-996). */
  hasFetchedFromLeader: boolean;
  /** No further search for the leader before this. */
  discoverAtUs: number;
  /** The raft thread writes the election state until then: what it sends leaves later. */
  busyUntilUs: number;
  /** Until when a leader that shuts down waits for its successor; -1: no shutdown is under way. */
  shutdownDeadlineUs: number;

  nextCorrelationId: number;
  /** The one timer: when it fires (infinite: it is not set), and its handle. */
  wakeAtUs: number;
  wakeHandle: EventHandle;
  /** The disk failed; the process is about to end. */
  failed: boolean;
}

export function isVoter(raft: RaftState): boolean {
  return raft.voterIndex >= 0;
}

/** True while this node leads its epoch; the leader of the quorum is the active controller. */
export function raftIsLeader(raft: RaftState): boolean {
  return raft.role === RaftRole.leader;
}
