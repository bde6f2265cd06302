/** Clients of older versions against scripted brokers: what they did otherwise, and that 4.1 does not. */
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../sim/index.js';
import type { KafkaVersion } from '../versions.js';
import { ErrorCode } from '../errors.js';
import { RecordBatch } from '../records.js';
import {
  FetchRequest,
  Kind,
  MetadataRequest,
  OffsetForLeaderEpochRequest,
  ProduceRequest,
} from '../rpc/index.js';
import { batchExpiresUs } from './batch-expiry.js';
import type { ClientMetadata } from './client-metadata.js';
import { roundRobinSlot, switchSlot } from './older-partitioners.js';
import { createBatch, type ProducerBatch } from './producer-batch.js';
import { planProducer, type ProducerPlan } from './producer-plan.js';
import { producerPending } from './producer-state.js';
import { createStickyPartitioner, type PartitionLoads } from './sticky-partitioner.js';
import { ClientLab, type LabOptions } from './testdata/client-lab.js';

const SECOND_US = 1_000_000;
const ALWAYS = 1_000_000;

/** One partition on one broker, and a producer of that version. */
function single(
  kafka: KafkaVersion,
  producer: NonNullable<LabOptions['producers']>[number],
): ClientLab {
  return new ClientLab({ kafka, brokers: 1, partitions: 1, producers: [producer] });
}

function pausesMs(lab: ClientLab): number[] {
  const times = lab.world.requests(ProduceRequest).map(({ atUs }) => atUs);
  return times.slice(1).map((atUs, index) => (atUs - times[index]!) / 1000);
}

function loadsOf(leaders: number[]): PartitionLoads {
  return {
    metadata: { leaders } as unknown as ClientMetadata,
    queues: leaders.map(() => []),
    isAdaptive: true,
    availabilityTimeoutUs: 0,
  };
}

describe('partitioner=roundRobin (DefaultPartitioner before KIP-480)', () => {
  it('takes partitions with a leader in turn, from a random one on', () => {
    const loads = loadsOf([0, -1, 1, 2]);
    const firsts = new Set<number>();
    for (let seed = 0; seed < 30; seed++) {
      const random = RandomStream.named(String(seed), 'partitioner');
      const partitioner = createStickyPartitioner(3);
      const slots = Array.from({ length: 7 }, () => roundRobinSlot(partitioner, loads, random));
      const rounds = [0, 2, 3, 0, 2, 3, 0, 2, 3];
      const start = rounds.indexOf(slots[0]!);
      expect(slots).toEqual(rounds.concat(rounds).slice(start, start + 7));
      firsts.add(slots[0]!);
    }
    expect([...firsts].sort((a, b) => a - b)).toEqual([0, 2, 3]);
  });

  it('takes all in turn where none has a leader, and goes on past the largest int', () => {
    const loads = loadsOf([-1, -1, -1]);
    const random = RandomStream.named('seed', 'partitioner');
    const partitioner = { ...createStickyPartitioner(3), counter: 0x7fffffff };
    const slots = Array.from({ length: 4 }, () => roundRobinSlot(partitioner, loads, random));
    expect(slots).toEqual([1, 0, 1, 2]);
  });

  it('a producer of 2.3 deals its records evenly, one by one', () => {
    const producers = [{ rate: 1200, stopUs: SECOND_US }];
    const lab = new ClientLab({ kafka: '2.3', partitions: 6, producers }).start().runMs(3000);

    const partitions = lab.recorded.invoked.map(({ partition }) => partition).slice(600);
    partitions.forEach((partition, index) => {
      expect(partition).toBe((partitions[0]! + index) % 6);
    });
    expect(lab.recorded.outcomes).toHaveLength(1200);
  });
});

