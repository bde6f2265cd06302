/**
 * A broker's channel to the active controller (NodeToControllerChannelManager, NodeToControllerRequestThread).
 *
 * A channel has its own connection and one request in flight. It takes the leader of the quorum that the broker's raft
 * client knows of for the controller. A lost connection, an answer NOT_CONTROLLER or a request timeout closes the
 * connection; the request goes back to the head of the queue and out to whoever leads then, until the channel's retry
 * timeout is over.
 *
 * Left out: the doubling of connection set-up timeouts.
 */
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import {
  AlterPartitionResponse,
  type AllocateProducerIdsResponse,
  type BrokerHeartbeatResponse,
  type BrokerRegistrationResponse,
  type RpcMessage,
} from '../rpc/index.js';
import {
  NO_EVENT,
  type ConnectionId,
  type EventHandle,
  type HostContext,
} from '../../sim/index.js';
import { BrokerOpcode } from './broker-opcodes.js';

/** The channels of a broker; each has a connection of its own. */
export const ChannelIndex = { heartbeat: 0, alterPartition: 1, forwarding: 2 } as const;

/** `controller.socket.timeout.ms`. */
const SOCKET_TIMEOUT_US = 30_000_000;
/** `socket.connection.setup.timeout.ms`. */
const CONNECTION_SETUP_TIMEOUT_US = 10_000_000;
/** How often the thread looks for a controller while it knows none (NodeToControllerRequestThread.doWork). */
const NO_CONTROLLER_BACKOFF_US = 100_000;
/** Reconnect backoff of the channel's NetworkClient, of which up to a fifth is drawn off (ClusterConnectionStates). */
const RECONNECT_BACKOFF_US = 50_000;
const RECONNECT_JITTER_US = 10_000;
/** Retry timeout of the channel that forwards clients' requests (BrokerServer). */
const FORWARDING_RETRY_TIMEOUT_US = 60_000_000;

/** What a controller answers a broker. */
export type ControllerResponse =
  | BrokerRegistrationResponse
  | BrokerHeartbeatResponse
  | AlterPartitionResponse
  | AllocateProducerIdsResponse;

interface QueuedRequest {
  readonly request: RpcMessage;
  readonly createdUs: number;
}

export interface ControllerChannel {
  readonly index: number;
  readonly requestTimeoutUs: number;
  /** -1: requests are retried for ever. */
  readonly retryTimeoutUs: number;
  /** Node that is taken for the active controller, or -1. */
  controllerId: number;
  /** -1: none. */
  connection: ConnectionId;
  /** The request that waits for its answer. */
  inFlight: QueuedRequest | null;
  /** Oldest first. */
  queue: QueuedRequest[];
  /** Request timeout of `inFlight`, or the retry timeout of the oldest in `queue`. */
  timeoutTimer: EventHandle;
  retryTimer: EventHandle;
  /** The node whose connection was lost last, and when it may be tried again. */
  lostNode: number;
  reconnectAtUs: number;
}

/** `heartbeatIntervalMs`: `broker.heartbeat.interval.ms`, which bounds the heartbeat channel's retries. */
export function createControllerChannel(
  index: number,
  heartbeatIntervalMs: number,
): ControllerChannel {
  let retryTimeoutUs = -1;
  if (index === ChannelIndex.heartbeat) retryTimeoutUs = heartbeatIntervalMs * 1000;
  if (index === ChannelIndex.forwarding) retryTimeoutUs = FORWARDING_RETRY_TIMEOUT_US;
  return {
    index,
    requestTimeoutUs:
      retryTimeoutUs < 0 ? SOCKET_TIMEOUT_US : Math.min(SOCKET_TIMEOUT_US, retryTimeoutUs),
    retryTimeoutUs,
    controllerId: -1,
    connection: -1,
    inFlight: null,
    queue: [],
    timeoutTimer: NO_EVENT,
    retryTimer: NO_EVENT,
    lostNode: -1,
    reconnectAtUs: 0,
  };
}

/** Queues a request and sends it as soon as it is its turn. `leaderId`: of the quorum, or -1. */
export function channelSend(
  definition: ClusterDefinition,
  channel: ControllerChannel,
  leaderId: number,
  request: RpcMessage,
  context: HostContext,
): void {
  channel.queue.push({ request, createdUs: context.nowUs() });
  pump(definition, channel, leaderId, context);
}

/** Takes an answer: true where it ends the request in flight; false where it is stale, or the request goes out again. */
export function channelReceive(
  definition: ClusterDefinition,
  channel: ControllerChannel,
  leaderId: number,
  connection: ConnectionId,
  response: ControllerResponse,
  context: HostContext,
): boolean {
  const { inFlight } = channel;
  if (inFlight === null || connection !== channel.connection) return false;
  if (inFlight.request.correlationId !== response.correlationId) return false;
  if (saysNotController(response)) {
    context.close(connection);
    disconnected(channel, context);
    pump(definition, channel, leaderId, context);
    return false;
  }
  channel.inFlight = null;
  cancelTimeout(channel, context);
  pump(definition, channel, leaderId, context);
  return true;
}

