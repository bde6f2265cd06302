/**
 * Records of the metadata log (`__cluster_metadata`), one fixed shape each (metadata/src/main/resources/common/metadata).
 *
 * They are plain immutable data: `replay` of the controller and of every broker is their only interpreter.
 */
import { Immutable } from '../../sim/index.js';
import type { KafkaVersion } from '../versions.js';

/** Any record of the metadata log; `type` is the name of Kafka's record without its ending. */
export type MetadataRecord =
  | LeaderChangeRecord
  | NoOpRecord
  | RegisterBrokerRecord
  | BrokerRegistrationChangeRecord
  | TopicRecord
  | PartitionRecord
  | PartitionChangeRecord
  | ProducerIdsRecord
  | FeatureLevelRecord;

/** Raft's control record: the first of each leader epoch. */
export interface LeaderChangeRecord {
  readonly type: 'LeaderChange';
  readonly leaderId: number;
}

/** Keeps the high watermark moving when nothing else does (KIP-835). */
export interface NoOpRecord {
  readonly type: 'NoOp';
}

/** A broker's registration; its offset in the log is the broker epoch. */
export interface RegisterBrokerRecord {
  readonly type: 'RegisterBroker';
  readonly brokerId: number;
  readonly incarnationId: number;
  readonly brokerEpoch: number;
  readonly rack: string | null;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
}

/** Changes of a registration; null leaves a field as it is. */
export interface BrokerRegistrationChangeRecord {
  readonly type: 'BrokerRegistrationChange';
  readonly brokerId: number;
  readonly brokerEpoch: number;
  readonly fenced: boolean | null;
  readonly inControlledShutdown: boolean | null;
}

/** A topic exists from here on; its partitions follow as records of their own. */
export interface TopicRecord {
  readonly type: 'Topic';
  /** Index of the topic in the cluster definition. */
  readonly topic: number;
}

/** Whether the leader was elected from outside the ISR and has yet to recover (KIP-704). */
export type LeaderRecoveryState = 'RECOVERED' | 'RECOVERING';

/** A partition as it is created: its replicas, its first ISR and leader. */
export interface PartitionRecord {
  readonly type: 'Partition';
  /** Index of the partition in the cluster definition. */
  readonly partition: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
}

/** Changes of a partition; null leaves a field as it is. `partitionEpoch` rises by one with each. */
export interface PartitionChangeRecord {
  readonly type: 'PartitionChange';
  readonly partition: number;
  readonly isr: readonly number[] | null;
  /** -1: no leader. A leader given, even the same one, raises `leaderEpoch`. */
  readonly leader: number | null;
  readonly leaderRecoveryState: LeaderRecoveryState | null;
  /** Eligible leader replicas (KIP-966). */
  readonly eligibleLeaderReplicas: readonly number[] | null;
  readonly lastKnownElr: readonly number[] | null;
  /** Reassignment (KIP-455): `replicas` has the target first, then those that are to be removed. */
  readonly replicas: readonly number[] | null;
  readonly addingReplicas: readonly number[] | null;
  readonly removingReplicas: readonly number[] | null;
}

/** The next block of producer ids starts here. */
export interface ProducerIdsRecord {
  readonly type: 'ProducerIds';
  readonly brokerId: number;
  readonly nextProducerId: number;
}

/** The features that are finalized from here on: those of a release (KIP-584, KIP-778). */
export interface FeatureLevelRecord {
  readonly type: 'FeatureLevel';
  readonly metadataVersion: KafkaVersion;
}

/** Records appended together, at consecutive offsets, by a leader of one raft epoch: committed all or none. */
export class MetadataBatch extends Immutable {
  readonly sizeBytes: number;
  constructor(
    readonly baseOffset: number,
    readonly epoch: number,
    readonly records: readonly MetadataRecord[],
  ) {
    super();
    this.sizeBytes = 61 + 60 * records.length;
  }

  get nextOffset(): number {
    return this.baseOffset + this.records.length;
  }
}
