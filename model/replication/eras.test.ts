/**
 * Rules of older versions, each with the bug that it was and the version that has it no more.
 *
 * Every story is played with the whole preset of a version, so that a switch without its history would be noticed.
 */
import { describe, expect, it } from 'vitest';

import { ErrorCode } from '../errors.js';
import { Kind } from '../rpc/index.js';
import { defaultMetadata, type KafkaVersion } from '../versions.js';
import { applyStopReplica } from './index.js';
import type { FollowerRole, LeaderRole, ReplicaManagerState } from './index.js';
import type { BedOptions } from './testdata/bed-definition.js';
import { ReplicaBed, resultOf } from './testdata/replica-testbed.js';

function bedOf(kafka: KafkaVersion, options: BedOptions = {}): ReplicaBed {
  const bed = new ReplicaBed({ kafka, metadata: defaultMetadata(kafka), ...options });
  bed.runMs(1200);
  return bed;
}

/** A broker dies, and its controller knows: another one leads, or the ISR is smaller. */
function lose(bed: ReplicaBed, broker: number, leader: number, isr: readonly number[]): void {
  bed.simulation.crash(bed.brokers[broker]!);
  bed.controller.brokers.fenced.add(broker);
  bed.elect(leader, isr);
}

function restart(bed: ReplicaBed, broker: number): void {
  bed.controller.brokers.fenced.delete(broker);
  bed.simulation.start(bed.brokers[broker]!);
}

describe('truncate=hw: followers cut their logs to their high watermarks (E0)', () => {
  /** B01: the leader dies, its successor dies while the last replica has just cut its log. */
  function keptOfTwo(kafka: KafkaVersion): number[] {
    const bed = bedOf(kafka, { topicConfig: { 'min.insync.replicas': 2 } });
    bed.produce(0, 1);
    bed.runMs(700);
    const second = bed.produce(0, 1);
    bed.runMs(4);
    expect(resultOf(second).error).toBe(ErrorCode.NONE);
    expect([bed.offsets(1), bed.offsets(2)]).toEqual(['2/1', '2/1']);

    lose(bed, 0, 2, [1, 2]);
    bed.runMs(0.2);
    lose(bed, 2, 1, [1]);
    bed.runMs(100);

    restart(bed, 0);
    restart(bed, 2);
    bed.runMs(5000);
    expect(bed.values(0)).toEqual(bed.values(1));
    expect(bed.values(2)).toEqual(bed.values(1));
    return bed.values(1);
  }

  it('B01: an acknowledged record is lost though every log is kept', () => {
    expect(keptOfTwo('0.10')).toEqual([0]);
  });

  it.each(['0.11', '1.1', '2.0', '2.3', '2.6', '2.8', '4.1'] as const)(
    'B01 is mended in %s',
    (kafka) => {
      expect(keptOfTwo(kafka)).toEqual([0, 1]);
    },
  );

  /**
   * B02: a whole ISR loses power; one replica leads with what it has left, and appends where the other has more. Returns
   * how often logs parted, where the leader had something left (and so its epoch), and where it had nothing.
   */
  function divergencesAfterPowerLoss(kafka: KafkaVersion): [number, number] {
    const divergences: [number, number] = [0, 0];
    for (let seed = 0; seed < 30; seed++) {
      const bed = bedOf(kafka, {
        seed: String(seed),
        brokers: 2,
        topicConfig: { 'unclean.leader.election.enable': true },
      });
      for (let at = 0; at < 6; at++) bed.produce(0, 1);
      bed.runMs(6000);
      for (const host of bed.brokers) bed.simulation.losePower(host);
      bed.controller.brokers.fenced.add(0);
      bed.elect(1, [1]);
      restart(bed, 1);
      const isEmptied = bed.values(1).length === 0;
      for (let at = 0; at < 6; at++) bed.produce(1, 1, { acks: 1 });
      bed.runMs(700);
      restart(bed, 0);
      bed.runMs(5000);
      if (bed.divergence(0, 1) !== null) divergences[isEmptied ? 1 : 0]++;
    }
    return divergences;
  }

  it('B02: logs part for good below both high watermarks, and do not from 0.11 on', () => {
    expect(divergencesAfterPowerLoss('0.10')[0]).toBeGreaterThan(3);
    for (const kafka of ['0.11', '2.0', '2.3', '2.8'] as const) {
      expect(divergencesAfterPowerLoss(kafka)[0], kafka).toBe(0);
    }
  });

  it('epochLookup=undefined: until 2.0 they part under a leader that knows no epoch of the follower’s log', () => {
    for (const kafka of ['0.11', '2.0'] as const) {
      expect(divergencesAfterPowerLoss(kafka)[1], kafka).toBeGreaterThan(0);
    }
    expect(divergencesAfterPowerLoss('2.3')[1]).toBe(0);
  });
});

