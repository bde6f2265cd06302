/** Whether operations sent and polled in the order of the log: within each operation, and from one to the next of a process. */
import { opText, recordsText, skippedBetween, type AnomalyCase } from './anomaly-case.js';
import type { Completion } from './completions.js';
import type { KeyLog, KeyLogs } from './key-log.js';
import {
  isAssignment,
  type Key,
  type KeyRecords,
  type Operation,
  type Value,
} from './operation.js';

/** Steps over the log that passed over something, or did not go on. */
interface Steps {
  /** Null where nobody asks for them. */
  readonly skips: AnomalyCase[] | null;
  readonly nonmonotonic: AnomalyCase[];
}

/** Both kinds of steps. */
interface AllSteps extends Steps {
  readonly skips: AnomalyCase[];
  readonly nonmonotonic: AnomalyCase[];
}

/** An operation polled what it sent itself: it cannot have been committed yet. The first such value of each operation. */
export function precommittedReads(completions: readonly Completion[]): AnomalyCase[] {
  const cases: AnomalyCase[] = [];
  for (const completion of completions) {
    const found = ownValue(completion);
    if (found === null) continue;
    const { key, value } = found;
    cases.push({
      key,
      ops: [completion.operation.index],
      values: [value],
      message: `${opText(completion)} sent ${value} and polled it`,
    });
  }
  return cases;
}

function ownValue({ sends, polls }: Completion): { key: Key; value: Value } | null {
  for (const { key, values } of sends) {
    const polled = polls.find((each) => each.key === key);
    const value = polled === undefined ? undefined : values.find((v) => polled.values.includes(v));
    if (value !== undefined) return { key, value };
  }
  return null;
}

/** Neighbours among what one operation polled of a key, unless the key was rebalanced meanwhile. */
export function internalPolls(logs: KeyLogs, completions: readonly Completion[]): AllSteps {
  const steps: AllSteps = { skips: [], nonmonotonic: [] };
  for (const completion of completions) {
    const { rebalanced } = completion.operation;
    for (const records of completion.polls) {
      if (rebalanced?.includes(records.key) === true) continue;
      within(logs, completion, records, 'polled', steps);
    }
  }
  return steps;
}

/** Neighbours among what one operation sent to a key. */
export function internalSends(logs: KeyLogs, completions: readonly Completion[]): AllSteps {
  const steps: AllSteps = { skips: [], nonmonotonic: [] };
  for (const completion of completions) {
    for (const records of completion.sends) within(logs, completion, records, 'sent', steps);
  }
  return steps;
}

function within(
  logs: KeyLogs,
  completion: Completion,
  { key, values }: KeyRecords,
  verb: string,
  steps: Steps,
): void {
  const log = logs.get(key)!;
  for (let place = 1; place < values.length; place++) {
    compare(log, values[place - 1]!, values[place]!, [completion], verb, steps);
  }
}

/**
 * From the last record that a process polled of a key to the first of its next operation that polls the key.
 *
 * An assignment or subscription keeps the place in the keys that it names and forgets the others. Operations that failed
 * or whose outcome is not known are compared, but do not move the place.
 */
export function externalPolls(
  logs: KeyLogs,
  history: readonly Operation[],
  completions: readonly Completion[],
): AllSteps {
  const steps: AllSteps = { skips: [], nonmonotonic: [] };
  const places = new Places();
  forEachEntry(history, completions, (operation, completion) => {
    const { process, type } = operation;
    if (completion === null) {
      if (type === 'ok' || type === 'info') places.keep(process, operation.keys ?? []);
      return;
    }
    for (const { key, values } of completion.polls) {
      const last = places.get(process, key);
      if (last !== undefined) {
        const ops = [last.completion, completion];
        compare(logs.get(key)!, last.value, values[0]!, ops, 'polled', steps);
      }
      if (type === 'ok') places.set(process, key, completion, values.at(-1)!);
    }
  });
  return steps;
}

/** From the last record that a process sent to a key to the first of its next operation that sends there. */
export function nonmonotonicSends(
  logs: KeyLogs,
  history: readonly Operation[],
  completions: readonly Completion[],
): AnomalyCase[] {
  // Records of others in between are no fault of anybody's.
  const steps: Steps = { skips: null, nonmonotonic: [] };
  const places = new Places();
  forEachEntry(history, completions, (operation, completion) => {
    const { process, type } = operation;
    if (type === 'fail') return;
    if (completion === null) {
      places.keep(process, operation.keys ?? []);
      return;
    }
    for (const { key, values } of completion.sends) {
      const last = places.get(process, key);
      if (last !== undefined) {
        const ops = [last.completion, completion];
        compare(logs.get(key)!, last.value, values[0]!, ops, 'sent', steps);
      }
      places.set(process, key, completion, values.at(-1)!);
    }
  });
  return steps.nonmonotonic;
}

/** Completions and completed assignments, in the order of the history. */
function forEachEntry(
  history: readonly Operation[],
  completions: readonly Completion[],
  visit: (operation: Operation, completion: Completion | null) => void,
): void {
  let next = 0;
  for (const operation of history) {
    if (operation.type === 'invoke') continue;
    const completion = completions[next];
    if (completion?.operation === operation) {
      next++;
      visit(operation, completion);
    } else if (isAssignment(operation.f)) visit(operation, null);
  }
}

/** Where each process stands in each key. */
class Places {
  private readonly byProcess = new Map<number | null, Map<Key, Place>>();

  get(process: number | null, key: Key): Place | undefined {
    return this.byProcess.get(process)?.get(key);
  }

  set(process: number | null, key: Key, completion: Completion, value: Value): void {
    const places = this.byProcess.get(process) ?? new Map<Key, Place>();
    this.byProcess.set(process, places);
    places.set(key, { completion, value });
  }

  /** Forgets all keys but these. */
  keep(process: number | null, keys: readonly Key[]): void {
    const places = this.byProcess.get(process);
    if (places === undefined) return;
    for (const key of [...places.keys()]) if (!keys.includes(key)) places.delete(key);
  }
}

/** The last record of a key that a process has to do with. */
interface Place {
  readonly completion: Completion;
  readonly value: Value;
}

/** Compares the places of two records in the log; where one is not known nothing can be said. */
function compare(
  log: KeyLog,
  before: Value,
  after: Value,
  completions: readonly Completion[],
  verb: string,
  steps: Steps,
): void {
  const from = log.lastIndexOf.get(before);
  const to = log.lastIndexOf.get(after);
  if (from === undefined || to === undefined || to - from === 1) return;
  if (to > from && steps.skips === null) return;
  const { key } = log;
  const offsets = [log.offsets[from]!, log.offsets[to]!];
  const common = {
    key,
    ops: completions.map(({ operation }) => operation.index),
    values: [before, after],
    offsets,
  };
  const said = `${completions.map(opText).join(', then ')}: ${verb} offset ${offsets[0]!}, then ${offsets[1]!}`;
  if (to > from) {
    const passed = `${recordsText(to - from - 1)} between them`;
    const skipped = skippedBetween(log, from, to);
    steps.skips?.push({ ...common, skipped, message: `${said}; ${passed}` });
  } else steps.nonmonotonic.push({ ...common, message: said });
}
