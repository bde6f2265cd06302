/**
 * A follower (Follower, Learner, SendAckRequestProcessor): takes its leader's log over, logs and acknowledges proposals,
 * applies what is committed, and passes on what its clients write.
 */
import { NO_EVENT, type ConnectionId, type HostContext, type Message } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { answerConnect, closeAllClients, clientOfSession } from './client-connections.js';
import { applyCommitted, cutLog } from './committed.js';
import { appendEntry, flushLog, saveEpochs } from './disk-writes.js';
import { updateElectionVote } from './election.js';
import {
  INIT_LIMIT_US,
  LEADER_CONNECT_ATTEMPTS,
  LEADER_CONNECT_DELAY_US,
  SYNC_LIMIT_US,
} from './ensemble-config.js';
import { countToKeep, entriesToAppend } from './leader-sync.js';
import {
  Ack,
  AckEpoch,
  FollowerInfo,
  LearnerPing,
  NewLeaderAck,
  ZkKind,
  type Commit,
  type LeaderInfo,
  type Proposal,
  type Revalidated,
  type Sync,
  type UpToDate,
} from './messages.js';
import { ZkServerOpcode } from './server-opcodes.js';
import { abandonRole, type FollowingState, type ZooKeeperState } from './server-state.js';
import { flushedZxidOf, lastZxidOf } from './transaction-log.js';

/** Somebody else was elected. */
export function startFollowing(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leaderId: number,
  context: HostContext,
): void {
  const following: FollowingState = {
    leaderId,
    connection: -1,
    attempts: 0,
    phase: 'discovery',
    epoch: 0,
    heardAtUs: context.nowUs(),
    syncCount: -1,
    hasAckedLeader: false,
    ackedZxid: 0,
    committedZxid: 0,
    touched: new Set(),
  };
  server.following = following;
  armLeaderCheck(server, following, context);
  connectToLeader(definition, server, following, context);
}

/** Clients have to look elsewhere. */
export function stopFollowing(server: ZooKeeperState, context: HostContext): void {
  const { following } = server;
  if (following === null) return;
  context.cancelTimer(server.roleTimer);
  server.roleTimer = NO_EVENT;
  server.isServing = false;
  if (following.connection >= 0) context.close(following.connection);
  closeAllClients(server, context);
  server.following = null;
}

/** Learner.connectToLeader and FOLLOWERINFO. */
export function connectToLeader(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  following: FollowingState,
  context: HostContext,
): void {
  const leader = definition.plane.zookeepers.find(({ id }) => id === following.leaderId);
  if (leader === undefined) throw new Error(`there is no ZooKeeper server ${following.leaderId}`);
  following.attempts++;
  following.connection = context.connect(leader.host, INIT_LIMIT_US);
  const info = new FollowerInfo(server.serverId, server.acceptedEpoch);
  context.send(following.connection, info);
}

/** True where the connection was that to the leader. One that does not lead yet is tried again for a while. */
export function leaderClosed(
  server: ZooKeeperState,
  following: FollowingState,
  connection: ConnectionId,
  context: HostContext,
): boolean {
  if (following.connection !== connection) return false;
  following.connection = -1;
  const mayRetry = following.epoch === 0 && following.attempts < LEADER_CONNECT_ATTEMPTS;
  if (mayRetry) context.setTimer(LEADER_CONNECT_DELAY_US, ZkServerOpcode.connectLeader);
  else abandonRole(server);
  return true;
}

