/** I5: whoever may be elected has everything. */
import type { MetadataBatch, PartitionRegistration, ZkTransaction } from '../../model/index.js';
import type { BrokerTruth } from '../run/metadata-truth.js';
import { LOSSY_WITHOUT_ELR, type InvariantDoc } from './breach.js';
import { Invariant, type Peers } from './invariant.js';
import { matchUpTo, replicaOf } from './partition-book.js';

interface CandidateCompleteState {
  /** Partitions whose candidates or their logs changed since the last look. */
  changed: number[];
}

/**
 * CandidateComplete: members of the ISR and eligible leader replicas hold the committed log.
 *
 * It looks when the committed log grows, when a candidate's log is loaded or cut, and after each batch of metadata or
 * transaction of ZooKeeper that changes candidates or registers a broker (the whole batch, since its records take effect
 * together).
 */
export class CandidateComplete extends Invariant<CandidateCompleteState> {
  static readonly doc: InvariantDoc = {
    id: 'I5',
    name: 'CandidateComplete',
    promise:
      'Members of the ISR and eligible leader replicas hold everything below the true high watermark.',
    assumptions: [
      'replication factor >= 3, 2 <= min.insync.replicas < replication factor, unclean elections off',
      'at most min.insync.replicas - 1 unclean restarts at a time where one of them is lossy',
      LOSSY_WITHOUT_ELR,
      'no controller lost its disk',
    ],
    source: 'KIP-497, KIP-903, KIP-966; semantics I5',
  };

  override readonly doc = CandidateComplete.doc;

  constructor(peers: Peers) {
    super(peers, { changed: [] });
  }

  override highWatermarkMoved(
    atUs: number,
    _broker: number,
    partition: number,
    highWatermark: number,
    isLeader: boolean,
  ): void {
    if (!isLeader) return;
    // Where the leader did not raise the true high watermark there is nothing new to hold.
    if (highWatermark < this.ledger.book(partition).committedEnd) return;
    this.check(atUs, partition);
  }

  override logLoaded(atUs: number, _broker: number, partition: number): void {
    this.check(atUs, partition);
  }

  override logTruncated(atUs: number, _broker: number, partition: number): void {
    this.check(atUs, partition);
  }

  override partitionChanged(
    _atUs: number,
    _before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void {
    this.state.changed.push(after.partition);
  }

  override brokerChanged(atUs: number, brokerId: number, truth: BrokerTruth): void {
    // On ZooKeeper a broker registers itself: what that means for the ISR the controller says later.
    if (truth.registeredAtUs !== atUs || this.definition.plane.mode === 'zookeeper') return;
    for (const registration of this.truth.state.partitions) {
      if (registration === null) continue;
      if (registration.isr.includes(brokerId) || registration.elr.includes(brokerId))
        this.state.changed.push(registration.partition);
    }
  }

  override metadataCommitted(atUs: number, _node: number, _batch: MetadataBatch): void {
    this.checkChanged(atUs);
  }

  override zooKeeperCommitted(atUs: number, _server: number, _transaction: ZkTransaction): void {
    this.checkChanged(atUs);
  }

  private checkChanged(atUs: number): void {
    const { changed } = this.state;
    if (changed.length === 0) return;
    this.state.changed = [];
    for (const partition of changed) this.check(atUs, partition);
  }

  private check(atUs: number, partition: number): void {
    const registration = this.truth.partition(partition);
    if (registration === null) return;
    this.checkAll(atUs, registration, registration.isr, 'ISR member');
    if (registration.elr.length > 0)
      this.checkAll(atUs, registration, registration.elr, 'eligible leader replica');
  }

  private checkAll(
    atUs: number,
    registration: PartitionRegistration,
    candidates: readonly number[],
    role: string,
  ): void {
    const { partition, partitionEpoch } = registration;
    const book = this.ledger.book(partition);
    for (let index = 0; index < candidates.length; index++) {
      const replica = replicaOf(book, candidates[index]!);
      if (replica.matchedEnd >= book.committedEnd) continue;
      if (matchUpTo(book, replica, book.committedEnd)) continue;
      if (!this.circumstances.isAccountedFor(replica.broker, partition)) continue;
      this.report(atUs, partition, `${replica.broker}/${partitionEpoch}`, () => ({
        message:
          `${this.nameOf(partition)}: ${role} ${replica.broker} holds the committed log only below ${replica.matchedEnd} ` +
          `(log end ${replica.logEndOffset}), the true high watermark is ${book.committedEnd}; ` +
          `ISR [${registration.isr.join(' ')}], ELR [${registration.elr.join(' ')}] of partition epoch ${partitionEpoch}`,
        evidence: {
          candidate: replica.broker,
          role,
          holdsBelow: replica.matchedEnd,
          logEndOffset: replica.logEndOffset,
          trueHighWatermark: book.committedEnd,
          isr: registration.isr,
          elr: registration.elr,
          partitionEpoch,
        },
      }));
    }
  }
}
