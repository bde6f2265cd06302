/**
 * The state of all replicas of one broker (ReplicaManager, Partition, FetchSession, ReplicaFetcherThread): plain data.
 *
 *     none <──metadata──> leader <──metadata──> follower <──metadata──> none
 *
 * A partition is a leader, a follower or neither; only metadata of the controller moves it (leader-role.ts,
 * follower-role.ts). Each leader keeps what it knows of its followers; each follower is fed by the fetcher of the
 * broker that leads it.
 *
 * Idle partitions cost nothing. A follower that has everything is *settled* in its fetch session: from then on the
 * session's last fetch stands for its last fetch of that partition, so that a fetch touches only the partitions in
 * `FetchSession.active`.
 */
import type { ConnectionId, EventHandle } from '../../sim/index.js';
import type { ReplicaLog } from '../log/index.js';
import type { BrokersView } from '../metadata/brokers-view.js';
import type { RecordBatch } from '../records.js';
import type { AlterPartitionEntry, ProduceResult, RpcMessage } from '../rpc/index.js';
import type { ReplicaThrottles } from './replication-quota.js';

/** The log end offset of a follower that has not fetched in this leadership (UnifiedLog.UNKNOWN_OFFSET). */
export const UNKNOWN_OFFSET = -1;
/** The broker epoch of a follower that has not fetched in this leadership. */
export const UNKNOWN_BROKER_EPOCH = -2;
/** A time long before every run; Kafka uses 0, that is 1970. In microseconds. */
export const LONG_AGO_US = -4_000_000_000_000_000;

/** A follower as the leader knows it (org.apache.kafka.server.replica.Replica). Times are wall clock, microseconds. */
export interface FollowerReplica {
  readonly brokerId: number;
  /** Offset of its last fetch, or `UNKNOWN_OFFSET`. */
  logEndOffset: number;
  /** The leader's log end offset at its last fetch. */
  lastFetchLeaderLogEndOffset: number;
  lastFetchTimeUs: number;
  /** The last time of which the leader knows that the follower had all there was. */
  lastCaughtUpTimeUs: number;
  /** As its last fetch said; -1 where that said none, `UNKNOWN_BROKER_EPOCH` where there was none. */
  brokerEpoch: number;
  /** Member of the committed ISR. */
  inIsr: boolean;
  /** Being added to the ISR: member of the maximal ISR only. */
  isJoining: boolean;
  /** Where not null: the follower has all there is, and its times are those of this session's last fetch. */
  settledIn: FetchSession | null;
}

/** An ISR change that the controller has been asked for and has not answered. */
type PendingIsrChange =
  | { readonly kind: 'expand'; readonly entry: AlterPartitionEntry }
  | { readonly kind: 'shrink'; readonly entry: AlterPartitionEntry };

/** A batch whose produce request waits for the high watermark or for a flush. */
export interface WaitingBatch {
  readonly request: ParkedProduce;
  /** Index of its result in the request. */
  readonly at: number;
  readonly batch: RecordBatch;
  /** The high watermark that it waits for; -1 with acks=1. */
  readonly requiredOffset: number;
  /** The recovery point that it waits for, or -1. */
  readonly requiredFlushOffset: number;
}

export interface LeaderRole {
  readonly kind: 'leader';
  /** Log end offset when this leader epoch began. */
  epochStartOffset: number;
  /** As the controller has committed it; the leader itself is a member. */
  isr: readonly number[];
  pending: PendingIsrChange | null;
  /** The other replicas, in order of assignment. */
  followers: FollowerReplica[];
  /** min(min.insync.replicas, number of replicas); before 3.7 uncapped (switch `minIsrCap`). */
  effectiveMinIsr: number;
  waiting: WaitingBatch[];
  /** In `ReplicaManagerState.laggards`: some member of the ISR may lag. */
  isLaggard: boolean;
}

/**
 * - `fetching`: part of the fetcher's next request.
 * - `truncating`: asks its leader where to cut its log (OffsetForLeaderEpoch; switch `truncate`).
 * - `throttled`: left out of the next request, since it would copy too fast (KIP-73).
 * - `delayed`: until `delayedUntilUs`, after an error.
 * - `failed`: until a new leader epoch.
 * - `idle`: no leader to fetch from.
 *
 * With truncation on fetch Kafka's state Truncating lasts no time: it only stands for a replica without epoch cache,
 * which is cut to its high watermark before its first fetch.
 */
type FetchStatus = 'fetching' | 'truncating' | 'throttled' | 'delayed' | 'failed' | 'idle';

