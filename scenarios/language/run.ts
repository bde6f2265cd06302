/** The phases of a run, with their defaults. */
import type { RunPlan } from './plan.js';
import { durationUs } from './ranges.js';
import type { Scenario } from './schema.js';

const FOR_DEFAULT = '60s';
const SETTLE_DEFAULT = '60s';

/** `run` of a scenario that has the right shape. */
export function resolveRun(run: Scenario['run']): RunPlan {
  return {
    forUs: durationUs(run?.for ?? FOR_DEFAULT),
    settleUs: durationUs(run?.settle ?? SETTLE_DEFAULT),
    seed: run?.seed ?? null,
    shuffleTies: run?.['shuffle-ties'] ?? false,
    maxEvents: run?.['max-events'] ?? null,
  };
}
