/**
 * Finding batches by offset and counting their bytes.
 *
 * Readers are nearly always close to the end of the log, so the search gallops backwards from there before it halves:
 * a lookup costs the logarithm of the distance to the end.
 */
import type { ChunkedList } from '../../sim/index.js';
import type { RecordBatch } from '../records.js';

/** Index of the first batch that holds an offset at or past the given one; the length where there is none. */
export function indexOfOffset(batches: ChunkedList<RecordBatch>, offset: number): number {
  const count = batches.length;
  if (count === 0 || batches.at(count - 1).nextOffset <= offset) return count;
  // Invariant: batch `high` holds an offset at or past the given one; batch `low`, if there is one, does not.
  let high = count - 1;
  let low = high - 1;
  let step = 1;
  while (low >= 0 && batches.at(low).nextOffset > offset) {
    high = low;
    step += step;
    low -= step;
  }
  if (low < -1) low = -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (batches.at(middle).nextOffset > offset) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * Bytes of the batches in [fromOffset, endOffset), counted until they reach `enoughBytes`.
 * A batch that only in part lies below `endOffset` does not count.
 */
export function readableBytes(
  batches: ChunkedList<RecordBatch>,
  fromOffset: number,
  endOffset: number,
  enoughBytes: number,
): number {
  let bytes = 0;
  const count = batches.length;
  for (let index = indexOfOffset(batches, fromOffset); index < count; index++) {
    const batch = batches.at(index);
    if (batch.nextOffset > endOffset) break;
    bytes += batch.sizeBytes;
    if (bytes >= enoughBytes) break;
  }
  return bytes;
}

/**
 * The batches in [fromOffset, endOffset) that fit into `maxBytes`; with `minOneBatch` the first one in any case
 * (KIP-74). A batch that holds `fromOffset` in its middle is returned as a whole, as Kafka does.
 */
export function readBatches(
  batches: ChunkedList<RecordBatch>,
  fromOffset: number,
  endOffset: number,
  maxBytes: number,
  minOneBatch: boolean,
): readonly RecordBatch[] {
  const count = batches.length;
  let index = indexOfOffset(batches, fromOffset);
  if (index === count) return NO_BATCHES;
  const first = batches.at(index);
  if (first.nextOffset > endOffset) return NO_BATCHES;
  if (first.sizeBytes > maxBytes && !minOneBatch) return NO_BATCHES;
  const found = [first];
  let bytes = first.sizeBytes;
  for (index++; index < count; index++) {
    const batch = batches.at(index);
    bytes += batch.sizeBytes;
    if (batch.nextOffset > endOffset || bytes > maxBytes) break;
    found.push(batch);
  }
  return found;
}

/** What a read that finds nothing returns: one shared array, never changed. */
export const NO_BATCHES: readonly RecordBatch[] = [];
