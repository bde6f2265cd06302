/** Requests to brokers that are gathered until they are sent (ControllerBrokerRequestBatch). */
import type { PartitionStateEntry } from '../rpc/index.js';

/** What a broker is told to stop. */
export interface StoppedPartition {
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly deletePartition: boolean;
}

export interface RequestBatch {
  /** By broker and partition. */
  readonly leaderAndIsr: Map<number, Map<number, PartitionStateEntry>>;
  readonly stopReplica: Map<number, Map<number, StoppedPartition>>;
  readonly metadataBrokers: Set<number>;
  readonly metadataPartitions: Map<number, PartitionStateEntry>;
}

export function createRequestBatch(): RequestBatch {
  return {
    leaderAndIsr: new Map(),
    stopReplica: new Map(),
    metadataBrokers: new Set(),
    metadataPartitions: new Map(),
  };
}
