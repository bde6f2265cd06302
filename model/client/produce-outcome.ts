/**
 * How an attempt to produce a batch ends: with success, with another attempt, or with failure; and what the
 * application is told.
 *
 * Of each record the application hears once. "Failed" means certainly not executed: no attempt got as far as a log.
 * All else is unknown: an attempt whose connection broke, or whose error can come after the append, may have been
 * executed, or may still be.
 *
 * Source: Sender (handleProduceResponse, completeBatch, failBatch, canRetry).
 * Differs from Kafka: a batch that is too large for the topic fails at once; Kafka splits it by `batch.size`, which
 * helps compressed batches only (KAFKA-8350).
 */
import type { HostContext } from '../../sim/index.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import type { ProduceResponse } from '../rpc/index.js';
import { expiresUnderWay } from './batch-expiry.js';
import { applyLeaderHint, requestMetadataUpdate } from './client-metadata.js';
import {
  canRetrySequence,
  markUnresolved,
  onBatchCompleted,
  onBatchFailed,
  takeSequenceBack,
} from './idempotence.js';
import type { InFlightRequest } from './network-client.js';
import { isBeforeAppend, isMetadataError, isRetriable } from './produce-errors.js';
import type { ProducerBatch } from './producer-batch.js';
import type { ProducerPlan } from './producer-plan.js';
import type { ProducerState } from './producer-state.js';
import { reenqueue, unmute } from './record-accumulator.js';

/** A broker answered a produce request. */
export function onProduceResponse(
  plan: ProducerPlan,
  state: ProducerState,
  request: InFlightRequest<readonly ProducerBatch[]>,
  response: ProduceResponse,
  context: HostContext,
): void {
  const batches = request.payload!;
  const { metadata } = state.core;
  for (let index = 0; index < response.results.length; index++) {
    const result = response.results[index]!;
    const slot = result.partition - plan.firstPartition;
    const batch = batchFor(batches, slot, index);
    const { error } = result;
    if (error === ErrorCode.NONE) {
      completeBatch(plan, state, batch, result.baseOffset, context);
    } else {
      observerOf(context).clientError(context.virtualUs, error);
      batch.lastError = error;
      if (!isBeforeAppend(error, plan.acks)) batch.maybeAppended = true;
      failAttempt(plan, state, batch, error, context);
      if (error === ErrorCode.NOT_LEADER_OR_FOLLOWER || error === ErrorCode.FENCED_LEADER_EPOCH) {
        applyLeaderHint(plan, metadata, slot, result.leaderId, result.leaderEpoch);
      }
    }
    unmute(plan, state, slot);
  }
}

/** The connection of a produce request broke: nobody knows what became of it. */
export function onProduceDisconnected(
  plan: ProducerPlan,
  state: ProducerState,
  request: InFlightRequest<readonly ProducerBatch[]>,
  timedOut: boolean,
  context: HostContext,
): void {
  const error = timedOut ? ErrorCode.REQUEST_TIMED_OUT : ErrorCode.NETWORK_EXCEPTION;
  for (const batch of request.payload!) {
    batch.maybeAppended = true;
    failAttempt(plan, state, batch, error, context);
    unmute(plan, state, batch.slot);
  }
}

/** A batch was appended (with acks=0: sent, and its offset is -1). */
export function completeBatch(
  plan: ProducerPlan,
  state: ProducerState,
  batch: ProducerBatch,
  baseOffset: number,
  context: HostContext,
): void {
  if (state.idempotence !== null) onBatchCompleted(state.idempotence, batch);
  const observer = observerOf(context);
  const producer = plan.producer.index;
  if (batch.isDone) {
    observer.mark(context.virtualUs, 'acknowledged-after-expiry', producer);
    return;
  }
  const { values } = batch;
  const partition = plan.firstPartition + batch.slot;
  settle(state, batch);
  for (let index = 0; index < values.length; index++) {
    const offset = baseOffset < 0 ? -1 : baseOffset + index;
    observer.sendSucceeded(context.virtualUs, producer, values[index]!, partition, offset);
  }
}

