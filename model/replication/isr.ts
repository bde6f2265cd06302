/**
 * The in-sync replicas of a led partition: who joins, who leaves, and what the controller says to it.
 *
 *     committed ──expand/shrink──> pending ──answer──> committed
 *                                          ──INELIGIBLE_REPLICA, not attempted──> committed as before
 *                                          ──fenced or overtaken──> pending, until metadata comes
 *                                          ──other errors──> sent again
 *
 * Source: Partition (maybeExpandIsr, maybeShrinkIsr, submitAlterPartition, handleAlterPartitionError).
 */
import { NO_EVENT, type HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import type { AlterPartitionEntry, AlterPartitionResult, IsrMember } from '../rpc/index.js';
import {
  isCaughtUp,
  isIsrEligible,
  noteLaggard,
  unsettle,
  wasCaughtUpWithin,
} from './follower-progress.js';
import { maybeIncrementHighWatermark } from './high-watermark.js';
import { armIsrExpiration } from './periodic-tasks.js';
import { activateReaders, wakeReaders } from './readers.js';
import {
  UNKNOWN_BROKER_EPOCH,
  type FollowerReplica,
  type LeaderRole,
  type Partition,
  type ReplicaManagerState,
} from './state.js';

/** What came of an ISR that a leader wrote to ZooKeeper. `conflict`: the znode has another version than the leader's. */
export type IsrWriteOutcome = 'ok' | 'conflict' | 'error';

/**
 * Asks for a follower to join the ISR when it has reached the high watermark and the start of this leader epoch, and is
 * eligible. (The epoch's start: a new leader's high watermark may lag behind the true one, KAFKA-7128, B06; switch
 * `isrJoin`.)
 */
export function maybeExpandIsr(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  role: LeaderRole,
  follower: FollowerReplica,
  context: HostContext,
): void {
  if (follower.inIsr || role.pending !== null) return;
  if (follower.logEndOffset < partition.log!.highWatermark) return;
  const { isrJoin } = definition.switches;
  if (isrJoin === 'epochStart' && follower.logEndOffset < role.epochStartOffset) return;
  if (!isIsrEligible(definition, replicas, follower)) return;
  follower.isJoining = true;
  const newIsr = [...role.isr, follower.brokerId];
  const entry = alterPartitionEntry(definition, replicas, partition, role, newIsr);
  role.pending = { kind: 'expand', entry };
  submit(replicas, partition, entry, newIsr, context);
}

/** Looks for lagging members of ISRs; runs every half `replica.lag.time.max.ms`. */
export function expireIsrMembers(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  context: HostContext,
): void {
  replicas.isrTimer = NO_EVENT;
  const candidates = replicas.laggards;
  replicas.laggards = [];
  const led: Partition[] = [];
  for (let at = 0; at < candidates.length; at++) {
    const partition = replicas.partitions[candidates[at]!]!;
    const { role } = partition;
    // A partition that was lost and led again may be in the list twice.
    if (role.kind !== 'leader' || !role.isLaggard) continue;
    role.isLaggard = false;
    led.push(partition);
  }
  for (const partition of led) {
    const role = partition.role as LeaderRole;
    if (role.pending === null) maybeShrinkIsr(definition, replicas, partition, role, context);
    if (hasDoubtfulMember(definition, role)) noteLaggard(replicas, partition, role);
  }
  armIsrExpiration(definition, replicas, context);
}

/** The controller's answer for one partition, or the local refusal to send the change (OPERATION_NOT_ATTEMPTED). */
export function applyAlterPartitionResult(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  result: AlterPartitionResult,
  context: HostContext,
): void {
  const partition = replicas.partitions[result.partition] ?? null;
  if (partition === null) return;
  const { role } = partition;
  const refused = result.error === ErrorCode.OPERATION_NOT_ATTEMPTED;
  const answered = partition.submitted;
  if (!refused) partition.submitted = null;
  if (role.kind !== 'leader' || role.pending === null) return;
  // The manager has one change of a partition at a time: what it refuses is another than the one submitted before.
  if (refused ? role.pending.entry === answered : role.pending.entry !== answered) return;
  if (result.error === ErrorCode.NONE) {
    onIsrCommitted(definition, replicas, partition, role, result, context);
  } else {
    onIsrRefused(definition, replicas, partition, role, result.error, context);
  }
}

/**
 * ZooKeeper's answer to an ISR that the leader wrote itself (switch `isrUpdate`): under the new version it is the ISR from
 * now on; else the leader keeps the one that it had, and tries again when it next has reason to.
 *
 * The high watermark stood still meanwhile, since Kafka holds the partition's lock during the write: it is looked at again,
 * whatever the outcome.
 *
 * Source: Partition.updateIsr (0.10 to 2.3), expandIsr, shrinkIsr and maybeUpdateIsrAndVersion (2.6).
 */
export function applyIsrCompareAndSet(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  entry: AlterPartitionEntry,
  outcome: IsrWriteOutcome,
  newVersion: number,
  context: HostContext,
): void {
  if (partition.submitted === entry) partition.submitted = null;
  const { role } = partition;
  // Another leadership since, or none: its state is not that of the write.
  if (role.kind !== 'leader' || role.pending?.entry !== entry) return;
  const observer = observerOf(context);
  const { virtualUs } = context;
  const isWritten = outcome === 'ok';
  const isr = isWritten ? entry.newIsr.map(({ brokerId }) => brokerId) : role.isr;
  setCommittedIsr(definition, replicas, partition, role, isr);
  if (isWritten) {
    partition.partitionEpoch = newVersion;
    const { nodeId } = replicas;
    observer.leaderIsrChanged(virtualUs, nodeId, partition.index, isr, newVersion);
  } else {
    observer.mark(virtualUs, `isr-update-${outcome}`, partition.index);
  }
  armIsrExpiration(definition, replicas, context);
  // It stood still while the partition's lock was held, whatever came of the write; and fetches waited.
  maybeIncrementHighWatermark(definition, replicas, partition, role, context);
  wakeReaders(replicas, partition);
}

/** Takes over a committed ISR; whatever change was pending is gone. */
export function setCommittedIsr(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  role: LeaderRole,
  isr: readonly number[],
): void {
  role.isr = isr;
  role.pending = null;
  for (const follower of role.followers) {
    follower.inIsr = isr.includes(follower.brokerId);
    follower.isJoining = false;
    // Outside the ISR each fetch counts: it may be the one with which the follower can join.
    if (!follower.inIsr) unsettle(follower);
  }
  if (hasDoubtfulMember(definition, role)) noteLaggard(replicas, partition, role);
  activateReaders(partition);
}

function onIsrCommitted(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  role: LeaderRole,
  result: AlterPartitionResult,
  context: HostContext,
): void {
  if (result.leaderEpoch !== partition.leaderEpoch) return;
  if (result.partitionEpoch < partition.partitionEpoch) return;
  setCommittedIsr(definition, replicas, partition, role, result.isr);
  armIsrExpiration(definition, replicas, context);
  partition.partitionEpoch = result.partitionEpoch;
  observerOf(context).leaderIsrChanged(
    context.virtualUs,
    replicas.nodeId,
    partition.index,
    result.isr,
    result.partitionEpoch,
  );
  maybeIncrementHighWatermark(definition, replicas, partition, role, context);
}

function onIsrRefused(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  role: LeaderRole,
  error: number,
  context: HostContext,
): void {
  switch (error) {
    case ErrorCode.OPERATION_NOT_ATTEMPTED:
    case ErrorCode.INELIGIBLE_REPLICA:
      observerOf(context).mark(context.virtualUs, 'isr-change-reverted', partition.index);
      setCommittedIsr(definition, replicas, partition, role, role.isr);
      return;
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode.FENCED_LEADER_EPOCH:
    case ErrorCode.INVALID_UPDATE_VERSION:
    case ErrorCode.INVALID_REQUEST:
    case ErrorCode.NEW_LEADER_ELECTED:
      observerOf(context).mark(context.virtualUs, 'isr-change-left-pending', partition.index);
      return;
    default: {
      const { entry } = role.pending!;
      partition.submitted = entry;
      replicas.isrOutbox.push(entry);
    }
  }
}

function maybeShrinkIsr(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  role: LeaderRole,
  context: HostContext,
): void {
  const { replicaLagTimeMaxMs } = definition.node(replicas.nodeId).config;
  const { logEndOffset } = partition.log!;
  const nowUs = context.wallClockUs();
  const late: number[] = [];
  for (const follower of role.followers) {
    if (!follower.inIsr) continue;
    if (isInTime(definition, follower, logEndOffset, nowUs, replicaLagTimeMaxMs)) continue;
    late.push(follower.brokerId);
  }
  if (late.length === 0) return;
  const newIsr = role.isr.filter((id) => !late.includes(id));
  const entry = alterPartitionEntry(definition, replicas, partition, role, newIsr);
  role.pending = { kind: 'shrink', entry };
  if (definition.switches.isrShrink === 'atOnce') {
    for (const follower of role.followers) follower.inIsr &&= !late.includes(follower.brokerId);
  }
  submit(replicas, partition, entry, newIsr, context);
}

/** Before KAFKA-7152 a member that had everything, and fetched no more, lagged in time all the same (switch `isrLag`). */
function isInTime(
  { switches }: ClusterDefinition,
  follower: FollowerReplica,
  logEndOffset: number,
  nowUs: number,
  maxLagMs: number,
): boolean {
  return switches.isrLag === 'timeOnly'
    ? wasCaughtUpWithin(follower, nowUs, maxLagMs)
    : isCaughtUp(follower, logEndOffset, nowUs, maxLagMs);
}

function submit(
  replicas: ReplicaManagerState,
  partition: Partition,
  entry: AlterPartitionEntry,
  newIsr: readonly number[],
  context: HostContext,
): void {
  partition.submitted ??= entry;
  replicas.isrOutbox.push(entry);
  observerOf(context).isrChangeAsked(context.virtualUs, replicas.nodeId, partition.index, newIsr);
}

function alterPartitionEntry(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  role: LeaderRole,
  isr: readonly number[],
): AlterPartitionEntry {
  const withEpochs = definition.switches.isrBrokerEpoch === 'on';
  const newIsr: IsrMember[] = isr.map((brokerId) => ({
    brokerId,
    brokerEpoch: withEpochs ? memberEpoch(replicas, role, brokerId) : -1,
  }));
  const { index, leaderEpoch, partitionEpoch } = partition;
  return {
    partition: index,
    leaderEpoch,
    partitionEpoch,
    newIsr,
    leaderRecoveryState: 'RECOVERED',
  };
}

/** As the member's last fetch said; -1 (not checked by the controller) where it has not fetched yet (KIP-903). */
function memberEpoch(replicas: ReplicaManagerState, role: LeaderRole, brokerId: number): number {
  if (brokerId === replicas.nodeId) return replicas.brokerEpoch;
  for (const follower of role.followers) {
    if (follower.brokerId !== brokerId) continue;
    return follower.brokerEpoch === UNKNOWN_BROKER_EPOCH ? -1 : follower.brokerEpoch;
  }
  return -1;
}

/** Someone may lag by the next check: who was settled, too, where having everything is not enough (`isrLag`). */
function hasDoubtfulMember(
  { switches }: ClusterDefinition,
  { followers, isr }: LeaderRole,
): boolean {
  if (switches.isrLag === 'timeOnly') return isr.length > 1;
  for (let at = 0; at < followers.length; at++) {
    const follower = followers[at]!;
    if (follower.inIsr && follower.settledIn === null) return true;
  }
  return false;
}
