/** Long runs on ZooKeeper: what is called quiescent is, every kind of failure can be measured, and skipping changes nothing. */
import { describe, expect, it } from 'vitest';
import { RandomStreams } from '../../sim/index.js';
import type { FailureKind } from '../language/plan.js';
import { FAILURE_KINDS } from '../language/vocabulary.js';
import { Run } from '../run/run.js';
import { runLong, type LongRunResult } from './long-run.js';
import { ActivityWatch, whatIsUnderWay } from './quiescence.js';
import { repair, strike } from './strike.js';
import { HOUR_US, longPlan } from './testdata/plans.js';

const SECOND_US = 1_000_000;
/** Longer than any request waits for an answer, and than any session lives. */
const LONG_US = 45 * SECOND_US;
const VERSIONS = ['3.9-zk', '2.6'] as const;
const KINDS = FAILURE_KINDS.filter((kind) => kind !== 'controller-crash');

interface Quiet {
  readonly run: Run;
  readonly activity: ActivityWatch;
}

/** A warm, quiescent cluster; preferred leaders are not elected, which a jump does not wait for. */
function quietRun(kafka: (typeof VERSIONS)[number]): Quiet {
  const plan = longPlan({
    kafka,
    minIsr: 2,
    partitions: 2,
    config: { 'auto.leader.rebalance.enable': false },
    failures: { 'broker-crash': { mttf: '1h', mttr: '1h' } },
  });
  const activity = new ActivityWatch();
  const run = Run.start(plan, { seed: 11, invariants: false, watch: () => [activity] });
  while (!run.isWarm) run.advance(run.nowUs + SECOND_US);
  waitForRest({ run, activity });
  return { run, activity };
}

function fork({ run }: Quiet): Quiet {
  const copy = run.fork();
  return { run: copy, activity: copy.extra[0] as ActivityWatch };
}

function flip({ run, activity }: Quiet, kind: FailureKind, host: number, isDown: boolean): void {
  (isDown ? strike : repair)(run, kind, host);
  const restUs = kind === 'network-partition' && isDown ? 30 * SECOND_US : 0;
  activity.disturbed(run.nowUs, run.nowUs + restUs);
  run.availability.disturbed(null);
  run.availability.evaluate(run.nowUs, 0);
}

/** Simulates until the cluster is called quiescent; what it waited for, in order. */
function waitForRest({ run, activity }: Quiet): string[] {
  const reasons: string[] = [];
  for (;;) {
    const reason = whatIsUnderWay(run, activity);
    if (reason === null) return reasons;
    if (reasons.at(-1) !== reason) reasons.push(reason);
    run.advance(run.nowUs + SECOND_US / 10);
  }
}

/** What must not change while nothing happens. */
function picture(run: Run): unknown {
  const { definition, truth, availability } = run;
  return {
    changes: truth.state.changes,
    lastZxid: truth.state.zooKeeper.lastZxid,
    controller: truth.state.activeController,
    partitions: definition.partitions.map(({ index }) => ({
      registration: truth.partition(index),
      up: { ...availability.state.partitions[index]!.up },
    })),
  };
}

/** The cluster stays as it is for long: the ensemble commits nothing more. */
function expectRest({ run }: Quiet, what: string): void {
  const copy = run.fork();
  const before = picture(copy);
  copy.advance(copy.nowUs + LONG_US);
  expect(picture(copy), what).toEqual(before);
}

/** Hosts of the brokers are 0 to 2, of the ensemble 3 to 5. */
function hostsOf(kind: FailureKind): readonly number[] {
  return kind === 'zookeeper-crash' ? [3, 4, 5] : [0, 1, 2];
}

describe.each(VERSIONS)('quiescence on ZooKeeper, Kafka %s', (kafka) => {
  const quiet = quietRun(kafka);
  const kinds = KINDS.filter((kind) => kind !== 'gray');

  it.each([1, 2, 3])('random failures that overlap: nothing changes any more (seed %i)', (seed) => {
    const draw = new RandomStreams(String(seed)).stream('mixture');
    const copy = fork(quiet);
    const components = kinds.flatMap((kind) => hostsOf(kind).map((host) => ({ kind, host })));
    let down: typeof components = [];
    for (let step = 0; step < 40; step++) {
      const strikes = down.length === 0 || (down.length < 3 && draw.below(2) === 0);
      const choice = strikes ? components.filter((each) => !down.includes(each)) : down;
      const struck = choice[draw.below(choice.length)]!;
      down = strikes ? [...down, struck] : down.filter((each) => each !== struck);
      flip(copy, struck.kind, struck.host, strikes);
      waitForRest(copy);
      expectRest(copy, `step ${step}: ${struck.kind} of ${struck.host} ${strikes ? 'down' : 'up'}`);
    }
  });

  it('waits for the session of a dead broker to expire, and for its return into the ISR', () => {
    const copy = fork(quiet);
    const fromUs = copy.run.nowUs;
    flip(copy, 'broker-crash', 0, true);
    expect(waitForRest(copy)).toContain('broker 1 is not fenced yet');
    expect(copy.run.nowUs - fromUs).toBeGreaterThan(12 * SECOND_US);
    expect(copy.run.nowUs - fromUs).toBeLessThan(30 * SECOND_US);

    flip(copy, 'broker-crash', 0, false);
    expect(waitForRest(copy).join()).toMatch(/broker 1 is starting/);
    expect(copy.run.truth.partition(0)!.isr).toContain(1);
  });

  it('does not wait for sessions to expire while the ensemble has no quorum', () => {
    const copy = fork(quiet);
    flip(copy, 'zookeeper-crash', 3, true);
    flip(copy, 'zookeeper-crash', 5, true);
    waitForRest(copy);
    flip(copy, 'broker-crash', 0, true);
    waitForRest(copy);
    expect(copy.run.truth.broker(1).fenced).toBe(false);

    flip(copy, 'zookeeper-crash', 5, false);
    expect(waitForRest(copy)).toContain('broker 1 is not fenced yet');
    expect(copy.run.truth.broker(1).fenced).toBe(true);
  });
});

