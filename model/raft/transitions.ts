/**
 * Changes of role (QuorumState). Each asserts where it may start, writes the election state before anything is sent
 * where Kafka does (a *durable* transition), and forgets the requests under way.
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { observerOf } from '../observer.js';
import { failParked } from './parked-fetches.js';
import { resetPeers } from './peers.js';
import {
  Ballot,
  isVoter,
  QUORUM_STATE,
  QuorumStateCheckpoint,
  RaftRole,
  type LeaderState,
  type RaftState,
} from './raft-state.js';

/** Faults that end the process, as marks name them. */
export type FatalFault =
  /** Two leaders of one epoch, or this node said to lead where it does not (KafkaRaftClient.maybeTransition). */
  | 'inconsistent-quorum-leader'
  /** The leader's log parts from this node's below its high watermark (KafkaRaftClient.handleFetchResponse). */
  | 'metadata-cut-below-high-watermark'
  /** The leader's high watermark is below this node's (FollowerState.updateHighWatermark). */
  | 'metadata-high-watermark-fell'
  /** The leader's batch does not continue the log (UnexpectedAppendOffsetException). */
  | 'metadata-append-out-of-order'
  /** A committed record changes what the metadata does not have (QuorumController, MetadataLoader). */
  | 'metadata-replay-fault';

/** A leader resigns without fetches from a majority for this many fetch timeouts. */
const CHECK_QUORUM_TIMEOUT_FACTOR = 1.5;
/** KafkaRaftClient.RETRY_BACKOFF_BASE_MS before 4.1. */
const ELECTION_BACKOFF_BASE_US = 100_000;

/**
 * Hears of a higher epoch without a leader, or gives up a candidacy that was not yet one (same epoch).
 * The election timer runs on where there is one: hearing of epochs must not postpone an election for ever.
 */
export function becomeUnattached(
  definition: ClusterDefinition,
  raft: RaftState,
  epoch: number,
  context: HostContext,
): void {
  const sameEpoch = epoch === raft.epoch;
  assertTransition(raft, epoch > raft.epoch || (sameEpoch && raft.role === RaftRole.prospective));
  const rejected = raft.role === RaftRole.prospective && isVoteRejected(raft);
  const keepsTimer = raft.electionDeadlineUs !== Infinity && !rejected;
  if (isVoter(raft) && !keepsTimer) startElectionTimer(raft, context);
  if (!sameEpoch) {
    raft.votedId = -1;
    raft.leaderId = -1;
  }
  enter(raft, RaftRole.unattached, epoch);
  persist(definition, raft, context);
}

/** Learns who leads the epoch. */
export function becomeFollower(
  definition: ClusterDefinition,
  raft: RaftState,
  epoch: number,
  leaderId: number,
  context: HostContext,
): void {
  const sameEpoch = epoch === raft.epoch;
  const mayFollow = raft.role !== RaftRole.follower && raft.role !== RaftRole.leader;
  assertTransition(
    raft,
    leaderId !== raft.nodeId && (epoch > raft.epoch || (sameEpoch && mayFollow)),
  );
  if (!sameEpoch) raft.votedId = -1;
  enter(raft, RaftRole.follower, epoch);
  raft.leaderId = leaderId;
  raft.electionDeadlineUs = Infinity;
  raft.fetchDeadlineUs = context.nowUs() + raft.timeouts.fetchUs;
  persist(definition, raft, context);
  failParked(raft, context);
}

/**
 * Wants to lead: asks whether it could win, or without pre-vote (before 4.0, switch `preVote`) begins the next epoch at
 * once, whoever leads the present one.
 */
export function standForElection(
  definition: ClusterDefinition,
  raft: RaftState,
  context: HostContext,
): void {
  if (definition.switches.preVote === 'on') becomeProspective(definition, raft, context);
  else becomeCandidate(definition, raft, context);
}

/** Asks whether it could win before it disturbs anybody (pre-vote, KIP-996). Not durable: nothing changed. */
function becomeProspective(
  definition: ClusterDefinition,
  raft: RaftState,
  context: HostContext,
): void {
  assertTransition(
    raft,
    isVoter(raft) && raft.role !== RaftRole.leader && raft.role !== RaftRole.prospective,
  );
  const candidacies = nextCandidacy(raft);
  enter(raft, RaftRole.prospective, raft.epoch);
  raft.candidacies = candidacies;
  startElectionTimer(raft, context);
  castOwnBallot(raft);
  maybeTransitionForward(definition, raft, context);
}

/**
 * A voter knows no pre-vote: the prospective stands at once, as all did before 4.0 (KafkaRaftClient.handleVoteResponse at
 * 4.0.0, UNSUPPORTED_VERSION).
 */
