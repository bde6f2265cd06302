/**
 * What the clients of a server ask (ZooKeeperServer.processConnectRequest, FollowerRequestProcessor): sessions and writes
 * are the leader's business, reads and watches this server's own.
 */
import type { ConnectionId, HostContext, Message } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import {
  admitClient,
  answerConnect,
  forgetClient,
  isRead,
  takeRead,
} from './client-connections.js';
import {
  ClientPong,
  type ClientRequest,
  type ConnectRequest,
  type SetWatches,
} from './client-messages.js';
import { negotiatedTimeoutUs } from './ensemble-config.js';
import { revalidate, submit } from './leader.js';
import { LearnerRequest, Revalidate, ZkKind, type ZkRequestBody } from './messages.js';
import type { ClientConnection, ZooKeeperState } from './server-state.js';
import { touchSession } from './session-tracker.js';
import { setWatches } from './watches.js';

/** Ids of sessions are 256 apart, the server's id being the rest. */
const SESSION_ID_STEP = 256;

/** The first id that a server gives: by the time since its machine was started, so that no start repeats one. */
export function firstSessionId(serverId: number, context: HostContext): number {
  const uptimeMs = Math.floor(context.nowUs() / 1000);
  return (uptimeMs + 1) * SESSION_ID_STEP + serverId;
}

/** A message of a client. A server that does not serve, or does not know who asks, closes the connection. */
export function receiveFromClient(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  connection: ConnectionId,
  message: Message,
  context: HostContext,
): void {
  if (!server.isServing) {
    context.close(connection);
    return;
  }
  if (message.kind === ZkKind.ConnectRequest) {
    onConnectRequest(definition, server, connection, message as ConnectRequest, context);
    return;
  }
  const client = server.clients.get(connection);
  if (client === undefined) {
    context.close(connection);
    return;
  }
  touch(server, client.session, context);
  switch (message.kind) {
    case ZkKind.ClientRequest:
      onRequest(definition, server, client, message as ClientRequest, context);
      return;
    case ZkKind.ClientPing:
      context.send(connection, new ClientPong(server.tree.lastProcessedZxid));
      return;
    case ZkKind.SetWatches:
      setWatches(server, client, message as SetWatches, context);
      return;
    case ZkKind.CloseSession:
      pass(definition, server, client.session, 0, { type: 'closeSession' }, context);
      return;
    default:
      throw new Error(`a ZooKeeper server got ${message.describe()}`);
  }
}

/** True where the connection was a client's. */
export function clientClosed(server: ZooKeeperState, connection: ConnectionId): boolean {
  const client = server.clients.get(connection);
  if (client === undefined) return false;
  forgetClient(server, client);
  return true;
}

function onConnectRequest(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  connection: ConnectionId,
  request: ConnectRequest,
  context: HostContext,
): void {
  if (request.lastZxidSeen > server.tree.lastProcessedZxid) {
    context.close(connection);
    return;
  }
  const timeoutUs = negotiatedTimeoutUs(request.timeoutUs);
  if (request.sessionId === 0) {
    const session = server.nextSessionId;
    server.nextSessionId += SESSION_ID_STEP;
    admitClient(server, connection, session, timeoutUs, 'creating', context);
    pass(definition, server, session, 0, { type: 'createSession', timeoutUs }, context);
    return;
  }
  const client = admitClient(
    server,
    connection,
    request.sessionId,
    timeoutUs,
    'reattaching',
    context,
  );
  reattach(server, client, context);
}

function reattach(server: ZooKeeperState, client: ClientConnection, context: HostContext): void {
  const { leading, following } = server;
  if (leading !== null) {
    const timeoutUs = revalidate(leading, client.session, server.serverId, context);
    answerConnect(server, client, timeoutUs, context);
  } else if (following !== null) {
    context.send(following.connection, new Revalidate(client.session));
  }
}

function onRequest(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  client: ClientConnection,
  { cxid, operation }: ClientRequest,
  context: HostContext,
): void {
  const request = { cxid, operation };
  if (isRead(request)) {
    takeRead(server, client, request, context);
    return;
  }
  client.pending.push(request);
  pass(definition, server, client.session, cxid, operation, context);
}

/** Hands a request to the leader. */
function pass(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  session: number,
  cxid: number,
  body: ZkRequestBody,
  context: HostContext,
): void {
  const { leading, following, serverId } = server;
  if (leading !== null) {
    submit(definition, server, leading, serverId, session, cxid, body, context);
  } else if (following !== null) {
    context.send(following.connection, new LearnerRequest(session, cxid, body));
  }
}

function touch(server: ZooKeeperState, session: number, context: HostContext): void {
  if (server.leading !== null) touchSession(server.leading, session, context);
  else server.following?.touched.add(session);
}
