/** What the controllers have committed, as the metadata log says it: the truth that brokers learn later. */
import {
  PartitionRegistration,
  type ClusterDefinition,
  type MetadataBatch,
  type MetadataRecord,
} from '../../model/index.js';
import { Watcher } from './watcher.js';

/** A broker as the controllers have it. */
export interface BrokerTruth {
  /** -1 before the first registration. */
  epoch: number;
  fenced: boolean;
  inControlledShutdown: boolean;
  /** Virtual time of the registration of the present incarnation. */
  registeredAtUs: number;
}

interface MetadataTruthState {
  /** By partition index; null before the partition exists. */
  partitions: (PartitionRegistration | null)[];
  /** By broker id. */
  brokers: Map<number, BrokerTruth>;
  /** Offset after the last batch seen. */
  nextOffset: number;
  /** Records other than no-ops so far: it stands still while nothing changes. */
  changes: number;
  activeController: number;
  controllerEpoch: number;
  leaderElections: number;
  uncleanElections: number;
  isrShrinks: number;
  isrExpands: number;
  controllerFailovers: number;
}

/** Hears of each partition's change, in the order of the metadata log. */
export interface TruthListener {
  partitionChanged(
    atUs: number,
    before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void;
  brokerChanged(atUs: number, brokerId: number, truth: BrokerTruth): void;
}

export class MetadataTruth extends Watcher<MetadataTruthState> {
  /** Set by the run that owns the watcher. */
  listeners: TruthListener[] = [];

  constructor(definition: ClusterDefinition) {
    super({
      partitions: definition.partitions.map(() => null),
      brokers: new Map(
        definition.brokers.map(({ id }) => [
          id,
          { epoch: -1, fenced: true, inControlledShutdown: false, registeredAtUs: -1 },
        ]),
      ),
      nextOffset: 0,
      changes: 0,
      activeController: -1,
      controllerEpoch: -1,
      leaderElections: 0,
      uncleanElections: 0,
      isrShrinks: 0,
      isrExpands: 0,
      controllerFailovers: 0,
    });
  }

  partition(index: number): PartitionRegistration | null {
    return this.state.partitions[index] ?? null;
  }

  broker(id: number): BrokerTruth {
    const broker = this.state.brokers.get(id);
    if (broker === undefined) throw new Error(`there is no broker ${id}`);
    return broker;
  }

  override controllerActivated(_atUs: number, node: number, epoch: number): void {
    if (this.state.activeController >= 0 && epoch > this.state.controllerEpoch)
      this.state.controllerFailovers++;
    this.state.activeController = node;
    this.state.controllerEpoch = epoch;
  }

  override controllerResigned(_atUs: number, node: number): void {
    if (this.state.activeController === node) this.state.activeController = -1;
  }

  override metadataCommitted(atUs: number, _node: number, batch: MetadataBatch): void {
    if (batch.baseOffset < this.state.nextOffset) return;
    this.state.nextOffset = batch.nextOffset;
    for (const record of batch.records) this.apply(atUs, record);
  }

  private apply(atUs: number, record: MetadataRecord): void {
    if (record.type === 'NoOp') return;
    this.state.changes++;
    switch (record.type) {
      case 'RegisterBroker': {
        const { brokerEpoch: epoch, fenced, inControlledShutdown } = record;
        this.setBroker(atUs, record.brokerId, {
          epoch,
          fenced,
          inControlledShutdown,
          registeredAtUs: atUs,
        });
        return;
      }
      case 'BrokerRegistrationChange': {
        const before = this.broker(record.brokerId);
        this.setBroker(atUs, record.brokerId, {
          ...before,
          fenced: record.fenced ?? before.fenced,
          inControlledShutdown: record.inControlledShutdown ?? before.inControlledShutdown,
        });
        return;
      }
      case 'Partition':
        this.setPartition(atUs, PartitionRegistration.fromRecord(record));
        return;
      case 'PartitionChange': {
        const before = this.partition(record.partition);
        if (before === null)
          throw new Error(`a change of partition ${record.partition} before its creation`);
        this.setPartition(atUs, before.merge(record));
        return;
      }
      default:
    }
  }

  private setBroker(atUs: number, id: number, truth: BrokerTruth): void {
    this.state.brokers.set(id, truth);
    for (const listener of this.listeners) listener.brokerChanged(atUs, id, truth);
  }

  private setPartition(atUs: number, after: PartitionRegistration): void {
    const before = this.partition(after.partition);
    this.state.partitions[after.partition] = after;
    if (before !== null) this.count(before, after);
    for (const listener of this.listeners) listener.partitionChanged(atUs, before, after);
  }

  private count(before: PartitionRegistration, after: PartitionRegistration): void {
    if (after.leader >= 0 && after.leader !== before.leader) {
      this.state.leaderElections++;
      if (!before.isr.includes(after.leader) && !before.elr.includes(after.leader))
        this.state.uncleanElections++;
    }
    if (before.isr.some((id) => !after.isr.includes(id))) this.state.isrShrinks++;
    if (after.isr.some((id) => !before.isr.includes(id))) this.state.isrExpands++;
  }
}
