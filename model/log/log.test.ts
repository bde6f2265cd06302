import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Disk } from '../../sim/index.js';
import type { PartitionDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { RecordBatch } from '../records.js';
import {
  appendBatch,
  assignEpoch,
  endOffsetForEpoch,
  findDuplicate,
  indexOfOffset,
  openLog,
  producerError,
  readableBytes,
  readBatches,
  truncateLog,
  UNDEFINED_EPOCH_END,
  type ReplicaLog,
} from './index.js';
import { RandomStreams } from '../../sim/index.js';

const PARTITION = { index: 0, number: 0, name: 'orders-0' } as PartitionDefinition;
const DAY_MS = 86_400_000;

function newDisk(): Disk {
  return new Disk({
    writeUs: 1,
    flushUs: 1,
    bandwidthBytesPerSecond: 1e9,
    pageCacheBytes: 1e9,
  });
}

function batch(
  log: ReplicaLog,
  epoch: number,
  records: number,
  producer: readonly [number, number, number] = [-1, -1, -1],
): RecordBatch {
  const values = Array.from({ length: records }, (_, at) => log.logEndOffset + at);
  const [id, producerEpoch, sequence] = producer;
  const bytes = 61 + 10 * records;
  return new RecordBatch(
    log.logEndOffset,
    epoch,
    id,
    producerEpoch,
    sequence,
    values,
    values,
    bytes,
    0,
  );
}

function entriesOf(log: ReplicaLog): [number, number][] {
  return log.epochs.epochs.map((epoch, at) => [epoch, log.epochs.startOffsets[at]!]);
}

describe('epoch cache (LeaderEpochFileCache)', () => {
  it('an assigned epoch removes the entries that it contradicts, and survives on disk', () => {
    const disk = newDisk();
    const log = openLog(disk, PARTITION, true);
    for (const [epoch, start] of [
      [1, 0],
      [2, 5],
      [4, 9],
    ] as const) {
      assignEpoch(log.epochs, disk, epoch, start);
    }
    assignEpoch(log.epochs, disk, 4, 12);
    expect(entriesOf(log)).toEqual([
      [1, 0],
      [2, 5],
      [4, 9],
    ]);

    assignEpoch(log.epochs, disk, 3, 7);

    expect(entriesOf(log)).toEqual([
      [1, 0],
      [2, 5],
      [3, 7],
    ]);
    assignEpoch(log.epochs, disk, 5, 5);
    expect(entriesOf(log)).toEqual([
      [1, 0],
      [5, 5],
    ]);
  });

  it('looks epochs up: newest ends at the log end, older where the next begins, unknown ones by the rules', () => {
    const disk = newDisk();
    const log = openLog(disk, PARTITION, true);
    expect(endOffsetForEpoch(log.epochs, 1, 0)).toEqual(UNDEFINED_EPOCH_END);
    for (const [epoch, start] of [
      [2, 3],
      [4, 7],
      [8, 9],
    ] as const) {
      assignEpoch(log.epochs, disk, epoch, start);
    }

    const found = [1, 2, 3, 4, 7, 8, 9].map((epoch) => endOffsetForEpoch(log.epochs, epoch, 20));

    expect(found).toEqual([
      { epoch: 1, endOffset: 3 },
      { epoch: 2, endOffset: 7 },
      { epoch: 2, endOffset: 7 },
      { epoch: 4, endOffset: 9 },
      { epoch: 4, endOffset: 9 },
      { epoch: 8, endOffset: 20 },
      UNDEFINED_EPOCH_END,
    ]);
  });

  it('a truncation that cuts nothing still drops the entry at the end of the log', () => {
    const disk = newDisk();
    const log = openLog(disk, PARTITION, true);
    appendBatch(log, disk, batch(log, 1, 5));
    assignEpoch(log.epochs, disk, 2, 5);

    expect(truncateLog(log, disk, 9)).toBe(false);

    expect(entriesOf(log)).toEqual([[1, 0]]);
    expect(log.logEndOffset).toBe(5);
  });
});

describe('searching a log', () => {
  it('finds what a scan from the start finds', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 700 });
    fc.assert(
      fc.property(sizes, fc.nat(2000), fc.nat(2000), fc.nat(900), (counts, from, end, maxBytes) => {
        const disk = newDisk();
        const log = openLog(disk, PARTITION, true);
        for (const count of counts) appendBatch(log, disk, batch(log, 1, count));
        const all = Array.from(log.file.entries);
        const at = all.findIndex((b) => b.nextOffset > from);
        const readable = all.filter((b) => b.nextOffset > from && b.nextOffset <= end);
        let bytes = 0;
        const fits = readable.filter((b) => (bytes += b.sizeBytes) <= maxBytes);
        const total = readable.reduce((sum, b) => sum + b.sizeBytes, 0);

        expect(indexOfOffset(log.file.entries, from)).toBe(at < 0 ? all.length : at);
        expect(readBatches(log.file.entries, from, end, maxBytes, false)).toEqual(fits);
        expect(readableBytes(log.file.entries, from, end, 1e9)).toBe(total);
        if (readable.length > 0 && fits.length === 0) {
          expect(readBatches(log.file.entries, from, end, maxBytes, true)).toEqual([readable[0]]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('producer state (KIP-98)', () => {
  it('accepts what follows, knows the last five, refuses gaps and old epochs', () => {
    const disk = newDisk();
    const log = openLog(disk, PARTITION, true);
    const check = (producer: [number, number, number], records = 1): number =>
      producerError(log.producers, batch(log, 1, records, producer), 0, DAY_MS);
    expect(check([7, 0, 42])).toBe(ErrorCode.NONE);
    for (let sequence = 0; sequence < 12; sequence += 2) {
      appendBatch(log, disk, batch(log, 1, 2, [7, 0, sequence]));
    }

    expect(check([7, 0, 12])).toBe(ErrorCode.NONE);
    expect(check([7, 0, 13])).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(check([7, 1, 1])).toBe(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    expect(check([7, 1, 0])).toBe(ErrorCode.NONE);
    expect(check([8, 0, 5])).toBe(ErrorCode.NONE);
    expect(findDuplicate(log.producers, batch(log, 1, 2, [7, 0, 2]))?.baseOffset).toBe(2);
    expect(findDuplicate(log.producers, batch(log, 1, 2, [7, 0, 0]))).toBeNull();
    expect(findDuplicate(log.producers, batch(log, 1, 1, [7, 0, 2]))).toBeNull();
    expect(findDuplicate(log.producers, batch(log, 1, 2, [7, 1, 2]))).toBeNull();

    appendBatch(log, disk, batch(log, 1, 1, [7, 3, 0]));
    expect(check([7, 2, 0])).toBe(ErrorCode.INVALID_PRODUCER_EPOCH);
  });

  it('takes producers that it does not know at any sequence, or before 2.5 at 0 only', () => {
    const log = openLog(newDisk(), PARTITION, true);
    const check = (sequence: number, startsAnywhere: boolean): number =>
      producerError(log.producers, batch(log, 1, 1, [7, 0, sequence]), 0, DAY_MS, startsAnywhere);
    expect([check(5, true), check(0, false)]).toEqual([ErrorCode.NONE, ErrorCode.NONE]);
    expect(check(5, false)).toBe(ErrorCode.UNKNOWN_PRODUCER_ID);
  });

  it('expires: after producer.id.expiration.ms the producer is unknown', () => {
    const disk = newDisk();
    const log = openLog(disk, PARTITION, true);
    appendBatch(log, disk, batch(log, 1, 1, [7, 5, 0]));
    const stale = batch(log, 1, 1, [7, 4, 9]);
    expect(producerError(log.producers, stale, DAY_MS - 1, DAY_MS)).toBe(
      ErrorCode.INVALID_PRODUCER_EPOCH,
    );
    expect(producerError(log.producers, stale, DAY_MS, DAY_MS)).toBe(ErrorCode.NONE);
  });

  it('is the same after truncations and reloads as in a log that was written without them', () => {
    const step = fc.oneof(
      {
        weight: 60,
        arbitrary: fc.record({
          kind: fc.constant('append' as const),
          id: fc.nat(3),
          many: fc.integer({ min: 1, max: 700 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('truncate' as const), share: fc.nat(100) }),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('reload' as const) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const disk = newDisk();
        let log = openLog(disk, PARTITION, true);
        let sequence = 0;
        for (const next of steps) {
          if (next.kind === 'append') {
            for (let at = 0; at < next.many; at++) {
              appendBatch(log, disk, batch(log, 1, 1, [next.id, 0, sequence++]));
            }
          } else if (next.kind === 'truncate') {
            truncateLog(log, disk, Math.floor((log.logEndOffset * next.share) / 100));
          } else {
            log = openLog(disk, PARTITION, false);
          }
        }
        const otherDisk = newDisk();
        const other = openLog(otherDisk, PARTITION, true);
        for (const kept of log.file.entries) appendBatch(other, otherDisk, kept);

        expect(new Map(log.producers.entries)).toEqual(new Map(other.producers.entries));
        expect(log.logEndOffset).toBe(other.logEndOffset);
      }),
      { numRuns: 30 },
    );
  });
});

describe('recovery', () => {
  it('enters epochs that the cache has not, since its file could not be written, unless the shutdown was clean', () => {
    const disk = newDisk();
    const log = openLog(disk, PARTITION, true);
    appendBatch(log, disk, batch(log, 1, 5));
    const stored = disk.readCheckpoint('leader-epoch-checkpoint/orders-0');
    appendBatch(log, disk, batch(log, 3, 2));
    appendBatch(log, disk, batch(log, 4, 1));
    disk.writeCheckpoint('leader-epoch-checkpoint/orders-0', stored);

    expect(entriesOf(openLog(disk, PARTITION, true))).toEqual([[1, 0]]);
    const recovered = [
      [1, 0],
      [3, 5],
      [4, 7],
    ];
    expect(entriesOf(openLog(disk, PARTITION, false))).toEqual(recovered);
    expect(entriesOf(openLog(disk, PARTITION, true))).toEqual(recovered);
  });

  it('drops the torn tail, trims the epoch cache, and clamps the high watermark and the recovery point', () => {
    for (let seed = 0; seed < 40; seed++) {
      const disk = newDisk();
      const log = openLog(disk, PARTITION, true);
      for (let at = 0; at < 6; at++) appendBatch(log, disk, batch(log, 1 + at, 2));
      log.file.markFlushed(2, log.file.entries.at(0).sizeBytes * 2);
      disk.writeCheckpoint(log.highWatermarkCheckpoint, 10);
      disk.writeCheckpoint(log.recoveryPointCheckpoint, 4);
      disk.losePower(new RandomStreams(String(seed)).stream('power'));
      const torn = log.file.tornAt;
      const kept = torn >= 0 ? torn : log.file.entries.length;

      const again = openLog(disk, PARTITION, false);

      expect(again.file.entries.length).toBe(kept);
      expect(again.logEndOffset).toBe(2 * kept);
      expect(again.highWatermark).toBe(Math.min(10, 2 * kept));
      expect(again.recoveryPoint).toBe(4);
      expect(entriesOf(again)).toEqual(Array.from({ length: kept }, (_, at) => [1 + at, 2 * at]));
      expect(kept).toBeGreaterThanOrEqual(2);
    }
  });
});