describe('truncation=off', () => {
  it.each(['0.10', '1.1', '2.3', '2.8', '4.1'] as const)('never cuts, in %s either', (kafka) => {
    const truncations = (switches: Record<string, string>): string[] => {
      const bed = bedOf(kafka, { brokers: 2, switches });
      bed.simulation.transport.block(0, 1);
      bed.produce(0, 2, { acks: 1 });
      bed.runMs(5);
      bed.elect(1, [0, 1]);
      bed.simulation.transport.unblock(0, 1);
      bed.produce(1, 1, { acks: 1 });
      bed.runMs(5000);
      return bed.watcher.truncations;
    };
    expect(truncations({})).toEqual(['b0 p0 2->0']);
    expect(truncations({ truncation: 'off' })).toEqual([]);
  });
});

describe('epochReply=offsetOnly: the answer does not say of which epoch it is (E1)', () => {
  /** B03: two elections while a follower is away; it has an epoch that its leader never had. */
  function partAfterQuickFailover(kafka: KafkaVersion): string | null {
    const bed = bedOf(kafka, { brokers: 2 });
    bed.produce(0, 3);
    bed.runMs(700);
    bed.simulation.transport.block(0, 1);
    bed.produce(0, 2, { acks: 1 });
    bed.runMs(5);
    expect([bed.values(0).length, bed.values(1).length]).toEqual([5, 3]);

    bed.controller.deaf.add(0);
    bed.elect(1, [0, 1]);
    bed.produce(1, 4, { acks: 1 });
    bed.runMs(5);
    bed.controller.deaf.delete(0);
    lose(bed, 1, 0, [0]);
    bed.simulation.transport.unblock(0, 1);
    bed.produce(0, 3, { acks: 1 });
    bed.runMs(700);

    restart(bed, 1);
    bed.runMs(5000);
    expect(bed.offsets(0)).toBe('8/8');
    return bed.divergence(0, 1);
  }

  it.each(['0.11', '1.1'] as const)('B03: logs part for good in %s', (kafka) => {
    expect(partAfterQuickFailover(kafka)).toBe('b0 and b1 differ at 3');
  });

  it.each(['2.0', '2.3', '2.6', '2.8', '4.1'] as const)('B03 is mended in %s', (kafka) => {
    expect(partAfterQuickFailover(kafka)).toBeNull();
  });
});

describe('fetchEpochFencing=off: fetches carry no leader epoch (E2)', () => {
  /** B04: a follower that hears of no controller misses two elections, and goes on at its old offset. */
  function zombie(kafka: KafkaVersion): ReplicaBed {
    const bed = bedOf(kafka);
    bed.produce(0, 4);
    bed.runMs(700);
    bed.simulation.transport.block(0, 2);
    bed.produce(0, 1, { acks: 1 });
    bed.runMs(5);
    expect([bed.values(1).length, bed.values(2).length]).toEqual([5, 4]);

    bed.controller.deaf.add(1);
    bed.elect(2, [0, 2]);
    bed.simulation.transport.unblock(0, 2);
    bed.produce(2, 1, { acks: 1 });
    bed.runMs(100);
    expect(bed.values(0)).toEqual(bed.values(2));

    bed.elect(0, [0, 2]);
    bed.produce(0, 1, { acks: 1 });
    bed.runMs(5000);
    return bed;
  }

  it.each(['1.1', '2.0'] as const)(
    'B04: a zombie appends to a log that is another one in %s',
    (kafka) => {
      const bed = zombie(kafka);
      expect(bed.divergence(0, 1)).toBe('b0 and b1 differ at 4');
      expect(bed.controller.registrations[0]!.isr).toContain(1);
    },
  );

  it.each(['2.3', '2.6', '2.8', '4.1'] as const)('B04: it is fenced in %s', (kafka) => {
    const bed = zombie(kafka);
    expect(bed.divergence(0, 1)).toBeNull();
    expect(bed.watcher.marks).toContain('fetcher-partition-failed');
    expect(bed.controller.registrations[0]!.isr).not.toContain(1);
  });
});

