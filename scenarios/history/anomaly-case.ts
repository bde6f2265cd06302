/** One occurrence of an anomaly, with the evidence for it. */
import type { Completion } from './completions.js';
import type { Key, Value } from './operation.js';

/** Where an anomaly shows in the history: the operations, and the records that contradict one another. */
export interface AnomalyCase {
  /** The key that it is about; the first of them in a cycle. */
  readonly key: Key;
  /** Indexes of the operations that show it, in the order of the history; of a cycle, in its order. */
  readonly ops: readonly number[];
  readonly values: readonly Value[];
  /** Offsets of the key, where they say something. */
  readonly offsets?: readonly number[];
  /** Records that were passed over: the first of them. */
  readonly skipped?: readonly Value[];
  /** A sentence for people. */
  readonly message: string;
}

/** No more than so many of the records that were passed over are listed. */
const SKIPPED_SHOWN = 32;

/** The values at the indexes in (from, to), not more than can be shown. */
export function skippedBetween(
  log: { at(index: number): Value | undefined },
  from: number,
  to: number,
): Value[] {
  const skipped: Value[] = [];
  for (let index = from + 1; index < to && skipped.length < SKIPPED_SHOWN; index++) {
    const value = log.at(index);
    if (value !== undefined) skipped.push(value);
  }
  return skipped;
}

/** `op 12`. */
export function opText({ operation: { index } }: Completion): string {
  return `op ${index}`;
}

/** `1 record`, `2 records`. */
export function recordsText(count: number): string {
  return count === 1 ? '1 record' : `${count} records`;
}
