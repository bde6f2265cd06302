/** Producers against scripted brokers: what is sent when, what is sent again, and in which order it ends up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../errors.js';
import { InitProducerIdRequest, Kind, MetadataRequest, ProduceRequest } from '../rpc/index.js';
import { ClientOpcode } from './opcodes.js';
import { SendCommand } from './producer-application.js';
import { producerPending } from './producer-state.js';
import { ClientLab, type LabOptions } from './testdata/client-lab.js';
import type { Misdeed } from './testdata/scripted-world.js';

const SECOND_US = 1_000_000;

/** One partition, one producer. */
function single(producer: NonNullable<LabOptions['producers']>[number], seed = 'one'): ClientLab {
  return new ClientLab({ seed, brokers: 1, partitions: 1, producers: [producer] });
}

function produceTimes(lab: ClientLab): number[] {
  return lab.world.requests(ProduceRequest).map((request) => request.atUs);
}

function isAscending(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || values[index - 1]! < value);
}

describe('batching (RecordAccumulator)', () => {
  it('linger.ms: records of 5 ms share a batch', () => {
    const lab = single({ rate: 1000, stopUs: SECOND_US }).start().runMs(2000);

    const batches = lab.world.partitions[0]!.batches;
    expect(lab.recorded.outcomes).toHaveLength(1000);
    expect(
      batches.slice(5, -1).every((batch) => batch.recordCount >= 5 && batch.recordCount <= 7),
    ).toBe(true);
    expect(isAscending(lab.world.values(0))).toBe(true);
  });

  it('linger.ms: a lone record waits for all of it, and not longer', () => {
    const sends = [{ atUs: SECOND_US, partition: 0, records: 1 }];
    const lab = single({ sends, config: { 'linger.ms': 40 } })
      .start()
      .runMs(3000);

    // The record lingers 40 ms and travels 500 us and the time of its bytes.
    expect(produceTimes(lab)[0]! - SECOND_US).toBeGreaterThanOrEqual(40_500);
    expect(produceTimes(lab)[0]! - SECOND_US).toBeLessThan(43_000);
  });

  it('batch.size: a full batch does not linger', () => {
    const sends = [
      { atUs: SECOND_US / 2, partition: 0, records: 1 },
      { atUs: SECOND_US, partition: 0, records: 40 },
    ];
    const config = { 'linger.ms': 500, 'batch.size': 2000, 'request.timeout.ms': 30_000 };
    const lab = single({ sends, config }).start().runMs(3000);

    const early = lab.world.requests(ProduceRequest).filter(({ atUs }) => {
      return atUs > SECOND_US && atUs < SECOND_US + 20_000;
    });
    const sizes = early.map(({ message }) => message.entries[0]!.batch.sizeBytes);
    expect(sizes.length).toBeGreaterThanOrEqual(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2000);
    expect(lab.recorded.outcomes).toHaveLength(41);
  });

  it('one request holds batches of several partitions, up to max.request.size', () => {
    const options = (config: Record<string, number>): LabOptions => ({
      brokers: 1,
      partitions: 8,
      producers: [
        {
          sends: Array.from({ length: 8 }, (_, partition) => ({
            atUs: SECOND_US,
            partition,
            records: 1,
          })),
          config,
        },
      ],
    });
    const wide = new ClientLab(options({})).start().runMs(3000);
    const narrow = new ClientLab(options({ 'max.request.size': 500 })).start().runMs(3000);

    const entries = (lab: ClientLab): number[] =>
      lab.world.requests(ProduceRequest).map(({ message }) => message.entries.length);
    expect(entries(wide)).toEqual([8]);
    expect(entries(narrow)).toEqual([2, 2, 2, 2]);
  });

  it('max.in.flight.requests.per.connection: no more requests wait for an answer', () => {
    for (const limit of [1, 3, 5]) {
      const config = { 'linger.ms': 0, 'max.in.flight.requests.per.connection': limit };
      const lab = single({ rate: 1000, config }).start().runMs(500);
      lab.world.delayUs = 10 * SECOND_US;
      const before = lab.world.requests(ProduceRequest).length;
      lab.runMs(2000);

      expect(lab.world.requests(ProduceRequest).length - before).toBe(limit);
    }
  });

  it('adds no timer for each record', () => {
    const lab = single({ rate: 10_000, stopUs: SECOND_US }).start().runMs(2000);

    // One event for each record is the application's own; a batch costs its linger timer and a request's two deliveries.
    const batches = lab.world.partitions[0]!.batches.length;
    expect(lab.recorded.outcomes).toHaveLength(10_000);
    expect(lab.simulation.eventCount).toBeLessThan(10_000 + 4 * batches + 100);
  });
});

