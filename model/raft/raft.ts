/**
 * One node's part in the metadata quorum: a voter, or an observer that follows the log (KafkaRaftClient at 4.1.1).
 *
 * The server hands over what concerns raft and then looks at what changed: `role`, `epoch`, `leaderId`,
 * `highWatermark` and `committedCount` of the state.
 */
import { NO_EVENT, type ConnectionId, type HostContext, type Message } from '../../sim/index.js';
import type { ClusterDefinition, NodeDefinition } from '../definition.js';
import type { MetadataBatch, MetadataRecord } from '../metadata/records.js';
import {
  Kind,
  type BeginQuorumEpochRequest,
  type BeginQuorumEpochResponse,
  type EndQuorumEpochRequest,
  type EndQuorumEpochResponse,
  type QuorumFetchRequest,
  type QuorumFetchResponse,
  type RpcMessage,
  type VoteRequest,
  type VoteResponse,
} from '../rpc/index.js';
import { onFetchResponse } from './follower-fetches.js';
import { onFetchRequest } from './leader-fetches.js';
import { accumulate, FLUSHED, flushLog, onFlushed } from './leader-log.js';
import { readSnapshot } from '../metadata/snapshot.js';
import { loadMetadataLog } from './metadata-log.js';
import { createParkedFetches, dropParked } from './parked-fetches.js';
import { acceptResponse, createPeer, onPeerClosed, peerOf } from './peers.js';
import { onWake, poll, wakeAt } from './poll.js';
import {
  onBeginQuorumEpochRequest,
  onBeginQuorumEpochResponse,
  onEndQuorumEpochRequest,
  onEndQuorumEpochResponse,
} from './quorum-epochs.js';
import {
  Ballot,
  isVoter,
  METADATA_LOG,
  QUORUM_STATE,
  RaftRole,
  type QuorumStateCheckpoint,
  type RaftState,
  type RaftTimeouts,
} from './raft-state.js';
import {
  enterResigned,
  maybeTransitionForward,
  standForElection,
  startElectionTimer,
} from './transitions.js';
import { onVoteRequest, onVoteResponse } from './votes.js';

/** A leader that shuts down waits this long for its successor (KafkaRaftClientDriver.shutdown). */
const SHUTDOWN_TIMEOUT_US = 5_000_000;

/** Starts raft from what the disk holds (QuorumState.initialize). */
export function createRaft(
  definition: ClusterDefinition,
  nodeId: number,
  context: HostContext,
): RaftState {
  const node = definition.node(nodeId);
  const { voters } = definition;
  const raft = createState(definition, node, context);
  loadMetadataLog(raft);
  raft.flushedOffset = flushedOffsetOf(raft);
  initializeRole(raft, context);
  const isOnlyVoter = isVoter(raft) && voters.length === 1;
  if (raft.role === RaftRole.candidate) maybeTransitionForward(definition, raft, context);
  else if (isOnlyVoter) standForElection(definition, raft, context);
  // What a crash left in the page cache must not count before it is durable.
  if (isVoter(raft) && raft.flushedOffset < raft.logEndOffset) flushLog(raft, context);
  poll(definition, raft, context);
  return raft;
}

/** Serves a request of another node, or a response to one of ours. */
export function receiveRaft(
  definition: ClusterDefinition,
  raft: RaftState,
  connection: ConnectionId,
  message: Message,
  context: HostContext,
): void {
  if (raft.failed) return;
  if ((message.kind & 1) === 0) onRequest(definition, raft, connection, message, context);
  else onResponse(definition, raft, connection, message as RpcMessage, context);
  poll(definition, raft, context);
}

/** A timer with an opcode of raft's fired, or a flush ended. */
export function raftTimer(
  definition: ClusterDefinition,
  raft: RaftState,
  opcode: number,
  arg: number,
  _payload: unknown,
  context: HostContext,
): void {
  if (raft.failed) return;
  if (opcode === FLUSHED) onFlushed(raft, arg, context);
  else onWake(raft);
  poll(definition, raft, context);
}

