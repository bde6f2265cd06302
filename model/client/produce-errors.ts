/**
 * What the errors of a produce response mean to a producer: send again, refresh the metadata, and whether the records
 * may nevertheless be in the log.
 *
 * Source: Errors and its exceptions (RetriableException, InvalidMetadataException); Partition.appendRecordsToLeader,
 * DelayedProduce.
 */
import { ErrorCode } from '../errors.js';

/** Errors of which Kafka says that the client's metadata is stale (InvalidMetadataException). */
const METADATA_ERRORS: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.REPLICA_NOT_AVAILABLE,
  ErrorCode.NETWORK_EXCEPTION,
  ErrorCode.KAFKA_STORAGE_ERROR,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.UNKNOWN_LEADER_EPOCH,
]);

const OTHER_RETRIABLE_ERRORS: ReadonlySet<number> = new Set([
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  ErrorCode.OFFSET_NOT_AVAILABLE,
]);

/** Errors that a leader raises before it writes anything, whatever the acks. */
const ERRORS_BEFORE_APPEND: ReadonlySet<number> = new Set([
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.MESSAGE_TOO_LARGE,
  ErrorCode.INVALID_REQUEST,
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.INVALID_PRODUCER_EPOCH,
  ErrorCode.UNKNOWN_PRODUCER_ID,
]);

/**
 * Errors that say on arrival that nothing was written, but with acks=all also end the wait of what *was* written
 * (the leader lost its leadership, or the partition, while the request was parked).
 */
const ERRORS_ON_ARRIVAL_OR_WHILE_PARKED: ReadonlySet<number> = new Set([
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
]);

/** Whether the error makes the client refresh its metadata. */
export function isMetadataError(error: number): boolean {
  return METADATA_ERRORS.has(error);
}

/** Whether the request may be sent again. */
export function isRetriable(error: number): boolean {
  return METADATA_ERRORS.has(error) || OTHER_RETRIABLE_ERRORS.has(error);
}

/**
 * Whether an attempt that ended with this error certainly left nothing in the log.
 *
 * @param acks -1, 0 or 1. With acks=all a parked request can end with NOT_LEADER_OR_FOLLOWER after its records were
 *   appended, and the response does not tell; with acks=1 the answer is given at the append or before it.
 */
export function isBeforeAppend(error: number, acks: number): boolean {
  if (ERRORS_BEFORE_APPEND.has(error)) return true;
  return acks !== -1 && ERRORS_ON_ARRIVAL_OR_WHILE_PARKED.has(error);
}
