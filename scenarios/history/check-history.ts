/** Judges a client history: which of Jepsen's anomalies it has, and whether a client mode allows them. */
import { allowedAnomalies, ANOMALY_NAMES, type AnomalyName, type ClientMode } from './anomalies.js';
import type { AnomalyCase } from './anomaly-case.js';
import { completionsOf } from './completions.js';
import { findCycles } from './cycles.js';
import { keyLogsOf } from './key-log.js';
import {
  abortedReads,
  duplicates,
  inconsistentOffsets,
  lostWrites,
  unseen,
  withoutWriter,
} from './log-checks.js';
import type { Operation } from './operation.js';
import {
  externalPolls,
  internalPolls,
  internalSends,
  nonmonotonicSends,
  precommittedReads,
} from './order-checks.js';

/** By which rules a history is judged. */
export interface CheckOptions {
  /** How the consumers came by their partitions; by default what the history itself shows (`clientModeOf`). */
  readonly mode?: ClientMode;
  /** Take the order of writes in a log for a dependency (default true). */
  readonly wwDependencies?: boolean;
}

/** Every anomaly that a history has, and whether all of them are excused. */
export interface HistoryVerdict {
  /** There is no anomaly but those that are allowed. */
  readonly valid: boolean;
  /** What was found, by name, in the order of `ANOMALIES`; names without a case are left out. */
  readonly anomalies: Readonly<Partial<Record<AnomalyName, readonly AnomalyCase[]>>>;
  /** What is no fault in this mode. */
  readonly allowed: readonly AnomalyName[];
}

/** `subscribe` where some operation of the history subscribes, else `assign`. */
export function clientModeOf(history: readonly Operation[]): ClientMode {
  return history.some(({ f }) => f === 'subscribe') ? 'subscribe' : 'assign';
}

/** Looks for every anomaly of Jepsen's Kafka workload. Source: jepsen-io/jepsen, jepsen/src/jepsen/tests/kafka.clj. */
export function checkHistory(
  history: readonly Operation[],
  options: CheckOptions = {},
): HistoryVerdict {
  const { mode = clientModeOf(history), wwDependencies = true } = options;
  const allowed = allowedAnomalies(mode, wwDependencies);
  const cases = casesOf(history, wwDependencies);
  const found = ANOMALY_NAMES.filter((name) => cases[name].length > 0);
  return {
    valid: found.every((name) => allowed.includes(name)),
    anomalies: Object.fromEntries(found.map((name) => [name, cases[name]])),
    allowed,
  };
}

function casesOf(
  history: readonly Operation[],
  wwDependencies: boolean,
): Record<AnomalyName, readonly AnomalyCase[]> {
  const completions = completionsOf(history);
  const logs = keyLogsOf(completions);
  const polls = internalPolls(logs, completions);
  const sends = internalSends(logs, completions);
  const betweenPolls = externalPolls(logs, history, completions);
  const cycles = findCycles(logs, completions, wwDependencies);
  return {
    'inconsistent-offsets': inconsistentOffsets(logs, completions),
    'no-writer': withoutWriter(logs, completions),
    G1a: abortedReads(logs, completions),
    'lost-write': lostWrites(logs),
    unseen: unseen(logs),
    duplicate: duplicates(logs),
    'precommitted-read': precommittedReads(completions),
    'int-poll-skip': polls.skips,
    'int-nonmonotonic-poll': polls.nonmonotonic,
    'int-send-skip': sends.skips,
    'int-nonmonotonic-send': sends.nonmonotonic,
    'poll-skip': betweenPolls.skips,
    'nonmonotonic-poll': betweenPolls.nonmonotonic,
    'nonmonotonic-send': nonmonotonicSends(logs, history, completions),
    G0: cycles.g0,
    G1c: cycles.g1c,
  };
}
