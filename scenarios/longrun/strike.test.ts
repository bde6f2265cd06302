/** Failures of several kinds on one host. */
import { describe, expect, it } from 'vitest';
import { resolvePlan } from '../language/resolve-plan.js';
import type { FailureKind } from '../language/plan.js';
import { Run } from '../run/run.js';
import { repair, strike } from './strike.js';

const HOLD_DOWN: readonly FailureKind[] = [
  'broker-crash',
  'broker-power-loss',
  'broker-stop',
  'disk-loss',
  'rack-outage',
  'rack-power-loss',
  'cluster-outage',
];

/** A warm cluster of three brokers. */
function warmRun(): Run {
  const plan = resolvePlan({
    name: 'strikes',
    cluster: { brokers: 3, controllers: 3 },
    topics: [{ name: 'orders', partitions: 1, 'replication-factor': 3 }],
  });
  const run = Run.start(plan, { seed: 1, invariants: false });
  while (!run.isWarm) run.advance(run.nowUs + 1_000_000);
  return run;
}

describe('failures that overlap on one host', () => {
  const warm = warmRun();

  it.each(HOLD_DOWN)('%s: raises no host that another failure holds down', (first) => {
    for (const second of HOLD_DOWN) {
      const run = warm.fork();
      const host = run.simulation.hosts[0]!;
      strike(run, first, 0);
      run.advance(run.nowUs + 3_000_000);
      strike(run, second, 0);
      run.advance(run.nowUs + 3_000_000);
      repair(run, first, 0);
      run.advance(run.nowUs + 30_000_000);

      expect(host.status, `${first}, then ${second}`).not.toBe('running');
      repair(run, second, 0);
      expect(host.status, `${first}, then ${second}, both repaired`).toBe('running');
    }
  });

  it('network partitions of two hosts: the link between them opens with the second repair', () => {
    const run = warm.fork();
    const isCut = (): boolean => (run.simulation.transport.network.link(0, 1)?.blocked ?? 0) > 0;
    strike(run, 'network-partition', 0);
    strike(run, 'network-partition', 1);
    repair(run, 'network-partition', 0);

    expect(isCut()).toBe(true);
    expect(run.availability.isReachableHost(0)).toBe(true);
    expect(run.availability.isReachableHost(1)).toBe(false);
    repair(run, 'network-partition', 1);
    expect(isCut()).toBe(false);
  });

  it('disk-loss: the disk is empty, and stays so where the process was down already', () => {
    const run = warm.fork();
    const { disk } = run.simulation.hosts[0]!;
    expect(disk.files.size).toBeGreaterThan(0);
    strike(run, 'broker-crash', 0);
    expect(disk.files.size).toBeGreaterThan(0);
    strike(run, 'disk-loss', 0);

    expect(disk.files.size).toBe(0);
  });

  it('gray: the disk is slow until the repair, and the process runs on', () => {
    const run = warm.fork();
    const host = run.simulation.hosts[0]!;
    strike(run, 'gray', 0);
    expect(host.disk.slowFactor).toBe(1000);
    expect(host.status).toBe('running');
    repair(run, 'gray', 0);
    expect(host.disk.slowFactor).toBe(1);
  });
});
