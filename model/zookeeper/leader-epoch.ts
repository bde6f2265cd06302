/**
 * How an elected leader establishes its epoch (Leader.lead, LearnerHandler.run): Zab's discovery and synchronization.
 *
 * 1. A quorum tells the epochs that it has promised (FOLLOWERINFO); the new one is higher than all of them.
 * 2. A quorum promises it (ACKEPOCH); nobody in it has a newer history than the leader.
 * 3. A quorum takes the leader's log over and flushes it (NEWLEADER). By that all of the log is committed, and the leader
 *    begins to serve.
 *
 * Each step may take `INIT_LIMIT_US`; then the leader gives up.
 */
import type { ConnectionId, HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { observerOf } from '../observer.js';
import { applyCommitted } from './committed.js';
import { flushLog, saveEpochs } from './disk-writes.js';
import { updateElectionVote } from './election.js';
import { INIT_LIMIT_US, isQuorum } from './ensemble-config.js';
import { dropLearner } from './learners.js';
import { syncFor } from './leader-sync.js';
import {
  LeaderInfo,
  UpToDate,
  type AckEpoch,
  type FollowerInfo,
  type NewLeaderAck,
} from './messages.js';
import type { Learner, LeadingState, ZooKeeperState } from './server-state.js';
import { trackSession } from './session-tracker.js';
import { lastZxidOf } from './transaction-log.js';
import { makeZxid } from './zxid.js';

/** The state of a server that was just elected. */
export function createLeading(server: ZooKeeperState, context: HostContext): LeadingState {
  return {
    phase: 'discovery',
    epoch: 0,
    historyEpoch: server.currentEpoch,
    historyZxid: lastZxidOf(server.log),
    learners: [],
    epochAcks: [server.serverId],
    hasAckedItself: false,
    lastProposedZxid: 0,
    committedZxid: 0,
    sessions: new Map(),
    outstanding: new Map(),
    phaseDeadlineUs: context.nowUs() + INIT_LIMIT_US,
    expiryTimerAtUs: Infinity,
    halfTicks: 0,
  };
}

/** FOLLOWERINFO. */
export function onFollowerInfo(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  connection: ConnectionId,
  message: FollowerInfo,
  context: HostContext,
): void {
  const { serverId, acceptedEpoch } = message;
  const former = leading.learners.find((learner) => learner.serverId === serverId);
  if (former !== undefined) dropLearner(leading, former, context);
  const learner: Learner = {
    serverId,
    connection,
    acceptedEpoch,
    phase: 'connected',
    lastZxid: 0,
    syncZxid: 0,
    ackedZxid: 0,
    heardAtUs: context.nowUs(),
    watchedZxid: 0,
    watchedSinceUs: 0,
  };
  leading.learners.push(learner);
  if (leading.epoch === 0) maybeProposeEpoch(definition, server, leading, context);
  else sendEpoch(leading, learner, 0, context);
}

/** Leader.getEpochToPropose: does nothing before a quorum has told its epochs. */
export function maybeProposeEpoch(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  context: HostContext,
): void {
  const { learners } = leading;
  if (!isQuorum(learners.length + 1, definition.plane.zookeepers.length)) return;
  let epoch = server.acceptedEpoch;
  for (const { acceptedEpoch } of learners) epoch = Math.max(epoch, acceptedEpoch);
  epoch++;
  const delayUs = saveEpochs(server, epoch, server.currentEpoch, context);
  if (server.failed) return;
  leading.epoch = epoch;
  leading.phaseDeadlineUs = context.nowUs() + INIT_LIMIT_US;
  for (const learner of learners) sendEpoch(leading, learner, delayUs, context);
  maybeSynchronize(definition, server, leading, context);
}

/** ACKEPOCH. A follower with a newer history than the leader's is sent away (Leader.waitForEpochAck). */
export function onAckEpoch(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  learner: Learner,
  message: AckEpoch,
  context: HostContext,
): void {
  const { currentEpoch, lastZxid } = message;
  if (leading.phase === 'discovery' && currentEpoch !== -1) {
    const { historyEpoch, historyZxid } = leading;
    const isAhead =
      currentEpoch > historyEpoch || (currentEpoch === historyEpoch && lastZxid > historyZxid);
    if (isAhead) {
      dropLearner(leading, learner, context);
      return;
    }
    if (!leading.epochAcks.includes(learner.serverId)) leading.epochAcks.push(learner.serverId);
  }
  learner.phase = 'epochAcked';
  learner.lastZxid = lastZxid;
  if (leading.phase === 'discovery') maybeSynchronize(definition, server, leading, context);
  else syncLearner(server, leading, learner, 0, context);
}

/** NEWLEADER is acknowledged: the follower's log is the leader's. */
export function onNewLeaderAck(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  learner: Learner,
  message: NewLeaderAck,
  context: HostContext,
): void {
  if (message.epoch !== leading.epoch || learner.phase !== 'synced') return;
  learner.phase = 'active';
  learner.ackedZxid = learner.syncZxid;
  if (leading.phase !== 'broadcast') maybeEstablish(definition, server, leading, context);
  else context.send(learner.connection, new UpToDate(leading.committedZxid));
}

/** The leader's own log may be flushed: it counts as one of the quorum then. */
export function acknowledgeItself(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  context: HostContext,
): void {
  if (leading.phase !== 'synchronization' || leading.hasAckedItself) return;
  if (server.log.flushedCount < server.log.entries.length) return;
  leading.hasAckedItself = true;
  maybeEstablish(definition, server, leading, context);
}

function sendEpoch(
  leading: LeadingState,
  learner: Learner,
  delayUs: number,
  context: HostContext,
): void {
  learner.phase = 'epochSent';
  context.send(learner.connection, new LeaderInfo(leading.epoch), delayUs);
}

function maybeSynchronize(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  context: HostContext,
): void {
  if (!isQuorum(leading.epochAcks.length, definition.plane.zookeepers.length)) return;
  const delayUs = saveEpochs(server, server.acceptedEpoch, leading.epoch, context);
  if (server.failed) return;
  leading.phase = 'synchronization';
  leading.phaseDeadlineUs = context.nowUs() + INIT_LIMIT_US;
  leading.lastProposedZxid = makeZxid(leading.epoch, 0);
  for (const learner of leading.learners) {
    if (learner.phase === 'epochAcked') syncLearner(server, leading, learner, delayUs, context);
  }
  flushLog(server, context);
  acknowledgeItself(definition, server, leading, context);
}

function syncLearner(
  server: ZooKeeperState,
  leading: LeadingState,
  learner: Learner,
  delayUs: number,
  context: HostContext,
): void {
  learner.phase = 'synced';
  learner.syncZxid = lastZxidOf(server.log);
  const sync = syncFor(server.log, learner.lastZxid, leading.epoch);
  context.send(learner.connection, sync, delayUs);
}

/** A quorum has the leader's log: all of it is committed. Sessions live on, their clocks start afresh. */
function maybeEstablish(
  definition: ClusterDefinition,
  server: ZooKeeperState,
  leading: LeadingState,
  context: HostContext,
): void {
  if (!leading.hasAckedItself || leading.phase !== 'synchronization') return;
  const active = leading.learners.filter(({ phase }) => phase === 'active');
  if (!isQuorum(active.length + 1, definition.plane.zookeepers.length)) return;
  leading.phase = 'broadcast';
  leading.committedZxid = lastZxidOf(server.log);
  updateElectionVote(server, leading.epoch);
  applyCommitted(server, leading.committedZxid, context);
  for (const [session, timeoutUs] of server.tree.sessions) {
    trackSession(leading, session, timeoutUs, 0, context);
  }
  server.isServing = true;
  for (const { connection } of active) {
    context.send(connection, new UpToDate(leading.committedZxid));
  }
  observerOf(context).mark(context.virtualUs, 'zookeeper-leader-elected', server.serverId);
}
