/** The metadata log as it was committed: batch by batch, by whoever committed it first. */
import type { MetadataBatch } from '../../model/index.js';
import { ChunkedList } from '../../sim/index.js';

/** Plain data. */
export interface MetadataHistory {
  batches: ChunkedList<MetadataBatch>;
  /** Offset after the last batch. */
  nextOffset: number;
  /** By node id: index of the batch that comes next for the node. */
  positions: Map<number, number>;
}

export function createMetadataHistory(): MetadataHistory {
  return { batches: new ChunkedList(), nextOffset: 0, positions: new Map() };
}

/**
 * Takes a batch that a node committed.
 *
 * - `known`: it lies in the history;
 * - `new`: it is the next one, and lies there now;
 * - `other`: the history has something else at its offset.
 */
export function follow(
  history: MetadataHistory,
  node: number,
  batch: MetadataBatch,
): 'known' | 'new' | 'other' {
  const { batches, positions } = history;
  const next = positions.get(node) ?? 0;
  if (next < batches.length && batches.at(next) === batch) {
    positions.set(node, next + 1);
    return 'known';
  }
  if (batch.baseOffset === history.nextOffset) {
    batches.push(batch);
    history.nextOffset = batch.nextOffset;
    positions.set(node, batches.length);
    return 'new';
  }
  const index = indexOfOffset(batches, batch.baseOffset);
  if (index < 0 || batches.at(index) !== batch) return 'other';
  positions.set(node, index + 1);
  return 'known';
}

/** The history becomes that of another log. Returns where the two part, as an offset. */
export function become(history: MetadataHistory, log: ChunkedList<MetadataBatch>): number {
  const { batches } = history;
  let shared = 0;
  while (shared < batches.length && shared < log.length && batches.at(shared) === log.at(shared))
    shared++;
  batches.truncate(shared);
  const from = batches.last()?.nextOffset ?? 0;
  for (let index = shared; index < log.length; index++) batches.push(log.at(index));
  history.nextOffset = batches.last()?.nextOffset ?? 0;
  history.positions.clear();
  return from;
}

/** Index of the batch that holds an offset, or -1. */
export function indexOfOffset(batches: ChunkedList<MetadataBatch>, offset: number): number {
  let low = 0;
  let high = batches.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const batch = batches.at(middle);
    if (offset < batch.baseOffset) high = middle - 1;
    else if (offset >= batch.nextOffset) low = middle + 1;
    else return middle;
  }
  return -1;
}
