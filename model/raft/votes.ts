/** Votes and pre-votes (KafkaRaftClient.handleVoteRequest and handleVoteResponse; KIP-595, KIP-996). */
import type { ConnectionId, HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import { VoteRequest, VoteResponse } from '../rpc/index.js';
import { handledByCommonRules } from './common-rules.js';
import { isPeerReady, peerDeadlineUs, sendRequest, sendResponse, voterIndexOf } from './peers.js';
import { Ballot, RaftRole, type RaftState } from './raft-state.js';
import {
  addVote,
  backOffFromElection,
  becomeFollower,
  becomeUnattached,
  isVoteRejected,
  maybeTransitionForward,
  skipPreVote,
} from './transitions.js';

export function onVoteRequest(
  definition: ClusterDefinition,
  raft: RaftState,
  connection: ConnectionId,
  request: VoteRequest,
  context: HostContext,
): void {
  const { correlationId, preVote } = request;
  if (preVote && definition.switches.preVote === 'off') {
    refusePreVote(raft, connection, correlationId, context);
    return;
  }
  const granted = decideVote(definition, raft, request, context);
  const response = new VoteResponse(
    correlationId,
    raft.nodeId,
    raft.epoch,
    raft.leaderId,
    granted,
    preVote,
  );
  if (!raft.failed) sendResponse(raft, connection, response, context);
}

/**
 * What a voter from before 4.0 says to a pre-vote, in the middle of a rolling upgrade: it does not know that version of
 * the request, and does not even look at the epoch.
 *
 * Differs from Kafka: there the one who asks knows from ApiVersions, and need not send the request.
 */
function refusePreVote(
  raft: RaftState,
  connection: ConnectionId,
  correlationId: number,
  context: HostContext,
): void {
  const { nodeId, epoch, leaderId } = raft;
  const error = ErrorCode.UNSUPPORTED_VERSION;
  const response = new VoteResponse(correlationId, nodeId, epoch, leaderId, false, true, error);
  sendResponse(raft, connection, response, context);
}

function decideVote(
  definition: ClusterDefinition,
  raft: RaftState,
  request: VoteRequest,
  context: HostContext,
): boolean {
  if (request.epoch < raft.epoch) return false;
  if (request.epoch > raft.epoch) becomeUnattached(definition, raft, request.epoch, context);
  const { candidateId, preVote } = request;
  const { voteLogCheck, voteOnce } = definition.switches;
  const isUpToDate = voteLogCheck === 'off' || isLogUpToDate(raft, request);
  const granted =
    canGrantVote(raft, candidateId, isUpToDate, preVote) ||
    (voteOnce === 'off' && isUpToDate && raft.role === RaftRole.unattached);
  if (!granted && !preVote && raft.votedId >= 0 && raft.votedId !== candidateId) {
    observerOf(context).mark(context.virtualUs, 'vote-conflict', raft.nodeId);
  }
  if (granted && !preVote && raft.votedId === -1) addVote(definition, raft, candidateId, context);
  return granted;
}

/** The candidate's log is at least as long as this voter's, in the order of (epoch, offset). */
function isLogUpToDate(raft: RaftState, request: VoteRequest): boolean {
  if (request.lastEpoch !== raft.lastEpoch) return request.lastEpoch > raft.lastEpoch;
  return request.lastEpochEndOffset >= raft.logEndOffset;
}

/** What each role says (`canGrantVote` of the states). The epochs are equal here. */
function canGrantVote(
  raft: RaftState,
  candidateId: number,
  isUpToDate: boolean,
  preVote: boolean,
): boolean {
  switch (raft.role) {
    case RaftRole.unattached:
    case RaftRole.prospective:
      if (preVote) return isUpToDate;
      if (raft.votedId >= 0) return raft.votedId === candidateId;
      return raft.leaderId < 0 && isUpToDate;
    case RaftRole.follower:
      return preVote && !raft.hasFetchedFromLeader && isUpToDate;
    case RaftRole.candidate:
    case RaftRole.resigned:
      return preVote && isUpToDate;
    case RaftRole.leader:
      return false;
  }
}

export function onVoteResponse(
  definition: ClusterDefinition,
  raft: RaftState,
  response: VoteResponse,
  context: HostContext,
): void {
  const { epoch, leaderId, voterId, granted, error } = response;
  if (error === ErrorCode.UNSUPPORTED_VERSION) {
    if (raft.role === RaftRole.prospective) skipPreVote(definition, raft, context);
    return;
  }
  if (handledByCommonRules(definition, raft, 0, leaderId, epoch, context)) return;
  if (raft.role !== RaftRole.prospective && raft.role !== RaftRole.candidate) return;
  const voter = voterIndexOf(raft, voterId);
  if (voter < 0) return;
  raft.ballots[voter] = granted ? Ballot.granted : Ballot.rejected;
  if (granted) maybeTransitionForward(definition, raft, context);
  else if (isVoteRejected(raft)) onElectionLost(definition, raft, context);
}

/**
 * A prospective that lost goes back to its leader, or waits for one; a candidate that lost waits until its election
 * timer ends, so that it does not disturb the winner (before 4.1 for a random time: switch `electionBackoff`).
 */
export function onElectionLost(
  definition: ClusterDefinition,
  raft: RaftState,
  context: HostContext,
): void {
  if (raft.role === RaftRole.candidate) {
    observerOf(context).mark(context.virtualUs, 'election-lost', raft.nodeId);
    const isWaiting = raft.backoffDeadlineUs !== Infinity;
    if (definition.switches.electionBackoff === 'exponential' && !isWaiting)
      backOffFromElection(raft, context);
    return;
  }
  const { leaderId } = raft;
  if (leaderId >= 0 && leaderId !== raft.nodeId) {
    becomeFollower(definition, raft, raft.epoch, leaderId, context);
  } else {
    becomeUnattached(definition, raft, raft.epoch, context);
  }
}

/** Asks every voter that has not answered; returns when to look again. */
export function sendVoteRequests(raft: RaftState, nowUs: number, context: HostContext): number {
  let deadlineUs = Infinity;
  if (isVoteRejected(raft)) return deadlineUs;
  const preVote = raft.role === RaftRole.prospective;
  for (let index = 0; index < raft.voterCount; index++) {
    const peer = raft.peers[index] ?? null;
    if (peer === null || raft.ballots[index] !== Ballot.unrecorded) continue;
    if (isPeerReady(peer, nowUs)) {
      const request = new VoteRequest(
        raft.nextCorrelationId,
        raft.epoch,
        raft.nodeId,
        raft.lastEpoch,
        raft.logEndOffset,
        preVote,
      );
      sendRequest(raft, peer, request, nowUs, context);
    }
    deadlineUs = Math.min(deadlineUs, peerDeadlineUs(peer));
  }
  return deadlineUs;
}