describe('partitioner=sticky480 (KIP-480)', () => {
  it('goes to another partition with a leader, evenly', () => {
    const loads = loadsOf([0, 1, -1, 2]);
    const random = RandomStream.named('seed', 'partitioner');
    const partitioner = createStickyPartitioner(3);
    const counts = [0, 0, 0, 0];
    let before = -1;
    for (let draw = 0; draw < 3000; draw++) {
      const slot = switchSlot(partitioner, loads, random);
      expect(slot).not.toBe(before);
      before = slot;
      counts[slot]!++;
    }
    expect(counts[2]).toBe(0);
    for (const slot of [0, 1, 3]) expect(Math.abs(counts[slot]! - 1000)).toBeLessThan(100);
    // With one leader, or none, there is no other to go to.
    expect(switchSlot(partitioner, loadsOf([-1, 0]), random)).toBe(1);
    expect(switchSlot(partitioner, loadsOf([-1, 0]), random)).toBe(1);
  });

  it('switches with every batch, full or not', () => {
    const producers = [{ rate: 1000, stopUs: 2 * SECOND_US, config: { 'linger.ms': 10 } }];
    const lab = new ClientLab({ kafka: '2.6', partitions: 6, producers }).start().runMs(4000);

    const settled = lab.recorded.invoked.filter(({ atUs }) => atUs > SECOND_US);
    const runs = settled.filter(({ partition }, index) => {
      return partition !== settled[index - 1]?.partition;
    });
    const batches = lab.world.requests(ProduceRequest).filter(({ atUs }) => atUs > SECOND_US);
    expect(Math.abs(runs.length - batches.length)).toBeLessThan(5);
    expect(settled.length / runs.length).toBeGreaterThan(5);
    // 4.1 stays: none of these batches is nearly full.
    const newest = new ClientLab({ partitions: 6, producers }).start().runMs(4000);
    const slots = new Set(newest.recorded.invoked.slice(-100).map(({ partition }) => partition));
    expect(slots.size).toBe(1);
  });

  it('gives a slow broker more than its share (B28), which 4.1 does not', () => {
    const config = {
      'linger.ms': 0,
      'max.in.flight.requests.per.connection': 1,
      'batch.size': 100_000,
      acks: 'all',
    };
    const shareOfSlow = (kafka: KafkaVersion): number => {
      const producers = [{ rate: 2000, stopUs: 4 * SECOND_US, config }];
      const lab = new ClientLab({ kafka, partitions: 3, producers });
      lab.world.slowBrokers.set(1, 200_000);
      lab.start().runMs(20_000);
      const slow = lab.world.partitions.flatMap(({ leader }, index) => {
        return leader === 1 ? lab.world.values(index) : [];
      });
      return slow.length / lab.world.allValues().length;
    };
    expect(shareOfSlow('2.6')).toBeGreaterThan(0.6);
    expect(shareOfSlow('4.1')).toBeLessThan(0.45);
  });
});

