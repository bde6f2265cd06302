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
}

/**
 * The failure of a result, or null. Violations come before what is pending, in the order in which they were noticed;
 * expected losses are none.
 */
export function failureOf(result: RunResult): Failure | null {
  const [first] = result.violations;
  if (first !== undefined) {
    return { invariant: first.invariant, kind: kindOf(first) };
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

/** The first violation of a result that is the failure, or null: there is none, or it is one of liveness. */
export function breachOf(result: RunResult, { invariant, kind }: Failure): BreachReport | null {
  const isIt = (breach: BreachReport): boolean =>
    breach.invariant === invariant && kindOf(breach) === kind;
  return result.violations.find(isIt) ?? null;
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
