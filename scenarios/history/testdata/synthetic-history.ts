/** Clean histories, made by a log that cannot go wrong. */
import type { Key, KeyRecords, Mop, Operation, OperationType } from '../operation.js';

const KEYS = 3;
const PROCESSES = 4;

/** `info` may have been appended or not. */
const OUTCOMES = ['ok', 'ok', 'ok', 'fail', 'info', 'info-appended'] as const;

type Outcome = (typeof OUTCOMES)[number];

/**
 * A history without an anomaly: operations of several records, gaps in the offsets, all outcomes, a final drain.
 *
 * @param choices Natural numbers, as many as are drawn at random: what the processes do, one step after the other.
 */
export function cleanHistory(choices: readonly number[]): readonly Operation[] {
  const log = new PerfectLog();
  let next = 0;
  const choose = (count: number): number => (choices[next++] ?? 0) % count;
  const someKeys = (): number[] => Array.from({ length: 1 + choose(3) }, () => choose(KEYS));
  while (next < choices.length) {
    const process = choose(PROCESSES);
    const kind = choose(11);
    if (kind < 5) log.send(process, someKeys(), OUTCOMES[choose(OUTCOMES.length)]!);
    else if (kind < 10) log.poll(process, 1 + choose(5), choose(2) === 1);
    else log.assign(process, [...new Set(someKeys())]);
  }
  return log.drained();
}

class PerfectLog {
  private readonly operations: Operation[] = [];
  private readonly logs: [offset: number, value: number][][] = Array.from({ length: KEYS }, () => []);
  /** By process: its number now, and the next index to poll of each key. */
  private readonly processes = Array.from({ length: PROCESSES }, (_, index) => ({
    number: index,
    assigned: [] as readonly number[],
    next: Array.from({ length: KEYS }, () => 0),
  }));
  private nextValue = 0;

  drained(): readonly Operation[] {
    const number = 1000;
    const keys = this.logs.map((_, index) => index);
    this.put('invoke', number, 'assign', { keys, seekToBeginning: true });
    this.put('ok', number, 'assign', { keys, seekToBeginning: true });
    for (const [index, log] of this.logs.entries()) {
      for (let from = 0; from < log.length; from += 4) {
        this.put('invoke', number, 'poll', { mops: [{ f: 'poll', reads: null }] });
        const reads = [recordsOf(index, log.slice(from, from + 4))];
        this.put('ok', number, 'poll', { mops: [{ f: 'poll', reads }] });
      }
    }
    return this.operations;
  }

  send(process: number, keys: readonly number[], outcome: Outcome): void {
    const sends = keys.map((k) => ({ f: 'send', key: k, value: this.nextValue++ }) as const);
    const { number } = this.processes[process]!;
    this.put('invoke', number, 'send', { mops: sends });
    const isAppended = outcome === 'ok' || outcome === 'info-appended';
    const offsets = sends.map(({ key: k, value }) => (isAppended ? this.append(k, value) : null));
    const type = outcome === 'info-appended' ? 'info' : outcome;
    const mops = type === 'ok' ? sends.map((each, place) => ({ ...each, offset: offsets[place]! })) : sends;
    this.put(type, number, 'send', { mops });
    if (type === 'info') this.processes[process]!.number += PROCESSES;
  }

  /** Every third offset is left to the markers of transactions. */
  private append(k: number, value: number): number {
    const log = this.logs[k]!;
    const last = log.at(-1)?.[0] ?? -1;
    const offset = last + (value % 3 === 0 ? 2 : 1);
    log.push([offset, value]);
    return offset;
  }

  assign(process: number, keys: readonly number[]): void {
    const own = this.processes[process]!;
    // A key that comes back is read from its beginning.
    for (let k = 0; k < KEYS; k++) if (!keys.includes(k)) own.next[k] = 0;
    own.assigned = keys;
    this.put('invoke', own.number, 'assign', { keys });
    this.put('ok', own.number, 'assign', { keys });
  }

  poll(process: number, records: number, fails: boolean): void {
    const own = this.processes[process]!;
    this.put('invoke', own.number, 'poll', { mops: [{ f: 'poll', reads: null }] });
    const reads: KeyRecords[] = [];
    for (const k of own.assigned) {
      const from = own.next[k]!;
      const taken = this.logs[k]!.slice(from, from + records);
      if (taken.length > 0) reads.push(recordsOf(k, taken));
      if (!fails) own.next[k] = from + taken.length;
    }
    this.put(fails ? 'fail' : 'ok', own.number, 'poll', { mops: [{ f: 'poll', reads }] });
  }

  private put(
    type: OperationType,
    process: number,
    f: string,
    fields: { mops?: readonly Mop[]; keys?: readonly Key[]; seekToBeginning?: true },
  ): void {
    const index = this.operations.length;
    const timeNs = index * 1_000_000;
    this.operations.push({ index, type, process, f, timeNs, mops: null, keys: null, value: null, ...fields });
  }
}

function recordsOf(k: number, pairs: readonly (readonly [number, number])[]): KeyRecords {
  return { key: k, offsets: pairs.map(([offset]) => offset), values: pairs.map(([, value]) => value) };
}
