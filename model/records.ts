import { Immutable } from '../sim/index.js';

/** Bytes of a batch's header on disk and on the wire (DefaultRecordBatch.RECORD_BATCH_OVERHEAD). */
export const BATCH_OVERHEAD_BYTES = 61;

/** No producer id: the batch of a producer without idempotence. */
export const NO_PRODUCER_ID = -1;

/**
 * A batch of records: what a producer sends, a leader stamps and appends, and a follower copies.
 *
 * Immutable and shared: a follower's log holds the very object that the leader's log holds, so that "the same record"
 * can be told by identity. Before the leader has stamped it, `baseOffset` and `leaderEpoch` are -1.
 */
export class RecordBatch extends Immutable {
  constructor(
    readonly baseOffset: number,
    readonly leaderEpoch: number,
    readonly producerId: number,
    readonly producerEpoch: number,
    /** Sequence number of the first record, or -1 without idempotence. */
    readonly baseSequence: number,
    /** The records, each an integer that is unique in the run. */
    readonly values: readonly number[],
    /** Keys, by the same index; -1 for a null key. */
    readonly keys: readonly number[],
    readonly sizeBytes: number,
    /** Largest timestamp, in milliseconds of the producer's wall clock. */
    readonly maxTimestampMs: number,
  ) {
    super();
  }

  get recordCount(): number {
    return this.values.length;
  }

  /** One past the last offset: the log end offset once the batch is appended. */
  get nextOffset(): number {
    return this.baseOffset + this.values.length;
  }

  get lastSequence(): number {
    return this.baseSequence + this.values.length - 1;
  }

  /** The batch as a leader appends it. */
  stamped(baseOffset: number, leaderEpoch: number): RecordBatch {
    const { producerId, producerEpoch, baseSequence, values, keys, sizeBytes, maxTimestampMs } =
      this;
    return new RecordBatch(
      baseOffset,
      leaderEpoch,
      producerId,
      producerEpoch,
      baseSequence,
      values,
      keys,
      sizeBytes,
      maxTimestampMs,
    );
  }

  /** A 32-bit digest of offset, leader epoch and first value, for the hash of the run. */
  digest(): number {
    return (
      Math.imul(this.baseOffset + 1, 0x9e3779b1) ^
      Math.imul(this.leaderEpoch, 31) ^
      (this.values[0] ?? -1)
    );
  }
}
