/**
 * Loading logs after a start (LogManager.loadLogs, LogLoader).
 *
 * After a clean shutdown the logs are as they were closed. After a crash everything past the checkpointed recovery
 * point is read and checked: a batch that a loss of power tore is dropped with all behind it. Then the epoch cache is
 * trimmed to the log and gets the epochs of batches that it lacks, the producer state is rebuilt, and the high watermark
 * starts from its checkpoint.
 */
import type { ChunkedList, Disk } from '../../sim/index.js';
import type { PartitionDefinition } from '../definition.js';
import type { RecordBatch } from '../records.js';
import {
  assignEpoch,
  latestEpoch,
  loadEpochCache,
  truncateEpochsFromEnd,
  type LeaderEpochCache,
} from './epoch-cache.js';
import { indexOfOffset } from './log-search.js';
import { createProducerState, rebuildProducers } from './producer-state.js';
import { clampedHighWatermark, type ReplicaLog } from './replica-log.js';

/** Name of the checkpoint that a controlled shutdown leaves when all is flushed (CleanShutdownFileHandler). */
const CLEAN_SHUTDOWN_MARKER = '.kafka_cleanshutdown';

/** The broker epoch in the clean-shutdown marker, or -1: the last process did not end in order. */
export function readCleanShutdownEpoch(disk: Disk): number {
  return disk.readCheckpoint<number>(CLEAN_SHUTDOWN_MARKER) ?? -1;
}

/** Leaves the marker: every log is flushed, and nothing will be appended any more. */
export function writeCleanShutdownMarker(disk: Disk, brokerEpoch: number): void {
  disk.writeCheckpoint(CLEAN_SHUTDOWN_MARKER, brokerEpoch);
}

/** Takes the marker away, before anything is written. Returns whether it was there. */
export function takeCleanShutdownMarker(disk: Disk): boolean {
  return disk.checkpoints.delete(CLEAN_SHUTDOWN_MARKER);
}

/** Whether the disk holds a log of the partition. */
export function hasLog(disk: Disk, partition: PartitionDefinition): boolean {
  return disk.files.has(partition.name);
}

/**
 * Opens the log of a partition, or makes an empty one.
 *
 * @param clean whether the clean-shutdown marker was found.
 * @param trustsLogEnd take all that the log holds for committed (mutation `highWatermarkLoad=logEnd`).
 * @param firstGeneration above all of an earlier log of the partition that this process has deleted.
 */
export function openLog(
  disk: Disk,
  partition: PartitionDefinition,
  clean: boolean,
  trustsLogEnd = false,
  firstGeneration = 0,
): ReplicaLog {
  const { name, index } = partition;
  const file = disk.file<RecordBatch>(name);
  if (file.tornAt >= 0) file.truncate(file.tornAt);
  const logEndOffset = file.entries.last()?.nextOffset ?? 0;
  const highWatermarkCheckpoint = `replication-offset-checkpoint/${name}`;
  const recoveryPointCheckpoint = `recovery-point-offset-checkpoint/${name}`;
  const checkpointed = disk.readCheckpoint<number>(recoveryPointCheckpoint) ?? 0;
  const recoveryPoint = clean ? logEndOffset : Math.min(checkpointed, logEndOffset);
  const epochs = loadEpochCache(disk, name);
  truncateEpochsFromEnd(epochs, disk, logEndOffset);
  if (!clean) recoverEpochs(epochs, disk, file.entries);
  const producers = createProducerState(name);
  rebuildProducers(producers, disk, file.entries, logEndOffset);
  const log: ReplicaLog = {
    partition: index,
    file,
    epochs,
    producers,
    logStartOffset: 0,
    logEndOffset,
    highWatermark: 0,
    recoveryPoint,
    flushAskedOffset: recoveryPoint,
    generation: firstGeneration,
    firstGeneration,
    lastFlushUs: 0,
    highWatermarkCheckpoint,
    recoveryPointCheckpoint,
    isHighWatermarkDirty: false,
  };
  const highWatermark = disk.readCheckpoint<number>(highWatermarkCheckpoint) ?? 0;
  log.highWatermark = trustsLogEnd ? logEndOffset : clampedHighWatermark(log, highWatermark);
  return log;
}

/**
 * Enters the epochs that the batches have and the cache has not: its file could not be written when they began
 * (LogSegment.recover).
 */
function recoverEpochs(
  cache: LeaderEpochCache,
  disk: Disk,
  batches: ChunkedList<RecordBatch>,
): void {
  let first = batches.length;
  const known = latestEpoch(cache);
  while (first > 0 && batches.at(first - 1).leaderEpoch > known) first--;
  for (let index = first; index < batches.length; index++) {
    const { leaderEpoch, baseOffset } = batches.at(index);
    if (leaderEpoch > latestEpoch(cache)) assignEpoch(cache, disk, leaderEpoch, baseOffset);
  }
}

/** Bytes that a recovery has to read: everything past the recovery point. */
export function bytesToRecover(log: ReplicaLog): number {
  const { file, recoveryPoint } = log;
  if (recoveryPoint === log.logStartOffset) return file.sizeBytes;
  let bytes = 0;
  for (
    let index = indexOfOffset(file.entries, recoveryPoint);
    index < file.entries.length;
    index++
  ) {
    bytes += file.entries.at(index).sizeBytes;
  }
  return bytes;
}
