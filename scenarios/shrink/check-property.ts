/** For test authors: a property over many runs, and its smallest counterexample in the error. */
import { failureOf, messageOf, type Failure } from '../search/failure.js';
import { scenarioToYaml } from '../language/to-yaml.js';
import type { Scenario } from '../language/schema.js';
import { runScenario } from '../run/run-scenario.js';
import type { RunResult } from '../run/result.js';
import { regressionTest } from './regression-test.js';
import { shrinkFailure } from './shrink.js';
import { PROPERTY_FAILURE, type Property } from './sighting.js';

export interface PropertyOptions {
  /** What must hold for every result. Default: no violation, and nothing pending at the end. */
  readonly holds?: Property;
  /** How many seeds are run, from `firstSeed` on. Default 20, from 1. */
  readonly runs?: number;
  readonly firstSeed?: number;
  /** Runs that shrinking may take at most. Default 2000. */
  readonly shrinkRuns?: number;
}

/** A property that does not hold. The message has the shrunk scenario as YAML. */
export class PropertyFailure extends Error {
  override readonly name = 'PropertyFailure';

  constructor(
    message: string,
    readonly scenario: Scenario,
    readonly seed: number,
    readonly failure: Failure,
    /** Of the shrunk scenario. */
    readonly result: RunResult,
  ) {
    super(message);
  }
}

/**
 * Runs a scenario, or the scenarios that a function makes of seeds, and holds every result against a property.
 *
 * @throws PropertyFailure for the first seed that does not keep it, after shrinking.
 * @throws ScenarioInputError where a scenario is not valid.
 */
export function checkProperty(
  scenarios: Scenario | ((seed: number) => Scenario),
  { holds, runs = 20, firstSeed = 1, shrinkRuns = 2000 }: PropertyOptions = {},
): void {
  for (let seed = firstSeed; seed < firstSeed + runs; seed++) {
    const scenario = typeof scenarios === 'function' ? scenarios(seed) : scenarios;
    const result = runScenario(scenario, { seed });
    if (holds === undefined ? result.ok : holds(result)) continue;
    let left = shrinkRuns;
    const shrunk = shrinkFailure(scenario, seed, {
      ...(holds === undefined ? {} : { holds }),
      isTimeUp: () => left-- <= 0,
    });
    const failure = (holds === undefined ? failureOf(result) : null) ?? PROPERTY_FAILURE;
    throw failureWith(shrunk ?? { scenario, seed, failure, result });
  }
}

interface Found {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly failure: Failure;
  readonly result: RunResult;
}

function failureWith({ scenario, seed, failure, result }: Found): PropertyFailure {
  const isOwn = failure.invariant === PROPERTY_FAILURE.invariant;
  const told = messageOf(result, failure) ?? 'see the result';
  const message = [
    isOwn ? `the property does not hold with seed ${seed}` : `${failure.invariant}: ${told}`,
    '',
    'the smallest scenario that was found (brokerlab run FILE shows it):',
    '',
    scenarioToYaml(scenario),
    ...(isOwn ? [] : ['as a test:', '', regressionTest(scenario, seed, failure)]),
  ].join('\n');
  return new PropertyFailure(message, scenario, seed, failure, result);
}
