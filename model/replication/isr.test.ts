/** ISR changes: lag, eligibility, the controller's answers (R4, R5). */
import { describe, expect, it } from 'vitest';

import { ErrorCode } from '../errors.js';
import type { LeaderRole } from './index.js';
import { resultOf, ReplicaBed } from './testdata/replica-testbed.js';

const LAG = { 'replica.lag.time.max.ms': 4000 };

function leader(bed: ReplicaBed, broker = 0): LeaderRole {
  const { role } = bed.partition(broker);
  if (role.kind !== 'leader') throw new Error(`broker ${broker} does not lead`);
  return role;
}

/** Broker 2 is out of the ISR and paused at offset 1, the others at 3. */
function withoutBroker2(switches: Record<string, string> = {}): ReplicaBed {
  const bed = new ReplicaBed({ config: LAG, switches });
  bed.runMs(1200);
  bed.produce(0, 1);
  bed.runMs(600);
  bed.simulation.pause(bed.brokers[2]!);
  bed.produce(0, 2);
  bed.runMs(10_000);
  if (leader(bed).isr.length !== 2) throw new Error('broker 2 should be out');
  return bed;
}

describe('shrink', () => {
  it('removes a silent follower after lag to 1.5 lag, and the blocked acks=all completes', () => {
    const bed = new ReplicaBed({ config: LAG });
    bed.runMs(1200);
    bed.simulation.pause(bed.brokers[2]!);
    const sent = bed.produce(0, 1);
    bed.runMs(3900);
    expect(leader(bed).isr).toEqual([0, 1, 2]);
    bed.runMs(3000);
    expect(leader(bed).isr).toEqual([0, 1]);
    expect(resultOf(sent).error).toBe(ErrorCode.NONE);
    const tookMs = (sent.answeredAtUs - sent.sentAtUs) / 1000;
    expect(tookMs).toBeGreaterThan(3500);
    expect(tookMs).toBeLessThan(6500);
    expect(bed.watcher.isrAsked).toEqual(['b0 p0 [0 1]']);
  });

  it('leaves a silent follower in the ISR while there is nothing that it lacks', () => {
    const bed = new ReplicaBed({ config: LAG });
    bed.runMs(1200);
    bed.produce(0, 1);
    bed.runMs(700);
    bed.simulation.crash(bed.brokers[2]!);
    bed.runMs(60_000);
    expect(leader(bed).isr).toEqual([0, 1, 2]);
  });

  it('keeps a follower that fetches all the time and never has everything (R4, second clause)', () => {
    const bed = new ReplicaBed({ config: LAG });
    bed.runMs(1200);
    for (let at = 0; at < 20_000; at++) {
      bed.produce(0, 1, { acks: 0 });
      bed.runMs(0.6);
    }
    expect(leader(bed).isr).toEqual([0, 1, 2]);
  });

  it('counts from the wall clock: a jump of the leader’s clock makes followers late', () => {
    const bed = new ReplicaBed({ config: LAG });
    bed.runMs(1200);
    bed.simulation.pause(bed.brokers[2]!);
    bed.produce(0, 1);
    bed.runMs(100);
    bed.brokers[0]!.clock.offsetUs += 60_000_000;
    bed.runMs(2000);
    expect(leader(bed).isr).toEqual([0, 1]);
  });
});

