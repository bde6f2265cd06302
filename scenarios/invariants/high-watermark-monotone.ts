/** I6: high watermarks do not fall. */
import { LOSSY_WITHOUT_ELR, range, type InvariantDoc } from './breach.js';
import { Invariant, type Peers } from './invariant.js';
import { replicaOf } from './partition-book.js';
import type { Loss } from './partition-ledger.js';

/**
 * HWMonotone: a leader's own within its epoch, and the true one for good.
 *
 * A new leader's own high watermark may lag behind the true one, and a follower's may fall.
 */
export class HighWatermarkMonotone extends Invariant {
  static readonly doc: InvariantDoc = {
    id: 'I6',
    name: 'HWMonotone',
    promise:
      "Within its epoch a leader's high watermark never falls, and the true high watermark never falls.",
    assumptions: [
      'no controller lost its disk',
      'for the true high watermark besides: replication factor >= 3, 2 <= min.insync.replicas < replication factor, unclean elections off',
      'for the true high watermark besides: at most min.insync.replicas - 1 unclean restarts at a time where one of them is lossy',
      LOSSY_WITHOUT_ELR,
    ],
    source: 'Partition.maybeIncrementLeaderHW; semantics I6',
  };

  override readonly doc = HighWatermarkMonotone.doc;

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
    const replica = replicaOf(this.ledger.book(partition), broker);
    const before = replica.highWatermarkBefore;
    if (highWatermark >= before || !replica.isLeader) return;
    this.report(atUs, partition, `${broker}/${replica.leaderEpoch}/${highWatermark}`, () => ({
      message: `${this.nameOf(partition)}: the high watermark of broker ${broker}, leading epoch ${replica.leaderEpoch}, fell from ${before} to ${highWatermark}`,
      evidence: {
        withinEpoch: true,
        leader: broker,
        leaderEpoch: replica.leaderEpoch,
        from: before,
        to: highWatermark,
      },
    }));
  }

  override commitsLost(atUs: number, loss: Loss): void {
    if (loss.cause !== 'elected') return;
    const { partition, leader, leaderEpoch, from, to } = loss;
    this.report(atUs, partition, `true/${leaderEpoch}/${from}`, () => ({
      message: `${this.nameOf(partition)}: the true high watermark fell from ${to} to ${from}: broker ${leader} leads epoch ${leaderEpoch} without offsets ${range(from, to)}`,
      evidence: { withinEpoch: false, leader, leaderEpoch, from: to, to: from },
    }));
  }
}
