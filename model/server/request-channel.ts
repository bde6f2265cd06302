/**
 * How a broker takes requests in: one at a time from each connection, and at most `num.io.threads` at once
 * (SocketServer, RequestChannel, KafkaRequestHandlerPool).
 *
 * Kafka mutes a connection when a request has been read from it and unmutes it when the response is out, so further
 * requests wait in the socket. A request is executed when a handler thread takes it: where one is free that is at its
 * arrival, and the response leaves when the service time is over. While all are busy requests wait, first come first
 * served.
 *
 * Differs from Kafka: a request's effects show when its service begins, not when it ends. The bound of the queue
 * (`queued.max.requests`) delays nobody: Kafka leaves what does not fit in the sockets, from where it comes in the same
 * order. Requests that wait on a connection when it breaks are dropped, where Kafka may serve one more.
 */
import type { ClusterDefinition } from '../definition.js';
import type { RpcMessage } from '../rpc/index.js';
import {
  NO_EVENT,
  type ConnectionId,
  type EventHandle,
  type HostContext,
} from '../../sim/index.js';
import { BrokerOpcode } from './broker-opcodes.js';

/** What the broker knows of an inbound connection. Times are the host's monotonic clock's. */
export interface InboundConnection {
  readonly connection: ConnectionId;
  /** A request of it waits for a handler, is being served, or is parked: its response has not been made. */
  busy: boolean;
  /** Of that request. */
  correlationId: number;
  /** When the last response has left; until then further requests wait. */
  freeAtUs: number;
  /** Requests that wait for their turn, oldest first. */
  waiting: RpcMessage[];
  timer: EventHandle;
  closed: boolean;
}

interface QueuedRequest {
  readonly inbound: InboundConnection;
  readonly request: RpcMessage;
}

export interface RequestChannel {
  /** False until the broker is unfenced for the first time, and again when it shuts down. */
  enabled: boolean;
  /** When each handler thread is free. */
  readonly handlerFreeAtUs: Float64Array;
  /** Those that a request has come from, in order of the first. */
  readonly connections: Map<ConnectionId, InboundConnection>;
  /** Requests that wait for a handler; those before `queueHead` are gone. */
  queue: QueuedRequest[];
  queueHead: number;
  handlerTimer: EventHandle;
}

export function createRequestChannel(handlerCount: number): RequestChannel {
  return {
    enabled: false,
    handlerFreeAtUs: new Float64Array(handlerCount),
    connections: new Map(),
    queue: [],
    queueHead: 0,
    handlerTimer: NO_EVENT,
  };
}

/** The connection's entry, made when its first request arrives. */
export function inboundOf(channel: RequestChannel, connection: ConnectionId): InboundConnection {
  const known = channel.connections.get(connection);
  if (known !== undefined) return known;
  const inbound: InboundConnection = {
    connection,
    busy: false,
    correlationId: -1,
    freeAtUs: 0,
    waiting: [],
    timer: NO_EVENT,
    closed: false,
  };
  channel.connections.set(connection, inbound);
  return inbound;
}

/** True where a request that has just arrived is the connection's turn; else it is put in line. */
export function takeTurn(
  inbound: InboundConnection,
  request: RpcMessage,
  context: HostContext,
): boolean {
  if (!inbound.busy && inbound.waiting.length === 0 && inbound.freeAtUs <= context.nowUs()) {
    inbound.busy = true;
    inbound.correlationId = request.correlationId;
    return true;
  }
  inbound.waiting.push(request);
  if (!inbound.busy) armTurn(inbound, context);
  return false;
}

/** The next request in line whose turn has come, or null. */
export function nextInLine(
  channel: RequestChannel,
  connection: ConnectionId,
): QueuedRequest | null {
  const inbound = channel.connections.get(connection);
  if (inbound === undefined) return null;
  inbound.timer = NO_EVENT;
  const request = inbound.waiting.shift();
  if (inbound.busy || request === undefined) return null;
  inbound.busy = true;
  inbound.correlationId = request.correlationId;
  return { inbound, request };
}

