/** What brokers and operators ask of the active controller. */
import { errorName } from '../errors.js';
import type { LeaderRecoveryState } from '../metadata/records.js';
import { digestOf, Kind, RpcMessage } from './kinds.js';

export class BrokerRegistrationRequest extends RpcMessage {
  readonly kind = Kind.BrokerRegistrationRequest;
  readonly sizeBytes = 200;
  constructor(
    readonly correlationId: number,
    readonly brokerId: number,
    /** Unique for each start of a broker process. */
    readonly incarnationId: number,
    readonly rack: string | null,
    /** Broker epoch found in the clean-shutdown marker, or -1 (KIP-966). */
    readonly previousBrokerEpoch: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.brokerId, this.incarnationId, this.previousBrokerEpoch);
  }
  describe(): string {
    return `BrokerRegistration broker=${this.brokerId} incarnation=${this.incarnationId} previousEpoch=${this.previousBrokerEpoch}`;
  }
}

export class BrokerRegistrationResponse extends RpcMessage {
  readonly kind = Kind.BrokerRegistrationResponse;
  readonly sizeBytes = 60;
  constructor(
    readonly correlationId: number,
    readonly error: number,
    readonly brokerEpoch: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, this.error, this.brokerEpoch);
  }
  describe(): string {
    return `BrokerRegistrationResponse ${errorName(this.error)} epoch=${this.brokerEpoch}`;
  }
}

export class BrokerHeartbeatRequest extends RpcMessage {
  readonly kind = Kind.BrokerHeartbeatRequest;
  readonly sizeBytes = 80;
  constructor(
    readonly correlationId: number,
    readonly brokerId: number,
    readonly brokerEpoch: number,
    readonly currentMetadataOffset: number,
    readonly wantFence: boolean,
    readonly wantShutDown: boolean,
  ) {
    super();
  }
  digest(): number {
    return digestOf(
      this.brokerId,
      this.brokerEpoch,
      this.currentMetadataOffset,
      (this.wantFence ? 1 : 0) + (this.wantShutDown ? 2 : 0),
    );
  }
  describe(): string {
    return `BrokerHeartbeat broker=${this.brokerId} epoch=${this.brokerEpoch} metadata=${this.currentMetadataOffset} wantFence=${this.wantFence} wantShutDown=${this.wantShutDown}`;
  }
}

export class BrokerHeartbeatResponse extends RpcMessage {
  readonly kind = Kind.BrokerHeartbeatResponse;
  readonly sizeBytes = 60;
  constructor(
    readonly correlationId: number,
    readonly error: number,
    readonly isCaughtUp: boolean,
    readonly isFenced: boolean,
    readonly shouldShutDown: boolean,
  ) {
    super();
  }
  digest(): number {
    return digestOf(
      this.correlationId,
      this.error,
      (this.isCaughtUp ? 1 : 0) + (this.isFenced ? 2 : 0) + (this.shouldShutDown ? 4 : 0),
    );
  }
  describe(): string {
    return `BrokerHeartbeatResponse ${errorName(this.error)} caughtUp=${this.isCaughtUp} fenced=${this.isFenced} shutDown=${this.shouldShutDown}`;
  }
}

export interface IsrMember {
  readonly brokerId: number;
  /** As the leader last heard it in a Fetch, or -1 (KIP-903). */
  readonly brokerEpoch: number;
}

/** One partition's change; Kafka batches several into one request, the lab sends them in `entries`. */
export interface AlterPartitionEntry {
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly newIsr: readonly IsrMember[];
  readonly leaderRecoveryState: LeaderRecoveryState;
}

export class AlterPartitionRequest extends RpcMessage {
  readonly kind = Kind.AlterPartitionRequest;
  readonly sizeBytes: number;
  constructor(
    readonly correlationId: number,
    readonly brokerId: number,
    readonly brokerEpoch: number,
    readonly entries: readonly AlterPartitionEntry[],
  ) {
    super();
    this.sizeBytes = 60 + 60 * entries.length;
  }
  digest(): number {
    const first = this.entries[0];
    return digestOf(
      this.brokerId,
      this.entries.length,
      first?.partition ?? -1,
      first?.partitionEpoch ?? -1,
    );
  }
  describe(): string {
    const parts = this.entries.map(
      (e) =>
        `${e.partition} isr=[${e.newIsr.map((m) => m.brokerId).join(' ')}] epoch=${e.leaderEpoch}/${e.partitionEpoch}`,
    );
    return `AlterPartition broker=${this.brokerId} ${parts.join(', ')}`;
  }
}

