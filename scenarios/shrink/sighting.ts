/** Runs a scenario only as far as it takes to see a failure. */
import { failsAs, type Failure } from '../search/failure.js';
import type { Plan } from '../language/plan.js';
import type { RunResult } from '../run/result.js';
import { finish } from '../run/run-scenario.js';
import { Run } from '../run/run.js';

/** After so much virtual time the run is looked at: a failure is seen at most that late. */
const SLICE_US = 250_000;

/** A failure that was seen. */
export interface Sighting {
  /** When the breach was noticed; the end of the run for what was still pending then. */
  readonly atUs: number;
  /** The run up to that moment. */
  readonly run: Run;
}

/** A promise of the user's own about a whole run. */
export type Property = (result: RunResult) => boolean;

/** The failure of a run that does not keep a property of the user's. */
export const PROPERTY_FAILURE: Failure = { invariant: 'property', kind: '' };

/** Plays a plan to its end; null where the property holds. */
export function sightProperty(plan: Plan, seed: number, holds: Property): Sighting | null {
  const run = Run.start(plan, { seed }).play();
  return holds(finish(run)) ? null : { atUs: run.nowUs, run };
}

/** Plays a plan until a failure shows; null where it does not. A failure of liveness shows at the very end. */
export function sight(plan: Plan, seed: number, failure: Failure): Sighting | null {
  const run = Run.start(plan, { seed, keepOutages: false });
  const { forUs, settleUs } = plan.run;
  const endUs = forUs + settleUs;
  let seen = 0;
  for (let nowUs = 0; nowUs < endUs && !run.exhausted;) {
    nowUs = Math.min(nowUs + SLICE_US, nowUs < forUs ? forUs : endUs);
    run.advance(nowUs);
    if (nowUs === forUs) run.heal();
    const { violations, expectedLosses } = run.breaches;
    const breaches =
      failure.expected === true ? expectedLosses.map(({ breach }) => breach) : violations;
    if (failure.invariant !== 'liveness' && breaches.length > seen) {
      const breach = breaches
        .slice(seen)
        .find((candidate) => candidate.invariant === failure.invariant);
      if (breach !== undefined && failsAs(finish(run), failure)) return { atUs: breach.atUs, run };
      seen = breaches.length;
    } else if (violations.length > 0 && failure.invariant === 'liveness') return null;
  }
  if (failure.invariant !== 'liveness') return null;
  return failsAs(finish(run), failure) ? { atUs: endUs, run } : null;
}
