/**
 * The follower's and the observer's side of the log's replication, and the search for the leader.
 *
 * One fetch is under way at a time. A voter flushes what it got before it fetches on from there, because the fetch
 * offset is its confirmation. Who knows no leader, or cannot reach it, asks the voters one after the other.
 *
 * Differs from Kafka: a search that taught nothing is repeated after `controller.quorum.retry.backoff.ms`, there at
 * once; and a batch of an older epoch than the log's last ends the process, where Kafka appends it.
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import type { MetadataBatch } from '../metadata/records.js';
import { observerOf } from '../observer.js';
import {
  NO_HIGH_WATERMARK_NEWS,
  QuorumFetchRequest,
  type QuorumFetchResponse,
} from '../rpc/index.js';
import { handledByCommonRules } from './common-rules.js';
import { publishHighWatermark } from './high-watermark.js';
import { flushLog } from './leader-log.js';
import { appendToLog, commonEndOffset, truncateLog } from './metadata-log.js';
import {
  awaitedPeer,
  hasTimedOut,
  isPeerReady,
  peerDeadlineUs,
  sendRequest,
  voterIndexOf,
} from './peers.js';
import { isVoter, PeerStatus, RaftRole, type Peer, type RaftState } from './raft-state.js';
import { failDisk, halt } from './transitions.js';

/** How long a leader may hold a fetch back (KafkaRaftClient.MAX_FETCH_WAIT_MS). */
const MAX_FETCH_WAIT_MS = 500;

export function onFetchResponse(
  definition: ClusterDefinition,
  raft: RaftState,
  response: QuorumFetchResponse,
  context: HostContext,
): void {
  const { error, leaderId, epoch } = response;
  const { epoch: epochBefore, leaderId: leaderBefore } = raft;
  if (handledByCommonRules(definition, raft, error, leaderId, epoch, context)) {
    const learned = raft.epoch !== epochBefore || raft.leaderId !== leaderBefore;
    if (!learned) raft.discoverAtUs = context.nowUs() + raft.timeouts.retryBackoffUs;
    return;
  }
  if (raft.role !== RaftRole.follower || error !== ErrorCode.NONE) return;
  if (response.divergingEpoch >= 0) truncateToLeader(raft, response, context);
  else appendAsFollower(definition, raft, response, context);
  raft.fetchDeadlineUs = context.nowUs() + raft.timeouts.fetchUs;
  raft.hasFetchedFromLeader = true;
}

/**
 * Cuts the log where it parts from the leader's. What is committed cannot be cut: then the process ends, and comes back
 * without a memory of its high watermark (unless a snapshot has one), so that it may cut its log then.
 */
function truncateToLeader(
  raft: RaftState,
  response: QuorumFetchResponse,
  context: HostContext,
): void {
  const offset = commonEndOffset(raft, response.divergingEpoch, response.divergingEndOffset);
  if (offset < Math.max(raft.highWatermark, committedEnd(raft))) {
    halt(raft, 'metadata-cut-below-high-watermark', context);
    return;
  }
  truncateLog(raft, offset);
  observerOf(context).mark(context.virtualUs, 'metadata-truncated', raft.nodeId);
}

/** Where what is known to be committed ends: after a restart a snapshot may say more than the high watermark. */
function committedEnd(raft: RaftState): number {
  const { committedCount, log } = raft;
  return committedCount === 0 ? 0 : log.entries.at(committedCount - 1).nextOffset;
}

function appendAsFollower(
  definition: ClusterDefinition,
  raft: RaftState,
  response: QuorumFetchResponse,
  context: HostContext,
): void {
  const { batches, highWatermark } = response;
  if (batches.length > 0 && !continuesLog(raft, batches[0]!)) {
    halt(raft, 'metadata-append-out-of-order', context);
    return;
  }
  for (let index = 0; index < batches.length; index++) {
    if (appendToLog(raft, batches[index]!, context)) continue;
    failDisk(raft, context);
    return;
  }
  const flushes = isVoter(raft) && definition.switches.metadataFlush === 'beforeFetch';
  if (batches.length > 0 && flushes) flushLog(raft, context);
  if (highWatermark < 0) return;
  if (Math.min(highWatermark, raft.logEndOffset) < raft.highWatermark)
    halt(raft, 'metadata-high-watermark-fell', context);
  else {
    const isCommitted = definition.switches.metadataApply === 'committed';
    publishHighWatermark(raft, isCommitted ? highWatermark : raft.logEndOffset, context);
  }
}

