/** What a worker thread of a soak does: checks runs, one after another. */
import { checkOne, type Outcome, type Subject } from './soak-checks.js';

/** Called by the pool, by this name. */
export function soak(subjects: readonly Subject[]): Outcome[] {
  return subjects.map(checkOne);
}
