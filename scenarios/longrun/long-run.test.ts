/** Long runs: what they are a function of, what they count, and that every kind of failure can be measured. */
import { describe, expect, it } from 'vitest';
import type { FailureKind, Plan } from '../language/plan.js';
import { FAILURE_KINDS } from '../language/vocabulary.js';
import { LivenessFailure } from './liveness-failure.js';
import { runLong, type LongRunOptions, type LongRunResult } from './long-run.js';
import { HOUR_US, longPlan, type ClusterOptions } from './testdata/plans.js';

const crashes = { 'broker-crash': { mttf: '4h', mttr: '1h' } } as const;

const KRAFT_KINDS = FAILURE_KINDS.filter((kind) => kind !== 'zookeeper-crash');

/** Shares of time down, mean over partitions. */
function downShares({ totals }: LongRunResult, partitions: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries(totals.downUs).map(([kind, us]) => [kind, us / partitions / totals.measuredUs]),
  );
}

describe('a long run', () => {
  it('is a function of plan, seed and length', () => {
    const plan = longPlan({ failures: crashes });
    const first = runLong(plan, { seed: 1, measureUs: 100 * HOUR_US });

    expect(runLong(plan, { seed: 1, measureUs: 100 * HOUR_US })).toEqual(first);
    expect(runLong(plan, { seed: 2, measureUs: 100 * HOUR_US }).hash).not.toBe(first.hash);
    expect(first.totals.measuredUs).toBe(100 * HOUR_US);
  });

  it('costs seconds of simulation for each failure, however long the calendar runs', () => {
    const result = runLong(
      longPlan({ failures: { 'broker-crash': { mttf: '20d', mttr: '12h' } } }),
      {
        seed: 1,
        measureUs: 365 * 24 * HOUR_US,
      },
    );

    expect(result.failures).toBeGreaterThan(30);
    // Crash: 8.6 s to notice; start: 1.5 s; each with an idle period and the rest of a heartbeat interval.
    expect(result.activeUs / result.failures).toBeLessThan(18_000_000);
  });

  it('one replica: an outage for each crash, as long as the repair and the return', () => {
    const plan = longPlan({
      brokers: 1,
      failures: {
        'broker-crash': { mttf: '3h', mttr: '1h', distribution: 'deterministic' },
      },
    });
    const { totals, failures } = runLong(plan, { seed: 3, measureUs: 400 * HOUR_US });
    const perFailureUs = totals.downUs.write / failures;

    expect(failures).toBe(100);
    expect(totals.outages.write).toBe(failures);
    expect(totals.downUs.read).toBe(totals.downUs.write);
    // 1 s to start, two commits of the quorum to register and to be unfenced.
    expect(perFailureUs - HOUR_US).toBeGreaterThan(1_060_000);
    expect(perFailureUs - HOUR_US).toBeLessThan(1_090_000);
  });

  it('leaves the clients of the scenario out, so that their load does not keep it from skipping', () => {
    const plan = longPlan({ failures: crashes });
    const busy = {
      ...plan,
      producers: [
        {
          id: 'web-0',
          baseId: 'web',
          topic: 'orders',
          ratePerSecond: 100,
          sends: null,
          keys: null,
          valueBytes: 100,
          config: {},
          startUs: 0,
          stopUs: plan.run.forUs,
        },
      ],
    };
    const options = { seed: 1, measureUs: 50 * HOUR_US };

    expect(runLong(busy, options)).toEqual(runLong(plan, options));
  });

  it('ends with a liveness failure that says what was under way where it reaches its bound on events', () => {
    const plan = longPlan({ failures: crashes, maxEvents: 20_000 });

    const { seed, pending } = failureOf(plan, { seed: 1, measureUs: 1000 * HOUR_US });
    expect(seed).toBe(1);
    expect(pending[0]).toMatch(/^it reached its bound of 2\d{4} events$/);
    expect(pending[1]).toMatch(/^under way: \S/);
  });

  it('names what does not come up where the cluster cannot warm up', () => {
    const plan = longPlan({
      failures: crashes,
      config: { 'broker.heartbeat.interval.ms': 200_000, 'broker.session.timeout.ms': 300 },
    });

    const { pending } = failureOf(plan, { seed: 1, measureUs: HOUR_US });
    expect(pending[0]).toBe('the cluster does not warm up within 120 s');
    expect(pending.slice(1)).toContainEqual(expect.stringMatching(/^broker \d is fenced$/));
    expect(pending.at(-1)).toMatch(
      /^orders-0 (is not created|has no leader|lacks replicas? [\d, ]+ in its ISR)$/,
    );
  });
});

function failureOf(plan: Plan, options: LongRunOptions): LivenessFailure {
  try {
    runLong(plan, options);
  } catch (error) {
    if (error instanceof LivenessFailure) return error;
    throw error;
  }
  throw new Error('the long run came to its end');
}

