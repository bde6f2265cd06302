/**
 * Creation of topics (AdminManager.createTopics, AdminZkClient.createTopicWithAssignment, DelayedCreatePartitions).
 *
 * A request handler of the active controller's broker places the replicas and writes /brokers/topics/T, beside the
 * controller's events and unfenced. The controller's own watch on /brokers/topics then creates the partitions. The
 * request is answered when all of them have leaders.
 *
 * Differs from Kafka: it waits for the controller's memory, not for the metadata cache of its broker; the timeout is
 * fixed, and a controller that resigns meanwhile answers as if the time were over. Left out: topic configurations in
 * ZooKeeper, which do not change in the lab.
 */
import { NO_EVENT, type ConnectionId, type HostContext } from '../../sim/index.js';
import type { ClusterDefinition, TopicDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { CreateTopicsResponse, type CreateTopicsRequest } from '../rpc/index.js';
import { zkSubmit, type ZkClientEvent, type ZkClientState } from '../zookeeper/client.js';
import { topicPath, TopicZnode } from '../zookeeper/znodes.js';
import { assignReplicasToBrokers } from './classic-placer.js';
import { brokerOf, isLive, isTopicElected, isTopicKnown } from './controller-context.js';
import { ZkControllerOpcode } from './opcodes.js';
import { reply } from './reply.js';
import type { TopicCreation, ZkControllerState } from './state.js';
import { ZkTag } from './zk-requests.js';

/** How long a request waits for leaders. */
const CREATION_TIMEOUT_US = 30_000_000;

/** While ZooKeeper has not answered. */
const WRITING = -1;
/** While the controller has not elected leaders. */
const WAITING = -2;

interface CreationPayload {
  readonly creation: number;
  readonly index: number;
}

/** Begins to create topics; the controller is active. */
export function createTopics(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  zk: ZkClientState,
  connection: ConnectionId,
  request: CreateTopicsRequest,
  context: HostContext,
): void {
  const number = ++controller.creationCount;
  const creation: TopicCreation = {
    number,
    connection,
    correlationId: request.correlationId,
    topics: request.topics,
    errors: request.topics.map(() => WRITING),
    timer: context.setTimer(CREATION_TIMEOUT_US, ZkControllerOpcode.creationTimeout, number),
  };
  controller.creations.push(creation);
  for (const [index, topicIndex] of request.topics.entries()) {
    const topic = definition.topics[topicIndex];
    const placed = place(definition, controller, topic, context);
    if (typeof placed === 'number') creation.errors[index] = placed;
    else if (request.topics.indexOf(topicIndex) < index) {
      // Kafka drops topics that are named twice from the request.
      creation.errors[index] = ErrorCode.INVALID_REQUEST;
    } else {
      const data = new TopicZnode(topicIndex, placed);
      const path = topicPath(definition, topicIndex);
      const payload: CreationPayload = { creation: number, index };
      const operation = { type: 'create', path, data, ephemeral: false } as const;
      zkSubmit(definition, zk, operation, ZkTag.topicCreation, payload, context);
    }
  }
  completeCreations(definition, controller, context);
}

/** The replicas of a topic, or the error that refuses it. */
function place(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  topic: TopicDefinition | undefined,
  context: HostContext,
): readonly (readonly number[])[] | number {
  if (topic === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const cluster = controller.context;
  if (isTopicKnown(definition, cluster, topic.index)) return ErrorCode.TOPIC_ALREADY_EXISTS;
  const { partitionCount, replicationFactor, replicas } = topic;
  if (replicas !== null) {
    const areSound = replicas.every(
      (list) =>
        list.length > 0 &&
        list.length === replicas[0]!.length &&
        new Set(list).size === list.length &&
        list.some((replica) => brokerOf(cluster, replica) !== undefined),
    );
    return areSound ? replicas : ErrorCode.INVALID_REPLICA_ASSIGNMENT;
  }
  const brokers = cluster.brokers.filter(({ id }) => isLive(cluster, id));
  const stream = context.random('placement');
  const placed = assignReplicasToBrokers(brokers, partitionCount, replicationFactor, stream);
  return placed ?? ErrorCode.INVALID_REPLICATION_FACTOR;
}

/** ZooKeeper has written a topic, or refused it. */
export function topicCreationAnswered(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  zk: ZkClientState,
  event: ZkClientEvent & { readonly type: 'response' },
  context: HostContext,
): void {
  const { creation: number, index } = event.payload as CreationPayload;
  const creation = controller.creations.find((one) => one.number === number);
  if (creation === undefined) return;
  const { code } = event.result;
  if (code === 'CONNECTIONLOSS') {
    zkSubmit(definition, zk, event.operation, event.tag, event.payload, context);
    return;
  }
  if (code === 'OK') creation.errors[index] = WAITING;
  else if (code === 'NODEEXISTS') creation.errors[index] = ErrorCode.TOPIC_ALREADY_EXISTS;
  else creation.errors[index] = ErrorCode.REQUEST_TIMED_OUT;
  completeCreations(definition, controller, context);
}

/** Answers requests all of whose topics have leaders, or errors. */
export function completeCreations(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  context: HostContext,
): void {
  for (const creation of [...controller.creations]) {
    const { topics, errors } = creation;
    for (const [index, topic] of topics.entries()) {
      const isElected =
        errors[index] === WAITING && isTopicElected(definition, controller.context, topic);
      if (isElected) errors[index] = ErrorCode.NONE;
    }
    if (errors.every((error) => error >= 0)) answer(controller, creation, context);
  }
}

/** A request has waited too long: topics without leaders are reported so. */
export function creationTimedOut(
  controller: ZkControllerState,
  number: number,
  context: HostContext,
): void {
  const creation = controller.creations.find((one) => one.number === number);
  if (creation === undefined) return;
  creation.timer = NO_EVENT;
  for (const [index, error] of creation.errors.entries()) {
    if (error < 0) creation.errors[index] = ErrorCode.REQUEST_TIMED_OUT;
  }
  answer(controller, creation, context);
}

/** All requests have waited too long: the controller resigns. */
export function timeOutCreations(controller: ZkControllerState, context: HostContext): void {
  for (const { number } of [...controller.creations]) creationTimedOut(controller, number, context);
}

function answer(
  controller: ZkControllerState,
  creation: TopicCreation,
  context: HostContext,
): void {
  if (creation.timer !== NO_EVENT) context.cancelTimer(creation.timer);
  controller.creations = controller.creations.filter((one) => one !== creation);
  const { connection, correlationId, errors } = creation;
  reply(connection, new CreateTopicsResponse(correlationId, ErrorCode.NONE, [...errors]), context);
}