describe('reelectedLeader: a leader that missed another one', () => {
  /** Broker 0 leads again, not having heard that broker 1 led between and that broker 2 has cut its log for it. */
  function highWatermarkAfter(kafka: KafkaVersion, switches: Record<string, string>): number {
    const bed = bedOf(kafka, { switches });
    bed.produce(0, 1);
    bed.runMs(700);
    bed.simulation.transport.block(0, 1);
    bed.produce(0, 1, { acks: 1 });
    bed.runMs(50);
    expect([bed.offsets(0), bed.offsets(1), bed.offsets(2)]).toEqual(['2/1', '1/1', '2/1']);

    bed.controller.deaf.add(0);
    bed.elect(1, [0, 1, 2]);
    bed.runMs(100);
    expect(bed.values(2)).toEqual(bed.values(1));

    bed.controller.deaf.delete(0);
    bed.elect(0, [0, 2]);
    expect(bed.watcher.marks.includes('leader-epochs-missed')).toBe(
      switches['reelectedLeader'] === undefined,
    );
    return bed.partition(0).log!.highWatermark;
  }

  it.each(['2.3', '4.1'] as const)(
    'counts what followers had before, in %s: the high watermark passes what nobody else has',
    (kafka) => {
      expect(highWatermarkAfter(kafka, {})).toBe(2);
      expect(highWatermarkAfter(kafka, { reelectedLeader: 'forgetsAfterGap' })).toBe(1);
    },
  );
});

