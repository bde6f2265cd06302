/** Long-run availability: the measurement against the theory, and what a report is a function of. */
import { describe, expect, it } from 'vitest';
import { resolvePlan, runLong, type Plan, type Scenario } from '../../scenarios/index.js';
import { measureAvailability, YEAR_US, type BatchRunner, type Figure } from './measure.js';

type Failures = NonNullable<Scenario['failures']>;

function planOf(
  [brokers, replicationFactor, minIsr]: readonly [number, number, number],
  failures: Failures,
  partitions = 1,
  kafka: '4.1' | '3.9-zk' | '2.6' = '4.1',
): Plan {
  return resolvePlan({
    name: 'measured',
    kafka,
    cluster: {
      brokers,
      ...(kafka === '4.1' ? { controllers: 3 } : { zookeepers: 3 }),
      config: { 'min.insync.replicas': minIsr },
    },
    topics: [{ name: 'orders', partitions, 'replication-factor': replicationFactor }],
    failures,
  });
}

const here =
  (plan: Plan): BatchRunner =>
  (tasks) =>
    Promise.resolve(tasks.map((options) => runLong(plan, options)));

const exact = { seed: 1, precision: null, reproduce: 'brokerlab availability measured' } as const;

function holds({ low, high }: Figure, value: number): boolean {
  return low <= value && value <= high;
}

describe('measurement and theory', () => {
  it.each([
    [[1, 1, 1], '20h', '2h', 2],
    [[2, 2, 1], '2h', '30m', 0.12],
    [[2, 2, 2], '2h', '30m', 0.12],
    [[3, 3, 2], '2h', '30m', 0.12],
    [[5, 3, 2], '2h', '30m', 0.06],
    [[1, 1, 1], '20h', '2h', 2, '3.9-zk'],
    [[3, 3, 2], '2h', '30m', 0.06, '3.9-zk'],
    [[3, 3, 2], '2h', '30m', 0.06, '2.6'],
  ] as const)(
    'brokers, replicas, min ISR %j, up %s, down %s: the theory lies in all four intervals',
    async (sizes, mttf, mttr, years, kafka?: '3.9-zk' | '2.6') => {
      const plan = planOf(sizes, { 'broker-crash': { mttf, mttr } }, 1, kafka);
      const report = await measureAvailability(plan, { ...exact, years }, here(plan));
      const { theory } = report;

      expect(theory).not.toBeNull();
      expect(holds(report.write, theory!.write)).toBe(true);
      expect(holds(report.read, theory!.read)).toBe(true);
      expect(holds(report.structural.write, theory!.structural.write)).toBe(true);
      expect(holds(report.structural.read, theory!.structural.read)).toBe(true);
      expect(report.precision).toBeLessThan(0.4);
      expect(report.probes.disagreements).toBe(0);
      expect(report.simulatedYears).toBeCloseTo(years, 6);
    },
  );
});

describe('a report', () => {
  const crashes: Failures = { 'broker-crash': { mttf: '2h', mttr: '30m' } };

  it('depends on seeds and years, not on who runs the batches and in which order', async () => {
    const plan = planOf([2, 2, 1], crashes, 2);
    const options = { ...exact, years: 0.02 };
    const backwards: BatchRunner = (tasks) =>
      Promise.resolve(
        [...tasks]
          .reverse()
          .map((each) => runLong(plan, each))
          .reverse(),
      );
    const report = await measureAvailability(plan, options, here(plan));

    expect(await measureAvailability(plan, options, backwards)).toEqual(report);
    const other = await measureAvailability(plan, { ...options, seed: 1000 }, here(plan));
    expect(other.write.mean).not.toBe(report.write.mean);
    expect(report.runs).toBe(24);
    // A moment counts for any partition when it counts for one of them.
    expect(report.anyPartitionWrite.mean).toBeLessThanOrEqual(report.write.mean);
    expect(report.outageMinutesPerYear.write.mean).toBeCloseTo(
      (1 - report.write.mean) * 365.25 * 24 * 60,
      6,
    );
  });

  it('stops once the interval of write unavailability is as narrow as asked for', async () => {
    const plan = planOf([1, 1, 1], crashes);
    const wide = await measureAvailability(
      plan,
      { ...exact, precision: 0.2, years: 0.5 },
      here(plan),
    );
    const narrow = await measureAvailability(
      plan,
      { ...exact, precision: 0.1, years: 0.5 },
      here(plan),
    );

    expect(wide.precision).toBeLessThan(0.2);
    expect(narrow.precision).toBeLessThan(0.1);
    expect(narrow.simulatedYears).toBeGreaterThan(wide.simulatedYears);
    expect(narrow.simulatedYears).toBeLessThan(0.5);
  });

  it('without an outage gives bounds and no precision', async () => {
    const plan = planOf([1, 1, 1], { 'broker-crash': { mttf: '36500d', mttr: '1h' } });
    const report = await measureAvailability(plan, { ...exact, years: 0.01 }, here(plan));

    expect(report.precision).toBeNull();
    expect(report.write.mean).toBe(1);
    expect(report.write.low).toBeLessThan(1);
    expect(report.cycles).toBe(0);
  });

  it('counts losses for each partition and year, with the interval of a count', async () => {
    const plan = planOf([1, 1, 1], { 'disk-loss': { mttf: '47h', mttr: '1h' } }, 2);
    const report = await measureAvailability(plan, { ...exact, years: 0.5 }, here(plan));
    const failuresPerYear = YEAR_US / (48 * 3_600_000_000);

    // One broker: whatever was acknowledged is gone with its disk.
    expect(holds(report.lossPerPartitionYear, failuresPerYear)).toBe(true);
    expect(report.theory).toBeNull();
  });
});
