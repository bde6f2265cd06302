/**
 * The election of a leader: FastLeaderElection.
 *
 * Every server tells every other whom it proposes: itself at first, then the best that it has heard of. A proposal that a
 * quorum shares, and that nothing better follows within `FINALIZE_WAIT_US`, is elected. Servers that do not look tell
 * who looks whom they follow; it joins them where a quorum and the leader itself say the same.
 *
 * Source: FastLeaderElection, Vote.equals, QuorumCnxManager (3.8.4). Differs from ZooKeeper: each server has its own
 * connection to each other server, and opens it anew where it has asked and heard nothing, instead of waiting for TCP.
 */
import { NO_EVENT, type ConnectionId, type HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import {
  ELECTION_CONNECT_TIMEOUT_US,
  FINALIZE_WAIT_US,
  isQuorum,
  MAX_NOTIFICATION_INTERVAL_US,
  MIN_NOTIFICATION_INTERVAL_US,
} from './ensemble-config.js';
import { Notification } from './messages.js';
import { ZkServerOpcode } from './server-opcodes.js';
import type { ElectionState, ZkVote, ZooKeeperState } from './server-state.js';
import { lastZxidOf } from './transaction-log.js';

/** Of a server that was just started. */
export function createElection(serverId: number, servers: number): ElectionState {
  return {
    electionEpoch: 0,
    vote: { leaderId: serverId, zxid: 0, peerEpoch: 0, electionEpoch: 0, role: 'LOOKING' },
    received: new Array<ZkVote | null>(servers).fill(null),
    outOfElection: new Array<ZkVote | null>(servers).fill(null),
    notificationIntervalUs: MIN_NOTIFICATION_INTERVAL_US,
    notificationTimer: NO_EVENT,
    finalizeTimer: NO_EVENT,
    connections: new Array<ConnectionId>(servers).fill(-1),
    unheard: new Array<number>(servers).fill(0),
  };
}

/** FastLeaderElection.lookForLeader. */
export function startElection(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  context: HostContext,
): void {
  const { election } = server;
  election.electionEpoch++;
  election.notificationIntervalUs = MIN_NOTIFICATION_INTERVAL_US;
  election.received.fill(null);
  election.outOfElection.fill(null);
  propose(server, ownVote(server));
  sendNotifications(definition, server, context);
  armNotificationTimer(election, context);
  reviewVotes(server, context);
}

/** The election is over: its timers stop, and who asks is told the outcome. */
export function endElection(server: ZooKeeperState, context: HostContext): void {
  const { election } = server;
  context.cancelTimer(election.notificationTimer);
  context.cancelTimer(election.finalizeTimer);
  election.finalizeTimer = NO_EVENT;
  election.vote = { ...election.vote, electionEpoch: election.electionEpoch, role: server.role };
}

/** The leader's epoch is established (QuorumPeer.updateElectionVote, ZOOKEEPER-1732). */
export function updateElectionVote(server: ZooKeeperState, epoch: number): void {
  server.election.vote = { ...server.election.vote, peerEpoch: epoch };
}

/** A server tells its vote. */
export function receiveNotification(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  connection: ConnectionId,
  message: Notification,
  context: HostContext,
): void {
  const { election } = server;
  const sender = indexOf(definition, message.serverId);
  election.unheard[sender] = 0;
  if (server.role !== 'LOOKING') {
    if (message.role === 'LOOKING') context.send(connection, notificationOf(server));
    return;
  }
  if (message.role === 'LOOKING') {
    if (message.electionEpoch < election.electionEpoch) {
      context.send(connection, notificationOf(server));
    } else {
      onLookingVote(definition, server, sender, message, context);
      repeatVote(definition, server, sender, context);
    }
  } else {
    onSettledVote(definition, server, sender, message);
  }
  if (server.next === null) armNotificationTimer(election, context);
}

/** Nobody has said anything for a while: ask again, over new connections where nothing was heard. */
export function onNotificationTimeout(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  context: HostContext,
): void {
  const { election } = server;
  const { connections, unheard } = election;
  for (let index = 0; index < connections.length; index++) {
    if (unheard[index] === 0 || connections[index]! < 0) continue;
    context.close(connections[index]!);
    connections[index] = -1;
  }
  sendNotifications(definition, server, context);
  const doubledUs = 2 * election.notificationIntervalUs;
  election.notificationIntervalUs = Math.min(doubledUs, MAX_NOTIFICATION_INTERVAL_US);
  armNotificationTimer(election, context);
}

/** Nothing better has come: the proposal is elected. */
export function onFinalize(server: ZooKeeperState): void {
  server.election.finalizeTimer = NO_EVENT;
  follow(server, server.election.vote);
}

/** True where the connection was one of the election's. */
export function electionClosed(server: ZooKeeperState, connection: ConnectionId): boolean {
  const index = server.election.connections.indexOf(connection);
  if (index < 0) return false;
  server.election.connections[index] = -1;
  return true;
}

function onLookingVote(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  sender: number,
  message: Notification,
  context: HostContext,
): void {
  const { election } = server;
  const vote = voteOf(message);
  if (message.electionEpoch > election.electionEpoch) {
    election.electionEpoch = message.electionEpoch;
    election.received.fill(null);
    stopFinalizing(election, context);
    const own = ownVote(server);
    propose(server, isBetter(vote, own) ? vote : own);
    sendNotifications(definition, server, context);
  } else if (isBetter(vote, election.vote)) {
    stopFinalizing(election, context);
    propose(server, vote);
    sendNotifications(definition, server, context);
  }
  election.received[sender] = vote;
  reviewVotes(server, context);
}

/**
 * What a server missed while there was no connection to it, it gets with the new one: the last vote
 * (QuorumCnxManager.SendWorker: what waits in the queue, else `lastMessageSent`). So a server that has looked in vain
 * for long, and asks only once a minute by now, need not ask again for the two to agree.
 */
function repeatVote(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  sender: number,
  context: HostContext,
): void {
  const { connections, unheard } = server.election;
  if (connections[sender]! >= 0) return;
  const { host } = definition.plane.zookeepers[sender]!;
  connections[sender] = context.connect(host, ELECTION_CONNECT_TIMEOUT_US);
  unheard[sender] = 1;
  context.send(connections[sender], notificationOf(server));
}

/** FastLeaderElection.receivedFollowingNotification: may this server join those who do not look? */
function onSettledVote(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  sender: number,
  message: Notification,
): void {
  const { election } = server;
  const vote = voteOf(message);
  if (message.electionEpoch === election.electionEpoch) {
    election.received[sender] = vote;
    if (isElected(definition, server, election.received, vote)) {
      follow(server, vote);
      return;
    }
  }
  election.outOfElection[sender] = vote;
  if (!isElected(definition, server, election.outOfElection, vote)) return;
  election.electionEpoch = vote.electionEpoch;
  follow(server, vote);
}

/** A quorum says the same, and the leader itself says that it leads (checkLeader). */
function isElected(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  votes: readonly (ZkVote | null)[],
  vote: ZkVote,
): boolean {
  if (!hasQuorum(votes, vote)) return false;
  if (vote.leaderId === server.serverId) {
    return server.election.electionEpoch === vote.electionEpoch;
  }
  return votes[indexOf(definition, vote.leaderId)]?.role === 'LEADING';
}

function reviewVotes(server: ZooKeeperState, context: HostContext): void {
  const { election } = server;
  if (election.finalizeTimer !== NO_EVENT) return;
  if (!hasQuorum(election.received, election.vote)) return;
  election.finalizeTimer = context.setTimer(FINALIZE_WAIT_US, ZkServerOpcode.finalize);
}

function stopFinalizing(election: ElectionState, context: HostContext): void {
  context.cancelTimer(election.finalizeTimer);
  election.finalizeTimer = NO_EVENT;
}

function hasQuorum(votes: readonly (ZkVote | null)[], vote: ZkVote): boolean {
  let count = 0;
  for (const other of votes) if (other !== null && isSameVote(other, vote)) count++;
  return isQuorum(count, votes.length);
}

/** Vote.equals: votes of servers that do not look need to agree on leader and epoch only. */
function isSameVote(a: ZkVote, b: ZkVote): boolean {
  if (a.leaderId !== b.leaderId || a.peerEpoch !== b.peerEpoch) return false;
  if (a.role !== 'LOOKING' && b.role !== 'LOOKING') return true;
  return a.zxid === b.zxid && a.electionEpoch === b.electionEpoch;
}

/** FastLeaderElection.totalOrderPredicate: the newer epoch, then the longer history, then the higher id. */
function isBetter(a: ZkVote, b: ZkVote): boolean {
  if (a.peerEpoch !== b.peerEpoch) return a.peerEpoch > b.peerEpoch;
  if (a.zxid !== b.zxid) return a.zxid > b.zxid;
  return a.leaderId > b.leaderId;
}

function ownVote(server: ZooKeeperState): ZkVote {
  return {
    leaderId: server.serverId,
    zxid: lastZxidOf(server.log),
    peerEpoch: server.currentEpoch,
    electionEpoch: server.election.electionEpoch,
    role: 'LOOKING',
  };
}

/** Takes a proposal over as this server's own vote in the present election. */
function propose(server: ZooKeeperState, vote: ZkVote): void {
  const { election } = server;
  election.vote = { ...vote, electionEpoch: election.electionEpoch, role: 'LOOKING' };
  election.received[server.index] = election.vote;
}

function follow(server: ZooKeeperState, vote: ZkVote): void {
  const { leaderId } = vote;
  server.election.vote = vote;
  server.next =
    leaderId === server.serverId ? { role: 'LEADING' } : { role: 'FOLLOWING', leaderId };
}

function sendNotifications(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  context: HostContext,
): void {
  const { connections, unheard } = server.election;
  const message = notificationOf(server);
  for (const [index, { host }] of definition.plane.zookeepers.entries()) {
    if (index === server.index) continue;
    if (connections[index]! < 0)
      connections[index] = context.connect(host, ELECTION_CONNECT_TIMEOUT_US);
    unheard[index] = 1;
    context.send(connections[index]!, message);
  }
}

function notificationOf(server: ZooKeeperState): Notification {
  const { leaderId, zxid, peerEpoch, electionEpoch } = server.election.vote;
  const { serverId, role } = server;
  return new Notification(serverId, role, leaderId, zxid, peerEpoch, electionEpoch);
}

function voteOf({ leaderId, zxid, peerEpoch, electionEpoch, role }: Notification): ZkVote {
  return { leaderId, zxid, peerEpoch, electionEpoch, role };
}

function armNotificationTimer(election: ElectionState, context: HostContext): void {
  context.cancelTimer(election.notificationTimer);
  election.notificationTimer = context.setTimer(
    election.notificationIntervalUs,
    ZkServerOpcode.notification,
  );
}

/** A server's place in the ensemble. Throws where there is no such server. */
function indexOf(definition: ClusterDefinition, serverId: number): number {
  const index = definition.plane.zookeepers.findIndex(({ id }) => id === serverId);
  if (index < 0) throw new Error(`there is no ZooKeeper server ${serverId}`);
  return index;
}
