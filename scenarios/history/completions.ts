/** The completions of a history, with what each sent and polled by key. */
import {
  isTransaction,
  type Key,
  type KeyRecords,
  type Mop,
  type Operation,
  type Value,
} from './operation.js';

/** How a `send`, `poll` or `txn` ended. What never completed is `info`. */
export interface Completion {
  /** Number among the completions, from 0. */
  readonly number: number;
  readonly operation: Operation;
  readonly type: 'ok' | 'fail' | 'info';
  /** What it sent, by key, in order. An offset is null where nobody said. */
  readonly sends: readonly KeyRecords[];
  /** What it polled, by key, in order, all its polls taken together. */
  readonly polls: readonly KeyRecords[];
}

const NOTHING: readonly KeyRecords[] = [];

/**
 * The completions in the order of the history; at its end, what was invoked and never completed. A `fail` or `info`
 * without a value has that of its invocation.
 */
export function completionsOf(history: readonly Operation[]): Completion[] {
  const completions: Completion[] = [];
  /** By process: what it is about. */
  const pending = new Map<number, Operation>();
  const complete = (operation: Operation, type: Completion['type'], mops: readonly Mop[]): void => {
    const number = completions.length;
    completions.push({ number, operation, type, sends: sendsOf(mops), polls: pollsOf(mops) });
  };
  for (const operation of history) {
    const { type, process } = operation;
    if (!isTransaction(operation.f)) continue;
    if (type === 'invoke') {
      if (process !== null) pending.set(process, operation);
      continue;
    }
    const invocation = process === null ? undefined : pending.get(process);
    if (process !== null) pending.delete(process);
    const same = invocation?.f === operation.f ? invocation.mops : null;
    complete(operation, type, operation.mops ?? (type === 'ok' ? null : same) ?? []);
  }
  for (const operation of pending.values()) complete(operation, 'info', operation.mops ?? []);
  return completions;
}

function sendsOf(mops: readonly Mop[]): readonly KeyRecords[] {
  const [only] = mops;
  if (mops.length === 1 && only?.f === 'send') {
    return [{ key: only.key, offsets: [only.offset ?? null], values: [only.value] }];
  }
  const sends = mops.filter((mop) => mop.f === 'send');
  if (sends.length === 0) return NOTHING;
  return merged(
    sends.map(({ key, offset, value }) => ({ key, offsets: [offset ?? null], values: [value] })),
  );
}

function pollsOf(mops: readonly Mop[]): readonly KeyRecords[] {
  const [only] = mops;
  if (mops.length === 1 && only?.f === 'poll') return merged(only.reads ?? NOTHING);
  return merged(mops.flatMap((mop) => (mop.f === 'poll' ? (mop.reads ?? NOTHING) : NOTHING)));
}

/** One entry for each key, in the order of their first appearance; keys without records are left out. */
function merged(records: readonly KeyRecords[]): readonly KeyRecords[] {
  if (records.length === 0) return NOTHING;
  if (records.length === 1) return records[0]!.values.length > 0 ? records : NOTHING;
  const byKey = new Map<Key, { key: Key; offsets: (number | null)[]; values: Value[] }>();
  for (const { key, offsets, values } of records) {
    if (values.length === 0) continue;
    let all = byKey.get(key);
    if (all === undefined) byKey.set(key, (all = { key, offsets: [], values: [] }));
    for (let index = 0; index < values.length; index++) {
      all.offsets.push(offsets[index] ?? null);
      all.values.push(values[index]!);
    }
  }
  return [...byKey.values()];
}
