/**
 * Leader epochs of a log: where each began (LeaderEpochFileCache, KIP-101).
 *
 * Entries rise strictly in epoch and in start offset. The cache is a checkpoint on disk, rewritten at each change.
 *
 * Differs from Kafka: a truncation writes the file at once, where Kafka 4 leaves it to a background thread; what a
 * crash in between would leave behind is trimmed on load in either case.
 */
import type { Disk } from '../../sim/index.js';

export const UNDEFINED_EPOCH = -1;
export const UNDEFINED_OFFSET = -1;

export interface LeaderEpochCache {
  /** Name of the checkpoint that holds the entries. */
  readonly checkpointName: string;
  readonly epochs: number[];
  readonly startOffsets: number[];
}

/** An epoch and the offset where it ends; both undefined (-1) where the question cannot be answered. */
export interface EpochEndOffset {
  readonly epoch: number;
  readonly endOffset: number;
}

export const UNDEFINED_EPOCH_END: EpochEndOffset = {
  epoch: UNDEFINED_EPOCH,
  endOffset: UNDEFINED_OFFSET,
};

interface EpochCheckpoint {
  readonly epochs: readonly number[];
  readonly startOffsets: readonly number[];
}

/** The cache as the disk has it. */
export function loadEpochCache(disk: Disk, partitionName: string): LeaderEpochCache {
  const checkpointName = `leader-epoch-checkpoint/${partitionName}`;
  const stored = disk.readCheckpoint<EpochCheckpoint>(checkpointName);
  return {
    checkpointName,
    epochs: stored === undefined ? [] : stored.epochs.slice(),
    startOffsets: stored === undefined ? [] : stored.startOffsets.slice(),
  };
}

/** The newest epoch, or -1 in an empty cache. */
export function latestEpoch(cache: LeaderEpochCache): number {
  const { epochs } = cache;
  return epochs.length === 0 ? UNDEFINED_EPOCH : epochs[epochs.length - 1]!;
}

/**
 * Records that an epoch begins at an offset; entries that contradict it (an epoch or a start not below its own) go.
 * Nothing happens where the epoch is the newest already and does not begin earlier than known.
 */
export function assignEpoch(
  cache: LeaderEpochCache,
  disk: Disk,
  epoch: number,
  startOffset: number,
): void {
  const { epochs, startOffsets } = cache;
  const last = epochs.length - 1;
  if (last >= 0 && epochs[last] === epoch && startOffset >= startOffsets[last]!) return;
  let keep = epochs.length;
  while (keep > 0 && (epochs[keep - 1]! >= epoch || startOffsets[keep - 1]! >= startOffset)) keep--;
  epochs.length = keep;
  startOffsets.length = keep;
  epochs.push(epoch);
  startOffsets.push(startOffset);
  writeEpochs(cache, disk);
}

/** Drops the entries that begin at or past an offset. */
export function truncateEpochsFromEnd(
  cache: LeaderEpochCache,
  disk: Disk,
  endOffset: number,
): void {
  const { epochs, startOffsets } = cache;
  let keep = epochs.length;
  while (keep > 0 && startOffsets[keep - 1]! >= endOffset) keep--;
  if (keep === epochs.length) return;
  epochs.length = keep;
  startOffsets.length = keep;
  writeEpochs(cache, disk);
}

/**
 * The largest epoch not above the one asked for, and where it ends.
 *
 * The newest epoch ends at the log end offset. An epoch below all entries is answered with itself, ending where the
 * first entry begins; one above all entries is undefined.
 *
 * @param definesOlder false: an epoch below all entries is undefined, too, as it was until 2.0 (switch `epochLookup`).
 */
export function endOffsetForEpoch(
  cache: LeaderEpochCache,
  epoch: number,
  logEndOffset: number,
  definesOlder = true,
): EpochEndOffset {
  const { epochs, startOffsets } = cache;
  if (epoch === UNDEFINED_EPOCH || epochs.length === 0) return UNDEFINED_EPOCH_END;
  if (latestEpoch(cache) === epoch) return { epoch, endOffset: logEndOffset };
  let higher = epochs.length;
  while (higher > 0 && epochs[higher - 1]! > epoch) higher--;
  if (higher === epochs.length) return UNDEFINED_EPOCH_END;
  if (higher === 0 && !definesOlder) return UNDEFINED_EPOCH_END;
  const endOffset = startOffsets[higher]!;
  return { epoch: higher === 0 ? epoch : epochs[higher - 1]!, endOffset };
}

function writeEpochs(cache: LeaderEpochCache, disk: Disk): void {
  const stored: EpochCheckpoint = {
    epochs: cache.epochs.slice(),
    startOffsets: cache.startOffsets.slice(),
  };
  disk.writeCheckpoint(cache.checkpointName, stored);
}