/** A message of the leader. */
export function receiveFromLeader(
  server: ZooKeeperState,
  following: FollowingState,
  message: Message,
  context: HostContext,
): void {
  following.heardAtUs = context.nowUs();
  switch (message.kind) {
    case ZkKind.LeaderInfo:
      onLeaderInfo(server, following, message as LeaderInfo, context);
      return;
    case ZkKind.Sync:
      onSync(server, following, message as Sync, context);
      return;
    case ZkKind.UpToDate:
      onUpToDate(server, following, message as UpToDate, context);
      return;
    case ZkKind.Proposal:
      appendEntry(server, (message as Proposal).entry, context);
      return;
    case ZkKind.Commit:
      following.committedZxid = (message as Commit).zxid;
      if (following.phase === 'broadcast') {
        applyCommitted(server, following.committedZxid, context);
      }
      return;
    case ZkKind.LeaderPing:
      context.send(following.connection, new LearnerPing([...following.touched]));
      following.touched.clear();
      return;
    case ZkKind.Revalidated: {
      const { session, timeoutUs } = message as Revalidated;
      const client = clientOfSession(server, session);
      if (client?.phase === 'reattaching') answerConnect(server, client, timeoutUs, context);
      return;
    }
    default:
      throw new Error(`a follower got ${message.describe()}`);
  }
}

/** Does the follower still hear its leader? */
export function onLeaderCheck(
  server: ZooKeeperState,
  following: FollowingState,
  context: HostContext,
): void {
  if (context.nowUs() - following.heardAtUs >= silenceLimitUs(following)) abandonRole(server);
  else armLeaderCheck(server, following, context);
}

/** The log was flushed: first the leader's history is acknowledged, then its proposals. */
export function followerFlushed(
  server: ZooKeeperState,
  following: FollowingState,
  context: HostContext,
): void {
  const { syncCount, connection } = following;
  if (syncCount < 0 || server.log.flushedCount < syncCount) return;
  if (!following.hasAckedLeader) {
    const delayUs = saveEpochs(server, server.acceptedEpoch, following.epoch, context);
    if (server.failed) return;
    following.hasAckedLeader = true;
    following.ackedZxid = syncCount === 0 ? 0 : server.log.entries.at(syncCount - 1).zxid;
    context.send(connection, new NewLeaderAck(following.epoch), delayUs);
  }
  const flushedZxid = flushedZxidOf(server.log);
  if (flushedZxid <= following.ackedZxid) return;
  following.ackedZxid = flushedZxid;
  context.send(connection, new Ack(flushedZxid));
}

function onLeaderInfo(
  server: ZooKeeperState,
  following: FollowingState,
  { epoch }: LeaderInfo,
  context: HostContext,
): void {
  following.epoch = epoch;
  const lastZxid = lastZxidOf(server.log);
  if (epoch < server.acceptedEpoch) {
    abandonRole(server);
  } else if (epoch === server.acceptedEpoch) {
    context.send(following.connection, new AckEpoch(-1, lastZxid));
  } else {
    const { currentEpoch } = server;
    const delayUs = saveEpochs(server, epoch, currentEpoch, context);
    if (server.failed) return;
    context.send(following.connection, new AckEpoch(currentEpoch, lastZxid), delayUs);
  }
}

function onSync(
  server: ZooKeeperState,
  following: FollowingState,
  sync: Sync,
  context: HostContext,
): void {
  following.phase = 'synchronization';
  const kept = countToKeep(server.log, sync);
  cutLog(server, kept, context);
  for (const entry of entriesToAppend(sync, kept)) {
    if (!appendEntry(server, entry, context)) return;
  }
  following.syncCount = server.log.entries.length;
  flushLog(server, context);
  followerFlushed(server, following, context);
}

function onUpToDate(
  server: ZooKeeperState,
  following: FollowingState,
  { zxid }: UpToDate,
  context: HostContext,
): void {
  following.phase = 'broadcast';
  following.committedZxid = Math.max(following.committedZxid, zxid);
  updateElectionVote(server, following.epoch);
  applyCommitted(server, following.committedZxid, context);
  server.isServing = true;
  context.cancelTimer(server.roleTimer);
  armLeaderCheck(server, following, context);
}

function silenceLimitUs({ phase }: FollowingState): number {
  return phase === 'broadcast' ? SYNC_LIMIT_US : INIT_LIMIT_US;
}

function armLeaderCheck(
  server: ZooKeeperState,
  following: FollowingState,
  context: HostContext,
): void {
  const atUs = following.heardAtUs + silenceLimitUs(following);
  server.roleTimer = context.setTimer(
    Math.max(0, atUs - context.nowUs()),
    ZkServerOpcode.leaderCheck,
  );
}
