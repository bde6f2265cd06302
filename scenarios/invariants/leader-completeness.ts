/** I2: a leader has all that earlier leaders committed. */
import { LOSSY_WITHOUT_ELR, range, type InvariantDoc } from './breach.js';
import { Invariant, type Peers } from './invariant.js';
import type { Loss } from './partition-ledger.js';

/** LeaderCompleteness: the ledger compares at each election; this invariant says what it found. */
export class LeaderCompleteness extends Invariant {
  static readonly doc: InvariantDoc = {
    id: 'I2',
    name: 'LeaderCompleteness',
    promise:
      'The leader of an epoch holds all records below the highest high watermark of any earlier legitimate leader.',
    assumptions: [
      'replication factor >= 3, 2 <= min.insync.replicas < replication factor, unclean elections off',
      'at most min.insync.replicas - 1 unclean restarts at a time where one of them is lossy',
      LOSSY_WITHOUT_ELR,
      'no controller lost its disk',
    ],
    source: 'Raft (Leader Completeness), KIP-101; semantics I2',
  };

  override readonly doc = LeaderCompleteness.doc;

  constructor(peers: Peers) {
    super(peers, {});
  }

  override commitsLost(atUs: number, loss: Loss): void {
    const { partition, leader, leaderEpoch, from, to, cause } = loss;
    this.report(atUs, partition, `${leaderEpoch}/${from}`, () => ({
      message:
        cause === 'elected'
          ? `${this.nameOf(partition)}: broker ${leader} began to lead epoch ${leaderEpoch} without the committed offsets ${range(from, to)}`
          : `${this.nameOf(partition)}: a leader of an older epoch committed offsets ${range(from, to)}, which broker ${leader}, leading epoch ${leaderEpoch}, does not hold`,
      evidence: {
        leader,
        leaderEpoch,
        offsets: { from, to },
        appendedInEpochs: [...new Set(loss.batches.map((batch) => batch.leaderEpoch))],
        cause,
      },
    }));
  }
}