export interface FollowerRole {
  readonly kind: 'follower';
  /** Index of the fetcher, or -1. */
  fetcher: number;
  /** Index in the fetcher's `members`. */
  position: number;
  status: FetchStatus;
  /** PartitionFetchState: where to fetch next, in which leader epoch, after a batch of which epoch. */
  fetchOffset: number;
  currentLeaderEpoch: number;
  lastFetchedEpoch: number;
  /** How far the leader's high watermark was past the log when it last grew (PartitionFetchState.lag); -1: not known. */
  lag: number;
  /** What the fetcher's session has: the last entry sent. A reply counts only if it is the present state, too. */
  sentOffset: number;
  sentLeaderEpoch: number;
  inSession: boolean;
  /** In the fetcher's `changed`. */
  isQueued: boolean;
  delayedUntilUs: number;
  /** A reply without error was applied in this leader epoch. */
  isCopying: boolean;
  /** Counted in the fetcher's `pendingFlushes`. */
  awaitsFlush: boolean;
  /** It must be told where to cut its log before it fetches, again after a delay. */
  mustTruncate: boolean;
  /** Correlation id of its OffsetForLeaderEpoch that is under way, or -1. */
  epochRequest: number;
}

interface NoRole {
  readonly kind: 'none';
}

type PartitionRole = LeaderRole | FollowerRole | NoRole;

/** One partition on this broker (kafka.cluster.Partition). */
export interface Partition {
  readonly index: number;
  /** Null until the broker is known to be a replica, and once it is none any more. */
  log: ReplicaLog | null;
  /** Of the next log: above those of a log that was deleted. */
  firstGeneration: number;
  /** -1: none, or not known. */
  leaderId: number;
  leaderEpoch: number;
  partitionEpoch: number;
  role: PartitionRole;
  /** The fetch sessions that read it. */
  readers: SessionPartition[];
  /** The ISR change that the AlterPartitionManager has taken and not answered for, whatever became of it here. */
  submitted: AlterPartitionEntry | null;
}

/** A partition of a fetch session (FetchSession.CachedPartition), and what the present fetch found there. */
export interface SessionPartition {
  readonly partition: number;
  readonly session: FetchSession;
  fetchOffset: number;
  lastFetchedEpoch: number;
  currentLeaderEpoch: number;
  maxBytes: number;
  /** In the session's `active`. */
  isActive: boolean;
  /** What the reader was told last; -1 where it must be told again. */
  toldHighWatermark: number;
  /** The follower that the session belongs to, once looked up; null for consumers. */
  follower: FollowerReplica | null;

  // --- found by the present read ---
  error: number;
  divergingEpoch: number;
  divergingEndOffset: number;
  /** The high watermark before the fetch itself moved it. */
  highWatermark: number;
  /** How far the reader may read: the log end offset for followers, the high watermark for consumers. */
  endOffset: number;
  /** The reader gets no records: it copies too fast (KIP-73). */
  isThrottled: boolean;
}

/** An incremental fetch session (KIP-227). It lives as long as its connection; `id` is its index plus 1. */
export interface FetchSession {
  readonly index: number;
  readonly connection: ConnectionId;
  /** -1 for a consumer. */
  readonly replicaId: number;
  /** Kept from request to request; else it ends with its answer. */
  readonly isIncremental: boolean;
  /** Broker epoch in the follower's last fetch. */
  replicaEpoch: number;
  /** The epoch that the next request must carry. */
  epoch: number;
  partitions: SessionPartition[];
  /** Those that the next fetch must look at, in order of becoming so. */
  active: SessionPartition[];
  /** Wall clock, microseconds. */
  lastFetchTimeUs: number;

  // --- the present request ---
  correlationId: number;
  minBytes: number;
  maxBytes: number;
  /** The answer lists every partition: the session is new. */
  answersAll: boolean;
  isParked: boolean;
  /** In `ReplicaManagerState.woken`. */
  isWoken: boolean;
  /** Host time (monotonic) at which the parked fetch is answered in any case. */
  deadlineUs: number;
  /** Armed lazily: it may fire early, and is then set again. */
  timer: EventHandle;
  timerAtUs: number;
}

/** A produce request that waits (DelayedProduce). */
export interface ParkedProduce {
  /** -1 once the connection is gone. */
  connection: ConnectionId;
  readonly correlationId: number;
  readonly acks: number;
  readonly bytes: number;
  readonly deadlineUs: number;
  readonly results: ProduceResult[];
  /** What was appended for each result, or null. */
  readonly batches: (RecordBatch | null)[];
  /** Number of batches that still wait; 0 once the request is answered. */
  pending: number;
}

