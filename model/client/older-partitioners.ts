/**
 * How older producers chose partitions of records without a key.
 *
 * Before 2.4 (`partitioner=roundRobin`) each record went to the next of the partitions with a leader. From 2.4 to 3.2
 * (`partitioner=sticky480`, KIP-480) all went to one partition until a record needed a new batch there; then another
 * partition was drawn. Every batch begins so, also where the last one was sent before it was full: a slow broker, whose
 * batches stay open for longer, gets more records than the others, which makes it slower still (B28, KAFKA-10888).
 *
 * Source: DefaultPartitioner (0.10.2.1, 2.3.1); StickyPartitionCache, DefaultPartitioner.onNewBatch and KafkaProducer.doSend
 * (2.6.1).
 */
import type { RandomStream } from '../../sim/index.js';
import type { PartitionLoads, StickyPartitioner } from './sticky-partitioner.js';

/** The counter is an int of which the sign is masked out (Utils.toPositive). */
const COUNTER_MASK = 0x7fffffff;

/** The partition for the next record, in turn. */
export function roundRobinSlot(
  partitioner: StickyPartitioner,
  loads: PartitionLoads,
  random: RandomStream,
): number {
  if (partitioner.counter < 0) partitioner.counter = random.uint32() & COUNTER_MASK;
  const turn = partitioner.counter;
  partitioner.counter = (turn + 1) & COUNTER_MASK;
  const available = availableCount(loads);
  if (available === 0) return turn % loads.queues.length;
  return availableSlot(loads, turn % available);
}

/**
 * Another partition than the present one, which needs a new batch: drawn from those with a leader, or from all where
 * none has one.
 */
export function switchSlot(
  partitioner: StickyPartitioner,
  loads: PartitionLoads,
  random: RandomStream,
): number {
  partitioner.slot = drawOther(partitioner.slot, loads, random);
  return partitioner.slot;
}

function drawOther(present: number, loads: PartitionLoads, random: RandomStream): number {
  const available = availableCount(loads);
  if (available === 0) return random.below(loads.queues.length);
  if (available === 1) return availableSlot(loads, 0);
  for (;;) {
    const slot = availableSlot(loads, random.below(available));
    if (slot !== present) return slot;
  }
}

function availableCount({ metadata }: PartitionLoads): number {
  let count = 0;
  for (const leader of metadata.leaders) if (leader >= 0) count++;
  return count;
}

/** The partition with a leader that comes after `index` others. */
function availableSlot({ metadata }: PartitionLoads, index: number): number {
  const { leaders } = metadata;
  let left = index;
  for (let slot = 0; slot < leaders.length; slot++) {
    if (leaders[slot]! >= 0 && left-- === 0) return slot;
  }
  throw new Error(`no partition has ${index} others with a leader before it`);
}
