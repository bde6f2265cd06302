import { describe, expect, it } from 'vitest';

import type { Scenario } from '../language/schema.js';
import { runScenario } from '../run/run-scenario.js';
import { failsAs, failureOf } from '../search/failure.js';
import { withNamedHosts } from './realise.js';
import { shrinkFailure } from './shrink.js';

const PRODUCER = { id: 'app', topic: 'trail', rate: '20/s', config: { acks: 'all' } } as const;

/** What is lost is the neighbour's, or the scenario's own. */
function losing(target: string): Scenario {
  return {
    name: 'lossy',
    kafka: '2.3',
    cluster: { brokers: 1, zookeepers: 1 },
    topics: [{ name: 'trail', replicas: [[1]] }],
    producers: [PRODUCER],
    neighbours: ['audit', 'logs'].map((name) => ({
      name,
      brokers: 1,
      topics: [{ name: 'trail', replicas: [[1]] }],
      producers: [PRODUCER],
    })),
    faults: [
      { at: '6s', crash: 'broker 1 of logs', for: '2s' },
      { at: '8s', 'lose-disk': target, for: '2s' },
    ],
    run: { for: '15s', settle: '15s' },
  };
}

describe('shrinking a scenario with neighbours', () => {
  it.each([
    ['broker 1', undefined],
    ['broker 1 of audit', ['audit']],
  ])('keeps the clusters that the loss of the disk of %s needs', (target, names) => {
    const scenario = losing(target);
    const failure = failureOf(runScenario(scenario, { seed: 1 }), ['I1'])!;
    expect(failure).toMatchObject({ invariant: 'I1', expected: true });
    let left = 30;
    const { scenario: small } = shrinkFailure(scenario, 1, {
      failure,
      seeds: [],
      isTimeUp: () => left-- <= 0,
    })!;
    expect(small.neighbours?.map(({ name }) => name)).toEqual(names);
    expect(small.faults).toHaveLength(1);
    expect(Object.values(small.faults![0]!)).toContain(target);
    expect(failsAs(runScenario(small, { seed: 1 }), failure)).toBe(true);
  });
});

describe('withNamedHosts', () => {
  it('names the brokers of a neighbour that a fault met', () => {
    const faults = [{ at: '6s', crash: ['controller of audit', 'leader of trail-0'], for: '2s' }];
    const named = withNamedHosts({ ...losing('broker 1'), faults }, 1);
    expect(named.faults).toEqual([
      { at: '6s', crash: ['broker 1 of audit', 'broker 1'], for: '2s' },
    ]);
  });
});
