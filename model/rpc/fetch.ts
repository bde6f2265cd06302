import { errorName } from '../errors.js';
import type { RecordBatch } from '../records.js';
import { digestOf, Kind, RpcMessage } from './kinds.js';

/** What is asked of one partition (FetchRequest.PartitionData). */
export interface FetchEntry {
  readonly partition: number;
  readonly fetchOffset: number;
  /** Epoch of the follower's last batch (epoch cache), or -1: consumers, and an empty cache. */
  readonly lastFetchedEpoch: number;
  /** -1: do not check. */
  readonly currentLeaderEpoch: number;
  /** The follower's log start offset; -1 for consumers. */
  readonly logStartOffset: number;
  readonly maxBytes: number;
}

/**
 * Fetch by a follower (replicaId >= 0) or a consumer (-1), with an incremental fetch session (KIP-227): `entries`
 * holds only the partitions that are new or whose position changed, `forgotten` those to drop.
 */
export class FetchRequest extends RpcMessage {
  readonly kind = Kind.FetchRequest;
  readonly sizeBytes: number;

  constructor(
    readonly correlationId: number,
    readonly replicaId: number,
    /** Broker epoch of the follower (KIP-903); -1 for consumers. */
    readonly replicaEpoch: number,
    readonly maxWaitMs: number,
    readonly minBytes: number,
    readonly maxBytes: number,
    /** 0 with epoch 0 opens a session; 0 with epoch -1 asks for none. */
    readonly sessionId: number,
    readonly sessionEpoch: number,
    readonly entries: readonly FetchEntry[],
    readonly forgotten: readonly number[],
  ) {
    super();
    this.sizeBytes = 60 + 40 * entries.length + 4 * forgotten.length;
  }

  digest(): number {
    const first = this.entries[0];
    return digestOf(
      this.correlationId,
      this.replicaId,
      this.sessionEpoch,
      first === undefined ? 0 : Math.imul(first.partition + 1, 0x9e3779b1) ^ first.fetchOffset,
    );
  }

  describe(): string {
    const parts = this.entries.map((e) => `${e.partition}@${e.fetchOffset}/${e.lastFetchedEpoch}`);
    return `Fetch replica=${this.replicaId} [${parts.join(' ')}]`;
  }
}

export interface FetchResult {
  readonly partition: number;
  readonly error: number;
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly batches: readonly RecordBatch[];
  /** Where the leader's log parts from the follower's: the largest epoch not above the one asked, and its end; else -1. */
  readonly divergingEpoch: number;
  readonly divergingEndOffset: number;
  /** With an epoch or leadership error, the leader that the broker knows of; else -1. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

export class FetchResponse extends RpcMessage {
  readonly kind = Kind.FetchResponse;
  readonly sizeBytes: number;

  constructor(
    readonly correlationId: number,
    readonly error: number,
    readonly sessionId: number,
    /** In a session, only the partitions with news. */
    readonly results: readonly FetchResult[],
  ) {
    super();
    let sizeBytes = 40;
    for (const result of results) {
      sizeBytes += 40;
      for (const batch of result.batches) sizeBytes += batch.sizeBytes;
    }
    this.sizeBytes = sizeBytes;
  }

  digest(): number {
    const first = this.results[0];
    if (first === undefined) return digestOf(this.correlationId, this.error);
    return digestOf(
      this.correlationId,
      Math.imul(first.partition + 1, 31) ^ first.error,
      first.highWatermark,
      first.batches[0]?.digest() ?? first.divergingEndOffset,
    );
  }

  describe(): string {
    const parts = this.results.map((r) => {
      if (r.error !== 0) return `${r.partition}:${errorName(r.error)}`;
      if (r.divergingEpoch >= 0)
        return `${r.partition}:diverging ${r.divergingEpoch}/${r.divergingEndOffset}`;
      const records = r.batches.reduce((sum, batch) => sum + batch.recordCount, 0);
      return `${r.partition}:${records} hw=${r.highWatermark}`;
    });
    return `FetchResponse [${parts.join(' ')}]`;
  }
}
