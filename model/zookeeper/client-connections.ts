/**
 * The clients of a server: their sessions' connections, and the answers to what they ask (FinalRequestProcessor,
 * CommitProcessor).
 *
 * Requests of a client are answered in the order in which they came. Reads are served from what this server has
 * applied; a read that comes behind a write waits until that write was applied here.
 */
import type { ConnectionId, HostContext } from '../../sim/index.js';
import { ClientResponse, ConnectResponse } from './client-messages.js';
import { childrenOf } from './data-tree.js';
import type { ZkCode, ZkRead, ZkResult, ZkStat, ZkWrite } from './operations.js';
import type { ClientConnection, PendingRequest, ZooKeeperState } from './server-state.js';
import type { ZkLogEntry } from './transaction-log.js';
import { dropWatches, watchChildren, watchData } from './watches.js';

const NO_CHILDREN: readonly string[] = [];
const NO_RESULTS: readonly ZkResult[] = [];

/** A result without data; `stat` where a znode is left. */
export function resultOf(code: ZkCode, stat: ZkStat | null = null): ZkResult {
  return { code, stat, data: null, children: NO_CHILDREN, results: NO_RESULTS };
}

/** Notes a client that begins or goes on with a session; an older connection of the session ends. */
export function admitClient(
  server: ZooKeeperState,
  connection: ConnectionId,
  session: number,
  timeoutUs: number,
  phase: 'creating' | 'reattaching',
  context: HostContext,
): ClientConnection {
  closeSessionConnection(server, session, context);
  const client: ClientConnection = {
    connection,
    session,
    timeoutUs,
    phase,
    pending: [],
    dataWatches: new Set(),
    childWatches: new Set(),
  };
  server.clients.set(connection, client);
  server.connectionOfSession.set(session, connection);
  return client;
}

/** The session is the client's, or over (`timeoutUs` 0). */
export function answerConnect(
  server: ZooKeeperState,
  client: ClientConnection,
  timeoutUs: number,
  context: HostContext,
): void {
  const session = timeoutUs === 0 ? 0 : client.session;
  context.send(client.connection, new ConnectResponse(session, timeoutUs));
  if (timeoutUs === 0) closeClient(server, client, context);
  else client.phase = 'established';
}

/** The client of a session that this server has, if it has it. */
export function clientOfSession(
  server: ZooKeeperState,
  session: number,
): ClientConnection | undefined {
  const connection = server.connectionOfSession.get(session);
  return connection === undefined ? undefined : server.clients.get(connection);
}

/** The server closes the connection of a client. */
export function closeClient(
  server: ZooKeeperState,
  client: ClientConnection,
  context: HostContext,
): void {
  forgetClient(server, client);
  context.close(client.connection);
}

/** The connection is gone; the session goes on until it expires. */
export function forgetClient(server: ZooKeeperState, client: ClientConnection): void {
  dropWatches(server, client);
  server.clients.delete(client.connection);
  if (server.connectionOfSession.get(client.session) === client.connection) {
    server.connectionOfSession.delete(client.session);
  }
}

/** Closes the connection of a session, where this server has it. */
export function closeSessionConnection(
  server: ZooKeeperState,
  session: number,
  context: HostContext,
): void {
  const client = clientOfSession(server, session);
  if (client !== undefined) closeClient(server, client, context);
}

/** The server does not serve any more. */
export function closeAllClients(server: ZooKeeperState, context: HostContext): void {
  for (const client of [...server.clients.values()]) closeClient(server, client, context);
}

/** Takes a read in: it is served now, or behind the writes before it. */
export function takeRead(
  server: ZooKeeperState,
  client: ClientConnection,
  request: PendingRequest,
  context: HostContext,
): void {
  if (client.pending.length > 0) client.pending.push(request);
  else serveRead(server, client, request.cxid, request.operation as ZkRead, context);
}

/** An entry was applied that may answer the oldest write of a client here. */
export function answerApplied(
  server: ZooKeeperState,
  entry: ZkLogEntry,
  context: HostContext,
): void {
  const client = clientOfSession(server, entry.transaction.session);
  const oldest = client?.pending[0];
  if (client === undefined || oldest?.cxid !== entry.cxid) return;
  if (entry.code === 'SESSIONMOVED') {
    closeClient(server, client, context);
    return;
  }
  client.pending.shift();
  const { zxid } = entry;
  const result = writeResult(server, oldest, entry);
  context.send(client.connection, new ClientResponse(oldest.cxid, zxid, result));
  for (let next = client.pending[0]; next !== undefined; next = client.pending[0]) {
    if (!isRead(next)) return;
    client.pending.shift();
    serveRead(server, client, next.cxid, next.operation as ZkRead, context);
  }
}

/** Whether the request is served by this server alone. */
export function isRead({ operation }: PendingRequest): boolean {
  const { type } = operation;
  return type === 'getData' || type === 'exists' || type === 'getChildren';
}

function serveRead(
  server: ZooKeeperState,
  client: ClientConnection,
  cxid: number,
  read: ZkRead,
  context: HostContext,
): void {
  const result = readResult(server, client, read);
  const { lastProcessedZxid } = server.tree;
  context.send(client.connection, new ClientResponse(cxid, lastProcessedZxid, result));
}

/** A watch is set where there is an answer; that of `exists` also where there is no znode. */
function readResult(server: ZooKeeperState, client: ClientConnection, read: ZkRead): ZkResult {
  const { path, watch } = read;
  const znode = server.tree.znodes.get(path);
  if (read.type === 'exists') {
    if (watch) watchData(server, client, path);
    return znode === undefined ? resultOf('NONODE') : resultOf('OK', znode.stat);
  }
  if (znode === undefined) return resultOf('NONODE');
  const { data, stat } = znode;
  if (read.type === 'getData') {
    if (watch) watchData(server, client, path);
    return { code: 'OK', stat, data, children: NO_CHILDREN, results: NO_RESULTS };
  }
  if (watch) watchChildren(server, client, path);
  const children = childrenOf(znode);
  return { code: 'OK', stat, data: null, children, results: NO_RESULTS };
}

function writeResult(
  server: ZooKeeperState,
  { operation }: PendingRequest,
  { code, codes }: ZkLogEntry,
): ZkResult {
  if (operation.type !== 'multi') {
    return codeAndStat(server, operation as ZkWrite, code as ZkCode, code === 'OK');
  }
  const done = code === 'OK';
  const results = operation.writes.map((write, index) =>
    codeAndStat(server, write, (codes[index] ?? code) as ZkCode, done),
  );
  return { ...resultOf(code as ZkCode), results };
}

function codeAndStat(
  server: ZooKeeperState,
  write: ZkWrite,
  code: ZkCode,
  done: boolean,
): ZkResult {
  if (!done || write.type === 'delete' || write.type === 'check') return resultOf(code);
  return resultOf(code, server.tree.znodes.get(write.path)?.stat ?? null);
}
