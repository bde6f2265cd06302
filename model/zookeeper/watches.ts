/**
 * One-shot watches of a server's clients (WatchManager): of the data and existence of a znode, and of its children.
 *
 * A watch belongs to a connection and is gone with it: the client knows its watches and sets them again elsewhere. Who
 * watches both the data and the children of a znode hears once that it was deleted (DataTree.deleteNode).
 */
import type { ConnectionId, HostContext } from '../../sim/index.js';
import { WatcherEvent, type SetWatches } from './client-messages.js';
import type { ZkFired } from './data-tree.js';
import type { ZkEventType } from './operations.js';
import type { ClientConnection, ZooKeeperState } from './server-state.js';

type Watchers = Map<string, Set<ConnectionId>>;

export function watchData(server: ZooKeeperState, client: ClientConnection, path: string): void {
  client.dataWatches.add(path);
  addWatcher(server.dataWatchers, path, client.connection);
}

export function watchChildren(
  server: ZooKeeperState,
  client: ClientConnection,
  path: string,
): void {
  client.childWatches.add(path);
  addWatcher(server.childWatchers, path, client.connection);
}

/** Takes the watches of a connection away. */
export function dropWatches(server: ZooKeeperState, client: ClientConnection): void {
  for (const path of client.dataWatches) {
    removeWatcher(server.dataWatchers, path, client.connection);
  }
  for (const path of client.childWatches) {
    removeWatcher(server.childWatchers, path, client.connection);
  }
  client.dataWatches.clear();
  client.childWatches.clear();
}

/** Tells those who watch what has happened, in order; their watches are gone by that. */
export function fireWatches(
  server: ZooKeeperState,
  fired: readonly ZkFired[],
  context: HostContext,
): void {
  for (const { path, event } of fired) {
    if (event === 'NodeChildrenChanged') {
      notify(server, takeChildWatchers(server, path), path, event, context);
      continue;
    }
    const watchers = takeDataWatchers(server, path);
    if (event === 'NodeDeleted') {
      for (const connection of takeChildWatchers(server, path)) watchers.add(connection);
    }
    notify(server, watchers, path, event, context);
  }
}

/** DataTree.setWatches: what changed since the client last heard fires at once, the rest is watched. */
export function setWatches(
  server: ZooKeeperState,
  client: ClientConnection,
  message: SetWatches,
  context: HostContext,
): void {
  const { znodes } = server.tree;
  const tell = (path: string, event: ZkEventType): void =>
    context.send(client.connection, new WatcherEvent(path, event));
  for (const path of message.data) {
    const znode = znodes.get(path);
    if (znode === undefined) tell(path, 'NodeDeleted');
    else if (znode.stat.mzxid > message.zxid) tell(path, 'NodeDataChanged');
    else watchData(server, client, path);
  }
  for (const path of message.exists) {
    if (znodes.has(path)) tell(path, 'NodeCreated');
    else watchData(server, client, path);
  }
  for (const path of message.children) {
    const znode = znodes.get(path);
    if (znode === undefined) tell(path, 'NodeDeleted');
    else if (znode.pzxid > message.zxid) tell(path, 'NodeChildrenChanged');
    else watchChildren(server, client, path);
  }
}

function notify(
  server: ZooKeeperState,
  watchers: ReadonlySet<ConnectionId>,
  path: string,
  event: ZkEventType,
  context: HostContext,
): void {
  if (watchers.size === 0) return;
  const message = new WatcherEvent(path, event);
  for (const connection of watchers) {
    if (server.clients.has(connection)) context.send(connection, message);
  }
}

function takeDataWatchers(server: ZooKeeperState, path: string): Set<ConnectionId> {
  const watchers = server.dataWatchers.get(path);
  if (watchers === undefined) return new Set();
  server.dataWatchers.delete(path);
  for (const connection of watchers) server.clients.get(connection)?.dataWatches.delete(path);
  return watchers;
}

function takeChildWatchers(server: ZooKeeperState, path: string): Set<ConnectionId> {
  const watchers = server.childWatchers.get(path);
  if (watchers === undefined) return new Set();
  server.childWatchers.delete(path);
  for (const connection of watchers) server.clients.get(connection)?.childWatches.delete(path);
  return watchers;
}

function addWatcher(watchers: Watchers, path: string, connection: ConnectionId): void {
  const known = watchers.get(path);
  if (known === undefined) watchers.set(path, new Set([connection]));
  else known.add(connection);
}

function removeWatcher(watchers: Watchers, path: string, connection: ConnectionId): void {
  const known = watchers.get(path);
  known?.delete(connection);
  if (known?.size === 0) watchers.delete(path);
}
