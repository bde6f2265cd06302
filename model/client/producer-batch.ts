/**
 * A batch of a producer, from its first record to its outcome.
 *
 * Source: ProducerBatch, MemoryRecordsBuilder.
 */
import { BATCH_OVERHEAD_BYTES, NO_PRODUCER_ID, RecordBatch } from '../records.js';

/** No sequence number yet. */
const NO_SEQUENCE = -1;

export interface ProducerBatch {
  /** Number of the partition within the topic. */
  readonly slot: number;
  readonly values: number[];
  readonly keys: number[];
  sizeBytes: number;
  /** What it takes of `buffer.memory`. */
  readonly memoryBytes: number;
  readonly createdUs: number;
  /** When its last record was added. */
  lastAppendUs: number;
  /** Takes no more records. */
  isClosed: boolean;
  /** How often it was put back to be sent again. */
  attempts: number;
  /** Lingering counts from here: its making, or when it was put back. */
  lastAttemptUs: number;
  /** A batch put back is not sent again before then, unless the leader changed. */
  retryAtUs: number;
  /** Largest leader epoch seen while it waited, and `attempts` then (KAFKA-15415). */
  leaderEpoch: number;
  attemptsAtLeaderEpoch: number;
  /** Largest timestamp, in milliseconds of the host's wall clock. */
  maxTimestampMs: number;
  producerId: number;
  producerEpoch: number;
  baseSequence: number;
  /** It got another sequence after it had been sent, and was not sent since. */
  isRenumbered: boolean;
  /** What was sent; null where that would no longer be right. */
  records: RecordBatch | null;
  /** A broker may have appended it: some attempt ended in a way that does not rule that out. */
  maybeAppended: boolean;
  /** The last error that a broker answered, or 0. */
  lastError: number;
  /** Its outcome is known to the application. */
  isDone: boolean;
}

/** A batch with its first record, which may be larger than a batch should be. */
export function createBatch(
  slot: number,
  memoryBytes: number,
  nowUs: number,
  value: number,
  key: number,
  recordBytes: number,
  timestampMs: number,
): ProducerBatch {
  return {
    slot,
    values: [value],
    keys: [key],
    sizeBytes: BATCH_OVERHEAD_BYTES + recordBytes,
    memoryBytes,
    createdUs: nowUs,
    lastAppendUs: nowUs,
    isClosed: false,
    attempts: 0,
    lastAttemptUs: nowUs,
    retryAtUs: 0,
    leaderEpoch: -1,
    attemptsAtLeaderEpoch: 0,
    maxTimestampMs: timestampMs,
    producerId: NO_PRODUCER_ID,
    producerEpoch: -1,
    baseSequence: NO_SEQUENCE,
    isRenumbered: false,
    records: null,
    maybeAppended: false,
    lastError: 0,
    isDone: false,
  };
}

/** Adds a record, or closes the batch and returns false where there is no room for it. */
export function tryAppendRecord(
  batch: ProducerBatch,
  nowUs: number,
  value: number,
  key: number,
  recordBytes: number,
  timestampMs: number,
  batchSize: number,
): boolean {
  if (!hasRoom(batch, recordBytes, batchSize)) {
    batch.isClosed = true;
    return false;
  }
  batch.values.push(value);
  batch.keys.push(key);
  batch.sizeBytes += recordBytes;
  batch.lastAppendUs = nowUs;
  if (timestampMs > batch.maxTimestampMs) batch.maxTimestampMs = timestampMs;
  return true;
}

/** Whether a record fits. */
export function hasRoom(batch: ProducerBatch, recordBytes: number, batchSize: number): boolean {
  return !batch.isClosed && batch.sizeBytes + recordBytes <= batchSize;
}

/** Whether it is known that no further record fits. */
export function isFull(batch: ProducerBatch, batchSize: number): boolean {
  return batch.isClosed || batch.sizeBytes >= batchSize;
}

export function hasSequence(batch: ProducerBatch): boolean {
  return batch.baseSequence !== NO_SEQUENCE;
}

export function lastSequence(batch: ProducerBatch): number {
  return batch.baseSequence + batch.values.length - 1;
}

/** Gives the batch another producer epoch and sequence than it was sent with (KIP-360). */
export function renumber(
  batch: ProducerBatch,
  producerId: number,
  producerEpoch: number,
  baseSequence: number,
): void {
  batch.producerId = producerId;
  batch.producerEpoch = producerEpoch;
  batch.baseSequence = baseSequence;
  batch.isRenumbered = true;
  batch.records = null;
}

/** Makes the batch one that was never numbered. */
export function forgetSequence(batch: ProducerBatch): void {
  batch.baseSequence = NO_SEQUENCE;
  batch.records = null;
}

/** Notes the leader epoch that the metadata has while the batch waits. */
export function noteLeaderEpoch(batch: ProducerBatch, leaderEpoch: number): void {
  if (leaderEpoch <= batch.leaderEpoch) return;
  batch.attemptsAtLeaderEpoch = batch.attempts;
  batch.leaderEpoch = leaderEpoch;
}

/** Whether the batch must wait longer before it is tried again; a new leader is tried at once. */
export function isBackingOff(batch: ProducerBatch, nowUs: number): boolean {
  if (batch.attempts === 0 || nowUs >= batch.retryAtUs) return false;
  return batch.attempts !== batch.attemptsAtLeaderEpoch;
}

/** The batch as it goes over the wire; from here on it takes no more records. */
export function toRecords(batch: ProducerBatch): RecordBatch {
  batch.isClosed = true;
  batch.isRenumbered = false;
  batch.records ??= new RecordBatch(
    -1,
    -1,
    batch.producerId,
    batch.producerEpoch,
    batch.baseSequence,
    batch.values,
    batch.keys,
    batch.sizeBytes,
    batch.maxTimestampMs,
  );
  return batch.records;
}
