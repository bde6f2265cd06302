/**
 * What the controllers have committed, as the metadata log says it: the truth that brokers learn later.
 *
 * Where voters lost their disks, a leader may be elected who lacks committed metadata. From the first batch on that it
 * commits its log is the truth: what partitions and brokers there are follows from it anew.
 *
 * Where the cluster is on ZooKeeper the truth is what the ensemble has committed (zookeeper-truth.ts).
 */
import {
  isReassignmentCompletion,
  METADATA_LOG,
  PartitionRegistration,
  type ClusterDefinition,
  type MetadataBatch,
  type MetadataRecord,
  type ZkTransaction,
} from '../../model/index.js';
import { ChunkedList, type DiskFile, type Simulation } from '../../sim/index.js';
import { become, createMetadataHistory, follow, type MetadataHistory } from './metadata-history.js';
import { Watcher } from './watcher.js';
import { createZooKeeperTruth, followTransaction, type ZooKeeperTruth } from './zookeeper-truth.js';

/** A broker as the controllers have it. */
export interface BrokerTruth {
  /** -1 before the first registration. */
  readonly epoch: number;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
  /** Virtual time of the registration of the present incarnation; -1 where it is not known. */
  readonly registeredAtUs: number;
}

interface MetadataTruthState {
  /** By partition index; null before the partition exists. */
  partitions: (PartitionRegistration | null)[];
  /** By broker id. */
  brokers: Map<number, BrokerTruth>;
  history: MetadataHistory;
  zooKeeper: ZooKeeperTruth;
  /** Partitions that the metadata had and has no more, in order. */
  lostPartitions: number[];
  /** The voter that was elected last, or -1. */
  quorumLeader: number;
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

/** Committed metadata that a leader of the quorum lacks. */
export interface MetadataLoss {
  readonly controller: number;
  readonly epoch: number;
  /** Offsets of what it lacks, half-open. */
  readonly from: number;
  readonly to: number;
}

/** Hears of each partition's change, in the order of the metadata log. */
export interface TruthListener {
  /** The change of a partition was committed; `before` is null where it was created. */
  partitionChanged(
    atUs: number,
    before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void;
  /** A broker's registration, or a change of it, was committed: an epoch, fencing, a controlled shutdown. */
  brokerChanged(atUs: number, brokerId: number, truth: BrokerTruth): void;
  /**
   * Committed metadata was lost. What is different for partitions that still exist, and for brokers, was told before.
   */
  metadataLost?(atUs: number, loss: MetadataLoss): void;
}

const UNREGISTERED: BrokerTruth = {
  epoch: -1,
  fenced: true,
  inControlledShutdown: false,
  registeredAtUs: -1,
};

export class MetadataTruth extends Watcher<MetadataTruthState> {
  /** Set by the run that owns the watcher. */
  listeners: TruthListener[] = [];
  simulation: Simulation | null = null;
  private readonly definition: ClusterDefinition;