/** Copies from one leader (ReplicaFetcherThread, RemoteLeaderEndPoint, FetchSessionHandler). */
export interface Fetcher {
  readonly index: number;
  readonly leaderId: number;
  readonly host: number;
  /** -1: none. */
  connection: ConnectionId;
  sessionId: number;
  /** Of the next request; 0 opens a session. */
  sessionEpoch: number;
  /** Partitions that follow this leader. */
  members: number[];
  /** Those whose present position the session does not know. */
  changed: number[];
  /** Those to be dropped from the session. */
  forgotten: number[];
  /** Those that are delayed, in order of delay. */
  delayed: number[];
  /** Members with status `truncating` that have not asked yet. */
  truncating: number[];
  /** OffsetForLeaderEpoch requests under way; no fetch is sent meanwhile. */
  epochRequests: number;
  /** Number of members with status `fetching`. */
  readyCount: number;
  /** Correlation id of the request in flight, or -1. */
  inFlight: number;
  nextSequence: number;
  /** When the request in flight fails for want of an answer. */
  deadlineUs: number;
  timeoutTimer: EventHandle;
  backoffTimer: EventHandle;
  /** Flushes that the last reply's records wait for (flush.messages). */
  pendingFlushes: number;
}

/** An answer that the server sends. `bytes`: of records written or read. */
export interface OutgoingResponse {
  readonly connection: ConnectionId;
  readonly response: RpcMessage;
  readonly bytes: number;
}

export interface ReplicaManagerState {
  readonly nodeId: number;
  /** Who asks for a partition that another broker leads is told which (KIP-951; switch `leaderHint`). */
  readonly namesLeaders: boolean;
  /** The metadata cache; set with the first metadata applied. */
  brokers: BrokersView | null;
  /** This broker's epoch. The server sets it before it applies metadata; -1 before. */
  brokerEpoch: number;
  /** By partition index; null where this broker never had anything to do with it. */
  readonly partitions: (Partition | null)[];
  readonly sessions: (FetchSession | null)[];
  readonly fetchers: (Fetcher | null)[];
  /** Found on load: whether the last process ended in order, and how much had to be read again. */
  readonly wasClean: boolean;
  readonly recoveryBytes: number;
  /** Host time (monotonic) at which the periodic tasks began. */
  readonly startedUs: number;
  /** Null: nothing is throttled. */
  throttles: ReplicaThrottles | null;

  // --- answers and wishes, drained by the server after each call ---
  readonly outbox: OutgoingResponse[];
  readonly isrOutbox: AlterPartitionEntry[];
  /** Connections that Kafka would close: acks=0 went wrong, and there is no other way to say so. */
  readonly connectionsToClose: ConnectionId[];

  // --- work put off to the end of the present call ---
  /** Parked fetches that may now be answered. */
  readonly woken: FetchSession[];
  /** Led partitions whose waiting batches may now be answered. */
  readonly advanced: Partition[];
  /** A `fetchersChanged` event is pending. */
  fetchersChanged: boolean;

  // --- lazily armed tasks ---
  parkedProduces: ParkedProduce[];
  /** How many of them still wait. */
  parkedCount: number;
  produceTimer: EventHandle;
  produceTimerAtUs: number;
  /** Led partitions with a member of the ISR that may lag. */
  laggards: number[];
  isrTimer: EventHandle;
  dirtyHighWatermarks: number[];
  highWatermarkTimer: EventHandle;
  dirtyRecoveryPoints: number[];
  recoveryPointTimer: EventHandle;
  logFlushTimer: EventHandle;

  // --- life ---
  /** The broker is in controlled shutdown: the server says so. */
  isInControlledShutdown: boolean;
  /** No more requests are served; logs are being flushed. */
  isStopping: boolean;
  /** Flushes of the shutdown that have not ended. */
  closingFlushes: number;
  /** All is flushed and the clean-shutdown marker is written. */
  isShutDown: boolean;
  /** The log directory failed; Kafka halts when its last one does. */
  failed: boolean;
}

/** A partition that this broker neither leads nor follows. */
export const NO_ROLE: NoRole = { kind: 'none' };

/** The partition's entry, made when first asked for. */
export function partitionOf(replicas: ReplicaManagerState, index: number): Partition {
  const known = replicas.partitions[index] ?? null;
  if (known !== null) return known;
  const partition: Partition = {
    index,
    log: null,
    firstGeneration: 0,
    leaderId: -1,
    leaderEpoch: -1,
    partitionEpoch: -1,
    role: NO_ROLE,
    readers: [],
    submitted: null,
  };
  replicas.partitions[index] = partition;
  return partition;
}

/** Says that the log directory is broken: the server ends the process. */
export function failLogDirectory(replicas: ReplicaManagerState): void {
  replicas.failed = true;
}
