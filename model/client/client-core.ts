/**
 * The half that all clients share: connections, timeouts and metadata, and how they act on each other.
 *
 * A broken connection may mean that the metadata is stale, so it asks for an update; an update goes to the broker
 * with the least requests under way; and where no known broker can be asked, the client starts over from the
 * bootstrap servers (switch `metadataRecovery`).
 *
 * Source: NetworkClient (poll, leastLoadedNode, processDisconnection, DefaultMetadataUpdater.maybeUpdate).
 * Differs from Kafka before 2.3: the broker to ask is chosen as today, where those versions took the first one with the
 * least requests under way, connected or not.
 */
import type { ConnectionId, HostContext, Message } from '../../sim/index.js';
import type { ClusterDefinition, NodeDefinition } from '../definition.js';
import { MetadataRequest, MetadataResponse, RpcMessage } from '../rpc/index.js';
import {
  applyMetadata,
  createMetadata,
  metadataDueUs,
  metadataUpdateFailed,
  rebootstrap,
  requestMetadataUpdate,
  type ClientMetadata,
  type MetadataPlan,
} from './client-metadata.js';
import { microseconds } from './durations.js';
import type { BackoffPolicy } from './exponential-backoff.js';
import { armBy, disarm } from './lazy-timer.js';
import {
  canConnect,
  connect,
  createNetwork,
  disconnect,
  isAnyConnecting,
  isInternal,
  isReady,
  nextTimeoutUs,
  nodeOf,
  NodeStatus,
  reconnectAtUs,
  sendRequest,
  takeAnswered,
  timedOutNode,
  type InFlightRequest,
  type NetworkState,
} from './network-client.js';
import { ClientOpcode } from './opcodes.js';

export interface ClientCore<P> {
  readonly network: NetworkState<P>;
  readonly metadata: ClientMetadata;
}

/** Requests whose connection broke. */
export interface FailedRequests<P> {
  readonly requests: readonly InFlightRequest<P>[];
  /** The connection was broken by a request without an answer. */
  readonly timedOut: boolean;
}

/** The configuration that all clients have (CommonClientConfigs). */
export interface CommonClientConfig {
  readonly requestTimeoutMs: number;
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly reconnectBackoffMs: number;
  readonly reconnectBackoffMaxMs: number;
  readonly metadataMaxAgeMs: number;
}

/** The plan of a client: the nodes it talks to and the partitions that it cares for. */
export function planClient(
  definition: ClusterDefinition,
  nodes: readonly NodeDefinition[],
  partitions: readonly number[],
  config: CommonClientConfig,
  maxInFlight: number,
  checksApiVersions: boolean,
): MetadataPlan {
  const nodeOfHost: number[] = [];
  for (const node of definition.nodes) {
    while (nodeOfHost.length <= node.host) nodeOfHost.push(-1);
  }
  nodes.forEach((node, index) => (nodeOfHost[node.host] = index));
  const firstPartition = partitions.reduce(
    (first, partition) => Math.min(first, partition),
    partitions[0] ?? 0,
  );
  const lastPartition = partitions.reduce((last, partition) => Math.max(last, partition), -1);
  const slots = new Int32Array(lastPartition - firstPartition + 1).fill(-1);
  partitions.forEach((partition, slot) => (slots[partition - firstPartition] = slot));
  const { retryBackoff, reconnectBackoff, metadataEpoch, metadataRecovery } = definition.switches;
  return {
    nodes,
    nodeOfHost,
    nodeOfId: new Map(nodes.map((node, index) => [node.id, index])),
    requestTimeoutUs: microseconds(config.requestTimeoutMs),
    maxInFlight,
    reconnectBackoff: backoffPolicy(
      config.reconnectBackoffMs,
      reconnectBackoff === 'exponential' ? config.reconnectBackoffMaxMs : null,
    ),
    checksApiVersions,
    partitions,
    slots,
    firstPartition,
    retryBackoff: backoffPolicy(
      config.retryBackoffMs,
      retryBackoff === 'exponential' ? config.retryBackoffMaxMs : null,
    ),
    asksAgainAtOnce: retryBackoff === 'exponential',
    knowsLeaderEpochs: metadataEpoch === 'checked',
    rebootstraps: metadataRecovery === 'rebootstrap',
    metadataMaxAgeUs: microseconds(config.metadataMaxAgeMs),
  };
}

/** A backoff that doubles up to a bound, or is constant where there is none. */
function backoffPolicy(initialMs: number, maxMs: number | null): BackoffPolicy {
  return { initialUs: microseconds(initialMs), maxUs: microseconds(maxMs ?? initialMs) };
}

export function createCore<P>(plan: MetadataPlan, context: HostContext): ClientCore<P> {
  return { network: createNetwork<P>(plan, context), metadata: createMetadata(plan) };
}

/**
 * The request that a response answers, or null where it was the core's own business.
 * Throws on anything but a response.
 */
export function receiveResponse<P>(
  plan: MetadataPlan,
  core: ClientCore<P>,
  connection: ConnectionId,
  response: Message,
  context: HostContext,
): InFlightRequest<P> | null {
  if (!(response instanceof RpcMessage)) throw new Error(`no response: ${response.describe()}`);
  const { network, metadata } = core;
  const node = nodeOf(plan, connection, context);
  const wasConnecting = network.connections[node]!.status === NodeStatus.connecting;
  const request = takeAnswered(plan, network, node, response, context);
  if (!(response instanceof MetadataResponse)) return request;
  if (!wasConnecting) applyMetadata(plan, metadata, response, network.random, context);
  return null;
}

