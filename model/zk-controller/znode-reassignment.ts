/**
 * Reassignments in /admin/reassign_partitions, before 2.4 (KafkaController.processPartitionReassignment,
 * maybeTriggerPartitionReassignment, removePartitionsFromReassignedPartitions at 1.1.0 and 2.3.1).
 *
 * The znode says where partitions are to go. A partition that has arrived is taken out of it, and the znode goes with the
 * last one: only then can another be submitted.
 *
 * Differs from Kafka: 2.3 writes or deletes the znode whenever it has looked at it, even where nothing has arrived.
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { AlterPartitionReassignmentsResponse } from '../rpc/index.js';
import type { ZkOperation, ZkResult } from '../zookeeper/operations.js';
import { REASSIGN_PARTITIONS_PATH, ReassignPartitionsZnode } from '../zookeeper/znodes.js';
import { assignmentOf, isKnown } from './controller-context.js';
import { reply } from './reply.js';
import { pushSteps, type Step, type ZkControllerState } from './state.js';

type StepOf<Type extends Step['type']> = Step & { readonly type: Type };

/** Nobody writes the znode from 2.4 on: there is nothing to watch or to read. */
export function beginWatchReassignments(definition: ClusterDefinition): ZkOperation[] {
  if (definition.switches.zkReassignment === 'topicZnode') return [];
  return [{ type: 'exists', path: REASSIGN_PARTITIONS_PATH, watch: true }];
}

export function beginReadReassignments(definition: ClusterDefinition): ZkOperation[] {
  if (definition.switches.zkReassignment === 'topicZnode') return [];
  return [{ type: 'getData', path: REASSIGN_PARTITIONS_PATH, watch: false }];
}

/** Takes over where partitions are to go; a new controller triggers them later, when it knows all else. */
export function finishReadReassignments(
  controller: ZkControllerState,
  { purpose }: StepOf<'ReadReassignments'>,
  results: readonly ZkResult[],
): void {
  const data = results[0]?.data;
  if (!(data instanceof ReassignPartitionsZnode)) return;
  const { context } = controller;
  const known = data.targets.filter(({ partition }) => isKnown(context, partition));
  for (const { partition, replicas } of known) context.targets[partition] = replicas;
  if (purpose === 'failover') return;
  const partitions = known.map(({ partition }) => partition);
  pushSteps(controller, { type: 'TriggerReassignments', partitions });
}

/** Begins or resumes them (null: all); those that are there already are taken out of the znode. */
export function finishTriggerReassignments(
  controller: ZkControllerState,
  step: StepOf<'TriggerReassignments'>,
): void {
  const { context } = controller;
  const steps: Step[] = [];
  let isOneThere = false;
  for (const [partition, target] of context.targets.entries()) {
    if (target === null || step.partitions?.includes(partition) === false) continue;
    if (assignmentOf(context, partition).join() === target.join()) {
      context.targets[partition] = null;
      isOneThere = true;
    } else steps.push({ type: 'CheckReassigned', partition, onlyIfComplete: false });
  }
  if (isOneThere) steps.push({ type: 'WriteReassignments' });
  pushSteps(controller, ...steps);
}

/** What is left; the znode goes where nothing is. */
export function beginWriteReassignments({ context }: ZkControllerState): ZkOperation[] {
  const targets = context.targets.flatMap((replicas, partition) =>
    replicas === null ? [] : [{ partition, replicas }],
  );
  const path = REASSIGN_PARTITIONS_PATH;
  if (targets.length === 0) return [{ type: 'delete', path, version: -1 }];
  return [{ type: 'setData', path, data: new ReassignPartitionsZnode(targets), version: -1 }];
}

/** The znode is watched anew once it is gone. */
export function finishWriteReassignments(
  controller: ZkControllerState,
  results: readonly ZkResult[],
): void {
  const isGone = controller.context.targets.every((target) => target === null);
  // Without the znode there is nothing to take back, and the watch of before is still set.
  if (isGone && results[0]!.code === 'OK') controller.queue.push({ type: 'PartitionReassignment' });
}

/** What the operator's tool writes; it refuses where the znode is there (ReassignPartitionsCommand). */
export function beginSubmitReassignments(step: StepOf<'SubmitReassignments'>): ZkOperation[] {
  const data = new ReassignPartitionsZnode(step.targets);
  return [{ type: 'create', path: REASSIGN_PARTITIONS_PATH, data, ephemeral: false }];
}

export function finishSubmitReassignments(
  { event, targets, refused }: StepOf<'SubmitReassignments'>,
  answers: readonly ZkResult[],
  context: HostContext,
): void {
  const isTaken = answers[0]!.code === 'OK';
  const error = isTaken ? ErrorCode.NONE : ErrorCode.REASSIGNMENT_IN_PROGRESS;
  const results = [...refused, ...targets.map(({ partition }) => ({ partition, error }))];
  const { correlationId } = event.request;
  const response = new AlterPartitionReassignmentsResponse(correlationId, ErrorCode.NONE, results);
  reply(event.connection, response, context);
}
