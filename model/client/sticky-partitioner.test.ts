import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../sim/index.js';
import type { ClientMetadata } from './client-metadata.js';
import { createBatch } from './producer-batch.js';
import {
  createStickyPartitioner,
  noteAppended,
  noteNodeLatency,
  stickySlot,
  type PartitionLoads,
} from './sticky-partitioner.js';
import { ClientLab } from './testdata/client-lab.js';

function loadsOf(
  lengths: readonly number[],
  overrides: Partial<PartitionLoads> = {},
): PartitionLoads {
  const metadata = { leaders: lengths.map((_, slot) => slot % 3) } as unknown as ClientMetadata;
  const queues = lengths.map((length, slot) =>
    Array.from({ length }, () => createBatch(slot, 1000, 0, 0, -1, 10, 0)),
  );
  return { metadata, queues, isAdaptive: true, availabilityTimeoutUs: 0, ...overrides };
}

/** How often each partition is drawn in 12,000 switches. */
function shares(
  loads: PartitionLoads,
  prepare?: (partitioner: ReturnType<typeof createStickyPartitioner>) => void,
): number[] {
  const random = RandomStream.named('seed', 'partitioner');
  const partitioner = createStickyPartitioner(3);
  prepare?.(partitioner);
  const counts = loads.queues.map(() => 0);
  for (let count = 0; count < 12_000; count++) {
    const slot = stickySlot(partitioner, loads, random);
    counts[slot]!++;
    noteAppended(partitioner, slot, 1000, true, 1000, loads, random);
  }
  return counts.map((count) => Math.round(count / 100));
}

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((share, slot) => expect(Math.abs(share - expected[slot]!)).toBeLessThanOrEqual(3));
}

describe('the sticky partitioner (KIP-794)', () => {
  it('stays until batch.size bytes went to the partition and its batch is full, at most twice as long', () => {
    const loads = loadsOf(new Array<number>(1000).fill(0));
    const random = RandomStream.named('seed', 'partitioner');
    const partitioner = createStickyPartitioner(3);
    const slot = stickySlot(partitioner, loads, random);

    noteAppended(partitioner, slot, 900, true, 1000, loads, random);
    expect(stickySlot(partitioner, loads, random)).toBe(slot);
    noteAppended(partitioner, slot, 200, false, 1000, loads, random);
    expect(stickySlot(partitioner, loads, random)).toBe(slot);
    noteAppended(partitioner, slot, 899, false, 1000, loads, random);
    expect(stickySlot(partitioner, loads, random)).toBe(slot);
    noteAppended(partitioner, slot, 1, false, 1000, loads, random);
    expect(stickySlot(partitioner, loads, random)).not.toBe(slot);
  });

  it('draws evenly where all queues are alike', () => {
    expectNear(shares(loadsOf([0, 0, 0])), [40, 40, 40]);
    expectNear(shares(loadsOf([2, 2, 2, 2])), [30, 30, 30, 30]);
  });

  it('draws with the longest queue plus one, less the own queue', () => {
    // Queues 0 3 1: chances 4 1 3 (the example of BuiltInPartitioner).
    expectNear(shares(loadsOf([0, 3, 1])), [60, 15, 45]);
  });

  it('partitioner.adaptive.partitioning.enable=false: queues do not matter', () => {
    expectNear(shares(loadsOf([0, 3, 1], { isAdaptive: false })), [40, 40, 40]);
  });

  it('draws partitions without a leader only if there are no others', () => {
    const loads = loadsOf([0, 0, 0]);
    loads.metadata.leaders[1] = -1;
    expectNear(shares(loads), [60, 0, 60]);
    loads.metadata.leaders.fill(-1);
    expectNear(shares(loads), [40, 40, 40]);
  });

  it('partitioner.availability.timeout.ms: leaves out a broker that took nothing for longer', () => {
    const loads = loadsOf([0, 0, 0], { availabilityTimeoutUs: 5000 });
    const slow = shares(loads, (partitioner) => {
      noteNodeLatency(partitioner, 2, 1_000_000, true);
      noteNodeLatency(partitioner, 2, 1_004_000, false);
    });
    const stuck = shares(loads, (partitioner) => {
      noteNodeLatency(partitioner, 2, 1_000_000, true);
      noteNodeLatency(partitioner, 2, 1_006_000, false);
    });

    expectNear(slow, [40, 40, 40]);
    expectNear(stuck, [60, 60, 0]);
  });

  it('a producer without keys spreads its records evenly, and fills its batches', () => {
    const config = { 'batch.size': 4096 };
    const producers = [{ rate: 20_000, stopUs: 2_000_000, config }];
    const lab = new ClientLab({ partitions: 6, producers }).start().runMs(4000);

    expect(lab.recorded.outcomes).toHaveLength(40_000);
    for (let partition = 0; partition < 6; partition++) {
      const share = lab.world.values(partition).length / 40_000;
      expect(Math.abs(share - 1 / 6)).toBeLessThan(0.03);
      const { batches } = lab.world.partitions[partition]!;
      const full = batches.filter((batch) => batch.sizeBytes > 0.9 * 4096).length;
      expect(full / batches.length).toBeGreaterThan(0.9);
    }
  });

  it('a producer with keys puts a key where its hash says', () => {
    const producers = [{ rate: 1000, keys: 100, stopUs: 1_000_000 }];
    const lab = new ClientLab({ partitions: 6, producers }).start().runMs(3000);

    const homes = new Map<number, number>();
    for (const { key, partition } of lab.recorded.invoked) {
      expect(homes.get(key) ?? partition).toBe(partition);
      homes.set(key, partition);
    }
    expect(new Set(homes.values()).size).toBe(6);
  });
});
