/**
 * The active controller's connections to brokers (ControllerChannelManager, RequestSendThread).
 *
 * Each registered broker, the controller's own among them, has one connection and a queue of requests that go out in
 * order, one in flight. A request is sent again, 100 ms after its connection broke, for as long as the broker is
 * registered and the controller active. So a broker gets each request at least once and in order, or is taken for dead.
 */
import { NO_EVENT, type ConnectionId, type HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import type { RpcMessage } from '../rpc/index.js';
import { ZkControllerOpcode } from './opcodes.js';
import type { BrokerChannel, ZkControllerState } from './state.js';

/** `controller.socket.timeout.ms`, for connections. */
const SOCKET_TIMEOUT_US = 30_000_000;
/** `request.timeout.ms` of the broker. */
const REQUEST_TIMEOUT_US = 30_000_000;
/** The pause of RequestSendThread after a failure. */
const RETRY_BACKOFF_US = 100_000;

/** Opens a queue for a broker; nothing where there is one. */
export function addChannel(controller: ZkControllerState, broker: number): void {
  if (channelOf(controller, broker) !== undefined) return;
  controller.channels.push({
    broker,
    connection: -1,
    queue: [],
    inFlight: null,
    timeoutTimer: NO_EVENT,
    retryTimer: NO_EVENT,
  });
}

/** Closes a broker's connection and forgets its requests. */
export function removeChannel(
  controller: ZkControllerState,
  broker: number,
  context: HostContext,
): void {
  const channel = channelOf(controller, broker);
  if (channel === undefined) return;
  controller.channels = controller.channels.filter((other) => other !== channel);
  if (channel.connection >= 0) context.close(channel.connection);
  cancelTimeout(channel, context);
  if (channel.retryTimer !== NO_EVENT) context.cancelTimer(channel.retryTimer);
}

/** Queues a request; one for a broker that is not registered is dropped. */
export function channelSend(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  broker: number,
  request: RpcMessage,
  context: HostContext,
): void {
  const channel = channelOf(controller, broker);
  if (channel === undefined) return;
  channel.queue.push(request);
  pump(definition, channel, context);
}

/** Takes a broker's answer: the broker where it ends the request in flight, else -1. */
export function channelReceive(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  connection: ConnectionId,
  response: RpcMessage,
  context: HostContext,
): number {
  const channel = controller.channels.find((one) => one.connection === connection);
  if (channel?.inFlight?.correlationId !== response.correlationId) return -1;
  channel.inFlight = null;
  cancelTimeout(channel, context);
  pump(definition, channel, context);
  return channel.broker;
}

/** The connection is gone: false where it was none of the controller's. */
export function channelClosed(
  controller: ZkControllerState,
  connection: ConnectionId,
  context: HostContext,
): boolean {
  const channel = controller.channels.find((one) => one.connection === connection);
  if (channel === undefined) return false;
  disconnected(channel, context);
  return true;
}

/** The broker has not answered in time: its connection is given up. */
export function channelTimedOut(
  controller: ZkControllerState,
  broker: number,
  context: HostContext,
): void {
  const channel = channelOf(controller, broker);
  if (channel === undefined) return;
  channel.timeoutTimer = NO_EVENT;
  if (channel.connection >= 0) context.close(channel.connection);
  disconnected(channel, context);
}

/** The pause is over. */
export function channelRetry(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  broker: number,
  context: HostContext,
): void {
  const channel = channelOf(controller, broker);
  if (channel === undefined) return;
  channel.retryTimer = NO_EVENT;
  pump(definition, channel, context);
}

function channelOf(controller: ZkControllerState, broker: number): BrokerChannel | undefined {
  return controller.channels.find((channel) => channel.broker === broker);
}

function pump(definition: ClusterDefinition, channel: BrokerChannel, context: HostContext): void {
  if (channel.inFlight !== null || channel.queue.length === 0) return;
  if (channel.retryTimer !== NO_EVENT) return;
  if (channel.connection < 0) {
    channel.connection = context.connect(definition.node(channel.broker).host, SOCKET_TIMEOUT_US);
  }
  channel.inFlight = channel.queue.shift()!;
  channel.timeoutTimer = context.setTimer(
    REQUEST_TIMEOUT_US,
    ZkControllerOpcode.requestTimeout,
    channel.broker,
  );
  context.send(channel.connection, channel.inFlight);
}

function disconnected(channel: BrokerChannel, context: HostContext): void {
  channel.connection = -1;
  if (channel.inFlight === null) return;
  channel.queue.unshift(channel.inFlight);
  channel.inFlight = null;
  cancelTimeout(channel, context);
  if (channel.retryTimer !== NO_EVENT) return;
  channel.retryTimer = context.setTimer(
    RETRY_BACKOFF_US,
    ZkControllerOpcode.channelRetry,
    channel.broker,
  );
}

function cancelTimeout(channel: BrokerChannel, context: HostContext): void {
  if (channel.timeoutTimer === NO_EVENT) return;
  context.cancelTimer(channel.timeoutTimer);
  channel.timeoutTimer = NO_EVENT;
}
