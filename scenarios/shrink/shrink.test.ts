/** Shrinking: small, the same failure, and a fixed point. */
import { describe, expect, it } from 'vitest';

import { randomScenario } from '../random-scenario.js';
import { failsAs } from '../search/failure.js';
import type { Scenario } from '../language/schema.js';
import { parseScenario, scenarioToYaml } from '../language/index.js';
import { runScenario } from '../run/run-scenario.js';
import { isSmall } from './size.js';
import { shrinkFailure, type Shrunk } from './shrink.js';
import { omit } from './omit.js';

/** Fewer than the default: the tests ask for what is promised, not for the smallest that could be had. */
const SEEDS = [1, 2, 3];

function mutated(seed: number, switches: Readonly<Record<string, string>>): Scenario {
  return { ...randomScenario(seed, 'survivable'), switches };
}

describe('a shrunk failure', () => {
  it.each([
    ['produceAck', 'append', 0],
    ['leaderEpochFencing', 'off', 18],
  ])('%s=%s is small, fails by itself as before, and shrinks no further', (name, value, seed) => {
    const scenario = mutated(seed, { [name]: value });
    const shrunk = shrinkFailure(scenario, seed, { seeds: SEEDS })!;
    expect(shrunk.isMinimal).toBe(true);
    expect(isSmall(shrunk.scenario)).toBe(true);
    expect(shrunk.scenario['random-faults']).toBeUndefined();

    const parsed = parseScenario(scenarioToYaml(shrunk.scenario), 'shrunk.yaml');
    expect(parsed.ok && parsed.scenario).toEqual(shrunk.scenario);
    const again = runScenario(shrunk.scenario, { seed: shrunk.scenario.run!.seed! });
    expect(failsAs(again, shrunk.failure)).toBe(true);
    expect(again.hash).toBe(shrunk.result.hash);

    const twice = shrinkFailure(shrunk.scenario, shrunk.seed, {
      failure: shrunk.failure,
      seeds: SEEDS,
    })!;
    expect(twice.scenario).toEqual(shrunk.scenario);
    expect(twice.seed).toBe(shrunk.seed);

    const sound = omit(shrunk.scenario, 'switches');
    expect(failsAs(runScenario(sound, { seed: shrunk.seed }), shrunk.failure)).toBe(false);
  });

  it('is the best so far where the time is up, and the same for the same number of runs', () => {
    const scenario = mutated(18, { leaderEpochFencing: 'off' });
    const within = (runs: number): Shrunk => {
      let left = runs;
      return shrinkFailure(scenario, 18, { isTimeUp: () => left-- <= 0 })!;
    };
    const [early, late] = [within(5), within(40)];
    expect(early.isMinimal).toBe(false);
    expect(early.runs).toBe(5);
    expect(failsAs(early.result, early.failure)).toBe(true);
    expect(scenarioToYaml(late.scenario).length).toBeLessThan(
      scenarioToYaml(early.scenario).length,
    );
    expect(within(40)).toEqual(late);
  });

  it('there is none where nothing fails', () => {
    expect(shrinkFailure(mutated(1, {}), 1)).toBeNull();
  });
});
