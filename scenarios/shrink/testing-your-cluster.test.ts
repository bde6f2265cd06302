/** The examples of docs/testing-your-cluster.md, run: the document shows what stands between the marks here. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  checkProperty,
  PropertyFailure,
  runScenario,
  scenarioArbitrary,
  type Scenario,
} from '../index.js';

const ROOT = new URL('../../', import.meta.url);

// begin: scenario
const shop: Scenario = {
  name: 'shop',
  cluster: { brokers: 3, controllers: 1, config: { 'min.insync.replicas': 2 } },
  topics: [{ name: 'orders', partitions: 1, 'replication-factor': 3 }],
  producers: [{ id: 'web', topic: 'orders', rate: '5/s', config: { acks: 'all' } }],
  'random-faults': { every: '2s..6s', for: '1s..5s', kinds: { crash: 2, pause: 1 } },
  run: { for: '20s', settle: '30s' },
};

it('loses no acknowledged order, and recovers', () => {
  checkProperty(shop, { runs: 5 });
});
// end: scenario

function failureOf(check: () => void): PropertyFailure {
  try {
    check();
  } catch (error) {
    if (error instanceof PropertyFailure) return error;
    throw error;
  }
  throw new Error('the property holds');
}

describe('a property of one’s own', () => {
  it('is reported with the smallest scenario', () => {
    const failing = (): void => {
      // begin: holds
      checkProperty(shop, {
        runs: 10,
        holds: ({ cluster }) => cluster.leaderElections === 0,
      });
      // end: holds
    };
    const { message, scenario, seed, result } = failureOf(failing);
    expect(result.cluster.leaderElections).toBeGreaterThan(0);
    expect(runScenario(scenario, { seed }).hash).toBe(result.hash);
    expect(scenario.faults).toHaveLength(1);
    expect(scenario.producers).toBeUndefined();
    expect(message).toContain('the property does not hold with seed');
    expect(message).toContain('\nfaults:\n');
  });

  it('of the lab is reported with its breach and a test', () => {
    const early = { ...shop, switches: { produceAck: 'append' } };
    const { message, failure } = failureOf(() => {
      checkProperty(early, { runs: 10 });
    });
    expect(failure.invariant).toBe('I22');
    expect(message).toContain('I22: orders-0 offset 0');
    expect(message).toContain("import { expect, it } from 'vitest';");
  });

  it('over clusters of a shape, with fast-check', () => {
    // begin: arbitrary
    const clusters = scenarioArbitrary<fc.Arbitrary<Scenario>>(fc, {
      brokers: [3, 4],
      partitions: [1, 2],
      faults: { most: 4, verbs: ['crash', 'pause', 'stop'] },
      forSeconds: 12,
    });
    fc.assert(
      fc.property(clusters, fc.nat(1000), (scenario, seed) => {
        expect(runScenario(scenario, { seed }).violations).toEqual([]);
      }),
      { numRuns: 5 },
    );
    // end: arbitrary
  });

  it('with fast-check’s scenarios and the lab’s shrinker', () => {
    const clusters = scenarioArbitrary<fc.Arbitrary<Scenario>>(fc, {
      switches: { produceIsrCheck: 'off' },
    });
    const failing = (): void => {
      // begin: sample
      const draw = (seed: number): Scenario => fc.sample(clusters, { seed, numRuns: 1 })[0]!;
      checkProperty(draw, { runs: 20, holds: ({ violations }) => violations.length === 0 });
      // end: sample
    };
    const { scenario } = failureOf(failing);
    expect(scenario.faults!.length).toBeLessThanOrEqual(2);
    expect(scenario.producers![0]!.sends).toHaveLength(1);
  });
});

describe('arbitraries', () => {
  it('are valid, within their shape, and shrink to few faults', () => {
    const shape = {
      brokers: [1, 5],
      replicationFactor: [1, 3],
      minInsyncReplicas: [1, 3],
    } as const;
    for (const scenario of fc.sample(scenarioArbitrary<fc.Arbitrary<Scenario>>(fc, shape), 50)) {
      expect(scenario.cluster.brokers).toBeGreaterThanOrEqual(1);
      expect(scenario.cluster.brokers).toBeLessThanOrEqual(5);
      expect(scenario.faults?.length ?? 0).toBeLessThanOrEqual(6);
    }
    const found = fc.check(
      fc.property(
        scenarioArbitrary<fc.Arbitrary<Scenario>>(fc),
        ({ faults = [] }) => faults.length < 2,
      ),
      { seed: 1 },
    );
    expect(found.counterexample?.[0].faults).toHaveLength(2);
  });
});

describe('docs/testing-your-cluster.md', () => {
  it('shows what runs here', () => {
    const document = readFileSync(new URL('docs/testing-your-cluster.md', ROOT), 'utf8');
    const source = readFileSync(new URL(import.meta.url), 'utf8');
    const regions = [...source.matchAll(/^( *)\/\/ begin: \w+\n([^]*?)^ *\/\/ end: \w+$/gm)];
    expect(regions).toHaveLength(4);
    for (const [, indent = '', body = ''] of regions) {
      const lines = body.split('\n').map((line) => line.slice(indent.length));
      expect(document).toContain(lines.join('\n').trim());
    }
  });
});
