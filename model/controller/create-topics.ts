/** Creation of topics (ReplicationControlManager.createTopics) and blocks of producer ids. */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition, TopicDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import type { MetadataRecord } from '../metadata/records.js';
import {
  AllocateProducerIdsResponse,
  CreateTopicsResponse,
  type AllocateProducerIdsRequest,
  type CreateTopicsRequest,
} from '../rpc/index.js';
import { isBrokerActive, type ControllerState } from './controller-state.js';
import { decided, refused, type Decision } from './decision.js';
import { placeReplicas, type UsableBroker } from './striped-placer.js';

/** Producer ids are handed to brokers in blocks of this size (ProducerIdsBlock). */
const PRODUCER_ID_BLOCK_SIZE = 1000;

export function decideCreateTopics(
  definition: ClusterDefinition,
  controller: ControllerState,
  request: CreateTopicsRequest,
  context: HostContext,
): Decision {
  const records: MetadataRecord[] = [];
  const seen = new Set<number>();
  const topicErrors = request.topics.map((index) => {
    const topic = definition.topics[index];
    if (topic === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    if (controller.topics[index] === 1) return ErrorCode.TOPIC_ALREADY_EXISTS;
    // Kafka drops topics that are named twice from the request.
    if (seen.has(index)) return ErrorCode.INVALID_REQUEST;
    seen.add(index);
    return createTopic(controller, topic, records, context);
  });
  const { correlationId } = request;
  return decided(records, new CreateTopicsResponse(correlationId, ErrorCode.NONE, topicErrors));
}

/** Adds the records of one topic, or none with an error. */
function createTopic(
  controller: ControllerState,
  topic: TopicDefinition,
  records: MetadataRecord[],
  context: HostContext,
): number {
  const manual = topic.replicas !== null;
  const assignments = topic.replicas ?? place(controller, topic, context);
  if (assignments === null) return ErrorCode.INVALID_REPLICATION_FACTOR;
  if (manual && !isValidAssignment(controller, assignments)) {
    return ErrorCode.INVALID_REPLICA_ASSIGNMENT;
  }
  const partitions: MetadataRecord[] = [];
  for (const [number, replicas] of assignments.entries()) {
    const isr = replicas.filter((replica) => isBrokerActive(controller, replica));
    const [leader] = isr;
    if (leader === undefined) {
      return manual ? ErrorCode.INVALID_REPLICA_ASSIGNMENT : ErrorCode.INVALID_REPLICATION_FACTOR;
    }
    partitions.push({
      type: 'Partition',
      partition: topic.firstPartition + number,
      replicas,
      isr,
      leader,
      leaderEpoch: 0,
      partitionEpoch: 0,
    });
  }
  records.push({ type: 'Topic', topic: topic.index }, ...partitions);
  return ErrorCode.NONE;
}

function place(
  controller: ControllerState,
  topic: TopicDefinition,
  context: HostContext,
): number[][] | null {
  const usable: UsableBroker[] = [];
  for (const { registration, fenced, controlledShutdownOffset } of controller.brokers.values()) {
    if (controlledShutdownOffset >= 0) continue;
    usable.push({ id: registration.id, rack: registration.rack, fenced });
  }
  const { partitionCount, replicationFactor } = topic;
  return placeReplicas(usable, partitionCount, replicationFactor, context.random('placement'));
}

/** Every replica is registered and named once, and all partitions have as many (`validateManualPartitionAssignment`). */
function isValidAssignment(
  controller: ControllerState,
  assignments: readonly (readonly number[])[],
): boolean {
  const replicationFactor = assignments[0]?.length ?? 0;
  return assignments.every(
    (replicas) =>
      replicas.length > 0 &&
      replicas.length === replicationFactor &&
      new Set(replicas).size === replicas.length &&
      replicas.every((replica) => controller.brokers.has(replica)),
  );
}

/** ProducerIdControlManager.generateNextProducerId. */
export function decideAllocateProducerIds(
  controller: ControllerState,
  request: AllocateProducerIdsRequest,
): Decision {
  const { correlationId, brokerId, brokerEpoch } = request;
  if (controller.brokers.get(brokerId)?.registration.epoch !== brokerEpoch) {
    const error = ErrorCode.STALE_BROKER_EPOCH;
    return refused(new AllocateProducerIdsResponse(correlationId, error, -1, 0));
  }
  const first = controller.nextProducerId;
  const record: MetadataRecord = {
    type: 'ProducerIds',
    brokerId,
    nextProducerId: first + PRODUCER_ID_BLOCK_SIZE,
  };
  const { NONE } = ErrorCode;
  return decided(
    [record],
    new AllocateProducerIdsResponse(correlationId, NONE, first, PRODUCER_ID_BLOCK_SIZE),
  );
}
