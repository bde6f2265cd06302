/** What the state says of availability, held against what leaders answer, and the structural view. */
import { describe, expect, it } from 'vitest';
import { ErrorCode, type RecordBatch } from '../../model/index.js';
import { cover, uncover } from '../faults/coverage.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import { Run } from './run.js';
import { Watcher } from './watcher.js';

const SECOND_US = 1_000_000;

/** Successful answers to acks=all produce requests. */
class Acks extends Watcher<{ atUs: number[]; refused: number }> {
  constructor() {
    super({ atUs: [], refused: 0 });
  }

  override produceAnswered(
    atUs: number,
    _broker: number,
    _partition: number,
    acks: number,
    _batch: RecordBatch | null,
    error: number,
  ): void {
    if (acks !== -1) return;
    if (error === ErrorCode.NONE) this.state.atUs.push(atUs);
    else this.state.refused++;
  }
}

function scenario(overrides: Partial<Scenario> = {}): Scenario {
  return {
    name: 'up-or-down',
    cluster: { brokers: 3, controllers: 3, config: { 'min.insync.replicas': 2 } },
    topics: [{ name: 'orders', partitions: 1, 'replication-factor': 3 }],
    ...overrides,
  };
}

function warm(plan: Scenario, seed: number, acks?: Acks): Run {
  const watch = acks === undefined ? {} : { watch: () => [acks] };
  const run = Run.start(resolvePlan(plan), { seed, invariants: false, ...watch });
  while (!run.isWarm) run.advance(run.nowUs + SECOND_US);
  return run;
}

function up(run: Run): Record<string, boolean> {
  return { ...run.availability.state.partitions[0]!.up };
}

function crash(run: Run, host: number): void {
  cover(run, run.director.coverage, host, 'crashed');
}

function restart(run: Run, host: number): void {
  uncover(run, run.director.coverage, host, 'crashed');
}

/** Lets time pass; what a fault changed is looked at again. */
function pass(run: Run, seconds: number): void {
  run.availability.disturbed(null);
  run.availability.evaluate(run.nowUs, 0);
  run.advance(run.nowUs + seconds * SECOND_US);
}

describe('availability as clients see it', () => {
  it.each([1, 2, 3])(
    'no leader acknowledges acks=all while writes count as down (seed %i)',
    (seed) => {
      const acks = new Acks();
      const producers: Scenario['producers'] = [
        { id: 'web', topic: 'orders', rate: '50/s', config: { acks: 'all' } },
      ];
      const run = warm(scenario({ producers, run: { for: '1h' } }), seed, acks);
      const { stream } = run;
      for (let round = 0; round < 12; round++) {
        const first = stream.below(3);
        const second = (first + 1 + stream.below(2)) % 3;
        crash(run, first);
        pass(run, 5 + stream.below(15));
        if (round % 2 === 0) crash(run, second);
        pass(run, 5 + stream.below(15));
        restart(run, first);
        pass(run, stream.below(15));
        if (round % 2 === 0) restart(run, second);
        pass(run, 25);
      }
      const outages = run.availability.state.outages.filter(({ kind }) => kind === 'write');
      const downUs = outages.reduce((sum, { fromUs, untilUs }) => sum + untilUs - fromUs, 0);
      // What a follower had confirmed before it died may still be on its way to the leader.
      const contradicted = acks.state.atUs.filter((atUs) =>
        outages.some(({ fromUs, untilUs }) => atUs > fromUs + 20_000 && atUs < untilUs),
      );

      expect(outages.length).toBeGreaterThan(11);
      expect(downUs).toBeGreaterThan(90 * SECOND_US);
      expect(acks.state.atUs.length).toBeGreaterThan(1000);
      expect(acks.state.refused).toBeGreaterThan(0);
      expect(contradicted).toEqual([]);
    },
  );
});

describe('structural availability', () => {
  it('needs no time to notice, where a majority of the controllers is up', () => {
    const run = warm(scenario(), 1);
    const leader = run.truth.partition(0)!.leader;
    crash(run, run.definition.node(leader).host);
    pass(run, 1);

    expect(up(run)).toEqual({
      write: false,
      read: false,
      structuralWrite: true,
      structuralRead: true,
    });
    pass(run, 15);
    expect(up(run)).toEqual({
      write: true,
      read: true,
      structuralWrite: true,
      structuralRead: true,
    });
  });

  it('without a quorum of controllers a dead member of the ISR stops writes, a dead leader reads as well', () => {
    const run = warm(scenario(), 1);
    const { definition, truth } = run;
    for (const { host } of definition.voters.slice(0, 2)) crash(run, host);
    pass(run, 5);
    expect(up(run)).toEqual({
      write: true,
      read: true,
      structuralWrite: true,
      structuralRead: true,
    });

    const { leader, isr } = truth.partition(0)!;
    const follower = isr.find((id) => id !== leader)!;
    crash(run, definition.node(follower).host);
    pass(run, 60);
    expect(up(run)).toEqual({
      write: false,
      read: true,
      structuralWrite: false,
      structuralRead: true,
    });

    crash(run, definition.node(leader).host);
    pass(run, 60);
    expect(up(run)).toEqual({
      write: false,
      read: false,
      structuralWrite: false,
      structuralRead: false,
    });

    // With the quorum back the third broker leads; one member is fewer than min.insync.replicas.
    for (const { host } of definition.voters.slice(0, 2)) restart(run, host);
    pass(run, 30);
    expect(up(run)).toEqual({
      write: false,
      read: true,
      structuralWrite: false,
      structuralRead: true,
    });
  });

  it('counts a broker that is cut off as dead', () => {
    const run = warm(scenario(), 1);
    const { host } = run.definition.node(run.truth.partition(0)!.leader);
    for (const { index } of run.simulation.hosts) {
      if (index === host) continue;
      run.simulation.transport.block(host, index);
      run.simulation.transport.block(index, host);
    }
    pass(run, 1);
    expect(up(run)).toEqual({
      write: false,
      read: false,
      structuralWrite: true,
      structuralRead: true,
    });
    pass(run, 30);
    expect(up(run)).toEqual({
      write: true,
      read: true,
      structuralWrite: true,
      structuralRead: true,
    });
  });
});
