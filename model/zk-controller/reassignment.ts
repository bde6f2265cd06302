/**
 * Partitions that get other replicas (KafkaController.onPartitionReassignment).
 *
 * ```text
 *                replicas           ISR               leader   where the old replicas are kept
 * begin          [4 2 3 1]          [1 2 3]           1        the topic's znode
 * copied         [4 2 3 1]          [1 2 3 4]         1        the topic's znode
 * leader moved   [4 2 3] in memory  [1 2 3 4]         4        the topic's znode
 * old stopped    [4 2 3] in memory  [2 3 4]           4        the topic's znode
 * end            [4 2 3]            [2 3 4]           4        nowhere
 * ```
 *
 * A controller that fails over on the way begins again with what the znodes say. From 2.4 on (`zkReassignment`, KIP-455)
 * the topic's znode says which replicas are added and removed, so that a reassignment can be replaced or cancelled.
 * Before, the target is in /admin/reassign_partitions (znode-reassignment.ts), and the ISR is looked at first.
 *
 * The controller hears that a replica has caught up from a watch on the partition's state, or, from 2.7 on, with the
 * request of the leader to take it in.
 *
 * Differs from Kafka: old replicas come first in no set: before 2.4 the order of five and more is that of the lists.
 * Left out: topics that are deleted meanwhile, and the answer to StopReplica, which Kafka does not wait for, either.
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { AlterPartitionReassignmentsResponse } from '../rpc/index.js';
import type { ZkOperation, ZkResult } from '../zookeeper/operations.js';
import { topicPath, TopicZnode } from '../zookeeper/znodes.js';
import {
  assignmentOf,
  isReplicaOnline,
  leadershipIn,
  nextLeadership,
} from './controller-context.js';
import {
  electSteps,
  leadershipOf,
  readStates,
  writtenLeadership,
} from './partition-state-machine.js';
import {
  areSameAssignments,
  fullAssignmentOf,
  isBeingReassigned,
  setAssignment,
  settledAssignment,
  targetReplicas,
  union,
  without,
} from './reassignment-assignments.js';
import { reply } from './reply.js';
import { addLeaderAndIsr } from './request-batch.js';
import { pushSteps, type Assignment, type Step, type ZkControllerState } from './state.js';

type StepOf<Type extends Step['type']> = Step & { readonly type: Type };

/** A new way for a partition: written first, then held in memory; who was being added and is not wanted any more stops. */
export function finishReassign(controller: ZkControllerState, step: StepOf<'Reassign'>): void {
  const { partition, assignment } = step;
  const current = fullAssignmentOf(controller.context, partition);
  const steps: Step[] = [];
  if (!areSameAssignments(current, assignment)) {
    steps.push(
      { type: 'WriteAssignment', partition, assignment },
      { type: 'SetAssignment', partition, assignment },
      ...stopSteps(partition, without(current.replicas, assignment.replicas)),
    );
  }
  pushSteps(
    controller,
    ...steps,
    { type: 'BeginReassignment', partition, target: targetReplicas(assignment) },
    { type: 'CheckReassigned', partition, onlyIfComplete: false },
  );
}

/** Writes the replicas of a topic's partitions, one of them changed (setTopicAssignment): last writer wins. */
export function beginWriteAssignment(
  definition: ClusterDefinition,
  { context }: ZkControllerState,
  step: StepOf<'WriteAssignment'>,
): ZkOperation[] {
  const { topic } = definition.partition(step.partition);
  const assignments: Assignment[] = [];
  for (let number = 0; number < topic.partitionCount; number++) {
    const partition = topic.firstPartition + number;
    const isMoved = partition === step.partition;
    assignments.push(isMoved ? step.assignment : fullAssignmentOf(context, partition));
  }
  const data = new TopicZnode(
    topic.index,
    assignments.map(({ replicas }) => replicas),
    assignments.map(({ adding }) => adding),
    assignments.map(({ removing }) => removing),
  );
  return [{ type: 'setData', path: topicPath(definition, topic.index), data, version: -1 }];
}

export function finishSetAssignment(
  { context }: ZkControllerState,
  step: StepOf<'SetAssignment'>,
): void {
  setAssignment(context, step.partition, step.assignment);
}

export function finishBeginReassignment(
  { context }: ZkControllerState,
  step: StepOf<'BeginReassignment'>,
): void {
  context.targets[step.partition] = step.target;
}

/** Looks whether all of the target are in the ISR, where that is not clear without. */
export function beginCheckReassigned(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  { partition }: StepOf<'CheckReassigned'>,
): ZkOperation[] {
  if ((controller.context.targets[partition] ?? null) === null) return [];
  const isInAdminZnode = definition.switches.zkReassignment === 'adminZnode';
  const isMoving = isBeingReassigned(fullAssignmentOf(controller.context, partition));
  return isInAdminZnode || isMoving ? readStates(definition, controller, [partition]) : [];
}

export function finishCheckReassigned(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: StepOf<'CheckReassigned'>,
  results: readonly ZkResult[],
): void {
  const { partition, onlyIfComplete } = step;
  const target = controller.context.targets[partition] ?? null;
  if (target === null) return;
  const [state] = results;
  const isr = state === undefined ? target : (leadershipOf(state)?.isr ?? []);
  const isComplete = target.every((replica) => isr.includes(replica));
  if (onlyIfComplete && !isComplete) return;
  if (onlyIfComplete)
    pushSteps(controller, { type: 'CheckReassigned', partition, onlyIfComplete: false });
  else if (isComplete)
    pushSteps(controller, ...endSteps(definition, controller, partition, target));
  else pushSteps(controller, ...copySteps(definition, controller, partition, target));
}

