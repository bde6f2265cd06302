/** Followers: divergence and truncation, crashes and power losses, fetch sessions, broken connections (R3, R9). */
import { describe, expect, it } from 'vitest';

import { ErrorCode } from '../errors.js';
import { Kind } from '../rpc/index.js';
import type { FollowerRole } from './index.js';
import { fetchResultOf, resultOf, ReplicaBed } from './testdata/replica-testbed.js';

function follower(bed: ReplicaBed, broker: number): FollowerRole {
  const { role } = bed.partition(broker);
  if (role.kind !== 'follower') throw new Error(`broker ${broker} does not follow`);
  return role;
}

function epochs(bed: ReplicaBed, broker: number): [number, number][] {
  const { epochs: cache } = bed.partition(broker).log!;
  return cache.epochs.map((epoch, at) => [epoch, cache.startOffsets[at]!]);
}

describe('B01 (KIP-101): acknowledged records and the lagging high watermark', () => {
  it('a follower with an old high watermark keeps what the new leader has, and survives it', () => {
    const bed = new ReplicaBed({ topicConfig: { 'min.insync.replicas': 2 } });
    bed.runMs(1200);
    // m0 is known everywhere; m1 is acknowledged, and A (1) and B (2) do not know it.
    bed.produce(0, 1);
    bed.runMs(700);
    const m1 = bed.produce(0, 1);
    bed.runMs(4);
    expect([bed.offsets(0), bed.offsets(1), bed.offsets(2)]).toEqual(['2/2', '2/1', '2/1']);
    expect(resultOf(m1).error).toBe(ErrorCode.NONE);

    bed.simulation.crash(bed.brokers[0]!);
    bed.elect(2, [1, 2]);
    bed.runMs(0.1);
    bed.simulation.crash(bed.brokers[2]!);
    bed.elect(1, [1]);
    bed.runMs(50);

    expect(bed.values(1)).toEqual([0, 1]);
    bed.simulation.start(bed.brokers[0]!);
    bed.simulation.start(bed.brokers[2]!);
    bed.runMs(3000);
    for (const broker of [0, 1, 2]) expect(bed.values(broker)).toEqual([0, 1]);
    expect(bed.watcher.truncations).toEqual([]);
  });
});

describe('B03 (KIP-279): fast fail-over', () => {
  /** A (0) alone has 10-14 of epoch 1; B (1) 10-19 of epoch 2, alone; A leads again from epoch 3 with 15-24. */
  function schedule(switches: Record<string, string> = {}): ReplicaBed {
    const bed = new ReplicaBed({ brokers: 2, switches });
    bed.runMs(1200);
    bed.produce(0, 10);
    bed.runMs(700);
    bed.simulation.transport.block(0, 1);
    bed.produce(0, 5, { acks: 1 });
    bed.runMs(10);
    bed.controller.deaf.add(0);
    bed.elect(1, [0, 1]);
    bed.produce(1, 10, { acks: 1 });
    bed.runMs(10);
    bed.simulation.crash(bed.brokers[1]!);
    bed.simulation.transport.unblock(0, 1);
    bed.controller.deaf.delete(0);
    bed.elect(0, [0]);
    for (let at = 0; at < 10; at++) bed.produce(0, 1, { acks: 1 });
    bed.runMs(10);
    bed.simulation.start(bed.brokers[1]!);
    bed.runMs(3000);
    return bed;
  }

  it('the follower cuts at the end of the last common epoch and then copies', () => {
    const bed = schedule();
    expect(bed.values(0).slice(0, 15)).toEqual(Array.from({ length: 15 }, (_, at) => at));
    expect(bed.values(1)).toEqual(bed.values(0));
    expect(bed.values(0)).toHaveLength(25);
    expect(bed.watcher.truncations).toEqual(['b1 p0 20->10']);
    expect(epochs(bed, 1)).toEqual([
      [1, 0],
      [3, 15],
    ]);
    expect(bed.divergence(0, 1)).toBeNull();
  });

  it('switch truncation=off: the logs differ below both high watermarks', () => {
    const bed = schedule({ truncation: 'off' });
    bed.runMs(3000);
    expect(bed.watcher.truncations).toEqual([]);
    expect(bed.divergence(0, 1)).not.toBeNull();
  });
});

