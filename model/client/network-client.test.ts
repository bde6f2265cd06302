/** Connections, timers and backoff, which all clients share. */
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../sim/index.js';
import { FOREVER_US, microseconds } from './durations.js';
import { exponentialBackoffUs } from './exponential-backoff.js';
import { incrementSequence } from './idempotence.js';
import { ClientLab } from './testdata/client-lab.js';

describe('exponentialBackoffUs (KIP-580)', () => {
  const random = RandomStream.named('seed', 'backoff');

  it('doubles up to its bound, within a fifth', () => {
    for (let attempts = 0; attempts < 40; attempts++) {
      const expectedUs = Math.min(100_000 * 2 ** attempts, 1_000_000);
      const waitUs = exponentialBackoffUs(
        { initialUs: 100_000, maxUs: 1_000_000 },
        attempts,
        random,
      );
      expect(waitUs).toBeGreaterThanOrEqual(0.8 * expectedUs);
      expect(waitUs).toBeLessThanOrEqual(Math.min(1.2 * expectedUs, 1_000_000));
    }
  });

  it('is constant where the bound is not above the beginning', () => {
    expect(exponentialBackoffUs({ initialUs: 500, maxUs: 500 }, 3, random)).toBe(500);
    expect(exponentialBackoffUs({ initialUs: 500, maxUs: 100 }, 3, random)).toBe(100);
    expect(exponentialBackoffUs({ initialUs: 0, maxUs: 100 }, 3, random)).toBe(0);
  });
});

describe('durations', () => {
  it('keep sums within exact integers, however long they are configured', () => {
    expect(microseconds(5)).toBe(5000);
    expect(microseconds(Number.MAX_SAFE_INTEGER)).toBe(FOREVER_US);
    expect(FOREVER_US + FOREVER_US).toBeLessThan(Number.MAX_SAFE_INTEGER);
  });
});

describe('incrementSequence (DefaultRecordBatch)', () => {
  it('starts again at 0 after 2^31 - 1', () => {
    expect(incrementSequence(5, 3)).toBe(8);
    expect(incrementSequence(0x7fffffff, 1)).toBe(0);
    expect(incrementSequence(0x7ffffffe, 4)).toBe(2);
  });
});

describe('connections (ClusterConnectionStates)', () => {
  it('to a machine without power: give up after 10 s, doubling to 30 s', () => {
    const lab = new ClientLab({ brokers: 1, partitions: 1, producers: [{ sends: [] }] });
    lab.start([1]);
    const attempts = new Set<number>();
    for (let seconds = 1; seconds <= 200; seconds++) {
      lab.runMs(1000 * seconds);
      const [connection] = lab.producerState().core.network.connections;
      if (connection!.status === 1) attempts.add(connection!.lastAttemptUs);
    }

    // About 10 s, 20 s, then 30 s and a second of backoff each.
    expect(attempts.size).toBeGreaterThanOrEqual(7);
    expect(attempts.size).toBeLessThanOrEqual(10);
  });

  it('to a machine that comes back: the handshake is made on', () => {
    const producers = [{ rate: 10, stopUs: 20_000_000 }];
    const lab = new ClientLab({ brokers: 1, partitions: 1, producers });
    lab.start([1]).runMs(8000);
    lab.simulation.start(lab.brokers[0]!);
    lab.runMs(30_000);

    expect(lab.recorded.outcomes).toHaveLength(200);
    expect(lab.recorded.outcomes.every(({ executed }) => executed === 'yes')).toBe(true);
  });

  it('a refused connection is tried again after reconnect.backoff.ms, up to its maximum', () => {
    const config = { 'reconnect.backoff.ms': 50, 'reconnect.backoff.max.ms': 1000 };
    const lab = new ClientLab({ brokers: 1, partitions: 1, producers: [{ sends: [], config }] });
    lab.start().runMs(100);
    lab.simulation.crash(lab.brokers[0]!);
    const { eventCount } = lab.simulation;
    lab.runMs(60_100);

    const events = lab.simulation.eventCount - eventCount;
    // An attempt is the end of the backoff, the handshake, its refusal, and what the program hears of it.
    expect(events).toBeGreaterThan(4 * 55);
    expect(events).toBeLessThan(4 * 80);
  });
});

describe('metadata that is overdue (DefaultMetadataUpdater.maybeUpdate)', () => {
  /** Plays on for some seconds, but no further than so many events: a client that spins would never end. */
  function eventsOf(lab: ClientLab, untilMs: number, most: number): number {
    const { eventCount } = lab.simulation;
    while (lab.simulation.eventCount - eventCount < most && lab.simulation.step(1000 * untilMs));
    return lab.simulation.eventCount - eventCount;
  }

  it('waits without spinning while every connection is full', () => {
    const config = {
      'linger.ms': 0,
      'max.in.flight.requests.per.connection': 1,
      'metadata.max.age.ms': 2000,
    };
    const producers = [{ rate: 10, stopUs: 10_000_000, config }];
    const lab = new ClientLab({ brokers: 1, partitions: 1, producers }).start().runMs(1000);
    lab.world.delayUs = 6_000_000;

    expect(eventsOf(lab, 9000, 5000)).toBeLessThan(500);
    lab.world.delayUs = 0;
    lab.runMs(20_000);
    expect(lab.recorded.outcomes).toHaveLength(100);
  });
});