export function skipPreVote(
  definition: ClusterDefinition,
  raft: RaftState,
  context: HostContext,
): void {
  assertTransition(raft, raft.role === RaftRole.prospective);
  observerOf(context).mark(context.virtualUs, 'pre-vote-skipped', raft.nodeId);
  becomeCandidate(definition, raft, context);
}

/** Votes for itself in the next epoch and asks for votes. */
function becomeCandidate(
  definition: ClusterDefinition,
  raft: RaftState,
  context: HostContext,
): void {
  const isAllowed =
    raft.role === RaftRole.prospective ||
    (definition.switches.preVote === 'off' && isVoter(raft) && raft.role !== RaftRole.leader);
  assertTransition(raft, isAllowed);
  const candidacies = raft.role === RaftRole.prospective ? raft.candidacies : nextCandidacy(raft);
  enter(raft, RaftRole.candidate, raft.epoch + 1);
  raft.candidacies = candidacies;
  raft.leaderId = -1;
  raft.votedId = raft.nodeId;
  startElectionTimer(raft, context);
  castOwnBallot(raft);
  persist(definition, raft, context);
  maybeTransitionForward(definition, raft, context);
}

/** A majority said yes: a prospective becomes candidate, a candidate becomes leader. */
export function maybeTransitionForward(
  definition: ClusterDefinition,
  raft: RaftState,
  context: HostContext,
): void {
  if (countBallots(raft, Ballot.granted) < majority(raft)) return;
  if (raft.role === RaftRole.prospective) becomeCandidate(definition, raft, context);
  else if (raft.role === RaftRole.candidate) becomeLeader(definition, raft, context);
}

/**
 * Won the election. The high watermark is unknown until a record of this epoch is on a majority: only then is it sure
 * to be at or past what earlier leaders committed.
 */
function becomeLeader(definition: ClusterDefinition, raft: RaftState, context: HostContext): void {
  assertTransition(raft, raft.role === RaftRole.candidate);
  enter(raft, RaftRole.leader, raft.epoch);
  raft.leaderId = raft.nodeId;
  raft.votedId = -1;
  raft.electionDeadlineUs = Infinity;
  raft.leader = createLeaderState(raft, context.nowUs());
  persist(definition, raft, context);
  const observer = observerOf(context);
  observer.quorumLeaderElected(context.virtualUs, raft.nodeId, raft.epoch);
  observer.mark(context.virtualUs, 'quorum-leader-elected', raft.nodeId);
}

/** Lays down the office; the others are told who should stand first. Not durable: a leader restarts as resigned. */
export function becomeResigned(raft: RaftState, context: HostContext): void {
  assertTransition(raft, raft.role === RaftRole.leader && raft.leader !== null);
  const preferredSuccessors = votersByDescendingEndOffset(raft, raft.leader!);
  failParked(raft, context);
  enterResigned(raft, preferredSuccessors, context);
}

/** Also how a leader of the checkpointed epoch restarts: it can neither lead that epoch again nor vote in it. */
export function enterResigned(
  raft: RaftState,
  preferredSuccessors: readonly number[],
  context: HostContext,
): void {
  enter(raft, RaftRole.resigned, raft.epoch);
  const unacknowledged = raft.peers.map((peer) => (peer === null ? 0 : 1));
  raft.resigned = { unacknowledged, preferredSuccessors };
  startElectionTimer(raft, context);
}

/** Votes for a candidate; on disk before the answer leaves. */
export function addVote(
  definition: ClusterDefinition,
  raft: RaftState,
  candidateId: number,
  context: HostContext,
): void {
  assertTransition(raft, raft.votedId === -1 && candidateId !== raft.nodeId);
  raft.votedId = candidateId;
  // The candidate has as good a chance as this voter: give it time.
  startElectionTimer(raft, context);
  if (raft.role === RaftRole.prospective) castOwnBallot(raft);
  persist(definition, raft, context);
  observerOf(context).mark(context.virtualUs, 'vote-granted', raft.nodeId);
}

/** A random time between one and two election timeouts. */
export function startElectionTimer(raft: RaftState, context: HostContext): void {
  const { electionUs } = raft.timeouts;
  raft.electionDeadlineUs = context.nowUs() + electionUs + context.random('raft').below(electionUs);
}

export function majority(raft: RaftState): number {
  return (raft.voterCount >> 1) + 1;
}

function countBallots(raft: RaftState, ballot: number): number {
  let count = 0;
  for (let index = 0; index < raft.voterCount; index++) if (raft.ballots[index] === ballot) count++;
  return count;
}

/** So many said no that a majority is out of reach. */
export function isVoteRejected(raft: RaftState): boolean {
  return raft.voterCount - countBallots(raft, Ballot.rejected) < majority(raft);
}