describe('expand', () => {
  it('adds a follower again once it has reached the high watermark', () => {
    const bed = withoutBroker2();
    bed.simulation.resume(bed.brokers[2]!);
    bed.runMs(2000);
    expect(leader(bed).isr).toEqual([0, 1, 2]);
    expect(bed.offsets(2)).toBe('3/3');
  });

  it('maximal ISR: a follower that is being added holds the high watermark back (KIP-497, B07)', () => {
    const afterProduce = (switches: Record<string, string>): string => {
      const bed = withoutBroker2(switches);
      bed.controller.holdsIsrChanges = true;
      bed.simulation.resume(bed.brokers[2]!);
      bed.runMs(2000);
      expect(leader(bed).pending?.kind).toBe('expand');
      // Only membership may count, not being caught up: the lag window has passed.
      bed.simulation.pause(bed.brokers[2]!);
      bed.runMs(6000);
      bed.produce(0, 1);
      bed.brokers[0]!.clock.offsetUs += 60_000_000;
      bed.runMs(20);
      return bed.offsets(0);
    };
    expect(afterProduce({})).toBe('4/3');
    expect(afterProduce({ hwSet: 'committedIsr' })).toBe('4/4');
  });

  it('asks for nobody who is fenced or shutting down (KIP-841), or whose epoch is not the registered one (KIP-903)', () => {
    const asked = (
      prepare: (bed: ReplicaBed) => void,
      switches: Record<string, string> = {},
    ): boolean => {
      const bed = withoutBroker2(switches);
      bed.controller.holdsIsrChanges = true;
      bed.watcher.isrAsked.length = 0;
      prepare(bed);
      bed.simulation.resume(bed.brokers[2]!);
      bed.runMs(3000);
      return bed.watcher.isrAsked.length > 0;
    };
    const fence = (bed: ReplicaBed): unknown => bed.controller.brokers.fenced.add(2);
    const leave = (bed: ReplicaBed): unknown => bed.controller.brokers.shuttingDown.add(2);
    const reboot = (bed: ReplicaBed): unknown => (bed.controller.brokers.epochs[2] = 9);
    expect([fence, leave, reboot].map((prepare) => asked(prepare))).toEqual([false, false, false]);
    const both = { isrEligibility: 'off', isrBrokerEpoch: 'off' };
    expect(asked(leave, { isrEligibility: 'off' })).toBe(true);
    expect(asked(fence, both)).toBe(true);
    expect(asked(reboot, { isrBrokerEpoch: 'off' })).toBe(true);
  });

  it('a partition that is idle joins all the same: eligibility is looked at with every fetch', () => {
    const bed = withoutBroker2();
    bed.controller.brokers.fenced.add(2);
    bed.simulation.resume(bed.brokers[2]!);
    bed.runMs(5000);
    expect(leader(bed).isr).toEqual([0, 1]);
    bed.controller.brokers.fenced.delete(2);
    bed.runMs(600);
    expect(leader(bed).isr).toEqual([0, 1, 2]);
  });

  it('only at or past the start of the leader’s epoch (KAFKA-7128, B06; switch isrJoin)', () => {
    const joined = (switches: Record<string, string>): boolean => {
      const bed = new ReplicaBed({ config: LAG, switches });
      bed.runMs(1200);
      bed.simulation.transport.block(0, 2);
      bed.produce(0, 5, { acks: 1 });
      // Broker 1 has all records and a high watermark of 0; broker 2 is out of the ISR and has none.
      bed.runMs(4);
      bed.simulation.pause(bed.brokers[0]!);
      bed.controller.holdsIsrChanges = true;
      bed.elect(1, [0, 1]);
      expect([bed.offsets(1), bed.offsets(2)]).toEqual(['5/0', '0/0']);
      bed.runMs(2);
      return bed.watcher.isrAsked.length > 0;
    };
    expect(joined({})).toBe(false);
    expect(joined({ isrJoin: 'hwOnly' })).toBe(true);
  });
});