/** A connection is gone; true where it was one that raft had opened. */
export function raftClosed(
  definition: ClusterDefinition,
  raft: RaftState,
  connection: ConnectionId,
  context: HostContext,
): boolean {
  dropParked(raft.parked, connection);
  const peer = peerOf(raft, connection);
  if (peer === null) return false;
  onPeerClosed(raft, peer, context.nowUs(), context);
  if (!raft.failed) poll(definition, raft, context);
  return true;
}

/**
 * Takes records for the log, which are written together with what else is appended within the linger time. Returns
 * the offset after the last of them, or -1 where this node does not lead (NotLeaderException).
 */
export function raftAppend(
  definition: ClusterDefinition,
  raft: RaftState,
  records: readonly MetadataRecord[],
  context: HostContext,
): number {
  if (raft.leader === null || raft.failed) return -1;
  const nowUs = context.nowUs();
  const nextOffset = accumulate(raft, raft.leader, records, nowUs);
  if (raft.leader.drainAtUs <= nowUs) poll(definition, raft, context);
  else if (!raft.flushing) wakeAt(raft, raft.leader.drainAtUs, nowUs, context);
  return nextOffset;
}

/**
 * Begins to shut down: a leader resigns in favour of the voter with the longest log, and waits for it
 * (`raftHasShutDown`). The server ends the process after that.
 */
export function raftResign(
  definition: ClusterDefinition,
  raft: RaftState,
  context: HostContext,
): void {
  if (raft.shutdownDeadlineUs >= 0 || raft.failed) return;
  raft.shutdownDeadlineUs = context.nowUs() + SHUTDOWN_TIMEOUT_US;
  poll(definition, raft, context);
}

/** The shutdown that `raftResign` began is over: nobody needs this node, or it waited long enough. */
export function raftHasShutDown(raft: RaftState, nowUs: number): boolean {
  if (raft.shutdownDeadlineUs < 0) return false;
  if (!isVoter(raft) || raft.voterCount === 1) return true;
  const hasRemoteLeader = raft.leaderId >= 0 && raft.leaderId !== raft.nodeId;
  return hasRemoteLeader || nowUs >= raft.shutdownDeadlineUs;
}

function onRequest(
  definition: ClusterDefinition,
  raft: RaftState,
  connection: ConnectionId,
  message: Message,
  context: HostContext,
): void {
  switch (message.kind) {
    case Kind.QuorumFetchRequest:
      return onFetchRequest(raft, connection, message as QuorumFetchRequest, context);
    case Kind.VoteRequest:
      return onVoteRequest(definition, raft, connection, message as VoteRequest, context);
    case Kind.BeginQuorumEpochRequest:
      return onBeginQuorumEpochRequest(
        definition,
        raft,
        connection,
        message as BeginQuorumEpochRequest,
        context,
      );
    case Kind.EndQuorumEpochRequest:
      return onEndQuorumEpochRequest(
        definition,
        raft,
        connection,
        message as EndQuorumEpochRequest,
        context,
      );
    default:
      throw new Error(`raft does not know requests of kind ${message.kind}`);
  }
}

function onResponse(
  definition: ClusterDefinition,
  raft: RaftState,
  connection: ConnectionId,
  message: RpcMessage,
  context: HostContext,
): void {
  const peer = peerOf(raft, connection);
  if (peer === null) return;
  if (!acceptResponse(raft, peer, message.correlationId, context.nowUs())) return;
  switch (message.kind) {
    case Kind.QuorumFetchResponse:
      return onFetchResponse(definition, raft, message as QuorumFetchResponse, context);
    case Kind.VoteResponse:
      return onVoteResponse(definition, raft, message as VoteResponse, context);
    case Kind.BeginQuorumEpochResponse:
      return onBeginQuorumEpochResponse(
        definition,
        raft,
        message as BeginQuorumEpochResponse,
        context,
      );
    case Kind.EndQuorumEpochResponse:
      return onEndQuorumEpochResponse(definition, raft, message as EndQuorumEpochResponse, context);
    default:
      throw new Error(`raft does not know responses of kind ${message.kind}`);
  }
}

