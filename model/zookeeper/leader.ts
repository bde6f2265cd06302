/**
 * The leader of an ensemble (Leader, ProposalRequestProcessor): takes writes, proposes them, commits what a quorum has
 * flushed, expires sessions, and steps down where it has no quorum of followers any more.
 */
import { NO_EVENT, type ConnectionId, type HostContext, type Message } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { closeAllClients } from './client-connections.js';
import { applyCommitted } from './committed.js';
import { appendEntry } from './disk-writes.js';
import { isQuorum, PING_INTERVAL_US } from './ensemble-config.js';
import {
  acknowledgeItself,
  createLeading,
  maybeProposeEpoch,
  onAckEpoch,
  onFollowerInfo,
  onNewLeaderAck,
} from './leader-epoch.js';
import {
  dropLearner,
  dropSilentLearners,
  forgetLearner,
  learnerOf,
  noteAck,
  sendToSynced,
  watchProposal,
} from './learners.js';
import {
  Commit,
  LeaderPing,
  Proposal,
  Revalidated,
  ZkKind,
  type Ack,
  type AckEpoch,
  type FollowerInfo,
  type LearnerPing,
  type LearnerRequest,
  type NewLeaderAck,
  type Revalidate,
  type ZkRequestBody,
} from './messages.js';
import { ZkTransaction } from './operations.js';
import {
  prepareCloseSession,
  prepareMulti,
  prepareWrite,
  refused,
  type Prepared,
} from './prepare.js';
import { ZkServerOpcode } from './server-opcodes.js';
import {
  abandonRole,
  type Learner,
  type LeadingState,
  type ZooKeeperState,
} from './server-state.js';
import { checkSession, takeExpired, touchSession, trackSession } from './session-tracker.js';
import { flushedZxidOf, ZkLogEntry } from './transaction-log.js';

/** The server was elected. */
export function startLeading(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  context: HostContext,
): void {
  const leading = createLeading(server, context);
  server.leading = leading;
  armHalfTick(server, context);
  maybeProposeEpoch(definition, server, leading, context);
}

/** Followers and clients have to look elsewhere. */
export function stopLeading(server: ZooKeeperState, context: HostContext): void {
  const { leading } = server;
  if (leading === null) return;
  context.cancelTimer(server.roleTimer);
  server.roleTimer = NO_EVENT;
  server.isServing = false;
  for (const learner of leading.learners.slice()) dropLearner(leading, learner, context);
  closeAllClients(server, context);
  server.leading = null;
}

/** A message of a follower. */
export function receiveFromLearner(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  connection: ConnectionId,
  message: Message,
  context: HostContext,
): void {
  if (message.kind === ZkKind.FollowerInfo) {
    onFollowerInfo(definition, server, leading, connection, message as FollowerInfo, context);
    return;
  }
  const learner = learnerOf(leading, connection);
  if (learner === undefined) return;
  learner.heardAtUs = context.nowUs();
  switch (message.kind) {
    case ZkKind.AckEpoch:
      onAckEpoch(definition, server, leading, learner, message as AckEpoch, context);
      return;
    case ZkKind.NewLeaderAck:
      onNewLeaderAck(definition, server, leading, learner, message as NewLeaderAck, context);
      maybeCommit(definition, server, leading, context);
      return;
    case ZkKind.Ack:
      noteAck(learner, (message as Ack).zxid, leading.lastProposedZxid, learner.heardAtUs);
      maybeCommit(definition, server, leading, context);
      return;
    case ZkKind.LearnerPing:
      for (const session of (message as LearnerPing).sessions) {
        touchSession(leading, session, context);
      }
      return;
    case ZkKind.LearnerRequest: {
      const { session, cxid, body } = message as LearnerRequest;
      submit(definition, server, leading, learner.serverId, session, cxid, body, context);
      return;
    }
    case ZkKind.Revalidate:
      onRevalidate(leading, learner, message as Revalidate, context);
      return;
    default:
      throw new Error(`a leader got ${message.describe()}`);
  }
}

/** True where the connection was a follower's. */
export function learnerClosed(leading: LeadingState, connection: ConnectionId): boolean {
  const learner = learnerOf(leading, connection);
  if (learner === undefined) return false;
  forgetLearner(leading, learner);
  return true;
}

/** A client came with its session to the given server; returns its timeout, or 0 where the session is over. */
export function revalidate(
  leading: LeadingState,
  session: number,
  ownerId: number,
  context: HostContext,
): number {
  if (!touchSession(leading, session, context)) return 0;
  const tracked = leading.sessions.get(session)!;
  tracked.ownerId = ownerId;
  return tracked.timeoutUs;
}

/** A write, or the beginning or end of a session, of a client of the given server. */
export function submit(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  ownerId: number,
  session: number,
  cxid: number,
  body: ZkRequestBody,
  context: HostContext,
): void {
  if (leading.phase !== 'broadcast') return;
  const zxid = leading.lastProposedZxid + 1;
  const prepared = prepare(server, leading, ownerId, session, body, zxid, context);
  if (prepared === null) return;
  const transaction = new ZkTransaction(zxid, session, prepared.changes);
  const entry = new ZkLogEntry(transaction, cxid, prepared.code, prepared.codes);
  propose(definition, server, leading, entry, context);
}