/** Index of a handler that is free now, or -1: the request then waits in the queue. */
export function takeHandler(
  channel: RequestChannel,
  inbound: InboundConnection,
  request: RpcMessage,
  context: HostContext,
): number {
  const handler =
    channel.queueHead === channel.queue.length ? freeHandler(channel, context.nowUs()) : -1;
  if (handler >= 0) return handler;
  channel.queue.push({ inbound, request });
  armHandler(channel, context);
  return -1;
}

/** The oldest request in the queue, where a handler is free now. */
export function nextQueued(channel: RequestChannel, context: HostContext): QueuedRequest | null {
  if (channel.queueHead === channel.queue.length) return null;
  if (freeHandler(channel, context.nowUs()) < 0) return null;
  const next = channel.queue[channel.queueHead++]!;
  if (channel.queueHead === channel.queue.length) {
    channel.queue.length = 0;
    channel.queueHead = 0;
  } else if (channel.queueHead >= 1024) {
    channel.queue.splice(0, channel.queueHead);
    channel.queueHead = 0;
  }
  return next;
}

/** The first handler that is free at a time, or -1. */
export function freeHandler(channel: RequestChannel, nowUs: number): number {
  const { handlerFreeAtUs } = channel;
  for (let handler = 0; handler < handlerFreeAtUs.length; handler++) {
    if (handlerFreeAtUs[handler]! <= nowUs) return handler;
  }
  return -1;
}

/** Waits for the next handler while requests are queued. */
export function armHandler(channel: RequestChannel, context: HostContext): void {
  if (channel.handlerTimer !== NO_EVENT || channel.queueHead === channel.queue.length) return;
  let freeAtUs = channel.handlerFreeAtUs[0]!;
  for (let handler = 1; handler < channel.handlerFreeAtUs.length; handler++) {
    freeAtUs = Math.min(freeAtUs, channel.handlerFreeAtUs[handler]!);
  }
  const delayUs = Math.max(freeAtUs - context.nowUs(), 0);
  channel.handlerTimer = context.setTimer(delayUs, BrokerOpcode.handlerFree);
}

/**
 * The request of a connection is over: its response leaves after a delay (or there is none), and the next in line
 * has its turn.
 */
export function endTurn(inbound: InboundConnection, delayUs: number, context: HostContext): void {
  inbound.busy = false;
  inbound.freeAtUs = context.nowUs() + delayUs;
  if (inbound.waiting.length > 0) armTurn(inbound, context);
}

/** Forgets a connection that is gone; what is queued or parked goes on, and its response is dropped. */
export function forgetInbound(
  channel: RequestChannel,
  connection: ConnectionId,
  context: HostContext,
): void {
  const inbound = channel.connections.get(connection);
  if (inbound === undefined) return;
  inbound.closed = true;
  inbound.waiting = [];
  if (inbound.timer !== NO_EVENT) context.cancelTimer(inbound.timer);
  channel.connections.delete(connection);
}

/** Closes all connections and takes no more requests (SocketServer.stopProcessingRequests). */
export function stopProcessingRequests(channel: RequestChannel, context: HostContext): void {
  channel.enabled = false;
  for (const connection of [...channel.connections.keys()]) {
    context.close(connection);
    forgetInbound(channel, connection, context);
  }
  channel.queue = [];
  channel.queueHead = 0;
}

/** How long a handler works on a request, responses and disk apart. */
export function serviceUs(definition: ClusterDefinition, kibibytes: number): number {
  return Math.ceil(definition.costs.requestUs + definition.costs.perKibUs * kibibytes);
}

function armTurn(inbound: InboundConnection, context: HostContext): void {
  if (inbound.timer !== NO_EVENT) return;
  const delayUs = Math.max(inbound.freeAtUs - context.nowUs(), 0);
  inbound.timer = context.setTimer(delayUs, BrokerOpcode.connectionFree, inbound.connection);
}
