/**
 * The log of one replica: record batches in a file, and what Kafka keeps beside them (UnifiedLog, LocalLog).
 *
 *     logStartOffset <= highWatermark <= logEndOffset,   recoveryPoint <= logEndOffset
 *
 * The log is flat: no segments, no retention, no compaction, and logStartOffset stays 0.
 */
import type { Disk, DiskFile, DiskStatus, HostContext } from '../../sim/index.js';
import type { RecordBatch } from '../records.js';
import {
  assignEpoch,
  latestEpoch,
  truncateEpochsFromEnd,
  type LeaderEpochCache,
} from './epoch-cache.js';
import { indexOfOffset } from './log-search.js';
import {
  maybeSnapshotProducers,
  noteProducerBatch,
  rebuildProducers,
  type ProducerState,
} from './producer-state.js';

export interface ReplicaLog {
  readonly partition: number;
  readonly file: DiskFile<RecordBatch>;
  readonly epochs: LeaderEpochCache;
  readonly producers: ProducerState;
  logStartOffset: number;
  /** One past the last record. */
  logEndOffset: number;
  /** Consumers read below it. */
  highWatermark: number;
  /** All below it was flushed by this process or an earlier one. */
  recoveryPoint: number;
  /** All below it is flushed or in a flush under way; the recovery point follows. */
  flushAskedOffset: number;
  /** Counts the truncations: a flush that began before one says nothing of what came after it. */
  generation: number;
  /** Flushes of an earlier generation are of a log that was deleted. */
  readonly firstGeneration: number;
  /** Host time (monotonic, in microseconds) of the last flush that was asked for. */
  lastFlushUs: number;
  /** Names of the checkpoints of the high watermark and the recovery point. */
  readonly highWatermarkCheckpoint: string;
  readonly recoveryPointCheckpoint: string;
  /** The high watermark differs from its checkpoint; the replica manager will write it. */
  isHighWatermarkDirty: boolean;
}

/** A flush under way: where the log ended when it began. Never changed, so that forks may share it. */
export interface LogFlush {
  readonly endOffset: number;
  readonly generation: number;
}

/**
 * Appends a batch that carries its offset and epoch, and notes its epoch and its producer.
 * Anything but `ok` leaves the log as it was.
 */
export function appendBatch(log: ReplicaLog, disk: Disk, batch: RecordBatch): DiskStatus {
  const status = disk.append(log.file, batch);
  if (status !== 'ok') return status;
  log.logEndOffset = batch.nextOffset;
  const { epochs, producers } = log;
  if (latestEpoch(epochs) !== batch.leaderEpoch) {
    assignEpoch(epochs, disk, batch.leaderEpoch, batch.baseOffset);
  }
  noteProducerBatch(producers, batch);
  maybeSnapshotProducers(producers, disk, log.logEndOffset);
  return 'ok';
}

/**
 * Cuts the log so that it ends at an offset, and lowers the high watermark to the new end if it was above.
 *
 * Where the log ends there already only the epoch cache is trimmed: a replica that led and appended nothing has an
 * entry at its end that the present leader may contradict. Returns whether records were cut.
 *
 * Source: UnifiedLog.truncateTo.
 */
export function truncateLog(log: ReplicaLog, disk: Disk, targetOffset: number): boolean {
  if (targetOffset >= log.logEndOffset) {
    truncateEpochsFromEnd(log.epochs, disk, log.logEndOffset);
    return false;
  }
  log.file.truncate(indexOfOffset(log.file.entries, targetOffset));
  log.logEndOffset = targetOffset;
  log.generation++;
  log.recoveryPoint = Math.min(log.recoveryPoint, targetOffset);
  log.flushAskedOffset = Math.min(log.flushAskedOffset, targetOffset);
  truncateEpochsFromEnd(log.epochs, disk, targetOffset);
  rebuildProducers(log.producers, disk, log.file.entries, targetOffset);
  disk.writeCheckpoint(log.recoveryPointCheckpoint, log.recoveryPoint);
  return true;
}

/** An offset brought into [logStartOffset, logEndOffset]: what a high watermark may be. */
export function clampedHighWatermark(log: ReplicaLog, offset: number): number {
  if (offset > log.logEndOffset) return log.logEndOffset;
  return offset < log.logStartOffset ? log.logStartOffset : offset;
}

/**
 * Starts a flush of everything written, unless it is flushed or being flushed. The timer of the given opcode hears
 * of its end, with the partition as its argument and a `LogFlush` as its payload.
 * Returns whether a flush was started.
 */
export function startFlush(log: ReplicaLog, opcode: number, context: HostContext): boolean {
  if (log.flushAskedOffset >= log.logEndOffset) return false;
  log.flushAskedOffset = log.logEndOffset;
  log.lastFlushUs = context.nowUs();
  const flush: LogFlush = { endOffset: log.logEndOffset, generation: log.generation };
  context.flush(log.file, opcode, log.partition, flush);
  return true;
}

/** A flush ended: the recovery point moves to where the log ended when it began, unless the log was cut since. */
export function finishFlush(log: ReplicaLog, flush: LogFlush): void {
  if (flush.generation !== log.generation) return;
  if (flush.endOffset > log.recoveryPoint) log.recoveryPoint = flush.endOffset;
}