/**
 * After a loss of voters' disks two leaders may have had the same epoch: then logs that agree on their last epoch may
 * hold different batches. Kafka refuses a batch from before the log end, and takes one of an older epoch.
 */
function continuesLog(raft: RaftState, { baseOffset, epoch }: MetadataBatch): boolean {
  return baseOffset === raft.logEndOffset && epoch >= raft.lastEpoch;
}

/**
 * Fetches from the leader; from any other voter while the leader does not answer, to hear of its successor
 * (`maybeSendFetchToBestNode`). Returns when to look again.
 */
export function fetchFromBestNode(raft: RaftState, nowUs: number, context: HostContext): number {
  if (raft.flushing) return raft.fetchDeadlineUs;
  const leader = raft.peers[voterIndexOf(raft, raft.leaderId)] ?? null;
  if (leader === null) return fetchFromAnyVoter(raft, nowUs, context);
  const lostTouch = hasTimedOut(leader, nowUs);
  const isReady = isPeerReady(leader, nowUs);
  if (lostTouch || (!isReady && leader.status !== PeerStatus.awaitingResponse)) {
    return Math.min(fetchFromAnyVoter(raft, nowUs, context), raft.fetchDeadlineUs);
  }
  const awaited = awaitedPeer(raft, nowUs);
  if (awaited >= 0) return Math.min(raft.peers[awaited]!.untilUs, raft.fetchDeadlineUs);
  return Math.min(sendFetch(raft, leader, nowUs, context), raft.fetchDeadlineUs);
}

/**
 * Fetches from the leader alone, and waits for the fetch timeout where it does not answer: what voters did before they
 * searched (3.9, switch `leaderSearch`).
 */
export function fetchFromLeader(raft: RaftState, nowUs: number, context: HostContext): number {
  const leader = raft.peers[voterIndexOf(raft, raft.leaderId)] ?? null;
  if (raft.flushing || leader === null) return raft.fetchDeadlineUs;
  return Math.min(sendFetch(raft, leader, nowUs, context), raft.fetchDeadlineUs);
}

/** Asks a voter, the first of them drawn at random (`findReadyBootstrapServer`). Returns when to look again. */
export function fetchFromAnyVoter(raft: RaftState, nowUs: number, context: HostContext): number {
  if (raft.flushing) return Infinity;
  const awaited = awaitedPeer(raft, nowUs);
  if (awaited >= 0) return raft.peers[awaited]!.untilUs;
  if (nowUs < raft.discoverAtUs) return raft.discoverAtUs;
  const { peers } = raft;
  const start = context.random('raft').below(peers.length);
  let deadlineUs = Infinity;
  for (let step = 0; step < peers.length; step++) {
    const peer = peers[(start + step) % peers.length] ?? null;
    if (peer === null) continue;
    if (isPeerReady(peer, nowUs)) return sendFetch(raft, peer, nowUs, context);
    deadlineUs = Math.min(deadlineUs, peerDeadlineUs(peer));
  }
  return deadlineUs;
}

function sendFetch(raft: RaftState, peer: Peer, nowUs: number, context: HostContext): number {
  if (!isPeerReady(peer, nowUs)) return peerDeadlineUs(peer);
  const request = new QuorumFetchRequest(
    raft.nextCorrelationId,
    raft.nodeId,
    raft.epoch,
    raft.logEndOffset,
    raft.lastEpoch,
    raft.highWatermarkNews === 'pushed' ? raft.highWatermark : NO_HIGH_WATERMARK_NEWS,
    MAX_FETCH_WAIT_MS,
  );
  sendRequest(raft, peer, request, nowUs, context);
  return peer.untilUs;
}
