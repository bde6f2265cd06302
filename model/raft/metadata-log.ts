/**
 * The metadata log as raft sees it (KafkaMetadataLog): offsets, epochs, truncation.
 *
 * The batches themselves are on the disk; what is kept here is the log end and the epoch cache. Cuts fall between
 * batches, since logs that hold the same offset of the same epoch hold the same batch.
 */
import type { HostContext } from '../../sim/index.js';
import type { MetadataBatch } from '../metadata/records.js';
import type { RaftState } from './raft-state.js';

/** A fetch response carries at most this much (KafkaRaftClient.MAX_FETCH_SIZE_BYTES). */
const MAX_FETCH_BYTES = 8 * 1024 * 1024;

const NO_BATCHES: readonly MetadataBatch[] = [];

/** Reads the epoch cache and the log end from the disk. */
export function loadMetadataLog(raft: RaftState): void {
  const { entries } = raft.log;
  if (raft.log.tornAt >= 0) raft.log.truncate(raft.log.tornAt);
  // Epochs never fall along the log: each starts where a search for the first batch above the last one ends.
  for (
    let index = 0;
    index < entries.length;
    index = firstIndexAbove(raft, raft.lastEpoch, index)
  ) {
    noteAppended(raft, entries.at(index));
  }
  raft.logEndOffset = entries.last()?.nextOffset ?? 0;
}

/** Index of the first batch, from an index on, whose epoch is above the one given. */
function firstIndexAbove(raft: RaftState, epoch: number, from: number): number {
  const { entries } = raft.log;
  let low = from;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries.at(middle).epoch > epoch) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Appends a batch to the page cache; false when the disk refuses. */
export function appendToLog(raft: RaftState, batch: MetadataBatch, context: HostContext): boolean {
  if (batch.baseOffset !== raft.logEndOffset || batch.epoch < raft.lastEpoch) {
    throw new Error(
      `a batch at ${batch.baseOffset} does not continue the log at ${raft.logEndOffset}`,
    );
  }
  if (context.host.disk.append(raft.log, batch) !== 'ok') return false;
  noteAppended(raft, batch);
  return true;
}

/** The largest offset that the log shares with one that ends `epoch` at `endOffset`. */
export function commonEndOffset(raft: RaftState, epoch: number, endOffset: number): number {
  if (epoch === 0) return Math.min(endOffset, raft.logEndOffset);
  const index = epochIndexFor(raft, epoch);
  const localEnd = endOffsetAt(raft, epoch, index);
  return epochAt(raft, epoch, index) === epoch ? Math.min(localEnd, endOffset) : localEnd;
}

/** Cuts the log so that it ends at or before the offset. */
export function truncateLog(raft: RaftState, offset: number): void {
  const { entries } = raft.log;
  let count = entries.length;
  while (count > 0 && entries.at(count - 1).nextOffset > offset) count--;
  raft.log.truncate(count);
  const last = entries.last();
  raft.logEndOffset = last?.nextOffset ?? 0;
  raft.lastEpoch = last?.epoch ?? 0;
  raft.flushedOffset = Math.min(raft.flushedOffset, raft.logEndOffset);
  while (raft.epochs.length > 0 && raft.epochStarts.at(-1)! >= raft.logEndOffset) {
    raft.epochs.pop();
    raft.epochStarts.pop();
  }
}

/**
 * Index in the epoch cache of the largest epoch at or below the one asked for; -1 where all are above.
 */
export function epochIndexFor(raft: RaftState, epoch: number): number {
  let index = raft.epochs.length - 1;
  while (index >= 0 && raft.epochs[index]! > epoch) index--;
  return index;
}

/** The epoch that answers a question about `epoch` (`endOffsetForEpoch`): see `endOffsetAt`. */
export function epochAt(raft: RaftState, epoch: number, index: number): number {
  if (epoch > raft.lastEpoch) return raft.lastEpoch;
  return index < 0 ? epoch : raft.epochs[index]!;
}

/** Where the epoch at an index of the cache ends; an epoch above all ends with the log, one below all at its start. */
export function endOffsetAt(raft: RaftState, epoch: number, index: number): number {
  if (epoch >= raft.lastEpoch) return raft.logEndOffset;
  return raft.epochStarts[index + 1]!;
}

/** The batches from an offset on, as many as a response carries. */
export function readBatches(raft: RaftState, offset: number): readonly MetadataBatch[] {
  if (offset >= raft.logEndOffset) return NO_BATCHES;
  const { entries } = raft.log;
  const last = entries.at(entries.length - 1);
  if (last.baseOffset === offset) return [last];
  const batches: MetadataBatch[] = [];
  let bytes = 0;
  for (let index = batchIndexAt(raft, offset); index < entries.length; index++) {
    const batch = entries.at(index);
    bytes += batch.sizeBytes;
    if (bytes > MAX_FETCH_BYTES && batches.length > 0) break;
    batches.push(batch);
  }
  return batches;
}

/** Index of the first batch at or past an offset. */
function batchIndexAt(raft: RaftState, offset: number): number {
  const { entries } = raft.log;
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entries.at(middle).baseOffset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function noteAppended(raft: RaftState, batch: MetadataBatch): void {
  raft.logEndOffset = batch.nextOffset;
  if (batch.epoch === raft.lastEpoch && raft.epochs.length > 0) return;
  raft.lastEpoch = batch.epoch;
  raft.epochs.push(batch.epoch);
  raft.epochStarts.push(batch.baseOffset);
}
