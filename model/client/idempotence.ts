/**
 * Sequence numbers of an idempotent producer (KIP-98, KIP-360): per partition, batches are numbered through, and a
 * leader appends them in that order and once.
 *
 * - A batch keeps its number while it is retried; of a partition, the first unanswered batch goes first.
 * - A batch that expired after a retry leaves its number *unresolved*: no new batch is numbered until all others are
 *   answered. If then a later one succeeded, so did this one; otherwise there is a gap.
 * - Over a gap the producer raises its epoch by itself and numbers what is under way from 0 again. Batches that an
 *   earlier attempt may have got appended can thereby be appended twice (mark `producer-renumbered-sent-batch`).
 *
 * Source: TransactionManager (the part without transactions), TxnPartitionMap, TxnPartitionEntry.
 */
import type { HostContext } from '../../sim/index.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import { NO_PRODUCER_ID } from '../records.js';
import { isRetriable } from './produce-errors.js';
import {
  forgetSequence,
  hasSequence,
  lastSequence,
  renumber,
  type ProducerBatch,
} from './producer-batch.js';

const MAX_EPOCH = 32767;
const MAX_SEQUENCE = 0x7fffffff;
const NONE = -1;

/** What the producer knows of one partition. */
interface PartitionSequences {
  producerId: number;
  producerEpoch: number;
  nextSequence: number;
  /** -1 before the first answer of this epoch. */
  lastAckedSequence: number;
  /** Numbered batches without an outcome, sent or waiting to be sent again, in order of their numbers. */
  readonly inFlight: ProducerBatch[];
  /** The number after an expired batch whose fate is not known, or -1. */
  unresolvedSequence: number;
  /** To be numbered from 0 at the next raise of the epoch. */
  mustRenumber: boolean;
}

export interface IdempotenceState {
  /** -1 until InitProducerId is answered. */
  producerId: number;
  producerEpoch: number;
  isAskingForId: boolean;
  /** No InitProducerId before then. */
  askAgainAtUs: number;
  bumpRequired: boolean;
  /** By slot; null until the partition is used. */
  readonly partitions: (PartitionSequences | null)[];
  /** Slots with an unresolved sequence, in order of appearance. */
  unresolved: number[];
}

export function createIdempotence(partitionCount: number): IdempotenceState {
  return {
    producerId: NO_PRODUCER_ID,
    producerEpoch: NONE,
    isAskingForId: false,
    askAgainAtUs: 0,
    bumpRequired: false,
    partitions: new Array<PartitionSequences | null>(partitionCount).fill(null),
    unresolved: [],
  };
}

export function hasProducerId(state: IdempotenceState): boolean {
  return state.producerId !== NO_PRODUCER_ID;
}

/** Whether the first batch of a partition's queue has to wait (RecordAccumulator.shouldStopDrainBatchesForPartition). */
export function mustHoldBack(state: IdempotenceState, first: ProducerBatch): boolean {
  if (!hasProducerId(state)) return true;
  const sequences = sequencesOf(state, first.slot);
  const oldest = sequences.inFlight[0];
  if (!hasSequence(first)) {
    if (oldest !== undefined && isStale(state, sequences)) return true;
    return sequences.unresolvedSequence !== NONE;
  }
  return oldest !== undefined && first.baseSequence !== oldest.baseSequence;
}

/** Numbers a batch that is about to be sent for the first time. */
export function assignSequence(state: IdempotenceState, batch: ProducerBatch): void {
  const sequences = sequencesOf(state, batch.slot);
  if (isStale(state, sequences) && sequences.inFlight.length === 0) startAtZero(state, sequences);
  batch.producerId = state.producerId;
  batch.producerEpoch = state.producerEpoch;
  batch.baseSequence = sequences.nextSequence;
  sequences.nextSequence = incrementSequence(sequences.nextSequence, batch.values.length);
  insertInFlight(sequences.inFlight, batch);
}

/** The batch will get a new number when it is sent again (mutation `producerRetry=newSequence`). */
export function takeSequenceBack(state: IdempotenceState, batch: ProducerBatch): void {
  removeInFlight(sequencesOf(state, batch.slot), batch);
  forgetSequence(batch);
}

/** A batch was appended. */
export function onBatchCompleted(state: IdempotenceState, batch: ProducerBatch): void {
  const sequences = sequencesOf(state, batch.slot);
  sequences.lastAckedSequence = Math.max(sequences.lastAckedSequence, lastSequence(batch));
  removeInFlight(sequences, batch);
}

/** A batch failed for good. */
export function onBatchFailed(
  state: IdempotenceState,
  batch: ProducerBatch,
  error: number,
  mayLeaveGap: boolean,
): void {
  const sequences = sequencesOf(state, batch.slot);
  removeInFlight(sequences, batch);
  if (error === ErrorCode.UNKNOWN_PRODUCER_ID) {
    state.partitions[batch.slot] = null;
    state.unresolved = state.unresolved.filter((slot) => slot !== batch.slot);
  } else if (error === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER || mayLeaveGap) {
    requestBump(state, batch.slot);
  }
}