function enter(raft: RaftState, role: RaftRole, epoch: number): void {
  raft.role = role;
  raft.epoch = epoch;
  raft.leader = null;
  raft.resigned = null;
  raft.candidacies = 0;
  raft.backoffDeadlineUs = Infinity;
  raft.fetchDeadlineUs = Infinity;
  raft.hasFetchedFromLeader = false;
  raft.discoverAtUs = 0;
  resetPeers(raft);
}

/** Which election in a row it is; the first one after any other role than Candidate. */
function nextCandidacy(raft: RaftState): number {
  return raft.role === RaftRole.candidate ? raft.candidacies + 1 : 1;
}

/**
 * A candidate that lost waits a random time before it stands again, twice as long at most with each election in a row
 * (`binaryExponentialElectionBackoffMs`). Before 4.1 only (switch `electionBackoff`).
 */
export function backOffFromElection(raft: RaftState, context: HostContext): void {
  const steps = context.random('raft').below(2 << Math.min(20, raft.candidacies - 1));
  const backoffUs = Math.min(ELECTION_BACKOFF_BASE_US * steps, raft.timeouts.electionBackoffMaxUs);
  raft.backoffDeadlineUs = context.nowUs() + backoffUs;
}

function castOwnBallot(raft: RaftState): void {
  raft.ballots.fill(Ballot.unrecorded);
  raft.ballots[raft.voterIndex] = Ballot.granted;
}

function createLeaderState(raft: RaftState, nowUs: number): LeaderState {
  const endOffsets = raft.peers.map((peer) => (peer === null ? raft.flushedOffset : -1));
  return {
    epochStartOffset: raft.logEndOffset,
    highWatermark: -1,
    endOffsets,
    fetched: endOffsets.map(() => 0),
    checkQuorumDeadlineUs: nowUs + checkQuorumTimeoutUs(raft),
    beginQuorumEpochAtUs: nowUs,
    acknowledged: endOffsets.map(() => 0),
    // The first record of the epoch; it is written at once, without linger.
    pending: [{ type: 'LeaderChange', leaderId: raft.nodeId }],
    drainAtUs: nowUs,
    nextOffset: raft.logEndOffset + 1,
  };
}

/** Infinite where there is nobody to check (one voter), and before KAFKA-15489 (3.7; switch `checkQuorum`). */
export function checkQuorumTimeoutUs(raft: RaftState): number {
  if (raft.voterCount === 1 || !raft.checksQuorum) return Infinity;
  return Math.floor(raft.timeouts.fetchUs * CHECK_QUORUM_TIMEOUT_FACTOR);
}

/** Voters other than the leader, those with the longest log first, then by id. */
function votersByDescendingEndOffset(raft: RaftState, leader: LeaderState): number[] {
  const others: { readonly nodeId: number; readonly endOffset: number }[] = [];
  raft.peers.forEach((peer, index) => {
    if (peer !== null) others.push({ nodeId: peer.nodeId, endOffset: leader.endOffsets[index]! });
  });
  others.sort((a, b) => b.endOffset - a.endOffset || a.nodeId - b.nodeId);
  return others.map((other) => other.nodeId);
}

/**
 * Writes the election state and waits for the disk: what this node sends next leaves when it is durable.
 * A disk that refuses ends the process. The mutation `votePersistence=off` keeps epoch, vote and leader in memory only.
 */
function persist(definition: ClusterDefinition, raft: RaftState, context: HostContext): void {
  if (definition.switches.votePersistence === 'off') return;
  const { disk } = context.host;
  const state = new QuorumStateCheckpoint(raft.leaderId, raft.epoch, raft.votedId);
  if (disk.writeCheckpoint(QUORUM_STATE, state) !== 'ok') {
    failDisk(raft, context);
    return;
  }
  const durationUs = disk.flushEndUs(context.virtualUs, 0) - context.virtualUs;
  raft.busyUntilUs = context.nowUs() + durationUs;
}

/**
 * A fault that Kafka's process does not outlive (`ProcessTerminatingFaultHandler`): what the quorum asks for contradicts
 * what this node knows to be committed. It cannot happen while the voters keep their disks. Whoever supervises the
 * process starts it again.
 */
export function halt(raft: RaftState, fault: FatalFault, context: HostContext): void {
  if (raft.failed) return;
  observerOf(context).mark(context.virtualUs, fault, raft.nodeId);
  failDisk(raft, context);
}

/** The metadata log's disk is gone: Kafka halts. */
export function failDisk(raft: RaftState, context: HostContext): void {
  if (raft.failed) return;
  raft.failed = true;
  context.exit();
}

function assertTransition(raft: RaftState, allowed: boolean): void {
  if (!allowed) throw new Error(`node ${raft.nodeId}: no such transition from role ${raft.role}`);
}
