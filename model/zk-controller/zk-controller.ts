/**
 * The controller of a cluster on ZooKeeper, inside each broker process (kafka.controller.KafkaController, 0.10 to 3.9).
 *
 * One broker at a time is the controller: the one that /controller names. It watches brokers and topics in ZooKeeper,
 * elects leaders, writes what it decides into ZooKeeper, and tells brokers by LeaderAndIsr, UpdateMetadata and
 * StopReplica. It works through the ZooKeeper session of its broker.
 *
 * Left out: deletion of topics, notifications of failed log directories, changes of brokers' listeners.
 */
import type { ConnectionId, HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import {
  CreateTopicsResponse,
  Kind,
  type AlterPartitionReassignmentsRequest,
  type AlterPartitionRequest,
  type ControlledShutdownRequest,
  type CreateTopicsRequest,
  type ElectLeadersRequest,
  type LeaderAndIsrResponse,
  type RpcMessage,
} from '../rpc/index.js';
import type { ZkClientEvent, ZkClientState } from '../zookeeper/client.js';
import type { ZkEventType } from '../zookeeper/operations.js';
import {
  BROKER_IDS_PATH,
  CONTROLLER_PATH,
  ISR_CHANGE_NOTIFICATION_PATH,
  parsePartitionStatePath,
  parseTopic,
  PREFERRED_REPLICA_ELECTION_PATH,
  REASSIGN_PARTITIONS_PATH,
  TOPICS_PATH,
} from '../zookeeper/znodes.js';
import { channelClosed, channelReceive, channelRetry, channelTimedOut } from './channel-manager.js';
import { createTopics, creationTimedOut, topicCreationAnswered } from './create-topics.js';
import { batchAnswered, dropEvents, eventDue, putEvent } from './event-thread.js';
import { ZkControllerOpcode } from './opcodes.js';
import { reply } from './reply.js';
import { refuseEvent, resign } from './resignation.js';
import { isActive, type ControllerEvent, type ZkControllerState } from './state.js';
import { resendHeld, takeAnswer, ZkTag } from './zk-requests.js';

/** Of a controller that is read from outside. */
export interface ZkControllerView {
  /** It has taken /controller and not noticed the loss of it; it may still be reading the cluster's state. */
  readonly isActive: boolean;
  /** It has read the cluster's state, and serves. */
  readonly isReady: boolean;
  /** Of the controller; 0 while it is not active. */
  readonly epoch: number;
  /** It handles an event, has others to handle, or brokers have not answered its requests. */
  readonly isBusy: boolean;
}

/**
 * The broker is registered under that epoch (its znode's czxid): it runs for controller where there is none
 * (KafkaController.startup). In a new session this is processReelect, as well: a controller that finds another in its
 * place resigns.
 */
export function zkControllerStart(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  _zk: ZkClientState,
  brokerEpoch: number,
  context: HostContext,
): void {
  controller.brokerEpoch = brokerEpoch;
  putEvent(definition, controller, { type: 'Reelect' }, context);
}

/**
 * Takes what the broker's ZooKeeper client tells: true where it was the controller's (a change of the session's state
 * concerns others, too). When the session is over a controller resigns at once and drops its events, or, before 1.1
 * (`zkSessionExpiry`), goes on with them in the next session until it comes to `zkControllerStart`.
 */
export function zkControllerOnZk(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  zk: ZkClientState,
  event: ZkClientEvent,
  context: HostContext,
): boolean {
  if (event.type === 'response') return answered(definition, controller, zk, event, context);
  if (event.type === 'watch') {
    const { path, event: type } = event;
    return watchFired(definition, controller, path, type, context);
  }
  if (event.state === 'connected') resendHeld(definition, controller, zk, context);
  if (event.state === 'expired' && definition.switches.zkSessionExpiry === 'preempts') {
    dropEvents(controller, context);
    if (isActive(controller)) resign(definition, controller, context);
    controller.activeControllerId = -1;
  }
  return true;
}

function answered(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  zk: ZkClientState,
  event: ZkClientEvent & { readonly type: 'response' },
  context: HostContext,
): boolean {
  if (event.tag === ZkTag.topicCreation) {
    topicCreationAnswered(definition, controller, zk, event, context);
    return true;
  }
  if (event.tag !== ZkTag.step) return false;
  const isComplete = takeAnswer(definition, controller, zk, event, context);
  if (isComplete) batchAnswered(definition, controller, zk, context);
  return true;
}

function watchFired(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  path: string,
  type: ZkEventType,
  context: HostContext,
): boolean {
  if (path === REASSIGN_PARTITIONS_PATH && type !== 'NodeCreated') return true;
  const event = eventOfWatch(definition, path, type);
  if (event === null) return false;
  putEvent(definition, controller, event, context);
  return true;
}

function eventOfWatch(
  definition: ClusterDefinition,
  path: string,
  type: ZkEventType,
): ControllerEvent | null {
  switch (path) {
    case CONTROLLER_PATH:
      return { type: type === 'NodeDeleted' ? 'Reelect' : 'ControllerChange' };
    case BROKER_IDS_PATH:
      return { type: 'BrokerChange' };
    case TOPICS_PATH:
      return { type: 'TopicChange' };
    case ISR_CHANGE_NOTIFICATION_PATH:
      return { type: 'IsrChangeNotification' };
    case PREFERRED_REPLICA_ELECTION_PATH:
      return { type: 'PreferredReplicaElection' };
    case REASSIGN_PARTITIONS_PATH:
      return { type: 'PartitionReassignment' };
    default: {
      const partition = parsePartitionStatePath(definition, path);
      if (partition >= 0) return { type: 'PartitionReassignmentIsrChange', partition };
      const topic = parseTopic(definition, path);
      if (topic < 0 || !path.startsWith(`${TOPICS_PATH}/`)) return null;
      return { type: 'PartitionModifications', topic };
    }
  }
}

/**
 * Takes a message: true where it was a request to the controller or a broker's answer to one of its own. A broker that
 * is not the controller answers NOT_CONTROLLER.
 */
export function zkControllerReceive(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  zk: ZkClientState,
  connection: ConnectionId,
  message: RpcMessage,
  context: HostContext,
): boolean {
  switch (message.kind) {
    case Kind.LeaderAndIsrResponse:
    case Kind.UpdateMetadataResponse:
    case Kind.StopReplicaResponse:
      brokerAnswered(definition, controller, connection, message, context);
      return true;
    case Kind.AlterPartitionRequest: {
      const request = message as AlterPartitionRequest;
      asked(definition, controller, { type: 'AlterPartition', connection, request }, context);
      return true;
    }
    case Kind.ControlledShutdownRequest: {
      const request = message as ControlledShutdownRequest;
      asked(definition, controller, { type: 'ControlledShutdown', connection, request }, context);
      return true;
    }
    case Kind.ElectLeadersRequest: {
      const request = message as ElectLeadersRequest;
      asked(definition, controller, { type: 'ElectLeaders', connection, request }, context);
      return true;
    }
    case Kind.AlterPartitionReassignmentsRequest: {
      const request = message as AlterPartitionReassignmentsRequest;
      const event = { type: 'AlterPartitionReassignments', connection, request } as const;
      asked(definition, controller, event, context);
      return true;
    }
    case Kind.CreateTopicsRequest: {
      const request = message as CreateTopicsRequest;
      if (isActive(controller)) {
        createTopics(definition, controller, zk, connection, request, context);
      } else {
        const { correlationId } = request;
        const error = ErrorCode.NOT_CONTROLLER;
        reply(connection, new CreateTopicsResponse(correlationId, error, []), context);
      }
      return true;
    }
    default:
      return false;
  }
}

function asked(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  event: ControllerEvent,
  context: HostContext,
): void {
  if (isActive(controller)) putEvent(definition, controller, event, context);
  else refuseEvent(event, context);
}

/** Answers are events in Kafka, too; only those about storage have anything to say, and the others are not queued. */
function brokerAnswered(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  connection: ConnectionId,
  message: RpcMessage,
  context: HostContext,
): void {
  const broker = channelReceive(definition, controller, connection, message, context);
  if (broker < 0 || message.kind !== Kind.LeaderAndIsrResponse) return;
  const response = message as LeaderAndIsrResponse;
  const concernsStorage =
    response.results.some(({ error }) => error === ErrorCode.KAFKA_STORAGE_ERROR) ||
    controller.context.offlineReplicas.some((replica) => replica.broker === broker);
  if (response.error !== ErrorCode.NONE || !concernsStorage) return;
  putEvent(definition, controller, { type: 'LeaderAndIsrResponse', broker, response }, context);
}

/** Serves a timer in [ZK_CONTROLLER_OPCODES, +16). */
export function zkControllerTimer(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  zk: ZkClientState,
  opcode: number,
  arg: number,
  context: HostContext,
): void {
  switch (opcode) {
    case ZkControllerOpcode.event:
      eventDue(definition, controller, zk, context);
      break;
    case ZkControllerOpcode.requestTimeout:
      channelTimedOut(controller, arg, context);
      break;
    case ZkControllerOpcode.channelRetry:
      channelRetry(definition, controller, arg, context);
      break;
    case ZkControllerOpcode.rebalance:
      putEvent(definition, controller, { type: 'AutoPreferredReplicaLeaderElection' }, context);
      break;
    case ZkControllerOpcode.creationTimeout:
      creationTimedOut(controller, arg, context);
      break;
    default:
      throw new Error(`the controller has no timer ${opcode}`);
  }
}

/** True where the connection was the controller's own, to a broker. */
export function zkControllerClosed(
  controller: ZkControllerState,
  connection: ConnectionId,
  context: HostContext,
): boolean {
  return channelClosed(controller, connection, context);
}

/** What others may know of it. */
export function zkControllerView(controller: ZkControllerState): ZkControllerView {
  const { epoch, isReady, current, queue, channels } = controller;
  const awaitsAnswers = channels.some(
    (channel) => channel.inFlight !== null || channel.queue.length > 0,
  );
  const isBusy = current !== null || queue.length > 0 || awaitsAnswers;
  return { isActive: isActive(controller), isReady, epoch, isBusy };
}

/** The broker stops in order (KafkaController.shutdown). /controller goes when the broker closes its session. */
export function zkControllerShutdown(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  context: HostContext,
): void {
  dropEvents(controller, context);
  if (isActive(controller)) resign(definition, controller, context);
  controller.activeControllerId = -1;
}
