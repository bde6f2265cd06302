/** A thread's part of `npm run mutations`: shrinks one finding, and says what came of it. */
import {
  failsAs,
  isSmall,
  runScenario,
  scenarioToYaml,
  shrinkFailure,
  sizeOf,
  type Failure,
  type Scenario,
  type ScenarioSize,
  type Shrunk,
} from '../scenarios/index.js';
import { BUGS, isMendedIn } from './bug-list.js';

export interface ShrinkTrialTask {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly failure: Failure;
  /** Id of the bug whose finding it is: what it is shrunk to must be of the same bug. */
  readonly bug?: string;
  /** Seconds that shrinking may take; to shrink the result again as many. */
  readonly seconds: number;
}

export interface ShrinkTrial {
  readonly size: ScenarioSize;
  /** At most 3 brokers, 1 topic, 1 partition, 6 faults and 6 records. */
  readonly isSmall: boolean;
  /** Nothing more could go when it ended; false: the time was up. */
  readonly isMinimal: boolean;
  readonly runs: number;
  readonly seconds: number;
  /** The shrunk scenario by itself breaks the same invariant in the same way. */
  readonly fails: boolean;
  /** To shrink it again changes nothing. */
  readonly isFixedPoint: boolean;
  readonly yaml: string;
}

/** Called by the pool, by this name. Null where the finding does not fail when it is played from the start. */
export function shrinkTrial(task: ShrinkTrialTask): ShrinkTrial | null {
  const startMs = performance.now();
  const shrunk = shrinkOnce(task);
  const seconds = (performance.now() - startMs) / 1000;
  if (shrunk === null) return null;
  const { scenario, seed, isMinimal, runs } = shrunk;
  const alone = runScenario(scenario, { seed });
  const again = shrinkOnce({ ...task, scenario, seed });
  const yaml = scenarioToYaml(scenario);
  return {
    size: sizeOf(scenario),
    isSmall: isSmall(scenario),
    isMinimal,
    runs,
    seconds,
    fails: failsAs(alone, task.failure),
    isFixedPoint: again !== null && again.seed === seed && scenarioToYaml(again.scenario) === yaml,
    yaml,
  };
}

function shrinkOnce({ scenario, seed, failure, bug, seconds }: ShrinkTrialTask): Shrunk | null {
  const endMs = performance.now() + seconds * 1000;
  const isTimeUp = (): boolean => performance.now() >= endMs;
  const known = BUGS.find(({ id }) => id === bug);
  const options = { failure, isTimeUp };
  if (known === undefined) return shrinkFailure(scenario, seed, options);
  const keeps = (candidate: Scenario, played: number): boolean =>
    isMendedIn(known, failure, candidate, played);
  return shrinkFailure(scenario, seed, { ...options, keeps });
}
