/** I3: below their high watermarks replicas hold the same records. */
import { LOSSY_WITHOUT_ELR, type InvariantDoc } from './breach.js';
import { Invariant, type Peers } from './invariant.js';
import { matchUpTo, replicaOf } from './partition-book.js';

/**
 * LogMatching: when a follower's high watermark moves, its log below is held against the committed log, which is what
 * the leaders had below theirs.
 *
 * A follower's high watermark moves only with a fetch response of its present leader, hence after it has truncated.
 */
export class LogMatching extends Invariant {
  static readonly doc: InvariantDoc = {
    id: 'I3',
    name: 'LogMatching',
    promise:
      'At the same offset below both high watermarks two replicas hold the same record of the same leader epoch.',
    assumptions: [
      'replication factor >= 3, 2 <= min.insync.replicas < replication factor, unclean elections off',
      'at most min.insync.replicas - 1 unclean restarts at a time where one of them is lossy',
      LOSSY_WITHOUT_ELR,
      'no controller lost its disk',
    ],
    source: 'Raft (Log Matching), KIP-101, KIP-279; semantics I3',
  };

  override readonly doc = LogMatching.doc;

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
    if (isLeader) return;
    const book = this.ledger.book(partition);
    const replica = replicaOf(book, broker);
    const end = highWatermark < book.committedEnd ? highWatermark : book.committedEnd;
    if (replica.matchedEnd >= end || matchUpTo(book, replica, end)) return;
    const own =
      replica.log.length > replica.matchedCount ? replica.log.at(replica.matchedCount) : null;
    // A batch that the high watermark has not wholly passed differs from nothing yet.
    if (own === null || book.committed.at(replica.matchedCount).nextOffset > end) return;
    const committed = book.committed.at(replica.matchedCount);
    const offset = committed.baseOffset;
    this.report(atUs, partition, `${broker}/${offset}`, () => ({
      message:
        `${this.nameOf(partition)} offset ${offset}: broker ${broker}, high watermark ${highWatermark}, holds value ` +
        `${own.values[0]!} of leader epoch ${own.leaderEpoch} in a batch at ${own.baseOffset}; ` +
        `committed is value ${committed.values[0]!} of leader epoch ${committed.leaderEpoch}`,
      evidence: {
        broker,
        offset,
        highWatermark,
        held: {
          baseOffset: own.baseOffset,
          leaderEpoch: own.leaderEpoch,
          values: own.values.slice(0, 10),
        },
        committed: {
          baseOffset: committed.baseOffset,
          leaderEpoch: committed.leaderEpoch,
          values: committed.values.slice(0, 10),
        },
        currentLeader: book.currentLeader,
        currentLeaderEpoch: book.currentEpoch,
      },
    }));
  }
}
