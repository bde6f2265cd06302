/** What the operator does by hand: reassignments and unclean elections, on a whole cluster. */
import { describe, expect, it } from 'vitest';

import { partitionView, serverStateOf } from '../../model/index.js';
import { SAFE_CLUSTER } from '../catalogue/entry.js';
import type { Scenario } from '../language/schema.js';
import { resolvePlan } from '../language/resolve-plan.js';
import { Run } from '../run/run.js';

const SECOND_US = 1_000_000;

type Faults = NonNullable<Scenario['faults']>;

function runOf(faults: Faults, parts: Partial<Scenario> = {}): Run {
  const plan = resolvePlan({
    ...SAFE_CLUSTER,
    name: 'operator',
    cluster: { brokers: 4, controllers: 3, config: { 'min.insync.replicas': 2 } },
    topics: [{ name: 'orders', replicas: [[1, 2, 3]] }],
    faults,
    run: { for: '60s', settle: '30s' },
    ...parts,
  });
  return Run.start(plan, { seed: 1 });
}

function roleOf(run: Run, broker: number): string | null {
  const server = serverStateOf(run.simulation.hosts[run.definition.node(broker).host]!.state);
  return server === null ? null : (partitionView(server, 0)?.role ?? null);
}

describe('reassign', () => {
  it('moves a partition without an outage that lasts, in every forking of the run', () => {
    const run = runOf([{ at: '10s', reassign: 'orders-0', to: [4, 3] }]);
    run.advance(9 * SECOND_US);
    const fork = run.fork();
    for (const each of [run, fork]) {
      each.advance(30 * SECOND_US);
      expect(each.truth.partition(0)).toMatchObject({ replicas: [4, 3], leader: 4, isr: [3, 4] });
      expect([1, 2, 3, 4].map((id) => roleOf(each, id))).toEqual([
        null,
        null,
        'follower',
        'leader',
      ]);
      expect(each.availability.servesWrites(0)).toBe(true);
      const down = each.availability.totals(each.nowUs).downUs.write;
      expect(down).toBeLessThan(SECOND_US);
    }
  });

  it('waits for a target that is down, and is done once it is back', () => {
    const run = runOf([
      { at: '8s', crash: 'broker 4', for: '20s' },
      { at: '10s', reassign: 'orders-0', to: [1, 2, 4] },
    ]);
    run.advance(25 * SECOND_US);
    expect(run.truth.partition(0)).toMatchObject({
      replicas: [1, 2, 4, 3],
      addingReplicas: [4],
      removingReplicas: [3],
      isr: [1, 2, 3],
    });
    run.advance(50 * SECOND_US);
    expect(run.truth.partition(0)).toMatchObject({ replicas: [1, 2, 4], addingReplicas: [] });
    expect(roleOf(run, 3)).toBeNull();
  });

  it('is cancelled by the operator', () => {
    const run = runOf([
      { at: '8s', crash: 'broker 4', for: '20s' },
      { at: '10s', reassign: 'orders-0', to: [4, 2, 1] },
      { at: '20s', reassign: 'orders-0', to: 'cancel' },
    ]);
    run.advance(40 * SECOND_US);
    const { replicas, isReassigning } = run.truth.partition(0)!;
    expect([...replicas].sort((a, b) => a - b)).toEqual([1, 2, 3]);
    expect(isReassigning).toBe(false);
    expect(roleOf(run, 4)).toBeNull();
  });
});

describe('elect-leaders: unclean', () => {
  it('brings back a partition that waits for a dead leader, and loses what only that one had', () => {
    const faults: Faults = [
      { at: '10s', crash: 'broker 2', for: '20s' },
      { at: '25s', crash: 'broker 1', for: '30s' },
      { at: '45s', 'elect-leaders': 'unclean' },
    ];
    const cluster = { brokers: 2, controllers: 3, config: { 'min.insync.replicas': 1 } };
    const run = runOf(faults, { cluster, topics: [{ name: 'orders', replicas: [[1, 2]] }] });
    run.advance(44 * SECOND_US);
    expect(run.truth.partition(0)).toMatchObject({ leader: -1, isr: [], elr: [1] });
    run.advance(50 * SECOND_US);
    expect(run.truth.partition(0)).toMatchObject({ leader: 2, isr: [2] });
    expect(run.truth.state.uncleanElections).toBe(1);
  });
});
