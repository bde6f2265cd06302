/** The controller is struck while it decides: no decision is lost, and no two controllers are obeyed. */
import { describe, expect, it } from 'vitest';
import { controllerScenario } from './controller-scenario.js';
import { readVersionName } from './language/version-name.js';
import type { RunResult } from './run/result.js';
import { runScenario } from './run/run-scenario.js';

const TIMEOUT_MS = 120_000;
const SEEDS = [1, 2];

type Switches = Readonly<Record<string, string>>;

function strike(name: string, seed: number, switches: Switches = {}): RunResult {
  return runScenario({ ...controllerScenario(seed, readVersionName(name)), switches }, { seed });
}

function brokenIn(name: string, seed: number, switches: Switches = {}): string[] {
  const { violations } = strike(name, seed, switches);
  return [...new Set(violations.map(({ invariant }) => invariant))].sort();
}

describe.each(['4.1', '3.3', '3.9-zk'])('the active controller of Kafka %s is struck', (name) => {
  it(
    'every promise holds, the cluster recovers, and there were failovers',
    () => {
      let failovers = 0;
      for (const seed of SEEDS) {
        const { violations, pending, expectedLosses, cluster } = strike(name, seed);
        const found = { seed, violations, pending, expectedLosses };
        expect(found).toEqual({ seed, violations: [], pending: [], expectedLosses: [] });
        failovers += cluster.controllerFailovers;
      }
      expect(failovers).toBeGreaterThan(SEEDS.length);
    },
    TIMEOUT_MS,
  );
});

describe('it is noticed', () => {
  it.each([5, 7])(
    'that a zombie writes to ZooKeeper (B14), and that fencing keeps it from that: seed %i',
    (seed) => {
      expect(brokenIn('0.11', seed)).toEqual(['I23']);
      expect(brokenIn('0.11', seed, { zkWriteFencing: 'on' })).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it.each([7, 9])(
    'that brokers obey an old controller after a new one: seed %i',
    (seed) => {
      expect(brokenIn('3.9-zk', seed, { controllerEpochFencing: 'off' })).toEqual(['I23']);
      expect(brokenIn('3.9-zk', seed)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it.each([6, 7])(
    'that an old controller of KRaft commits without a majority: seed %i',
    (seed) => {
      const broken = brokenIn('4.1', seed, { metadataCommit: 'leaderAlone' });
      expect(broken).toEqual(['I23', 'I24', 'I7']);
      expect(brokenIn('4.1', seed)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
