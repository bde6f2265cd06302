/**
 * What is committed is applied to the tree, told to those who watch it, and answered (FinalRequestProcessor).
 *
 * A process reports every transaction to the observer when it applies it; after a start it begins with the first of its
 * log, as soon as its leader has told it what is committed.
 */
import { observerOf } from '../observer.js';
import type { HostContext } from '../../sim/index.js';
import {
  answerApplied,
  answerConnect,
  clientOfSession,
  closeSessionConnection,
} from './client-connections.js';
import { applyTransaction, createTree, type ZkFired } from './data-tree.js';
import { forgetApplied } from './prepare.js';
import type { ZooKeeperState } from './server-state.js';
import type { ZkLogEntry } from './transaction-log.js';
import { fireWatches } from './watches.js';

/** Applies what the log has up to a zxid that is known to be committed. */
export function applyCommitted(
  server: ZooKeeperState,
  committedZxid: number,
  context: HostContext,
): void {
  const { entries } = server.log;
  while (server.appliedCount < entries.length) {
    const entry = entries.at(server.appliedCount);
    if (entry.zxid > committedZxid) return;
    server.appliedCount++;
    applyEntry(server, entry, context);
  }
}

/**
 * Cuts the log. Where the tree already had what goes (only after other servers lost their disks), it starts anew.
 * Nobody is served meanwhile.
 */
export function cutLog(server: ZooKeeperState, count: number, context: HostContext): void {
  server.log.truncate(count);
  if (count >= server.appliedCount) return;
  server.tree = createTree();
  server.appliedCount = 0;
  observerOf(context).mark(context.virtualUs, 'zookeeper-committed-truncated', server.serverId);
}

function applyEntry(server: ZooKeeperState, entry: ZkLogEntry, context: HostContext): void {
  const { transaction } = entry;
  const fired: ZkFired[] = [];
  applyTransaction(server.tree, transaction, fired);
  observerOf(context).zooKeeperCommitted(context.virtualUs, server.serverId, transaction);
  if (server.leading !== null) forgetApplied(server.leading, transaction);
  fireWatches(server, fired, context);
  answerApplied(server, entry, context);
  answerSessions(server, entry, context);
}

/** Sessions begin and end at all servers; the one that has the client answers it. */
function answerSessions(
  server: ZooKeeperState,
  { transaction }: ZkLogEntry,
  context: HostContext,
): void {
  for (const change of transaction.changes) {
    if (change.type === 'createSession') {
      const client = clientOfSession(server, change.session);
      if (client?.phase === 'creating') answerConnect(server, client, change.timeoutUs, context);
    } else if (change.type === 'closeSession') {
      server.leading?.sessions.delete(change.session);
      closeSessionConnection(server, change.session, context);
    }
  }
}