describe('batchExpiry=requestTimeout (before KIP-91)', () => {
  const plan = {
    batchExpiry: 'requestTimeout',
    requestTimeoutUs: 30_000,
    lingerUs: 5000,
    batchSize: 1000,
    retryBackoff: { initialUs: 100, maxUs: 100 },
  } as unknown as ProducerPlan;
  const batchOf = (fields: Partial<ProducerBatch>): ProducerBatch => ({
    ...createBatch(0, 1000, 50_000, 0, -1, 10, 0),
    ...fields,
  });

  it('counts from the end of lingering, the last record of a full batch, or the end of a backoff', () => {
    expect(batchExpiresUs(plan, batchOf({}), true)).toBe(50_000 + 5000 + 30_000 + 1000);
    const full = batchOf({ sizeBytes: 1000, lastAppendUs: 52_000 });
    expect(batchExpiresUs(plan, full, true)).toBe(52_000 + 31_000);
    expect(batchExpiresUs(plan, batchOf({ lastAppendUs: 51_000 }), false)).toBe(51_000 + 31_000);
    const late = batchOf({ sizeBytes: 1000, lastAppendUs: 60_000 });
    expect(batchExpiresUs(plan, late, true)).toBe(55_000 + 31_000);
    const tried = batchOf({ attempts: 1, lastAttemptUs: 90_000 });
    expect(batchExpiresUs(plan, tried, true)).toBe(90_000 + 100 + 31_000);
  });

  const sends = [{ atUs: SECOND_US, partition: 0, records: 1 }];

  it('a batch that cannot be sent is given up after request.timeout.ms', () => {
    const config = { 'request.timeout.ms': 2000, 'metadata.max.age.ms': 500, retries: 5 };
    const later = [{ atUs: 3 * SECOND_US, partition: 0, records: 1 }];
    const lab = single('2.0', { sends: later, config }).start().runMs(1000);
    lab.world.partitions[0]!.leader = -1;
    lab.runMs(30_000);

    expect(lab.recorded.outcomes).toMatchObject([{ executed: 'no', value: 0 }]);
    const waitedMs = (lab.recorded.outcomes[0]!.atUs - 3 * SECOND_US) / 1000;
    expect(waitedMs).toBeGreaterThanOrEqual(2000);
    expect(waitedMs).toBeLessThan(2010);
  });

  it('a batch under way is not given up, however long its attempts take; retries bounds them', () => {
    const config = { 'request.timeout.ms': 2000, retries: 3 };
    const lab = single('2.0', { sends, config });
    lab.world.rules.push({ kind: Kind.ProduceRequest, does: 'drop', times: ALWAYS });
    lab.start().runMs(60_000);

    expect(lab.world.requests(ProduceRequest)).toHaveLength(4);
    expect(lab.recorded.outcomes).toMatchObject([{ executed: 'unknown', value: 0 }]);
    const waitedMs = (lab.recorded.outcomes[0]!.atUs - SECOND_US) / 1000;
    expect(waitedMs).toBeGreaterThan(4 * 2000);
    expect(waitedMs).toBeLessThan(9000);
  });

  it('by default there is no retry before 2.1, and no end of them after', () => {
    for (const [kafka, attempts] of [
      ['0.10', 1],
      ['2.0', 1],
      ['2.3', 4],
    ] as const) {
      const lab = single(kafka, { sends });
      const error = ErrorCode.NOT_ENOUGH_REPLICAS;
      lab.world.rules.push({ kind: Kind.ProduceRequest, does: { error }, times: 3 });
      lab.start().runMs(20_000);
      expect(lab.world.requests(ProduceRequest)).toHaveLength(attempts);
      const executed = attempts === 1 ? 'no' : 'yes';
      expect(lab.recorded.outcomes).toMatchObject([{ executed }]);
    }
  });

  it('with one request in flight, what waits behind it is given up when it is answered', () => {
    const config = {
      'request.timeout.ms': 5000,
      'max.in.flight.requests.per.connection': 1,
      'batch.size': 1,
      retries: 0,
    };
    const two = [{ atUs: SECOND_US, partition: 0, records: 2 }];
    const lab = single('2.0', { sends: two, config });
    lab.world.rules.push({ kind: Kind.ProduceRequest, does: 'drop', times: 1 });
    lab.start().runMs(60_000);

    expect(lab.recorded.outcomes).toMatchObject([{ value: 0, executed: 'unknown' }, { value: 1 }]);
    const [first, second] = lab.recorded.outcomes;
    expect(first!.atUs).toBeLessThanOrEqual(second!.atUs);
    expect(second!.atUs - first!.atUs).toBeLessThan(SECOND_US);
    expect(producerPending(lab.producerState())).toBe(0);
  });

  it('2.3 gives a batch up after delivery.timeout.ms, under way or not', () => {
    const config = { 'request.timeout.ms': 2000, 'delivery.timeout.ms': 3000 };
    const lab = single('2.3', { sends, config });
    lab.world.rules.push({ kind: Kind.ProduceRequest, does: 'drop', times: ALWAYS });
    lab.start().runMs(60_000);

    const waitedMs = (lab.recorded.outcomes[0]!.atUs - SECOND_US) / 1000;
    expect(waitedMs).toBeGreaterThanOrEqual(3000);
    expect(waitedMs).toBeLessThan(3010);
  });
});

