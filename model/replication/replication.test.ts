/** Produce, fetch and the high watermark, over a real simulation. Latency is 0.5 ms each way. */
import { describe, expect, it } from 'vitest';

import { ErrorCode } from '../errors.js';
import { resultOf, fetchResultOf, ReplicaBed } from './testdata/replica-testbed.js';

const MIN_ISR_2 = { 'min.insync.replicas': 2 };

describe('produce and replicate (3 brokers)', () => {
  it('acks=all is answered when all of the ISR has fetched past the batch; followers hear of it later', () => {
    const bed = new ReplicaBed({ topicConfig: MIN_ISR_2 });
    bed.runMs(1200);

    const sent = bed.produce(0, 3);
    bed.runMs(20);

    expect(resultOf(sent)).toMatchObject({ error: ErrorCode.NONE, baseOffset: 0 });
    expect(sent.answeredAtUs - sent.sentAtUs).toBeLessThan(5000);
    expect(bed.offsets(0)).toBe('3/3');
    expect(bed.offsets(1)).toBe('3/0');
    bed.runMs(600);
    expect([bed.offsets(1), bed.offsets(2)]).toEqual(['3/3', '3/3']);
    expect(bed.watcher.problems).toEqual([]);
  });

  it('a follower learns the high watermark with the next records', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    bed.produce(0, 1);
    bed.runMs(20);
    bed.produce(0, 1);
    bed.runMs(20);
    expect(bed.offsets(0)).toBe('2/2');
    expect(bed.offsets(1)).toBe('2/1');
  });

  it('acks=1 is answered before anyone has fetched; acks=0 never', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    const one = bed.produce(0, 1, { acks: 1 });
    const none = bed.produce(0, 1, { acks: 0 });
    bed.runMs(2.2);
    expect(one.answeredAtUs - one.sentAtUs).toBeLessThan(2200);
    expect(bed.offsets(0)).toBe('2/0');
    bed.runMs(100);
    expect(none.response).toBeNull();
    expect(bed.offsets(0)).toBe('2/2');
  });

  it('a duplicate is answered with the original offset, once it is committed', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    const batch = bed.batch(2, [5, 0, 0]);
    bed.produce(0, 4);
    const first = bed.produce(0, batch);
    bed.runMs(20);
    const again = bed.produce(0, batch);
    bed.runMs(20);
    expect([first, again].map((sent) => resultOf(sent).baseOffset)).toEqual([4, 4]);
    expect(bed.offsets(0)).toBe('6/6');
    expect(bed.watcher.marks).toContain('duplicate-batch');
  });

  it('refuses gaps, too large batches, unknown partitions, and requests to a follower with the leader named', () => {
    const bed = new ReplicaBed({ topicConfig: { 'max.message.bytes': 400 } });
    bed.runMs(1200);
    bed.produce(0, bed.batch(1, [5, 0, 0]));
    bed.runMs(10);
    const gap = bed.produce(0, bed.batch(1, [5, 0, 2]));
    const large = bed.produce(0, 4);
    const nowhere = bed.produce(0, 1, { partition: 7 });
    const follower = bed.produce(2, 1);
    bed.runMs(20);
    expect([gap, large, nowhere, follower].map((sent) => resultOf(sent).error)).toEqual([
      ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
      ErrorCode.MESSAGE_TOO_LARGE,
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      ErrorCode.NOT_LEADER_OR_FOLLOWER,
    ]);
    expect(resultOf(follower)).toMatchObject({ leaderId: 0, leaderEpoch: 1 });
  });

  it('NOT_ENOUGH_REPLICAS: nothing is written while the ISR is below min.insync.replicas', () => {
    const bed = new ReplicaBed({ topicConfig: MIN_ISR_2 });
    bed.runMs(1200);
    bed.controller.brokers.fenced.add(1).add(2);
    bed.elect(0, [0]);
    const sent = bed.produce(0, 1);
    bed.runMs(20);
    expect(resultOf(sent).error).toBe(ErrorCode.NOT_ENOUGH_REPLICAS);
    expect(bed.offsets(0)).toBe('0/0');
  });

  it('switch produceIsrCheck=off: written all the same, and never acknowledged while hwMinIsrGate holds', () => {
    const off = { produceIsrCheck: 'off' };
    const acked = [off, { ...off, hwMinIsrGate: 'off' }].map((switches) => {
      const bed = new ReplicaBed({ topicConfig: MIN_ISR_2, switches });
      bed.runMs(1200);
      bed.controller.brokers.fenced.add(1).add(2);
      bed.elect(0, [0]);
      const sent = bed.produce(0, 1, { timeoutMs: 1000 });
      bed.runMs(2000);
      return resultOf(sent).error;
    });
    expect(acked).toEqual([ErrorCode.REQUEST_TIMED_OUT, ErrorCode.NONE]);
  });

  it('switch produceAck=append: acks=all is answered before anyone has fetched', () => {
    const bed = new ReplicaBed({ switches: { produceAck: 'append' } });
    bed.runMs(1200);
    bed.simulation.crash(bed.brokers[1]!);
    const sent = bed.produce(0, 1);
    bed.runMs(50);
    expect(resultOf(sent).error).toBe(ErrorCode.NONE);
    expect(bed.offsets(0)).toBe('1/0');
  });

  it('REQUEST_TIMED_OUT: after the timeout of the request, each at its own time, and the record stays', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    bed.simulation.crash(bed.brokers[1]!);
    const long = bed.produce(0, 1, { timeoutMs: 3000 });
    const short = bed.produce(0, 1, { timeoutMs: 1000 });
    bed.runMs(5000);
    expect([long, short].map((sent) => resultOf(sent).error)).toEqual([
      ErrorCode.REQUEST_TIMED_OUT,
      ErrorCode.REQUEST_TIMED_OUT,
    ]);
    const tookMs = [long, short].map((s) => Math.round((s.answeredAtUs - s.sentAtUs) / 1000));
    expect(tookMs).toEqual([3002, 1002]);
    expect(bed.offsets(0)).toBe('2/0');
  });

  it('NOT_LEADER_OR_FOLLOWER: a waiting acks=all ends when the leadership is lost, with the new leader named', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    bed.simulation.crash(bed.brokers[2]!);
    const sent = bed.produce(0, 1);
    bed.runMs(50);
    bed.elect(1, [0, 1]);
    bed.runMs(50);
    expect(resultOf(sent)).toMatchObject({
      error: ErrorCode.NOT_LEADER_OR_FOLLOWER,
      leaderId: 1,
      leaderEpoch: 2,
    });
  });

  it('KAFKA_STORAGE_ERROR: a disk that fails takes the log directory down', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    bed.brokers[0]!.disk.status = 'failed';
    const sent = bed.produce(0, 1);
    bed.runMs(20);
    expect(resultOf(sent).error).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    expect(bed.replicas(0).failed).toBe(true);
    expect(bed.replicas(1).failed).toBe(false);
  });

  it('flush.messages=1: acknowledged when every replica has flushed it', () => {
    const bed = new ReplicaBed({ topicConfig: { 'flush.messages': 1 } });
    bed.runMs(1200);
    const sent = bed.produce(0, 1);
    bed.runMs(4);
    expect(bed.offsets(0)).toBe('1/0');
    bed.runMs(46);
    expect(resultOf(sent).error).toBe(ErrorCode.NONE);
    // The leader flushes 5 ms, then each follower does, and asks again.
    expect(sent.answeredAtUs - sent.sentAtUs).toBeGreaterThan(11_000);
    expect(sent.answeredAtUs - sent.sentAtUs).toBeLessThan(20_000);
    for (const broker of [0, 1, 2]) expect(bed.partition(broker).log!.recoveryPoint).toBe(1);
    const one = bed.produce(0, 1, { acks: 1 });
    bed.runMs(50);
    expect(one.answeredAtUs - one.sentAtUs).toBeGreaterThan(6000);
  });

  it('flush.messages=1: a power loss of all replicas loses nothing that was acknowledged', () => {
    const bed = new ReplicaBed({ topicConfig: { 'flush.messages': 1 } });
    bed.runMs(1200);
    for (let at = 0; at < 5; at++) {
      bed.produce(0, 2);
      bed.runMs(7);
    }
    const acked = bed.sent.filter((sent) => sent.response !== null).length;
    for (const host of bed.brokers) bed.simulation.losePower(host);
    for (const host of bed.brokers) bed.simulation.start(host);
    bed.runMs(10);
    for (const broker of [0, 1, 2]) {
      expect(bed.partition(broker).log!.logEndOffset).toBeGreaterThanOrEqual(2 * acked);
    }
    expect(acked).toBeGreaterThan(0);
  });
});