describe('followerRestart, leaderEpochStart', () => {
  it('until 2.0 a follower goes on under a new epoch of its leader; from 2.1 on it starts over', () => {
    const isSame = (kafka: KafkaVersion): boolean => {
      const bed = bedOf(kafka);
      const before = bed.partition(1).role;
      bed.elect(0, [0, 1, 2]);
      bed.produce(0, 1);
      bed.runMs(2000);
      expect(bed.partition(1)).toMatchObject({ leaderEpoch: 2 });
      expect(bed.values(1)).toEqual([0]);
      return bed.partition(1).role === before;
    };
    expect((['0.10', '1.1', '2.0', '2.3', '2.8'] as const).map(isSame)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('until 2.0.0 an epoch begins with its first record', () => {
    const epochsOf = (kafka: KafkaVersion): number[] => {
      const bed = bedOf(kafka);
      bed.produce(0, 1);
      bed.runMs(20);
      bed.elect(0, [0, 1, 2]);
      return bed.partition(0).log!.epochs.epochs;
    };
    expect(epochsOf('2.0')).toEqual([1]);
    expect(epochsOf('2.3')).toEqual([1, 2]);
  });

  it('a follower without records asks for nothing, and fetches', () => {
    const bed = bedOf('2.3');
    const asked: string[] = [];
    bed.simulation.watcher = {
      hostChanged: () => undefined,
      messageDelivered: (_from, _to, message) => {
        if (message.kind === Kind.OffsetForLeaderEpochRequest) asked.push(message.describe());
      },
    };
    bed.elect(0, [0, 1, 2]);
    bed.runMs(700);
    expect(asked).toEqual([]);
    expect((bed.partition(1).role as FollowerRole).status).toBe('fetching');
    bed.produce(0, 1);
    bed.runMs(700);
    bed.elect(0, [0, 1, 2]);
    bed.runMs(700);
    expect(asked).toEqual(['OffsetForLeaderEpoch 0 epoch=2', 'OffsetForLeaderEpoch 0 epoch=2']);
  });

  it('a leader that does not answer is asked again after the backoff', () => {
    const bed = bedOf('2.3', { config: { 'replica.socket.timeout.ms': 1000 } });
    bed.produce(0, 2);
    bed.runMs(700);
    bed.simulation.transport.block(0, 1);
    bed.elect(0, [0, 1, 2]);
    bed.runMs(1500);
    expect((bed.partition(1).role as FollowerRole).status).toBe('delayed');
    bed.simulation.transport.unblock(0, 1);
    bed.runMs(15_000);
    bed.produce(0, 1);
    bed.runMs(20);
    expect(bed.values(1)).toEqual([0, 1, 2]);
  });
});

describe('fetchedEpochCheck (KAFKA-18723)', () => {
  /** Replies with records that reach a follower, of which the first is older than its leader's epoch. */
  function repliesNeeded(kafka: KafkaVersion): number {
    const bed = bedOf(kafka);
    let replies = 0;
    bed.simulation.watcher = {
      hostChanged: () => undefined,
      messageDelivered: (_from, to, message) => {
        if (message.kind !== Kind.FetchResponse || to.index !== 1) return;
        if (message.describe().includes('0:1 ')) replies++;
      },
    };
    bed.produce(0, 1);
    bed.runMs(1.7);
    expect([bed.values(0).length, bed.values(1).length]).toEqual([1, 0]);
    bed.elect(0, [0, 1, 2]);
    bed.runMs(3000);
    expect(bed.values(1)).toEqual([0]);
    return replies;
  }

  it('until 3.7 and in 4.0.0 a reply from before an election counts; in 2.3 it comes while the log is cut', () => {
    expect(repliesNeeded('2.3')).toBe(2);
    expect(repliesNeeded('3.6')).toBe(1);
    expect(repliesNeeded('3.9')).toBe(2);
    expect(repliesNeeded('4.0')).toBe(1);
    expect(repliesNeeded('4.1')).toBe(2);
  });
});

describe('followerOutOfRange, latestOffset, minIsrCap', () => {
  /** A leader without records is elected; the one before has three below its high watermark. */
  function afterEmptyLeader(kafka: KafkaVersion, unclean: boolean): ReplicaBed {
    const bed = bedOf(kafka, {
      brokers: 2,
      topicConfig: { 'unclean.leader.election.enable': unclean },
    });
    bed.simulation.transport.block(0, 1);
    bed.elect(0, [0]);
    bed.produce(0, 3, { acks: 1 });
    bed.runMs(5);
    expect(bed.offsets(0)).toBe('3/3');
    bed.elect(1, [1]);
    bed.simulation.transport.unblock(0, 1);
    bed.runMs(3000);
    return bed;
  }

  it('until 2.0 a broker whose log goes on past its leader’s ends, unless unclean elections are on', () => {
    for (const kafka of ['0.10', '2.0'] as const) {
      const bed = afterEmptyLeader(kafka, false);
      expect(bed.replicas(0).failed).toBe(true);
      expect(bed.values(0)).toHaveLength(3);
      expect(bed.watcher.marks).toContain('follower-halted');
    }
    expect(afterEmptyLeader('2.0', true).values(0)).toEqual([]);
    const mended = afterEmptyLeader('2.3', false);
    expect(mended.replicas(0).failed).toBe(false);
    expect(mended.values(0)).toEqual([]);
  });

  it('until 2.1 a new leader gives its high watermark for the latest offset, however old (KIP-207)', () => {
    const latest = (kafka: KafkaVersion): [number, number] => {
      const bed = bedOf(kafka);
      bed.produce(0, 2);
      bed.runMs(3);
      bed.controller.deaf.add(2);
      lose(bed, 0, 1, [1, 2]);
      expect(bed.offsets(1)).toBe('2/0');
      const answer = bed.latestOffset(1);
      bed.runMs(20);
      return answer();
    };
    expect(latest('2.0')).toEqual([ErrorCode.NONE, 0]);
    expect(latest('2.3')).toEqual([ErrorCode.OFFSET_NOT_AVAILABLE, -1]);
  });

  it('until 3.6 min.insync.replicas counts though there are fewer replicas (KAFKA-15583)', () => {
    const answer = (kafka: KafkaVersion): number => {
      const bed = bedOf(kafka, { brokers: 2, topicConfig: { 'min.insync.replicas': 3 } });
      const sent = bed.produce(0, 1);
      bed.runMs(700);
      return resultOf(sent).error;
    };
    expect(answer('3.6')).toBe(ErrorCode.NOT_ENOUGH_REPLICAS);
    expect(answer('3.9')).toBe(ErrorCode.NONE);
  });
});

describe('isrUpdate=compareAndSet: leaders write the ISR to ZooKeeper (E0 to E3)', () => {
  /** Follower 2 stands still, and the leader of a cluster of 2.3 wants it out of the ISR. */
  function shrinking(): ReplicaBed {
    const bed = bedOf('2.3', { config: { 'replica.lag.time.max.ms': 2000 } });
    bed.simulation.pause(bed.brokers[2]!);
    bed.controller.holdsIsrChanges = true;
    bed.produce(0, 1);
    for (let at = 0; at < 60 && bed.controller.held.length === 0; at++) bed.runMs(100);
    expect(bed.watcher.isrAsked).toEqual(['b0 p0 [0 1]']);
    return bed;
  }

  it('while the write is under way the high watermark stands still; then the ISR is the new one', () => {
    const bed = shrinking();
    const sent = bed.produce(0, 1);
    bed.runMs(1000);
    expect(bed.offsets(0)).toBe('2/0');
    expect((bed.partition(0).role as LeaderRole).isr).toEqual([0, 1, 2]);

    bed.decideHeld();
    expect((bed.partition(0).role as LeaderRole).isr).toEqual([0, 1]);
    expect(bed.partition(0).partitionEpoch).toBe(bed.controller.registrations[0]!.partitionEpoch);
    // The follower's fetch waited for the write: only now it has the record, and asks for more.
    bed.runMs(20);
    expect(bed.offsets(0)).toBe('2/2');
    expect(resultOf(sent).error).toBe(ErrorCode.NONE);
  });

  it('an expansion holds the high watermark, too, and then counts', () => {
    const bed = bedOf('2.3');
    lose(bed, 2, 0, [0, 1]);
    bed.controller.holdsIsrChanges = true;
    restart(bed, 2);
    bed.runMs(2000);
    expect(bed.watcher.isrAsked).toEqual(['b0 p0 [0 1 2]']);
    bed.produce(0, 1);
    bed.runMs(20);
    expect(bed.offsets(0)).toBe('1/0');
    bed.controller.holdsIsrChanges = false;
    bed.decideHeld();
    bed.runMs(20);
    expect(bed.offsets(0)).toBe('1/1');
    expect(bed.controller.registrations[0]!.isr).toEqual([0, 1, 2]);
  });

  it('who joins has no answer to the fetch with which it joins before it has joined', () => {
    const bed = bedOf('2.3');
    lose(bed, 2, 0, [0, 1]);
    bed.controller.holdsIsrChanges = true;
    restart(bed, 2);
    bed.runMs(2000);
    bed.produce(0, 1);
    bed.runMs(2000);
    expect(bed.offsets(2)).toBe('0/0');
    expect(bed.offsets(0)).toBe('1/0');
    bed.controller.holdsIsrChanges = false;
    bed.decideHeld();
    bed.runMs(600);
    expect(bed.offsets(2)).toBe('1/1');
  });

  it('a conflict leaves the ISR as it was, lets the high watermark go on, and is tried again', () => {
    const bed = shrinking();
    const { controller } = bed;
    // The controller has written something that this leader never hears of.
    controller.replace(controller.registrations[0]!, { leader: 0 });
    controller.deaf.add(0);
    bed.simulation.resume(bed.brokers[2]!);
    const sent = bed.produce(0, 1);
    bed.runMs(1000);
    expect(bed.offsets(0)).toBe('2/0');

    bed.decideHeld();
    expect(bed.watcher.marks).toContain('isr-update-conflict');
    expect((bed.partition(0).role as LeaderRole).isr).toEqual([0, 1, 2]);
    bed.runMs(20);
    expect(bed.offsets(0)).toBe('2/2');
    expect(resultOf(sent).error).toBe(ErrorCode.NONE);

    bed.simulation.pause(bed.brokers[2]!);
    bed.produce(0, 1);
    bed.runMs(5000);
    expect(bed.watcher.isrAsked.length).toBeGreaterThan(1);
    bed.decideHeld();
    expect(bed.watcher.marks.filter((mark) => mark === 'isr-update-conflict')).toHaveLength(2);
  });

  it('an answer to an earlier leadership changes nothing', () => {
    const bed = shrinking();
    const [{ broker, entry }] = bed.controller.held.splice(0) as [(typeof bed.controller.held)[0]];
    bed.elect(0, [0, 1, 2]);
    const { partitionEpoch } = bed.partition(0);
    bed.answerWrite(broker, entry, 99);
    expect((bed.partition(0).role as LeaderRole).isr).toEqual([0, 1, 2]);
    expect(bed.partition(0).partitionEpoch).toBe(partitionEpoch);
  });
});

describe('LeaderAndIsr and StopReplica', () => {
  function stop(bed: ReplicaBed, leaderEpoch: number, deletePartition = false): number {
    let error = -1;
    bed.simulation.act(bed.brokers[1]!, (state, context) => {
      const replicas = state as ReplicaManagerState;
      const stopped = [{ partition: 0, leaderEpoch, deletePartition }];
      error = applyStopReplica(bed.definition, replicas, stopped, context)[0]!.error;
    });
    return error;
  }

  it('a state counts by its leader epoch alone, and only on a replica', () => {
    const bed = bedOf('2.3');
    const { controller } = bed;
    const [first] = controller.registrations;
    const stale = [{ partition: 0, error: ErrorCode.STALE_CONTROLLER_EPOCH }];
    expect(bed.tell(1, first!)).toEqual(stale);
    // The ISR alone has changed: whoever has the leader epoch already does not hear of it.
    expect(bed.tell(1, controller.replace(first!, { isr: [0, 1] }))).toEqual(stale);
    const next = controller.replace(first!, { leader: 0, replicas: [0, 2] });
    expect(bed.tell(1, next)).toEqual([
      { partition: 0, error: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
    ]);
    expect(bed.partition(1).leaderEpoch).toBe(1);
    expect(bed.tell(0, next)).toEqual([{ partition: 0, error: ErrorCode.NONE }]);
    expect(bed.partition(0).leaderEpoch).toBe(2);
  });

  it('a leader whose successor is none, or not known to be alive, goes on leading in its epoch', () => {
    const bed = bedOf('2.3');
    bed.elect(-1, [0]);
    expect(bed.partition(0)).toMatchObject({ leaderId: 0, leaderEpoch: 1 });
    bed.controller.brokers.fenced.add(2);
    bed.elect(2, [2]);
    expect(bed.partition(0).role.kind).toBe('leader');
    expect(bed.partition(1)).toMatchObject({ leaderId: 0, leaderEpoch: 1 });
    expect(bed.watcher.marks).toContain('no-leader-to-follow');
    bed.produce(0, 1, { acks: 1 });
    bed.runMs(20);
    expect(bed.values(1)).toEqual([0]);
  });

  it('a broker that shuts down follows nobody any more', () => {
    const bed = bedOf('2.3');
    bed.replicas(1).isInControlledShutdown = true;
    bed.elect(0, [0, 1, 2]);
    bed.produce(0, 1, { acks: 1 });
    bed.runMs(700);
    expect(bed.partition(1).leaderEpoch).toBe(2);
    expect(bed.values(1)).toEqual([]);
  });

  it('StopReplica: until 3.3 the replica’s own leader epoch is refused; -1 and -2 are not checked', () => {
    const older = bedOf('2.6');
    older.elect(0, [0, 1, 2]);
    expect(stop(older, 1)).toBe(ErrorCode.FENCED_LEADER_EPOCH);
    expect(stop(older, 2)).toBe(ErrorCode.FENCED_LEADER_EPOCH);
    expect((older.partition(1).role as FollowerRole).fetcher).toBe(0);
    expect(stop(older, -1)).toBe(ErrorCode.NONE);
    expect((older.partition(1).role as FollowerRole).fetcher).toBe(-1);
    expect(stop(older, -2, true)).toBe(ErrorCode.NONE);
    expect(older.partition(1).log).toBeNull();
    expect(stop(older, 0)).toBe(ErrorCode.NONE);

    const newer = bedOf('3.5', { metadata: 'zookeeper' });
    newer.elect(0, [0, 1, 2]);
    expect(stop(newer, 1)).toBe(ErrorCode.FENCED_LEADER_EPOCH);
    expect(stop(newer, 2)).toBe(ErrorCode.NONE);
    newer.produce(0, 1, { acks: 1 });
    newer.runMs(700);
    expect(newer.values(1)).toEqual([]);
  });
});