/** A connection is gone, or could not be made; null where the client knew. */
export function connectionClosed<P>(
  plan: MetadataPlan,
  core: ClientCore<P>,
  connection: ConnectionId,
  context: HostContext,
): FailedRequests<P> | null {
  const { connections } = core.network;
  for (let node = 0; node < connections.length; node++) {
    if (connections[node]!.connection !== connection) continue;
    return { requests: breakConnection(plan, core, node, context), timedOut: false };
  }
  return null;
}

/** Serves the deadline timer: breaks one connection with a request past its timeout, if there is one. */
export function expireRequests<P>(
  plan: MetadataPlan,
  core: ClientCore<P>,
  context: HostContext,
): FailedRequests<P> | null {
  const node = timedOutNode(core.network, context.nowUs());
  if (node < 0) return null;
  return { requests: breakConnection(plan, core, node, context), timedOut: true };
}

/**
 * Arms the deadline timer anew after it fired; clients add what else they wait for. Metadata that is overdue already
 * waits for a node that can be asked, not for a time: `maybeUpdateMetadata` sees to that.
 */
export function rearmDeadline<P>(
  plan: MetadataPlan,
  core: ClientCore<P>,
  context: HostContext,
): void {
  const { network, metadata } = core;
  disarm(network.deadline);
  let atUs = nextTimeoutUs(network);
  if (!metadata.needsUpdate && !metadata.isUpdating) {
    const dueUs = metadataDueUs(plan, metadata);
    if (dueUs > context.nowUs()) atUs = Math.min(atUs, dueUs);
  }
  armBy(network.deadline, atUs, ClientOpcode.deadline, context);
}

/** Asks for metadata if that is due, or sees to it that the client wakes up when it is. */
export function maybeUpdateMetadata<P>(
  plan: MetadataPlan,
  core: ClientCore<P>,
  context: HostContext,
): void {
  const { network, metadata } = core;
  if (metadata.isUpdating) return;
  const dueUs = metadataDueUs(plan, metadata);
  const nowUs = context.nowUs();
  if (dueUs > nowUs) {
    if (metadata.needsUpdate) armBy(network.wake, dueUs, ClientOpcode.wake, context);
    else armBy(network.deadline, dueUs, ClientOpcode.deadline, context);
    return;
  }
  let node = leastLoadedNode(plan, core, nowUs);
  if (node < 0 && !hasReadyConnection(core)) {
    if (!metadata.isBootstrap && plan.rebootstraps) rebootstrap(plan, metadata);
    node = leastLoadedNode(plan, core, nowUs);
  }
  if (node < 0) {
    armBy(network.wake, earliestReconnectUs(core), ClientOpcode.wake, context);
    return;
  }
  if (network.connections[node]!.status === NodeStatus.disconnected) {
    if (isAnyConnecting(network, metadata.brokers)) return;
    if (!connect(plan, network, node, context)) return;
  }
  if (!isReady(plan, network, node)) return;
  metadata.isUpdating = true;
  const request = new MetadataRequest(network.nextCorrelationId++, plan.partitions);
  sendRequest(plan, network, node, request, null, context);
}

/**
 * The broker to ask something that any broker can answer: one that is idle, else the least busy, else one that is
 * being connected to, else the one that was not tried for longest; -1 where all are backing off.
 */
export function leastLoadedNode<P>(plan: MetadataPlan, core: ClientCore<P>, nowUs: number): number {
  const { network, metadata } = core;
  const { brokers } = metadata;
  let ready = -1;
  let connecting = -1;
  let connectable = -1;
  const offset = network.random.below(brokers.length);
  for (let step = 0; step < brokers.length; step++) {
    const node = brokers[(offset + step) % brokers.length]!;
    const { status, inFlight, lastAttemptUs } = network.connections[node]!;
    if (isReady(plan, network, node)) {
      if (inFlight.length === 0) return node;
      if (ready < 0 || inFlight.length < network.connections[ready]!.inFlight.length) ready = node;
    } else if (status === NodeStatus.connecting) {
      connecting = node;
    } else if (canConnect(network, node, nowUs)) {
      const isOlder =
        connectable < 0 || lastAttemptUs < network.connections[connectable]!.lastAttemptUs;
      if (isOlder) connectable = node;
    }
  }
  if (ready >= 0) return ready;
  return connecting >= 0 ? connecting : connectable;
}

function hasReadyConnection<P>(core: ClientCore<P>): boolean {
  return core.metadata.brokers.some(
    (node) => core.network.connections[node]!.status === NodeStatus.ready,
  );
}

function earliestReconnectUs<P>(core: ClientCore<P>): number {
  let atUs = Number.MAX_SAFE_INTEGER;
  for (const node of core.metadata.brokers) {
    if (core.network.connections[node]!.status !== NodeStatus.disconnected) continue;
    atUs = Math.min(atUs, reconnectAtUs(core.network, node));
  }
  return atUs;
}

/** A lost connection fails its requests, and makes the metadata suspect. */
function breakConnection<P>(
  plan: MetadataPlan,
  core: ClientCore<P>,
  node: number,
  context: HostContext,
): InFlightRequest<P>[] {
  const { network, metadata } = core;
  const nowUs = context.nowUs();
  const wasConnecting = network.connections[node]!.status === NodeStatus.connecting;
  const requests = disconnect(plan, network, node, context);
  const lostUpdate = !wasConnecting && requests.some(isInternal);
  const isUpdateDue = !metadata.isUpdating && metadataDueUs(plan, metadata) <= nowUs;
  if (lostUpdate || isUpdateDue) metadataUpdateFailed(plan, metadata, nowUs, network.random);
  requestMetadataUpdate(metadata, nowUs);
  return requests.filter((request) => !isInternal(request));
}
