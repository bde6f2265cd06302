/**
 * Connections to nodes, the requests under way on each, and their timeouts.
 *
 *     disconnected --connect--> connecting --ApiVersions answered--> ready
 *          ^                        |                                   |
 *          +--- refused, broken, or a request that got no answer in time +
 *
 * A request that is not answered within `request.timeout.ms` breaks its connection, and with it all other requests on
 * it: nobody knows which of them were executed. A node is tried again after `reconnect.backoff.ms`, doubling.
 *
 * Source: NetworkClient, ClusterConnectionStates, InFlightRequests.
 * Differs from Kafka: the ApiVersions exchange that makes a connection ready is a Metadata request for no partitions;
 * idle connections are not closed (connections.max.idle.ms).
 */
import type { ConnectionId, HostContext, RandomStream } from '../../sim/index.js';
import type { NodeDefinition } from '../definition.js';
import { Kind, MetadataRequest, type RpcMessage } from '../rpc/index.js';
import { FOREVER_US } from './durations.js';
import { exponentialBackoffUs, type BackoffPolicy } from './exponential-backoff.js';
import { armBy, createLazyTimer, type LazyTimer } from './lazy-timer.js';
import { ClientOpcode } from './opcodes.js';

/** `socket.connection.setup.timeout.ms` and its bound. */
const CONNECTION_SETUP_TIMEOUT: BackoffPolicy = { initialUs: 10_000_000, maxUs: 30_000_000 };
const NO_PARTITIONS: readonly number[] = [];

/** What never changes: whom the client may talk to, and how patiently. Nodes are indexes into `nodes`. */
export interface NetworkPlan {
  readonly nodes: readonly NodeDefinition[];
  /** Node by host, -1 where a host is none. */
  readonly nodeOfHost: readonly number[];
  /** Node by `node.id`. */
  readonly nodeOfId: ReadonlyMap<number, number>;
  readonly requestTimeoutUs: number;
  readonly maxInFlight: number;
  readonly reconnectBackoff: BackoffPolicy;
  /** Ask for ApiVersions before anything else; controllers of the lab do not answer that. */
  readonly checksApiVersions: boolean;
}

export const NodeStatus = { disconnected: 0, connecting: 1, ready: 2 } as const;
export type NodeStatus = (typeof NodeStatus)[keyof typeof NodeStatus];

/** A request without an answer yet; `P` is what its sender wants to find again. */
export interface InFlightRequest<P> {
  readonly correlationId: number;
  /** The request's kind. */
  readonly kind: number;
  readonly node: number;
  readonly sentUs: number;
  readonly deadlineUs: number;
  /** Null for the network layer's own requests. */
  readonly payload: P | null;
}

interface NodeConnection<P> {
  status: NodeStatus;
  /** Valid unless disconnected. */
  connection: ConnectionId;
  /** When the last attempt began, or the last connection ended. */
  lastAttemptUs: number;
  reconnectBackoffUs: number;
  failedAttempts: number;
  failedSetups: number;
  /** In order of sending; answers come in the same order. */
  readonly inFlight: InFlightRequest<P>[];
}

export interface NetworkState<P> {
  readonly connections: NodeConnection<P>[];
  nextCorrelationId: number;
  readonly random: RandomStream;
  readonly wake: LazyTimer;
  readonly deadline: LazyTimer;
}

export function createNetwork<P>(plan: NetworkPlan, context: HostContext): NetworkState<P> {
  return {
    connections: plan.nodes.map(() => ({
      status: NodeStatus.disconnected,
      connection: -1,
      lastAttemptUs: 0,
      reconnectBackoffUs: 0,
      failedAttempts: 0,
      failedSetups: 0,
      inFlight: [],
    })),
    nextCorrelationId: 0,
    random: context.random('client'),
    wake: createLazyTimer(),
    deadline: createLazyTimer(),
  };
}

/** Whether a request can go to the node now. */
export function isReady<P>(plan: NetworkPlan, network: NetworkState<P>, node: number): boolean {
  const { status, inFlight } = network.connections[node]!;
  return status === NodeStatus.ready && inFlight.length < plan.maxInFlight;
}

/** Whether the node is disconnected and its backoff is over. */
export function canConnect<P>(network: NetworkState<P>, node: number, nowUs: number): boolean {
  const connection = network.connections[node]!;
  return connection.status === NodeStatus.disconnected && nowUs >= reconnectAtUs(network, node);
}

/** When the node's backoff is over. */
export function reconnectAtUs<P>(network: NetworkState<P>, node: number): number {
  const { lastAttemptUs, reconnectBackoffUs } = network.connections[node]!;
  return lastAttemptUs + reconnectBackoffUs;
}

/** As `isReady`, and begins to connect where that may help; a backoff wakes the client when it is over. */
export function makeReady<P>(
  plan: NetworkPlan,
  network: NetworkState<P>,
  node: number,
  context: HostContext,
): boolean {
  if (network.connections[node]!.status !== NodeStatus.disconnected) {
    return isReady(plan, network, node);
  }
  if (canConnect(network, node, context.nowUs())) return connect(plan, network, node, context);
  armBy(network.wake, reconnectAtUs(network, node), ClientOpcode.wake, context);
  return false;
}

