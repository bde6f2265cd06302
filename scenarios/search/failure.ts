/** How a run failed: what search looks for, what shrinking keeps, and what a capsule promises to show again. */
import type { RunResult } from '../run/result.js';

export interface Failure {
  /** Id of the invariant, `I4`; `liveness` where something had not recovered at the end. */
  readonly invariant: string;
  /** The kind of evidence: the names of its fields, sorted. Two breaches of one invariant with the same kind are the same failure. */
  readonly kind: string;
}

/**
 * The failure of a result, or null. Violations come before what is pending, in the order in which they were noticed;
 * expected losses are none.
 */
export function failureOf(result: RunResult): Failure | null {
  const [first] = result.violations;
  if (first !== undefined) {
    return { invariant: first.invariant, kind: Object.keys(first.evidence).sort().join(',') };
  }
  return result.pending.length > 0 ? { invariant: 'liveness', kind: '' } : null;
}

/** Whether a result shows a failure, be it not its first one. */
export function failsAs(result: RunResult, { invariant, kind }: Failure): boolean {
  if (invariant === 'liveness') return result.violations.length === 0 && result.pending.length > 0;
  return result.violations.some(
    (breach) =>
      breach.invariant === invariant && Object.keys(breach.evidence).sort().join(',') === kind,
  );
}
