/** Consumers against scripted brokers: where they begin, what they read, and how they follow leaders. */
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../errors.js';
import { RecordBatch } from '../records.js';
import {
  FetchRequest,
  Kind,
  ListOffsetsRequest,
  OffsetForLeaderEpochRequest,
} from '../rpc/index.js';
import { consumerPositions } from './subscription-state.js';
import { ClientLab, type LabOptions } from './testdata/client-lab.js';

type Config = Readonly<Record<string, string | number>>;
const EARLIEST: Config = { 'auto.offset.reset': 'earliest' };

/** Batches of `size` records, values counted up, at the partition's present epoch. */
function fill(lab: ClientLab, partition: number, records: number, size = 10): void {
  const log = lab.world.partitions[partition]!;
  for (let done = 0; done < records; done += size) {
    const values = Array.from({ length: size }, (_, index) => log.endOffset + index);
    const keys = values.map(() => -1);
    log.batches.push(
      new RecordBatch(log.endOffset, log.leaderEpoch, -1, -1, -1, values, keys, 100 * size, 0),
    );
    log.endOffset += size;
  }
}

function reader(
  config: Config = EARLIEST,
  more: Partial<LabOptions> = {},
  processingUs = 0,
): ClientLab {
  return new ClientLab({ partitions: 1, consumers: [{ config, processingUs }], ...more });
}

function offsets(lab: ClientLab): number[] {
  return lab.recorded.records.map(({ offset }) => offset);
}

function upTo(end: number, from = 0): number[] {
  return Array.from({ length: end - from }, (_, index) => from + index);
}

describe('reset (auto.offset.reset)', () => {
  it('earliest: reads from the log start', () => {
    const lab = reader();
    fill(lab, 0, 50);
    lab.start().runMs(1000);

    expect(offsets(lab)).toEqual(upTo(50));
    expect(lab.recorded.resets).toEqual([{ partition: 0, from: -1, to: 0, reason: 'initial' }]);
  });

  it('latest: reads what comes after', () => {
    const lab = reader({ 'auto.offset.reset': 'latest' });
    fill(lab, 0, 50);
    lab.start().runMs(1000);
    fill(lab, 0, 20);
    lab.runMs(2000);

    expect(offsets(lab)).toEqual(upTo(70, 50));
    expect(lab.recorded.resets).toEqual([{ partition: 0, from: -1, to: 50, reason: 'initial' }]);
  });

  it('out of range: resets by the policy', () => {
    const lab = reader();
    fill(lab, 0, 50);
    lab.start().runMs(1000);
    const log = lab.world.partitions[0]!;
    log.batches = log.batches.slice(0, 0);
    log.startOffset = 100;
    log.endOffset = 100;
    fill(lab, 0, 10);
    lab.runMs(3000);

    expect(offsets(lab)).toEqual([...upTo(50), ...upTo(110, 100)]);
    expect(lab.recorded.resets.at(-1)).toEqual({
      partition: 0,
      from: 50,
      to: 100,
      reason: 'out-of-range',
    });
  });

  it('none: stops reading a partition where it would have to reset', () => {
    const lab = reader({ 'auto.offset.reset': 'none' });
    fill(lab, 0, 50);
    lab.start().runMs(1000);
    lab.world.partitions[0]!.startOffset = 90;
    lab.world.partitions[0]!.endOffset = 90;
    lab.runMs(3000);
    const fetches = lab.world.requests(FetchRequest).length;
    lab.runMs(10_000);

    expect(offsets(lab)).toEqual(upTo(50));
    expect(lab.recorded.marks).toEqual(['consumer-stopped']);
    expect(lab.world.requests(FetchRequest)).toHaveLength(fetches);
  });

  it('is tried again where the leader cannot say yet', () => {
    const lab = reader();
    fill(lab, 0, 10);
    const error = ErrorCode.OFFSET_NOT_AVAILABLE;
    lab.world.rules.push({ kind: Kind.ListOffsetsRequest, does: { error }, times: 3 });
    lab.start().runMs(2000);

    expect(lab.world.requests(ListOffsetsRequest)).toHaveLength(4);
    expect(offsets(lab)).toEqual(upTo(10));
    expect(lab.recorded.errors).toEqual([error, error, error]);
  });
});

