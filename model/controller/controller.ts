/**
 * The controller of a voter: a standby that replays committed records, or the active one (QuorumController at 4.1.1).
 *
 * One event is handled at a time. A request that finds the thread free is handled at its arrival, and its answer leaves
 * after the time that an event takes; others queue. Periodic tasks go before the queue, as in Kafka.
 * Left out: deadlines of queued requests, and records of the first activation (features, configuration): the first
 * features are those of the definition.
 */
import type { ConnectionId, HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import { halt, type RaftState } from '../raft/index.js';
import {
  Kind,
  type AllocateProducerIdsRequest,
  type AlterPartitionReassignmentsRequest,
  type AlterPartitionRequest,
  type BrokerHeartbeatRequest,
  type BrokerHeartbeatResponse,
  type BrokerRegistrationRequest,
  type CreateTopicsRequest,
  type ElectLeadersRequest,
  type RpcMessage,
  type UpdateFeaturesRequest,
} from '../rpc/index.js';
import { decideAlterPartition } from './alter-partition.js';
import {
  activateSessions,
  decideHeartbeat,
  decideRegistration,
  isShuttingDown,
  noteControlledShutdown,
  trackHeartbeat,
} from './broker-sessions.js';
import { isActiveController, type ControllerState } from './controller-state.js';
import { decideAllocateProducerIds, decideCreateTopics } from './create-topics.js';
import type { Decision } from './decision.js';
import { decideElectLeaders } from './elections.js';
import { errorResponse } from './error-response.js';
import { decideUpdateFeatures } from './features.js';
import { activateTasks, armTasks, ControllerOpcode, runTask } from './periodic-tasks.js';
import { decideReassignments } from './reassignments.js';
import { replay } from './replay.js';
import { carryOut, completeDeferred, renounce } from './writes.js';

/** Raft did something: replays what was committed, takes or lays down the office, answers what is committed. */
export function controllerOnRaft(
  definition: ClusterDefinition,
  controller: ControllerState,
  raft: RaftState,
  context: HostContext,
): void {
  if (isActiveController(controller)) {
    if (raft.epoch === controller.claimEpoch) {
      onCommit(controller, raft, context);
      return;
    }
    renounce(controller, context);
  }
  if (!replayCommitted(controller, raft)) {
    halt(raft, 'metadata-replay-fault', context);
    return;
  }
  // A leader is active once it has seen all that was committed before its epoch.
  if (raft.leader !== null && raft.leader.highWatermark >= 0) {
    claim(definition, controller, raft, raft.leader.nextOffset, context);
  }
}

/** A request of a broker or an operator; answered at once or when it is committed. */
export function receiveControllerRequest(
  definition: ClusterDefinition,
  controller: ControllerState,
  raft: RaftState,
  connection: ConnectionId,
  request: RpcMessage,
  context: HostContext,
): void {
  const nowUs = context.nowUs();
  if (request.kind === Kind.BrokerHeartbeatRequest && isActiveController(controller)) {
    trackHeartbeat(definition, controller, request as BrokerHeartbeatRequest, nowUs);
  }
  if (controller.queue.length === 0 && controller.busyUntilUs <= nowUs) {
    handleRequest(definition, controller, raft, connection, request, context);
    return;
  }
  controller.queue.push({ connection, request });
  if (controller.queue.length === 1) {
    context.setTimer(controller.busyUntilUs - nowUs, ControllerOpcode.nextRequest);
  }
}

/** A timer with an opcode of the controller's fired. */
export function controllerTimer(
  definition: ClusterDefinition,
  controller: ControllerState,
  raft: RaftState,
  opcode: number,
  _arg: number,
  _payload: unknown,
  context: HostContext,
): void {
  if (opcode === ControllerOpcode.nextRequest) {
    handleNextRequest(definition, controller, raft, context);
    return;
  }
  runTask(definition, controller, raft, opcode, context);
  armTasks(definition, controller, context);
}

/** A connection is gone: nobody waits for its answers any more. Its requests are carried out all the same. */
export function controllerClosed(controller: ControllerState, connection: ConnectionId): void {
  const { deferred, queue } = controller;
  for (let index = deferred.length - 1; index >= 0; index--) {
    if (deferred[index]!.connection === connection) deferred.splice(index, 1);
  }
  for (let index = 0; index < queue.length; index++) {
    const { connection: asker, request } = queue[index]!;
    if (asker === connection) queue[index] = { connection: NO_CONNECTION, request };
  }
}

/** Nobody: what is sent there is lost. */
const NO_CONNECTION = -1;

function handleNextRequest(
  definition: ClusterDefinition,
  controller: ControllerState,
  raft: RaftState,
  context: HostContext,
): void {
  const next = controller.queue.shift();
  if (next === undefined) return;
  handleRequest(definition, controller, raft, next.connection, next.request, context);
  if (controller.queue.length > 0) {
    context.setTimer(definition.costs.controllerEventUs, ControllerOpcode.nextRequest);
  }
}

function handleRequest(
  definition: ClusterDefinition,
  controller: ControllerState,
  raft: RaftState,
  connection: ConnectionId,
  request: RpcMessage,
  context: HostContext,
): void {
  const { controllerEventUs } = definition.costs;
  controller.busyUntilUs = context.nowUs() + controllerEventUs;
  if (!isActiveController(controller)) {
    const refusal = errorResponse(request, ErrorCode.NOT_CONTROLLER);
    context.send(connection, refusal, controllerEventUs);
    return;
  }
  const decision = decide(definition, controller, request, context);
  carryOut(definition, controller, raft, connection, request, decision, context);
  if (!isActiveController(controller)) return;
  if (request.kind === Kind.BrokerHeartbeatRequest) {
    afterHeartbeat(definition, controller, request as BrokerHeartbeatRequest, decision);
  }
  armTasks(definition, controller, context);
}

function decide(
  definition: ClusterDefinition,
  controller: ControllerState,
  request: RpcMessage,
  context: HostContext,
): Decision {
  switch (request.kind) {
    case Kind.BrokerHeartbeatRequest:
      return decideHeartbeat(
        definition,
        controller,
        request as BrokerHeartbeatRequest,
        context.nowUs(),
      );
    case Kind.AlterPartitionRequest:
      return decideAlterPartition(
        definition,
        controller,
        request as AlterPartitionRequest,
        context,
      );
    case Kind.BrokerRegistrationRequest:
      return decideRegistration(
        definition,
        controller,
        request as BrokerRegistrationRequest,
        context,
      );
    case Kind.AllocateProducerIdsRequest:
      return decideAllocateProducerIds(controller, request as AllocateProducerIdsRequest);
    case Kind.CreateTopicsRequest:
      return decideCreateTopics(definition, controller, request as CreateTopicsRequest, context);
    case Kind.ElectLeadersRequest:
      return decideElectLeaders(definition, controller, request as ElectLeadersRequest);
    case Kind.AlterPartitionReassignmentsRequest:
      return decideReassignments(
        definition,
        controller,
        request as AlterPartitionReassignmentsRequest,
      );
    case Kind.UpdateFeaturesRequest:
      return decideUpdateFeatures(definition, request as UpdateFeaturesRequest);
    default:
      throw new Error(`the controller does not serve requests of kind ${request.kind}`);
  }
}

/** `processBatchEndOffset`: the offset that a broker in controlled shutdown waits for. */
function afterHeartbeat(
  definition: ClusterDefinition,
  controller: ControllerState,
  request: BrokerHeartbeatRequest,
  decision: Decision,
): void {
  const response = decision.response as BrokerHeartbeatResponse;
  if (!isShuttingDown(request, response)) return;
  const offset = controller.nextWriteOffset - 1;
  noteControlledShutdown(definition, controller, request.brokerId, offset);
}

function claim(
  definition: ClusterDefinition,
  controller: ControllerState,
  raft: RaftState,
  nextWriteOffset: number,
  context: HostContext,
): void {
  controller.claimEpoch = raft.epoch;
  controller.nextWriteOffset = nextWriteOffset;
  activateSessions(controller, context.nowUs());
  activateTasks(definition, controller, context);
  observerOf(context).controllerActivated(context.virtualUs, controller.nodeId, raft.epoch);
}

/** Standby: applies the batches that have become committed; false where one of them does not fit what there is. */
function replayCommitted(controller: ControllerState, raft: RaftState): boolean {
  const { entries } = raft.log;
  while (controller.committedCount < raft.committedCount) {
    const { baseOffset, records } = entries.at(controller.committedCount);
    for (let index = 0; index < records.length; index++) {
      if (!replay(controller, records[index]!, baseOffset + index)) return false;
    }
    controller.committedCount++;
  }
  return true;
}

/** Active: what is committed was replayed when it was appended. */
function onCommit(controller: ControllerState, raft: RaftState, context: HostContext): void {
  if (controller.committedCount === raft.committedCount) return;
  controller.committedCount = raft.committedCount;
  completeDeferred(controller, raft.highWatermark, context);
}
