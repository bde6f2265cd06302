/** How an epoch begins and ends among the voters: BeginQuorumEpoch, EndQuorumEpoch, resignation. */
import type { ConnectionId, HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import {
  BeginQuorumEpochRequest,
  BeginQuorumEpochResponse,
  EndQuorumEpochRequest,
  EndQuorumEpochResponse,
} from '../rpc/index.js';
import { handledByCommonRules, maybeTransition } from './common-rules.js';
import { isPeerReady, peerDeadlineUs, sendRequest, sendResponse, voterIndexOf } from './peers.js';
import { RaftRole, type LeaderState, type RaftState, type ResignedState } from './raft-state.js';

export function onBeginQuorumEpochRequest(
  definition: ClusterDefinition,
  raft: RaftState,
  connection: ConnectionId,
  request: BeginQuorumEpochRequest,
  context: HostContext,
): void {
  const { correlationId, leaderId, epoch } = request;
  if (epoch >= raft.epoch) maybeTransition(definition, raft, leaderId, epoch, context);
  const response = new BeginQuorumEpochResponse(
    correlationId,
    raft.nodeId,
    raft.leaderId,
    raft.epoch,
  );
  if (!raft.failed) sendResponse(raft, connection, response, context);
}

export function onBeginQuorumEpochResponse(
  definition: ClusterDefinition,
  raft: RaftState,
  response: BeginQuorumEpochResponse,
  context: HostContext,
): void {
  const { leaderId, epoch, voterId } = response;
  if (handledByCommonRules(definition, raft, 0, leaderId, epoch, context)) return;
  const voter = voterIndexOf(raft, voterId);
  if (raft.leader !== null && voter >= 0) raft.leader.acknowledged[voter] = 1;
}

/**
 * The leader resigned. A voter that fetched from it stands for election after a time that doubles with its place in
 * the leader's list of successors, the first at once (`strictExponentialElectionBackoffMs`).
 */
export function onEndQuorumEpochRequest(
  definition: ClusterDefinition,
  raft: RaftState,
  connection: ConnectionId,
  request: EndQuorumEpochRequest,
  context: HostContext,
): void {
  const { correlationId, leaderId, epoch, preferredCandidates } = request;
  if (epoch >= raft.epoch) {
    maybeTransition(definition, raft, leaderId, epoch, context);
    if (raft.role === RaftRole.follower && raft.leaderId === leaderId) {
      raft.fetchDeadlineUs = context.nowUs() + successorBackoffUs(raft, preferredCandidates);
    }
  }
  const response = new EndQuorumEpochResponse(
    correlationId,
    raft.nodeId,
    raft.leaderId,
    raft.epoch,
  );
  if (!raft.failed) sendResponse(raft, connection, response, context);
}

export function onEndQuorumEpochResponse(
  definition: ClusterDefinition,
  raft: RaftState,
  response: EndQuorumEpochResponse,
  context: HostContext,
): void {
  const { leaderId, epoch, voterId } = response;
  if (handledByCommonRules(definition, raft, 0, leaderId, epoch, context)) return;
  const voter = voterIndexOf(raft, voterId);
  if (raft.resigned !== null && voter >= 0) raft.resigned.unacknowledged[voter] = 0;
}

function successorBackoffUs(raft: RaftState, preferred: readonly number[]): number {
  const maxUs = raft.timeouts.electionBackoffMaxUs;
  let position = preferred.indexOf(raft.nodeId);
  if (position < 0) position = preferred.length;
  if (position === 0) return 0;
  if (position >= preferred.length) return maxUs;
  let backoffUs = maxUs;
  for (let step = preferred.length - 1; step > position - 1; step--) backoffUs /= 2;
  return Math.min(maxUs, Math.floor(backoffUs));
}

/**
 * Tells the voters who leads, every half of a fetch timeout; before 3.9 (switch `leaderSearch`) each voter until it has
 * confirmed it. Returns when to look again.
 */
export function sendBeginQuorumEpoch(
  raft: RaftState,
  leader: LeaderState,
  nowUs: number,
  context: HostContext,
): number {
  if (raft.voterCount === 1) return Infinity;
  if (!raft.searchesLeader) return sendUntilAcknowledged(raft, leader, nowUs, context);
  if (leader.beginQuorumEpochAtUs > nowUs) return leader.beginQuorumEpochAtUs;
  for (let index = 0; index < raft.peers.length; index++) {
    const peer = raft.peers[index] ?? null;
    if (peer === null || !isPeerReady(peer, nowUs)) continue;
    const request = new BeginQuorumEpochRequest(raft.nextCorrelationId, raft.nodeId, raft.epoch);
    sendRequest(raft, peer, request, nowUs, context);
  }
  leader.beginQuorumEpochAtUs = nowUs + Math.floor(raft.timeouts.fetchUs / 2);
  return leader.beginQuorumEpochAtUs;
}

function sendUntilAcknowledged(
  raft: RaftState,
  leader: LeaderState,
  nowUs: number,
  context: HostContext,
): number {
  let deadlineUs = Infinity;
  for (let index = 0; index < raft.peers.length; index++) {
    const peer = raft.peers[index] ?? null;
    if (peer === null || leader.acknowledged[index] === 1) continue;
    if (isPeerReady(peer, nowUs)) {
      const request = new BeginQuorumEpochRequest(raft.nextCorrelationId, raft.nodeId, raft.epoch);
      sendRequest(raft, peer, request, nowUs, context);
    }
    deadlineUs = Math.min(deadlineUs, peerDeadlineUs(peer));
  }
  return deadlineUs;
}

/** Tells the voters that have not confirmed it that the epoch is over. Returns when to look again. */
export function sendEndQuorumEpoch(
  raft: RaftState,
  resigned: ResignedState,
  nowUs: number,
  context: HostContext,
): number {
  let deadlineUs = Infinity;
  for (let index = 0; index < raft.peers.length; index++) {
    const peer = raft.peers[index] ?? null;
    if (peer === null || resigned.unacknowledged[index] === 0) continue;
    if (isPeerReady(peer, nowUs)) {
      const { preferredSuccessors } = resigned;
      const request = new EndQuorumEpochRequest(
        raft.nextCorrelationId,
        raft.nodeId,
        raft.epoch,
        preferredSuccessors,
      );
      sendRequest(raft, peer, request, nowUs, context);
    }
    deadlineUs = Math.min(deadlineUs, peerDeadlineUs(peer));
  }
  return deadlineUs;
}
