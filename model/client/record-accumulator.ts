/**
 * Where records become batches and batches wait to be sent: a queue for each partition, and a bounded memory.
 *
 * Source: RecordAccumulator, BufferPool, KafkaProducer.doSend.
 * Differs from Kafka: records that wait for metadata or memory stand in one line, each for `max.block.ms`, as if every
 * one was sent by a thread of its own and the threads were woken in order; their partition is chosen when they are
 * handed over. A record thereby never overtakes an earlier one of its producer before it is in a batch.
 */
import { shorten, type HostContext } from '../../sim/index.js';
import { BATCH_OVERHEAD_BYTES } from '../records.js';
import { exponentialBackoffUs } from './exponential-backoff.js';
import { armBy } from './lazy-timer.js';
import { ClientOpcode } from './opcodes.js';
import {
  createBatch,
  hasRoom,
  hasSequence,
  isFull,
  tryAppendRecord,
  type ProducerBatch,
} from './producer-batch.js';
import { keyLength, type ProducerPlan } from './producer-plan.js';
import type { ProducerState } from './producer-state.js';
import { noteAppended, stickySlot } from './sticky-partitioner.js';

/** What appending a record came to. */
export const Appended = {
  /** No memory for another batch. */
  noMemory: 0,
  /** The record joined a batch that goes on to linger. */
  joined: 1,
  /** The record began a batch, the only one of its queue, which lingers. */
  began: 2,
  /** There is a full batch. */
  filled: 3,
} as const;
export type Appended = (typeof Appended)[keyof typeof Appended];

/** Puts a record into the last batch of its partition, or into a new one. */
export function appendRecord(
  plan: ProducerPlan,
  state: ProducerState,
  value: number,
  key: number,
  slot: number,
  context: HostContext,
): Appended {
  const { batchSize } = plan;
  const queue = state.queues[slot]!;
  const bytes = plan.bareRecordBytes + keyLength(key);
  const timestampMs = Math.floor(context.wallClockUs() / 1000);
  const last = queue[queue.length - 1];
  if (last !== undefined && tryAppendRecord(last, value, key, bytes, timestampMs, batchSize)) {
    noteSticky(plan, state, slot, bytes, last);
    return isFull(last, batchSize) ? Appended.filled : Appended.joined;
  }
  const memoryBytes = Math.max(batchSize, BATCH_OVERHEAD_BYTES + bytes);
  if (state.freeMemoryBytes < memoryBytes) return Appended.noMemory;
  state.freeMemoryBytes -= memoryBytes;
  const batch = createBatch(slot, memoryBytes, context.nowUs(), value, key, bytes, timestampMs);
  queue.push(batch);
  if (queue.length === 1) activate(state, slot);
  noteExpiry(state, batch.createdUs + plan.deliveryTimeoutUs, context);
  noteSticky(plan, state, slot, batch.sizeBytes, batch);
  return queue.length > 1 || isFull(batch, batchSize) ? Appended.filled : Appended.began;
}

/**
 * The partition for a record without a key: the one being filled, unless its last batch is full (or would be with
 * this record) and it has had its share (RecordAccumulator.partitionChanged).
 */
export function chooseStickySlot(plan: ProducerPlan, state: ProducerState, key: number): number {
  const { partitioner, loads, partitionerRandom: random, queues } = state;
  const { batchSize } = plan;
  const slot = stickySlot(partitioner, loads, random);
  const queue = queues[slot]!;
  const last = queue[queue.length - 1];
  const bytes = plan.bareRecordBytes + keyLength(key);
  if (last !== undefined && !hasRoom(last, bytes, batchSize)) last.isClosed = true;
  if (last !== undefined && !isFull(last, batchSize)) return slot;
  noteAppended(partitioner, slot, 0, true, batchSize, loads, random);
  return stickySlot(partitioner, loads, random);
}

/** Puts records that waited into batches, as far as metadata and memory allow; true if there were any. */
export function admitBlocked(
  plan: ProducerPlan,
  state: ProducerState,
  context: HostContext,
): boolean {
  const { blocked, core } = state;
  if (state.blockedFrom === blocked.length || !core.metadata.isKnown) return false;
  const from = state.blockedFrom;
  while (state.blockedFrom < blocked.length) {
    const { value, key, slot } = blocked[state.blockedFrom]!;
    if (appendRecord(plan, state, value, key, slot, context) === Appended.noMemory) break;
    state.blockedFrom++;
  }
  const wasAny = state.blockedFrom > from;
  forgetAdmitted(state);
  return wasAny;
}

/** Drops the done part of the line once it is the larger part. */
export function forgetAdmitted(state: ProducerState): void {
  if (2 * state.blockedFrom < state.blocked.length) return;
  state.blocked.splice(0, state.blockedFrom);
  state.blockedFrom = 0;
}

/** Puts a batch back to be sent again: to its place by sequence, or to the front. */
export function reenqueue(
  plan: ProducerPlan,
  state: ProducerState,
  batch: ProducerBatch,
  context: HostContext,
): void {
  const nowUs = context.nowUs();
  batch.lastAttemptUs = nowUs;
  batch.retryAtUs =
    nowUs + exponentialBackoffUs(plan.retryBackoff, batch.attempts, state.core.network.random);
  batch.attempts++;
  const queue = state.queues[batch.slot]!;
  let place = 0;
  if (state.idempotence !== null) {
    while (
      place < queue.length &&
      hasSequence(queue[place]!) &&
      queue[place]!.baseSequence < batch.baseSequence
    ) {
      place++;
    }
  }
  queue.splice(place, 0, batch);
  if (queue.length === 1) activate(state, batch.slot);
  noteExpiry(state, batch.createdUs + plan.deliveryTimeoutUs, context);
}

/** Takes slots without batches off the list of active ones. */
export function compactActive(state: ProducerState): void {
  const { active, queues } = state;
  let kept = 0;
  for (let index = 0; index < active.length; index++) {
    const slot = active[index]!;
    if (queues[slot]!.length > 0) active[kept++] = slot;
  }
  shorten(active, kept);
}

/** Remembers when a batch expires. */
export function noteExpiry(state: ProducerState, atUs: number, context: HostContext): void {
  if (atUs < state.nextExpiryUs) state.nextExpiryUs = atUs;
  armBy(state.core.network.deadline, atUs, ClientOpcode.deadline, context);
}

function activate(state: ProducerState, slot: number): void {
  const { active } = state;
  let index = active.length;
  while (index > 0 && active[index - 1]! > slot) index--;
  if (active[index - 1] === slot) return;
  if (index === active.length) active.push(slot);
  else active.splice(index, 0, slot);
}

function noteSticky(
  plan: ProducerPlan,
  state: ProducerState,
  slot: number,
  bytes: number,
  last: ProducerBatch,
): void {
  if (!plan.isSticky) return;
  const { partitioner, loads, partitionerRandom } = state;
  const mayCut = isFull(last, plan.batchSize);
  noteAppended(partitioner, slot, bytes, mayCut, plan.batchSize, loads, partitionerRandom);
}
