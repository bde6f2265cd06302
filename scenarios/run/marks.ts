/** Named moments that a fault may wait for (`when: high-watermark-advanced of orders-0`). */
import {
  isReassignmentCompletion,
  type ClusterDefinition,
  type PartitionRegistration,
  type RecordBatch,
} from '../../model/index.js';
import type { BrokerTruth, TruthListener } from './metadata-truth.js';
import { Watcher } from './watcher.js';

export interface Mark {
  readonly name: string;
  /** `orders-0`, `broker 1`, `controller 2`, or empty. */
  readonly subject: string;
}

/** Collects marks; the run takes them after each event and gives them to the director. */
export class MarkCollector
  extends Watcher<{ pending: Mark[]; wasFenced: Map<number, boolean> }>
  implements TruthListener
{
  private readonly definition: ClusterDefinition;

  constructor(definition: ClusterDefinition) {
    super({ pending: [], wasFenced: new Map() });
    this.definition = definition;
  }

  add(name: string, subject: string): void {
    this.state.pending.push({ name, subject });
  }

  override leaderAppended(
    _atUs: number,
    _broker: number,
    partition: number,
    _batch: RecordBatch,
  ): void {
    this.addPartition('log-appended', partition);
  }

  override highWatermarkMoved(
    _atUs: number,
    _broker: number,
    partition: number,
    _to: number,
    isLeader: boolean,
  ): void {
    if (isLeader) this.addPartition('high-watermark-advanced', partition);
  }

  override logTruncated(_atUs: number, _broker: number, partition: number): void {
    this.addPartition('follower-truncated', partition);
  }

  override produceAnswered(
    _atUs: number,
    _broker: number,
    partition: number,
    _acks: number,
    _batch: RecordBatch | null,
    error: number,
  ): void {
    if (error === 0) this.addPartition('produce-acknowledged', partition);
  }

  override controllerActivated(_atUs: number, node: number): void {
    const voter = this.definition.voters.findIndex(({ id }) => id === node);
    // On ZooKeeper the controller is one of the brokers.
    this.add('controller-elected', voter < 0 ? `broker ${node}` : `controller ${voter + 1}`);
  }

  partitionChanged(
    _atUs: number,
    before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void {
    if (before === null) return;
    if (after.leader >= 0 && after.leader !== before.leader) {
      this.addPartition('leader-elected', after.partition);
      const clean =
        before.isr.includes(after.leader) ||
        before.elr.includes(after.leader) ||
        isReassignmentCompletion(before, after);
      if (!clean) this.addPartition('unclean-leader-elected', after.partition);
    }
    if (before.isr.some((id) => !after.isr.includes(id)))
      this.addPartition('isr-shrunk', after.partition);
    if (after.isr.some((id) => !before.isr.includes(id)))
      this.addPartition('isr-expanded', after.partition);
  }

  brokerChanged(atUs: number, brokerId: number, truth: BrokerTruth): void {
    const subject = `broker ${brokerId}`;
    const wasFenced = this.state.wasFenced.get(brokerId) ?? true;
    if (truth.registeredAtUs === atUs) this.add('broker-registered', subject);
    if (truth.fenced && !wasFenced) this.add('broker-fenced', subject);
    if (!truth.fenced && wasFenced) this.add('broker-unfenced', subject);
    this.state.wasFenced.set(brokerId, truth.fenced);
  }

  private addPartition(name: string, partition: number): void {
    this.add(name, this.definition.partition(partition).name);
  }
}
