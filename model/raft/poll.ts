/**
 * What a node does by itself in each role (KafkaRaftClient.poll), and the one timer that makes it do so.
 *
 * After every message the node looks what is due and when it must look again. The timer is only ever set earlier:
 * deadlines that were pushed back meanwhile are found when it fires, and it is set anew for what is left.
 */
import type { HostContext } from '../../sim/index.js';
import { NO_EVENT } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { observerOf } from '../observer.js';
import { RAFT_OPCODES } from '../opcodes.js';
import { fetchFromAnyVoter, fetchFromBestNode, fetchFromLeader } from './follower-fetches.js';
import { maybeAppendBatch } from './leader-log.js';
import { expireConnections, firstBreakUs } from './peers.js';
import { expireParked, parkedDeadlineUs } from './parked-fetches.js';
import { sendBeginQuorumEpoch, sendEndQuorumEpoch } from './quorum-epochs.js';
import { isVoter, RaftRole, type LeaderState, type RaftState } from './raft-state.js';
import {
  backOffFromElection,
  becomeResigned,
  becomeUnattached,
  standForElection,
} from './transitions.js';
import { onElectionLost, sendVoteRequests } from './votes.js';

/** The timer of raft fired. */
const WAKE = RAFT_OPCODES;

/** Does what is due and sets the timer for what comes next. */
export function poll(definition: ClusterDefinition, raft: RaftState, context: HostContext): void {
  const nowUs = context.nowUs();
  expireConnections(raft, nowUs, context);
  let deadlineUs = nowUs;
  while (deadlineUs <= nowUs) {
    if (raft.failed) return;
    deadlineUs = pollRole(definition, raft, nowUs, context);
  }
  deadlineUs = Math.min(deadlineUs, firstBreakUs(raft));
  if (raft.parked.requests.length > 0) {
    expireParked(raft, nowUs, context);
    deadlineUs = Math.min(deadlineUs, parkedDeadlineUs(raft.parked));
  }
  wakeAt(raft, deadlineUs, nowUs, context);
}

/** Makes sure that the node wakes up at a time (monotonic), or earlier. */
export function wakeAt(raft: RaftState, atUs: number, nowUs: number, context: HostContext): void {
  if (atUs >= raft.wakeAtUs) return;
  if (raft.wakeAtUs !== Infinity) context.cancelTimer(raft.wakeHandle);
  raft.wakeAtUs = atUs;
  raft.wakeHandle = context.setTimer(Math.max(0, atUs - nowUs), WAKE);
}

/** The timer fired; `poll` sets it again. */
export function onWake(raft: RaftState): void {
  raft.wakeAtUs = Infinity;
  raft.wakeHandle = NO_EVENT;
}

/** Returns when to look again; a time that has come means: at once, in the role that it now has. */
function pollRole(
  definition: ClusterDefinition,
  raft: RaftState,
  nowUs: number,
  context: HostContext,
): number {
  switch (raft.role) {
    case RaftRole.leader:
      return pollLeader(raft, raft.leader!, nowUs, context);
    case RaftRole.follower:
      return pollFollower(definition, raft, nowUs, context);
    case RaftRole.unattached:
      return pollUnattached(definition, raft, nowUs, context);
    case RaftRole.prospective:
    case RaftRole.candidate:
      return pollNominee(definition, raft, nowUs, context);
    case RaftRole.resigned:
      return pollResigned(definition, raft, nowUs, context);
  }
}

function pollLeader(
  raft: RaftState,
  leader: LeaderState,
  nowUs: number,
  context: HostContext,
): number {
  const isQuorumLost = nowUs >= leader.checkQuorumDeadlineUs;
  if (isQuorumLost || raft.shutdownDeadlineUs >= 0) {
    if (isQuorumLost)
      observerOf(context).mark(context.virtualUs, 'quorum-check-resigned', raft.nodeId);
    becomeResigned(raft, context);
    return nowUs;
  }
  maybeAppendBatch(raft, leader, nowUs, context);
  const beginUs = sendBeginQuorumEpoch(raft, leader, nowUs, context);
  const drainUs = raft.flushing ? Infinity : leader.drainAtUs;
  return Math.min(beginUs, drainUs, leader.checkQuorumDeadlineUs);
}