describe('consumers', () => {
  it('read below the high watermark, and are woken when it moves', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    const waiting = bed.consume(0, 0, 10_000);
    bed.runMs(700);
    expect(waiting.response).toBeNull();
    const sent = bed.produce(0, 3);
    bed.runMs(20);
    expect(fetchResultOf(waiting)).toMatchObject({ error: ErrorCode.NONE, highWatermark: 3 });
    expect(fetchResultOf(waiting).batches.map((batch) => batch.baseOffset)).toEqual([0]);
    // The leader hears of the watermark once, and answers both at that moment.
    expect(Math.abs(waiting.answeredAtUs - sent.answeredAtUs)).toBeLessThan(20);
  });

  it('get nothing after maxWait, and OFFSET_OUT_OF_RANGE past the log end', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    const empty = bed.consume(0, 0, 300);
    const far = bed.consume(0, 5, 300);
    bed.runMs(400);
    expect(fetchResultOf(empty)).toMatchObject({ error: ErrorCode.NONE, batches: [] });
    expect(Math.round((empty.answeredAtUs - empty.sentAtUs) / 1000)).toBe(302);
    expect(fetchResultOf(far).error).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  });

  it('a parked fetch ends with NOT_LEADER_OR_FOLLOWER when the leadership goes', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    const waiting = bed.consume(0, 0, 10_000);
    bed.runMs(50);
    bed.elect(1, [0, 1, 2]);
    bed.runMs(5);
    expect(fetchResultOf(waiting)).toMatchObject({
      error: ErrorCode.NOT_LEADER_OR_FOLLOWER,
      leaderId: 1,
      leaderEpoch: 2,
    });
  });

  it('leader epochs are checked on fetches: older ones are fenced, newer ones unknown (KIP-320)', () => {
    const errors = (switches: Record<string, string>): number[] => {
      const bed = new ReplicaBed({ switches });
      bed.runMs(1200);
      bed.elect(0, [0, 1, 2]);
      bed.runMs(1200);
      const asked = [1, 2, 3].map((epoch) => bed.consume(0, 0, 0, { currentLeaderEpoch: epoch }));
      bed.runMs(20);
      return asked.map((sent) => fetchResultOf(sent).error);
    };
    expect(errors({})).toEqual([
      ErrorCode.FENCED_LEADER_EPOCH,
      ErrorCode.NONE,
      ErrorCode.UNKNOWN_LEADER_EPOCH,
    ]);
    expect(errors({ leaderEpochFencing: 'off' })).toEqual([0, 0, 0]);
  });

  it('maxBytes: at least one batch, and no more than fits', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    for (let at = 0; at < 4; at++) bed.produce(0, 1);
    bed.runMs(50);
    const counts = [1, 161, 321, 330, 490].map((maxBytes) => bed.consume(0, 0, 0, { maxBytes }));
    bed.runMs(20);
    expect(counts.map((sent) => fetchResultOf(sent).batches.length)).toEqual([1, 1, 1, 2, 3]);
  });
});