describe('backoffs before KIP-580 and KAFKA-15415', () => {
  it('retries come at even distances before 3.7', () => {
    const sends = [{ atUs: SECOND_US, partition: 0, records: 1 }];
    const error = ErrorCode.NOT_ENOUGH_REPLICAS;
    for (const [kafka, lastMs] of [
      ['3.6', 100],
      ['3.9', 1000],
    ] as const) {
      const lab = single(kafka, { sends, config: { 'retry.backoff.max.ms': 1000 } });
      lab.world.rules.push({ kind: Kind.ProduceRequest, does: { error }, times: 6 });
      lab.start().runMs(20_000);
      const pauses = pausesMs(lab);
      expect(pauses).toHaveLength(6);
      expect(pauses[5]).toBeGreaterThan(0.8 * lastMs);
      expect(pauses[5]).toBeLessThan(lastMs + 5);
    }
  });

  it('a batch waits for its backoff though there is a new leader', () => {
    const sends = [
      { atUs: SECOND_US, partition: 0, records: 1 },
      { atUs: 2 * SECOND_US, partition: 0, records: 1 },
    ];
    const pauseMs = (kafka: KafkaVersion): number => {
      const config = { 'retry.backoff.ms': 700, 'retry.backoff.max.ms': 700 };
      const lab = new ClientLab({ kafka, producers: [{ sends, config }] }).start().runMs(1900);
      lab.world.moveLeader(0, 2);
      lab.runMs(6000);
      expect(lab.world.values(0)).toHaveLength(2);
      return pausesMs(lab).at(-1)!;
    };
    expect(pauseMs('3.6')).toBeGreaterThan(650);
    expect(pauseMs('3.9')).toBeLessThan(100);
  });

  it('metadata are asked for once in retry.backoff.ms, whatever the answers say', () => {
    const asked = (kafka: KafkaVersion): number => {
      const config = { 'retry.backoff.ms': 50, 'retry.backoff.max.ms': 5000 };
      const producers = [{ rate: 10, config }];
      const lab = new ClientLab({ kafka, brokers: 1, partitions: 1, producers });
      lab.world.partitions[0]!.leader = -1;
      lab.start().runMs(10_000);
      return lab.world.requests(MetadataRequest).length;
    };
    expect(Math.abs(asked('3.6') - 195)).toBeLessThan(10);
    expect(asked('3.9')).toBeLessThan(20);
  });

  it('0.10 tries to connect at even distances', () => {
    const backoff = (kafka: KafkaVersion): unknown => {
      const lab = single(kafka, { rate: 1, config: { 'reconnect.backoff.ms': 70 } });
      return planProducer(lab.definition, lab.definition.producers[0]!).reconnectBackoff;
    };
    expect(backoff('0.10')).toEqual({ initialUs: 70_000, maxUs: 70_000 });
    expect(backoff('0.11')).toEqual({ initialUs: 70_000, maxUs: 1_000_000 });
  });
});

describe('metadata before KIP-320', () => {
  it('the last answer counts, though it is older', () => {
    const leaderAfter = (kafka: KafkaVersion): number => {
      const config = { 'metadata.max.age.ms': 500 };
      const lab = new ClientLab({ kafka, partitions: 1, producers: [{ rate: 1, config }] });
      lab.start().runMs(2000);
      lab.world.moveLeader(0, 3);
      lab.runMs(4000);
      expect(lab.producerState().core.metadata.leaders[0]).toBe(2);
      const log = lab.world.partitions[0]!;
      log.leaderEpoch--;
      log.leader = 1;
      lab.runMs(6000);
      return lab.producerState().core.metadata.leaders[0]!;
    };
    expect(leaderAfter('2.0')).toBe(0);
    expect(leaderAfter('2.3')).toBe(2);
  });

  it('clients know no leader epochs, and send none', () => {
    for (const [kafka, epoch] of [
      ['2.0', -1],
      ['2.3', 5],
    ] as const) {
      const lab = new ClientLab({ kafka, producers: [{ rate: 10 }], consumers: [{}] });
      lab.start().runMs(3000);
      expect(lab.consumerState().core.metadata.leaderEpochs).toEqual([epoch, epoch, epoch]);
      expect(lab.recorded.records.length).toBeGreaterThan(10);
    }
  });
});

