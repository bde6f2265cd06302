/** Plays a capsule again. */
import { failsAs } from '../search/failure.js';
import { playScenario, type PlayedScenario } from '../run/run-scenario.js';
import type { TraceLevel } from '../run/trace.js';
import type { Capsule } from './capsule.js';

export interface Replayed extends PlayedScenario {
  /** The failure that the capsule promises was seen. */
  readonly fails: boolean;
  /** The run is the same, event by event. */
  readonly isSameRun: boolean;
}

/** Runs the scenario of a capsule with its seed. Whether the source is the capsule's is for the caller to know. */
export function replayCapsule(capsule: Capsule, trace?: TraceLevel): Replayed {
  const played = playScenario(capsule.scenario, {
    seed: capsule.seed,
    ...(trace === undefined ? {} : { trace }),
  });
  return {
    ...played,
    fails: failsAs(played.result, capsule.failure),
    isSameRun: played.result.hash === capsule.hash,
  };
}
