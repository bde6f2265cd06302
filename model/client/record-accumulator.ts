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
import { batchExpiresUs, expiresUnderWay } from './batch-expiry.js';
import { exponentialBackoffUs } from './exponential-backoff.js';
import { armBy } from './lazy-timer.js';
import { roundRobinSlot, switchSlot } from './older-partitioners.js';
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
import { blockedCount, type ProducerState } from './producer-state.js';
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
  const nowUs = context.nowUs();
  const last = queue[queue.length - 1];
  if (
    last !== undefined &&
    tryAppendRecord(last, nowUs, value, key, bytes, timestampMs, batchSize)
  ) {
    noteSticky(plan, state, slot, bytes, last);
    if (!isFull(last, batchSize)) return Appended.joined;
    if (!expiresUnderWay(plan)) noteExpiry(state, batchExpiresUs(plan, last, true), context);
    return Appended.filled;
  }
  const memoryBytes = Math.max(batchSize, BATCH_OVERHEAD_BYTES + bytes);
  if (state.freeMemoryBytes < memoryBytes) return Appended.noMemory;
  state.freeMemoryBytes -= memoryBytes;
  const batch = createBatch(slot, memoryBytes, nowUs, value, key, bytes, timestampMs);
  queue.push(batch);
  if (queue.length === 1) activate(state, slot);
  // A batch that takes no more records may have to go sooner.
  if (last !== undefined && !expiresUnderWay(plan)) {
    noteExpiry(state, batchExpiresUs(plan, last, false), context);
  }
  noteExpiry(state, batchExpiresUs(plan, batch, true), context);
  noteSticky(plan, state, slot, batch.sizeBytes, batch);
  return queue.length > 1 || isFull(batch, batchSize) ? Appended.filled : Appended.began;
}

/** The partition for a record without a key. */
export function choosePartition(plan: ProducerPlan, state: ProducerState, key: number): number {
  const { partitioner, loads, partitionerRandom: random } = state;
  if (plan.partitioner === 'roundRobin') return roundRobinSlot(partitioner, loads, random);
  const slot = stickySlot(partitioner, loads, random);
  if (hasOpenBatch(plan, state, slot, key)) return slot;
  if (plan.partitioner === 'sticky480') {
    // Records in line have no batch yet: the first of them to be let in begins one.
    return isHeldUp(state) ? slot : switchSlot(partitioner, loads, random);
  }
  // It stays until it has had its share (RecordAccumulator.partitionChanged).
  noteAppended(partitioner, slot, 0, true, plan.batchSize, loads, random);
  return stickySlot(partitioner, loads, random);
}

function isHeldUp(state: ProducerState): boolean {
  return !state.core.metadata.isKnown || blockedCount(state) > 0;
}

/** Whether a partition's last batch takes the record; where it does not it is closed. */
function hasOpenBatch(
  plan: ProducerPlan,
  state: ProducerState,
  slot: number,
  key: number,
): boolean {
  const queue = state.queues[slot]!;
  const last = queue[queue.length - 1];
  if (last === undefined) return false;
  const bytes = plan.bareRecordBytes + keyLength(key);
  if (!hasRoom(last, bytes, plan.batchSize)) last.isClosed = true;
  return !isFull(last, plan.batchSize);
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
  noteExpiry(state, batchExpiresUs(plan, batch, place === queue.length - 1), context);
}

/** A request with a batch of the partition was answered: others may go where one at a time keeps the order. */
export function unmute(plan: ProducerPlan, state: ProducerState, slot: number): void {
  state.muted[slot] = false;
  // Meanwhile none of its batches was looked at.
  if (plan.keepsOrder && !expiresUnderWay(plan)) state.nextExpiryUs = 0;
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
  if (!plan.isKeyless || plan.partitioner !== 'uniformSticky') return;
  const { partitioner, loads, partitionerRandom } = state;
  const mayCut = isFull(last, plan.batchSize);
  noteAppended(partitioner, slot, bytes, mayCut, plan.batchSize, loads, partitionerRandom);
}
