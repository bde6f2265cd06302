/** Faults written down give the run in which they were drawn. */
import { describe, expect, it } from 'vitest';

import type { Scenario } from '../language/schema.js';
import { resolvePlan } from '../language/resolve-plan.js';
import { randomScenario } from '../random-scenario.js';
import { playScenario, runScenario } from '../run/run-scenario.js';
import { isRealised, realise } from './realise.js';

describe('realise', () => {
  it('random faults: the same run, hash and all', () => {
    let compared = 0;
    for (let seed = 0; compared < 4; seed++) {
      const drawn = randomScenario(seed, seed % 2 === 0 ? 'survivable' : 'unlimited');
      const scenario = { ...drawn, run: { ...drawn.run, for: '20s', settle: '5s' } };
      // Its single restarts are listed, which is one entry less in the hash.
      if ('rolling-restart' in (scenario['random-faults']!.kinds as object)) continue;
      const explicit = realise(scenario, seed);
      expect(isRealised(explicit)).toBe(true);
      expect(explicit.run?.seed).toBe(seed);
      expect({ seed, hash: runScenario(explicit, { seed }).hash }).toEqual({
        seed,
        hash: runScenario(scenario, { seed }).hash,
      });
      compared++;
    }
  });

  it('a rolling restart: its single restarts at the same times, on the same hosts', () => {
    const scenario = withFaults({ kinds: { 'rolling-restart': 1 } });
    const explicit = realise(scenario, 3);
    const told = (played: Scenario): unknown[] =>
      playScenario(played, { seed: 3 })
        .run.director.notes.filter(({ skipped, verb }) => !skipped && verb !== 'rolling-restart')
        .map(({ fromUs, untilUs, verb, hosts }) => ({ fromUs, untilUs, verb, hosts }));
    expect(told(scenario).length).toBeGreaterThan(3);
    expect(told(explicit)).toEqual(told(scenario));
  });

  it('listed faults stay as they are, random targets get a name', () => {
    const scenario: Scenario = {
      ...withFaults({ kinds: { pause: 1 } }),
      faults: [
        { when: 'leader-elected of orders-0', nth: 2, pause: 'leader of orders-0', for: '1s' },
        { at: '8s', crash: 'random broker', for: '2s' },
        { at: '9s', 'rolling-restart': { on: 'all brokers', down: '1s', pause: '1s' } },
      ],
    };
    const { faults = [] } = realise(scenario, 1);
    expect(faults.slice(0, 2)).toEqual([scenario.faults![0], scenario.faults![2]]);
    const [crash] = faults.filter(({ at }) => at === '8s');
    expect(crash?.crash).toMatch(/^broker [123]$/);
    expect(faults.filter(({ stop }) => stop !== undefined)).toEqual([]);
    expect(resolvePlan(realise(scenario, 1)).randomFaults).toBeNull();
  });

  it('what has nothing random only gets its seed', () => {
    const scenario: Scenario = { name: 'plain', cluster: { brokers: 1, controllers: 1 } };
    expect(realise(scenario, 7)).toEqual({ ...scenario, run: { seed: 7 } });
  });
});

function withFaults(faults: { readonly kinds: Readonly<Record<string, number>> }): Scenario {
  return {
    name: 'drawn',
    cluster: { brokers: 3, controllers: 1, config: { 'min.insync.replicas': 2 } },
    topics: [{ name: 'orders', partitions: 1, 'replication-factor': 3 }],
    'random-faults': { every: '3s..6s', for: '1s..3s', kinds: faults.kinds, budget: 'unlimited' },
    run: { for: '30s', settle: '30s' },
  };
}