function pollFollower(
  definition: ClusterDefinition,
  raft: RaftState,
  nowUs: number,
  context: HostContext,
): number {
  if (!isVoter(raft)) return pollObserver(raft, nowUs, context);
  if (raft.shutdownDeadlineUs >= 0) return shutdownWaitUs(raft, nowUs);
  if (nowUs >= raft.fetchDeadlineUs) {
    standForElection(definition, raft, context);
    return nowUs;
  }
  return raft.searchesLeader
    ? fetchFromBestNode(raft, nowUs, context)
    : fetchFromLeader(raft, nowUs, context);
}

/** An observer has no election to start: past the fetch timeout it asks all voters. */
function pollObserver(raft: RaftState, nowUs: number, context: HostContext): number {
  if (raft.flushing) return Infinity;
  if (nowUs < raft.fetchDeadlineUs) return fetchFromBestNode(raft, nowUs, context);
  return fetchFromAnyVoter(raft, nowUs, context);
}

function pollUnattached(
  definition: ClusterDefinition,
  raft: RaftState,
  nowUs: number,
  context: HostContext,
): number {
  if (raft.shutdownDeadlineUs >= 0) return shutdownWaitUs(raft, nowUs);
  if (nowUs >= raft.electionDeadlineUs) {
    standForElection(definition, raft, context);
    return nowUs;
  }
  // A voter that does not search waits for the BeginQuorumEpoch of the leader.
  if (isVoter(raft) && !raft.searchesLeader) return raft.electionDeadlineUs;
  return Math.min(fetchFromAnyVoter(raft, nowUs, context), raft.electionDeadlineUs);
}

function pollNominee(
  definition: ClusterDefinition,
  raft: RaftState,
  nowUs: number,
  context: HostContext,
): number {
  if (raft.shutdownDeadlineUs >= 0) {
    return Math.min(shutdownWaitUs(raft, nowUs), sendVoteRequests(raft, nowUs, context));
  }
  if (raft.backoffDeadlineUs !== Infinity) {
    if (nowUs < raft.backoffDeadlineUs) return raft.backoffDeadlineUs;
    standForElection(definition, raft, context);
    return nowUs;
  }
  if (nowUs < raft.electionDeadlineUs) {
    return Math.min(sendVoteRequests(raft, nowUs, context), raft.electionDeadlineUs);
  }
  if (raft.role !== RaftRole.candidate) onElectionLost(definition, raft, context);
  else if (backsOffAfterTimeout(definition)) backOffFromElection(raft, context);
  else standForElection(definition, raft, context);
  return nowUs;
}

/** With pre-vote a candidate whose time is up asks at once whether it could win (4.0). */
function backsOffAfterTimeout({ switches }: ClusterDefinition): boolean {
  return switches.preVote === 'off' && switches.electionBackoff === 'exponential';
}

/** Leaves the office for good with the next epoch, after an election timeout in which others may stand. */
function pollResigned(
  definition: ClusterDefinition,
  raft: RaftState,
  nowUs: number,
  context: HostContext,
): number {
  const deadlineUs = sendEndQuorumEpoch(raft, raft.resigned!, nowUs, context);
  if (raft.shutdownDeadlineUs >= 0) return Math.min(deadlineUs, shutdownWaitUs(raft, nowUs));
  if (nowUs >= raft.electionDeadlineUs) {
    // Without pre-vote it stands itself.
    if (definition.switches.preVote === 'off') standForElection(definition, raft, context);
    else becomeUnattached(definition, raft, raft.epoch + 1, context);
    return nowUs;
  }
  return Math.min(deadlineUs, raft.electionDeadlineUs);
}

/** A node that shuts down waits for its successor at most until then. */
function shutdownWaitUs(raft: RaftState, nowUs: number): number {
  return raft.shutdownDeadlineUs > nowUs ? raft.shutdownDeadlineUs : Infinity;
}
