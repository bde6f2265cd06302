/**
 * Fetches from the leaders of a consumer's partitions, one request for each broker at a time, and keeps what comes
 * until the application polls it.
 *
 * Source: AbstractFetch, FetchCollector, CompletedFetch.
 * Differs from Kafka: a partition whose fetch failed without naming a newer leader waits for new metadata or
 * `retry.backoff.ms`; Kafka asks again at once, over and over.
 */
import { addItem, shorten, type HostContext } from '../../sim/index.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import {
  FetchRequest,
  type FetchEntry,
  type FetchResponse,
  type FetchResult,
} from '../rpc/index.js';
import { applyLeaderHint, requestMetadataUpdate, slotOf } from './client-metadata.js';
import type { ConsumerPlan } from './consumer-plan.js';
import { continueSession, restartSession, type FetchSession } from './fetch-session.js';
import { makeReady, sendRequest } from './network-client.js';
import {
  backOff,
  maybeValidatePosition,
  PositionStatus,
  requestReset,
  touch,
  type CompletedFetch,
  type ConsumerPartition,
  type ConsumerState,
} from './subscription-state.js';

const NO_ENTRIES: readonly FetchEntry[] = [];
const NO_PARTITIONS: readonly number[] = [];

/** Sends a fetch to every broker that has something to fetch, no fetch under way, and nothing left to poll. */
export function sendFetches(plan: ConsumerPlan, state: ConsumerState, context: HostContext): void {
  distribute(state, context);
  const { sessions } = state;
  for (let node = 0; node < sessions.length; node++) {
    const session = sessions[node]!;
    if (session.isPending || session.bufferedCount > 0) continue;
    if (session.memberCount === 0 && session.queued.length === 0) continue;
    if (!makeReady(plan, state.core.network, node, context)) continue;
    const entries = takeEntries(plan, state, node);
    if (session.memberCount === 0) continue;
    sendFetch(plan, state, node, entries, context);
  }
}

/** A broker answered a fetch. */
export function onFetchResponse(
  plan: ConsumerPlan,
  state: ConsumerState,
  node: number,
  response: FetchResponse,
  context: HostContext,
): void {
  const session = state.sessions[node]!;
  session.isPending = false;
  if (response.error !== ErrorCode.NONE) {
    observerOf(context).clientError(context.virtualUs, response.error);
    restart(state, node);
    return;
  }
  for (let index = 0; index < response.results.length; index++) {
    onFetchResult(plan, state, node, response.results[index]!, context);
  }
  if (response.sessionId === 0) restart(state, node);
  else continueSession(session, response.sessionId);
}

/** The connection of a fetch broke. */
export function onFetchFailed(state: ConsumerState, node: number): void {
  state.sessions[node]!.isPending = false;
  restart(state, node);
}

/**
 * The application polls: hands it up to `max.poll.records` records, and returns how many.
 */
export function collectFetch(
  plan: ConsumerPlan,
  state: ConsumerState,
  context: HostContext,
): number {
  const { maxPollRecords } = plan.consumer.config;
  const { buffer, partitions } = state;
  let count = 0;
  while (count < maxPollRecords && buffer.length > 0) {
    const fetch = buffer[0]!;
    const partition = partitions[fetch.slot]!;
    const isStale =
      partition.status !== PositionStatus.fetching || fetch.nextOffset !== partition.position;
    const batch = isStale ? undefined : fetch.batches[fetch.batchIndex];
    if (batch === undefined) {
      state.sessions[fetch.node]!.bufferedCount--;
      buffer.shift();
      continue;
    }
    const from = Math.max(0, partition.position - batch.baseOffset);
    const to = Math.min(batch.values.length, from + maxPollRecords - count);
    if (to > from) {
      const whole = from === 0 && to === batch.values.length;
      const values = whole ? batch.values : batch.values.slice(from, to);
      deliver(plan, partition, batch.baseOffset + from, values, context);
      count += to - from;
      if (plan.validatesPositions) partition.offsetEpoch = batch.leaderEpoch;
    }
    advance(
      state,
      fetch,
      partition,
      to === batch.values.length ? batch.nextOffset : batch.baseOffset + to,
    );
    if (to === batch.values.length) fetch.batchIndex++;
  }
  return count;
}

function advance(
  state: ConsumerState,
  fetch: CompletedFetch,
  partition: ConsumerPartition,
  to: number,
): void {
  partition.position = Math.max(partition.position, to);
  fetch.nextOffset = partition.position;
  touch(state, fetch.slot);
}

function deliver(
  plan: ConsumerPlan,
  partition: ConsumerPartition,
  firstOffset: number,
  values: readonly number[],
  context: HostContext,
): void {
  const { index } = plan.consumer;
  const observer = observerOf(context);
  observer.polled(context.virtualUs, index, partition.partition, firstOffset, values);
}

/** Sorts the partitions that changed to the brokers that are to be asked for them. */
function distribute(state: ConsumerState, context: HostContext): void {
  const { dirty, partitions, sessions } = state;
  if (dirty.length === 0) return;
  const nowUs = context.nowUs();
  for (let index = 0; index < dirty.length; index++) {
    const slot = dirty[index]!;
    const partition = partitions[slot]!;
    partition.isDirty = false;
    const isFetchable =
      partition.status === PositionStatus.fetching && partition.retryAtUs <= nowUs;
    const node = isFetchable ? partition.leader : -1;
    if (partition.sessionNode >= 0 && partition.sessionNode !== node) {
      const old = sessions[partition.sessionNode]!;
      old.memberCount--;
      old.forgotten.push(partition.partition);
      partition.sessionNode = -1;
    }
    if (partition.queuedNode === node) continue;
    partition.queuedNode = node;
    if (node >= 0) sessions[node]!.queued.push(slot);
  }
  shorten(dirty, 0);
}

