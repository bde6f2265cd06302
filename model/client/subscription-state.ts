/**
 * The positions of a consumer, and how far each can be trusted.
 *
 *     awaitReset --ListOffsets--> fetching <--same log--- awaitValidation
 *         ^                         |  ^                        |
 *         |                         |  +----- truncated --------+
 *         +----- out of range ------+---- new leader or epoch --+
 *
 * A position remembers the leader epoch of the last record before it and the leader it was checked against. When the
 * leader or its epoch changes, the consumer asks the new leader where the position's epoch ends (KIP-320): if that is
 * below the position, the log was truncated, and the position moves to where the logs part.
 *
 * Source: SubscriptionState.
 * Differs from Kafka: with `auto.offset.reset=none` the application seeks to offset 0 at first; where Kafka throws
 * (out of range, truncation), it stops reading the partition (mark `consumer-stopped`).
 */
import type { HostContext } from '../../sim/index.js';
import { observerOf } from '../observer.js';
import type { ClientCore } from './client-core.js';
import { createCore } from './client-core.js';
import type { ConsumerPlan } from './consumer-plan.js';
import type { FetchSession } from './fetch-session.js';
import { createFetchSession } from './fetch-session.js';
import type { RecordBatch } from '../records.js';

export const PositionStatus = {
  awaitReset: 0,
  awaitValidation: 1,
  fetching: 2,
  stopped: 3,
} as const;
export type PositionStatus = (typeof PositionStatus)[keyof typeof PositionStatus];

export type ResetReason = 'initial' | 'out-of-range' | 'undefined-epoch' | 'truncation';

/** One assigned partition. */
export interface ConsumerPartition {
  readonly partition: number;
  status: PositionStatus;
  /** The next offset to read; -1 before the first reset. */
  position: number;
  /** Leader epoch of the last record read before the position; -1: not known, do not validate. */
  offsetEpoch: number;
  /** The leader that the position was checked against, a node or -1. */
  leader: number;
  leaderEpoch: number;
  /** A request about the position is under way. */
  isAsked: boolean;
  /** Nothing is asked or fetched before then. */
  retryAtUs: number;
  resetReason: ResetReason;
  /** As last heard; -1 before. */
  highWatermark: number;

  /** Node whose fetch session has the partition, or -1; and what the session knows. */
  sessionNode: number;
  sentOffset: number;
  sentLeaderEpoch: number;
  /** Node whose next fetch names the partition, or -1. */
  queuedNode: number;
  /** In the list of those whose fetch entry may have changed. */
  isDirty: boolean;
  /** In the list of those that wait for a reset, a validation, or a backoff. */
  isUnsettled: boolean;
}

/** Records of one partition that were fetched and not polled yet. */
export interface CompletedFetch {
  readonly slot: number;
  readonly node: number;
  readonly batches: readonly RecordBatch[];
  batchIndex: number;
  /** Must be the partition's position, else the records are stale. */
  nextOffset: number;
}

/** What a request about a position asked for. */
export interface PositionRequest {
  readonly slot: number;
  readonly position: number;
  readonly offsetEpoch: number;
  readonly leaderEpoch: number;
}

export interface ConsumerState {
  readonly core: ClientCore<PositionRequest>;
  readonly partitions: ConsumerPartition[];
  /** By node. */
  readonly sessions: FetchSession[];
  /** In order of arrival. */
  readonly buffer: CompletedFetch[];
  readonly dirty: number[];
  readonly unsettled: number[];
  /** Version of the metadata that the positions were checked against. */
  metadataVersion: number;
  /** The application is busy with what it polled. */
  isProcessing: boolean;
}

export function createConsumerState(plan: ConsumerPlan, context: HostContext): ConsumerState {
  const state: ConsumerState = {
    core: createCore<PositionRequest>(plan, context),
    partitions: plan.partitions.map((partition) => createPartition(plan, partition)),
    sessions: plan.nodes.map(() => createFetchSession()),
    buffer: [],
    dirty: [],
    unsettled: [],
    metadataVersion: 0,
    isProcessing: false,
  };
  for (let slot = 0; slot < state.partitions.length; slot++) markUnsettled(state, slot);
  return state;
}

/** Where a consumer stands in one partition. */
export interface ConsumerPosition {
  readonly partition: number;
  /** The next offset to read; -1 before the first reset. */
  readonly position: number;
  /** It reads: no reset or validation is due. */
  readonly isFetching: boolean;
}

