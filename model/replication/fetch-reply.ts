/**
 * What a follower does with a leader's answer (AbstractFetcherThread.processFetchRequest, ReplicaFetcherThread).
 *
 * A result counts only if the partition still fetches from the offset and in the leader epoch that was asked for (switch
 * `fetchedEpochCheck`).
 */
import type { ConnectionId, HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { appendBatch, clampedHighWatermark, latestEpoch } from '../log/index.js';
import { observerOf } from '../observer.js';
import type { FetchResponse, FetchResult } from '../rpc/index.js';
import { delayMember, failMember, queuePosition } from './fetcher-members.js';
import { MAX_FETCHERS, maybeSendFetch, resetSession } from './fetcher.js';
import { setFollowerHighWatermark } from './high-watermark.js';
import { isListed, recordBytes } from './replication-quota.js';
import { wallClockMs } from './throttle.js';
import { truncateReplica, truncateToDivergence } from './truncation.js';
import { armLogFlusher } from './periodic-tasks.js';
import { flushAfterAppend } from './produce.js';
import {
  failLogDirectory,
  type Fetcher,
  type FollowerRole,
  type Partition,
  type ReplicaManagerState,
} from './state.js';

/** A leader has answered a fetcher: its results are applied, and the next request goes out. */
export function receiveReplicaResponse(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  connection: ConnectionId,
  response: FetchResponse,
  context: HostContext,
): void {
  const fetcher = replicas.fetchers[response.correlationId % MAX_FETCHERS] ?? null;
  if (fetcher?.connection !== connection) return;
  if (fetcher.inFlight !== response.correlationId || replicas.isStopping) return;
  fetcher.inFlight = -1;
  if (response.error !== ErrorCode.NONE || response.sessionId === 0) {
    resetSession(replicas, fetcher);
  } else {
    fetcher.sessionId = response.sessionId;
    fetcher.sessionEpoch++;
  }
  const { results } = response;
  let serviceUs = 0;
  for (let at = 0; at < results.length; at++) {
    serviceUs += applyResult(definition, replicas, fetcher, results[at]!, context);
  }
  maybeSendFetch(definition, replicas, fetcher, Math.ceil(serviceUs), context);
}

/** Applies one result; returns how long that takes the fetcher. */
function applyResult(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  fetcher: Fetcher,
  result: FetchResult,
  context: HostContext,
): number {
  const partition = replicas.partitions[result.partition]!;
  const { role } = partition;
  if (role.kind !== 'follower' || role.fetcher !== fetcher.index) return 0;
  if (role.status !== 'fetching' || !role.inSession) return 0;
  if (role.sentOffset !== role.fetchOffset) return 0;
  if (role.sentLeaderEpoch !== role.currentLeaderEpoch && isOtherEpochRefused(definition)) {
    if (definition.switches.leaderEpochFencing === 'on') return 0;
    const { virtualUs } = context;
    observerOf(context).mark(virtualUs, 'reply-of-other-epoch-applied', partition.index);
  }
  switch (result.error) {
    case ErrorCode.NONE:
      if (result.divergingEpoch < 0) {
        return appendRecords(definition, replicas, fetcher, partition, role, result, context);
      }
      if (definition.switches.truncation === 'on') {
        const { divergingEpoch, divergingEndOffset } = result;
        observerOf(context).mark(context.virtualUs, 'log-diverged', partition.index);
        truncateToDivergence(
          definition,
          replicas,
          partition,
          role,
          divergingEpoch,
          divergingEndOffset,
          context,
        );
        queuePosition(fetcher, partition, role);
      }
      return 0;
    case ErrorCode.OFFSET_OUT_OF_RANGE:
      onOutOfRange(definition, replicas, fetcher, partition, role, result, context);
      return 0;
    case ErrorCode.FENCED_LEADER_EPOCH:
      // The leader is ahead of this broker's metadata: there is nothing to ask for until they come. (They have come where
      // the reply is to a fetch of an earlier epoch: AbstractFetcherThread.onPartitionFenced.)
      if (role.sentLeaderEpoch === role.currentLeaderEpoch) {
        failMember(replicas, fetcher, partition, role, context);
      } else {
        delayMember(definition, replicas, fetcher, partition, role, context);
      }
      return 0;
    default:
      delayMember(definition, replicas, fetcher, partition, role, context);
      return 0;
  }
}

/**
 * Whether a follower knows a reply, and its batches, by their epoch. Until KAFKA-18723 a reply counted wherever the fetch
 * offset was still the one asked for, so that one from before an election could come in after it.
 */
function isOtherEpochRefused({ switches }: ClusterDefinition): boolean {
  return switches.fetchedEpochCheck === 'on';
}

/**
 * ReplicaFetcherThread.processPartitionData: appends, then takes over the leader's high watermark as far as the log
 * goes. Batches of a newer epoch than the fetch's are left out, with all behind them (KAFKA-18723).
 */
function appendRecords(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  fetcher: Fetcher,
  partition: Partition,
  role: FollowerRole,
  result: FetchResult,
  context: HostContext,
): number {
  const log = partition.log!;
  const { batches } = result;
  if (role.fetchOffset !== log.logEndOffset) {
    failMember(replicas, fetcher, partition, role, context);
    return 0;
  }
  const observer = observerOf(context);
  const { disk } = context.host;
  const fencing =
    definition.switches.leaderEpochFencing === 'on' && isOtherEpochRefused(definition);
  let bytes = 0;
  let appended = 0;
  for (let at = 0; at < batches.length; at++) {
    const batch = batches[at]!;
    if (fencing && batch.leaderEpoch > role.currentLeaderEpoch) break;
    if (batch.baseOffset < log.logEndOffset) {
      failMember(replicas, fetcher, partition, role, context);
      return 0;
    }
    if (appendBatch(log, disk, batch) !== 'ok') {
      failLogDirectory(replicas);
      failMember(replicas, fetcher, partition, role, context);
      return 0;
    }
    bytes += batch.sizeBytes;
    appended++;
    observer.followerAppended(context.virtualUs, replicas.nodeId, partition.index, batch);
  }
  const highWatermark = clampedHighWatermark(log, result.highWatermark);
  setFollowerHighWatermark(definition, replicas, log, highWatermark, context);
  if (!role.isCopying) {
    role.isCopying = true;
    observer.followerFetching(context.virtualUs, replicas.nodeId, partition.index, true);
  }
  if (appended > 0 || role.lag < 0) {
    role.lag = Math.max(0, result.highWatermark - log.logEndOffset);
  }
  const { throttles } = replicas;
  if (throttles !== null && isListed(throttles.follower, partition.index)) {
    recordBytes(throttles.follower, bytes, wallClockMs(context));
  }
  if (appended === 0) return 0;
  role.fetchOffset = log.logEndOffset;
  role.lastFetchedEpoch = latestEpoch(log.epochs);
  queuePosition(fetcher, partition, role);
  armLogFlusher(definition, replicas, context);
  if (flushAfterAppend(definition, log, context)) {
    role.awaitsFlush = true;
    fetcher.pendingFlushes++;
  }
  return disk.writeDurationUs() * appended + (definition.costs.perKibUs * bytes) / 1024;
}

/**
 * The leader's log ends before this one's, and it could not say where they part: it is cut to the leader's end
 * (AbstractFetcherThread.fetchOffsetAndTruncate; switch `truncation`). Until 2.0 the broker ended its process instead where
 * unclean elections are off, since then no leader should lack what a follower has (ReplicaFetcherThread.
 * handleOffsetOutOfRange; switch `followerOutOfRange`).
 *
 * Differs from Kafka: where there is nothing to cut the partition is put off, and not fetched again at once.
 * Left out: a leader whose log starts behind this one's end, since logs start at 0.
 */
function onOutOfRange(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  fetcher: Fetcher,
  partition: Partition,
  role: FollowerRole,
  result: FetchResult,
  context: HostContext,
): void {
  const log = partition.log!;
  if (definition.switches.truncation === 'off') {
    delayMember(definition, replicas, fetcher, partition, role, context);
    return;
  }
  if (result.divergingEndOffset >= log.logEndOffset) {
    delayMember(definition, replicas, fetcher, partition, role, context);
    return;
  }
  const { uncleanLeaderElectionEnable } = definition.partition(partition.index).topic.config;
  if (definition.switches.followerOutOfRange === 'halt' && !uncleanLeaderElectionEnable) {
    observerOf(context).mark(context.virtualUs, 'follower-halted', partition.index);
    failLogDirectory(replicas);
    return;
  }
  truncateReplica(definition, replicas, partition, result.divergingEndOffset, context);
  role.fetchOffset = log.logEndOffset;
  role.lastFetchedEpoch = latestEpoch(log.epochs);
  queuePosition(fetcher, partition, role);
}
