/** Reassignments that may only copy so fast, on whole clusters of both modes. */
import { describe, expect, it } from 'vitest';

import { isQuotaExceeded } from '../../model/replication/replication-quota.js';
import { serverStateOf, type ServerState } from '../../model/index.js';
import { SAFE_CLUSTER } from '../catalogue/entry.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import { Run } from '../run/run.js';

const SECOND_US = 1_000_000;
/** The throttle, in bytes per second. */
const RATE = 1_000_000;
/** `replica.fetch.max.bytes`, and a batch: a follower goes beyond its quota by at most that. */
const FETCH_BYTES = 300_000;
/** When the partition begins to move. */
const MOVE_S = 12;
/** What is written within a sample is forgotten up to one of twelve samples before its time is. */
const LOSS_OF_WINDOW = 12 / 11;

type Faults = NonNullable<Scenario['faults']>;
type Producers = NonNullable<Scenario['producers']>;

const MODES = [
  { kafka: '4.1' },
  { kafka: '3.9', metadata: 'zookeeper' },
  { kafka: '2.6' },
] as const;
type Mode = (typeof MODES)[number];

/** About 25 MB are written in the first ten seconds, by a producer that then ends. */
function runOf(
  mode: Mode,
  faults: Faults,
  others: Producers = [],
  topics: readonly string[] = [],
): Run {
  const onKraft = mode.kafka === '4.1';
  const plan = resolvePlan({
    ...SAFE_CLUSTER,
    ...mode,
    name: 'throttle',
    cluster: {
      brokers: 5,
      ...(onKraft ? { controllers: 3 } : {}),
      config: { 'min.insync.replicas': 2, 'replica.fetch.max.bytes': FETCH_BYTES - 50_200 },
    },
    topics: ['orders', ...topics].map((name) => ({ name, replicas: [[1, 2, 3]] })),
    producers: [writer('bulk', 50, 50_000), ...others],
    consumers: [],
    faults: [{ at: '10s', crash: 'producer bulk' }, ...faults],
    run: { for: '100s', settle: '30s' },
  });
  const run = Run.start(plan, { seed: 1 });
  run.advance(MOVE_S * SECOND_US);
  return run;
}

function writer(id: string, perSecond: number, bytes: number): Producers[number] {
  const config = { acks: 'all' };
  return { id, topic: 'orders', rate: `${perSecond}/s`, 'value-bytes': bytes, config };
}

const move = (to: number[], throttle?: string): Faults => [
  { at: `${MOVE_S}s`, reassign: 'orders-0', to, ...(throttle === undefined ? {} : { throttle }) },
];

const TO_BROKER_4 = move([1, 2, 4], '1MB/s');

function serverOf(run: Run, broker: number): ServerState | null {
  return serverStateOf(run.simulation.hosts[run.definition.node(broker).host]!.state);
}

/** Bytes of the log of orders-0 that a broker has. */
function bytesOn(run: Run, broker: number): number {
  const log = serverOf(run, broker)?.broker?.replicas?.partitions[0]?.log ?? null;
  let bytes = 0;
  for (const batch of log?.file.entries ?? []) bytes += batch.sizeBytes;
  return bytes;
}

function advanceTo(run: Run, seconds: number): void {
  run.advance(Math.round((MOVE_S + seconds) * SECOND_US));
}

/** Runs until the move is over; how many seconds after its begin that is, to a tenth, or Infinity. */
function moveSeconds(run: Run, atMostS: number): number {
  advanceTo(run, Math.max(0.5, run.nowUs / SECOND_US - MOVE_S));
  while (run.truth.partition(0)!.isReassigning) {
    const elapsedS = run.nowUs / SECOND_US - MOVE_S;
    if (elapsedS > atMostS) return Infinity;
    advanceTo(run, elapsedS + 0.1);
  }
  return run.nowUs / SECOND_US - MOVE_S;
}

/** Brokers that throttle anything. */
function throttled(run: Run): number[] {
  return [1, 2, 3, 4, 5].filter((id) => {
    const broker = serverOf(run, id)?.broker ?? null;
    return broker !== null && (broker.throttle !== null || broker.replicas?.throttles !== null);
  });
}