describe('the high watermark (R2)', () => {
  it('never moves while the ISR is below min.insync.replicas: acks=1 records stay invisible (KIP-966)', () => {
    const hw = (switches: Record<string, string>): string => {
      const bed = new ReplicaBed({ topicConfig: MIN_ISR_2, switches });
      bed.runMs(1200);
      bed.controller.brokers.fenced.add(1).add(2);
      bed.simulation.crash(bed.brokers[1]!);
      bed.simulation.crash(bed.brokers[2]!);
      bed.elect(0, [0]);
      bed.produce(0, 3, { acks: 1 });
      bed.runMs(100);
      return bed.offsets(0);
    };
    expect(hw({})).toBe('3/0');
    expect(hw({ hwMinIsrGate: 'off' })).toBe('3/3');
  });

  it('waits for a replica outside the ISR that is caught up and eligible, not for one that is fenced', () => {
    const hw = (fenced: boolean): string => {
      const bed = new ReplicaBed();
      bed.runMs(1200);
      bed.produce(0, 1);
      bed.runMs(700);
      bed.controller.holdsIsrChanges = true;
      if (fenced) bed.controller.brokers.fenced.add(2);
      // The ISR loses broker 2 without a new leader epoch; its fetches go on and it is caught up.
      bed.controller.replace(bed.controller.registrations[0]!, { isr: [0, 1] });
      bed.publish();
      bed.runMs(20);
      bed.simulation.pause(bed.brokers[2]!);
      bed.produce(0, 1);
      bed.runMs(50);
      return bed.offsets(0);
    };
    expect(hw(false)).toBe('2/1');
    expect(hw(true)).toBe('2/2');
  });

  it('a new leader starts from its own and knows no log end of others until they fetch', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    bed.produce(0, 2);
    bed.runMs(10);
    expect(bed.offsets(1)).toBe('2/0');
    bed.elect(1, [0, 1, 2]);
    expect(bed.offsets(1)).toBe('2/0');
    bed.runMs(20);
    expect(bed.offsets(1)).toBe('2/2');
  });

  it('OFFSET_NOT_AVAILABLE: a new leader does not know the latest offset before its epoch start is committed', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    bed.produce(0, 2);
    bed.runMs(10);
    bed.simulation.pause(bed.brokers[2]!);
    bed.elect(1, [0, 1, 2]);
    bed.runMs(10);
    const early = bed.latestOffset(1);
    bed.runMs(10);
    bed.simulation.resume(bed.brokers[2]!);
    bed.tell(2, bed.controller.registrations[0]!);
    bed.runMs(1500);
    const late = bed.latestOffset(1);
    bed.runMs(10);
    expect(early()).toEqual([ErrorCode.OFFSET_NOT_AVAILABLE, -1]);
    expect(late()).toEqual([ErrorCode.NONE, 2]);
  });
});
