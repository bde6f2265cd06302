/**
 * Deleting the log of a replica that is no longer one (LogManager.asyncDelete; LogManager.isStrayKraftReplica).
 *
 * Differs from Kafka: the log is gone at once, and its checkpoints with it. Kafka renames its directory (to `-delete`, or
 * to `-stray` what a start finds), frees the space after `file.delete.delay.ms` or never, and writes the checkpoint files
 * without it the next time.
 */
import type { Disk } from '../../sim/index.js';
import type { ReplicaLog } from './replica-log.js';

/** Takes the log and all that is kept beside it from the disk, for good. */
export function deleteLog(log: ReplicaLog, disk: Disk): void {
  const { file, epochs, producers, highWatermarkCheckpoint, recoveryPointCheckpoint } = log;
  disk.deleteFile(file.name);
  const checkpoints = [
    epochs.checkpointName,
    producers.checkpointName,
    highWatermarkCheckpoint,
    recoveryPointCheckpoint,
  ];
  for (const name of checkpoints) disk.checkpoints.delete(name);
}