describe('the controller’s answer (handleAlterPartitionError)', () => {
  const answer = (error: number): ReplicaBed => {
    const bed = withoutBroker2();
    bed.controller.holdsIsrChanges = true;
    bed.simulation.resume(bed.brokers[2]!);
    bed.runMs(1500);
    expect(leader(bed).pending?.kind).toBe('expand');
    bed.simulation.pause(bed.brokers[2]!);
    bed.controller.held.length = 0;
    bed.answerIsr(0, {
      partition: 0,
      error,
      leaderId: 0,
      leaderEpoch: 1,
      isr: [0, 1],
      partitionEpoch: 1,
      leaderRecoveryState: 'RECOVERED',
    });
    return bed;
  };

  it('INELIGIBLE_REPLICA and a local refusal revert the change, and the next fetch asks again', () => {
    const bed = answer(ErrorCode.INELIGIBLE_REPLICA);
    expect(leader(bed).pending).toBeNull();
    expect(bed.watcher.marks).toContain('isr-change-reverted');
    bed.simulation.resume(bed.brokers[2]!);
    bed.runMs(700);
    expect(leader(bed).pending?.kind).toBe('expand');
  });

  it('being overtaken leaves it pending until metadata come', () => {
    for (const error of [
      ErrorCode.INVALID_UPDATE_VERSION,
      ErrorCode.FENCED_LEADER_EPOCH,
      ErrorCode.INVALID_REQUEST,
      ErrorCode.NEW_LEADER_ELECTED,
    ]) {
      const bed = answer(error);
      expect(leader(bed).pending?.kind).toBe('expand');
      bed.runMs(20_000);
      expect(bed.controller.held).toEqual([]);
      bed.publish();
      expect(leader(bed).pending).toBeNull();
      expect(bed.watcher.marks).toContain('pending-isr-change-wiped');
    }
  });

  it('metadata of the same partition epoch wipe a pending expansion, and with it the new member from the high watermark', () => {
    const highWatermarkAfter = (switches: Record<string, string>): number => {
      const bed = withoutBroker2(switches);
      bed.controller.holdsIsrChanges = true;
      bed.simulation.resume(bed.brokers[2]!);
      bed.runMs(1500);
      expect(leader(bed).pending?.kind).toBe('expand');
      bed.simulation.pause(bed.brokers[2]!);
      // Broker 2 counts as caught up for a while by itself.
      bed.runMs(5000);
      bed.publish();
      bed.produce(0, 1);
      bed.runMs(700);
      return bed.partition(0).log!.highWatermark;
    };

    expect(highWatermarkAfter({})).toBe(4);
    expect(highWatermarkAfter({ isrPendingChange: 'keptAtSameEpoch' })).toBe(3);
  });

  it('any other error has it sent again', () => {
    const bed = answer(ErrorCode.NOT_CONTROLLER);
    expect(leader(bed).pending?.kind).toBe('expand');
    expect(bed.controller.held).toHaveLength(1);
    bed.decideHeld();
    expect(leader(bed).isr).toEqual([0, 1, 2]);
  });

  it('OPERATION_NOT_ATTEMPTED reverts only the change that was refused', () => {
    const bed = withoutBroker2();
    bed.controller.holdsIsrChanges = true;
    bed.simulation.resume(bed.brokers[2]!);
    bed.runMs(1500);
    // The record of the shrink comes again, at the same partition epoch: it wipes the pending expansion (R5).
    bed.publish();
    expect(leader(bed).pending).toBeNull();
    bed.runMs(700);
    expect(bed.controller.held).toHaveLength(2);
    const [first] = bed.controller.held;
    bed.answerIsr(0, {
      ...bed.controller.decide(0, { ...first!.entry, leaderEpoch: 0 }),
      error: ErrorCode.OPERATION_NOT_ATTEMPTED,
    });
    expect(leader(bed).pending).toBeNull();
    // The answer to the first, whose state is gone, changes nothing; the metadata do.
    bed.answerIsr(0, bed.controller.decide(0, first!.entry));
    expect(leader(bed).isr).toEqual([0, 1]);
    bed.publish();
    expect(leader(bed).isr).toEqual([0, 1, 2]);
  });

  it('a change of an older leadership is not heard by the next one', () => {
    const bed = withoutBroker2();
    bed.controller.holdsIsrChanges = true;
    bed.simulation.resume(bed.brokers[2]!);
    bed.runMs(1500);
    bed.elect(1, [0, 1]);
    bed.decideHeld();
    bed.runMs(50);
    expect(bed.partition(0).role.kind).toBe('follower');
    expect(leader(bed, 1).epochStartOffset).toBe(3);
    expect(bed.controller.registrations[0]!.leader).toBe(1);
  });
});

describe('reboots (KIP-903, KAFKA-15221)', () => {
  it('a fetch of an older incarnation records no progress', () => {
    const bed = new ReplicaBed();
    bed.runMs(1200);
    bed.controller.brokers.epochs[2] = 9;
    bed.produce(0, 1);
    bed.runMs(50);
    expect(bed.watcher.marks).toContain('fetch-of-old-incarnation');
    expect(bed.offsets(0)).toBe('1/0');
  });
});
