import { describe, expect, it } from 'vitest';
import { resolvePlan } from './language/resolve-plan.js';
import { randomScenario } from './random-scenario.js';
import { runScenario } from './run/run-scenario.js';

const SEEDS = Array.from({ length: 300 }, (_, seed) => seed);

describe('randomScenario', () => {
  it('is a valid scenario with safe settings, whatever the seed', () => {
    for (const seed of SEEDS) {
      const plan = resolvePlan(randomScenario(seed, 'survivable'));
      expect(plan.brokers).toHaveLength(3);
      expect(plan.clusterConfig['min.insync.replicas']).toBe(2);
      expect(plan.topics.every(({ replicationFactor }) => replicationFactor === 3)).toBe(true);
      expect(plan.producers.every(({ config }) => config['acks'] === 'all')).toBe(true);
      expect(plan.randomFaults!.kinds.length).toBeGreaterThan(0);
    }
  });

  it('is the same for the same seed, and another for another', () => {
    expect(randomScenario(7, 'survivable')).toEqual(randomScenario(7, 'survivable'));
    const all = new Set(SEEDS.map((seed) => JSON.stringify(randomScenario(seed, 'survivable'))));
    expect(all.size).toBe(SEEDS.length);
  });

  it('draws every kind of fault, each in a swarm with and without the others', () => {
    const kinds = SEEDS.map((seed) =>
      Object.keys(randomScenario(seed, 'survivable')['random-faults']!.kinds as object),
    );
    const drawn = new Set(kinds.flat());
    expect([...drawn].sort()).toEqual([
      'block',
      'clock-jump',
      'crash',
      'elect-leaders',
      'fail-disk',
      'fill-disk',
      'lose-disk',
      'lossy-link',
      'partition',
      'pause',
      'power-loss',
      'rack-outage',
      'rack-power-loss',
      'reset-connections',
      'rolling-restart',
      'slow-disk',
      'slow-link',
      'stop',
    ]);
    for (const verb of drawn) {
      const share = kinds.filter((swarm) => swarm.includes(verb)).length / SEEDS.length;
      expect(share).toBeGreaterThan(0.1);
      expect(share).toBeLessThan(0.9);
    }
  });

  it('within the unlimited budget loses data, which the judge calls expected', () => {
    let losses = 0;
    for (let seed = 0; seed < 25; seed++) {
      const { violations, expectedLosses } = runScenario(randomScenario(seed, 'unlimited'), {
        seed,
      });
      expect({ seed, violations }).toEqual({ seed, violations: [] });
      losses += expectedLosses.length;
    }
    expect(losses).toBeGreaterThan(0);
  });
});
