/**
 * Questions about offsets: ListOffsets and OffsetForLeaderEpoch, as consumers ask them.
 */
import type { ClusterDefinition } from '../definition.js';
import type { HostContext } from '../../sim/index.js';
import { ErrorCode } from '../errors.js';
import { endOffsetForEpoch, UNDEFINED_EPOCH_END } from '../log/index.js';
import {
  EARLIEST_TIMESTAMP,
  ListOffsetsResponse,
  OffsetForLeaderEpochResponse,
  type ListOffsetsRequest,
  type OffsetForLeaderEpochRequest,
} from '../rpc/index.js';
import { leaderAccessError } from './access.js';
import type { ReplicaManagerState } from './state.js';

/**
 * Answers with the log start offset or the high watermark.
 *
 * A new leader whose high watermark has not reached the start of its epoch does not know the latest offset yet
 * (OFFSET_NOT_AVAILABLE): it may be behind what an earlier leader said. Source: Partition.fetchOffsetForTimestamp.
 *
 * Left out: lookups by timestamp, which are answered as "latest".
 */
export function handleListOffsets(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  connection: number,
  request: ListOffsetsRequest,
  _context: HostContext,
): void {
  if (replicas.isStopping) return;
  const { correlationId, partition: index, currentLeaderEpoch, timestamp } = request;
  const partition = replicas.partitions[index] ?? null;
  let error = leaderAccessError(definition, replicas, index, currentLeaderEpoch);
  let offset = -1;
  let leaderEpoch = -1;
  if (error === ErrorCode.NONE && partition?.role.kind === 'leader') {
    const { highWatermark, logStartOffset } = partition.log!;
    if (timestamp === EARLIEST_TIMESTAMP) offset = logStartOffset;
    else if (partition.role.epochStartOffset <= highWatermark) offset = highWatermark;
    else error = ErrorCode.OFFSET_NOT_AVAILABLE;
    if (error === ErrorCode.NONE) leaderEpoch = partition.leaderEpoch;
  }
  const response = new ListOffsetsResponse(correlationId, index, error, offset, leaderEpoch);
  replicas.outbox.push({ connection, response, bytes: 0 });
}

/**
 * Answers with the largest epoch not above the one asked for, and where it ends (KIP-320). Until 2.0.0 an epoch below all
 * that the leader knows was undefined (LeaderEpochFileCache.endOffsetFor at 1.1.0 and 2.0.0; switch `leaderEpochStart`).
 */
export function handleOffsetForLeaderEpoch(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  connection: number,
  request: OffsetForLeaderEpochRequest,
  _context: HostContext,
): void {
  if (replicas.isStopping) return;
  const { correlationId, partition: index, currentLeaderEpoch, leaderEpoch } = request;
  const partition = replicas.partitions[index] ?? null;
  const error = leaderAccessError(definition, replicas, index, currentLeaderEpoch);
  let end = UNDEFINED_EPOCH_END;
  if (error === ErrorCode.NONE) {
    const { epochs, logEndOffset } = partition!.log!;
    end = endOffsetForEpoch(epochs, leaderEpoch, logEndOffset);
    if (
      definition.switches.leaderEpochStart === 'firstAppend' &&
      leaderEpoch < (epochs.epochs[0] ?? 0)
    )
      end = UNDEFINED_EPOCH_END;
  }
  const { epoch, endOffset } = end;
  const response = new OffsetForLeaderEpochResponse(correlationId, index, error, epoch, endOffset);
  replicas.outbox.push({ connection, response, bytes: 0 });
}