/** Timers of a leader. */
export function onHalfTick(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  context: HostContext,
): void {
  if (leading.phase !== 'broadcast') {
    if (context.nowUs() >= leading.phaseDeadlineUs) abandonRole(server);
    else armHalfTick(server, context);
    return;
  }
  leading.halfTicks++;
  dropSilentLearners(leading, context);
  // Quorum is looked at once a tick, pings leave twice.
  if (leading.halfTicks % 2 === 0 && !hasQuorumOfFollowers(definition, leading)) {
    abandonRole(server);
    return;
  }
  sendToSynced(leading, new LeaderPing(), context);
  armHalfTick(server, context);
}

/** Sessions may be due. */
export function onExpiry(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  context: HostContext,
): void {
  for (const session of takeExpired(leading, context)) {
    proposeClose(definition, server, leading, session, context);
  }
}

/**
 * Ends a session before its time, as if none of its heartbeats had come for long enough (ZooKeeperServer.expire): its
 * ephemeral znodes go, and its client hears of it when it next comes to a server. False where this server leads nobody,
 * or knows no such session that lives.
 */
export function expireSession(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  session: number,
  context: HostContext,
): boolean {
  const { leading } = server;
  if (leading?.phase !== 'broadcast') return false;
  const tracked = leading.sessions.get(session);
  if (tracked === undefined || tracked.isClosing) return false;
  tracked.isClosing = true;
  proposeClose(definition, server, leading, session, context);
  return true;
}

/** The leader's own log was flushed. */
export function leaderFlushed(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  context: HostContext,
): void {
  acknowledgeItself(definition, server, leading, context);
  maybeCommit(definition, server, leading, context);
}

function prepare(
  server: ZooKeeperState,
  leading: LeadingState,
  ownerId: number,
  session: number,
  body: ZkRequestBody,
  zxid: number,
  context: HostContext,
): Prepared | null {
  if (body.type === 'createSession') {
    const { timeoutUs } = body;
    trackSession(leading, session, timeoutUs, ownerId, context);
    return { code: 'OK', codes: [], changes: [{ type: 'createSession', session, timeoutUs }] };
  }
  if (body.type === 'closeSession') {
    const tracked = leading.sessions.get(session);
    if (tracked === undefined || tracked.isClosing) return null;
    tracked.isClosing = true;
    return prepareCloseSession(leading, server.tree, session, zxid);
  }
  const check = checkSession(leading, session, ownerId);
  if (check !== 'OK') return refused(check);
  switch (body.type) {
    case 'multi':
      return prepareMulti(leading, server.tree, body.writes, session, zxid);
    case 'create':
    case 'setData':
    case 'delete':
    case 'check':
      return prepareWrite(leading, server.tree, body, session, zxid);
    default:
      throw new Error(`a leader is asked for a ${body.type}`);
  }
}

function proposeClose(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  session: number,
  context: HostContext,
): void {
  const zxid = leading.lastProposedZxid + 1;
  const { changes } = prepareCloseSession(leading, server.tree, session, zxid);
  const transaction = new ZkTransaction(zxid, session, changes);
  propose(definition, server, leading, new ZkLogEntry(transaction, 0, 'OK', []), context);
}

function propose(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  entry: ZkLogEntry,
  context: HostContext,
): void {
  leading.lastProposedZxid = entry.zxid;
  if (!appendEntry(server, entry, context)) return;
  sendToSynced(leading, new Proposal(entry), context);
  watchProposal(leading, entry.zxid, context.nowUs());
  maybeCommit(definition, server, leading, context);
}

/** Commits what a quorum has flushed (Leader.tryToCommit), in order. */
function maybeCommit(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  context: HostContext,
): void {
  if (leading.phase !== 'broadcast') return;
  const acked = [flushedZxidOf(server.log)];
  for (const learner of leading.learners) {
    if (learner.phase === 'active') acked.push(learner.ackedZxid);
  }
  const majority = Math.floor(definition.plane.zookeepers.length / 2) + 1;
  if (acked.length < majority) return;
  acked.sort((a, b) => b - a);
  const zxid = acked[majority - 1]!;
  if (zxid <= leading.committedZxid) return;
  leading.committedZxid = zxid;
  sendToSynced(leading, new Commit(zxid), context);
  applyCommitted(server, zxid, context);
}

function onRevalidate(
  leading: LeadingState,
  learner: Learner,
  { session }: Revalidate,
  context: HostContext,
): void {
  const timeoutUs = revalidate(leading, session, learner.serverId, context);
  context.send(learner.connection, new Revalidated(session, timeoutUs));
}

function hasQuorumOfFollowers(definition: ClusterDefinition, leading: LeadingState): boolean {
  const active = leading.learners.filter(({ phase }) => phase === 'active');
  return isQuorum(active.length + 1, definition.plane.zookeepers.length);
}

function armHalfTick(server: ZooKeeperState, context: HostContext): void {
  server.roleTimer = context.setTimer(PING_INTERVAL_US, ZkServerOpcode.halfTick);
}