describe.each(MODES)('a throttled reassignment on %o', (mode) => {
  it('copies at the rate, the first second at once, and ends the throttle when it is over', () => {
    const run = runOf(mode, TO_BROKER_4);
    const bytes = bytesOn(run, 1);
    expect(bytes).toBeGreaterThan(20 * RATE);
    advanceTo(run, 0.3);
    // A new follower's window is open for no time, and counts as a second.
    expect(bytesOn(run, 4)).toBeGreaterThan(RATE);
    expect(bytesOn(run, 4)).toBeLessThanOrEqual(RATE + FETCH_BYTES);
    expect(throttled(run)).toEqual([1, 2, 3, 4]);
    for (let second = 1; second <= 20; second++) {
      advanceTo(run, second);
      // It looks once in a second.
      expect(bytesOn(run, 4)).toBeLessThanOrEqual(RATE * second + FETCH_BYTES);
      expect(bytesOn(run, 4)).toBeGreaterThan((RATE * (second - 2)) / LOSS_OF_WINDOW);
    }
    const seconds = moveSeconds(run, 60);
    expect(seconds).toBeGreaterThan((bytes - FETCH_BYTES) / RATE);
    expect(seconds).toBeLessThan((bytes / RATE) * LOSS_OF_WINDOW + 2);
    advanceTo(run, seconds + 2.2);
    expect(throttled(run)).toEqual([]);
    expect(run.truth.partition(0)).toMatchObject({ replicas: [1, 2, 4], isReassigning: false });
  });

  it('shares what the leader may send, whose window is open before', () => {
    const run = runOf(mode, move([1, 4, 5], '1MB/s'));
    const bytes = 2 * bytesOn(run, 1);
    const copied = (): number => bytesOn(run, 4) + bytesOn(run, 5);
    // Each of them copies at the rate until the leader has sent what its window of 11 to 12 seconds allows.
    advanceTo(run, 7.5);
    const burst = copied();
    expect(burst).toBeGreaterThan(10 * RATE);
    expect(burst).toBeLessThanOrEqual(12 * RATE + 2 * FETCH_BYTES);
    advanceTo(run, 10);
    expect(copied() - burst).toBeLessThan(RATE);
    const seconds = moveSeconds(run, 80);
    expect(seconds).toBeGreaterThan(bytes / RATE - 12);
    expect(seconds).toBeLessThan((bytes / RATE) * LOSS_OF_WINDOW + 2);
  });

  it('is over at once without a throttle', () => {
    const run = runOf(mode, move([1, 2, 4]));
    expect(moveSeconds(run, 60)).toBeLessThan(3);
    expect(throttled(run)).toEqual([]);
  });

  it('never holds up a member of the ISR, and never ends where more is written than may be copied', () => {
    const run = runOf(mode, move([1, 2, 4], '500kB/s'), [writer('web', 100, 10_000)]);
    const leader = (): { logEndOffset: number; highWatermark: number } =>
      serverOf(run, 1)!.broker!.replicas!.partitions[0]!.log!;
    for (let second = 1; second <= 60; second++) {
      const { logEndOffset } = leader();
      advanceTo(run, second);
      // All that was there half a second ago is acknowledged: the followers 2 and 3 have it.
      expect(leader().highWatermark).toBeGreaterThanOrEqual(logEndOffset);
      expect(leader().logEndOffset - logEndOffset).toBeGreaterThan(80);
      expect(run.truth.partition(0)).toMatchObject({ isr: [1, 2, 3], isReassigning: true });
    }
    expect(bytesOn(run, 4)).toBeLessThanOrEqual(500_000 * 60 + FETCH_BYTES);
    expect(bytesOn(run, 1) - bytesOn(run, 4)).toBeGreaterThan(50 * 500_000);
  });

  it('goes on with the throttle in a process that was started again, and in every forking', () => {
    const run = runOf(mode, [...TO_BROKER_4, { at: '17s', crash: 'broker 4', for: '5s' }]);
    advanceTo(run, 4.5);
    const fork = run.fork();
    for (const each of [run, fork]) {
      const before = bytesOn(each, 4);
      // On ZooKeeper it comes back when its session of before has expired.
      let second = 10;
      advanceTo(each, second);
      while (bytesOn(each, 4) < before) {
        second++;
        advanceTo(each, second);
      }
      advanceTo(each, second + 8);
      expect(throttled(each)).toEqual([1, 2, 3, 4]);
      expect(bytesOn(each, 4) - before).toBeGreaterThan(5 * RATE);
      expect(bytesOn(each, 4) - before).toBeLessThanOrEqual(10 * RATE + 2 * FETCH_BYTES);
    }
    expect(bytesOn(fork, 4)).toBe(bytesOn(run, 4));
  });

  it('never holds up a new replica that has joined, while another partition goes on copying', () => {
    const small = { id: 'web', topic: 'small', rate: '50/s', 'value-bytes': 100 };
    const later = { at: '13s', reassign: 'small-0', to: [1, 2, 4], throttle: '1MB/s' };
    const others = [{ ...small, config: { acks: 'all' } }];
    const run = runOf(mode, [...TO_BROKER_4, later], others, ['small']);
    advanceTo(run, 4);
    expect(run.truth.partition(1)).toMatchObject({ replicas: [1, 2, 4], isReassigning: false });
    let exceeded = 0;
    for (let tenth = 41; tenth < 200; tenth++) {
      const { throttles } = serverOf(run, 4)!.broker!.replicas!;
      expect(throttles!.follower.partitions).toEqual([0, 1]);
      if (isQuotaExceeded(throttles!.follower, run.nowUs / 1000)) exceeded++;
      const log = serverOf(run, 1)!.broker!.replicas!.partitions[1]!.log!;
      const { logEndOffset } = log;
      advanceTo(run, tenth / 10);
      expect(log.highWatermark).toBeGreaterThanOrEqual(logEndOffset);
    }
    expect(exceeded).toBeGreaterThan(50);
    expect(run.truth.partition(0)).toMatchObject({ isReassigning: true });
  });

  it('is let go when it is cancelled', () => {
    const run = runOf(mode, [...TO_BROKER_4, { at: '20s', reassign: 'orders-0', to: 'cancel' }]);
    advanceTo(run, 7.5);
    expect(throttled(run)).toEqual([1, 2, 3, 4]);
    advanceTo(run, 9);
    expect(throttled(run)).toEqual([]);
    expect(run.truth.partition(0)).toMatchObject({ isReassigning: false });
  });
});
