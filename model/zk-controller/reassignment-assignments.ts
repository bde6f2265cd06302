/** Assignments of partitions that are being reassigned (kafka.controller.ReplicaAssignment; KIP-455). */
import { assignmentOf } from './controller-context.js';
import { NOBODY, type Assignment, type ControllerContext } from './state.js';

/** The assignment of a partition as the controller has it. */
export function fullAssignmentOf(context: ControllerContext, partition: number): Assignment {
  return {
    replicas: assignmentOf(context, partition),
    adding: context.adding[partition] ?? NOBODY,
    removing: context.removing[partition] ?? NOBODY,
  };
}

/** Nothing is added or removed. */
export function settledAssignment(replicas: readonly number[]): Assignment {
  return { replicas, adding: NOBODY, removing: NOBODY };
}

export function isBeingReassigned({ adding, removing }: Assignment): boolean {
  return adding.length > 0 || removing.length > 0;
}

/** Replicas from before the reassignment; their order may have been another. */
export function originReplicas({ replicas, adding }: Assignment): readonly number[] {
  return without(replicas, adding);
}

/** Replicas after the reassignment. */
export function targetReplicas({ replicas, removing }: Assignment): readonly number[] {
  return without(replicas, removing);
}

/** The way to a target: its replicas first, in their order, then those that will go (ReplicaAssignment.reassignTo). */
export function reassignTo(assignment: Assignment, target: readonly number[]): Assignment {
  const origin = originReplicas(assignment);
  const replicas = union(target, origin);
  return { replicas, adding: without(replicas, origin), removing: without(replicas, target) };
}

/** The first list, then what only the second has. */
export function union(first: readonly number[], second: readonly number[]): readonly number[] {
  return [...new Set([...first, ...second])];
}

export function without(list: readonly number[], gone: readonly number[]): readonly number[] {
  return list.filter((id) => !gone.includes(id));
}

export function areSameAssignments(a: Assignment, b: Assignment): boolean {
  return (
    a.replicas.join() === b.replicas.join() &&
    a.adding.join() === b.adding.join() &&
    a.removing.join() === b.removing.join()
  );
}

/** Puts an assignment in the place of the one before; states of replicas that stay are kept. */
export function setAssignment(
  context: ControllerContext,
  partition: number,
  assignment: Assignment,
): void {
  const before = assignmentOf(context, partition);
  const states = context.replicaStates[partition] ?? [];
  const { replicas, adding, removing } = assignment;
  context.assignments[partition] = replicas;
  context.adding[partition] = adding;
  context.removing[partition] = removing;
  context.replicaStates[partition] = replicas.map(
    (replica) => states[before.indexOf(replica)] ?? 'NonExistent',
  );
}

/** Takes over what a topic's znode says of a reassignment (ControllerContext, partitionsBeingReassigned). */
export function takeReassignment(
  context: ControllerContext,
  partition: number,
  assignment: Assignment,
): void {
  context.adding[partition] = assignment.adding;
  context.removing[partition] = assignment.removing;
  if (isBeingReassigned(assignment)) context.targets[partition] = targetReplicas(assignment);
}
