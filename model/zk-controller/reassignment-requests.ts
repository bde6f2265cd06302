/**
 * Reassignments that an operator asks for (KafkaController.processApiPartitionReassignment, KIP-455).
 *
 * Differs from Kafka: before 2.4 there is no such request, and the operator's tool writes /admin/reassign_partitions
 * itself (ReassignPartitionsCommand). Here the operator sends the request in all versions, and before 2.4 the controller
 * writes that znode in the tool's place, with the tool's checks: nothing where one is under way, and no cancelling.
 */
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import type { PartitionErrorEntry, ReassignablePartition } from '../rpc/index.js';
import { brokerOf, isKnown, isLive } from './controller-context.js';
import {
  fullAssignmentOf,
  isBeingReassigned,
  originReplicas,
  reassignTo,
} from './reassignment-assignments.js';
import type { Assignment, ControllerEvent, Step, ZkControllerState } from './state.js';

type ReassignmentEvent = ControllerEvent & { readonly type: 'AlterPartitionReassignments' };

/** What the controller does about the request; each partition is taken or refused by itself. */
export function reassignmentSteps(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  event: ReassignmentEvent,
): Step[] {
  if (definition.switches.zkReassignment === 'adminZnode') return submission(controller, event);
  const steps: Step[] = [];
  const results = event.request.partitions.map((asked): PartitionErrorEntry => {
    const { partition } = asked;
    const built = build(controller, asked);
    if (typeof built === 'number') return { partition, error: built };
    steps.push({ type: 'Reassign', partition, assignment: built });
    return { partition, error: ErrorCode.NONE };
  });
  return [...steps, { type: 'AnswerReassignments', event, results }];
}

/** The way to what is asked for, or why it is refused (validateReplicas, maybeBuildReassignment). */
function build(
  { context }: ZkControllerState,
  { partition, replicas }: ReassignablePartition,
): Assignment | ErrorCode {
  if (!isKnown(context, partition)) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const current = fullAssignmentOf(context, partition);
  if (replicas === null) {
    if (!isBeingReassigned(current)) return ErrorCode.NO_REASSIGNMENT_IN_PROGRESS;
    return reassignTo(current, originReplicas(current));
  }
  if (!isSound(replicas)) return ErrorCode.INVALID_REPLICA_ASSIGNMENT;
  const assignment = reassignTo(current, replicas);
  const areLive = assignment.adding.every((id) => isLive(context, id));
  return areLive ? assignment : ErrorCode.INVALID_REPLICA_ASSIGNMENT;
}

function submission(controller: ZkControllerState, event: ReassignmentEvent): Step[] {
  const { context } = controller;
  const targets: { partition: number; replicas: readonly number[] }[] = [];
  const refused: PartitionErrorEntry[] = [];
  for (const { partition, replicas } of event.request.partitions) {
    const refuse = (error: ErrorCode): void => void refused.push({ partition, error });
    if (replicas === null) refuse(ErrorCode.UNSUPPORTED_VERSION);
    else if (!isKnown(context, partition)) refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    else if (!isSound(replicas) || replicas.some((id) => brokerOf(context, id) === undefined))
      refuse(ErrorCode.INVALID_REPLICA_ASSIGNMENT);
    else targets.push({ partition, replicas });
  }
  return targets.length > 0
    ? [{ type: 'SubmitReassignments', event, targets, refused }]
    : [{ type: 'AnswerReassignments', event, results: refused }];
}

/** Somebody, and nobody twice. */
function isSound(replicas: readonly number[]): boolean {
  return replicas.length > 0 && new Set(replicas).size === replicas.length;
}
