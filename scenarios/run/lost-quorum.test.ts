/** Voters of the controller quorum lose their disks: what is lost is expected, and the lab says so. */
import { describe, expect, it } from 'vitest';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import { randomScenario } from '../random-scenario.js';
import type { RunResult } from './result.js';
import { finish, runScenario, startPlan } from './run-scenario.js';

interface Choice {
  readonly combined: boolean;
  /** The voters that lose their disks, and when. */
  readonly losses: readonly { readonly voter: number; readonly at: string; readonly for: string }[];
}

function lostDisks({ combined, losses }: Choice): Scenario {
  return {
    name: 'lost-quorum',
    cluster: { brokers: 3, controllers: 3, combined, config: { 'min.insync.replicas': 2 } },
    topics: [{ name: 'orders', partitions: 2, 'replication-factor': 3 }],
    producers: [{ id: 'web', topic: 'orders', rate: '20/s', config: { acks: 'all' } }],
    faults: losses.map(({ voter, at, for: length }) => ({
      at,
      'lose-disk': `controller ${voter}`,
      for: length,
    })),
    run: { for: '30s', settle: '60s' },
  };
}

function together(count: number): Choice['losses'] {
  return Array.from({ length: count }, (_, n) => ({ voter: n + 1, at: '12s', for: `${n + 1}s` }));
}

const SEEDS = [1, 2, 3, 4, 5];
const LAYOUTS = [
  { combined: true, name: 'on brokers' },
  { combined: false, name: 'dedicated' },
];

/** Whatever was lost: no bug of the protocol, and nothing that an operator did not bring about. */
function expectExcused(seed: number, result: RunResult): void {
  const { ok, violations, pending } = result;
  expect({ seed, ok, violations, pending }).toEqual({
    seed,
    ok: true,
    violations: [],
    pending: [],
  });
}

describe.each(LAYOUTS)('voters $name', ({ combined }) => {
  it('one of three loses its disk: the metadata stays, and all is well after the settling', () => {
    for (const seed of SEEDS) {
      const plan = resolvePlan(lostDisks({ combined, losses: together(1) }));
      const run = startPlan(plan, { seed }).play();
      const result = finish(run);

      expectExcused(seed, result);
      expect(result.expectedLosses.map(({ invariant }) => invariant)).not.toContain('I24');
      expect(result.expectedLosses.map(({ invariant }) => invariant)).not.toContain('I16');
      expect(run.truth.state.lostPartitions).toEqual([]);
    }
  });

  it('all of them at once: no partition exists any more, and why is said', () => {
    for (const seed of SEEDS) {
      const plan = resolvePlan(lostDisks({ combined, losses: together(3) }));
      const run = startPlan(plan, { seed }).play();
      const result = finish(run);

      expectExcused(seed, result);
      expect(run.truth.state.lostPartitions).toEqual([0, 1]);
      const lost = result.expectedLosses.find(({ invariant }) => invariant === 'I24');
      expect(lost?.message).toMatch(
        /^node \d leads the quorum in epoch \d+ without the committed metadata at offsets \[0,\d+\)$/,
      );
      expect(lost?.broken).toMatch(/^node \d lost its disk at t=12000ms$/);
      const pending = result.expectedLosses.filter(({ invariant }) => invariant === 'I16');
      expect(pending.map(({ message }) => message)).toContain('orders-0 is not created');
      expect(pending[0]?.broken).toMatch(/lost its disk .*, and by t=\d+ms node \d led the quorum/);
      expect(run.availability.state.partitions.every(({ up }) => !up.write && !up.read)).toBe(true);
    }
  });

  it('two of them, together or one after the other: excused, whatever comes of it', () => {
    const choices: Choice['losses'][] = [
      together(2),
      [
        { voter: 1, at: '10s', for: '200ms' },
        { voter: 2, at: '10500ms', for: '200ms' },
      ],
      [
        { voter: 3, at: '10s', for: '8s' },
        { voter: 1, at: '11s', for: '1s' },
        { voter: 2, at: '13s', for: '1s' },
      ],
    ];
    for (const losses of choices) {
      for (const seed of SEEDS) {
        expectExcused(seed, runScenario(lostDisks({ combined, losses }), { seed }));
      }
    }
  });
});

describe('the truth about metadata', () => {
  it('is that of the new log, in a fork, too', () => {
    const plan = resolvePlan(lostDisks({ combined: true, losses: together(3) }));
    const run = startPlan(plan, { seed: 2 });
    run.advance(11_000_000);
    const fork = run.fork();
    run.play();
    fork.play();

    expect(fork.simulation.hash.digest()).toBe(run.simulation.hash.digest());
    expect(fork.truth.state).toEqual(run.truth.state);
    const { batches } = run.truth.state.history;
    const leader = run.definition.node(run.truth.state.quorumLeader);
    const { entries } = run.simulation.hosts[leader.host]!.disk.files.get('__cluster_metadata-0')!;
    expect(batches.length).toBeGreaterThan(0);
    expect(entries.at(batches.length - 1)).toBe(batches.at(batches.length - 1));
  });
});

describe('random faults without a budget, voters on brokers', () => {
  it('lose disks of voters in whatever order: no violation, nothing pending, no exception', () => {
    const seeds = Array.from({ length: 400 }, (_, seed) => seed).filter((seed) => {
      const { cluster, 'random-faults': faults } = randomScenario(seed, 'unlimited');
      return cluster.combined === true && 'lose-disk' in (faults?.kinds as object);
    });
    let lostMetadata = 0;
    for (const seed of seeds.slice(0, 40)) {
      const result = runScenario(randomScenario(seed, 'unlimited'), { seed });
      expectExcused(seed, result);
      if (result.expectedLosses.some(({ invariant }) => invariant === 'I24')) lostMetadata++;
    }
    expect(lostMetadata).toBeGreaterThan(3);
  });
});

describe('the number of the event of a breach', () => {
  it('is where --until-event stops: with it the breach is there, one event earlier it is not', () => {
    const plan = resolvePlan(lostDisks({ combined: true, losses: together(3) }));
    const { expectedLosses } = finish(startPlan(plan, { seed: 1 }).play());
    const first = expectedLosses[0]!;
    const stopAfter = (event: number): RunResult => {
      const bounded = { ...plan, run: { ...plan.run, maxEvents: event } };
      const run = startPlan(bounded, { seed: 1 });
      run.advance(plan.run.forUs);
      expect(run.exhausted).toBe(true);
      return finish(run);
    };

    expect(first.event).toBeGreaterThan(0);
    const there = stopAfter(first.event);
    expect(there.events).toBe(first.event);
    expect(there.simulatedMs).toBe(first.atMs);
    expect(there.expectedLosses[0]).toEqual(first);
    expect(stopAfter(first.event - 1).expectedLosses).toEqual([]);
  });
});
