/**
 * Where a follower cuts its log: where it parts from the leader's (AbstractFetcherThread.truncateOnFetchResponse,
 * maybeTruncateToEpochEndOffsets).
 */
import type { ConnectionId, HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import {
  endOffsetForEpoch,
  latestEpoch,
  truncateLog,
  UNDEFINED_EPOCH,
  UNDEFINED_OFFSET,
  type EpochEndOffset,
  type ReplicaLog,
} from '../log/index.js';
import { observerOf } from '../observer.js';
import type { OffsetForLeaderEpochResponse } from '../rpc/index.js';
import { delayMember, endTruncation, failMember } from './fetcher-members.js';
import { MAX_FETCHERS, maybeSendFetch } from './fetcher.js';
import { setFollowerHighWatermark } from './high-watermark.js';
import type { Fetcher, FollowerRole, Partition, ReplicaManagerState } from './state.js';

/**
 * A leader says where the last epoch of a follower's log ends in its own (KIP-101, KIP-279; switches `truncate`,
 * `epochReply`). Undefined: the log is cut to its high watermark. Where the leader names an epoch that this log does not
 * have it is cut to the end of the one before, and the leader is asked again.
 */
export function receiveEpochEndOffset(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  connection: ConnectionId,
  response: OffsetForLeaderEpochResponse,
  context: HostContext,
): void {
  const fetcher = replicas.fetchers[response.correlationId % MAX_FETCHERS] ?? null;
  if (fetcher?.connection !== connection || replicas.isStopping) return;
  if (fetcher.epochRequests > 0) fetcher.epochRequests--;
  const partition = replicas.partitions[response.partition]!;
  const { role } = partition;
  const isAwaited =
    role.kind === 'follower' &&
    role.fetcher === fetcher.index &&
    role.epochRequest === response.correlationId;
  if (isAwaited)
    applyEpochEndOffset(definition, replicas, fetcher, partition, role, response, context);
  maybeSendFetch(definition, replicas, fetcher, 0, context);
}

function applyEpochEndOffset(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  fetcher: Fetcher,
  partition: Partition,
  role: FollowerRole,
  response: OffsetForLeaderEpochResponse,
  context: HostContext,
): void {
  role.epochRequest = -1;
  const { error, leaderEpoch, endOffset } = response;
  const { switches } = definition;
  const isStale = role.sentLeaderEpoch !== role.currentLeaderEpoch;
  // Since 2.1 a follower of another epoch than that of its question asks again, whatever the question said of epochs.
  if (isStale && switches.followerRestart === 'newEpoch') {
    fetcher.truncating.push(partition.index);
    return;
  }
  if (error === ErrorCode.FENCED_LEADER_EPOCH) {
    failMember(replicas, fetcher, partition, role, context);
    return;
  }
  if (error !== ErrorCode.NONE) {
    delayMember(definition, replicas, fetcher, partition, role, context);
    return;
  }
  const log = partition.log!;
  if (endOffset === UNDEFINED_OFFSET) {
    truncateReplica(definition, replicas, partition, log.highWatermark, context);
  } else if (leaderEpoch === UNDEFINED_EPOCH) {
    truncateReplica(definition, replicas, partition, endOffset, context);
  } else {
    const own = ownEndOffset(definition, log, leaderEpoch);
    const knows = own.endOffset === UNDEFINED_OFFSET || own.epoch === leaderEpoch;
    truncateToDivergence(definition, replicas, partition, role, leaderEpoch, endOffset, context);
    if (!knows && latestEpoch(log.epochs) >= 0) {
      fetcher.truncating.push(partition.index);
      return;
    }
  }
  role.fetchOffset = log.logEndOffset;
  role.lastFetchedEpoch = latestEpoch(log.epochs);
  endTruncation(fetcher, partition, role);
}

/** The largest epoch of this log that is not above the leader's, and where it ends here. */
function ownEndOffset(
  { switches }: ClusterDefinition,
  { epochs, logEndOffset }: ReplicaLog,
  epoch: number,
): EpochEndOffset {
  return endOffsetForEpoch(epochs, epoch, logEndOffset, switches.epochLookup === 'startOfFirst');
}

/**
 * Cuts the log where it parts from the leader's (AbstractFetcherThread.getOffsetTruncationState, KIP-279): to the
 * leader's end of the common epoch, or to this log's own end of it, whichever comes first. If this log does not have
 * the leader's epoch it is cut to the end of the one before, and the leader is asked again.
 */
export function truncateToDivergence(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  role: FollowerRole,
  leaderEpochFound: number,
  leaderEndOffset: number,
  context: HostContext,
): void {
  const log = partition.log!;
  const own = ownEndOffset(definition, log, leaderEpochFound);
  let target = Math.min(leaderEndOffset, log.logEndOffset);
  if (own.endOffset !== UNDEFINED_OFFSET) {
    if (own.epoch === leaderEpochFound) target = Math.min(target, own.endOffset);
    else target = Math.min(own.endOffset, log.logEndOffset);
  }
  truncateReplica(definition, replicas, partition, target, context);
  role.fetchOffset = target;
  role.lastFetchedEpoch = latestEpoch(log.epochs);
}

/** Cuts a follower's log; its high watermark comes down with it. */
export function truncateReplica(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  target: number,
  context: HostContext,
): void {
  const log = partition.log!;
  const from = log.logEndOffset;
  if (!truncateLog(log, context.host.disk, target)) return;
  observerOf(context).logTruncated(
    context.virtualUs,
    replicas.nodeId,
    partition.index,
    from,
    log.logEndOffset,
  );
  if (log.highWatermark >= log.logEndOffset) {
    setFollowerHighWatermark(definition, replicas, log, log.logEndOffset, context);
  }
}
