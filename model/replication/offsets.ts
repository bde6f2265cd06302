/**
 * Questions about offsets: ListOffsets and OffsetForLeaderEpoch, as consumers ask them.
 */
import type { ClusterDefinition } from '../definition.js';
import type { HostContext } from '../../sim/index.js';
import { ErrorCode } from '../errors.js';
import { endOffsetForEpoch, UNDEFINED_EPOCH, UNDEFINED_EPOCH_END } from '../log/index.js';
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
 * (OFFSET_NOT_AVAILABLE): it may be behind what an earlier leader said (KIP-207, 2.2; switch `latestOffset`).
 * Source: Partition.fetchOffsetForTimestamp.
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
    else if (definition.switches.latestOffset === 'highWatermark') offset = highWatermark;
    else if (partition.role.epochStartOffset <= highWatermark) offset = highWatermark;
    else error = ErrorCode.OFFSET_NOT_AVAILABLE;
    if (error === ErrorCode.NONE) leaderEpoch = partition.leaderEpoch;
  }
  const response = new ListOffsetsResponse(correlationId, index, error, offset, leaderEpoch);
  replicas.outbox.push({ connection, response, bytes: 0 });
}

/**
 * Answers with the largest epoch not above the one asked for, and where it ends (KIP-320; switch `epochLookup`). Before
 * KIP-279 the answer did not say which epoch that is (switch `epochReply`).
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
    const definesOlder = definition.switches.epochLookup === 'startOfFirst';
    end = endOffsetForEpoch(epochs, leaderEpoch, logEndOffset, definesOlder);
  }
  const { endOffset } = end;
  const epoch = definition.switches.epochReply === 'offsetOnly' ? UNDEFINED_EPOCH : end.epoch;
  const response = new OffsetForLeaderEpochResponse(correlationId, index, error, epoch, endOffset);
  replicas.outbox.push({ connection, response, bytes: 0 });
}