/** The entries of a node's next fetch: what is new to its session, or has moved. */
function takeEntries(
  plan: ConsumerPlan,
  state: ConsumerState,
  node: number,
): readonly FetchEntry[] {
  const session = state.sessions[node]!;
  if (session.queued.length === 0) return NO_ENTRIES;
  const maxBytes = plan.consumer.config.maxPartitionFetchBytes;
  let entries: FetchEntry[] | null = null;
  for (let index = 0; index < session.queued.length; index++) {
    const partition = state.partitions[session.queued[index]!]!;
    if (partition.queuedNode !== node) continue;
    partition.queuedNode = -1;
    const { position, leaderEpoch } = partition;
    const isMember = partition.sessionNode === node;
    if (
      isMember &&
      partition.sentOffset === position &&
      partition.sentLeaderEpoch === leaderEpoch
    ) {
      continue;
    }
    if (!isMember) join(session, partition.partition);
    partition.sessionNode = node;
    partition.sentOffset = position;
    partition.sentLeaderEpoch = leaderEpoch;
    entries = addItem<FetchEntry>(entries, {
      partition: partition.partition,
      fetchOffset: position,
      lastFetchedEpoch: -1,
      currentLeaderEpoch: plan.namesLeaderEpochs ? leaderEpoch : -1,
      logStartOffset: -1,
      maxBytes,
    });
  }
  shorten(session.queued, 0);
  return entries ?? NO_ENTRIES;
}

/** The broker need not forget what is asked for again. */
function join(session: FetchSession, partition: number): void {
  session.memberCount++;
  const index = session.forgotten.indexOf(partition);
  if (index >= 0) session.forgotten.splice(index, 1);
}

function sendFetch(
  plan: ConsumerPlan,
  state: ConsumerState,
  node: number,
  entries: readonly FetchEntry[],
  context: HostContext,
): void {
  const session = state.sessions[node]!;
  const { network } = state.core;
  const { fetchMaxWaitMs, fetchMinBytes, fetchMaxBytes } = plan.consumer.config;
  const forgotten = session.forgotten.length === 0 ? NO_PARTITIONS : session.forgotten.splice(0);
  const request = new FetchRequest(
    network.nextCorrelationId++,
    -1,
    -1,
    fetchMaxWaitMs,
    fetchMinBytes,
    fetchMaxBytes,
    session.id,
    session.epoch,
    entries,
    forgotten,
  );
  session.isPending = true;
  sendRequest(plan, network, node, request, null, context);
}

function onFetchResult(
  plan: ConsumerPlan,
  state: ConsumerState,
  node: number,
  result: FetchResult,
  context: HostContext,
): void {
  const slot = slotOf(plan, result.partition);
  const partition = state.partitions[slot];
  if (partition?.sessionNode !== node) return;
  if (result.error !== ErrorCode.NONE) {
    onFetchError(plan, state, slot, partition, result, context);
    return;
  }
  const isCurrent =
    partition.status === PositionStatus.fetching && partition.sentOffset === partition.position;
  if (!isCurrent) return;
  if (result.highWatermark >= 0) partition.highWatermark = result.highWatermark;
  if (result.batches.length === 0) return;
  state.buffer.push({
    slot,
    node,
    batches: result.batches,
    batchIndex: 0,
    nextOffset: partition.position,
  });
  state.sessions[node]!.bufferedCount++;
}

/** FetchCollector.handleInitializeErrors. */
function onFetchError(
  plan: ConsumerPlan,
  state: ConsumerState,
  slot: number,
  partition: ConsumerPartition,
  result: FetchResult,
  context: HostContext,
): void {
  const { error, leaderId, leaderEpoch } = result;
  observerOf(context).clientError(context.virtualUs, error);
  const { metadata } = state.core;
  if (error === ErrorCode.NOT_LEADER_OR_FOLLOWER || error === ErrorCode.FENCED_LEADER_EPOCH) {
    if (applyLeaderHint(plan, metadata, slot, leaderId, leaderEpoch)) {
      maybeValidatePosition(plan, state, slot, metadata.leaders[slot]!, leaderEpoch);
    }
  }
  if (partition.status !== PositionStatus.fetching) return;
  const isHere =
    partition.sentOffset === partition.position && partition.leader === partition.sessionNode;
  if (!isHere) return;
  if (error === ErrorCode.OFFSET_OUT_OF_RANGE) {
    requestReset(plan, state, slot, 'out-of-range', context);
    return;
  }
  if (error !== ErrorCode.UNKNOWN_LEADER_EPOCH) requestMetadataUpdate(metadata, context.nowUs());
  backOff(plan, state, slot, context);
}

/** The broker's session is gone: its partitions have to be named again. */
function restart(state: ConsumerState, node: number): void {
  restartSession(state.sessions[node]!);
  for (let slot = 0; slot < state.partitions.length; slot++) {
    const partition = state.partitions[slot]!;
    if (partition.sessionNode !== node) continue;
    partition.sessionNode = -1;
    touch(state, slot);
  }
}
