/**
 * Finds and checks positions: ListOffsets for resets, OffsetForLeaderEpoch for validations.
 *
 * Source: OffsetFetcher, OffsetFetcherUtils.
 * Differs from Kafka: one request for each partition; a reset that waits for a leader does not skip the backoff of
 * metadata updates.
 */
import type { HostContext } from '../../sim/index.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import {
  ListOffsetsRequest,
  OffsetForLeaderEpochRequest,
  type ListOffsetsResponse,
  type OffsetForLeaderEpochResponse,
} from '../rpc/index.js';
import { requestMetadataUpdate } from './client-metadata.js';
import type { ConsumerPlan } from './consumer-plan.js';
import { armBy } from './lazy-timer.js';
import { makeReady, sendRequest, type InFlightRequest } from './network-client.js';
import { ClientOpcode } from './opcodes.js';
import {
  backOff,
  maybeValidatePosition,
  movePosition,
  PositionStatus,
  requestReset,
  stopReading,
  touch,
  type ConsumerPartition,
  type ConsumerState,
  type PositionRequest,
} from './subscription-state.js';

/** Checks all positions against the leaders of new metadata. */
export function validateOnNewMetadata(plan: ConsumerPlan, state: ConsumerState): void {
  const { metadata } = state.core;
  if (state.metadataVersion === metadata.version) return;
  state.metadataVersion = metadata.version;
  for (let slot = 0; slot < state.partitions.length; slot++) {
    const partition = state.partitions[slot]!;
    if (partition.status === PositionStatus.fetching && partition.retryAtUs > 0) {
      partition.retryAtUs = 0;
      touch(state, slot);
    }
    maybeValidatePosition(plan, state, slot, metadata.leaders[slot]!, metadata.leaderEpochs[slot]!);
  }
}

/** Asks about the positions that wait for a reset or a validation, and ends backoffs that are over. */
export function settlePositions(
  plan: ConsumerPlan,
  state: ConsumerState,
  context: HostContext,
): void {
  const { unsettled, partitions } = state;
  if (unsettled.length === 0) return;
  let kept = 0;
  for (let index = 0; index < unsettled.length; index++) {
    const slot = unsettled[index]!;
    const partition = partitions[slot]!;
    if (settle(plan, state, slot, partition, context)) partition.isUnsettled = false;
    else unsettled[kept++] = slot;
  }
  if (kept < unsettled.length) unsettled.length = kept;
}

/** A broker answered ListOffsets. */
export function onListOffsets(
  plan: ConsumerPlan,
  state: ConsumerState,
  request: InFlightRequest<PositionRequest>,
  response: ListOffsetsResponse,
  context: HostContext,
): void {
  const { slot } = request.payload!;
  const partition = state.partitions[slot]!;
  if (partition.status !== PositionStatus.awaitReset) return;
  if (response.error !== ErrorCode.NONE) {
    onRetriableError(plan, state, slot, response.error, context);
    return;
  }
  const { metadata } = state.core;
  partition.isAsked = false;
  movePosition(plan, state, slot, response.offset, -1, partition.resetReason, context);
  maybeValidatePosition(plan, state, slot, metadata.leaders[slot]!, metadata.leaderEpochs[slot]!);
}

/**
 * A broker answered OffsetForLeaderEpoch (SubscriptionState.maybeCompleteValidation; 2.3.1, 4.1.1).
 *
 * A leader that does not know the position's epoch answers with an older one and its end. Kafka looks at the end alone: where
 * that is past the position, the consumer goes on, though what it read last is not in this log, and never reads what is in
 * its place. It needs an unclean election, or losses past what is promised.
 */
export function onOffsetForLeaderEpoch(
  plan: ConsumerPlan,
  state: ConsumerState,
  request: InFlightRequest<PositionRequest>,
  response: OffsetForLeaderEpochResponse,
  context: HostContext,
): void {
  const asked = request.payload!;
  const { slot } = asked;
  const partition = state.partitions[slot]!;
  if (partition.status !== PositionStatus.awaitValidation || !isSamePosition(partition, asked)) {
    return;
  }
  if (response.error !== ErrorCode.NONE) {
    onRetriableError(plan, state, slot, response.error, context);
    return;
  }
  partition.isAsked = false;
  const { endOffset, leaderEpoch } = response;
  const isOlder = plan.needsSameEpoch && leaderEpoch < partition.offsetEpoch;
  if (endOffset < 0 || leaderEpoch < 0 || isOlder) {
    requestReset(plan, state, slot, 'undefined-epoch', context);
  } else if (endOffset >= partition.position) {
    partition.status = PositionStatus.fetching;
    touch(state, slot);
  } else if (plan.resetTimestamp === null) {
    stopReading(state, slot, context);
  } else {
    movePosition(plan, state, slot, endOffset, leaderEpoch, 'truncation', context);
  }
}

/** The connection broke before a position was answered for. */
export function onPositionRequestFailed(
  plan: ConsumerPlan,
  state: ConsumerState,
  request: InFlightRequest<PositionRequest>,
  context: HostContext,
): void {
  backOff(plan, state, request.payload!.slot, context);
}

/** True where the partition needs no more looking after. */
function settle(
  plan: ConsumerPlan,
  state: ConsumerState,
  slot: number,
  partition: ConsumerPartition,
  context: HostContext,
): boolean {
  if (partition.status === PositionStatus.stopped) return true;
  if (partition.isAsked) return false;
  if (partition.retryAtUs > context.nowUs()) {
    armBy(state.core.network.wake, partition.retryAtUs, ClientOpcode.wake, context);
    return false;
  }
  if (partition.status === PositionStatus.fetching) {
    partition.retryAtUs = 0;
    touch(state, slot);
    if (partition.leader >= 0) return true;
    requestMetadataUpdate(state.core.metadata, context.nowUs());
    return false;
  }
  ask(plan, state, slot, partition, context);
  return false;
}

function ask(
  plan: ConsumerPlan,
  state: ConsumerState,
  slot: number,
  partition: ConsumerPartition,
  context: HostContext,
): void {
  const { network, metadata } = state.core;
  const isReset = partition.status === PositionStatus.awaitReset;
  const leader = isReset ? metadata.leaders[slot]! : partition.leader;
  if (leader < 0) {
    requestMetadataUpdate(metadata, context.nowUs());
    return;
  }
  if (!makeReady(plan, network, leader, context)) return;
  const { position, offsetEpoch } = partition;
  const leaderEpoch = isReset ? metadata.leaderEpochs[slot]! : partition.leaderEpoch;
  const correlationId = network.nextCorrelationId++;
  const message = isReset
    ? new ListOffsetsRequest(correlationId, partition.partition, leaderEpoch, plan.resetTimestamp!)
    : new OffsetForLeaderEpochRequest(correlationId, partition.partition, leaderEpoch, offsetEpoch);
  partition.isAsked = true;
  const payload: PositionRequest = { slot, position, offsetEpoch, leaderEpoch };
  sendRequest(plan, network, leader, message, payload, context);
}

function onRetriableError(
  plan: ConsumerPlan,
  state: ConsumerState,
  slot: number,
  error: number,
  context: HostContext,
): void {
  observerOf(context).clientError(context.virtualUs, error);
  requestMetadataUpdate(state.core.metadata, context.nowUs());
  backOff(plan, state, slot, context);
}

function isSamePosition(partition: ConsumerPartition, asked: PositionRequest): boolean {
  return (
    partition.position === asked.position &&
    partition.offsetEpoch === asked.offsetEpoch &&
    partition.leaderEpoch === asked.leaderEpoch
  );
}