describe('polling', () => {
  it('max.poll.records: hands over so many at a time, and is busy with each', () => {
    const lab = reader({ ...EARLIEST, 'max.poll.records': 7 }, {}, 10_000);
    fill(lab, 0, 50);
    lab.start().runMs(5000);

    expect(offsets(lab)).toEqual(upTo(50));
    const polls = new Map<number, number>();
    for (const { atUs } of lab.recorded.records) polls.set(atUs, (polls.get(atUs) ?? 0) + 1);
    const times = [...polls.keys()];
    expect([...polls.values()]).toEqual([7, 7, 7, 7, 7, 7, 7, 1]);
    times.slice(1).forEach((atUs, index) => {
      expect(atUs - times[index]!).toBe(70_000);
    });
  });

  it('a busy application costs one timer for each poll, not for each record', () => {
    const lab = reader(EARLIEST, {}, 1000);
    fill(lab, 0, 5000);
    lab.start().runMs(20_000);

    expect(offsets(lab)).toHaveLength(5000);
    expect(lab.simulation.eventCount).toBeLessThan(400);
  });

  it('while there is nothing to read, one fetch is parked at each leader, and nothing else happens', () => {
    const lab = new ClientLab({ partitions: 30, consumers: [{ config: EARLIEST }] }).start();
    lab.runMs(10_000);
    const { eventCount } = lab.simulation;
    const served = lab.world.served.length;
    lab.runMs(60_000);

    // 3 leaders; a fetch waits 500 ms and travels 1 ms: the request, the end of its wait, the answer.
    const rounds = lab.world.served.length - served;
    expect(rounds).toBeGreaterThan(3 * 98);
    expect(rounds).toBeLessThanOrEqual(3 * 100);
    expect(lab.simulation.eventCount - eventCount).toBeLessThanOrEqual(3 * rounds + 5);
    const fetches = lab.world.requests(FetchRequest).slice(-20);
    expect(fetches.every(({ message }) => message.entries.length === 0)).toBe(true);
  });

  it('sees what is produced, in order and once, through sessions that name only what moved', () => {
    const lab = new ClientLab({
      partitions: 6,
      producers: [{ rate: 500, keys: 40, stopUs: 3_000_000 }],
      consumers: [{ config: EARLIEST }],
    });
    lab.start().runMs(6000);

    for (let partition = 0; partition < 6; partition++) {
      const read = lab.recorded.records.filter((record) => record.partition === partition);
      expect(read.map(({ value }) => value)).toEqual(lab.world.values(partition));
      expect(read.map(({ offset }) => offset)).toEqual(upTo(read.length));
    }
    const positions = consumerPositions(lab.consumerState());
    expect(positions.map(({ position }) => position)).toEqual(
      lab.world.partitions.map(({ endOffset }) => endOffset),
    );
    expect(positions.every(({ isFetching }) => isFetching)).toBe(true);
  });

  it.each([ErrorCode.FETCH_SESSION_ID_NOT_FOUND, ErrorCode.INVALID_FETCH_SESSION_EPOCH])(
    'error %d: opens another session and goes on',
    (error) => {
      const lab = reader();
      fill(lab, 0, 10);
      lab.start().runMs(1200);
      lab.world.rules.push({ kind: Kind.FetchRequest, does: { error }, times: 1 });
      lab.runMs(2500);
      fill(lab, 0, 10);
      lab.runMs(4000);

      expect(offsets(lab)).toEqual(upTo(20));
      const opened = lab.world
        .requests(FetchRequest)
        .filter(({ message }) => message.sessionEpoch === 0);
      expect(opened).toHaveLength(2);
    },
  );
});

