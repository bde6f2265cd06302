import type { PartitionRegistration } from './partition-registration.js';

/**
 * What a broker's metadata cache knows of the other brokers and of partitions, as its replicas ask for it.
 *
 * The cache holds what the broker has applied of the metadata log, so it may lag behind the controller: that lag is
 * part of the protocol (a leader decides with it who may join an ISR, and the controller decides again).
 *
 * Source: KRaftMetadataCache (hasAliveBroker, getAliveBrokerEpoch, isBrokerFenced, isBrokerShuttingDown,
 * getLeaderAndIsr).
 */
export interface BrokersView {
  /** Epoch of the broker's registration, or -1 where it is not registered or is fenced. */
  epochOf(brokerId: number): number;
  /** True also for a broker that is not registered. */
  isFenced(brokerId: number): boolean;
  /** The partition, whoever its replicas are; null where there is none. */
  registrationOf(partition: number): PartitionRegistration | null;
  /** True while the broker is in controlled shutdown. */
  isShuttingDown(brokerId: number): boolean;
}
