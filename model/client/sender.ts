/**
 * The producer's I/O: one pass sends whatever can be sent, and says when to look again.
 *
 * A partition's first batch is ready when it is full, has lingered for `linger.ms`, or memory is short, and does not
 * back off. If any partition of a leader is ready, the first batches of all its partitions go in one request, up to
 * `max.request.size`, while fewer than `max.in.flight.requests.per.connection` requests are under way there.
 *
 * Source: Sender.runOnce and sendProducerData; RecordAccumulator.ready, drain and expiredBatches.
 * Differs from Kafka: batches expire even while the producer has no id yet.
 */
import { addItem, type HostContext } from '../../sim/index.js';
import { ErrorCode } from '../errors.js';
import { InitProducerIdRequest, Kind, ProduceRequest, type ProduceEntry } from '../rpc/index.js';
import { batchExpiresUs, expiresUnderWay } from './batch-expiry.js';
import { leastLoadedNode, maybeUpdateMetadata } from './client-core.js';
import { requestMetadataUpdate } from './client-metadata.js';
import {
  assignSequence,
  hasProducerId,
  maybeBumpEpoch,
  maybeResolveSequences,
  mustHoldBack,
  type IdempotenceState,
} from './idempotence.js';
import { armBy } from './lazy-timer.js';
import { isReady, makeReady, sendOneWay, sendRequest } from './network-client.js';
import { ClientOpcode } from './opcodes.js';
import { completeBatch, expireBatch, failRecord } from './produce-outcome.js';
import {
  hasSequence,
  isBackingOff,
  isFull,
  noteLeaderEpoch,
  toRecords,
  type ProducerBatch,
} from './producer-batch.js';
import type { ProducerPlan } from './producer-plan.js';
import { blockedCount, type ProducerState } from './producer-state.js';
import {
  admitBlocked,
  compactActive,
  forgetAdmitted,
  noteExpiry,
  unmute,
} from './record-accumulator.js';
import { noteNodeLatency } from './sticky-partitioner.js';

/** Does all that can be done now; to be called after everything that changed something. */
export function runSender(plan: ProducerPlan, state: ProducerState, context: HostContext): void {
  const { core, idempotence } = state;
  maybeUpdateMetadata(plan, core, context);
  if (idempotence !== null) {
    maybeResolveSequences(idempotence);
    maybeBumpEpoch(idempotence, plan.producer.index, context);
    if (!hasProducerId(idempotence)) maybeAskForProducerId(plan, state, idempotence, context);
  }
  expireBlocked(plan, state, context);
  expireBatches(plan, state, context);
  let goesOn = true;
  while (goesOn) {
    const admitted = admitBlocked(plan, state, context);
    const sent = sendReadyBatches(plan, state, context);
    goesOn = admitted || sent;
  }
  if (core.metadata.needsUpdate) maybeUpdateMetadata(plan, core, context);
}

/** Gives up on records that waited for `max.block.ms`. They are in the order of their deadlines. */
function expireBlocked(plan: ProducerPlan, state: ProducerState, context: HostContext): void {
  const { blocked } = state;
  const nowUs = context.nowUs();
  while (state.blockedFrom < blocked.length) {
    const { value, slot, deadlineUs } = blocked[state.blockedFrom]!;
    if (deadlineUs > nowUs) break;
    state.blockedFrom++;
    failRecord(plan, state, value, slot, ErrorCode.REQUEST_TIMED_OUT, context);
  }
  forgetAdmitted(state);
}

/** Fails batches that have waited for too long, and those under way where the version does that (`batch-expiry.ts`). */
function expireBatches(plan: ProducerPlan, state: ProducerState, context: HostContext): void {
  if (context.nowUs() < state.nextExpiryUs) return;
  state.nextExpiryUs = Number.MAX_SAFE_INTEGER;
  for (const slot of state.active) {
    if (expiresUnderWay(plan) || !state.muted[slot]!) expireWaiting(plan, state, slot, context);
  }
  compactActive(state);
  if (expiresUnderWay(plan)) expireInFlight(plan, state, context);
}

