/**
 * A ZooKeeper session of a process (org.apache.zookeeper.ClientCnxn, kafka.zookeeper.ZooKeeperClient).
 *
 * The client is plain data inside its owner's state. Requests are pipelined on one connection and answered in order.
 * Where the connection breaks every request in flight ends with CONNECTIONLOSS, and the client tries the servers in turn
 * until one takes the session back; where a server says that the session is over, everything ends with SESSIONEXPIRED
 * and nothing more is sent until `zkReinitialize`. What happened is put into `events`, which the owner drains after
 * every call, in order.
 *
 * ```text
 *   waiting --(up to 1 s)--> connecting --ConnectResponse--> connected
 *      ^                         |                               |
 *      +---- refused, broken, or nothing heard for too long -----+      expired: until zkReinitialize
 * ```
 *
 * Source: ClientCnxn.SendThread, StaticHostProvider (ZooKeeper 3.8.4). A process has one client at a time, since the
 * timers of several could not be told apart. Differs from ZooKeeper: `disconnected` is told once, not after every attempt.
 */
import { NO_EVENT, type ConnectionId, type HostContext, type Message } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { failAll, failCall, fullPathOperation, takeResponse } from './client-calls.js';
import {
  ClientPing,
  ClientRequest,
  CloseSession,
  ConnectRequest,
  type ClientPong,
  type ClientResponse,
  type ConnectResponse,
  type WatcherEvent,
} from './client-messages.js';
import { ZkClientOpcode } from './client-opcodes.js';
import { applyTimeout, idleBeforePingUs, type ZkClientState } from './client-state.js';
import { onWatcherEvent, watchesToSet } from './client-watches.js';
import { ZkKind } from './messages.js';
import type { ZkOperation } from './operations.js';

/** A client sleeps less than this before it connects again (ClientCnxn.startConnect). */
const RECONNECT_JITTER_US = 1_000_000;
/** After each round of all servers it sleeps this much more (HostProvider.next). */
const SPIN_DELAY_US = 1_000_000;

/** A client that begins to connect at once. `chroot` is '' or '/a'. */
export function createZkClient(
  definition: ClusterDefinition,
  chroot: string,
  sessionTimeoutUs: number,
  context: HostContext,
): ZkClientState {
  const client: ZkClientState = {
    chroot,
    sessionTimeoutUs,
    sessionId: 0,
    isConnected: false,
    isExpired: false,
    isClosed: false,
    events: [],
    hosts: [],
    hostIndex: 0,
    lastHostIndex: 0,
    attempt: 0,
    connection: -1,
    readTimeoutUs: 0,
    connectTimeoutUs: 0,
    heardAtUs: 0,
    sentAtUs: 0,
    wakeAtUs: Infinity,
    wakeHandle: NO_EVENT,
    nextCxid: 1,
    lastZxid: 0,
    outgoing: [],
    inFlight: [],
    dataWatches: new Set(),
    existWatches: new Set(),
    childWatches: new Set(),
  };
  begin(definition, client, context);
  return client;
}

/** Sends an operation as soon as there is a connection; its answer comes as an event with the same tag and payload. */
export function zkSubmit(
  _definition: ClusterDefinition,
  client: ZkClientState,
  operation: ZkOperation,
  tag: number,
  payload: unknown,
  context: HostContext,
): void {
  const call = { cxid: client.nextCxid++, operation, tag, payload };
  if (client.isExpired || client.isClosed) {
    // What is in flight still gets its answers while the session is being closed.
    failCall(client, call, 'SESSIONEXPIRED');
    return;
  }
  client.outgoing.push(call);
  if (client.isConnected) sendOutgoing(client, context);
  arm(client, context);
}

/** True where the message was for this client. */
export function zkReceive(
  _definition: ClusterDefinition,
  client: ZkClientState,
  connection: ConnectionId,
  message: Message,
  context: HostContext,
): boolean {
  if (connection !== client.connection) return false;
  client.heardAtUs = context.nowUs();
  switch (message.kind) {
    case ZkKind.ConnectResponse:
      onConnectResponse(client, message as ConnectResponse, context);
      break;
    case ZkKind.ClientResponse:
      takeResponse(client, message as ClientResponse);
      break;
    case ZkKind.WatcherEvent:
      onWatcherEvent(client, message as WatcherEvent);
      break;
    case ZkKind.ClientPong:
      client.lastZxid = Math.max(client.lastZxid, (message as ClientPong).zxid);
      break;
    default:
      throw new Error(`a ZooKeeper client got ${message.describe()}`);
  }
  return true;
}

/** Serves a timer in [ZK_CLIENT_OPCODES, +8). */
export function zkTimer(
  _definition: ClusterDefinition,
  client: ZkClientState,
  opcode: number,
  arg: number,
  context: HostContext,
): void {
  if (opcode === ZkClientOpcode.wake) {
    client.wakeAtUs = Infinity;
    if (client.connection >= 0 && !client.isClosed) onWake(client, context);
  } else if (arg === client.attempt && client.connection < 0) {
    if (!client.isExpired && !client.isClosed) connect(client, context);
  }
}

/** True where the connection was this client's. */
export function zkClosed(
  _definition: ClusterDefinition,
  client: ZkClientState,
  connection: ConnectionId,
  context: HostContext,
): boolean {
  if (connection !== client.connection) return false;
  onConnectionLost(client, context);
  return true;
}

/** After an expiry: begins a new session (ZooKeeperClient.reinitialize). Does nothing while the session may live. */
export function zkReinitialize(
  definition: ClusterDefinition,
  client: ZkClientState,
  context: HostContext,
): void {
  if (!client.isExpired || client.isClosed) return;
  client.isExpired = false;
  client.sessionId = 0;
  client.nextCxid = 1;
  client.lastZxid = 0;
  client.dataWatches.clear();
  client.existWatches.clear();
  client.childWatches.clear();
  begin(definition, client, context);
}

