/** What the final drain of a history did not find: the acknowledged records that are gone. */
import { completionsOf } from './completions.js';
import type { Key, Operation, Value } from './operation.js';

/** An acknowledged record that no poll of the final drain returned. */
export interface MissingRecord {
  readonly key: Key;
  readonly value: Value;
  /** Index of the completion that acknowledged it. */
  readonly acknowledgedBy: number;
}

/**
 * Acknowledged records that no process polled that went back to the beginning (`:seek-to-beginning? true`). Null where
 * no process did: the history has no final drain.
 *
 * More than `lost-write` and `unseen` have: these two do not see the loss of a record that was polled before it was lost.
 */
export function missingFromFinalReads(history: readonly Operation[]): MissingRecord[] | null {
  const drains = new Set<number | null>();
  for (const { f, type, process, seekToBeginning } of history) {
    if (f === 'assign' && type === 'ok' && seekToBeginning === true) drains.add(process);
  }
  if (drains.size === 0) return null;
  const completions = completionsOf(history);
  const present = new Map<Key, Set<Value>>();
  for (const { type, operation, polls } of completions) {
    if (type !== 'ok' || !drains.has(operation.process)) continue;
    for (const { key, values } of polls) {
      const found = present.get(key) ?? new Set();
      for (const value of values) found.add(value);
      present.set(key, found);
    }
  }
  return completions
    .filter(({ type }) => type === 'ok')
    .flatMap(({ sends, operation }) =>
      sends.flatMap(({ key, values }) =>
        values
          .filter((value) => present.get(key)?.has(value) !== true)
          .map((value) => ({ key, value, acknowledgedBy: operation.index })),
      ),
    );
}
