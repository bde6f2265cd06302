/** Whole KRaft clusters of every version and shape: they come up, fail over and are as good as new. */
import { describe, expect, it } from 'vitest';
import { VERSION_PROFILES } from '../../model/index.js';
import type { Scenario } from '../language/schema.js';
import { runScenario } from './run-scenario.js';

const VERSIONS = VERSION_PROFILES.filter(({ metadata }) => metadata === 'kraft').map(
  ({ version }) => version,
);

function scenario(kafka: string, controllers: number, combined: boolean): Scenario {
  return {
    name: `kraft-${kafka}`,
    kafka,
    cluster: {
      brokers: combined ? Math.max(3, controllers) : 3,
      controllers,
      combined,
      config: { 'min.insync.replicas': 2 },
    },
    topics: [{ name: 'orders', partitions: 2, 'replication-factor': 3 }],
    producers: [{ id: 'web', topic: 'orders', rate: '10/s', config: { acks: 'all' } }],
    consumers: [{ id: 'reader', topics: ['orders'], assign: 'all' }],
    faults: [
      { at: '15s', crash: 'leader of orders-0', for: '12s' },
      { at: '45s', crash: 'controller', for: '12s' },
    ],
    run: { for: '70s', settle: '60s' },
  };
}

describe.each(VERSIONS)('Kafka %s', (kafka) => {
  it.each([
    [1, false],
    [2, false],
    [3, false],
    [5, false],
    [1, true],
    [2, true],
    [3, true],
    [5, true],
  ])('%i controllers, combined: %s', (controllers, combined) => {
    const result = runScenario(scenario(kafka, controllers, combined), { seed: 1 });

    expect(result.violations).toEqual([]);
    expect(result.expectedLosses).toEqual([]);
    expect(result.pending).toEqual([]);
    expect(result.cluster.leaderElections).toBeGreaterThanOrEqual(1);
    // One or two controllers have nobody to hand over to; they go on when the crashed one is back.
    expect(result.cluster.controllerFailovers).toBeGreaterThanOrEqual(1);
    expect(result.clients.ok).toBeGreaterThan(500);
    expect(result.clients.ackedLost).toBe(0);
  });
});