/** Not complete: all replicas hear of the new ones in a new leader epoch, and the new ones begin to copy. */
function copySteps(
  definition: ClusterDefinition,
  { context }: ZkControllerState,
  partition: number,
  target: readonly number[],
): Step[] {
  const { replicas, adding } = fullAssignmentOf(context, partition);
  const starting = (brokers: readonly number[]): Step[] =>
    brokers.flatMap((broker) => [{ type: 'NewReplica', partition, broker }, { type: 'Send' }]);
  if (definition.switches.zkReassignment === 'topicZnode') {
    return [{ type: 'RaiseLeaderEpoch', partition, recipients: replicas }, ...starting(adding)];
  }
  const assignment = settledAssignment(union(target, replicas));
  return [
    { type: 'SetAssignment', partition, assignment },
    { type: 'WriteAssignment', partition, assignment },
    { type: 'RaiseLeaderEpoch', partition, recipients: assignment.replicas },
    ...starting(without(target, replicas)),
  ];
}

/** Complete: the leader is one of the target, the others leave the ISR and delete what they have. */
function endSteps(
  definition: ClusterDefinition,
  { context }: ZkControllerState,
  partition: number,
  target: readonly number[],
): Step[] {
  const { replicas, adding } = fullAssignmentOf(context, partition);
  const isInAdminZnode = definition.switches.zkReassignment === 'adminZnode';
  const online = (isInAdminZnode ? target : adding).map((broker) => {
    return { broker, partitions: [partition] };
  });
  const assignment = settledAssignment(target);
  return [
    { type: 'OnlineReplicas', replicas: online },
    { type: 'Send' },
    { type: 'SetAssignment', partition, assignment },
    { type: 'MoveReassignedLeader', partition, recipients: isInAdminZnode ? replicas : target },
    ...stopSteps(partition, without(replicas, target)),
    { type: 'WriteAssignment', partition, assignment },
    { type: 'EndReassignment', partition },
    { type: 'UpdateMetadata', brokers: null, partitions: [partition] },
  ];
}

/** Replicas stop for good: out of the ISR first, then deleted (stopRemovedReplicasOfReassignedPartition). */
function stopSteps(partition: number, brokers: readonly number[]): Step[] {
  if (brokers.length === 0) return [];
  const groups = brokers.map((broker) => ({ broker, partitions: [partition] }));
  return [
    { type: 'OfflineReplicas', replicas: groups },
    ...groups.map((group): Step => ({ type: 'StopReplicas', group, deletes: true })),
    { type: 'Send' },
  ];
}

/** Leader and ISR as they are, in a new leader epoch; a state of a newer controller is left alone (updateLeaderEpoch). */
export function finishRaiseLeaderEpoch(
  controller: ZkControllerState,
  step: StepOf<'RaiseLeaderEpoch'>,
  results: readonly ZkResult[],
): void {
  const { partition, recipients } = step;
  const { epoch } = controller;
  const current = leadershipOf(results[0]!);
  if (current === null || current.controllerEpoch > epoch) return;
  const leadership = nextLeadership(current, current.leader, current.isr, epoch);
  pushSteps(controller, { type: 'WriteRaised', update: { partition, leadership, recipients } });
}

export function finishWriteRaised(
  controller: ZkControllerState,
  { update }: StepOf<'WriteRaised'>,
  results: readonly ZkResult[],
): void {
  const { partition, recipients } = update;
  const result = results[0]!;
  if (result.code === 'BADVERSION')
    pushSteps(controller, { type: 'RaiseLeaderEpoch', partition, recipients });
  if (result.code !== 'OK') return;
  const leadership = writtenLeadership(update, result);
  controller.context.leadership[partition] = leadership;
  addLeaderAndIsr(controller, recipients, partition, leadership, false);
  pushSteps(controller, { type: 'Send' });
}

/** The leader stays where it is one of the target and lives; the others hear who the replicas are now. */
export function finishMoveReassignedLeader(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: StepOf<'MoveReassignedLeader'>,
): void {
  const { partition, recipients } = step;
  const { context } = controller;
  const leader = leadershipIn(context, partition)?.leader ?? -1;
  const stays =
    assignmentOf(context, partition).includes(leader) &&
    isReplicaOnline(context, leader, partition);
  if (stays) pushSteps(controller, { type: 'RaiseLeaderEpoch', partition, recipients });
  else {
    const steps = electSteps(definition, 'reassignment', [partition]);
    pushSteps(controller, ...steps, { type: 'Send' });
  }
}

export function finishEndReassignment(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  { partition }: StepOf<'EndReassignment'>,
): void {
  controller.context.targets[partition] = null;
  if (definition.switches.zkReassignment === 'adminZnode')
    pushSteps(controller, { type: 'WriteReassignments' });
}

/** Goes on with what is being reassigned: after a fail-over, or to brokers that have just started. */
export function finishResumeReassignments(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  { brokers }: StepOf<'ResumeReassignments'>,
): void {
  if (brokers === null && definition.switches.zkReassignment === 'adminZnode') {
    pushSteps(controller, { type: 'TriggerReassignments', partitions: null });
    return;
  }
  const steps: Step[] = [];
  for (const [partition, target] of controller.context.targets.entries()) {
    const isResumed = brokers === null || target?.some((replica) => brokers.includes(replica));
    if (target === null || isResumed !== true) continue;
    steps.push({ type: 'CheckReassigned', partition, onlyIfComplete: false });
  }
  pushSteps(controller, ...steps);
}

export function finishAnswerReassignments(
  { event, results }: StepOf<'AnswerReassignments'>,
  context: HostContext,
): void {
  const { correlationId } = event.request;
  const response = new AlterPartitionReassignmentsResponse(correlationId, ErrorCode.NONE, results);
  reply(event.connection, response, context);
}