  constructor(definition: ClusterDefinition) {
    super({
      partitions: definition.partitions.map(() => null),
      brokers: new Map(definition.brokers.map(({ id }) => [id, UNREGISTERED])),
      history: createMetadataHistory(),
      zooKeeper: createZooKeeperTruth(definition),
      lostPartitions: [],
      quorumLeader: -1,
      changes: 0,
      activeController: -1,
      controllerEpoch: -1,
      leaderElections: 0,
      uncleanElections: 0,
      isrShrinks: 0,
      isrExpands: 0,
      controllerFailovers: 0,
    });
    this.definition = definition;
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

  override quorumLeaderElected(_atUs: number, node: number): void {
    this.state.quorumLeader = node;
  }

  override metadataCommitted(atUs: number, node: number, batch: MetadataBatch): void {
    const found = follow(this.state.history, node, batch);
    if (found === 'new') for (const record of batch.records) this.apply(atUs, record);
    // A follower that has something else is about to hear of it from its leader.
    if (found === 'other' && node === this.state.quorumLeader) this.replace(atUs, node, batch);
  }

  /** A leader's log takes the place of the history, up to the batch that it has just committed. */
  private replace(atUs: number, node: number, last: MetadataBatch): void {
    const { state } = this;
    const { partitions, brokers, history } = state;
    const to = history.nextOffset;
    const from = become(history, this.logOf(node, last));
    history.positions.set(node, history.batches.length);
    const { listeners } = this;
    this.listeners = [];
    state.partitions = partitions.map(() => null);
    state.brokers = new Map(this.definition.brokers.map(({ id }) => [id, UNREGISTERED]));
    const { leaderElections, uncleanElections, isrShrinks, isrExpands } = state;
    for (const { records } of history.batches) for (const record of records) this.apply(-1, record);
    Object.assign(state, { leaderElections, uncleanElections, isrShrinks, isrExpands });
    this.listeners = listeners;
    this.tellDifferences(atUs, partitions, brokers);
    const loss: MetadataLoss = { controller: node, epoch: last.epoch, from, to };
    for (const listener of listeners) listener.metadataLost?.(atUs, loss);
  }

  private tellDifferences(
    atUs: number,
    partitions: MetadataTruthState['partitions'],
    brokers: MetadataTruthState['brokers'],
  ): void {
    for (const [id, before] of brokers) {
      const after = this.broker(id);
      // The same registration was made when it was made.
      const registeredAtUs = after.epoch === before.epoch ? before.registeredAtUs : -1;
      const isSame = after.epoch === before.epoch && after.fenced === before.fenced;
      if (isSame && after.inControlledShutdown === before.inControlledShutdown)
        this.state.brokers.set(id, before);
      else this.setBroker(atUs, id, { ...after, registeredAtUs });
    }
    for (const [index, before] of partitions.entries()) {
      const after = this.partition(index);
      if (after === null && before !== null) this.state.lostPartitions.push(index);
      if (after === null || (before !== null && isSameState(before, after))) continue;
      for (const listener of this.listeners) listener.partitionChanged(atUs, before, after);
    }
  }

  /** A node's metadata log up to a batch that it holds. */
  private logOf(node: number, last: MetadataBatch): ChunkedList<MetadataBatch> {
    const host = this.simulation?.hosts[this.definition.node(node).host];
    const file = host?.disk.files.get(METADATA_LOG) as DiskFile<MetadataBatch> | undefined;
    const log = new ChunkedList<MetadataBatch>();
    for (const batch of file?.entries ?? []) {
      log.push(batch);
      if (batch === last) break;
    }
    return log;
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
        if (before.epoch !== record.brokerEpoch) return;
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
        // Else the log mixes two histories, and the controllers themselves do not get past the record.
        if (before !== null) this.setPartition(atUs, before.merge(record));
        return;
      }
      default:
    }
  }

  override zooKeeperCommitted(atUs: number, _server: number, transaction: ZkTransaction): void {
    const changes = followTransaction(this.definition, this.state.zooKeeper, transaction);
    for (const change of changes) {
      if (change instanceof PartitionRegistration) {
        this.state.changes++;
        this.setPartition(atUs, change);
      } else this.apply(atUs, change);
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
    else this.state.lostPartitions = this.state.lostPartitions.filter((i) => i !== after.partition);
    for (const listener of this.listeners) listener.partitionChanged(atUs, before, after);
  }

  private count(before: PartitionRegistration, after: PartitionRegistration): void {
    if (after.leader >= 0 && after.leader !== before.leader) {
      this.state.leaderElections++;
      const wasCandidate = before.isr.includes(after.leader) || before.elr.includes(after.leader);
      if (!wasCandidate && !isReassignmentCompletion(before, after)) this.state.uncleanElections++;
    }
    if (before.isr.some((id) => !after.isr.includes(id))) this.state.isrShrinks++;
    if (after.isr.some((id) => !before.isr.includes(id))) this.state.isrExpands++;
  }
}

function isSameState(a: PartitionRegistration, b: PartitionRegistration): boolean {
  return (
    a.leaderEpoch === b.leaderEpoch &&
    a.partitionEpoch === b.partitionEpoch &&
    a.leader === b.leader &&
    a.isr.join() === b.isr.join() &&
    a.replicas.join() === b.replicas.join()
  );
}
