/**
 * Timers of the replica manager's periodic tasks, armed only while there is something for them to do.
 *
 * Kafka runs each task at fixed intervals from its start on. So do these, except for the runs that would find nothing.
 */
import { NO_EVENT, type HostContext } from '../../sim/index.js';
import type { ReplicaLog } from '../log/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ReplicaOpcode } from './replica-opcodes.js';
import { type ReplicaManagerState } from './state.js';

const LONG_TIME_MS = 1_000_000_000_000;

/** Until the task's next run, in microseconds, more than 0. */
function untilNextRunUs(
  replicas: ReplicaManagerState,
  intervalMs: number,
  context: HostContext,
): number {
  const intervalUs = Math.max(1, Math.round(intervalMs * 1000));
  return intervalUs - ((context.nowUs() - replicas.startedUs) % intervalUs);
}

/** Arms the check for lagging members of ISRs, which runs every half `replica.lag.time.max.ms`. */
export function armIsrExpiration(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  context: HostContext,
): void {
  if (replicas.isrTimer !== NO_EVENT || replicas.laggards.length === 0) return;
  const { replicaLagTimeMaxMs } = definition.node(replicas.nodeId).config;
  const delayUs = untilNextRunUs(replicas, replicaLagTimeMaxMs / 2, context);
  replicas.isrTimer = context.setTimer(delayUs, ReplicaOpcode.isrExpiration);
}

/** Notes that a high watermark differs from its checkpoint. */
export function noteHighWatermark(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  log: ReplicaLog,
  context: HostContext,
): void {
  if (log.isHighWatermarkDirty) return;
  log.isHighWatermarkDirty = true;
  replicas.dirtyHighWatermarks.push(log.partition);
  if (replicas.highWatermarkTimer !== NO_EVENT) return;
  const { config } = definition.node(replicas.nodeId);
  const intervalMs = config.replicaHighWatermarkCheckpointIntervalMs;
  const delayUs = untilNextRunUs(replicas, intervalMs, context);
  replicas.highWatermarkTimer = context.setTimer(delayUs, ReplicaOpcode.highWatermarkCheckpoint);
}

/** Writes the high watermarks that changed since the last time (ReplicaManager.checkpointHighWatermarks). */
export function checkpointHighWatermarks(
  replicas: ReplicaManagerState,
  context: HostContext,
): void {
  const { dirtyHighWatermarks } = replicas;
  const { disk } = context.host;
  for (let at = 0; at < dirtyHighWatermarks.length; at++) {
    const log = replicas.partitions[dirtyHighWatermarks[at]!]!.log!;
    log.isHighWatermarkDirty = false;
    const status = disk.writeCheckpoint(log.highWatermarkCheckpoint, log.highWatermark);
    if (status !== 'ok') replicas.failed = true;
  }
  dirtyHighWatermarks.length = 0;
}

/** Notes that a recovery point moved. */
export function noteRecoveryPoint(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  log: ReplicaLog,
  context: HostContext,
): void {
  const { dirtyRecoveryPoints } = replicas;
  if (!dirtyRecoveryPoints.includes(log.partition)) dirtyRecoveryPoints.push(log.partition);
  if (replicas.recoveryPointTimer !== NO_EVENT) return;
  const { config } = definition.node(replicas.nodeId);
  const intervalMs = config.logFlushOffsetCheckpointIntervalMs;
  const delayUs = untilNextRunUs(replicas, intervalMs, context);
  replicas.recoveryPointTimer = context.setTimer(delayUs, ReplicaOpcode.recoveryPointCheckpoint);
}

/** Writes the recovery points that moved since the last time (LogManager.checkpointLogRecoveryOffsets). */
export function checkpointRecoveryPoints(
  replicas: ReplicaManagerState,
  context: HostContext,
): void {
  const { dirtyRecoveryPoints } = replicas;
  const { disk } = context.host;
  for (let at = 0; at < dirtyRecoveryPoints.length; at++) {
    const log = replicas.partitions[dirtyRecoveryPoints[at]!]!.log!;
    disk.writeCheckpoint(log.recoveryPointCheckpoint, log.recoveryPoint);
  }
  dirtyRecoveryPoints.length = 0;
}

/**
 * Arms the flush of logs by age, which looks every `log.flush.scheduler.interval.ms`: never, by default, whatever
 * `flush.ms` says.
 */
export function armLogFlusher(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  context: HostContext,
): void {
  if (replicas.logFlushTimer !== NO_EVENT) return;
  const intervalMs = definition.node(replicas.nodeId).config.logFlushSchedulerIntervalMs;
  if (intervalMs >= LONG_TIME_MS) return;
  const delayUs = untilNextRunUs(replicas, intervalMs, context);
  replicas.logFlushTimer = context.setTimer(delayUs, ReplicaOpcode.logFlusher);
}
