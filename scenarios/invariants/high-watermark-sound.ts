/** I4: what lies below the leader's high watermark is on the whole ISR. */
import type { PartitionRegistration } from '../../model/index.js';
import { LOSSY_WITHOUT_ELR, type InvariantDoc } from './breach.js';
import { Invariant, type Peers } from './invariant.js';
import { matchUpTo, replicaOf } from './partition-book.js';

/**
 * HWSound, the strong ISR of the TLA+ specification: it looks when the high watermark of the present leader moves, and
 * when the controllers commit a new member.
 *
 * A member that lost its log counts again from its registration: until then the controllers cannot know.
 */
export class HighWatermarkSound extends Invariant {
  static readonly doc: InvariantDoc = {
    id: 'I4',
    name: 'HWSound',
    promise:
      "Every offset below the leader's high watermark is on all members of the ISR that the controllers committed.",
    assumptions: [
      'replication factor >= 3, 2 <= min.insync.replicas < replication factor, unclean elections off',
      'at most min.insync.replicas - 1 unclean restarts at a time where one of them is lossy',
      LOSSY_WITHOUT_ELR,
      'no controller lost its disk',
    ],
    source: 'kafka-specification (StrongIsr), KIP-497; semantics I4',
  };

  override readonly doc = HighWatermarkSound.doc;

  constructor(peers: Peers) {
    super(peers, {});
  }

  override highWatermarkMoved(
    atUs: number,
    broker: number,
    partition: number,
    highWatermark: number,
    isLeader: boolean,
  ): void {
    if (!isLeader) return;
    const registration = this.truth.partition(partition);
    if (registration?.leader !== broker) return;
    this.checkMembers(atUs, registration, highWatermark);
  }

  override partitionChanged(
    atUs: number,
    before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void {
    if (after.leader < 0 || before === null) return;
    if (after.isr.every((id) => before.isr.includes(id))) return;
    const leader = replicaOf(this.ledger.book(after.partition), after.leader);
    this.checkMembers(atUs, after, leader.highWatermark);
  }

  private checkMembers(
    atUs: number,
    registration: PartitionRegistration,
    highWatermark: number,
  ): void {
    const { partition, isr, leader, leaderEpoch } = registration;
    const book = this.ledger.book(partition);
    const leading = replicaOf(book, leader);
    if (!leading.isLegitimate || leading.leaderEpoch !== leaderEpoch) return;
    const end = highWatermark < book.committedEnd ? highWatermark : book.committedEnd;
    for (let index = 0; index < isr.length; index++) {
      const member = replicaOf(book, isr[index]!);
      if (member.matchedEnd >= end || matchUpTo(book, member, end)) continue;
      if (!this.circumstances.isAccountedFor(member.broker, partition)) continue;
      this.report(
        atUs,
        partition,
        `${member.broker}/${registration.partitionEpoch}/${end}`,
        () => ({
          message:
            `${this.nameOf(partition)}: broker ${leader}, leading epoch ${leaderEpoch}, has high watermark ${highWatermark}, ` +
            `but ISR member ${member.broker} holds the committed log only below ${member.matchedEnd} (log end ${member.logEndOffset}); ` +
            `ISR [${isr.join(' ')}] of partition epoch ${registration.partitionEpoch}`,
          evidence: {
            leader,
            leaderEpoch,
            highWatermark,
            member: member.broker,
            memberHoldsBelow: member.matchedEnd,
            memberLogEndOffset: member.logEndOffset,
            isr,
            partitionEpoch: registration.partitionEpoch,
          },
        }),
      );
    }
  }
}