/** As far as the first that has not expired. */
function expireWaiting(
  plan: ProducerPlan,
  state: ProducerState,
  slot: number,
  context: HostContext,
): void {
  const queue = state.queues[slot]!;
  const nowUs = context.nowUs();
  while (queue.length > 0) {
    const expiresUs = batchExpiresUs(plan, queue[0]!, queue.length === 1);
    if (expiresUs > nowUs) {
      noteExpiry(state, expiresUs, context);
      return;
    }
    expireBatch(plan, state, queue.shift()!, false, context);
  }
}

function expireInFlight(plan: ProducerPlan, state: ProducerState, context: HostContext): void {
  const nowUs = context.nowUs();
  for (const connection of state.core.network.connections) {
    for (const request of connection.inFlight) {
      if (request.kind !== Kind.ProduceRequest) continue;
      for (const batch of request.payload!) {
        if (batch.isDone) continue;
        const expiresUs = batch.createdUs + plan.deliveryTimeoutUs;
        if (expiresUs <= nowUs) expireBatch(plan, state, batch, true, context);
        else noteExpiry(state, expiresUs, context);
      }
    }
  }
}

/** One request to each leader that is ready; true if anything was sent. */
function sendReadyBatches(plan: ProducerPlan, state: ProducerState, context: HostContext): boolean {
  if (state.active.length === 0) return false;
  findReadyNodes(plan, state, context);
  const { network } = state.core;
  let sent = false;
  for (let index = 0; index < state.readyNodeCount; index++) {
    const node = state.readyNodes[index]!;
    const canSend = makeReady(plan, network, node, context);
    if (plan.availabilityTimeoutUs > 0) {
      noteNodeLatency(state.partitioner, node, context.nowUs(), canSend);
    }
    if (!canSend || !isReady(plan, network, node)) continue;
    const batches = drainNode(plan, state, node, context);
    if (batches.length === 0) continue;
    sendProduce(plan, state, node, batches, context);
    sent = true;
  }
  compactActive(state);
  return sent;
}

/** RecordAccumulator.ready: finds the leaders with something to send, and sees to it that the client looks again. */
function findReadyNodes(plan: ProducerPlan, state: ProducerState, context: HostContext): void {
  const { core, active, queues } = state;
  const { leaders, leaderEpochs } = core.metadata;
  const nowUs = context.nowUs();
  const isMemoryShort = blockedCount(state) > 0 && core.metadata.isKnown;
  let lookAgainUs = Number.MAX_SAFE_INTEGER;
  state.readyNodeCount = 0;
  for (let index = 0; index < active.length; index++) {
    const slot = active[index]!;
    const queue = queues[slot]!;
    const first = queue[0];
    if (first === undefined) continue;
    const leader = leaders[slot]!;
    if (plan.followsNewLeaders) noteLeaderEpoch(first, leaderEpochs[slot]!);
    if (leader < 0) {
      requestMetadataUpdate(core.metadata, nowUs);
      continue;
    }
    if (state.muted[slot]! || isNodeReady(state, leader)) continue;
    if (isBackingOff(first, nowUs)) {
      lookAgainUs = Math.min(lookAgainUs, first.retryAtUs);
      continue;
    }
    const lingersUntilUs = first.lastAttemptUs + plan.lingerUs;
    const isWhole = queue.length > 1 || isFull(first, plan.batchSize);
    if (isWhole || isMemoryShort || lingersUntilUs <= nowUs) {
      state.readyNodes[state.readyNodeCount++] = leader;
    } else {
      lookAgainUs = Math.min(lookAgainUs, lingersUntilUs);
    }
  }
  armBy(core.network.wake, lookAgainUs, ClientOpcode.wake, context);
}

function isNodeReady(state: ProducerState, node: number): boolean {
  for (let index = 0; index < state.readyNodeCount; index++) {
    if (state.readyNodes[index] === node) return true;
  }
  return false;
}

const NO_BATCHES: readonly ProducerBatch[] = [];

