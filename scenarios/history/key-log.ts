/**
 * What a history says about the log of each key: which values lie at which offsets, who sent them, and who saw them.
 *
 * The version order of a key is its values in the order of their offsets, gaps left out (markers of transactions take
 * offsets that nobody sees): an *index* counts along it. Offsets come from all polls, even of operations that failed,
 * since whatever a consumer is given should be there; and from sends that certainly had their effect: `ok`, or `info`
 * where one of its values was polled.
 *
 * Where two values claim one offset, the first that was seen stands for it. Where a value lies at several offsets, its
 * last index counts, but for the bound of what must have been polled (`firstIndexOf`).
 *
 * Source: kafka.clj, version-orders, must-have-committed?, writer-of, readers-of.
 */
import type { Completion } from './completions.js';
import type { Key, Value } from './operation.js';

export class KeyLog {
  /** The completion that tried to write a value; the last of several. */
  readonly writerOf = new Map<Value, Completion>();
  /** The first `ok` operation that polled a value. */
  readonly okReaderOf = new Map<Value, Completion>();
  /** Values whose send failed. */
  readonly failed = new Set<Value>();
  /** Offsets in ascending order; parallel to `valuesAt`. Its places are the indexes. */
  offsets: readonly number[] = [];
  /** Values seen at the offset, in the order in which they were seen. */
  valuesAt: readonly (readonly Value[])[] = [];
  readonly firstIndexOf = new Map<Value, number>();
  readonly lastIndexOf = new Map<Value, number>();
  /** While the history is read: by offset. */
  private readonly seen = new Map<number, Value[]>();

  constructor(readonly key: Key) {}

  /** The value that stands for an index. */
  at(index: number): Value | undefined {
    return this.valuesAt[index]?.[0];
  }

  /** The value before another in the version order. */
  before(value: Value): Value | undefined {
    const index = this.lastIndexOf.get(value);
    return index === undefined ? undefined : this.at(index - 1);
  }

  /** A value was seen at an offset. */
  place(offset: number, value: Value): void {
    const values = this.seen.get(offset);
    if (values === undefined) this.seen.set(offset, [value]);
    else if (!values.includes(value)) values.push(value);
  }

  /** All was seen: puts it in order. */
  settle(): void {
    this.offsets = [...this.seen.keys()].sort((a, b) => a - b);
    this.valuesAt = this.offsets.map((offset) => this.seen.get(offset)!);
    for (const [index, values] of this.valuesAt.entries()) {
      for (const value of values) {
        if (!this.firstIndexOf.has(value)) this.firstIndexOf.set(value, index);
        this.lastIndexOf.set(value, index);
      }
    }
  }
}

/** The logs of all keys, in the order in which the history first names them. */
export type KeyLogs = ReadonlyMap<Key, KeyLog>;

export function keyLogsOf(completions: readonly Completion[]): KeyLogs {
  const logs = new Map<Key, KeyLog>();
  const logOf = (key: Key): KeyLog => {
    let log = logs.get(key);
    if (log === undefined) logs.set(key, (log = new KeyLog(key)));
    return log;
  };
  for (const completion of completions) {
    const { type, sends, polls } = completion;
    for (const { key, values } of sends) {
      const { writerOf, failed } = logOf(key);
      for (const value of values) {
        writerOf.set(value, completion);
        if (type === 'fail') failed.add(value);
      }
    }
    for (const { key, values } of polls) {
      const { okReaderOf } = logOf(key);
      if (type !== 'ok') continue;
      for (const value of values) if (!okReaderOf.has(value)) okReaderOf.set(value, completion);
    }
  }
  for (const completion of completions) {
    const placed = hadEffect(completion, logs)
      ? [...completion.sends, ...completion.polls]
      : completion.polls;
    for (const { key, offsets, values } of placed) {
      const log = logOf(key);
      for (let index = 0; index < values.length; index++) {
        const offset = offsets[index] ?? null;
        if (offset !== null) log.place(offset, values[index]!);
      }
    }
  }
  for (const log of logs.values()) log.settle();
  return logs;
}

/** Its sends are in the log: it said so, or one of them was polled. */
export function hadEffect({ type, sends }: Completion, logs: KeyLogs): boolean {
  if (type === 'ok') return true;
  if (type === 'fail') return false;
  return sends.some(({ key, values }) => {
    const readers = logs.get(key)?.okReaderOf;
    return readers !== undefined && values.some((value) => readers.has(value));
  });
}