export interface AlterPartitionResult {
  readonly partition: number;
  readonly error: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly partitionEpoch: number;
  readonly leaderRecoveryState: LeaderRecoveryState;
}

export class AlterPartitionResponse extends RpcMessage {
  readonly kind = Kind.AlterPartitionResponse;
  readonly sizeBytes: number;
  constructor(
    readonly correlationId: number,
    /** NOT_CONTROLLER, STALE_BROKER_EPOCH, ...: for the whole request. */
    readonly error: number,
    readonly results: readonly AlterPartitionResult[],
  ) {
    super();
    this.sizeBytes = 60 + 60 * results.length;
  }
  digest(): number {
    const first = this.results[0];
    return digestOf(
      this.correlationId,
      this.error,
      first?.error ?? -1,
      first?.partitionEpoch ?? -1,
    );
  }
  describe(): string {
    const parts = this.results.map(
      (r) =>
        `${r.partition} ${errorName(r.error)} isr=[${r.isr.join(' ')}] epoch=${r.leaderEpoch}/${r.partitionEpoch}`,
    );
    return `AlterPartitionResponse ${errorName(this.error)} ${parts.join(', ')}`;
  }
}

export class AllocateProducerIdsRequest extends RpcMessage {
  readonly kind = Kind.AllocateProducerIdsRequest;
  readonly sizeBytes = 60;
  constructor(
    readonly correlationId: number,
    readonly brokerId: number,
    readonly brokerEpoch: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.brokerId, this.brokerEpoch);
  }
  describe(): string {
    return `AllocateProducerIds broker=${this.brokerId}`;
  }
}

export class AllocateProducerIdsResponse extends RpcMessage {
  readonly kind = Kind.AllocateProducerIdsResponse;
  readonly sizeBytes = 60;
  constructor(
    readonly correlationId: number,
    readonly error: number,
    readonly firstProducerId: number,
    readonly count: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, this.error, this.firstProducerId);
  }
  describe(): string {
    return `AllocateProducerIdsResponse ${this.firstProducerId}+${this.count}`;
  }
}

/** Creates topics of the cluster definition, by index. */
export class CreateTopicsRequest extends RpcMessage {
  readonly kind = Kind.CreateTopicsRequest;
  readonly sizeBytes = 200;
  constructor(
    readonly correlationId: number,
    readonly topics: readonly number[],
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.topics.length, this.topics[0] ?? -1);
  }
  describe(): string {
    return `CreateTopics [${this.topics.join(' ')}]`;
  }
}

export class CreateTopicsResponse extends RpcMessage {
  readonly kind = Kind.CreateTopicsResponse;
  readonly sizeBytes = 100;
  constructor(
    readonly correlationId: number,
    /** NOT_CONTROLLER for the whole request, or NONE. */
    readonly error: number,
    /** One for each topic asked for, in order. */
    readonly topicErrors: readonly number[],
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, this.error, this.topicErrors[0] ?? -1);
  }
  describe(): string {
    return `CreateTopicsResponse ${errorName(this.error)} [${this.topicErrors.map(errorName).join(' ')}]`;
  }
}

/** Elections by hand (KIP-460): the preferred replica, or for what has no leader any live one. */
export type ManualElection = 'preferred' | 'unclean';

/** An election for the given partitions, or all (null). */
export class ElectLeadersRequest extends RpcMessage {
  readonly kind = Kind.ElectLeadersRequest;
  readonly sizeBytes = 100;
  constructor(
    readonly correlationId: number,
    readonly partitions: readonly number[] | null,
    readonly electionType: ManualElection = 'preferred',
  ) {
    super();
  }
  digest(): number {
    const isUnclean = this.electionType === 'unclean' ? 1 : 0;
    return digestOf(this.partitions?.length ?? -1, this.partitions?.[0] ?? -1, isUnclean);
  }
  describe(): string {
    return `ElectLeaders ${this.electionType}`;
  }
}

export class ElectLeadersResponse extends RpcMessage {
  readonly kind = Kind.ElectLeadersResponse;
  readonly sizeBytes = 100;
  constructor(
    readonly correlationId: number,
    readonly error: number,
    readonly results: readonly { readonly partition: number; readonly error: number }[],
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, this.error, this.results.length);
  }
  describe(): string {
    return `ElectLeadersResponse ${errorName(this.error)}`;
  }
}