/** RecordAccumulator.drainBatchesForOneNode: at most one batch of each partition that the node leads. */
function drainNode(
  plan: ProducerPlan,
  state: ProducerState,
  node: number,
  context: HostContext,
): readonly ProducerBatch[] {
  const { active, queues, idempotence } = state;
  const { leaders, leaderEpochs } = state.core.metadata;
  const nowUs = context.nowUs();
  let batches: ProducerBatch[] | null = null;
  const start = firstAtOrAfter(active, state.drainFrom[node]!);
  let sizeBytes = 0;
  for (let step = 0; step < active.length; step++) {
    const slot = active[(start + step) % active.length]!;
    if (leaders[slot] !== node) continue;
    state.drainFrom[node] = slot;
    const first = queues[slot]![0];
    if (first === undefined || state.muted[slot]!) continue;
    if (plan.followsNewLeaders) noteLeaderEpoch(first, leaderEpochs[slot]!);
    if (isBackingOff(first, nowUs)) continue;
    if (batches !== null && sizeBytes + first.sizeBytes > plan.maxRequestSize) break;
    // As in Kafka, a partition that must wait for its sequence holds back those after it.
    if (idempotence !== null && mustHoldBack(idempotence, first)) break;
    queues[slot]!.shift();
    if (idempotence !== null && !hasSequence(first)) assignSequence(idempotence, first);
    if (plan.keepsOrder) state.muted[slot] = true;
    sizeBytes += first.sizeBytes;
    batches = addItem(batches, first);
  }
  return batches ?? NO_BATCHES;
}

function sendProduce(
  plan: ProducerPlan,
  state: ProducerState,
  node: number,
  batches: readonly ProducerBatch[],
  context: HostContext,
): void {
  const { network } = state.core;
  let entries: ProduceEntry[] | null = null;
  for (let index = 0; index < batches.length; index++) {
    const batch = batches[index]!;
    entries = addItem<ProduceEntry>(entries, {
      partition: plan.firstPartition + batch.slot,
      batch: toRecords(batch),
    });
  }
  const { requestTimeoutMs } = plan.producer.config;
  const request = new ProduceRequest(
    network.nextCorrelationId++,
    plan.acks,
    requestTimeoutMs,
    entries!,
  );
  if (plan.acks !== 0) {
    sendRequest(plan, network, node, request, batches, context);
    return;
  }
  sendOneWay(network, node, request, context);
  for (const batch of batches) {
    unmute(plan, state, batch.slot);
    completeBatch(plan, state, batch, -1, context);
  }
}

/** Asks any broker for a producer id (TransactionManager.bumpIdempotentEpochAndResetIdIfNeeded). */
function maybeAskForProducerId(
  plan: ProducerPlan,
  state: ProducerState,
  idempotence: IdempotenceState,
  context: HostContext,
): void {
  if (idempotence.isAskingForId) return;
  const { network } = state.core;
  const nowUs = context.nowUs();
  if (idempotence.askAgainAtUs > nowUs) {
    armBy(network.wake, idempotence.askAgainAtUs, ClientOpcode.wake, context);
    return;
  }
  const node = leastLoadedNode(plan, state.core, nowUs);
  if (node < 0) {
    askLater(plan, idempotence, context);
    armBy(network.wake, idempotence.askAgainAtUs, ClientOpcode.wake, context);
    return;
  }
  if (!makeReady(plan, network, node, context)) return;
  idempotence.isAskingForId = true;
  const request = new InitProducerIdRequest(network.nextCorrelationId++);
  sendRequest(plan, network, node, request, null, context);
}

/** No producer id this time: asks again after `retry.backoff.ms`. */
export function askLater(
  plan: ProducerPlan,
  idempotence: IdempotenceState,
  context: HostContext,
): void {
  idempotence.isAskingForId = false;
  idempotence.askAgainAtUs = context.nowUs() + plan.retryBackoff.initialUs;
}

/** Index of the first slot not below the given one; 0 where there is none. */
function firstAtOrAfter(active: readonly number[], slot: number): number {
  for (let index = 0; index < active.length; index++) {
    if (active[index]! >= slot) return index;
  }
  return 0;
}
