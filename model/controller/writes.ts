/**
 * How an active controller writes (QuorumController.ControllerWriteEvent): append, replay at once on the uncommitted
 * state, answer when committed. Also how it loses its office (`renounce`).
 */
import type { ConnectionId, HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import {
  isReassignmentCompletion,
  NO_LEADER,
  type PartitionRegistration,
} from '../metadata/partition-registration.js';
import type { MetadataRecord, PartitionChangeRecord } from '../metadata/records.js';
import { observerOf } from '../observer.js';
import { raftAppend, type RaftState } from '../raft/index.js';
import type { RpcMessage } from '../rpc/index.js';
import { isActiveController, type ControllerState } from './controller-state.js';
import type { Decision } from './decision.js';
import { errorResponse } from './error-response.js';
import { forgetCommitted, replay, revertUncommitted } from './replay.js';

/** Appends and replays records; false where this node no longer leads, in which case it has renounced. */
export function appendRecords(
  definition: ClusterDefinition,
  controller: ControllerState,
  raft: RaftState,
  records: readonly MetadataRecord[],
  context: HostContext,
): boolean {
  const nextOffset = raftAppend(definition, raft, records, context);
  if (nextOffset < 0) {
    renounce(controller, context);
    return false;
  }
  let offset = controller.nextWriteOffset;
  if (offset + records.length !== nextOffset) {
    throw new Error(`the controller wrote at ${offset}, raft ended at ${nextOffset}`);
  }
  for (const record of records) {
    if (record.type === 'PartitionChange') markElection(controller, record, context);
    if (!replay(controller, record, offset++))
      throw new Error(`the controller wrote a ${record.type} that does not fit what there is`);
  }
  controller.nextWriteOffset = nextOffset;
  return true;
}

/** Carries out a decision; the answer leaves now, or when all that it rests on is committed. */
export function carryOut(
  definition: ClusterDefinition,
  controller: ControllerState,
  raft: RaftState,
  connection: ConnectionId,
  request: RpcMessage,
  decision: Decision,
  context: HostContext,
): void {
  const { records, response, isError } = decision;
  const { controllerEventUs } = definition.costs;
  if (records.length > 0 && !appendRecords(definition, controller, raft, records, context)) {
    const refusal = errorResponse(request, ErrorCode.NOT_CONTROLLER);
    context.send(connection, refusal, controllerEventUs);
    return;
  }
  const nextOffset = controller.nextWriteOffset;
  // Even a mere reading saw uncommitted state, if there is any.
  const mustWait = definition.switches.controllerReply === 'committed';
  if (isError || !mustWait || raft.highWatermark >= nextOffset) {
    context.send(connection, response, controllerEventUs);
  } else {
    controller.deferred.push({ nextOffset, connection, request, response });
  }
}

/** The high watermark moved: sends the answers that waited for it. */
export function completeDeferred(
  controller: ControllerState,
  highWatermark: number,
  context: HostContext,
): void {
  forgetCommitted(controller, highWatermark);
  const { deferred } = controller;
  let count = 0;
  while (count < deferred.length && deferred[count]!.nextOffset <= highWatermark) {
    context.send(deferred[count]!.connection, deferred[count]!.response);
    count++;
  }
  if (count > 0) deferred.splice(0, count);
}

/** No longer the active controller: pending requests fail, uncommitted state is taken back, tasks end. */
export function renounce(controller: ControllerState, context: HostContext): void {
  if (!isActiveController(controller)) return;
  const observer = observerOf(context);
  const epoch = controller.claimEpoch;
  controller.claimEpoch = -1;
  controller.nextWriteOffset = -1;
  for (const { connection, request } of controller.deferred) {
    context.send(connection, errorResponse(request, ErrorCode.NOT_CONTROLLER));
  }
  controller.deferred.length = 0;
  if (revertUncommitted(controller)) {
    observer.mark(context.virtualUs, 'controller-reverted', controller.nodeId);
  }
  const { noOp, fenceStaleBroker, electPreferred, electUnclean } = controller.tasks;
  for (const task of [noOp, fenceStaleBroker, electPreferred, electUnclean]) {
    if (task.isArmed) context.cancelTimer(task.handle);
    task.isArmed = false;
  }
  observer.controllerResigned(context.virtualUs, controller.nodeId, epoch);
}

/** Names elections from outside the ISR. */
function markElection(
  controller: ControllerState,
  record: PartitionChangeRecord,
  context: HostContext,
): void {
  const previous = controller.partitions[record.partition] ?? null;
  if (previous === null || record.leader === null || record.leader === previous.leader) return;
  if (record.leader !== NO_LEADER && previous.isr.includes(record.leader)) return;
  if (isReassignmentCompletion(previous, previous.merge(record))) return;
  observerOf(context).mark(
    context.virtualUs,
    electionName(previous, record.leader),
    record.partition,
  );
}

function electionName(previous: PartitionRegistration, leader: number): string {
  if (leader === NO_LEADER) return 'partition-leaderless';
  if (previous.elr.includes(leader)) return 'elr-election';
  const isLastKnown = previous.isr.length === 0 && previous.lastKnownElr[0] === leader;
  return isLastKnown ? 'last-known-leader-election' : 'unclean-leader-elected';
}
