/**
 * Serves the requests of clients and followers (KafkaApis): hands them to the replicas, or answers from the metadata
 * image. A fenced broker serves like any other, with the metadata that it has.
 */
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { NO_LEADER } from '../metadata/partition-registration.js';
import {
  handleFetch,
  handleListOffsets,
  handleOffsetForLeaderEpoch,
  handleProduce,
  type OutgoingResponse,
  type ReplicaManagerState,
} from '../replication/index.js';
import {
  InitProducerIdResponse,
  Kind,
  MetadataResponse,
  type FetchRequest,
  type InitProducerIdRequest,
  type ListOffsetsRequest,
  type MetadataRequest,
  type OffsetForLeaderEpochRequest,
  type PartitionMetadata,
  type ProduceRequest,
  type RpcMessage,
} from '../rpc/index.js';
import { NO_EVENT, shorten, type ConnectionId, type HostContext } from '../../sim/index.js';
import { submitIsrChanges } from './alter-partition-manager.js';
import type { KnownController } from './known-controller.js';
import { generateProducerId } from './producer-id-manager.js';
import {
  armHandler,
  endTurn,
  forgetInbound,
  freeHandler,
  inboundOf,
  nextInLine,
  nextQueued,
  serviceUs,
  takeHandler,
  takeTurn,
  type InboundConnection,
} from './request-channel.js';
import type { BrokerState } from './state.js';
import { isControlRequest, serveControlRequest } from './zookeeper/control-requests.js';
import { writeIsrChanges } from './zookeeper/isr-writes.js';

/** A request arrives: it is served now, or waits for its connection's turn or for a handler. */
export function receiveRequest(
  definition: ClusterDefinition,
  known: KnownController,
  broker: BrokerState,
  connection: ConnectionId,
  request: RpcMessage,
  context: HostContext,
): void {
  const { requests } = broker;
  if (!requests.enabled) {
    context.close(connection);
    return;
  }
  const inbound = inboundOf(requests, connection);
  if (!takeTurn(inbound, request, context)) return;
  const handler = takeHandler(requests, inbound, request, context);
  if (handler >= 0) serve(definition, known, broker, handler, inbound, request, context);
}

/** A connection whose response has left has its next request served. */
export function onConnectionFree(
  definition: ClusterDefinition,
  known: KnownController,
  broker: BrokerState,
  connection: ConnectionId,
  context: HostContext,
): void {
  const next = nextInLine(broker.requests, connection);
  if (next === null) return;
  const handler = takeHandler(broker.requests, next.inbound, next.request, context);
  if (handler >= 0) serve(definition, known, broker, handler, next.inbound, next.request, context);
}

/** A handler has become free while requests waited. */
export function onHandlerFree(
  definition: ClusterDefinition,
  known: KnownController,
  broker: BrokerState,
  context: HostContext,
): void {
  const { requests } = broker;
  requests.handlerTimer = NO_EVENT;
  for (;;) {
    const next = nextQueued(requests, context);
    if (next === null) break;
    const handler = freeHandler(requests, context.nowUs());
    serve(definition, known, broker, handler, next.inbound, next.request, context);
  }
  armHandler(requests, context);
}

/**
 * Sends what the replicas have answered since the last call, and submits the ISR changes that they want.
 *
 * `baseUs`: how long the cause of it takes (the service of the request that let the answers go).
 */
export function drainReplicas(
  definition: ClusterDefinition,
  known: KnownController,
  broker: BrokerState,
  replicas: ReplicaManagerState,
  baseUs: number,
  context: HostContext,
): void {
  const { outbox, isrOutbox, connectionsToClose } = replicas;
  // First the ISR changes: a change that is refused at once may let further answers go.
  if (isrOutbox.length > 0) {
    if (broker.zk !== null && definition.switches.isrUpdate === 'compareAndSet')
      writeIsrChanges(definition, broker, broker.zk, context);
    else submitIsrChanges(definition, broker, replicas, known.leaderId, context);
  }
  if (outbox.length > 0) sendResponses(definition, broker, outbox, baseUs, context);
  if (connectionsToClose.length > 0) closeConnections(broker, connectionsToClose, context);
  if (replicas.failed) context.exit();
}

function sendResponses(
  definition: ClusterDefinition,
  broker: BrokerState,
  outbox: OutgoingResponse[],
  baseUs: number,
  context: HostContext,
): void {
  for (let at = 0; at < outbox.length; at++) {
    const { connection, response, bytes } = outbox[at]!;
    // What a produce request writes is part of its service; what a fetch has read leaves with the response.
    const readBytes = response.kind === Kind.FetchResponse ? bytes : 0;
    const transferUs = Math.ceil((definition.costs.perKibUs * readBytes) / 1024);
    respond(broker, connection, response, baseUs + transferUs, context);
  }
  shorten(outbox, 0);
}

/** A write with acks=0 went wrong: there is no other way to say so. */
function closeConnections(
  broker: BrokerState,
  connections: ConnectionId[],
  context: HostContext,
): void {
  for (const connection of connections) {
    context.close(connection);
    forgetInbound(broker.requests, connection, context);
  }
  connections.length = 0;
}