describe('B04 (KIP-320): a zombie follower', () => {
  /** Broker 1 hears of no elections; 0 loses its unreplicated tail to 2 and leads again. */
  function zombie(switches: Record<string, string>): ReplicaBed {
    const bed = new ReplicaBed({ switches });
    bed.runMs(1200);
    bed.simulation.pause(bed.brokers[2]!);
    bed.produce(0, 4, { acks: 1 });
    bed.runMs(20);
    bed.controller.deaf.add(1);
    bed.simulation.transport.block(1, 0);
    bed.simulation.resume(bed.brokers[2]!);
    // What 2 had asked for before it paused is answered with the records; they must not reach it.
    bed.elect(2, [2]);
    bed.runMs(1500);
    bed.produce(2, 6, { acks: 1 });
    bed.runMs(1500);
    bed.elect(0, [0, 2]);
    bed.produce(0, 3, { acks: 1 });
    bed.runMs(50);
    bed.simulation.transport.unblock(1, 0);
    bed.runMs(40_000);
    return bed;
  }

  it('is fenced: its fetches of an old epoch are refused, and it gives up until metadata come', () => {
    const bed = zombie({});
    expect(bed.watcher.fenced).toContain(ErrorCode.FENCED_LEADER_EPOCH);
    expect(bed.watcher.marks).not.toContain('fetch-of-other-epoch-served');
    expect(follower(bed, 1).status).toBe('failed');
    expect(bed.partition(1).log!.logEndOffset).toBe(4);
    bed.controller.deaf.delete(1);
    bed.publish();
    bed.runMs(2000);
    expect(bed.values(1)).toEqual(bed.values(0));
  });

  it('switch leaderEpochFencing=off: it copies on', () => {
    const bed = zombie({ leaderEpochFencing: 'off' });
    expect(bed.watcher.fenced).not.toContain(ErrorCode.FENCED_LEADER_EPOCH);
    expect(bed.watcher.marks).toContain('fetch-of-other-epoch-served');
    expect(bed.partition(1).log!.logEndOffset).toBeGreaterThan(4);
  });
});

describe('crash and power loss', () => {
  it('process crash: the log is whole, the high watermark is the checkpoint’s', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    bed.produce(0, 3);
    bed.runMs(6000);
    bed.produce(0, 2);
    bed.runMs(700);
    expect(bed.offsets(1)).toBe('5/5');
    bed.simulation.crash(bed.brokers[1]!);
    bed.simulation.start(bed.brokers[1]!);
    expect(bed.offsets(1)).toBe('5/3');
    expect(bed.replicas(1).wasClean).toBe(false);
    expect(bed.replicas(1).recoveryBytes).toBe(2 * 61 + 500);
    bed.runMs(3000);
    expect(bed.offsets(1)).toBe('5/5');
  });

  it('power loss: the unflushed tail may go, and is fetched again', () => {
    let lost = 0;
    for (let seed = 0; seed < 20; seed++) {
      const bed = new ReplicaBed({ seed: String(seed) });
      bed.runMs(1200);
      for (let at = 0; at < 5; at++) bed.produce(0, 2);
      bed.runMs(700);
      bed.simulation.losePower(bed.brokers[1]!);
      bed.runMs(100);
      bed.simulation.start(bed.brokers[1]!);
      lost += 10 - bed.partition(1).log!.logEndOffset;
      bed.runMs(4000);
      expect(bed.values(1)).toEqual(bed.values(0));
    }
    expect(lost).toBeGreaterThan(20);
  });

  it('a leader that lost its tail and leads no more cuts nothing it does not have, and copies', () => {
    const bed = new ReplicaBed({ seed: 'b02' });
    bed.runMs(1200);
    for (let at = 0; at < 5; at++) bed.produce(0, 2);
    bed.runMs(700);
    bed.simulation.losePower(bed.brokers[0]!);
    bed.elect(1, [1, 2]);
    bed.produce(1, 3);
    bed.runMs(700);
    bed.simulation.start(bed.brokers[0]!);
    bed.runMs(5000);
    expect(bed.values(0)).toEqual(bed.values(1));
    expect(bed.values(0)).toHaveLength(13);
  });

  it('controlled shutdown: all is flushed, the marker carries the broker epoch, and nothing needs recovery', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    bed.produce(0, 3);
    bed.runMs(700);
    bed.stop(1);
    expect(bed.replicas(1).isShutDown).toBe(false);
    bed.runMs(20);
    expect(bed.replicas(1).isShutDown).toBe(true);
    bed.simulation.losePower(bed.brokers[1]!);
    expect(bed.cleanEpoch(1)).toBe(1);
    bed.simulation.start(bed.brokers[1]!);
    expect(bed.replicas(1)).toMatchObject({ wasClean: true, recoveryBytes: 0 });
    expect(bed.offsets(1)).toBe('3/3');
    expect(bed.cleanEpoch(1)).toBe(-1);
  });
});

