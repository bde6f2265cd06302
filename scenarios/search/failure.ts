/** How a run failed: what search looks for, what shrinking keeps, and what a capsule promises to show again. */
import { PENDING_KINDS } from '../invariants/index.js';
import type { BreachReport, RunResult } from '../run/result.js';

export interface Failure {
  /** Id of the invariant, `I4`; `liveness` where something had not recovered at the end. */
  readonly invariant: string;
  /**
   * The kind of evidence: the names of its fields, sorted; of a liveness failure what is pending, in words without names.
   * Two breaches of one invariant with the same kind are the same failure.
   */
  readonly kind: string;
  /** The promise was not due: its assumptions did not hold, and the loss was asked for all the same. */
  readonly expected?: true | undefined;
  /** Of an expected loss: a regular expression for the assumption that did not hold; any where it is left out. */
  readonly because?: string | undefined;
}

/** Expected losses that a search asks for. */
export interface Wanted {
  /** Ids of invariants. */
  readonly invariants: readonly string[];
  /** A regular expression for the assumption that did not hold; any where it is left out. */
  readonly because?: string;
  /** A field that the evidence has to have; any evidence where it is left out. */
  readonly evidence?: string;
}

/** No expected loss is asked for. */
export const NOTHING: Wanted = { invariants: [] };

/** Whether a loss is asked for. `broken`: the assumption that did not hold, in words. */
export function isWanted(
  wanted: Wanted,
  breach: Pick<BreachReport, 'invariant' | 'evidence'>,
  broken: string,
): boolean {
  const { invariants, because, evidence } = wanted;
  if (!invariants.includes(breach.invariant)) return false;
  if (evidence !== undefined && !(evidence in breach.evidence)) return false;
  return because === undefined || new RegExp(because).test(broken);
}

/**
 * The failure of a result, or null. Violations come before what is pending, in the order in which they were noticed;
 * expected losses are none, unless they are asked for.
 */
export function failureOf(result: RunResult, wanted: Wanted = NOTHING): Failure | null {
  const [first] = result.violations;
  if (first !== undefined) {
    return { invariant: first.invariant, kind: kindOf(first) };
  }
  const loss = result.expectedLosses.find((report) => isWanted(wanted, report, report.broken));
  if (loss !== undefined) {
    const { because } = wanted;
    const failure = { invariant: loss.invariant, kind: kindOf(loss), expected: true } as const;
    return because === undefined ? failure : { ...failure, because };
  }
  const [pending] = result.pending;
  return pending === undefined ? null : { invariant: 'liveness', kind: kindOfPending(pending) };
}

/** Whether a result shows a failure, be it not its first one. */
export function failsAs(result: RunResult, failure: Failure): boolean {
  if (failure.invariant === 'liveness') {
    const isIt = (pending: string): boolean => kindOfPending(pending) === failure.kind;
    return result.violations.length === 0 && result.pending.some(isIt);
  }
  return breachOf(result, failure) !== null;
}

/**
 * The first breach of a result that is the failure, or null: there is none, or it is one of liveness. It is a violation,
 * or an expected loss where the failure is one.
 */
export function breachOf(result: RunResult, failure: Failure): BreachReport | null {
  const { invariant, kind, expected, because = '' } = failure;
  const isIt = (breach: BreachReport): boolean =>
    breach.invariant === invariant && kindOf(breach) === kind;
  if (expected !== true) return result.violations.find(isIt) ?? null;
  const reason = new RegExp(because);
  return result.expectedLosses.find((loss) => isIt(loss) && reason.test(loss.broken)) ?? null;
}

/** What a result says of a failure, or null where it says nothing. */
export function messageOf(result: RunResult, failure: Failure): string | null {
  return breachOf(result, failure)?.message ?? result.pending[0] ?? null;
}

function kindOfPending(pending: string): string {
  return PENDING_KINDS.find((words) => pending.includes(words)) ?? '';
}

function kindOf({ evidence }: BreachReport): string {
  return Object.keys(evidence).sort().join(',');
}