/** The connection is gone: false where it was not the channel's. */
export function channelClosed(
  definition: ClusterDefinition,
  channel: ControllerChannel,
  leaderId: number,
  connection: ConnectionId,
  context: HostContext,
): boolean {
  if (connection !== channel.connection) return false;
  disconnected(channel, context);
  pump(definition, channel, leaderId, context);
  return true;
}

/** The oldest request is due. Returns the request that is given up, or null. */
export function channelTimedOut(
  definition: ClusterDefinition,
  channel: ControllerChannel,
  leaderId: number,
  context: HostContext,
): RpcMessage | null {
  channel.timeoutTimer = NO_EVENT;
  if (channel.connection >= 0) {
    context.close(channel.connection);
    disconnected(channel, context);
  }
  const oldest = channel.queue[0];
  const expired =
    oldest !== undefined &&
    channel.retryTimeoutUs >= 0 &&
    context.nowUs() - oldest.createdUs >= channel.retryTimeoutUs;
  if (expired) channel.queue.shift();
  pump(definition, channel, leaderId, context);
  return expired ? oldest.request : null;
}

/** Looks again for the controller. */
export function channelRetry(
  definition: ClusterDefinition,
  channel: ControllerChannel,
  leaderId: number,
  context: HostContext,
): void {
  channel.retryTimer = NO_EVENT;
  pump(definition, channel, leaderId, context);
}

/** Closes the connection and forgets all requests. */
export function closeChannel(channel: ControllerChannel, context: HostContext): void {
  if (channel.connection >= 0) context.close(channel.connection);
  cancelTimeout(channel, context);
  if (channel.retryTimer !== NO_EVENT) context.cancelTimer(channel.retryTimer);
  channel.connection = -1;
  channel.controllerId = -1;
  channel.inFlight = null;
  channel.queue = [];
  channel.retryTimer = NO_EVENT;
}

function pump(
  definition: ClusterDefinition,
  channel: ControllerChannel,
  leaderId: number,
  context: HostContext,
): void {
  if (channel.inFlight !== null || channel.queue.length === 0) return;
  if (channel.connection < 0 && !connect(definition, channel, leaderId, context)) {
    armExpiry(channel, context);
    return;
  }
  const next = channel.queue.shift()!;
  channel.inFlight = next;
  cancelTimeout(channel, context);
  channel.timeoutTimer = context.setTimer(
    channel.requestTimeoutUs,
    BrokerOpcode.channelTimeout,
    channel.index,
  );
  context.send(channel.connection, next.request);
}

/** Opens the connection; false where there is no controller to be reached yet. */
function connect(
  definition: ClusterDefinition,
  channel: ControllerChannel,
  leaderId: number,
  context: HostContext,
): boolean {
  channel.controllerId = leaderId;
  if (leaderId < 0) {
    armRetry(channel, NO_CONTROLLER_BACKOFF_US, context);
    return false;
  }
  const waitUs = channel.reconnectAtUs - context.nowUs();
  if (waitUs > 0 && leaderId === channel.lostNode) {
    armRetry(channel, waitUs, context);
    return false;
  }
  channel.connection = context.connect(definition.node(leaderId).host, CONNECTION_SETUP_TIMEOUT_US);
  return true;
}

function disconnected(channel: ControllerChannel, context: HostContext): void {
  channel.lostNode = channel.controllerId;
  const jitterUs = context.random('reconnect-backoff').below(RECONNECT_JITTER_US + 1);
  channel.reconnectAtUs = context.nowUs() + RECONNECT_BACKOFF_US - jitterUs;
  channel.connection = -1;
  channel.controllerId = -1;
  if (channel.inFlight === null) return;
  channel.queue.unshift(channel.inFlight);
  channel.inFlight = null;
  cancelTimeout(channel, context);
}

function cancelTimeout(channel: ControllerChannel, context: HostContext): void {
  if (channel.timeoutTimer === NO_EVENT) return;
  context.cancelTimer(channel.timeoutTimer);
  channel.timeoutTimer = NO_EVENT;
}

function armRetry(channel: ControllerChannel, delayUs: number, context: HostContext): void {
  if (channel.retryTimer !== NO_EVENT) return;
  channel.retryTimer = context.setTimer(delayUs, BrokerOpcode.channelRetry, channel.index);
}

function armExpiry(channel: ControllerChannel, context: HostContext): void {
  if (channel.retryTimeoutUs < 0 || channel.timeoutTimer !== NO_EVENT) return;
  const waitUs = channel.queue[0]!.createdUs + channel.retryTimeoutUs - context.nowUs();
  channel.timeoutTimer = context.setTimer(
    Math.max(waitUs, 0),
    BrokerOpcode.channelTimeout,
    channel.index,
  );
}

/** Any NOT_CONTROLLER in the answer counts, that of a single partition, too (AbstractResponse.errorCounts). */
function saysNotController(response: ControllerResponse): boolean {
  if (response.error === ErrorCode.NOT_CONTROLLER) return true;
  if (!(response instanceof AlterPartitionResponse)) return false;
  return response.results.some((result) => result.error === ErrorCode.NOT_CONTROLLER);
}
