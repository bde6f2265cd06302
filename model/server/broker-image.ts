/**
 * The metadata image of one broker: what it has applied of the metadata log (MetadataImage, KRaftMetadataCache).
 *
 * Brokers are indexed by id and partitions by their number in the cluster definition, so that nothing is looked up by
 * name. Left out: configurations, quotas and ACLs, which do not change during a run.
 */
import type { BrokersView } from '../metadata/brokers-view.js';
import { PartitionRegistration } from '../metadata/partition-registration.js';
import type { MetadataRecord, RegisterBrokerRecord } from '../metadata/records.js';
import type { LiveBroker } from '../rpc/index.js';
import type { KafkaVersion } from '../versions.js';

/** A broker as the image has it; -1 and `fenced` where it never registered. */
interface ImageBroker {
  epoch: number;
  fenced: boolean;
  inControlledShutdown: boolean;
}

export class BrokerImage implements BrokersView {
  /** By broker id; null where it never registered. */
  readonly brokers: (ImageBroker | null)[];
  /** By partition index; null where the partition does not exist. */
  readonly partitions: (PartitionRegistration | null)[];
  /** Partitions that changed since the last publication, in order of their first change. */
  readonly changed: number[];
  /** Features that an operator finalized; null: none, so that the definition's protocol holds. */
  metadataVersion: KafkaVersion | null = null;
  /** 1 where a partition is in `changed`. */
  private readonly isChanged: Uint8Array;

  constructor(
    brokers: (ImageBroker | null)[],
    partitions: (PartitionRegistration | null)[],
    changed: number[],
    isChanged: Uint8Array,
  ) {
    this.brokers = brokers;
    this.partitions = partitions;
    this.changed = changed;
    this.isChanged = isChanged;
  }

  static empty(partitionCount: number): BrokerImage {
    const partitions = Array.from({ length: partitionCount }, () => null);
    return new BrokerImage([], partitions, [], new Uint8Array(partitionCount));
  }

  /** The image of a snapshot, all of it still to be published. */
  static fromSnapshot(image: BrokerImage): BrokerImage {
    const copy = image.fork();
    for (const registration of image.partitions) {
      if (registration !== null) copy.setPartition(registration);
    }
    return copy;
  }

  epochOf(brokerId: number): number {
    const broker = this.brokers[brokerId];
    return broker === undefined || broker === null || broker.fenced ? -1 : broker.epoch;
  }

  isFenced(brokerId: number): boolean {
    return this.brokers[brokerId]?.fenced ?? true;
  }

  registrationOf(partition: number): PartitionRegistration | null {
    return this.partitions[partition] ?? null;
  }

  isShuttingDown(brokerId: number): boolean {
    return this.brokers[brokerId]?.inControlledShutdown ?? false;
  }

  /**
   * Applies one record (MetadataDelta.replay). False, and nothing is changed, where it changes what does not exist: the
   * log then mixes two histories, which takes the loss of voters' disks.
   */
  replay(record: MetadataRecord): boolean {
    switch (record.type) {
      case 'NoOp':
      case 'LeaderChange':
      case 'ProducerIds':
      case 'Topic':
        return true;
      case 'FeatureLevel':
        this.metadataVersion = record.metadataVersion;
        return true;
      case 'PartitionChange': {
        const before = this.partitions[record.partition];
        if (before === undefined || before === null) return false;
        this.setPartition(before.merge(record));
        return true;
      }
      case 'Partition':
        this.setPartition(PartitionRegistration.fromRecord(record));
        return true;
      case 'RegisterBroker':
        this.register(record);
        return true;
      case 'BrokerRegistrationChange': {
        const broker = this.brokers[record.brokerId];
        if (broker?.epoch !== record.brokerEpoch) return false;
        broker.fenced = record.fenced ?? broker.fenced;
        broker.inControlledShutdown = record.inControlledShutdown ?? broker.inControlledShutdown;
        return true;
      }
    }
  }

  /** The brokers that are alive, and no others: what a controller on ZooKeeper tells (MetadataCache.updateMetadata). */
  setLiveBrokers(alive: readonly LiveBroker[]): void {
    this.brokers.fill(null);
    for (const { id, epoch } of alive) {
      while (this.brokers.length <= id) this.brokers.push(null);
      this.brokers[id] = { epoch, fenced: false, inControlledShutdown: false };
    }
  }

  /** A partition for those who ask for metadata, without effect on the replicas (MetadataCache.updateMetadata). */
  setCached(registration: PartitionRegistration): void {
    this.partitions[registration.partition] = registration;
  }

  /** Forgets what changed: it has been published. */
  clearChanged(): void {
    for (let at = 0; at < this.changed.length; at++) this.isChanged[this.changed[at]!] = 0;
    this.changed.length = 0;
  }

  fork(): BrokerImage {
    const copy = new BrokerImage(
      this.brokers.map((broker) => (broker === null ? null : { ...broker })),
      this.partitions.slice(),
      this.changed.slice(),
      this.isChanged.slice(),
    );
    copy.metadataVersion = this.metadataVersion;
    return copy;
  }

  private register(record: RegisterBrokerRecord): void {
    while (this.brokers.length <= record.brokerId) this.brokers.push(null);
    this.brokers[record.brokerId] = {
      epoch: record.brokerEpoch,
      fenced: record.fenced,
      inControlledShutdown: record.inControlledShutdown,
    };
  }

  private setPartition(registration: PartitionRegistration): void {
    const { partition } = registration;
    this.partitions[partition] = registration;
    if (this.isChanged[partition] === 1) return;
    this.isChanged[partition] = 1;
    this.changed.push(partition);
  }
}
