/** I7: an epoch has one leader, and epochs only rise. */
import type { PartitionRegistration } from '../../model/index.js';
import type { BrokerTruth } from '../run/metadata-truth.js';
import type { InvariantDoc } from './breach.js';
import { Invariant, type Peers } from './invariant.js';
import { grantOf } from './partition-book.js';

interface OneLeaderPerEpochState {
  /** Leaders of the metadata quorum by raft epoch. */
  quorumLeaders: Map<number, number>;
  /** By broker id: its broker epoch. */
  brokerEpochs: Map<number, number>;
}

/**
 * OneLeaderPerEpoch, for partitions and for the metadata quorum (which is a partition with epochs of its own).
 *
 * Two *believers* in different epochs are normal.
 */
export class OneLeaderPerEpoch extends Invariant<OneLeaderPerEpochState> {
  static readonly doc: InvariantDoc = {
    id: 'I7',
    name: 'OneLeaderPerEpoch',
    promise:
      'At most one broker leads a partition, and one voter the quorum, in an epoch; leader, partition and broker epochs only rise.',
    assumptions: ['no controller lost its disk'],
    source: 'Raft (Election Safety), KIP-595, PartitionRegistration; semantics I7',
  };

  override readonly doc = OneLeaderPerEpoch.doc;

  constructor(peers: Peers) {
    super(peers, { quorumLeaders: new Map(), brokerEpochs: new Map() });
  }

  override becameLeader(
    atUs: number,
    broker: number,
    partition: number,
    leaderEpoch: number,
  ): void {
    const granted = grantOf(this.ledger.book(partition), leaderEpoch);
    if (granted === broker) return;
    this.report(atUs, partition, `${leaderEpoch}/${broker}`, () => ({
      message:
        granted < 0
          ? `${this.nameOf(partition)}: broker ${broker} leads epoch ${leaderEpoch}, which the controllers gave to no one`
          : `${this.nameOf(partition)}: broker ${broker} leads epoch ${leaderEpoch}, which the controllers gave to broker ${granted}`,
      evidence: { broker, leaderEpoch, granted },
    }));
  }

  override quorumLeaderElected(atUs: number, node: number, epoch: number): void {
    const { quorumLeaders } = this.state;
    const other = quorumLeaders.get(epoch);
    if (other === undefined) quorumLeaders.set(epoch, node);
    if (other === undefined || other === node) return;
    this.report(atUs, -1, `quorum/${epoch}/${node}`, () => ({
      message: `node ${node} was elected leader of the metadata quorum in epoch ${epoch}, which node ${other} leads`,
      evidence: { epoch, leaders: [other, node] },
    }));
  }

  override partitionChanged(
    atUs: number,
    before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void {
    if (before === null || this.isOnlyOfReplicas(before, after)) return;
    const rises =
      after.partitionEpoch > before.partitionEpoch &&
      after.leaderEpoch >= before.leaderEpoch &&
      (after.leader === before.leader || after.leaderEpoch > before.leaderEpoch);
    if (rises) return;
    this.report(atUs, after.partition, `epochs/${after.partitionEpoch}`, () => ({
      message:
        `${this.nameOf(after.partition)}: leader ${before.leader} of leader epoch ${before.leaderEpoch}, partition epoch ${before.partitionEpoch}, ` +
        `was followed by leader ${after.leader} of leader epoch ${after.leaderEpoch}, partition epoch ${after.partitionEpoch}`,
      evidence: {
        before: epochsOf(before),
        after: epochsOf(after),
      },
    }));
  }

  /**
   * On ZooKeeper the partition epoch is the version of the znode with leader and ISR; the replicas are in the topic's
   * znode, which a reassignment writes by itself.
   */
  private isOnlyOfReplicas(before: PartitionRegistration, after: PartitionRegistration): boolean {
    return (
      this.definition.plane.mode === 'zookeeper' &&
      after.partitionEpoch === before.partitionEpoch &&
      after.leaderEpoch === before.leaderEpoch &&
      after.leader === before.leader &&
      after.isr.join() === before.isr.join()
    );
  }

  override brokerChanged(atUs: number, brokerId: number, truth: BrokerTruth): void {
    const { brokerEpochs } = this.state;
    const before = brokerEpochs.get(brokerId) ?? -1;
    brokerEpochs.set(brokerId, truth.epoch);
    if (truth.epoch >= before) return;
    this.report(atUs, -1, `broker/${brokerId}/${truth.epoch}`, () => ({
      message: `broker ${brokerId} was registered with broker epoch ${truth.epoch} after ${before}`,
      evidence: { broker: brokerId, before, after: truth.epoch },
    }));
  }
}

function epochsOf(registration: PartitionRegistration): Record<string, number> {
  const { leader, leaderEpoch, partitionEpoch } = registration;
  return { leader, leaderEpoch, partitionEpoch };
}
