/**
 * What the controller tells a broker of a cluster on ZooKeeper: LeaderAndIsr, UpdateMetadata and StopReplica
 * (KafkaApis.handleLeaderAndIsrRequest, handleUpdateMetadataRequest, handleStopReplicaRequest).
 *
 * A request of an older controller is refused, and from KIP-380 on one that is meant for an earlier life of the broker
 * (switch `brokerGeneration`). A request that says a newer broker epoch than the broker knows is taken: the controller
 * may have seen the registration before the broker has its answer.
 */
import type { ClusterDefinition } from '../../definition.js';
import { ErrorCode } from '../../errors.js';
import { PartitionRegistration } from '../../metadata/partition-registration.js';
import { observerOf } from '../../observer.js';
import { applyLeaderAndIsr, applyStopReplica } from '../../replication/index.js';
import {
  Kind,
  LeaderAndIsrResponse,
  StopReplicaResponse,
  UpdateMetadataResponse,
  type LeaderAndIsrRequest,
  type PartitionErrorEntry,
  type PartitionStateEntry,
  type RpcMessage,
  type StopReplicaRequest,
  type UpdateMetadataRequest,
} from '../../rpc/index.js';
import type { HostContext } from '../../../sim/index.js';
import type { BrokerState } from '../state.js';
import type { ZkBroker } from './state.js';

const NO_RESULTS: readonly PartitionErrorEntry[] = [];

/** Requests of the controller that this file answers. */
export type ControlRequest = LeaderAndIsrRequest | UpdateMetadataRequest | StopReplicaRequest;

/** Tells them from requests of clients and followers. */
export function isControlRequest(request: RpcMessage): request is ControlRequest {
  return (
    request.kind === Kind.LeaderAndIsrRequest ||
    request.kind === Kind.UpdateMetadataRequest ||
    request.kind === Kind.StopReplicaRequest
  );
}

/** Does what the controller says; the answer is returned, what the replicas have to say waits in their outboxes. */
export function serveControlRequest(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  request: ControlRequest,
  context: HostContext,
): RpcMessage {
  const refusal = refusalOf(definition, broker, zk, request);
  if (refusal !== ErrorCode.NONE) {
    observerOf(context).requestFenced(context.virtualUs, broker.nodeId, -1, refusal);
    return responseTo(request, refusal, NO_RESULTS);
  }
  zk.controllerEpoch = request.controllerEpoch;
  const { controllerId, controllerEpoch } = request;
  observerOf(context).controllerObeyed(
    context.virtualUs,
    broker.nodeId,
    controllerId,
    controllerEpoch,
  );
  if (request.kind === Kind.LeaderAndIsrRequest) {
    return leaderAndIsr(definition, broker, zk, request, context);
  }
  if (request.kind === Kind.UpdateMetadataRequest) {
    return updateMetadata(broker, zk, request);
  }
  const { partitions } = request;
  const results = applyStopReplica(definition, broker.replicas!, partitions, context);
  return responseTo(request, ErrorCode.NONE, results);
}

function refusalOf(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  request: ControlRequest,
): ErrorCode {
  const { brokerEpoch } = request;
  const { brokerGeneration, controllerEpochFencing } = definition.switches;
  const checksEpoch = brokerGeneration === 'on' && brokerEpoch >= 0;
  if (checksEpoch && brokerEpoch < broker.lifecycle.brokerEpoch)
    return ErrorCode.STALE_BROKER_EPOCH;
  const isOfOlder = request.controllerEpoch < zk.controllerEpoch;
  if (isOfOlder && controllerEpochFencing === 'on') return ErrorCode.STALE_CONTROLLER_EPOCH;
  return ErrorCode.NONE;
}

function leaderAndIsr(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  request: LeaderAndIsrRequest,
  context: HostContext,
): LeaderAndIsrResponse {
  const { states, correlationId } = request;
  const results = applyLeaderAndIsr(definition, broker.replicas!, states, broker.image, context);
  for (const [at, { partition, controllerEpoch }] of states.entries()) {
    if (results[at]?.error === ErrorCode.NONE)
      zk.partitionControllerEpochs[partition] = controllerEpoch;
  }
  return new LeaderAndIsrResponse(correlationId, ErrorCode.NONE, results);
}

/** MetadataCache.updateMetadata: all brokers that are alive, and the partitions that the request names. */
function updateMetadata(
  broker: BrokerState,
  zk: ZkBroker,
  request: UpdateMetadataRequest,
): UpdateMetadataResponse {
  const { image } = broker;
  zk.leaderId = request.controllerId;
  image.setLiveBrokers(request.liveBrokers);
  for (const state of request.states) image.setCached(registrationOf(state));
  return new UpdateMetadataResponse(request.correlationId, ErrorCode.NONE);
}

/** The state of a partition as the replicas and the metadata cache have it; `partitionEpoch` is the znode's version. */
function registrationOf(state: PartitionStateEntry): PartitionRegistration {
  const { partition, replicas, isr, leader, leaderEpoch, zkVersion } = state;
  return new PartitionRegistration(
    partition,
    replicas,
    isr,
    [],
    [],
    leader,
    leaderEpoch,
    zkVersion,
    'RECOVERED',
  );
}

function responseTo(
  request: ControlRequest,
  error: ErrorCode,
  results: readonly PartitionErrorEntry[],
): RpcMessage {
  const { correlationId } = request;
  if (request.kind === Kind.LeaderAndIsrRequest)
    return new LeaderAndIsrResponse(correlationId, error, results);
  if (request.kind === Kind.StopReplicaRequest)
    return new StopReplicaResponse(correlationId, error, results);
  return new UpdateMetadataResponse(correlationId, error);
}