describe('positions before KIP-320 (consumerValidation=off)', () => {
  /** Ten records are read; the next leader has lost the last four of them, and has got six others since. */
  function afterTruncation(kafka: KafkaVersion, switches: Record<string, string> = {}): ClientLab {
    const config = { 'auto.offset.reset': 'earliest', 'metadata.max.age.ms': 200 };
    const lab = new ClientLab({ kafka, partitions: 1, consumers: [{ config }], switches });
    for (let sent = 0; sent < 5; sent++) appendTo(lab, 2);
    lab.start().runMs(1000);
    lab.world.truncate(0, 6);
    lab.world.moveLeader(0, 3);
    for (let sent = 0; sent < 3; sent++) appendTo(lab, 2);
    return lab.runMs(4000);
  }

  function appendTo(lab: ClientLab, records: number): void {
    const log = lab.world.partitions[0]!;
    const { endOffset, leaderEpoch } = log;
    const values = Array.from({ length: records }, (_, at) => 100 * leaderEpoch + endOffset + at);
    const keys = values.map(() => -1);
    log.batches.push(new RecordBatch(endOffset, leaderEpoch, -1, -1, -1, values, keys, 100, 0));
    log.endOffset += records;
  }

  const offsets = (lab: ClientLab): number[] => lab.recorded.records.map(({ offset }) => offset);
  const TEN = Array.from({ length: 10 }, (_, offset) => offset);

  it.each([
    ['2.0', {}],
    ['4.1', { consumerValidation: 'off' }],
  ] as const)(
    'Kafka %s %j: goes on from its offset, and never sees what came to stand before it',
    (kafka, switches) => {
      const lab = afterTruncation(kafka, switches);
      expect(offsets(lab)).toEqual([...TEN, 10, 11]);
      expect(lab.world.requests(OffsetForLeaderEpochRequest)).toEqual([]);
      expect(lab.recorded.resets).toHaveLength(1);
      const fetches = lab.world.requests(FetchRequest).flatMap(({ message }) => message.entries);
      expect(new Set(fetches.map(({ currentLeaderEpoch }) => currentLeaderEpoch))).toEqual(
        new Set([-1]),
      );
    },
  );

  it('from 2.3 on it asks the new leader, and reads on from where the logs part', () => {
    const lab = afterTruncation('2.3');
    expect(offsets(lab)).toEqual([...TEN, 6, 7, 8, 9, 10, 11]);
    expect(lab.recorded.resets.at(-1)).toMatchObject({ from: 10, to: 6, reason: 'truncation' });
  });
});

describe('metadataRecovery=none (before KIP-1102)', () => {
  it('a client that lost all the brokers it knows never asks others', () => {
    const asked = (kafka: KafkaVersion): boolean => {
      const producers = [{ rate: 10, config: { 'metadata.max.age.ms': 500 } }];
      const lab = new ClientLab({ kafka, brokers: 2, partitions: 1, producers }).start();
      lab.runMs(1000);
      lab.world.unfenced = [1];
      lab.runMs(3000);
      lab.simulation.crash(lab.brokers[0]!);
      lab.world.unfenced = [2];
      lab.world.partitions[0]!.leader = 2;
      lab.world.partitions[0]!.leaderEpoch++;
      lab.runMs(20_000);
      return lab.world
        .requests(MetadataRequest)
        .some(({ broker, atUs }) => broker === 2 && atUs > 4 * SECOND_US);
    };
    expect(asked('3.9')).toBe(false);
    expect(asked('4.0')).toBe(true);
  });
});
