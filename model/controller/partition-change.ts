/**
 * From a wished change of a partition to the record that brings it about (PartitionChangeBuilder at 4.1.1): the
 * eligible leader replicas that follow from it, the leader election, the last known leader, and the end of a
 * reassignment whose replicas are all in sync (KIP-455).
 *
 * With ELR off it is PartitionChangeBuilder as it was from 3.3 to 4.0, but for the leader epoch on a shrink.
 *
 * Left out: directories. With ELR on, Kafka's "balanced" recovery is the rule: a partition whose ISR
 * and ELR are both empty goes back to its last known leader.
 */
import { NO_LEADER, type PartitionRegistration } from '../metadata/partition-registration.js';
import type { LeaderRecoveryState, PartitionChangeRecord } from '../metadata/records.js';
import { isBrokerActive, type ControllerState } from './controller-state.js';
import {
  completedReassignment,
  type Assignment,
  type Completion,
} from './reassignment-replicas.js';

/**
 * - `online`: keep the leader if it may stay, else the first replica that may lead.
 * - `preferred`: the first replica of the assignment if it may lead.
 * - `unclean`: as `online`; where nobody may lead, the first live replica.
 */
export type ElectionType = 'online' | 'preferred' | 'unclean';

export interface PartitionChange {
  readonly partition: PartitionRegistration;
  readonly targetIsr: readonly number[];
  /** The replicas, and what a reassignment adds and removes. */
  readonly targetAssignment: Assignment;
  /** Who must be in sync for a reassignment to be complete (switch `reassignmentCompletion`). */
  readonly completion: Completion;
  readonly targetLeaderRecoveryState: LeaderRecoveryState;
  readonly election: ElectionType;
  /** `min.insync.replicas`, at most the number of replicas. */
  readonly minIsr: number;
  readonly elrEnabled: boolean;
  /** Until 4.0 the last known leader was elected whether it was alive or not (switch `lastKnownLeader`). */
  readonly lastKnownLeaderMustLive: boolean;
  /** Before metadata.version 3.6 a leader that loses a member of its ISR gets a new epoch (switch `leaderEpochBump`). */
  readonly shrinkRaisesLeaderEpoch: boolean;
  /** Brokers that cannot lead although the metadata log calls them active (-1: none). */
  readonly excluded: number;
  /** A broker that came back from an unclean shutdown: it can neither lead nor be eligible (-1: none). */
  readonly uncleanShutdownReplica: number;
  /** A broker that is just being unfenced (-1: none). */
  readonly unfenced: number;
}

/** What is being worked out. */
interface Builder {
  readonly controller: ControllerState;
  readonly change: PartitionChange;
  targetIsr: readonly number[];
  targetElr: readonly number[];
  targetAssignment: Assignment;
  leader: number | null;
  /** Set by an unclean election only. */
  isr: readonly number[] | null;
  leaderRecoveryState: LeaderRecoveryState | null;
}

const NOBODY: readonly number[] = [];

/** The record, or null where nothing would change. */
export function buildPartitionChange(
  controller: ControllerState,
  change: PartitionChange,
): PartitionChangeRecord | null {
  const { partition, elrEnabled } = change;
  const completed = completedReassignment(
    change.targetAssignment,
    change.targetIsr,
    change.completion,
  );
  const targetIsr = completed?.isr ?? change.targetIsr;
  const builder: Builder = {
    controller,
    change,
    targetIsr,
    targetElr: elrEnabled ? eligibleReplicas(change, targetIsr) : partition.elr,
    targetAssignment: completed ?? change.targetAssignment,
    leader: null,
    isr: null,
    leaderRecoveryState: null,
  };
  tryElection(builder);
  bumpEpochOfRemoval(builder);
  if (builder.isr !== null || !elrEnabled) builder.targetElr = NOBODY;
  const isrMayBeSet = builder.targetIsr.length > 0 || elrEnabled;
  if (builder.isr === null && isrMayBeSet && !isSameList(builder.targetIsr, partition.isr)) {
    builder.isr = builder.targetIsr;
  }
  if (change.targetLeaderRecoveryState !== partition.leaderRecoveryState) {
    builder.leaderRecoveryState = change.targetLeaderRecoveryState;
  }
  return toRecord(builder);
}

/**
 * The ELR that follows from the target ISR: nobody while that has `min.insync.replicas` members; else all that left
 * it since, except the broker that lost its memory (KIP-966).
 */
function eligibleReplicas(
  change: PartitionChange,
  targetIsr: readonly number[],
): readonly number[] {
  const { partition, minIsr, uncleanShutdownReplica } = change;
  if (targetIsr.length >= minIsr) return NOBODY;
  const eligible: number[] = [];
  for (const candidate of [...partition.elr, ...partition.isr]) {
    if (targetIsr.includes(candidate) || eligible.includes(candidate)) continue;
    if (candidate !== uncleanShutdownReplica) eligible.push(candidate);
  }
  return eligible.sort((a, b) => a - b);
}

function tryElection(builder: Builder): void {
  const { change } = builder;
  const { partition } = change;
  const elected = change.election === 'preferred' ? electPreferred(builder) : electAny(builder);
  const isClean = elected === NO_LEADER || isValidNewLeader(builder, elected);
  if (elected === partition.leader) return;
  builder.leader = elected;
  if (builder.targetElr.includes(elected)) {
    builder.targetIsr = [elected];
    builder.targetElr = builder.targetElr.filter((replica) => replica !== elected);
  }
  if (isClean) return;
  // The others may hold more than the new leader: it stands alone until it has recovered.
  builder.isr = [elected];
  if (partition.leaderRecoveryState !== 'RECOVERING') builder.leaderRecoveryState = 'RECOVERING';
}

