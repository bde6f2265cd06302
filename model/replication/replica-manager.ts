/**
 * All replicas of one broker (ReplicaManager, LogManager): start, metadata, timers, end.
 *
 * Every function here that changes something is called by the server, which afterwards drains `outbox` and `isrOutbox`.
 */
import { NO_EVENT, type ConnectionId, type HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import {
  bytesToRecover,
  finishFlush,
  hasLog,
  openLog,
  readCleanShutdownEpoch,
  startFlush,
  takeCleanShutdownMarker,
  writeCleanShutdownMarker,
  type LogFlush,
  type ReplicaLog,
} from '../log/index.js';
import type { BrokersView } from '../metadata/brokers-view.js';
import type { PartitionRegistration } from '../metadata/partition-registration.js';
import { observerOf } from '../observer.js';
import { expireFetch } from './delayed-fetch.js';
import { completeDelayed } from './delayed-operations.js';
import { dropProduces, expireProduces } from './delayed-produce.js';
import { closeSessionsOf } from './fetch-session.js';
import { endFlushWait } from './fetcher-members.js';
import { unthrottleAll } from './fetcher-throttle.js';
import {
  closeFetcher,
  maybeSendFetch,
  onFetcherBackoff,
  onFetcherClosed,
  onFetchersChanged,
  onFetcherTimeout,
} from './fetcher.js';
import { makeFollower, stopFollowing } from './follower-role.js';
import { expireIsrMembers } from './isr.js';
import { makeLeader } from './leader-role.js';
import {
  armLogFlusher,
  checkpointHighWatermarks,
  checkpointRecoveryPoints,
  noteRecoveryPoint,
} from './periodic-tasks.js';
import { onAppendDone } from './produce.js';
import { ReplicaOpcode } from './replica-opcodes.js';
import { stopReplica } from './stop-replica.js';
import { partitionOf, type Partition, type ReplicaManagerState } from './state.js';
import { updateThrottles, type ReplicationThrottle } from './throttle.js';

/**
 * Opens the logs on the disk. They were not closed in order unless the clean-shutdown marker is there, which is taken
 * away; then `recoveryBytes` is what a recovery reads, and the server lets that take its time.
 */
export function createReplicaManager(
  definition: ClusterDefinition,
  nodeId: number,
  context: HostContext,
): ReplicaManagerState {
  const { disk } = context.host;
  const wasClean = takeCleanShutdownMarker(disk);
  const trustsLogEnd = definition.switches.highWatermarkLoad === 'logEnd';
  const logs: ReplicaLog[] = [];
  let recoveryBytes = 0;
  for (const partition of definition.partitions) {
    if (!hasLog(disk, partition)) continue;
    const log = openLog(disk, partition, wasClean, trustsLogEnd);
    if (!wasClean) recoveryBytes += bytesToRecover(log);
    logs.push(log);
  }
  const replicas = createState(definition, nodeId, wasClean, recoveryBytes, context);
  const observer = observerOf(context);
  for (const log of logs) {
    const { partition, logEndOffset, highWatermark } = log;
    partitionOf(replicas, partition).log = log;
    observer.logLoaded(context.virtualUs, nodeId, partition, logEndOffset, highWatermark);
  }
  return replicas;
}

/** The broker epoch that the last process left behind when it ended in order, or -1 (`previousBrokerEpoch`). */
export const readCleanShutdownMarker = readCleanShutdownEpoch;

/**
 * Applies the newest metadata of a partition (ReplicaManager.applyDelta). The server calls it for every changed
 * partition: first for those that this broker is no replica of (any more), then for those that it leads.
 *
 * A broker applies metadata even before it could register: its fetches then carry the broker epoch -1, as in Kafka.
 */
export function applyPartition(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  registration: PartitionRegistration,
  brokers: BrokersView,
  context: HostContext,
): void {
  if (replicas.isStopping) return;
  replicas.brokers = brokers;
  if (!registration.replicas.includes(replicas.nodeId)) {
    const former = replicas.partitions[registration.partition] ?? null;
    if (former === null) return;
    stopReplica(definition, replicas, former, context);
    completeDelayed(definition, replicas, context);
    return;
  }
  const partition = hostPartition(definition, replicas, registration.partition, context);
  if (registration.leader === replicas.nodeId) {
    if (registration.partitionEpoch >= partition.partitionEpoch) {
      stopFollowing(replicas, partition, context);
    }
    makeLeader(definition, replicas, partition, registration, context);
  } else {
    makeFollower(definition, replicas, partition, registration, context);
  }
  completeDelayed(definition, replicas, context);
}

/** A partition that this broker is a replica of, with a log (Partition.createLogIfNotExists). */
export function hostPartition(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  index: number,
  context: HostContext,
): Partition {
  const partition = partitionOf(replicas, index);
  partition.log ??= createLog(definition, replicas, partition, context);
  return partition;
}

/** Serves a timer or the end of a flush whose opcode is one of `ReplicaOpcode`. */
export function replicaTimer(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  opcode: number,
  arg: number,
  payload: unknown,
  context: HostContext,
): void {
  if (opcode === ReplicaOpcode.logFlushed) {
    onLogFlushed(definition, replicas, arg, payload as LogFlush, context);
    return;
  }
  if (replicas.isStopping) return;
  switch (opcode) {
    case ReplicaOpcode.fetchExpiration:
      expireFetch(definition, replicas, arg, context);
      break;
    case ReplicaOpcode.produceExpiration:
      expireProduces(replicas, context);
      break;
    case ReplicaOpcode.isrExpiration:
      expireIsrMembers(definition, replicas, context);
      break;
    case ReplicaOpcode.highWatermarkCheckpoint:
      replicas.highWatermarkTimer = NO_EVENT;
      checkpointHighWatermarks(replicas, context);
      break;
    case ReplicaOpcode.recoveryPointCheckpoint:
      replicas.recoveryPointTimer = NO_EVENT;
      checkpointRecoveryPoints(replicas, context);
      break;
    case ReplicaOpcode.logFlusher:
      flushOldLogs(definition, replicas, context);
      break;
    case ReplicaOpcode.fetchersChanged:
      onFetchersChanged(definition, replicas, context);
      break;
    case ReplicaOpcode.fetcherTimeout:
      onFetcherTimeout(definition, replicas, arg, context);
      break;
    case ReplicaOpcode.fetcherBackoff:
      onFetcherBackoff(definition, replicas, arg, context);
      break;
  }
  completeDelayed(definition, replicas, context);
}

/** Throttles the copying of partitions, or lets it go (null), as the operator configures it (KIP-73). */
export function applyThrottle(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  throttle: ReplicationThrottle | null,
  context: HostContext,
): void {
  updateThrottles(replicas, throttle, context);
  unthrottleAll(replicas);
  for (const fetcher of replicas.fetchers) {
    if (fetcher !== null) maybeSendFetch(definition, replicas, fetcher, 0, context);
  }
}

/** A connection is gone: a fetcher's (true), or one whose sessions end and whose answers nobody hears (false). */
export function replicasClosed(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  connection: ConnectionId,
  context: HostContext,
): boolean {
  if (onFetcherClosed(definition, replicas, connection, context)) return true;
  closeSessionsOf(replicas, connection, context);
  dropProduces(replicas, connection);
  return false;
}

/**
 * Ends in order: stops fetching, writes the high watermarks, flushes all logs, and then leaves the clean-shutdown marker
 * with the broker epoch. `replicas.isShutDown` says when that is done; a disk that fails leaves no marker.
 */
export function shutDownReplicas(
  _definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  brokerEpoch: number,
  context: HostContext,
): void {
  if (replicas.isStopping) return;
  replicas.isStopping = true;
  replicas.brokerEpoch = brokerEpoch;
  for (const fetcher of replicas.fetchers) {
    if (fetcher !== null) closeFetcher(replicas, fetcher, context);
  }
  checkpointHighWatermarks(replicas, context);
  for (const partition of replicas.partitions) {
    const log = partition?.log ?? null;
    if (log === null || log.recoveryPoint >= log.logEndOffset) continue;
    startFlush(log, ReplicaOpcode.logFlushed, context);
    replicas.closingFlushes++;
  }
  maybeFinishShutdown(replicas, context);
}

function createState(
  definition: ClusterDefinition,
  nodeId: number,
  wasClean: boolean,
  recoveryBytes: number,
  context: HostContext,
): ReplicaManagerState {
  return {
    nodeId,
    namesLeaders: definition.switches.leaderHint === 'on',
    brokers: null,
    brokerEpoch: -1,
    partitions: Array.from({ length: definition.partitions.length }, () => null),
    sessions: [],
    fetchers: [],
    wasClean,
    recoveryBytes,
    startedUs: context.nowUs(),
    throttles: null,
    outbox: [],
    isrOutbox: [],
    connectionsToClose: [],
    woken: [],
    advanced: [],
    fetchersChanged: false,
    parkedProduces: [],
    parkedCount: 0,
    produceTimer: NO_EVENT,
    produceTimerAtUs: 0,
    laggards: [],
    isrTimer: NO_EVENT,
    dirtyHighWatermarks: [],
    highWatermarkTimer: NO_EVENT,
    dirtyRecoveryPoints: [],
    recoveryPointTimer: NO_EVENT,
    logFlushTimer: NO_EVENT,
    isInControlledShutdown: false,
    isStopping: false,
    closingFlushes: 0,
    isShutDown: false,
    failed: context.host.disk.status !== 'ok',
  };
}

function createLog(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  context: HostContext,
): ReplicaLog {
  const { disk } = context.host;
  const { index, firstGeneration } = partition;
  const log = openLog(disk, definition.partition(index), true, false, firstGeneration);
  const { nodeId } = replicas;
  observerOf(context).logLoaded(context.virtualUs, nodeId, index, 0, 0);
  return log;
}

/** A flush ended: the recovery point moves, and what waited for the flush goes on. */
function onLogFlushed(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  index: number,
  flush: LogFlush,
  context: HostContext,
): void {
  const partition = replicas.partitions[index]!;
  const { log } = partition;
  if (log === null || flush.generation < log.firstGeneration) return;
  finishFlush(log, flush);
  if (replicas.isStopping) {
    if (log.recoveryPoint < log.logEndOffset) return;
    replicas.closingFlushes--;
    maybeFinishShutdown(replicas, context);
    return;
  }
  noteRecoveryPoint(definition, replicas, log, context);
  const { role } = partition;
  if (role.kind === 'leader') {
    onAppendDone(definition, replicas, partition, role, context);
    if (role.waiting.length > 0) replicas.advanced.push(partition);
  } else if (role.kind === 'follower' && role.awaitsFlush) {
    if (log.recoveryPoint < log.logEndOffset) return;
    const fetcher = replicas.fetchers[role.fetcher]!;
    endFlushWait(fetcher, role);
    maybeSendFetch(definition, replicas, fetcher, 0, context);
  }
  completeDelayed(definition, replicas, context);
}

/** LogManager.flushDirtyLogs: flushes the logs whose last flush is `flush.ms` ago. */
function flushOldLogs(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  context: HostContext,
): void {
  replicas.logFlushTimer = NO_EVENT;
  let isDirty = false;
  for (const partition of replicas.partitions) {
    const log = partition?.log ?? null;
    if (log === null || log.flushAskedOffset >= log.logEndOffset) continue;
    const { flushMs } = definition.partitions[log.partition]!.topic.config;
    if (context.nowUs() - log.lastFlushUs >= flushMs * 1000) {
      startFlush(log, ReplicaOpcode.logFlushed, context);
    } else {
      isDirty = true;
    }
  }
  if (isDirty) armLogFlusher(definition, replicas, context);
}

function maybeFinishShutdown(replicas: ReplicaManagerState, context: HostContext): void {
  if (replicas.closingFlushes > 0 || replicas.isShutDown) return;
  const { disk } = context.host;
  for (const partition of replicas.partitions) {
    const log = partition?.log ?? null;
    if (log !== null) disk.writeCheckpoint(log.recoveryPointCheckpoint, log.recoveryPoint);
  }
  writeCleanShutdownMarker(disk, replicas.brokerEpoch);
  replicas.isShutDown = true;
}
