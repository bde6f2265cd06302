/**
 * The partitioner of records without a key: uniform and sticky (KIP-794); `older-partitioners.ts` has those before it.
 *
 * Records go to one partition until `batch.size` bytes went there (at most twice that, so that no batch is cut short);
 * the next partition is drawn at random, among those with a leader. Where queues differ in length, a partition's
 * chance is the longest queue plus one, less its own queue. Partitions of a broker that has had data ready for longer
 * than `partitioner.availability.timeout.ms` without taking any are left out.
 *
 * Source: BuiltInPartitioner, RecordAccumulator.partitionReady and updateNodeLatencyStats.
 * Differs from Kafka: queues are looked at when a partition is drawn, not on the sender's last pass.
 */
import type { RandomStream } from '../../sim/index.js';
import type { ClientMetadata } from './client-metadata.js';
import type { ProducerBatch } from './producer-batch.js';

export interface StickyPartitioner {
  /** The partition that is being filled; -1 before the first record. */
  slot: number;
  /** Bytes put there since it was drawn. */
  producedBytes: number;
  /** With `partitioner=roundRobin`: whose turn it is; -1 before the first record. */
  counter: number;
  /** By node: when it last had data ready, and when it last took some. */
  readonly nodeReadyUs: number[];
  readonly nodeDrainedUs: number[];
}

/** What the partitioner looks at when it draws. */
export interface PartitionLoads {
  readonly metadata: ClientMetadata;
  readonly queues: readonly (readonly ProducerBatch[])[];
  /** False: all partitions with a leader are alike (`partitioner.adaptive.partitioning.enable`). */
  readonly isAdaptive: boolean;
  /** 0: nobody is left out. */
  readonly availabilityTimeoutUs: number;
}

export function createStickyPartitioner(nodeCount: number): StickyPartitioner {
  return {
    slot: -1,
    producedBytes: 0,
    counter: -1,
    nodeReadyUs: new Array<number>(nodeCount).fill(0),
    nodeDrainedUs: new Array<number>(nodeCount).fill(0),
  };
}

/** The partition for the next record. */
export function stickySlot(
  partitioner: StickyPartitioner,
  loads: PartitionLoads,
  random: RandomStream,
): number {
  if (partitioner.slot < 0) partitioner.slot = drawSlot(partitioner, loads, random);
  return partitioner.slot;
}

/** A record was appended to `slot`; `mayCut` says that its last batch is full, or that there is none. */
export function noteAppended(
  partitioner: StickyPartitioner,
  slot: number,
  bytes: number,
  mayCut: boolean,
  batchSize: number,
  loads: PartitionLoads,
  random: RandomStream,
): void {
  if (slot !== partitioner.slot) return;
  partitioner.producedBytes += bytes;
  const { producedBytes } = partitioner;
  if (producedBytes < 2 * batchSize && !(producedBytes >= batchSize && mayCut)) return;
  partitioner.slot = drawSlot(partitioner, loads, random);
  partitioner.producedBytes = 0;
}

/** A node has data ready; `drained` says that it could take it. */
export function noteNodeLatency(
  partitioner: StickyPartitioner,
  node: number,
  nowUs: number,
  drained: boolean,
): void {
  if (drained || partitioner.nodeDrainedUs[node] === 0) partitioner.nodeDrainedUs[node] = nowUs;
  partitioner.nodeReadyUs[node] = nowUs;
}

function drawSlot(
  partitioner: StickyPartitioner,
  loads: PartitionLoads,
  random: RandomStream,
): number {
  const { metadata, queues, isAdaptive } = loads;
  const draw = random.uint32() >>> 1;
  if (isAdaptive && queues.length >= 2) {
    const slot = drawByLoad(partitioner, loads, draw);
    if (slot >= 0) return slot;
  }
  let available = 0;
  for (const leader of metadata.leaders) if (leader >= 0) available++;
  if (available === 0) return draw % queues.length;
  let left = draw % available;
  for (let slot = 0; slot < queues.length; slot++) {
    if (metadata.leaders[slot]! >= 0 && left-- === 0) return slot;
  }
  throw new Error('no partition was drawn');
}

/** Draws with a chance that falls with the queue's length; -1 where all are alike. */
function drawByLoad(partitioner: StickyPartitioner, loads: PartitionLoads, draw: number): number {
  const { queues } = loads;
  let longest = 0;
  let shortest = Number.MAX_SAFE_INTEGER;
  let count = 0;
  let sum = 0;
  for (let slot = 0; slot < queues.length; slot++) {
    if (!isAvailable(partitioner, loads, slot)) continue;
    const { length } = queues[slot]!;
    longest = Math.max(longest, length);
    shortest = Math.min(shortest, length);
    sum += length;
    count++;
  }
  if (count === 0 || (longest === shortest && count === queues.length)) return -1;
  let left = draw % (count * (longest + 1) - sum);
  for (let slot = 0; slot < queues.length; slot++) {
    if (!isAvailable(partitioner, loads, slot)) continue;
    left -= longest + 1 - queues[slot]!.length;
    if (left < 0) return slot;
  }
  throw new Error('no partition was drawn by load');
}

function isAvailable(partitioner: StickyPartitioner, loads: PartitionLoads, slot: number): boolean {
  const leader = loads.metadata.leaders[slot]!;
  if (leader < 0) return false;
  const { availabilityTimeoutUs } = loads;
  if (availabilityTimeoutUs === 0) return true;
  const waitedUs = partitioner.nodeReadyUs[leader]! - partitioner.nodeDrainedUs[leader]!;
  return waitedUs <= availabilityTimeoutUs;
}