describe('acks', () => {
  it('0: a record succeeds when it is sent, with no offset', () => {
    const lab = single({ rate: 100, stopUs: SECOND_US, config: { acks: '0' } });
    lab.world.rules.push({ kind: Kind.ProduceRequest, does: 'drop', times: 1000 });
    lab.start().runMs(2000);

    expect(lab.recorded.outcomes).toHaveLength(100);
    expect(
      lab.recorded.outcomes.every(({ executed, offset }) => executed === 'yes' && offset === -1),
    ).toBe(true);
    expect(lab.world.values(0)).toEqual([]);
  });

  it('all: a record succeeds with the offset that the leader gave it', () => {
    const lab = single({ rate: 100, stopUs: SECOND_US }).start().runMs(2000);

    const log = lab.world.values(0);
    expect(lab.recorded.outcomes.map(({ value, offset }) => log[offset] === value)).toEqual(
      log.map(() => true),
    );
  });
});

describe('retries (Sender)', () => {
  it('back off exponentially, with a fifth of jitter', () => {
    const sends = [{ atUs: SECOND_US, partition: 0, records: 1 }];
    const lab = single({ sends });
    const error = ErrorCode.NOT_ENOUGH_REPLICAS;
    lab.world.rules.push({ kind: Kind.ProduceRequest, does: { error }, times: 6 });
    lab.start().runMs(20_000);

    const times = produceTimes(lab);
    const pauses = times.slice(1).map((atUs, index) => (atUs - times[index]!) / 1000);
    expect(pauses).toHaveLength(6);
    [100, 200, 400, 800, 1000, 1000].forEach((expected, index) => {
      expect(pauses[index]).toBeGreaterThan(0.8 * expected);
      expect(pauses[index]).toBeLessThan(Math.min(1.2 * expected, 1000) + 5);
    });
    expect(lab.recorded.errors).toEqual(new Array(6).fill(error));
    expect(lab.recorded.outcomes).toMatchObject([{ executed: 'yes', offset: 0 }]);
  });

  it('retries: after so many the batch fails', () => {
    const sends = [{ atUs: SECOND_US, partition: 0, records: 1 }];
    const lab = single({ sends, config: { retries: 2 } });
    const error = ErrorCode.NOT_ENOUGH_REPLICAS;
    lab.world.rules.push({ kind: Kind.ProduceRequest, does: { error }, times: 100 });
    lab.start().runMs(20_000);

    expect(produceTimes(lab)).toHaveLength(3);
    expect(lab.recorded.outcomes).toMatchObject([{ error, executed: 'no' }]);
  });

  it('a named new leader is tried at once (KIP-951)', () => {
    const sends = [
      { atUs: SECOND_US, partition: 0, records: 1 },
      { atUs: SECOND_US, partition: 1, records: 1 },
      { atUs: 2 * SECOND_US, partition: 0, records: 1 },
    ];
    const lab = new ClientLab({ producers: [{ sends }] }).start().runMs(1900);
    lab.world.moveLeader(0, 2);
    lab.runMs(4000);

    const last = lab.world.requests(ProduceRequest).slice(-2);
    expect(last.map(({ broker }) => broker)).toEqual([1, 2]);
    expect(last[1]!.atUs - last[0]!.atUs).toBeLessThan(10_000);
    expect(lab.recorded.outcomes).toHaveLength(3);
    expect(lab.world.values(0)).toHaveLength(2);
  });

  it('without a named leader the metadata is asked for, and an older epoch is not believed', () => {
    const sends = [
      { atUs: SECOND_US, partition: 0, records: 1 },
      { atUs: 2 * SECOND_US, partition: 0, records: 1 },
    ];
    const lab = new ClientLab({ partitions: 1, producers: [{ sends }] }).start().runMs(1900);
    lab.world.moveLeader(0, 3);
    const known = lab.world.partitions[0]!.leaderEpoch;
    lab.runMs(2100);
    const before = lab.world.requests(MetadataRequest).length;
    lab.world.partitions[0]!.leaderEpoch = known - 1;
    lab.world.partitions[0]!.leader = 1;
    lab.runMs(400_000);

    expect(lab.world.requests(MetadataRequest).length).toBeGreaterThan(before);
    expect(lab.producerState().core.metadata.leaderEpochs[0]).toBe(known);
    expect(lab.producerState().core.metadata.leaders[0]).toBe(2);
  });
});

