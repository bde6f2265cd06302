/**
 * When a batch that waits to be sent is given up.
 *
 * - `batchExpiry=deliveryTimeout`: `delivery.timeout.ms` after its making, and the same under way (KIP-91).
 * - `batchExpiry=requestTimeout` (before 2.1): when it could have been sent for longer than `request.timeout.ms`. A batch
 *   that was tried counts from the end of its backoff, one that takes no more records from its last record or the end of
 *   its lingering, whichever was first, and one that does from the end of its lingering. Batches under way are not given
 *   up, nor are those of a partition that waits for an answer with one request in flight; `retries` bounds the attempts.
 *
 * Source: ProducerBatch.hasReachedDeliveryTimeout (2.3.1); RecordBatch.maybeExpire and
 * RecordAccumulator.abortExpiredBatches (0.10.2.1), ProducerBatch.maybeExpire and RecordAccumulator.expiredBatches
 * (1.1.0, 2.0.0), Sender.canRetry.
 * Differs from Kafka: 0.11 gives up its producer id where a batch expires after a retry; here, as later, its sequence
 * number is left unresolved.
 */
import { isFull, type ProducerBatch } from './producer-batch.js';
import type { ProducerPlan } from './producer-plan.js';

/** Kafka counts in milliseconds, and gives up where more than the timeout has passed. */
const MORE_THAN_US = 1000;

/** True where batches under way are given up as those that wait. */
export function expiresUnderWay(plan: ProducerPlan): boolean {
  return plan.batchExpiry === 'deliveryTimeout';
}

/**
 * When a batch is given up, on the clock of the host.
 *
 * @param isLast no other batch of its partition was begun after it.
 */
export function batchExpiresUs(plan: ProducerPlan, batch: ProducerBatch, isLast: boolean): number {
  if (plan.batchExpiry === 'deliveryTimeout') return batch.createdUs + plan.deliveryTimeoutUs;
  return sendableUs(plan, batch, isLast) + plan.requestTimeoutUs + MORE_THAN_US;
}

function sendableUs(plan: ProducerPlan, batch: ProducerBatch, isLast: boolean): number {
  if (batch.attempts > 0) return batch.lastAttemptUs + plan.retryBackoff.initialUs;
  const lingeredUs = batch.createdUs + plan.lingerUs;
  const isWhole = !isLast || isFull(batch, plan.batchSize);
  return isWhole ? Math.min(batch.lastAppendUs, lingeredUs) : lingeredUs;
}
