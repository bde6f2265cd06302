/** What the logs of single keys show: contradictions, duplicates, aborted reads, and records that nobody polled. */
import { opText, recordsText, type AnomalyCase } from './anomaly-case.js';
import type { Completion } from './completions.js';
import { hadEffect, type KeyLog, type KeyLogs } from './key-log.js';
import type { Key, Value } from './operation.js';

/** Two values at one offset. */
export function inconsistentOffsets(
  logs: KeyLogs,
  completions: readonly Completion[],
): AnomalyCase[] {
  const cases: AnomalyCase[] = [];
  for (const [key, offsets] of contradictions(logs, completions)) {
    const { offsets: all, valuesAt } = logs.get(key)!;
    const indexOf = new Map(all.map((offset, index) => [offset, index]));
    for (const [offset, ops] of offsets) {
      const values = valuesAt[indexOf.get(offset)!]!;
      const message = `offset ${offset} holds ${values.join(' and ')}`;
      cases.push({ key, ops, values, offsets: [offset], message });
    }
  }
  return cases;
}

const OPS_SHOWN = 8;

/** By key and offset: the operations that name an offset with several values, the first of them. */
function contradictions(
  logs: KeyLogs,
  completions: readonly Completion[],
): ReadonlyMap<Key, ReadonlyMap<number, number[]>> {
  const found = new Map<Key, Map<number, number[]>>();
  for (const { key, offsets, valuesAt } of logs.values()) {
    const several = offsets.filter((_, index) => valuesAt[index]!.length > 1);
    if (several.length > 0) found.set(key, new Map(several.map((offset) => [offset, []])));
  }
  if (found.size === 0) return found;
  for (const { operation, sends, polls } of completions) {
    for (const { key, offsets } of [...sends, ...polls]) {
      for (const offset of offsets) {
        const ops = offset === null ? undefined : found.get(key)?.get(offset);
        if (ops !== undefined && ops.length < OPS_SHOWN) ops.push(operation.index);
      }
    }
  }
  return found;
}

/** A value at several offsets. */
export function duplicates(logs: KeyLogs): AnomalyCase[] {
  const cases: AnomalyCase[] = [];
  for (const log of logs.values()) {
    const places = new Map<Value, number[]>();
    for (const [index, values] of log.valuesAt.entries()) {
      for (const value of values) {
        if (log.firstIndexOf.get(value) === log.lastIndexOf.get(value)) continue;
        const offsets = places.get(value) ?? [];
        offsets.push(log.offsets[index]!);
        places.set(value, offsets);
      }
    }
    for (const [value, offsets] of places) {
      cases.push({
        key: log.key,
        ops: witnesses(log, value),
        values: [value],
        offsets,
        message: `${value} lies at offsets ${offsets.join(' and ')}`,
      });
    }
  }
  return cases;
}

/** Who sent a value, and who polled it first. */
function witnesses(log: KeyLog, value: Value): number[] {
  const ops = [log.writerOf.get(value), log.okReaderOf.get(value)];
  return ops.flatMap((each) => (each === undefined ? [] : [each.operation.index]));
}

/** Values that were seen and that nobody sent. */
export function withoutWriter(logs: KeyLogs, completions: readonly Completion[]): AnomalyCase[] {
  const cases: AnomalyCase[] = [];
  const told = new Map<KeyLog, Set<Value>>();
  for (const completion of completions) {
    for (const { key, offsets, values } of completion.polls) {
      const log = logs.get(key)!;
      for (const [place, value] of values.entries()) {
        if (log.writerOf.has(value)) continue;
        const known = told.get(log) ?? new Set();
        if (known.has(value)) continue;
        told.set(log, known.add(value));
        const offset = offsets[place] ?? null;
        cases.push({
          key,
          ops: [completion.operation.index],
          values: [value],
          ...(offset === null ? {} : { offsets: [offset] }),
          message: `${opText(completion)} polled ${value}, which nobody sent`,
        });
      }
    }
  }
  return cases;
}

/** G1a: an ok operation polled what a failed one sent. */
export function abortedReads(logs: KeyLogs, completions: readonly Completion[]): AnomalyCase[] {
  const cases: AnomalyCase[] = [];
  for (const completion of completions) {
    if (completion.type !== 'ok') continue;
    for (const { key, values } of completion.polls) {
      const { failed, writerOf } = logs.get(key)!;
      if (failed.size === 0) continue;
      for (const value of values) {
        if (!failed.has(value)) continue;
        const writer = writerOf.get(value)!;
        cases.push({
          key,
          ops: [writer.operation.index, completion.operation.index],
          values: [value],
          message: `${opText(completion)} polled ${value}, whose send (${opText(writer)}) failed`,
        });
      }
    }
  }
  return cases;
}

/**
 * Values that must have been polled, since something later in the log was, and were not.
 *
 * The bound is the highest of the *first* indexes of what ok operations polled; below it every value is due whose *last*
 * index lies there. Writes whose effect is not certain are not due.
 */
export function lostWrites(logs: KeyLogs): AnomalyCase[] {
  const cases: AnomalyCase[] = [];
  for (const log of logs.values()) {
    const { key, okReaderOf, firstIndexOf, lastIndexOf, valuesAt, writerOf } = log;
    let bound = -1;
    let highest: Completion | undefined;
    for (const [value, reader] of okReaderOf) {
      const first = firstIndexOf.get(value) ?? -1;
      if (first > bound) [bound, highest] = [first, reader];
    }
    for (let index = 0; index <= bound; index++) {
      for (const value of valuesAt[index]!) {
        if (lastIndexOf.get(value) !== index || okReaderOf.has(value)) continue;
        const writer = writerOf.get(value);
        if (writer === undefined || !hadEffect(writer, logs)) continue;
        const offset = log.offsets[index]!;
        cases.push({
          key,
          ops: [writer.operation.index, highest!.operation.index],
          values: [value],
          offsets: [offset, log.offsets[bound]!],
          message: `${value} (${opText(writer)}, offset ${offset}) was never polled, but offset ${log.offsets[bound]!} was, by ${opText(highest!)}`,
        });
      }
    }
  }
  return cases;
}

/** Acknowledged values that nobody polled; one case for each key. */
export function unseen(logs: KeyLogs): AnomalyCase[] {
  const cases: AnomalyCase[] = [];
  for (const { key, writerOf, okReaderOf } of logs.values()) {
    const ops: number[] = [];
    const values: Value[] = [];
    for (const [value, { type, operation }] of writerOf) {
      if (type !== 'ok' || okReaderOf.has(value)) continue;
      ops.push(operation.index);
      values.push(value);
    }
    if (values.length === 0) continue;
    const message = `${recordsText(values.length)} acknowledged and never polled`;
    cases.push({ key, ops, values, message });
  }
  return cases;
}