describe('fetchers', () => {
  it('a leader’s crash delays all its partitions by the backoff, and a new leader is fetched from at once', () => {
    const bed = new ReplicaBed({ config: { 'replica.fetch.backoff.ms': 300 } });
    bed.runMs(1200);
    bed.simulation.crash(bed.brokers[0]!);
    bed.runMs(10);
    expect(follower(bed, 1).status).toBe('delayed');
    expect(bed.watcher.copying.get('1/0')).toBe(false);
    bed.elect(2, [1, 2]);
    bed.produce(2, 1);
    bed.runMs(20);
    expect(bed.offsets(1)).toBe('1/0');
    expect(bed.watcher.copying.get('1/0')).toBe(true);
  });

  it('an unanswered fetch fails after replica.socket.timeout.ms, on a connection that is then given up', () => {
    const bed = new ReplicaBed({ config: { 'replica.socket.timeout.ms': 2000 } });
    bed.runMs(1200);
    bed.simulation.transport.block(0, 1);
    bed.runMs(1500);
    expect(follower(bed, 1).status).toBe('fetching');
    bed.runMs(1000);
    expect(follower(bed, 1).status).toBe('delayed');
    bed.simulation.transport.unblock(0, 1);
    bed.produce(0, 1);
    bed.runMs(15_000);
    expect(follower(bed, 1).status).toBe('fetching');
    expect(bed.partition(1).log!.logEndOffset).toBe(1);
  });

  it('a broker that is not told yet refuses, and its followers try again', () => {
    const bed = new ReplicaBed({ config: { 'replica.fetch.backoff.ms': 300 } });
    bed.runMs(1200);
    bed.controller.deaf.add(1);
    bed.elect(1, [0, 1, 2]);
    bed.runMs(700);
    expect(bed.watcher.fenced).toContain(ErrorCode.UNKNOWN_LEADER_EPOCH);
    expect(follower(bed, 2).status).toBe('delayed');
    bed.controller.deaf.delete(1);
    bed.publish();
    bed.runMs(700);
    expect(follower(bed, 2).status).toBe('fetching');
  });

  it('a follower whose disk fails takes its log directory down', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    bed.brokers[1]!.disk.status = 'full';
    bed.produce(0, 1);
    bed.runMs(20);
    expect(bed.replicas(1).failed).toBe(true);
    expect(bed.partition(1).log!.logEndOffset).toBe(0);
  });
});

