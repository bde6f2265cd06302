/** Replicas that come and go: a reassignment as brokers live through it (KIP-455). */
import { describe, expect, it } from 'vitest';

import { ErrorCode } from '../errors.js';
import type { BedOptions } from './testdata/bed-definition.js';
import { fetchResultOf, resultOf, ReplicaBed } from './testdata/replica-testbed.js';

interface Move {
  readonly replicas: readonly number[];
  readonly isr?: readonly number[];
  readonly leader?: number;
}

/** The controller gives partition 0 other replicas; brokers hear of it unless they are deaf. */
function move(bed: ReplicaBed, change: Move): void {
  bed.controller.replace(bed.controller.registrations[0]!, change);
  bed.publish();
}

function settled(options: BedOptions = {}): ReplicaBed {
  const bed = new ReplicaBed({ topicConfig: { 'min.insync.replicas': 2 }, ...options });
  bed.runMs(1200);
  return bed;
}

function fileOf(bed: ReplicaBed, broker: number): unknown {
  return bed.brokers[broker]!.disk.files.get(bed.definition.partition(0).name);
}

describe('a broker that is no replica any more', () => {
  it('deletes its log, and sends whoever waits or asks to the leader', () => {
    const bed = settled();
    bed.produce(0, 3);
    bed.runMs(700);
    for (const follower of [1, 2]) bed.simulation.transport.block(follower, 0);
    const parkedProduce = bed.produce(0, 1);
    const parkedFetch = bed.consume(0, 3, 30_000);
    bed.runMs(20);
    expect([parkedProduce.response, parkedFetch.response]).toEqual([null, null]);

    move(bed, { replicas: [1, 2], isr: [1, 2], leader: 1 });
    bed.runMs(20);

    const elsewhere = { error: ErrorCode.NOT_LEADER_OR_FOLLOWER, leaderId: 1, leaderEpoch: 2 };
    expect(resultOf(parkedProduce)).toMatchObject(elsewhere);
    expect(fetchResultOf(parkedFetch)).toMatchObject(elsewhere);
    expect(bed.partition(0)).toMatchObject({ log: null, role: { kind: 'none' } });
    expect(fileOf(bed, 0)).toBeUndefined();
    expect(bed.brokers[0]!.disk.checkpoints.size).toBe(0);

    const late = bed.produce(0, 1);
    const lateFetch = bed.consume(0, 0);
    const unknown = bed.consume(0, 0, 500, { partition: 7 });
    bed.runMs(20);
    expect(resultOf(late)).toMatchObject(elsewhere);
    expect(fetchResultOf(lateFetch)).toMatchObject(elsewhere);
    expect(fetchResultOf(unknown).error).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });

  it('begins with nothing when it is a replica again, and catches up', () => {
    const bed = settled();
    bed.produce(0, 3);
    bed.runMs(700);
    move(bed, { replicas: [1, 2], isr: [1, 2], leader: 1 });
    bed.produce(1, 2);
    bed.runMs(700);
    bed.simulation.transport.block(1, 0);
    move(bed, { replicas: [1, 2, 0] });
    bed.runMs(1);
    expect(bed.partition(0)).toMatchObject({
      log: { logEndOffset: 0 },
      role: { kind: 'follower' },
    });

    bed.simulation.transport.unblock(1, 0);
    bed.runMs(40_000);
    expect(bed.values(0)).toEqual([0, 1, 2, 3, 4]);
    expect(bed.controller.registrations[0]!.isr).toEqual([1, 2, 0]);
  });

  it('drops a log that it finds when it starts, having been taken away meanwhile', () => {
    const bed = settled();
    bed.produce(0, 3);
    bed.runMs(700);
    bed.simulation.crash(bed.brokers[2]!);
    move(bed, { replicas: [0, 1], isr: [0, 1], leader: 0 });
    expect(fileOf(bed, 2)).toBeDefined();

    bed.simulation.start(bed.brokers[2]!);
    bed.runMs(50);
    expect(bed.partition(2).log).toBeNull();
    expect(fileOf(bed, 2)).toBeUndefined();
  });

  it('and fetches on for want of news is refused, and holds nobody back', () => {
    const bed = settled();
    bed.controller.deaf.add(2);
    move(bed, { replicas: [0, 1], isr: [0, 1] });
    bed.runMs(1000);
    const write = bed.produce(0, 1);
    bed.runMs(700);

    expect(bed.partition(2).role).toMatchObject({ kind: 'follower', status: 'delayed' });
    expect(resultOf(write).error).toBe(ErrorCode.NONE);
    expect([bed.offsets(0), bed.offsets(1), bed.offsets(2)]).toEqual(['1/1', '1/1', '0/0']);
  });
});

describe('a flush of a log that was deleted', () => {
  it('says nothing of the next log', () => {
    const bed = settled({ topicConfig: { 'flush.messages': 1 } });
    bed.brokers[1]!.disk.slowFactor = 100;
    bed.produce(0, 5, { acks: 1 });
    bed.runMs(30);
    expect(bed.partition(1).log).toMatchObject({ logEndOffset: 5, recoveryPoint: 0 });
    bed.simulation.transport.block(0, 1);
    move(bed, { replicas: [0, 2], isr: [0, 2], leader: 0 });
    move(bed, { replicas: [0, 2, 1], leader: 0 });
    bed.runMs(3000);

    expect(bed.partition(1).log).toMatchObject({ logEndOffset: 0, recoveryPoint: 0 });
    expect(fileOf(bed, 1)).toMatchObject({ flushedCount: 0, flushedBytes: 0 });
    bed.simulation.transport.unblock(0, 1);
    bed.runMs(40_000);
    expect(bed.partition(1).log).toMatchObject({ logEndOffset: 5, recoveryPoint: 5 });
  });
});
