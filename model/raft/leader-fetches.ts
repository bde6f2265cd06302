/**
 * The leader's side of the log's replication (KafkaRaftClient.handleFetchRequest).
 *
 * A fetch tells how far the voter has flushed. It is answered at once with an error, with records, with the point
 * where the logs part, or with a higher high watermark than the fetcher's (KIP-1166); otherwise it waits.
 *
 * Before 4.1 (switch `metadataHighWatermark`) a higher high watermark answers no fetch: what was committed is known to
 * the others with the next record, or when the wait is over. Differs from Kafka: before 3.6 a point where the logs part
 * was told after the wait only; here it is told at once in all versions.
 */
import type { ConnectionId, HostContext } from '../../sim/index.js';
import { ErrorCode } from '../errors.js';
import type { MetadataBatch } from '../metadata/records.js';
import {
  NO_HIGH_WATERMARK_NEWS,
  QuorumFetchResponse,
  type QuorumFetchRequest,
} from '../rpc/index.js';
import { maybeAdvanceLeaderHighWatermark } from './high-watermark.js';
import { endOffsetAt, epochAt, epochIndexFor, readBatches } from './metadata-log.js';
import { park } from './parked-fetches.js';
import { sendResponse, voterIndexOf } from './peers.js';
import type { LeaderState, RaftState } from './raft-state.js';
import { checkQuorumTimeoutUs, majority } from './transitions.js';

const NO_BATCHES: readonly MetadataBatch[] = [];

export function onFetchRequest(
  raft: RaftState,
  connection: ConnectionId,
  request: QuorumFetchRequest,
  context: HostContext,
): void {
  const response = tryCompleteFetch(raft, request, context);
  const waits =
    response.error === ErrorCode.NONE &&
    response.batches.length === 0 &&
    response.divergingEpoch < 0 &&
    (response.highWatermark <= request.highWatermark || raft.highWatermarkNews !== 'pushed') &&
    request.maxWaitMs > 0;
  if (!waits) {
    sendResponse(raft, connection, response, context);
    return;
  }
  const deadlineUs = context.nowUs() + request.maxWaitMs * 1000;
  const isPushed =
    raft.highWatermarkNews === 'pushed' && request.highWatermark !== NO_HIGH_WATERMARK_NEWS;
  const known = isPushed ? request.highWatermark : response.highWatermark;
  park(raft.parked, connection, request, deadlineUs, known);
}

/** Answers the parked fetches that lie before the log end: there are new records. */
export function completeParkedBelow(
  raft: RaftState,
  endOffset: number,
  context: HostContext,
): void {
  const { parked } = raft;
  let isBelow = false;
  for (let index = 0; index < parked.requests.length; index++) {
    if (parked.requests[index]!.fetchOffset < endOffset) isBelow = true;
  }
  if (isBelow) completeAllParked(raft, context);
}

/** The high watermark moved, and none of the parked fetches knew of it. */
function onHighWatermarkMoved(raft: RaftState, context: HostContext): void {
  if (raft.highWatermarkNews === 'pushed') completeAllParked(raft, context);
}

/** Answers all parked fetches. */
function completeAllParked(raft: RaftState, context: HostContext): void {
  const { parked } = raft;
  // An answer may move the high watermark again, but by then all that waited has been taken out.
  const connections = parked.connections.splice(0);
  const requests = parked.requests.splice(0);
  parked.deadlinesUs.length = 0;
  parked.highWatermarks.length = 0;
  for (let index = 0; index < requests.length; index++) {
    const response = tryCompleteFetch(raft, requests[index]!, context);
    sendResponse(raft, connections[index]!, response, context);
  }
}

/** The leader's own log is flushed up to an offset. */
export function updateLocalEndOffset(
  raft: RaftState,
  leader: LeaderState,
  endOffset: number,
  context: HostContext,
): void {
  leader.endOffsets[raft.voterIndex] = endOffset;
  if (maybeAdvanceLeaderHighWatermark(raft, leader, context)) onHighWatermarkMoved(raft, context);
}

function tryCompleteFetch(
  raft: RaftState,
  request: QuorumFetchRequest,
  context: HostContext,
): QuorumFetchResponse {
  const { leader } = raft;
  if (request.epoch < raft.epoch) return refusal(raft, request, ErrorCode.FENCED_LEADER_EPOCH);
  if (request.epoch > raft.epoch) return refusal(raft, request, ErrorCode.UNKNOWN_LEADER_EPOCH);
  if (leader === null) return refusal(raft, request, ErrorCode.NOT_LEADER_OR_FOLLOWER);
  const { fetchOffset, lastFetchedEpoch } = request;
  if (fetchOffset > 0 && raft.checksDivergence) {
    const index = epochIndexFor(raft, lastFetchedEpoch);
    const epoch = epochAt(raft, lastFetchedEpoch, index);
    const endOffset = endOffsetAt(raft, lastFetchedEpoch, index);
    if (epoch !== lastFetchedEpoch || endOffset < fetchOffset) {
      return answer(raft, request, leader, NO_BATCHES, epoch, endOffset);
    }
  }
  updateReplicaState(raft, leader, request, context);
  return answer(raft, request, leader, readBatches(raft, fetchOffset), -1, -1);
}

/** Notes how far a voter got, and that it still fetches; observers do not count. */
function updateReplicaState(
  raft: RaftState,
  leader: LeaderState,
  request: QuorumFetchRequest,
  context: HostContext,
): void {
  const voter = voterIndexOf(raft, request.replicaId);
  if (voter < 0) return;
  leader.fetched[voter] = 1;
  if (countFetched(leader) >= majority(raft) - 1) {
    leader.fetched.fill(0);
    leader.checkQuorumDeadlineUs = context.nowUs() + checkQuorumTimeoutUs(raft);
  }
  if (leader.endOffsets[voter] === request.fetchOffset) return;
  leader.endOffsets[voter] = request.fetchOffset;
  if (maybeAdvanceLeaderHighWatermark(raft, leader, context)) onHighWatermarkMoved(raft, context);
}

function countFetched(leader: LeaderState): number {
  let count = 0;
  for (let index = 0; index < leader.fetched.length; index++) count += leader.fetched[index]!;
  return count;
}

function answer(
  raft: RaftState,
  request: QuorumFetchRequest,
  leader: LeaderState,
  batches: readonly MetadataBatch[],
  divergingEpoch: number,
  divergingEndOffset: number,
): QuorumFetchResponse {
  return new QuorumFetchResponse(
    request.correlationId,
    ErrorCode.NONE,
    raft.nodeId,
    raft.epoch,
    leader.highWatermark,
    divergingEpoch,
    divergingEndOffset,
    batches,
  );
}

function refusal(raft: RaftState, request: QuorumFetchRequest, error: number): QuorumFetchResponse {
  const { correlationId } = request;
  return new QuorumFetchResponse(
    correlationId,
    error,
    raft.leaderId,
    raft.epoch,
    -1,
    -1,
    -1,
    NO_BATCHES,
  );
}