/** A batch expired after a retry: whether it was appended will show. */
export function markUnresolved(state: IdempotenceState, batch: ProducerBatch): void {
  const sequences = sequencesOf(state, batch.slot);
  if (sequences.unresolvedSequence === NONE) state.unresolved.push(batch.slot);
  const next = lastSequence(batch) + 1;
  sequences.unresolvedSequence = Math.max(sequences.unresolvedSequence, next);
}

/** Looks whether what was unresolved can be told now that nothing of its partition is under way. */
export function maybeResolveSequences(state: IdempotenceState): void {
  if (state.unresolved.length === 0) return;
  state.unresolved = state.unresolved.filter((slot) => {
    const sequences = sequencesOf(state, slot);
    if (sequences.inFlight.length > 0) return true;
    if (sequences.nextSequence - sequences.lastAckedSequence !== 1) requestBump(state, slot);
    sequences.unresolvedSequence = NONE;
    return false;
  });
}

/** Whether a failed batch may be sent again; may ask for a raise of the epoch (TransactionManager.canRetry). */
export function canRetrySequence(
  state: IdempotenceState,
  batch: ProducerBatch,
  error: number,
): boolean {
  if (error === ErrorCode.UNKNOWN_PRODUCER_ID) {
    if (!batch.isRenumbered) requestBump(state, batch.slot);
    return true;
  }
  if (error !== ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) return isRetriable(error);
  const { unresolvedSequence, lastAckedSequence } = sequencesOf(state, batch.slot);
  const isNext = batch.baseSequence - lastAckedSequence === 1;
  if (unresolvedSequence === NONE && (batch.isRenumbered || !isNext)) return true;
  if (unresolvedSequence === NONE || batch.baseSequence === unresolvedSequence) {
    requestBump(state, batch.slot);
  }
  return true;
}

/** Raises the epoch if that was asked for, and numbers the partitions concerned from 0. */
export function maybeBumpEpoch(
  state: IdempotenceState,
  producer: number,
  context: HostContext,
): void {
  if (!state.bumpRequired) return;
  state.bumpRequired = false;
  const observer = observerOf(context);
  observer.mark(context.virtualUs, 'producer-epoch-bumped', producer);
  if (state.producerEpoch >= MAX_EPOCH) {
    state.producerId = NO_PRODUCER_ID;
    state.producerEpoch = NONE;
  } else {
    state.producerEpoch++;
  }
  for (let slot = 0; slot < state.partitions.length; slot++) {
    const sequences = state.partitions[slot];
    if (sequences?.mustRenumber !== true) continue;
    sequences.mustRenumber = false;
    if (sequences.inFlight.some((batch) => batch.maybeAppended)) {
      observer.mark(context.virtualUs, 'producer-renumbered-sent-batch', producer);
    }
    startAtZero(state, sequences);
    sequences.unresolvedSequence = NONE;
    state.unresolved = state.unresolved.filter((other) => other !== slot);
  }
}

/** The sequence after `count` records; it starts again after 2^31 - 1. */
export function incrementSequence(sequence: number, count: number): number {
  if (sequence > MAX_SEQUENCE - count) return count - (MAX_SEQUENCE - sequence) - 1;
  return sequence + count;
}

function requestBump(state: IdempotenceState, slot: number): void {
  state.bumpRequired = true;
  sequencesOf(state, slot).mustRenumber = true;
}

function sequencesOf(state: IdempotenceState, slot: number): PartitionSequences {
  return (state.partitions[slot] ??= {
    producerId: NO_PRODUCER_ID,
    producerEpoch: NONE,
    nextSequence: 0,
    lastAckedSequence: NONE,
    inFlight: [],
    unresolvedSequence: NONE,
    mustRenumber: false,
  });
}

function isStale(state: IdempotenceState, sequences: PartitionSequences): boolean {
  return (
    sequences.producerId !== state.producerId || sequences.producerEpoch !== state.producerEpoch
  );
}

function startAtZero(state: IdempotenceState, sequences: PartitionSequences): void {
  let next = 0;
  for (const batch of sequences.inFlight) {
    renumber(batch, state.producerId, state.producerEpoch, next);
    next = incrementSequence(next, batch.values.length);
  }
  sequences.producerId = state.producerId;
  sequences.producerEpoch = state.producerEpoch;
  sequences.nextSequence = next;
  sequences.lastAckedSequence = NONE;
}

function removeInFlight(sequences: PartitionSequences, batch: ProducerBatch): void {
  const index = sequences.inFlight.indexOf(batch);
  if (index >= 0) sequences.inFlight.splice(index, 1);
}

/** Batches come in ascending order, except over the wrap of the numbers. */
function insertInFlight(inFlight: ProducerBatch[], batch: ProducerBatch): void {
  let index = inFlight.length;
  while (index > 0 && inFlight[index - 1]!.baseSequence > batch.baseSequence) index--;
  if (index === inFlight.length) inFlight.push(batch);
  else inFlight.splice(index, 0, batch);
}