function serve(
  definition: ClusterDefinition,
  known: KnownController,
  broker: BrokerState,
  handler: number,
  inbound: InboundConnection,
  request: RpcMessage,
  context: HostContext,
): void {
  const { requests } = broker;
  const replicas = broker.replicas!;
  // Its client is gone, and only a write leaves a trace.
  if (inbound.closed && request.kind !== Kind.ProduceRequest) return;
  const connection = inbound.closed ? -1 : inbound.connection;
  const nowUs = context.nowUs();
  let busyUs = serviceUs(definition, 0);
  switch (request.kind) {
    case Kind.ProduceRequest: {
      const produce = request as ProduceRequest;
      busyUs = produceServiceUs(definition, produce, context);
      inbound.freeAtUs = nowUs + busyUs;
      handleProduce(definition, replicas, connection, produce, context);
      if (produce.acks === 0) endTurn(inbound, busyUs, context);
      break;
    }
    case Kind.FetchRequest:
      handleFetch(definition, replicas, connection, request as FetchRequest, context);
      break;
    case Kind.MetadataRequest: {
      const response = metadataResponse(broker, request as MetadataRequest);
      busyUs = serviceUs(definition, response.sizeBytes / 1024);
      respond(broker, connection, response, busyUs, context);
      break;
    }
    case Kind.ListOffsetsRequest:
      handleListOffsets(definition, replicas, connection, request as ListOffsetsRequest, context);
      break;
    case Kind.OffsetForLeaderEpochRequest:
      handleOffsetForLeaderEpoch(
        definition,
        replicas,
        connection,
        request as OffsetForLeaderEpochRequest,
        context,
      );
      break;
    case Kind.InitProducerIdRequest: {
      const response = initProducerId(
        definition,
        known,
        broker,
        request as InitProducerIdRequest,
        context,
      );
      respond(broker, connection, response, busyUs, context);
      break;
    }
    default: {
      if (broker.zk === null || !isControlRequest(request)) break;
      const response = serveControlRequest(definition, broker, broker.zk, request, context);
      respond(broker, connection, response, busyUs, context);
    }
  }
  drainReplicas(definition, known, broker, replicas, busyUs, context);
  // Where the request is answered now, the handler also reads and hands over what is in the response.
  requests.handlerFreeAtUs[handler] = inbound.busy ? nowUs + busyUs : inbound.freeAtUs;
}

/** Sends the response to the request that a connection waits for, and lets its next one have its turn. */
function respond(
  broker: BrokerState,
  connection: ConnectionId,
  response: RpcMessage,
  delayUs: number,
  context: HostContext,
): void {
  const inbound = broker.requests.connections.get(connection);
  if (inbound?.busy !== true || inbound.correlationId !== response.correlationId) return;
  const leavesInUs = Math.max(delayUs, inbound.freeAtUs - context.nowUs());
  context.send(connection, response, leavesInUs);
  endTurn(inbound, leavesInUs, context);
}

function produceServiceUs(
  definition: ClusterDefinition,
  request: ProduceRequest,
  context: HostContext,
): number {
  const writeUs = context.host.disk.writeDurationUs() * request.entries.length;
  return serviceUs(definition, request.sizeBytes / 1024) + Math.ceil(writeUs);
}

/** MetadataCache.getTopicMetadata: the leader must be registered, be it fenced; the brokers listed are unfenced. */
function metadataResponse(broker: BrokerState, request: MetadataRequest): MetadataResponse {
  const { image } = broker;
  const brokers: number[] = [];
  for (let id = 0; id < image.brokers.length; id++) {
    if (!image.isFenced(id)) brokers.push(id);
  }
  const partitions: PartitionMetadata[] = [];
  if (request.partitions === null) {
    for (let index = 0; index < image.partitions.length; index++) {
      if (image.partitions[index] !== null) partitions.push(partitionMetadata(broker, index));
    }
  } else {
    for (const index of request.partitions) partitions.push(partitionMetadata(broker, index));
  }
  return new MetadataResponse(request.correlationId, brokers, partitions);
}

function partitionMetadata(broker: BrokerState, partition: number): PartitionMetadata {
  const registration = broker.image.partitions[partition] ?? null;
  if (registration === null) {
    const error = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    return { partition, error, leaderId: NO_LEADER, leaderEpoch: -1, replicas: [], isr: [] };
  }
  const { leader, leaderEpoch, replicas, isr } = registration;
  const known = leader >= 0 && (broker.image.brokers[leader] ?? null) !== null;
  const error = known ? ErrorCode.NONE : ErrorCode.LEADER_NOT_AVAILABLE;
  return { partition, error, leaderId: known ? leader : NO_LEADER, leaderEpoch, replicas, isr };
}

/** TransactionCoordinator.handleInitProducerId without a transactional id: any broker answers. */
function initProducerId(
  definition: ClusterDefinition,
  known: KnownController,
  broker: BrokerState,
  request: InitProducerIdRequest,
  context: HostContext,
): InitProducerIdResponse {
  const producerId = generateProducerId(definition, broker, known.leaderId, context);
  const error = producerId < 0 ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS : ErrorCode.NONE;
  return new InitProducerIdResponse(
    request.correlationId,
    error,
    producerId,
    producerId < 0 ? -1 : 0,
  );
}