function createState(
  definition: ClusterDefinition,
  node: NodeDefinition,
  context: HostContext,
): RaftState {
  const { voters, switches } = definition;
  const log = context.host.disk.file<MetadataBatch>(METADATA_LOG);
  return {
    nodeId: node.id,
    voterIndex: node.isVoter ? voters.findIndex((voter) => voter.id === node.id) : -1,
    voterCount: voters.length,
    commitQuorum: switches.metadataCommit === 'majority' ? (voters.length >> 1) + 1 : 1,
    checksDivergence: switches.metadataDivergence === 'checked',
    checksQuorum: switches.checkQuorum === 'on',
    highWatermarkNews: switches.metadataHighWatermark,
    searchesLeader: switches.leaderSearch === 'anyVoter',
    timeouts: timeoutsOf(node),
    log,
    logEndOffset: 0,
    lastEpoch: 0,
    epochs: [],
    epochStarts: [],
    flushedOffset: 0,
    flushing: false,
    role: RaftRole.unattached,
    epoch: 0,
    leaderId: -1,
    votedId: -1,
    highWatermark: -1,
    committedCount: readSnapshot(context.host.disk, log)?.batchCount ?? 0,
    peers: voters.map((voter) => (voter.id === node.id ? null : createPeer(voter.id, voter.host))),
    leader: null,
    resigned: null,
    ballots: voters.map(() => 0),
    parked: createParkedFetches(),
    electionDeadlineUs: Infinity,
    backoffDeadlineUs: Infinity,
    candidacies: 0,
    fetchDeadlineUs: Infinity,
    hasFetchedFromLeader: false,
    discoverAtUs: 0,
    busyUntilUs: 0,
    shutdownDeadlineUs: -1,
    nextCorrelationId: 0,
    wakeAtUs: Infinity,
    wakeHandle: NO_EVENT,
    failed: false,
  };
}

function timeoutsOf(node: NodeDefinition): RaftTimeouts {
  const { config } = node;
  return {
    electionUs: config.controllerQuorumElectionTimeoutMs * 1000,
    fetchUs: config.controllerQuorumFetchTimeoutMs * 1000,
    electionBackoffMaxUs: config.controllerQuorumElectionBackoffMaxMs * 1000,
    requestUs: config.controllerQuorumRequestTimeoutMs * 1000,
    retryBackoffUs: config.controllerQuorumRetryBackoffMs * 1000,
    appendLingerUs: config.controllerQuorumAppendLingerMs * 1000,
  };
}

/** Log end of what was flushed before the start. */
function flushedOffsetOf(raft: RaftState): number {
  const { log } = raft;
  return log.flushedCount === 0 ? 0 : log.entries.at(log.flushedCount - 1).nextOffset;
}

/** The role that the checkpoint asks for; a log of a later epoch outvotes it. */
function initializeRole(raft: RaftState, context: HostContext): void {
  const stored = context.host.disk.readCheckpoint<QuorumStateCheckpoint>(QUORUM_STATE);
  if (isVoter(raft)) startElectionTimer(raft, context);
  if (stored === undefined || stored.leaderEpoch < raft.lastEpoch) {
    raft.epoch = raft.lastEpoch;
    return;
  }
  raft.epoch = stored.leaderEpoch;
  raft.votedId = stored.votedId;
  if (!isVoter(raft)) {
    raft.leaderId = stored.leaderId;
    if (raft.leaderId >= 0) follow(raft, context);
    return;
  }
  if (stored.leaderId === raft.nodeId) {
    raft.leaderId = raft.nodeId;
    enterResigned(raft, [], context);
  } else if (stored.leaderId >= 0) {
    raft.leaderId = stored.leaderId;
    follow(raft, context);
  } else if (stored.votedId === raft.nodeId) {
    raft.role = RaftRole.candidate;
    raft.candidacies = 1;
    raft.ballots[raft.voterIndex] = Ballot.granted;
  }
}

function follow(raft: RaftState, context: HostContext): void {
  raft.role = RaftRole.follower;
  raft.electionDeadlineUs = Infinity;
  raft.fetchDeadlineUs = context.nowUs() + raft.timeouts.fetchUs;
}