/** The positions of a consumer, in the order of its definition's partitions. */
export function consumerPositions(state: ConsumerState): ConsumerPosition[] {
  return state.partitions.map(({ partition, position, status }) => ({
    partition,
    position,
    isFetching: status === PositionStatus.fetching,
  }));
}

/** Puts a partition on the list of those to look after. */
function markUnsettled(state: ConsumerState, slot: number): void {
  const partition = state.partitions[slot]!;
  if (partition.isUnsettled) return;
  partition.isUnsettled = true;
  state.unsettled.push(slot);
}

/** Says that what should be fetched of the partition may have changed. */
export function touch(state: ConsumerState, slot: number): void {
  const partition = state.partitions[slot]!;
  if (partition.isDirty) return;
  partition.isDirty = true;
  state.dirty.push(slot);
}

/**
 * Checks a position against a leader (TopicPartitionState.maybeValidatePosition). Before KIP-320 a consumer went to the
 * new leader with its offset alone, and its fetches named no leader epoch (switch `consumerValidation`; Fetcher at 2.0.0).
 */
export function maybeValidatePosition(
  plan: ConsumerPlan,
  state: ConsumerState,
  slot: number,
  leader: number,
  knownEpoch: number,
): void {
  const partition = state.partitions[slot]!;
  const leaderEpoch = plan.validatesPositions ? knownEpoch : -1;
  const { status } = partition;
  if (status === PositionStatus.awaitReset || status === PositionStatus.stopped) return;
  if (leader < 0) return;
  if (partition.leader === leader && partition.leaderEpoch === leaderEpoch) return;
  partition.leader = leader;
  partition.leaderEpoch = leaderEpoch;
  partition.retryAtUs = 0;
  partition.isAsked = false;
  if (partition.offsetEpoch >= 0 && leaderEpoch >= 0) {
    partition.status = PositionStatus.awaitValidation;
    markUnsettled(state, slot);
  } else {
    partition.status = PositionStatus.fetching;
  }
  touch(state, slot);
}

/** Begins a reset by the consumer's policy, or stops reading where it has none. */
export function requestReset(
  plan: ConsumerPlan,
  state: ConsumerState,
  slot: number,
  reason: ResetReason,
  context: HostContext,
): void {
  const partition = state.partitions[slot]!;
  if (plan.resetTimestamp === null) {
    stopReading(state, slot, context);
    return;
  }
  partition.status = PositionStatus.awaitReset;
  partition.resetReason = reason;
  partition.retryAtUs = 0;
  partition.isAsked = false;
  markUnsettled(state, slot);
  touch(state, slot);
}

/** Moves a position by reset, or to where the logs part. */
export function movePosition(
  plan: ConsumerPlan,
  state: ConsumerState,
  slot: number,
  to: number,
  offsetEpoch: number,
  reason: ResetReason,
  context: HostContext,
): void {
  const partition = state.partitions[slot]!;
  const from = partition.position;
  partition.status = PositionStatus.fetching;
  partition.position = to;
  partition.offsetEpoch = offsetEpoch;
  partition.retryAtUs = 0;
  touch(state, slot);
  observerOf(context).positionReset(
    context.virtualUs,
    plan.consumer.index,
    partition.partition,
    from,
    to,
    reason,
  );
}

/** The application gives up on a partition: Kafka would have thrown. */
export function stopReading(state: ConsumerState, slot: number, context: HostContext): void {
  const partition = state.partitions[slot]!;
  partition.status = PositionStatus.stopped;
  touch(state, slot);
  observerOf(context).mark(context.virtualUs, 'consumer-stopped', partition.partition);
}

/** Waits before the partition is asked about or fetched again. */
export function backOff(
  plan: ConsumerPlan,
  state: ConsumerState,
  slot: number,
  context: HostContext,
): void {
  const partition = state.partitions[slot]!;
  partition.isAsked = false;
  partition.retryAtUs = context.nowUs() + plan.retryBackoff.initialUs;
  markUnsettled(state, slot);
  touch(state, slot);
}

function createPartition(plan: ConsumerPlan, partition: number): ConsumerPartition {
  const seeksItself = plan.resetTimestamp === null;
  return {
    partition,
    status: seeksItself ? PositionStatus.fetching : PositionStatus.awaitReset,
    position: seeksItself ? 0 : -1,
    offsetEpoch: -1,
    leader: -1,
    leaderEpoch: -1,
    isAsked: false,
    retryAtUs: 0,
    resetReason: 'initial',
    highWatermark: -1,
    sessionNode: -1,
    sentOffset: -1,
    sentLeaderEpoch: -1,
    queuedNode: -1,
    isDirty: false,
    isUnsettled: false,
  };
}
