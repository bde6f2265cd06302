/**
 * Cuts a failing scenario down to the few steps that matter.
 *
 * A scenario in, a scenario out that breaks the same invariant with the same kind of evidence. Every pass proposes
 * smaller scenarios; one that still fails is kept. At the end nothing that the passes propose fails any more, so that
 * no single fault, client, record or setting can go, and shrinking the result again changes nothing.
 *
 * Large steps come first, with the present seed alone; when they find nothing more, every candidate has a few other
 * seeds, too, since a smaller scenario draws other delays. Given the number of runs, the result does not depend on
 * the machine.
 */
import { failureOf, type Failure } from '../search/failure.js';
import { INVARIANT_DOCS } from '../invariants/index.js';
import type { Scenario } from '../language/schema.js';
import { runScenario } from '../run/run-scenario.js';
import type { RunResult } from '../run/result.js';
import { fewerClients, fewerRecords } from './client-passes.js';
import {
  fewerBrokers,
  fewerControllers,
  fewerPartitions,
  fewerReplicas,
  fewerTopics,
  withoutRacks,
} from './cluster-passes.js';
import { fewerFaults, fewerTargets, weakerFaults } from './fault-passes.js';
import { fewerNeighbours } from './neighbour-pass.js';
import { simplerNames } from './name-pass.js';
import { inOrder } from './key-order.js';
import { isRealised, realise } from './realise.js';
import { fewerSettings } from './setting-passes.js';
import { recordsOf } from './size.js';
import { smallWorld } from './small-world.js';
import { cutEnd, fewerIdleSeconds, rounderFaults, rounderMoments } from './time-passes.js';
import { PROPERTY_FAILURE, type Property } from './sighting.js';
import { Workbench } from './workbench.js';

/** What must go on failing while a scenario shrinks, and how much may be tried. */
export interface ShrinkOptions {
  /** What else a smaller scenario has to be, besides failing in the same way; asked only of those that do. */
  readonly keeps?: (scenario: Scenario, seed: number) => boolean;
  /** The failure to keep. Default: that of the scenario's run. */
  readonly failure?: Failure;
  /** Instead of a failure: a promise of one's own about the result of a run; what fails is what does not keep it. */
  readonly holds?: Property;
  /** Asked before every run; what was reached is kept. Default: never. */
  readonly isTimeUp?: () => boolean;
  /** Further seeds that every candidate is tried with. Default: 1 to 8. */
  readonly seeds?: readonly number[];
  /** Told whenever something was given up. */
  readonly onProgress?: (progress: ShrinkProgress) => void;
}

/** Runs made so far, and what is left: listed faults, and records (null where a rate says how many). */
export interface ShrinkProgress {
  readonly runs: number;
  readonly faults: number;
  readonly records: number | null;
}

/** A scenario that fails as the larger one did, and how it was arrived at. */
export interface Shrunk {
  /** Complete in itself: every fault listed, the seed in `run`. */
  readonly scenario: Scenario;
  readonly seed: number;
  readonly failure: Failure;
  /** Of the whole run of the shrunk scenario. */
  readonly result: RunResult;
  /** Nothing more can go. False where the time was up before. */
  readonly isMinimal: boolean;
  /** Candidates, and runs that they took. */
  readonly attempts: number;
  readonly runs: number;
}

const FURTHER_SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** In this order: what makes runs short comes before what makes them simple. */
const PASSES: readonly ((work: Workbench) => void)[] = [
  listedFaults,
  cutEnd,
  fewerNeighbours,
  smallWorld,
  fewerClients,
  fewerFaults,
  cutEnd,
  fewerTopics,
  fewerPartitions,
  fewerBrokers,
  fewerReplicas,
  fewerRecords,
  fewerIdleSeconds,
  cutEnd,
  fewerSettings,
  fewerControllers,
  fewerTargets,
  weakerFaults,
  withoutRacks,
  rounderFaults,
  fewerIdleSeconds,
  rounderMoments,
  cutEnd,
  simplerNames,
];

/**
 * Shrinks the failure of a scenario.
 *
 * @returns null where the run of this seed does not fail in that way.
 * @throws ScenarioInputError where the scenario is not valid.
 */
export function shrinkFailure(
  scenario: Scenario,
  seed: number,
  options: ShrinkOptions = {},
): Shrunk | null {
  const failure = failureToKeep(scenario, seed, options);
  if (failure === null) return null;
  const isTimeUp = options.isTimeUp ?? ((): boolean => false);
  const keeps = options.keeps ?? ((): boolean => true);
  const aim = { failure, holds: options.holds ?? null, keeps, isTimeUp };
  // A scenario whose realised form does not fail keeps its random faults for now: better a larger one than none.
  const work =
    Workbench.open(realise(scenario, seed), seed, aim) ?? Workbench.open(scenario, seed, aim);
  if (work === null) return null;
  untilNothingGoes(work, options);
  work.isThorough = true;
  work.furtherSeeds = options.seeds ?? FURTHER_SEEDS;
  untilNothingGoes(work, options);
  work.isPatient = true;
  untilNothingGoes(work, options);
  return shrunk(work);
}

/** Random faults that were left become listed ones as soon as those do. */
function listedFaults(work: Workbench): void {
  if (!isRealised(work.scenario)) work.tryLarge([realise(work.scenario, work.seed)]);
}

function failureToKeep(
  scenario: Scenario,
  seed: number,
  { failure, holds }: ShrinkOptions,
): Failure | null {
  if (holds !== undefined) return PROPERTY_FAILURE;
  return failure ?? failureOf(runScenario(scenario, { seed }));
}

function untilNothingGoes(work: Workbench, { onProgress }: ShrinkOptions): void {
  let before: Scenario | null = null;
  while (before !== work.scenario && !work.stopped) {
    before = work.scenario;
    for (const pass of PASSES) {
      const { scenario } = work;
      pass(work);
      if (work.scenario !== scenario) onProgress?.(progressOf(work));
    }
  }
}

function progressOf({ runs, scenario }: Workbench): ShrinkProgress {
  return { runs, faults: scenario.faults?.length ?? 0, records: recordsOf(scenario) };
}

function shrunk(work: Workbench): Shrunk {
  const { seed, failure, attempts, runs } = work;
  const scenario = inOrder({
    ...work.scenario,
    description: storyOf(failure),
    run: { ...work.scenario.run, seed },
  });
  const result = runScenario(scenario, { seed });
  return { scenario, seed, failure, result, isMinimal: !work.stopped, attempts, runs };
}

function storyOf({ invariant, expected }: Failure): string {
  if (invariant === PROPERTY_FAILURE.invariant) return 'Shrunk: a property does not hold.';
  if (invariant === 'liveness') return 'Shrunk: something has not recovered at the end.';
  const name = INVARIANT_DOCS.find(({ id }) => id === invariant)?.name ?? invariant;
  const how = expected === true ? 'is broken, as its assumptions allow' : 'is violated';
  return `Shrunk: ${name} (${invariant}) ${how}.`;
}
