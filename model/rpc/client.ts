import { digestOf, Kind, RpcMessage } from './kinds.js';

/** Asks for the leaders of partitions (by index), or of all that exist when `partitions` is null. */
export class MetadataRequest extends RpcMessage {
  readonly kind = Kind.MetadataRequest;
  readonly sizeBytes = 60;
  constructor(
    readonly correlationId: number,
    readonly partitions: readonly number[] | null,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, this.partitions?.length ?? -1);
  }
  describe(): string {
    return 'Metadata';
  }
}

export interface PartitionMetadata {
  readonly partition: number;
  readonly error: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

export class MetadataResponse extends RpcMessage {
  readonly kind = Kind.MetadataResponse;
  readonly sizeBytes: number;
  constructor(
    readonly correlationId: number,
    /** Ids of the unfenced brokers. */
    readonly brokers: readonly number[],
    readonly partitions: readonly PartitionMetadata[],
  ) {
    super();
    this.sizeBytes = 60 + 20 * brokers.length + 50 * partitions.length;
  }
  digest(): number {
    const first = this.partitions[0];
    return digestOf(
      this.correlationId,
      this.brokers.length,
      first?.leaderId ?? -2,
      first?.leaderEpoch ?? -2,
    );
  }
  describe(): string {
    const parts = this.partitions.map((p) => `${p.partition}->${p.leaderId}/${p.leaderEpoch}`);
    return `MetadataResponse brokers=[${this.brokers.join(' ')}] [${parts.join(' ')}]`;
  }
}

/** ListOffsets timestamps with a meaning of their own. */
export const LATEST_TIMESTAMP = -1;
export const EARLIEST_TIMESTAMP = -2;

export class ListOffsetsRequest extends RpcMessage {
  readonly kind = Kind.ListOffsetsRequest;
  readonly sizeBytes = 60;
  constructor(
    readonly correlationId: number,
    readonly partition: number,
    readonly currentLeaderEpoch: number,
    readonly timestamp: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, this.partition, this.timestamp);
  }
  describe(): string {
    return `ListOffsets ${this.partition} at ${this.timestamp}`;
  }
}

export class ListOffsetsResponse extends RpcMessage {
  readonly kind = Kind.ListOffsetsResponse;
  readonly sizeBytes = 60;
  constructor(
    readonly correlationId: number,
    readonly partition: number,
    readonly error: number,
    readonly offset: number,
    readonly leaderEpoch: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, this.partition, this.error, this.offset);
  }
  describe(): string {
    return `ListOffsetsResponse ${this.partition}@${this.offset}`;
  }
}

/** A consumer's validation of its position (KIP-320). */
export class OffsetForLeaderEpochRequest extends RpcMessage {
  readonly kind = Kind.OffsetForLeaderEpochRequest;
  readonly sizeBytes = 60;
  constructor(
    readonly correlationId: number,
    readonly partition: number,
    readonly currentLeaderEpoch: number,
    readonly leaderEpoch: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, this.partition, this.currentLeaderEpoch, this.leaderEpoch);
  }
  describe(): string {
    return `OffsetForLeaderEpoch ${this.partition} epoch=${this.leaderEpoch}`;
  }
}

export class OffsetForLeaderEpochResponse extends RpcMessage {
  readonly kind = Kind.OffsetForLeaderEpochResponse;
  readonly sizeBytes = 60;
  constructor(
    readonly correlationId: number,
    readonly partition: number,
    readonly error: number,
    /** The largest epoch not above the one asked, and its end offset; -1 and -1 where undefined. */
    readonly leaderEpoch: number,
    readonly endOffset: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, this.partition, this.leaderEpoch, this.endOffset);
  }
  describe(): string {
    return `OffsetForLeaderEpochResponse ${this.partition} ${this.leaderEpoch}/${this.endOffset}`;
  }
}

export class InitProducerIdRequest extends RpcMessage {
  readonly kind = Kind.InitProducerIdRequest;
  readonly sizeBytes = 50;
  constructor(readonly correlationId: number) {
    super();
  }
  digest(): number {
    return this.correlationId;
  }
  describe(): string {
    return 'InitProducerId';
  }
}

export class InitProducerIdResponse extends RpcMessage {
  readonly kind = Kind.InitProducerIdResponse;
  readonly sizeBytes = 50;
  constructor(
    readonly correlationId: number,
    readonly error: number,
    readonly producerId: number,
    readonly producerEpoch: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, this.error, this.producerId);
  }
  describe(): string {
    return `InitProducerIdResponse ${this.producerId}`;
  }
}