describe.each(VERSIONS)('a long run on ZooKeeper, Kafka %s', (kafka) => {
  const HARMLESS: readonly FailureKind[] = ['zookeeper-crash', 'gray'];

  it.each(KINDS)('%s: is measured, and probes confirm the state', (kind) => {
    const plan = longPlan({
      kafka,
      minIsr: 2,
      partitions: 2,
      racks: ['a', 'b', 'c'],
      failures: { [kind]: { mttf: '12h', mttr: '1h' } },
    });
    const { failures, probes, totals, activeUs } = runLong(plan, {
      seed: 5,
      measureUs: 96 * HOUR_US,
    });
    const { downUs, measuredUs, outages } = totals;

    expect(failures).toBeGreaterThan(5);
    expect(probes.acknowledged).toBeGreaterThan(failures);
    expect(probes.disagreements).toBe(0);
    expect(downUs.write).toBeGreaterThanOrEqual(downUs.read);
    expect(downUs.structuralWrite).toBeLessThanOrEqual(downUs.write);
    expect(downUs.structuralRead).toBeLessThanOrEqual(downUs.read);
    expect(downUs.write / 2 / measuredUs).toBeLessThan(0.3);
    if (HARMLESS.includes(kind)) expect(downUs.write).toBe(0);
    else expect(outages.write).toBeGreaterThan(0);
    // Sessions expire 20 s after a crash; a host that is cut off keeps its connections for 30 s.
    expect(activeUs / failures).toBeLessThan(80_000_000);
  });

  it('is a function of plan and seed', () => {
    const plan = longPlan({
      kafka,
      failures: {
        'broker-crash': { mttf: '4h', mttr: '1h' },
        'zookeeper-crash': { mttf: '4h', mttr: '1h' },
      },
    });
    const first = runLong(plan, { seed: 1, measureUs: 100 * HOUR_US });

    expect(runLong(plan, { seed: 1, measureUs: 100 * HOUR_US })).toEqual(first);
    expect(runLong(plan, { seed: 2, measureUs: 100 * HOUR_US }).hash).not.toBe(first.hash);
  });

  it('an ensemble without a quorum: a dead member of the ISR then stops acks=all writes for good', () => {
    const broker = { 'broker-crash': { mttf: '10h', mttr: '1h' } };
    const options = { seed: 2, measureUs: 150 * HOUR_US };
    const without = longPlan({
      kafka,
      failures: { ...broker, 'zookeeper-crash': { mttf: '1h', mttr: '1h' } },
    });

    expect(share(runLong(without, options))).toBeGreaterThan(0.05);
    expect(share(runLong(longPlan({ kafka, failures: broker }), options))).toBeLessThan(0.02);
  });

  it('skipping against not skipping: the same failures, and down times that differ by chance only', () => {
    const plan = longPlan({
      kafka,
      minIsr: 2,
      failures: { 'broker-crash': { mttf: '10m', mttr: '2m' } },
    });
    const differencesUs = Array.from({ length: 8 }, (_, index) => {
      const options = { seed: 100 + index, measureUs: HOUR_US };
      const skipping = runLong(plan, options);
      const whole = runLong(plan, { ...options, withoutSkipping: true });
      expect(skipping.failures).toBe(whole.failures);
      expect(skipping.activeUs).toBeLessThan(whole.activeUs / 2);
      return skipping.totals.downUs.write - whole.totals.downUs.write;
    });
    const mean = differencesUs.reduce((a, b) => a + b, 0) / differencesUs.length;
    const squares = differencesUs.reduce((sum, each) => sum + (each - mean) * (each - mean), 0);
    const error = Math.sqrt(squares / (differencesUs.length - 1) / differencesUs.length);

    // Student's t with 7 degrees of freedom, level 0.001.
    expect(error).toBeGreaterThan(0);
    expect(Math.abs(mean)).toBeLessThan(5.408 * error);
  });
});

function share({ totals }: LongRunResult): number {
  return totals.downUs.structuralWrite / totals.measuredUs;
}