describe('request.timeout.ms (NetworkClient)', () => {
  it('breaks the connection: all requests on it fail, and are sent again on a new one', () => {
    const config = { 'linger.ms': 0, 'request.timeout.ms': 1000, 'delivery.timeout.ms': 60_000 };
    const lab = single({ rate: 100, stopUs: SECOND_US, config });
    lab.world.rules.push({ kind: Kind.ProduceRequest, does: 'drop', times: 1, skip: 3 });
    lab.start().runMs(30_000);

    const served = lab.world.requests(ProduceRequest);
    const values = served.map(({ message }) => message.entries[0]!.batch.values[0]);
    expect(lab.recorded.outcomes.map(({ executed }) => executed)).toEqual(
      new Array(100).fill('yes'),
    );
    // The dropped one is among those sent twice, some of those behind it as well.
    expect(new Set(values).size).toBeLessThan(values.length);
    expect(lab.world.values(0)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });
});

describe('idempotence (TransactionManager)', () => {
  it('asks for a producer id first, and numbers batches by partition', () => {
    const lab = new ClientLab({ producers: [{ rate: 300, keys: 50, stopUs: SECOND_US }] })
      .start()
      .runMs(3000);

    expect(lab.world.requests(InitProducerIdRequest)).toHaveLength(1);
    for (const { batches } of lab.world.partitions) {
      let next = 0;
      for (const batch of batches) {
        expect(batch.producerId).toBe(1000);
        expect(batch.baseSequence).toBe(next);
        next += batch.recordCount;
      }
    }
  });

  it('asks again where a broker has no id to give', () => {
    const lab = single({ rate: 100, stopUs: SECOND_US });
    const error = ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
    lab.world.rules.push({ kind: Kind.InitProducerIdRequest, does: { error }, times: 3 });
    lab.start().runMs(3000);

    expect(lab.world.requests(InitProducerIdRequest)).toHaveLength(4);
    expect(lab.recorded.outcomes).toHaveLength(100);
  });

  const misdeeds: readonly Misdeed[] = [
    'drop',
    'close',
    'execute-and-drop',
    'execute-and-close',
    { error: ErrorCode.NOT_ENOUGH_REPLICAS },
    { error: ErrorCode.NOT_LEADER_OR_FOLLOWER },
    { error: ErrorCode.REQUEST_TIMED_OUT, execute: true },
    { error: ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND, execute: true },
    { error: ErrorCode.KAFKA_STORAGE_ERROR },
  ];
  const arbitraryRules = fc.array(
    fc.record({
      does: fc.constantFrom(...misdeeds),
      // By then every partition has had a batch: a leader takes any sequence as a producer's first.
      skip: fc.integer({ min: 40, max: 150 }),
      times: fc.integer({ min: 1, max: 6 }),
    }),
    { maxLength: 8 },
  );

  it('noDuplicates, keyOrder: hold whatever the brokers do, while batches have time to be delivered', () => {
    fc.assert(
      fc.property(arbitraryRules, fc.nat({ max: 1000 }), (rules, seed) => {
        const config = {
          'linger.ms': 2,
          'request.timeout.ms': 2000,
          'delivery.timeout.ms': 900_000,
        };
        const producer = { rate: 200, keys: 20, stopUs: 2 * SECOND_US, config };
        const lab = new ClientLab({
          seed: `${seed}`,
          brokers: 2,
          partitions: 3,
          producers: [producer],
        });
        for (const rule of rules) lab.world.rules.push({ kind: Kind.ProduceRequest, ...rule });
        lab.start().runMs(200_000);

        expect(lab.recorded.outcomes.filter(({ executed }) => executed === 'yes')).toHaveLength(
          400,
        );
        expect(producerPending(lab.producerState())).toBe(0);
        const all = lab.world.allValues();
        expect(new Set(all).size).toBe(all.length);
        lab.world.partitions.forEach((_, index) => {
          expect(isAscending(lab.world.values(index))).toBe(true);
        });
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  it('a batch that expired after a retry leaves a gap: the epoch rises, and numbers start at 0', () => {
    const config = { 'linger.ms': 0, 'request.timeout.ms': 1000, 'delivery.timeout.ms': 2500 };
    const sends = [1, 2, 6].map((second) => ({
      atUs: second * SECOND_US,
      partition: 0,
      records: 1,
    }));
    const lab = single({ sends, config });
    lab.world.rules.push({ kind: Kind.ProduceRequest, does: 'drop', times: 4, skip: 1 });
    lab.start().runMs(20_000);

    const [first, last] = lab.world.partitions[0]!.batches;
    expect(lab.recorded.outcomes).toMatchObject([
      { value: 0, executed: 'yes' },
      { value: 1, executed: 'unknown', error: ErrorCode.REQUEST_TIMED_OUT },
      { value: 2, executed: 'yes' },
    ]);
    expect([first!.producerEpoch, first!.baseSequence]).toEqual([0, 0]);
    expect([last!.producerEpoch, last!.baseSequence]).toEqual([1, 0]);
    expect(lab.recorded.marks).toContain('producer-epoch-bumped');
  });

  it('an expired batch that was appended all the same leaves no gap', () => {
    const config = {
      'linger.ms': 0,
      'request.timeout.ms': 600,
      'delivery.timeout.ms': 2500,
      'retry.backoff.max.ms': 100,
    };
    const sends = [1, 2, 2.5, 9].map((second) => ({
      atUs: second * SECOND_US,
      partition: 0,
      records: 1,
    }));
    const lab = single({ sends, config });
    // 1) Record 1 is appended at 2.0 s; its four answers until 4.5 s are lost, and it expires.
    // 2) Record 2, numbered behind it since 2.5 s, gets through at 4.8 s: so record 1 had, too.
    lab.world.rules.push({
      kind: Kind.ProduceRequest,
      does: 'execute-and-drop',
      times: 4,
      skip: 1,
    });
    lab.start().runMs(30_000);

    const { batches } = lab.world.partitions[0]!;
    expect(lab.world.values(0)).toEqual([0, 1, 2, 3]);
    expect(batches.map(({ producerEpoch, baseSequence }) => [producerEpoch, baseSequence])).toEqual(
      [0, 1, 2, 3].map((sequence) => [0, sequence]),
    );
    expect(lab.recorded.outcomes.map(({ executed }) => executed)).toEqual([
      'yes',
      'unknown',
      'yes',
      'yes',
    ]);
    expect(lab.recorded.marks).not.toContain('producer-epoch-bumped');
  });

  it('a first batch that failed while the second got in never gets in (ProducerAppendInfo)', () => {
    const config = { 'linger.ms': 0, 'request.timeout.ms': 1000, 'delivery.timeout.ms': 5000 };
    const sends = [0, 1].map((index) => ({ atUs: SECOND_US + index, partition: 0, records: 1 }));
    const lab = single({ sends, config: { ...config, 'batch.size': 100 } });
    const error = ErrorCode.NOT_ENOUGH_REPLICAS;
    lab.world.rules.push({ kind: Kind.ProduceRequest, does: { error }, times: 1 });
    lab.start().runMs(20_000);

    expect(lab.world.values(0)).toEqual([1]);
    expect(lab.recorded.outcomes).toMatchObject([
      { value: 1, executed: 'yes' },
      { value: 0, executed: 'no', error: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER },
    ]);
  });
});

describe('without idempotence (B18)', () => {
  const plain = { 'enable.idempotence': false, 'linger.ms': 0 };

  it('a lost answer makes a duplicate', () => {
    const sends = [{ atUs: SECOND_US, partition: 0, records: 1 }];
    const lab = single({ sends, config: plain });
    lab.world.rules.push({ kind: Kind.ProduceRequest, does: 'execute-and-close', times: 1 });
    lab.start().runMs(5000);

    expect(lab.world.values(0)).toEqual([0, 0]);
    expect(lab.recorded.outcomes).toMatchObject([{ executed: 'yes', offset: 1 }]);
  });

  it.each([
    { inFlight: 5, reorders: true },
    { inFlight: 1, reorders: false },
  ])(
    'max.in.flight $inFlight: a failed batch is overtaken: $reorders',
    ({ inFlight, reorders }) => {
      const sends = [0, 1, 2, 3].map((index) => ({
        atUs: SECOND_US + index * 100,
        partition: 0,
        records: 1,
      }));
      const config = { ...plain, 'max.in.flight.requests.per.connection': inFlight };
      const lab = single({ sends, config });
      const error = ErrorCode.NOT_ENOUGH_REPLICAS;
      lab.world.rules.push({ kind: Kind.ProduceRequest, does: { error }, times: 1, skip: 1 });
      // The first record opens the connection; those behind it go out one by one.
      lab.start().runMs(5000);

      expect(new Set(lab.world.values(0))).toEqual(new Set([0, 1, 2, 3]));
      expect(isAscending(lab.world.values(0))).toBe(!reorders);
    },
  );
});

describe('outcomes', () => {
  it('every record has exactly one outcome, whatever happens', () => {
    const config = { 'request.timeout.ms': 500, 'delivery.timeout.ms': 1500, 'max.block.ms': 700 };
    const producers = [
      { rate: 500, keys: 10, stopUs: 5 * SECOND_US, config },
      { rate: 500, stopUs: 5 * SECOND_US, config: { ...config, 'enable.idempotence': false } },
      { rate: 500, stopUs: 5 * SECOND_US, config: { ...config, acks: '1' } },
      { rate: 500, stopUs: 5 * SECOND_US, config: { ...config, acks: '0' } },
    ];
    const lab = new ClientLab({ producers }).start().runMs(1000);
    lab.simulation.crash(lab.brokers[0]!);
    lab.runMs(2000);
    lab.simulation.losePower(lab.brokers[1]!);
    lab.simulation.pause(lab.brokers[2]!);
    lab.runMs(4000);
    lab.simulation.start(lab.brokers[0]!);
    lab.runMs(30_000);

    const { invoked, outcomes } = lab.recorded;
    expect(invoked).toHaveLength(10_000);
    expect(new Set(outcomes.map(({ value }) => value)).size).toBe(outcomes.length);
    expect(outcomes).toHaveLength(10_000);
    const log = new Set(lab.world.allValues());
    for (const outcome of outcomes) {
      if (outcome.executed === 'no') expect(log.has(outcome.value)).toBe(false);
      if (outcome.executed === 'yes' && outcome.offset >= 0)
        expect(log.has(outcome.value)).toBe(true);
    }
    const kinds = new Set(outcomes.map(({ executed }) => executed));
    expect(kinds).toEqual(new Set(['yes', 'no', 'unknown']));
    lab.producers.forEach((_, index) => {
      const state = lab.producerState(index);
      expect(producerPending(state)).toBe(0);
      expect(state.freeMemoryBytes).toBe(33_554_432);
    });
  });

  it('delivery.timeout.ms: a batch that nobody could take failed for certain', () => {
    const config = { 'request.timeout.ms': 1000, 'delivery.timeout.ms': 3000 };
    const sends = [1, 2].map((second) => ({ atUs: second * SECOND_US, partition: 0, records: 1 }));
    const lab = new ClientLab({ brokers: 2, partitions: 1, producers: [{ sends, config }] });
    lab.start().runMs(1500);
    lab.simulation.crash(lab.brokers[0]!);
    lab.runMs(10_000);

    const [, failed] = lab.recorded.outcomes;
    expect(failed).toMatchObject({ executed: 'no', error: ErrorCode.REQUEST_TIMED_OUT });
    expect(failed!.atUs).toBeGreaterThanOrEqual(5 * SECOND_US);
    expect(failed!.atUs).toBeLessThan(5.01 * SECOND_US);
  });

  it('delivery.timeout.ms: a batch under way may have been executed', () => {
    const config = { 'request.timeout.ms': 2000, 'delivery.timeout.ms': 3000 };
    const sends = [{ atUs: SECOND_US, partition: 0, records: 1 }];
    const lab = single({ sends, config });
    lab.world.rules.push({ kind: Kind.ProduceRequest, does: 'drop', times: 10 });
    lab.start().runMs(10_000);

    expect(lab.recorded.outcomes).toMatchObject([{ executed: 'unknown', atUs: 4 * SECOND_US }]);
  });

  it('max.block.ms: a record of an unknown topic failed for certain', () => {
    const lab = single({ rate: 10, stopUs: SECOND_US, config: { 'max.block.ms': 2000 } });
    lab.world.topicsExist = false;
    lab.start().runMs(2500);
    lab.world.topicsExist = true;
    lab.runMs(10_000);

    const executed = lab.recorded.outcomes.map((outcome) => outcome.executed);
    expect(executed).toHaveLength(10);
    expect(executed.slice(0, 5)).toEqual(new Array(5).fill('no'));
    expect(executed.at(-1)).toBe('yes');
  });

  it('buffer.memory: records wait for memory, in order, for max.block.ms', () => {
    const config = {
      'buffer.memory': 65_536,
      'max.block.ms': 1000,
      'linger.ms': 0,
      'request.timeout.ms': 2000,
    };
    const lab = single({ rate: 1000, valueBytes: 4000, stopUs: SECOND_US, config });
    lab.world.rules.push({ kind: Kind.ProduceRequest, does: 'drop', times: 5 });
    lab.start().runMs(40_000);

    const { outcomes } = lab.recorded;
    expect(outcomes).toHaveLength(1000);
    expect(outcomes.filter(({ executed }) => executed === 'no').length).toBeGreaterThan(900);
    expect(isAscending(lab.world.values(0))).toBe(true);
  });

  it('max.request.size: a record that is too large is refused at once', () => {
    const config = { 'max.request.size': 1000 };
    const sends = [{ atUs: SECOND_US, partition: 0, records: 1 }];
    const lab = single({ sends, valueBytes: 2000, config }).start().runMs(2000);

    expect(lab.recorded.outcomes).toMatchObject([
      { atUs: SECOND_US, executed: 'no', error: ErrorCode.MESSAGE_TOO_LARGE },
    ]);
  });
});

describe('metadata (Metadata, NetworkClient)', () => {
  it('metadata.max.age.ms: is asked for again, by one timer', () => {
    const lab = single({ sends: [], config: { 'metadata.max.age.ms': 60_000 } }).start();
    lab.runMs(1000);
    const events = lab.simulation.eventCount;
    lab.runMs(601_000);

    const requests = lab.world.requests(MetadataRequest).filter(({ message }) => {
      return message.partitions?.length === 1;
    });
    expect(requests).toHaveLength(11);
    expect(lab.simulation.eventCount - events).toBeLessThan(70);
  });

  it('backs off while the answers bring nothing new', () => {
    const lab = single({ rate: 10, config: { 'delivery.timeout.ms': 120_000 } });
    lab.start().runMs(1000);
    lab.world.partitions[0]!.leader = -1;
    lab.world.rules.push({
      kind: Kind.ProduceRequest,
      does: { error: ErrorCode.NOT_LEADER_OR_FOLLOWER },
      times: 1000,
    });
    const before = lab.world.requests(MetadataRequest).length;
    lab.runMs(31_000);

    const asked = lab.world.requests(MetadataRequest).length - before;
    expect(asked).toBeGreaterThan(25);
    expect(asked).toBeLessThan(60);
  });

  it('reconnect.backoff.ms: a dead broker is not tried in a loop, and found again when it is back', () => {
    const lab = single({ rate: 10 }).start().runMs(1000);
    lab.simulation.crash(lab.brokers[0]!);
    const events = lab.simulation.eventCount;
    lab.runMs(31_000);
    const whileDown = lab.simulation.eventCount - events;
    lab.simulation.start(lab.brokers[0]!);
    lab.runMs(33_000);

    expect(whileDown).toBeLessThan(30 * 10 + 30 * 8);
    expect(producerPending(lab.producerState())).toBeLessThanOrEqual(1);
    expect(lab.recorded.outcomes.at(-1)!.executed).toBe('yes');
  });
});

describe('the application', () => {
  it('numbers its records so that all of a run differ, also over a restart', () => {
    const producers = [0, 1, 2].map(() => ({ rate: 100, keys: 5, stopUs: 4 * SECOND_US }));
    const lab = new ClientLab({ producers }).start().runMs(1000);
    lab.simulation.crash(lab.producers[1]!);
    lab.runMs(2000);
    lab.simulation.start(lab.producers[1]!);
    lab.runMs(6000);

    const values = lab.recorded.invoked.map(({ value }) => value);
    expect(new Set(values).size).toBe(values.length);
    // It made 100 records before 1 s, and none while it was down.
    expect(values.filter((value) => value % 3 === 1)).toHaveLength(301);
    expect(Math.max(...values)).toBe(3 * 399 + 2);
  });

  it('sends are made when and where they are listed', () => {
    const sends = [
      { atUs: 100_000, partition: 2, records: 3 },
      { atUs: 200_000, partition: 0, records: 1 },
    ];
    const lab = new ClientLab({ producers: [{ sends }] }).start().runMs(2000);

    expect(lab.recorded.invoked).toMatchObject([
      { atUs: 100_000, partition: 2, value: 0 },
      { atUs: 100_000, partition: 2, value: 1 },
      { atUs: 100_000, partition: 2, value: 2 },
      { atUs: 200_000, partition: 0, value: 3 },
    ]);
    expect(lab.world.values(2)).toEqual([0, 1, 2]);
  });
});

describe('a command to send (SendCommand)', () => {
  it('makes a record for each partition at once, besides what the application makes', () => {
    const sends = [{ atUs: 2 * SECOND_US, partition: 0, records: 1 }];
    const lab = new ClientLab({ partitions: 3, producers: [{ sends }] }).start().runMs(1000);
    lab.simulation.act(lab.producers[0]!, (_state, context) => {
      context.setTimer(0, ClientOpcode.send, 0, new SendCommand([2, 0], 7));
    });
    lab.runMs(3000);

    expect(lab.recorded.invoked.map(({ partition }) => partition)).toEqual([2, 0, 0]);
    expect(lab.recorded.invoked.map(({ value }) => value)).toEqual([7, 8, 9]);
    expect(lab.recorded.outcomes).toHaveLength(3);
    expect(lab.recorded.outcomes.every(({ executed }) => executed === 'yes')).toBe(true);
    expect(lab.recorded.invoked.map(({ atUs }) => atUs)).toEqual([
      SECOND_US,
      SECOND_US,
      2 * SECOND_US,
    ]);
  });

  it('wakes a producer whose application has nothing to do', () => {
    const lab = single({ sends: [] }).start().runMs(1000);
    lab.simulation.act(lab.producers[0]!, (_state, context) => {
      context.setTimer(0, ClientOpcode.send, 0, new SendCommand([0], 0));
    });
    lab.runMs(2000);

    expect(lab.world.values(0)).toHaveLength(1);
    expect(producerPending(lab.producerState())).toBe(0);
  });
});