describe('losses', () => {
  it('one replica: each loss of the disk is one, and takes all that was acknowledged', () => {
    const plan = longPlan({
      brokers: 1,
      failures: { 'disk-loss': { mttf: '10h', mttr: '1h' } },
    });
    const result = runLong(plan, { seed: 1, measureUs: 1000 * HOUR_US });

    // Where the next disk goes before the cluster came to rest there was nothing to lose.
    expect(result.losses).toBeGreaterThan(0.9 * result.failures);
    expect(result.losses).toBeLessThanOrEqual(result.failures + 1);
    expect(result.lostRecords).toBeGreaterThanOrEqual(result.losses);
  });

  it('one replica: a loss of power takes what was not written back yet', () => {
    const plan = longPlan({
      brokers: 1,
      failures: { 'broker-power-loss': { mttf: '10h', mttr: '1h' } },
    });
    const result = runLong(plan, { seed: 1, measureUs: 1000 * HOUR_US });

    // One record of some hundred bytes is dirty at each loss; a random prefix of it survives, rarely all of it.
    expect(result.losses).toBeGreaterThan(0.8 * result.failures);
    expect(result.lostRecords).toBe(result.losses);
  });

  it('one replica: crashes of the process take nothing', () => {
    const result = runLong(longPlan({ brokers: 1, failures: crashes }), {
      seed: 1,
      measureUs: 500 * HOUR_US,
    });

    expect(result.probes.acknowledged).toBeGreaterThan(50);
    expect(result.losses).toBe(0);
  });

  it('three replicas: one disk at a time takes nothing', () => {
    const plan = longPlan({
      minIsr: 2,
      failures: {
        'disk-loss': { mttf: '400h', mttr: { distribution: 'deterministic', value: '1m' } },
      },
    });
    const result = runLong(plan, { seed: 1, measureUs: 5000 * HOUR_US });

    expect(result.failures).toBeGreaterThan(20);
    expect(result.losses).toBe(0);
  });
});

describe('every kind of failure', () => {
  const kinds = KRAFT_KINDS.flatMap((kind): (readonly [FailureKind, boolean])[] =>
    kind === 'controller-crash'
      ? [[kind, false]]
      : [
          [kind, false],
          [kind, true],
        ],
  );

  it.each(kinds)('%s, combined=%s: is measured, and probes confirm the state', (kind, combined) => {
    const result = runLong(threeRacks({ [kind]: { mttf: '12h', mttr: '1h' } }, combined), {
      seed: 5,
      measureUs: 96 * HOUR_US,
    });
    const down = downShares(result, 2);

    expect(result.failures).toBeGreaterThan(5);
    expect(result.probes.acknowledged).toBeGreaterThan(result.failures);
    expect(result.probes.disagreements).toBe(0);
    expect(down['write']).toBeGreaterThanOrEqual(down['read']!);
    expect(down['structuralWrite']).toBeLessThanOrEqual(down['write']!);
    expect(down['structuralRead']).toBeLessThanOrEqual(down['read']!);
    expect(down['write']).toBeLessThan(0.3);
    if (HARMLESS.includes(kind)) expect(down['write']).toBe(0);
    else expect(result.totals.outages.write).toBeGreaterThan(0);
  });

  const HARMLESS: readonly FailureKind[] = ['controller-crash', 'gray'];

  it('broker-stop: a controlled shutdown leaves nothing to be noticed', () => {
    const stops = threeRacks({ 'broker-stop': { mttf: '12h', mttr: '1h' } }, false);
    const down = downShares(runLong(stops, { seed: 5, measureUs: 200 * HOUR_US }), 2);

    expect(down['write']! - down['structuralWrite']!).toBeLessThan(1e-5);
    expect(down['write']).toBeGreaterThan(1e-4);
  });

  it('cluster-outage: everything is down, once for each, until the controllers and brokers are back', () => {
    const plan = threeRacks({ 'cluster-outage': { mttf: '12h', mttr: '1h' } }, false);
    const result = runLong(plan, { seed: 5, measureUs: 400 * HOUR_US });
    const { downUs, outages } = result.totals;

    expect(outages.write).toBe(2 * result.failures);
    expect(outages.read).toBe(2 * result.failures);
    // Reads come back with the leader; until the sessions from before have lapsed nobody can register.
    expect(downUs.read / 2 / result.failures).toBeGreaterThan(0.5 * HOUR_US);
    expect(downUs.write).toBeLessThan(1.02 * downUs.structuralWrite);
  });

  it('all of them together: overlapping failures end, and probes confirm the state', () => {
    const every = Object.fromEntries(
      KRAFT_KINDS.map((kind) => [kind, { mttf: '36h', mttr: '1h' }]),
    );
    const result = runLong(threeRacks(every, false), { seed: 5, measureUs: 200 * HOUR_US });
    const down = downShares(result, 2);

    expect(result.failures).toBeGreaterThan(100);
    expect(result.probes.disagreements).toBe(0);
    expect(down['write']).toBeGreaterThan(0.02);
    expect(down['write']).toBeLessThan(0.4);
  });

  it('controllers without a quorum: a dead member of the ISR then stops acks=all writes for good', () => {
    const failures = {
      'broker-crash': { mttf: '10h', mttr: '1h' },
      'controller-crash': { mttf: '1h', mttr: '1h' },
    };
    const one = runLong(longPlan({ minIsr: 1, controllers: 1, failures }), {
      seed: 2,
      measureUs: 300 * HOUR_US,
    });
    const three = runLong(
      longPlan({ minIsr: 1, failures: { 'broker-crash': failures['broker-crash'] } }),
      { seed: 2, measureUs: 300 * HOUR_US },
    );

    // Half of the time nobody can take a dead broker out of the ISR.
    expect(downShares(one, 1)['structuralWrite']).toBeGreaterThan(0.05);
    expect(downShares(three, 1)['structuralWrite']).toBeLessThan(0.02);
  });
});

function threeRacks(failures: ClusterOptions['failures'], combined: boolean) {
  return longPlan({ minIsr: 2, partitions: 2, racks: ['a', 'b', 'c'], combined, failures });
}
