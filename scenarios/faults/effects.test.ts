/** What faults do to hosts, disks and links, and that nothing of it is left when they are over. */
import { describe, expect, it } from 'vitest';

import { SAFE_CLUSTER } from '../catalogue/entry.js';
import type { Scenario } from '../language/schema.js';
import { resolvePlan } from '../language/resolve-plan.js';
import { Run } from '../run/run.js';

const SECOND_US = 1_000_000;

function runOf(faults: NonNullable<Scenario['faults']>): Run {
  const { cluster, topics } = SAFE_CLUSTER;
  const run = { for: '30s', settle: '10s' };
  return Run.start(resolvePlan({ name: 'effects', cluster, topics, faults, run }), { seed: 1 });
}

/** A value at the middle of each of the given seconds. */
function sample(run: Run, seconds: readonly number[], read: () => number): number[] {
  return seconds.map((second) => {
    run.advance(second * SECOND_US + SECOND_US / 2);
    return read();
  });
}

describe('slow disks and links that overlap', () => {
  it('slow-disk: the slowest counts, and the end of one leaves the other', () => {
    const run = runOf([
      { at: '10s', 'slow-disk': { on: 'broker 1', factor: 10 }, for: '4s' },
      { at: '12s', 'slow-disk': { on: 'broker 1', factor: 100 }, for: '4s' },
    ]);
    const { disk } = run.simulation.hosts[run.definition.node(1).host]!;

    const factors = sample(run, [9, 11, 13, 15, 17], () => disk.slowFactor);

    expect(factors).toEqual([1, 10, 100, 100, 1]);
  });

  it('slow-link: the slowest counts, delays add up, and the end of one leaves the other', () => {
    const run = runOf([
      { at: '10s', 'slow-link': { from: 'broker 1', to: 'broker 2', factor: 50 }, for: '4s' },
      { at: '12s', 'slow-link': { from: 'broker 2', to: 'broker 1', factor: 20 }, for: '4s' },
      { at: '12s', 'slow-link': { from: 'broker 1', to: 'broker 2', delay: '7ms' }, for: '2s' },
      { at: '12s', 'slow-link': { from: 'broker 1', to: 'broker 2', delay: '3ms' }, for: '1s' },
    ]);
    const [from, to] = [run.definition.node(1).host, run.definition.node(2).host];
    const link = run.simulation.transport.link(from, to);

    const factors = sample(run, [9, 11], () => link.latencyFactor);
    const delays = sample(run, [12, 13], () => link.extraUs);
    factors.push(...sample(run, [15, 17], () => link.latencyFactor));

    expect(factors).toEqual([1, 50, 20, 1]);
    expect(delays).toEqual([10_000, 7000]);
  });
});