describe('fetch sessions (KIP-227)', () => {
  /** Events of one idle second, whatever they are. */
  function idleEvents(partitions: number): number {
    const bed = new ReplicaBed({ partitions });
    bed.runMs(20_000);
    const before = bed.simulation.eventCount;
    bed.runMs(20_000);
    return bed.simulation.eventCount - before;
  }

  it('idle: three events for each fetch of each broker pair, however many partitions there are', () => {
    const few = idleEvents(1);
    expect(few).toBe(idleEvents(500));
    // Two followers, 20 s, a fetch every 501 ms and the way: arrival, timer, answer.
    expect(few / 3).toBeGreaterThan(2 * 38);
    expect(few / 3).toBeLessThan(2 * 41);
  });

  it('idle: followers of partitions that have no news still count as caught up', () => {
    const bed = new ReplicaBed({ partitions: 20, config: { 'replica.lag.time.max.ms': 2000 } });
    bed.runMs(1200);
    for (let partition = 0; partition < 20; partition++) bed.produce(0, 1, { partition });
    bed.runMs(30_000);
    bed.produce(0, 1, { partition: 7 });
    bed.runMs(6000);
    expect(bed.watcher.isrAsked).toEqual([]);
    expect(bed.offsets(2, 7)).toBe('2/2');
    expect(bed.offsets(2, 8)).toBe('1/1');
  });

  it('busy: a batch travels in one fetch for each follower, and each answer carries only what is new', () => {
    const bed = new ReplicaBed({ partitions: 50 });
    bed.runMs(3000);
    const seen: string[] = [];
    bed.simulation.watcher = {
      hostChanged: () => undefined,
      messageDelivered: (_from, to, message) => {
        if (message.kind === Kind.FetchResponse && to.index === 1) seen.push(message.describe());
      },
    };
    bed.produce(0, 2, { partition: 13 });
    bed.runMs(20);
    expect(seen).toEqual(['FetchResponse [13:2 hw=0]']);
    bed.runMs(600);
    expect(seen).toEqual(['FetchResponse [13:2 hw=0]', 'FetchResponse [13:0 hw=2]']);
  });

  it('replica.fetch.response.max.bytes: a full answer leaves nobody out for long', () => {
    const bed = new ReplicaBed({
      partitions: 6,
      config: { 'replica.fetch.response.max.bytes': 400 },
    });
    bed.runMs(1200);
    bed.simulation.pause(bed.brokers[1]!);
    for (let round = 0; round < 5; round++) {
      for (let partition = 0; partition < 6; partition++) {
        bed.produce(0, 1, { partition, acks: 1 });
      }
    }
    bed.runMs(20);
    bed.simulation.resume(bed.brokers[1]!);
    // An answer holds two batches. Everyone has had a turn before anybody has all but the first one's head start.
    const progress = (): number[] =>
      [0, 1, 2, 3, 4, 5].map((p) => bed.partition(1, p).log!.logEndOffset);
    for (let at = 0; at < 20 && Math.min(...progress()) === 0; at++) bed.runMs(0.5);
    expect(Math.min(...progress())).toBeGreaterThan(0);
    expect(progress().reduce((sum, count) => sum + count, 0)).toBeLessThan(18);
    bed.runMs(100);
    for (let partition = 0; partition < 6; partition++) {
      expect(bed.values(1, partition)).toEqual(bed.values(0, partition));
    }
  });

  it('a session is known on its connection only, and its epoch must match', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    const unknown = bed.sessionFetch(0, 1, 5);
    bed.runMs(20);
    expect(unknown.response).toMatchObject({ error: ErrorCode.FETCH_SESSION_ID_NOT_FOUND });
    const consumed = bed.consume(0, 0, 0);
    bed.runMs(20);
    expect(fetchResultOf(consumed).error).toBe(ErrorCode.NONE);
    const open = bed.replicas(0).sessions.filter((session) => session !== null);
    expect(open.map((session) => session.replicaId)).toEqual([1, 2]);
  });
});

describe('forks', () => {
  it('a forked run goes on to the same hash', () => {
    const bed = new ReplicaBed({ partitions: 3 });
    bed.runMs(1200);
    for (let at = 0; at < 5; at++) bed.produce(0, 2, { partition: at % 3 });
    bed.runMs(3);
    const fork = bed.simulation.fork();
    fork.observer = bed.watcher;
    const untilUs = bed.simulation.nowUs + 5_000_000;
    fork.runUntil(untilUs);
    bed.simulation.runUntil(untilUs);
    expect(fork.hash).toEqual(bed.simulation.hash);
    expect(fork.eventCount).toBe(bed.simulation.eventCount);
  });
});