describe('leaders', () => {
  it('a moved leader is followed at once where the old one names it, and the position validated', () => {
    const lab = reader();
    fill(lab, 0, 20);
    lab.start().runMs(1000);
    lab.world.moveLeader(0, 2);
    fill(lab, 0, 20);
    lab.runMs(2000);

    expect(offsets(lab)).toEqual(upTo(40));
    const validated = lab.world.requests(OffsetForLeaderEpochRequest);
    expect(validated).toMatchObject([
      { broker: 2, message: { leaderEpoch: 5, currentLeaderEpoch: 6 } },
    ]);
    expect(lab.recorded.resets).toHaveLength(1);
  });

  it('a log truncated by its new leader: the position moves to where the logs part (KIP-320)', () => {
    const lab = reader();
    fill(lab, 0, 50);
    lab.start().runMs(1000);
    lab.world.truncate(0, 30);
    lab.world.moveLeader(0, 3);
    fill(lab, 0, 40);
    lab.runMs(3000);

    expect(lab.recorded.resets.at(-1)).toEqual({
      partition: 0,
      from: 50,
      to: 30,
      reason: 'truncation',
    });
    expect(offsets(lab)).toEqual([...upTo(50), ...upTo(70, 30)]);
  });

  describe('consumerValidation=off (before 2.3, B05)', () => {
    /** The log is cut from 50 to 30 by a new leader, and then filled with more of another history. */
    function afterTruncation(rules: Partial<LabOptions>, refilled: number): ClientLab {
      const lab = reader(EARLIEST, rules);
      fill(lab, 0, 50);
      lab.start().runMs(1000);
      lab.world.truncate(0, 30);
      lab.world.moveLeader(0, 3);
      fill(lab, 0, refilled);
      lab.runMs(5000);
      return lab;
    }
    const off = { consumerValidation: 'off' };

    it.each([{ kafka: '2.0' as const }, { switches: off }])(
      'what was refilled below the position is never seen (%o)',
      (rules) => {
        const lab = afterTruncation(rules, 40);
        expect(lab.world.requests(OffsetForLeaderEpochRequest)).toEqual([]);
        expect(lab.recorded.resets).toHaveLength(1);
        expect(offsets(lab)).toEqual([...upTo(50), ...upTo(70, 50)]);
      },
    );

    it('a log that ends below the position is out of range, and the reset policy decides', () => {
      const lab = afterTruncation({ kafka: '2.0' }, 10);
      expect(lab.recorded.resets.at(-1)).toMatchObject({ from: 50, to: 0, reason: 'out-of-range' });
      expect(offsets(lab)).toEqual([...upTo(50), ...upTo(40)]);
    });

    it('nor does a consumer ask brokers whose answer names no epoch (epochReply=offsetOnly)', () => {
      const lab = afterTruncation({ switches: { epochReply: 'offsetOnly' } }, 40);
      expect(lab.world.requests(OffsetForLeaderEpochRequest)).toEqual([]);
    });

    it('2.3 validates, and its fetches carry the leader epoch', () => {
      const epochsOf = (rules: Partial<LabOptions>): Set<number> => {
        const lab = afterTruncation(rules, 40);
        const fetches = lab.world.requests(FetchRequest).flatMap(({ message }) => message.entries);
        return new Set(fetches.map(({ currentLeaderEpoch }) => currentLeaderEpoch));
      };
      const { leaderEpoch } = afterTruncation({}, 40).world.partitions[0]!;
      expect(afterTruncation({ kafka: '2.3' }, 40).recorded.resets.at(-1)?.reason).toBe(
        'truncation',
      );
      expect(epochsOf({ kafka: '2.3' })).toEqual(new Set([leaderEpoch - 1, leaderEpoch]));
      expect(epochsOf({ switches: { fetchEpochFencing: 'off' } })).toEqual(new Set([-1]));
    });
  });

  it('an error without a leader to go to is not repeated in a loop', () => {
    const lab = reader();
    fill(lab, 0, 10);
    lab.start().runMs(1000);
    lab.world.partitions[0]!.leader = -1;
    const { eventCount } = lab.simulation;
    lab.runMs(11_000);
    const whileNone = lab.simulation.eventCount - eventCount;
    lab.world.moveLeader(0, 2);
    fill(lab, 0, 10);
    lab.runMs(14_000);

    expect(whileNone).toBeLessThan(10 * 60);
    expect(offsets(lab)).toEqual(upTo(20));
  });

  it('a broker that dies and comes back is fetched from again', () => {
    const lab = reader();
    fill(lab, 0, 10);
    lab.start().runMs(1000);
    lab.simulation.crash(lab.brokers[0]!);
    lab.runMs(5000);
    lab.simulation.start(lab.brokers[0]!);
    fill(lab, 0, 10);
    lab.runMs(8000);

    expect(offsets(lab)).toEqual(upTo(20));
  });

  it('request.timeout.ms: a fetch without an answer breaks the connection, and is made again', () => {
    const lab = reader({ ...EARLIEST, 'request.timeout.ms': 2000 });
    fill(lab, 0, 10);
    lab.start().runMs(1200);
    lab.world.rules.push({ kind: Kind.FetchRequest, does: 'drop', times: 1 });
    lab.runMs(2000);
    fill(lab, 0, 10);
    lab.runMs(6000);

    expect(offsets(lab)).toEqual(upTo(20));
  });
});