/** Ends the session in order: its ephemeral znodes go at once. Whatever is asked of the client later ends SESSIONEXPIRED. */
export function zkClose(
  _definition: ClusterDefinition,
  client: ZkClientState,
  context: HostContext,
): void {
  if (client.isClosed) return;
  client.isClosed = true;
  if (client.isConnected) {
    context.send(client.connection, new CloseSession());
    return;
  }
  if (client.connection >= 0) context.close(client.connection);
  client.connection = -1;
  failAll(client, 'CONNECTIONLOSS');
}

/** A new session: servers in another order, and no wait before the first attempt. */
function begin(definition: ClusterDefinition, client: ZkClientState, context: HostContext): void {
  const hosts = definition.plane.zookeepers.map(({ host }) => host);
  if (hosts.length === 0) throw new Error('there is no ZooKeeper server to connect to');
  client.hosts = context.random('zookeeper-client').shuffled(hosts);
  client.hostIndex = 0;
  client.lastHostIndex = 0;
  applyTimeout(client, client.sessionTimeoutUs);
  connect(client, context);
}

/** Connects to the server whose turn it is. */
function connect(client: ZkClientState, context: HostContext): void {
  client.attempt++;
  const host = client.hosts[client.hostIndex]!;
  client.connection = context.connect(host, client.connectTimeoutUs);
  const nowUs = context.nowUs();
  client.heardAtUs = nowUs;
  client.sentAtUs = nowUs;
  const { sessionId, sessionTimeoutUs, lastZxid } = client;
  context.send(client.connection, new ConnectRequest(sessionId, sessionTimeoutUs, lastZxid));
  arm(client, context);
}

/** Plans the next attempt: StaticHostProvider.next with its spin delay, and the sleep of startConnect. */
function connectLater(client: ZkClientState, context: HostContext): void {
  const random = context.random('zookeeper-client');
  client.hostIndex = (client.hostIndex + 1) % client.hosts.length;
  let delayUs = random.below(RECONNECT_JITTER_US);
  if (client.hostIndex === client.lastHostIndex) delayUs += SPIN_DELAY_US;
  context.setTimer(delayUs, ZkClientOpcode.connect, client.attempt);
}

function onConnectResponse(
  client: ZkClientState,
  { sessionId, timeoutUs }: ConnectResponse,
  context: HostContext,
): void {
  if (timeoutUs === 0) {
    expire(client, context);
    return;
  }
  client.sessionId = sessionId;
  client.isConnected = true;
  client.lastHostIndex = client.hostIndex;
  applyTimeout(client, timeoutUs);
  client.events.push({ type: 'state', state: 'connected' });
  const watches = watchesToSet(client);
  if (watches !== null) {
    context.send(client.connection, watches);
    client.sentAtUs = context.nowUs();
  }
  sendOutgoing(client, context);
  arm(client, context);
}

/** The server says that the session is over. */
function expire(client: ZkClientState, context: HostContext): void {
  context.close(client.connection);
  client.connection = -1;
  client.isConnected = false;
  client.isExpired = true;
  failAll(client, 'SESSIONEXPIRED');
  client.events.push({ type: 'state', state: 'expired' });
}

/** The connection is gone, or given up: what was asked ends, and the next server is tried. */
function onConnectionLost(client: ZkClientState, context: HostContext): void {
  const wasConnected = client.isConnected;
  client.connection = -1;
  client.isConnected = false;
  failAll(client, 'CONNECTIONLOSS');
  if (client.isClosed) return;
  if (wasConnected) client.events.push({ type: 'state', state: 'disconnected' });
  connectLater(client, context);
}

function sendOutgoing(client: ZkClientState, context: HostContext): void {
  if (client.outgoing.length === 0) return;
  for (const call of client.outgoing) {
    const operation = fullPathOperation(client.chroot, call.operation);
    context.send(client.connection, new ClientRequest(call.cxid, operation));
    client.inFlight.push(call);
  }
  client.outgoing.length = 0;
  client.sentAtUs = context.nowUs();
}

/** A deadline may be over: the server is given up, or pinged. */
function onWake(client: ZkClientState, context: HostContext): void {
  const nowUs = context.nowUs();
  if (nowUs >= silenceEndsUs(client)) {
    context.close(client.connection);
    onConnectionLost(client, context);
    return;
  }
  if (client.isConnected && nowUs >= pingAtUs(client)) {
    context.send(client.connection, new ClientPing());
    client.sentAtUs = nowUs;
  }
  arm(client, context);
}

/** When the client gives its server up unless it hears of it: 2/3 of the session's timeout. */
function silenceEndsUs(client: ZkClientState): number {
  return client.heardAtUs + (client.isConnected ? client.readTimeoutUs : client.connectTimeoutUs);
}

/** When an idle client pings. */
function pingAtUs({ sentAtUs, readTimeoutUs }: ZkClientState): number {
  return sentAtUs + idleBeforePingUs(readTimeoutUs);
}

/** One timer for all deadlines; what is put off lets it fire early and look again. */
function arm(client: ZkClientState, context: HostContext): void {
  if (client.connection < 0) return;
  let atUs = silenceEndsUs(client);
  if (client.isConnected) atUs = Math.min(atUs, pingAtUs(client));
  if (atUs >= client.wakeAtUs) return;
  if (client.wakeAtUs < Infinity) context.cancelTimer(client.wakeHandle);
  client.wakeAtUs = atUs;
  client.wakeHandle = context.setTimer(Math.max(0, atUs - context.nowUs()), ZkClientOpcode.wake);
}

export type { ZkClientEvent, ZkClientState } from './client-state.js';
