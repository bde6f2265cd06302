/** The controller is struck while it decides: no decision is lost, and no two controllers are obeyed. */
import { describe, expect, it } from 'vitest';
import { controllerScenario } from './controller-scenario.js';
import { readVersionName } from './language/version-name.js';
import { runScenario } from './run/run-scenario.js';

const SEEDS = [1, 2, 3];

describe.each(['4.1', '3.3', '3.9-zk'])('the active controller of Kafka %s is struck', (name) => {
  it('every promise holds, the cluster recovers, and there were failovers', () => {
    let failovers = 0;
    for (const seed of SEEDS) {
      const scenario = controllerScenario(seed, readVersionName(name));
      const { violations, pending, expectedLosses, cluster } = runScenario(scenario, { seed });
      expect({ seed, violations, pending, expectedLosses }).toEqual({
        seed,
        violations: [],
        pending: [],
        expectedLosses: [],
      });
      failovers += cluster.controllerFailovers;
    }
    expect(failovers).toBeGreaterThan(SEEDS.length);
  });
});
