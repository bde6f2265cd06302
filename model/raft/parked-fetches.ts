/** Fetches that wait at the leader for records or a higher high watermark (ThresholdPurgatory). */
import type { ConnectionId, HostContext } from '../../sim/index.js';
import { ErrorCode } from '../errors.js';
import { QuorumFetchResponse, type QuorumFetchRequest } from '../rpc/index.js';
import { sendResponse } from './peers.js';
import type { ParkedFetches, RaftState } from './raft-state.js';

export function createParkedFetches(): ParkedFetches {
  return { connections: [], requests: [], deadlinesUs: [], highWatermarks: [] };
}

export function park(
  parked: ParkedFetches,
  connection: ConnectionId,
  request: QuorumFetchRequest,
  deadlineUs: number,
  highWatermark: number,
): void {
  parked.connections.push(connection);
  parked.requests.push(request);
  parked.deadlinesUs.push(deadlineUs);
  parked.highWatermarks.push(highWatermark);
}

/** Takes out the fetch at an index. */
function unpark(parked: ParkedFetches, index: number): void {
  parked.connections.splice(index, 1);
  parked.requests.splice(index, 1);
  parked.deadlinesUs.splice(index, 1);
  parked.highWatermarks.splice(index, 1);
}

/** A connection is gone: nobody waits for its answers any more. */
export function dropParked(parked: ParkedFetches, connection: ConnectionId): void {
  for (let index = parked.connections.length - 1; index >= 0; index--) {
    if (parked.connections[index] === connection) unpark(parked, index);
  }
}

/** When the first of them has waited long enough; infinite when there are none. */
export function parkedDeadlineUs(parked: ParkedFetches): number {
  let deadlineUs = Infinity;
  for (let index = 0; index < parked.deadlinesUs.length; index++) {
    const candidateUs = parked.deadlinesUs[index]!;
    if (candidateUs < deadlineUs) deadlineUs = candidateUs;
  }
  return deadlineUs;
}

/**
 * Answers those that waited long enough with what they were told when they came: nothing new.
 * The leader of then is named even where it has lost its office since, as in Kafka.
 *
 * What they learn of the high watermark: before 3.6 the present one, from then on that of their arrival (switch
 * `metadataHighWatermark`), which since KIP-1166 is the one that they know.
 */
export function expireParked(raft: RaftState, nowUs: number, context: HostContext): void {
  const { parked } = raft;
  let index = 0;
  while (index < parked.deadlinesUs.length) {
    if (parked.deadlinesUs[index]! > nowUs) {
      index++;
      continue;
    }
    const request = parked.requests[index]!;
    const { correlationId, epoch } = request;
    const isTold = raft.highWatermarkNews === 'atTimeout' && raft.leader !== null;
    const highWatermark = isTold ? raft.leader!.highWatermark : parked.highWatermarks[index]!;
    const response = new QuorumFetchResponse(
      correlationId,
      ErrorCode.NONE,
      raft.nodeId,
      epoch,
      highWatermark,
      -1,
      -1,
      [],
    );
    sendResponse(raft, parked.connections[index]!, response, context);
    unpark(parked, index);
  }
}

/** Answers all with NOT_LEADER_OR_FOLLOWER, so that they look for the leader at once. */
export function failParked(raft: RaftState, context: HostContext): void {
  const { parked } = raft;
  for (let index = 0; index < parked.requests.length; index++) {
    const response = new QuorumFetchResponse(
      parked.requests[index]!.correlationId,
      ErrorCode.NOT_LEADER_OR_FOLLOWER,
      raft.leaderId,
      raft.epoch,
      -1,
      -1,
      -1,
      [],
    );
    sendResponse(raft, parked.connections[index]!, response, context);
  }
  parked.connections.length = 0;
  parked.requests.length = 0;
  parked.deadlinesUs.length = 0;
  parked.highWatermarks.length = 0;
}