/** Begins to connect to a disconnected node; true where requests may be sent at once. */
export function connect<P>(
  plan: NetworkPlan,
  network: NetworkState<P>,
  node: number,
  context: HostContext,
): boolean {
  const connection = network.connections[node]!;
  const nowUs = context.nowUs();
  const setupUs = exponentialBackoffUs(
    CONNECTION_SETUP_TIMEOUT,
    connection.failedSetups,
    network.random,
  );
  connection.lastAttemptUs = nowUs;
  connection.connection = context.connect(plan.nodes[node]!.host, setupUs);
  if (!plan.checksApiVersions) {
    connection.status = NodeStatus.ready;
    return true;
  }
  connection.status = NodeStatus.connecting;
  const hello = new MetadataRequest(network.nextCorrelationId++, NO_PARTITIONS);
  const timeoutUs = Math.max(setupUs, plan.requestTimeoutUs);
  sendRequest(plan, network, node, hello, null, context, timeoutUs);
  return false;
}

/** Sends a request that is answered; its correlation id comes from `network.nextCorrelationId++`. */
export function sendRequest<P>(
  plan: NetworkPlan,
  network: NetworkState<P>,
  node: number,
  message: RpcMessage,
  payload: P | null,
  context: HostContext,
  timeoutUs = plan.requestTimeoutUs,
): void {
  const { connection, inFlight } = network.connections[node]!;
  const sentUs = context.nowUs();
  const deadlineUs = sentUs + timeoutUs;
  const { correlationId, kind } = message;
  inFlight.push({ correlationId, kind, node, sentUs, deadlineUs, payload });
  context.send(connection, message);
  armBy(network.deadline, deadlineUs, ClientOpcode.deadline, context);
}

/** Sends a request that nobody answers (Produce with acks=0). */
export function sendOneWay<P>(
  network: NetworkState<P>,
  node: number,
  message: RpcMessage,
  context: HostContext,
): void {
  context.send(network.connections[node]!.connection, message);
}

/** The node at the other end of one of the client's connections. */
export function nodeOf(plan: NetworkPlan, connection: ConnectionId, context: HostContext): number {
  return plan.nodeOfHost[context.peer(connection)] ?? -1;
}

/**
 * The request that a node's response answers. The answer to the ApiVersions exchange makes the connection ready.
 * Throws where the response answers something else than the oldest request of its connection.
 */
export function takeAnswered<P>(
  plan: NetworkPlan,
  network: NetworkState<P>,
  node: number,
  response: RpcMessage,
  context: HostContext,
): InFlightRequest<P> {
  const state = network.connections[node]!;
  const request = state.inFlight.shift();
  if (request?.correlationId !== response.correlationId || request.kind !== response.kind - 1) {
    throw new Error(
      `${context.host.name} got ${response.describe()} (correlation id ${response.correlationId}) ` +
        `from ${plan.nodes[node]!.id}, but waits for ${request?.correlationId ?? 'nothing'}`,
    );
  }
  state.status = NodeStatus.ready;
  state.failedAttempts = 0;
  state.failedSetups = 0;
  return request;
}

/** Notes that the connection to a node is gone, and returns the requests that were under way on it. */
export function disconnect<P>(
  plan: NetworkPlan,
  network: NetworkState<P>,
  node: number,
  context: HostContext,
): InFlightRequest<P>[] {
  const state = network.connections[node]!;
  const { random } = network;
  if (context.isOpen(state.connection)) context.close(state.connection);
  if (state.status === NodeStatus.connecting) state.failedSetups++;
  else state.failedSetups = 0;
  state.status = NodeStatus.disconnected;
  state.connection = -1;
  state.lastAttemptUs = context.nowUs();
  state.reconnectBackoffUs = exponentialBackoffUs(
    plan.reconnectBackoff,
    state.failedAttempts++,
    random,
  );
  return state.inFlight.splice(0);
}

/** A node with a request past its timeout, or -1. */
export function timedOutNode<P>(network: NetworkState<P>, nowUs: number): number {
  for (let node = 0; node < network.connections.length; node++) {
    const oldest = network.connections[node]!.inFlight[0];
    if (oldest !== undefined && oldest.deadlineUs <= nowUs) return node;
  }
  return -1;
}

/** When the next request times out; `FOREVER_US` where none is under way. */
export function nextTimeoutUs<P>(network: NetworkState<P>): number {
  let atUs = FOREVER_US;
  for (let node = 0; node < network.connections.length; node++) {
    const oldest = network.connections[node]!.inFlight[0];
    if (oldest !== undefined && oldest.deadlineUs < atUs) atUs = oldest.deadlineUs;
  }
  return atUs;
}

/** Whether a connection is being made. */
export function isAnyConnecting<P>(network: NetworkState<P>, nodes: readonly number[]): boolean {
  for (const node of nodes) {
    if (network.connections[node]!.status === NodeStatus.connecting) return true;
  }
  return false;
}

/** Whether the request is the common half's own: ApiVersions, or metadata. */
export function isInternal<P>(request: InFlightRequest<P>): boolean {
  return request.kind === Kind.MetadataRequest && request.payload === null;
}
