/**
 * A node's snapshot of the committed metadata, so that a restart need not replay the whole log (KIP-630).
 *
 * Differs from Kafka: the log is kept whole beside the snapshot, so nobody ever has to fetch one; and where a loss of
 * power leaves the log shorter than the snapshot, Kafka starts the log anew at the snapshot's end, and the lab drops
 * the snapshot and fetches what the log lost.
 */
import { Immutable, type Disk, type DiskFile } from '../../sim/index.js';
import type { MetadataBatch } from './records.js';

const SNAPSHOT = 'metadata-snapshot';

export class MetadataSnapshot<Image> extends Immutable {
  constructor(
    /** One past the last offset that it holds. */
    readonly endOffset: number,
    /** Batches of the log that it stands for. */
    readonly batchCount: number,
    /** Never changed. */
    readonly image: Image,
  ) {
    super();
  }
}

/** Replaces the node's snapshot; a disk that refuses leaves the old one. */
export function writeSnapshot(disk: Disk, snapshot: MetadataSnapshot<unknown>): void {
  disk.writeCheckpoint(SNAPSHOT, snapshot);
}

/** The node's snapshot, or null where there is none that the log reaches. */
export function readSnapshot<Image>(
  disk: Disk,
  log: DiskFile<MetadataBatch>,
): MetadataSnapshot<Image> | null {
  const snapshot = disk.readCheckpoint<MetadataSnapshot<Image>>(SNAPSHOT);
  const whole = log.tornAt < 0 ? log.entries.length : log.tornAt;
  if (snapshot === undefined || whole < snapshot.batchCount) return null;
  return log.entries.at(snapshot.batchCount - 1).nextOffset === snapshot.endOffset
    ? snapshot
    : null;
}
