/** I8: only eligible brokers lead and count as in sync. */
import type { MetadataBatch, PartitionRegistration, ZkTransaction } from '../../model/index.js';
import type { BrokerTruth } from '../run/metadata-truth.js';
import type { InvariantDoc } from './breach.js';
import { Invariant, type Peers } from './invariant.js';

interface LeaderEligibleState {
  /** Partitions to look at when the batch of metadata is through. */
  changed: number[];
}

/** LeaderEligible: held against the metadata log after each batch, whose records take effect together. */
export class LeaderEligible extends Invariant<LeaderEligibleState> {
  static readonly doc: InvariantDoc = {
    id: 'I8',
    name: 'LeaderEligible',
    promise:
      'The leader is a member of the ISR and unfenced, or there is none; members of the ISR are unfenced, except for a sole last one.',
    assumptions: [
      'no controller lost its disk',
      'before 3.8: no broker registered twice in one incarnation',
      'before 4.0: no broker registered as a new incarnation before the old one was fenced',
      'before 3.3: no fenced broker joined an ISR',
    ],
    source: 'KIP-841, KIP-966; semantics I8',
  };

  override readonly doc = LeaderEligible.doc;

  constructor(peers: Peers) {
    super(peers, { changed: [] });
  }

  override partitionChanged(
    _atUs: number,
    _before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void {
    this.state.changed.push(after.partition);
  }

  override brokerChanged(_atUs: number, brokerId: number, truth: BrokerTruth): void {
    if (!truth.fenced) return;
    for (const registration of this.truth.state.partitions) {
      if (registration?.isr.includes(brokerId) === true)
        this.state.changed.push(registration.partition);
    }
  }

  override metadataCommitted(atUs: number, _node: number, batch: MetadataBatch): void {
    const { changed } = this.state;
    if (changed.length === 0) return;
    this.state.changed = [];
    for (const partition of changed) this.check(atUs, this.truth.partition(partition)!, batch);
  }

  /** On ZooKeeper a broker's znode goes before the controller can act: only leaders are looked at. */
  override zooKeeperCommitted(atUs: number, _server: number, { zxid }: ZkTransaction): void {
    const { changed } = this.state;
    if (changed.length === 0) return;
    this.state.changed = [];
    for (const partition of changed) this.checkLeader(atUs, this.truth.partition(partition)!, zxid);
  }

  private check(atUs: number, registration: PartitionRegistration, batch: MetadataBatch): void {
    const { partition, isr, leader, partitionEpoch } = registration;
    const name = this.nameOf(partition);
    const evidence = { leader, isr, partitionEpoch, metadataOffset: batch.baseOffset };
    this.checkLeader(atUs, registration, batch.baseOffset);
    const fenced = isr.filter((id) => this.truth.broker(id).fenced);
    const isExcused = isr.length === 1 && leader < 0;
    if (fenced.length === 0 || isExcused) return;
    this.report(atUs, partition, `fenced/${partitionEpoch}/${fenced.join(' ')}`, () => ({
      message:
        `${name}: ISR [${isr.join(' ')}] with leader ${leader}, partition epoch ${partitionEpoch}, ` +
        `has the fenced broker${fenced.length === 1 ? '' : 's'} ${fenced.join(', ')}`,
      evidence: { ...evidence, fenced },
    }));
  }

  private checkLeader(
    atUs: number,
    { partition, isr, leader, partitionEpoch }: PartitionRegistration,
    metadataOffset: number,
  ): void {
    const name = this.nameOf(partition);
    const evidence = { leader, isr, partitionEpoch, metadataOffset };
    if (leader >= 0 && !isr.includes(leader)) {
      this.report(atUs, partition, `leader/${partitionEpoch}`, () => ({
        message: `${name}: leader ${leader} is not in the ISR [${isr.join(' ')}] of partition epoch ${partitionEpoch}`,
        evidence,
      }));
    }
  }
}
