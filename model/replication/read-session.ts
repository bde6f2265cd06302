/**
 * Reading for a fetch: what there is for it in each partition that may have news (Partition.fetchRecords, readRecords).
 *
 * Progress of a follower is recorded when its fetch arrives and not when a parked fetch reads again. The high watermark
 * that the answer carries is the one from before that.
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { endOffsetForEpoch, latestEpoch, readableBytes, UNDEFINED_OFFSET } from '../log/index.js';
import { observerOf } from '../observer.js';
import { leaderAccessError } from './access.js';
import { followerOf, recordFetch } from './follower-progress.js';
import { maybeIncrementHighWatermark } from './high-watermark.js';
import { maybeExpandIsr } from './isr.js';
import type {
  FetchSession,
  FollowerReplica,
  LeaderRole,
  Partition,
  ReplicaManagerState,
  SessionPartition,
} from './state.js';
import { shouldLeaderThrottle } from './throttle.js';

/**
 * - `arrival`: a fetch has come; progress counts.
 * - `stale`: it comes from an incarnation of the broker that is not the registered one (KAFKA-15221).
 * - `again`: a parked fetch looks again.
 */
export type ReadOccasion = 'arrival' | 'stale' | 'again';

/** Looks at all active partitions of a session; true where the fetch is to be answered now. */
export function readSession(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  session: FetchSession,
  occasion: ReadOccasion,
  context: HostContext,
): boolean {
  const { active, minBytes } = session;
  const { throttles } = replicas;
  let isUrgent = false;
  let bytes = 0;
  for (let at = 0; at < active.length; at++) {
    const reader = active[at]!;
    readPartition(definition, replicas, reader, occasion, context);
    reader.isThrottled = throttles !== null && shouldLeaderThrottle(throttles, reader, context);
    if (reader.error !== ErrorCode.NONE || reader.divergingEpoch >= 0) {
      isUrgent = true;
    } else if (bytes < minBytes && !reader.isThrottled && reader.fetchOffset < reader.endOffset) {
      const enough = Math.min(reader.maxBytes, minBytes - bytes);
      const { entries } = replicas.partitions[reader.partition]!.log!.file;
      bytes += readableBytes(entries, reader.fetchOffset, reader.endOffset, enough);
    }
  }
  return isUrgent || bytes >= minBytes;
}

function readPartition(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  reader: SessionPartition,
  occasion: ReadOccasion,
  context: HostContext,
): void {
  const partition = replicas.partitions[reader.partition] ?? null;
  const { session } = reader;
  reader.divergingEpoch = -1;
  reader.divergingEndOffset = -1;
  reader.highWatermark = -1;
  reader.error = leaderAccessError(
    definition,
    replicas,
    reader.partition,
    reader.currentLeaderEpoch,
  );
  if (reader.error !== ErrorCode.NONE) {
    if (occasion !== 'again') noteFenced(replicas, reader, context);
    return;
  }
  const role = partition!.role as LeaderRole;
  const isFollower = session.replicaId >= 0;
  if (isFollower && reader.follower === null) {
    reader.follower = followerOf(role, session.replicaId);
    if (reader.follower === null) {
      reader.error = ErrorCode.UNKNOWN_LEADER_EPOCH;
      return;
    }
  }
  noteOtherEpoch(partition!, reader, occasion, context);
  const log = partition!.log!;
  reader.highWatermark = log.highWatermark;
  const readsAll = isFollower || definition.switches.consumerRead === 'logEnd';
  reader.endOffset = readsAll ? log.logEndOffset : log.highWatermark;
  reader.error = checkPosition(partition!, reader);
  if (reader.error !== ErrorCode.NONE || !isFollower) return;
  if (reader.divergingEpoch >= 0 && definition.switches.divergingFetch === 'refused') return;
  if (occasion === 'stale') {
    reader.error = ErrorCode.NOT_LEADER_OR_FOLLOWER;
    noteFenced(replicas, reader, context);
  } else if (occasion === 'arrival') {
    noteProgress(definition, replicas, partition!, role, reader, reader.follower!, context);
  }
}

/**
 * Whether the reader's position exists here, as an error code; and whether its log parts from this one before that, which
 * is left in `divergingEpoch`.
 */
function checkPosition(partition: Partition, reader: SessionPartition): number {
  const log = partition.log!;
  const { fetchOffset, lastFetchedEpoch } = reader;
  // The newest epoch ends at the log's end: a reader that has it parts from this log only past that.
  const isNewest = lastFetchedEpoch === latestEpoch(log.epochs) && fetchOffset <= log.logEndOffset;
  if (lastFetchedEpoch >= 0 && !isNewest) {
    const end = endOffsetForEpoch(log.epochs, lastFetchedEpoch, log.logEndOffset);
    if (end.endOffset === UNDEFINED_OFFSET || fetchOffset < log.logStartOffset) {
      return ErrorCode.OFFSET_OUT_OF_RANGE;
    }
    if (end.epoch < lastFetchedEpoch || end.endOffset < fetchOffset) {
      reader.divergingEpoch = end.epoch;
      reader.divergingEndOffset = end.endOffset;
      return ErrorCode.NONE;
    }
  }
  const exists = fetchOffset <= log.logEndOffset && fetchOffset >= log.logStartOffset;
  return exists ? ErrorCode.NONE : ErrorCode.OFFSET_OUT_OF_RANGE;
}

/** Partition.updateFollowerFetchState: the fetch offset is the follower's log end offset. */
function noteProgress(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  role: LeaderRole,
  reader: SessionPartition,
  follower: FollowerReplica,
  context: HostContext,
): void {
  const { session, fetchOffset } = reader;
  if (follower.settledIn === session) return;
  const before = follower.logEndOffset;
  const { logEndOffset } = partition.log!;
  recordFetch(follower, session, fetchOffset, logEndOffset);
  if (definition.switches.followerProgress === 'sent') follower.logEndOffset = logEndOffset;
  observerOf(context).followerFetched(
    context.virtualUs,
    replicas.nodeId,
    partition.index,
    session.replicaId,
    reader.currentLeaderEpoch,
    partition.leaderEpoch,
  );
  maybeExpandIsr(definition, replicas, partition, role, follower, context);
  if (before !== follower.logEndOffset) {
    maybeIncrementHighWatermark(definition, replicas, partition, role, context);
  }
  if (follower.inIsr && fetchOffset >= logEndOffset) follower.settledIn = session;
}

/** Without fencing (switch `leaderEpochFencing`) a fetch of another leader epoch is served: that is noted (I23). */
function noteOtherEpoch(
  partition: Partition,
  reader: SessionPartition,
  occasion: ReadOccasion,
  context: HostContext,
): void {
  const { currentLeaderEpoch } = reader;
  if (currentLeaderEpoch < 0 || currentLeaderEpoch === partition.leaderEpoch) return;
  if (occasion === 'again') return;
  observerOf(context).mark(context.virtualUs, 'fetch-of-other-epoch-served', partition.index);
}

function noteFenced(
  replicas: ReplicaManagerState,
  reader: SessionPartition,
  context: HostContext,
): void {
  const { error, partition } = reader;
  if (error === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return;
  observerOf(context).requestFenced(context.virtualUs, replicas.nodeId, partition, error);
}
