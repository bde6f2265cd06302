/** Raft among the controllers, and the fetching of the metadata log (KIP-595, KIP-996, KIP-1166). */
import { ErrorCode } from '../errors.js';
import type { MetadataBatch } from '../metadata/records.js';
import { digestOf, Kind, RpcMessage } from './kinds.js';

export class VoteRequest extends RpcMessage {
  readonly kind = Kind.VoteRequest;
  readonly sizeBytes = 80;
  constructor(
    readonly correlationId: number,
    readonly epoch: number,
    readonly candidateId: number,
    readonly lastEpoch: number,
    readonly lastEpochEndOffset: number,
    readonly preVote: boolean,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.epoch, this.candidateId, this.lastEpochEndOffset, this.preVote ? 1 : 0);
  }
  describe(): string {
    return `${this.preVote ? 'PreVote' : 'Vote'} epoch=${this.epoch} candidate=${this.candidateId} log=${this.lastEpoch}/${this.lastEpochEndOffset}`;
  }
}

export class VoteResponse extends RpcMessage {
  readonly kind = Kind.VoteResponse;
  readonly sizeBytes = 70;
  constructor(
    readonly correlationId: number,
    readonly voterId: number,
    readonly epoch: number,
    readonly leaderId: number,
    readonly granted: boolean,
    readonly preVote: boolean,
    /** NONE, or UNSUPPORTED_VERSION of a voter that knows no pre-vote. */
    readonly error: number = ErrorCode.NONE,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.epoch, this.voterId, this.leaderId, this.granted ? 1 : 0);
  }
  describe(): string {
    return `VoteResponse voter=${this.voterId} epoch=${this.epoch} granted=${this.granted}`;
  }
}

/** A new leader makes itself known to the voters. */
export class BeginQuorumEpochRequest extends RpcMessage {
  readonly kind = Kind.BeginQuorumEpochRequest;
  readonly sizeBytes = 70;
  constructor(
    readonly correlationId: number,
    readonly leaderId: number,
    readonly epoch: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.leaderId, this.epoch);
  }
  describe(): string {
    return `BeginQuorumEpoch leader=${this.leaderId} epoch=${this.epoch}`;
  }
}

export class BeginQuorumEpochResponse extends RpcMessage {
  readonly kind = Kind.BeginQuorumEpochResponse;
  readonly sizeBytes = 60;
  constructor(
    readonly correlationId: number,
    readonly voterId: number,
    readonly leaderId: number,
    readonly epoch: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.leaderId, this.epoch, this.voterId);
  }
  describe(): string {
    return `BeginQuorumEpochResponse epoch=${this.epoch}`;
  }
}

/** A leader resigns; `preferredCandidates` are in order of how much of the log they have. */
export class EndQuorumEpochRequest extends RpcMessage {
  readonly kind = Kind.EndQuorumEpochRequest;
  readonly sizeBytes = 80;
  constructor(
    readonly correlationId: number,
    readonly leaderId: number,
    readonly epoch: number,
    readonly preferredCandidates: readonly number[],
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.leaderId, this.epoch, this.preferredCandidates[0] ?? -1);
  }
  describe(): string {
    return `EndQuorumEpoch leader=${this.leaderId} epoch=${this.epoch}`;
  }
}

export class EndQuorumEpochResponse extends RpcMessage {
  readonly kind = Kind.EndQuorumEpochResponse;
  readonly sizeBytes = 60;
  constructor(
    readonly correlationId: number,
    readonly voterId: number,
    readonly leaderId: number,
    readonly epoch: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.leaderId, this.epoch, this.voterId);
  }
  describe(): string {
    return `EndQuorumEpochResponse epoch=${this.epoch}`;
  }
}

/** The high watermark in fetches of those who cannot be told of a higher one: Kafka's default of the field (KIP-1166). */
export const NO_HIGH_WATERMARK_NEWS = Number.MAX_SAFE_INTEGER;

/** Fetch of the metadata log, by a voter or an observer. */
export class QuorumFetchRequest extends RpcMessage {
  readonly kind = Kind.QuorumFetchRequest;
  readonly sizeBytes = 100;
  constructor(
    readonly correlationId: number,
    readonly replicaId: number,
    readonly epoch: number,
    readonly fetchOffset: number,
    readonly lastFetchedEpoch: number,
    /**
     * The fetcher's high watermark: the leader answers at once when its own is higher (KIP-1166). Those before 4.1 give
     * `NO_HIGH_WATERMARK_NEWS`.
     */
    readonly highWatermark: number,
    readonly maxWaitMs: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, this.replicaId, this.epoch, this.fetchOffset);
  }
  describe(): string {
    return `QuorumFetch replica=${this.replicaId} epoch=${this.epoch} offset=${this.fetchOffset}/${this.lastFetchedEpoch} hw=${this.highWatermark}`;
  }
}

export class QuorumFetchResponse extends RpcMessage {
  readonly kind = Kind.QuorumFetchResponse;
  readonly sizeBytes: number;
  constructor(
    readonly correlationId: number,
    readonly error: number,
    readonly leaderId: number,
    readonly epoch: number,
    readonly highWatermark: number,
    /** Where the logs part, or -1 and -1. */
    readonly divergingEpoch: number,
    readonly divergingEndOffset: number,
    readonly batches: readonly MetadataBatch[],
  ) {
    super();
    let sizeBytes = 90;
    for (const batch of batches) sizeBytes += batch.sizeBytes;
    this.sizeBytes = sizeBytes;
  }
  digest(): number {
    return digestOf(
      this.correlationId,
      this.epoch ^ (this.error << 16),
      this.highWatermark,
      this.batches.length,
    );
  }
  describe(): string {
    return `QuorumFetchResponse error=${this.error} leader=${this.leaderId} epoch=${this.epoch} hw=${this.highWatermark} batches=${this.batches.length}`;
  }
}
