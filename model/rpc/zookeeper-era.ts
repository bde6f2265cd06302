/** What the controller of a cluster on ZooKeeper tells brokers, and what they ask of it besides AlterPartition. */
import { errorName } from '../errors.js';
import { digestOf, Kind, RpcMessage } from './kinds.js';

/** A partition's state as the controller tells it (LeaderAndIsrPartitionState, UpdateMetadataPartitionState). */
export interface PartitionStateEntry {
  readonly partition: number;
  readonly controllerEpoch: number;
  /** -1: none; -2: the topic is being deleted (LeaderAndIsr.LeaderDuringDelete). */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  /** Version of the znode of the partition's state (`partitionEpoch` from 2.7 on). */
  readonly zkVersion: number;
  readonly replicas: readonly number[];
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
  readonly isNew: boolean;
}

/** A broker that the controller takes for alive, with its epoch (-1 before KIP-380). */
export interface LiveBroker {
  readonly id: number;
  readonly epoch: number;
}

function digestOfStates(states: readonly PartitionStateEntry[]): number {
  let digest = states.length;
  for (const { partition, leader, leaderEpoch, zkVersion, isr } of states) {
    digest = digestOf(digest, partition, digestOf(leader, leaderEpoch, zkVersion), isr.length);
  }
  return digest;
}

function describeStates(states: readonly PartitionStateEntry[]): string {
  return states
    .slice(0, 4)
    .map(
      ({ partition, leader, leaderEpoch, isr, zkVersion }) =>
        `${partition}:leader=${leader},epoch=${leaderEpoch},isr=[${isr.join(',')}],version=${zkVersion}`,
    )
    .join(' ');
}

export class LeaderAndIsrRequest extends RpcMessage {
  readonly kind = Kind.LeaderAndIsrRequest;
  readonly sizeBytes: number;
  constructor(
    readonly correlationId: number,
    readonly controllerId: number,
    readonly controllerEpoch: number,
    /** Of the broker that it is for, as the controller knows it; -1 before KIP-380 (2.2). */
    readonly brokerEpoch: number,
    readonly states: readonly PartitionStateEntry[],
  ) {
    super();
    this.sizeBytes = 60 + 60 * states.length;
  }
  digest(): number {
    return digestOf(
      this.controllerId,
      this.controllerEpoch,
      this.brokerEpoch,
      digestOfStates(this.states),
    );
  }
  describe(): string {
    return `LeaderAndIsr controller=${this.controllerId} epoch=${this.controllerEpoch} ${describeStates(this.states)}`;
  }
}

/** One partition's outcome. */
export interface PartitionErrorEntry {
  readonly partition: number;
  readonly error: number;
}

export class LeaderAndIsrResponse extends RpcMessage {
  readonly kind = Kind.LeaderAndIsrResponse;
  readonly sizeBytes: number;
  constructor(
    readonly correlationId: number,
    readonly error: number,
    readonly results: readonly PartitionErrorEntry[],
  ) {
    super();
    this.sizeBytes = 30 + 10 * results.length;
  }
  digest(): number {
    return digestOf(this.correlationId, this.error, this.results.length);
  }
  describe(): string {
    return `LeaderAndIsrResponse ${errorName(this.error)}`;
  }
}

export class UpdateMetadataRequest extends RpcMessage {
  readonly kind = Kind.UpdateMetadataRequest;
  readonly sizeBytes: number;
  constructor(
    readonly correlationId: number,
    readonly controllerId: number,
    readonly controllerEpoch: number,
    readonly brokerEpoch: number,
    readonly states: readonly PartitionStateEntry[],
    readonly liveBrokers: readonly LiveBroker[],
  ) {
    super();
    this.sizeBytes = 60 + 60 * states.length + 40 * liveBrokers.length;
  }
  digest(): number {
    return digestOf(
      digestOf(this.controllerId, this.controllerEpoch, this.brokerEpoch),
      digestOfStates(this.states),
      this.liveBrokers.length,
    );
  }
  describe(): string {
    const brokers = this.liveBrokers.map(({ id }) => id).join(',');
    return `UpdateMetadata controller=${this.controllerId} epoch=${this.controllerEpoch} brokers=[${brokers}] ${describeStates(this.states)}`;
  }
}

export class UpdateMetadataResponse extends RpcMessage {
  readonly kind = Kind.UpdateMetadataResponse;
  readonly sizeBytes = 30;
  constructor(
    readonly correlationId: number,
    readonly error: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, this.error);
  }
  describe(): string {
    return `UpdateMetadataResponse ${errorName(this.error)}`;
  }
}

export class StopReplicaRequest extends RpcMessage {
  readonly kind = Kind.StopReplicaRequest;
  readonly sizeBytes: number;
  constructor(
    readonly correlationId: number,
    readonly controllerId: number,
    readonly controllerEpoch: number,
    readonly brokerEpoch: number,
    /** `leaderEpoch` -1 before KIP-570 (2.6): unchecked. */
    readonly partitions: readonly {
      readonly partition: number;
      readonly leaderEpoch: number;
      readonly deletePartition: boolean;
    }[],
  ) {
    super();
    this.sizeBytes = 60 + 20 * partitions.length;
  }
  digest(): number {
    return digestOf(
      this.controllerId,
      this.controllerEpoch,
      this.brokerEpoch,
      this.partitions.length,
    );
  }
  describe(): string {
    const list = this.partitions.map(({ partition }) => partition).join(',');
    return `StopReplica controller=${this.controllerId} epoch=${this.controllerEpoch} partitions=[${list}]`;
  }
}

export class StopReplicaResponse extends RpcMessage {
  readonly kind = Kind.StopReplicaResponse;
  readonly sizeBytes = 30;
  constructor(
    readonly correlationId: number,
    readonly error: number,
    readonly results: readonly PartitionErrorEntry[],
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.correlationId, this.error, this.results.length);
  }
  describe(): string {
    return `StopReplicaResponse ${errorName(this.error)}`;
  }
}

export class ControlledShutdownRequest extends RpcMessage {
  readonly kind = Kind.ControlledShutdownRequest;
  readonly sizeBytes = 50;
  constructor(
    readonly correlationId: number,
    readonly brokerId: number,
    /** -1 before KIP-380. */
    readonly brokerEpoch: number,
  ) {
    super();
  }
  digest(): number {
    return digestOf(this.brokerId, this.brokerEpoch);
  }
  describe(): string {
    return `ControlledShutdown broker=${this.brokerId} epoch=${this.brokerEpoch}`;
  }
}

export class ControlledShutdownResponse extends RpcMessage {
  readonly kind = Kind.ControlledShutdownResponse;
  readonly sizeBytes: number;
  constructor(
    readonly correlationId: number,
    readonly error: number,
    /** Partitions that the broker still leads. */
    readonly remaining: readonly number[],
  ) {
    super();
    this.sizeBytes = 30 + 10 * remaining.length;
  }
  digest(): number {
    return digestOf(this.correlationId, this.error, this.remaining.length);
  }
  describe(): string {
    return `ControlledShutdownResponse ${errorName(this.error)} remaining=${this.remaining.length}`;
  }
}
