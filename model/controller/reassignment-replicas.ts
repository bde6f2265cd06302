/**
 * The arithmetic of a reassignment (PartitionReassignmentReplicas, PartitionReassignmentRevert at 4.1.1; KIP-455).
 *
 *     [1 2 3] ──to [4 2 3]──> [4 2 3 1], adding [4], removing [1] ──ISR has 4, 2 and 3──> [4 2 3]
 *
 * While it lasts the replicas are those of the target, in its order, and behind them those that are to go.
 */
import type { PartitionRegistration } from '../metadata/partition-registration.js';

/** A partition's replicas, and which of them a reassignment adds and removes. */
export interface Assignment {
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

const NOBODY: readonly number[] = [];

/** The assignment as it stands. */
export function assignmentOf(partition: PartitionRegistration): Assignment {
  const { replicas, addingReplicas, removingReplicas } = partition;
  return { replicas, adding: addingReplicas, removing: removingReplicas };
}

/**
 * What a partition has to go through to come to a target, from whatever it is at.
 *
 * A list that the new target leaves empty stays as an earlier reassignment left it, as in Kafka: who is then in both
 * lists goes (ReplicationControlManager.changePartitionReassignment).
 */
export function assignmentTowards(
  partition: PartitionRegistration,
  target: readonly number[],
): Assignment {
  const { replicas } = partition;
  const removing = difference(replicas, target);
  const adding = difference(target, replicas);
  return {
    replicas: [...target, ...removing],
    adding: adding.length > 0 ? adding : partition.addingReplicas,
    removing: removing.length > 0 ? removing : partition.removingReplicas,
  };
}

/**
 * Who must be in the ISR at the end: all of the target, or up to 3.7 those that are added, so that a target of which few
 * were in sync took the others' place (KAFKA-15665).
 */
export type Completion = 'targetInSync' | 'addedInSync';

/** The assignment and ISR that end a reassignment, or null where none is under way or the ISR lacks somebody. */
export function completedReassignment(
  { replicas, adding, removing }: Assignment,
  isr: readonly number[],
  completion: Completion,
): (Assignment & { readonly isr: readonly number[] }) | null {
  if (adding.length === 0 && removing.length === 0) return null;
  const staying = without(replicas, removing);
  const inSync = without(isr, removing);
  if (staying.length === 0 || inSync.length === 0) return null;
  const awaited = completion === 'targetInSync' ? staying : adding;
  if (!awaited.every((replica) => inSync.includes(replica))) return null;
  return { replicas: staying, adding: NOBODY, removing: NOBODY, isr: inSync };
}

/** What a cancelled reassignment goes back to. */
export interface Revert {
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  /** Nobody in sync is left: the first replica is taken for it, as in an unclean election. */
  readonly isUnclean: boolean;
}

/** Without the replicas that were being added. */
export function revertReassignment(partition: PartitionRegistration): Revert {
  const { addingReplicas } = partition;
  const replicas = without(partition.replicas, addingReplicas);
  const isr = without(partition.isr, addingReplicas);
  if (isr.length > 0) return { replicas, isr, isUnclean: false };
  return { replicas, isr: replicas.slice(0, 1), isUnclean: true };
}

/** How many replicas the partition has, or will have at the end of its reassignment. */
export function targetReplicationFactor(partition: PartitionRegistration): number {
  return without(partition.replicas, partition.removingReplicas).length;
}

/** Ascending, as Kafka keeps it. */
function difference(a: readonly number[], b: readonly number[]): readonly number[] {
  return without(a, b)
    .slice()
    .sort((left, right) => left - right);
}

function without(list: readonly number[], gone: readonly number[]): readonly number[] {
  return gone.length === 0 ? list : list.filter((replica) => !gone.includes(replica));
}
