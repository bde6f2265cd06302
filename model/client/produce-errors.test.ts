import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../errors.js';
import { isBeforeAppend, isMetadataError, isRetriable } from './produce-errors.js';

/** Error; before append with acks=all; with acks=1; retried; refreshes metadata. */
const TABLE: readonly (readonly [keyof typeof ErrorCode, boolean, boolean, boolean, boolean])[] = [
  ['NOT_ENOUGH_REPLICAS', true, true, true, false],
  ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', false, false, true, false],
  ['NOT_LEADER_OR_FOLLOWER', false, true, true, true],
  ['UNKNOWN_TOPIC_OR_PARTITION', false, true, true, true],
  ['REQUEST_TIMED_OUT', false, false, true, false],
  ['KAFKA_STORAGE_ERROR', false, false, true, true],
  ['NETWORK_EXCEPTION', false, false, true, true],
  ['MESSAGE_TOO_LARGE', true, true, false, false],
  ['INVALID_REQUEST', true, true, false, false],
  ['OUT_OF_ORDER_SEQUENCE_NUMBER', true, true, false, false],
  ['INVALID_PRODUCER_EPOCH', true, true, false, false],
];

describe('errors of a produce response', () => {
  it.each(TABLE)('%s', (name, beforeWithAll, beforeWithOne, retried, refreshes) => {
    const error = ErrorCode[name];

    expect(isBeforeAppend(error, -1)).toBe(beforeWithAll);
    expect(isBeforeAppend(error, 1)).toBe(beforeWithOne);
    expect(isRetriable(error)).toBe(retried);
    expect(isMetadataError(error)).toBe(refreshes);
  });
});