/**
 * A replica that goes raises the leader epoch, be the leader as it was: what it may still ask or answer is then fenced,
 * also should it be added again later (triggerLeaderEpochBumpForReplicaReassignmentIfNeeded).
 */
function bumpEpochOfRemoval(builder: Builder): void {
  if (builder.leader !== null) return;
  const { partition } = builder.change;
  const { replicas } = builder.targetAssignment;
  if (replicas === partition.replicas) return;
  if (partition.replicas.some((replica) => !replicas.includes(replica))) {
    builder.leader = partition.leader;
  }
}

function electPreferred(builder: Builder): number {
  const { partition } = builder.change;
  const preferred = builder.targetAssignment.replicas[0] ?? NO_LEADER;
  if (isValidNewLeader(builder, preferred)) return preferred;
  if (isValidNewLeader(builder, partition.leader)) return partition.leader;
  return firstValid(builder) ?? lastKnownLeader(builder) ?? NO_LEADER;
}

function electAny(builder: Builder): number {
  const { partition, election } = builder.change;
  if (isValidNewLeader(builder, partition.leader)) return partition.leader;
  const elected = firstValid(builder) ?? lastKnownLeader(builder);
  if (elected !== null) return elected;
  if (election !== 'unclean') return NO_LEADER;
  const { replicas } = builder.targetAssignment;
  return replicas.find((replica) => isAcceptable(builder, replica)) ?? NO_LEADER;
}

function firstValid(builder: Builder): number | null {
  const { replicas } = builder.targetAssignment;
  return replicas.find((replica) => isValidNewLeader(builder, replica)) ?? null;
}

/** The leader before the partition lost all of ISR and ELR; better than any other replica, but not clean. */
function lastKnownLeader(builder: Builder): number | null {
  const { elrEnabled, partition } = builder.change;
  if (!elrEnabled || builder.targetElr.length > 0 || builder.targetIsr.length > 0) return null;
  const [known] = partition.lastKnownElr;
  if (known === undefined || partition.lastKnownElr.length !== 1) return null;
  const { lastKnownLeaderMustLive } = builder.change;
  return !lastKnownLeaderMustLive || isAcceptable(builder, known) ? known : null;
}

/** In the ISR, or where that is empty in the ELR; and alive. */
function isValidNewLeader(builder: Builder, replica: number): boolean {
  const { targetIsr, targetElr } = builder;
  const isIn =
    targetIsr.includes(replica) || (targetIsr.length === 0 && targetElr.includes(replica));
  return isIn && isAcceptable(builder, replica);
}

function isAcceptable(builder: Builder, replica: number): boolean {
  const { controller, change } = builder;
  if (replica === change.excluded || replica === change.uncleanShutdownReplica) return false;
  return replica === change.unfenced || isBrokerActive(controller, replica);
}

function toRecord(builder: Builder): PartitionChangeRecord | null {
  const { partition } = builder.change;
  const { isr, leaderRecoveryState, targetElr } = builder;
  const leader = builder.leader ?? leaderOfNewEpoch(builder);
  const eligibleLeaderReplicas = changed(targetElr, partition.elr);
  const lastKnownElr = nextLastKnownElr(builder);
  const { targetAssignment } = builder;
  const replicas = changed(targetAssignment.replicas, partition.replicas);
  const addingReplicas = changed(targetAssignment.adding, partition.addingReplicas);
  const removingReplicas = changed(targetAssignment.removing, partition.removingReplicas);
  const isNoOp =
    leader === null &&
    isr === null &&
    leaderRecoveryState === null &&
    eligibleLeaderReplicas === null &&
    lastKnownElr === null &&
    replicas === null &&
    addingReplicas === null &&
    removingReplicas === null;
  if (isNoOp) return null;
  return {
    type: 'PartitionChange',
    partition: partition.partition,
    isr,
    leader,
    leaderRecoveryState,
    eligibleLeaderReplicas,
    lastKnownElr,
    replicas,
    addingReplicas,
    removingReplicas,
  };
}

/**
 * The present leader where it must get a new epoch although it stays, else null: naming it in the record raises the
 * epoch. Brokers of those versions looked at changes of a partition only then (KAFKA-15021). It is so even where the
 * member that leaves is the last one, which stays listed (PartitionChangeBuilder.triggerLeaderEpochBumpIfNeeded at 3.3.1).
 */
function leaderOfNewEpoch({ change, targetIsr }: Builder): number | null {
  if (!change.shrinkRaisesLeaderEpoch) return null;
  const { isr, leader } = change.partition;
  return isr.some((replica) => !targetIsr.includes(replica)) ? leader : null;
}

/** The list where it is another than before, else null. */
function changed(target: readonly number[], before: readonly number[]): readonly number[] | null {
  return isSameList(target, before) ? null : target;
}

/** Noted when the partition loses its leader, forgotten when it has one (`maybeUpdateLastKnownLeader`). */
function nextLastKnownElr(builder: Builder): readonly number[] | null {
  const { partition, elrEnabled } = builder.change;
  const { leader } = builder;
  if (!elrEnabled || leader === null) return null;
  if (leader === NO_LEADER) return partition.lastKnownElr.length === 0 ? [partition.leader] : null;
  return partition.lastKnownElr.length > 0 ? NOBODY : null;
}

function isSameList(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