/**
 * A batch has waited for too long (`batch-expiry.ts`); `isInFlight` while a request with it is unanswered.
 *
 * Differs from Kafka: the application is told the last error that a broker answered, if there was one; Kafka's says that
 * the batch timed out (Sender.sendProducerData).
 */
export function expireBatch(
  plan: ProducerPlan,
  state: ProducerState,
  batch: ProducerBatch,
  isInFlight: boolean,
  context: HostContext,
): void {
  if (isInFlight) batch.maybeAppended = true;
  const { idempotence } = state;
  const error = batch.lastError === 0 ? ErrorCode.REQUEST_TIMED_OUT : batch.lastError;
  reportFailure(plan, state, batch, error, context);
  if (idempotence === null) return;
  onBatchFailed(idempotence, batch, ErrorCode.REQUEST_TIMED_OUT, false);
  if (batch.attempts > 0) markUnresolved(idempotence, batch);
}

/** Tells the application of one record that never got into a batch. */
export function failRecord(
  plan: ProducerPlan,
  state: ProducerState,
  value: number,
  slot: number,
  error: number,
  context: HostContext,
): void {
  state.pending--;
  const partition = plan.firstPartition + slot;
  const { index } = plan.producer;
  observerOf(context).sendFailed(context.virtualUs, index, value, partition, error, 'no');
}

function failAttempt(
  plan: ProducerPlan,
  state: ProducerState,
  batch: ProducerBatch,
  error: number,
  context: HostContext,
): void {
  if (isMetadataError(error)) requestMetadataUpdate(state.core.metadata, context.nowUs());
  if (batch.isDone) return;
  if (canRetry(plan, state, batch, error, context)) {
    if (plan.renumbersRetries && state.idempotence !== null && batch.maybeAppended) {
      takeSequenceBack(state.idempotence, batch);
    }
    if (batch.maybeAppended && batch.isRenumbered) markRenumbered(plan, context);
    reenqueue(plan, state, batch, context);
    return;
  }
  const mayLeaveGap = batch.attempts < plan.producer.config.retries;
  reportFailure(plan, state, batch, error, context);
  if (state.idempotence !== null) onBatchFailed(state.idempotence, batch, error, mayLeaveGap);
}

/** What was sent under one number is sent again under another: the leader cannot tell that it is the same. */
function markRenumbered(plan: ProducerPlan, context: HostContext): void {
  const { index } = plan.producer;
  observerOf(context).mark(context.virtualUs, 'producer-renumbered-sent-batch', index);
}

function canRetry(
  plan: ProducerPlan,
  state: ProducerState,
  batch: ProducerBatch,
  error: number,
  context: HostContext,
): boolean {
  if (expiresUnderWay(plan) && context.nowUs() - batch.createdUs >= plan.deliveryTimeoutUs) {
    return false;
  }
  if (batch.attempts >= plan.producer.config.retries) return false;
  if (state.idempotence === null) return isRetriable(error);
  return canRetrySequence(state.idempotence, batch, error);
}

function reportFailure(
  plan: ProducerPlan,
  state: ProducerState,
  batch: ProducerBatch,
  error: number,
  context: HostContext,
): void {
  const observer = observerOf(context);
  const executed = batch.maybeAppended ? 'unknown' : 'no';
  const partition = plan.firstPartition + batch.slot;
  const { index } = plan.producer;
  settle(state, batch);
  for (const value of batch.values) {
    observer.sendFailed(context.virtualUs, index, value, partition, error, executed);
  }
}

/** The batch has its outcome: its memory is free again. */
function settle(state: ProducerState, batch: ProducerBatch): void {
  batch.isDone = true;
  batch.isClosed = true;
  state.freeMemoryBytes += batch.memoryBytes;
  state.pending -= batch.values.length;
}

/** Results come in the order of the request; brokers may leave that order. */
function batchFor(batches: readonly ProducerBatch[], slot: number, index: number): ProducerBatch {
  const batch = batches[index];
  if (batch?.slot === slot) return batch;
  const found = batches.find((candidate) => candidate.slot === slot);
  if (found === undefined) throw new Error(`a produce response names partition ${slot}, unasked`);
  return found;
}
