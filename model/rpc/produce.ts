import { errorName } from '../errors.js';
import { BATCH_OVERHEAD_BYTES, type RecordBatch } from '../records.js';
import { digestOf, Kind, RpcMessage } from './kinds.js';

/** A batch for one partition; `partition` is the partition's index in the cluster definition. */
export interface ProduceEntry {
  readonly partition: number;
  readonly batch: RecordBatch;
}

export class ProduceRequest extends RpcMessage {
  readonly kind = Kind.ProduceRequest;
  readonly sizeBytes: number;

  constructor(
    readonly correlationId: number,
    /** -1 (all), 0 or 1. */
    readonly acks: number,
    readonly timeoutMs: number,
    readonly entries: readonly ProduceEntry[],
  ) {
    super();
    let sizeBytes = BATCH_OVERHEAD_BYTES;
    for (const entry of entries) sizeBytes += entry.batch.sizeBytes;
    this.sizeBytes = sizeBytes;
  }

  digest(): number {
    const first = this.entries[0];
    return digestOf(
      this.correlationId,
      this.acks,
      this.entries.length,
      first === undefined ? 0 : first.batch.digest(),
    );
  }

  describe(): string {
    const parts = this.entries.map((e) => `${e.partition}:${e.batch.recordCount}`);
    return `Produce acks=${this.acks} [${parts.join(' ')}]`;
  }
}

export interface ProduceResult {
  readonly partition: number;
  readonly error: number;
  /** Offset of the first record of the batch, or -1. */
  readonly baseOffset: number;
  /** With NOT_LEADER_OR_FOLLOWER, the leader that the broker knows of, or -1 (KIP-951, 3.7+). */
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

export class ProduceResponse extends RpcMessage {
  readonly kind = Kind.ProduceResponse;
  readonly sizeBytes: number;

  constructor(
    readonly correlationId: number,
    readonly results: readonly ProduceResult[],
  ) {
    super();
    this.sizeBytes = 40 + 30 * results.length;
  }

  digest(): number {
    const first = this.results[0];
    return first === undefined
      ? this.correlationId
      : digestOf(this.correlationId, first.partition, first.error, first.baseOffset);
  }

  describe(): string {
    const parts = this.results.map((r) =>
      r.error === 0 ? `${r.partition}@${r.baseOffset}` : `${r.partition}:${errorName(r.error)}`,
    );
    return `ProduceResponse [${parts.join(' ')}]`;
  }
}
