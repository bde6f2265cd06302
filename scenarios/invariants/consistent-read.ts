/** I12: what was read stays as it was read. */
import { LOSSY_WITHOUT_ELR, listed, range, type InvariantDoc } from './breach.js';
import { Invariant, type Finding, type Peers } from './invariant.js';
import { indexOfOffset } from './partition-book.js';
import type { Loss } from './partition-ledger.js';

interface ConsistentReadState {
  /** By partition: consumers were given records below this offset of the committed log. */
  deliveredEnd: number[];
}

/**
 * ConsistentRead: what a consumer is given is the committed log, and what was given is not lost afterwards.
 *
 * It does not see a record that a consumer never gets because a truncation overtook its position (B05).
 */
export class ConsistentRead extends Invariant<ConsistentReadState> {
  static readonly doc: InvariantDoc = {
    id: 'I12',
    name: 'ConsistentRead',
    promise: 'A record once delivered at an offset is never different or absent there later.',
    assumptions: [
      'replication factor >= 3, 2 <= min.insync.replicas < replication factor, unclean elections off',
      'at most min.insync.replicas - 1 unclean restarts at a time where one of them is lossy',
      LOSSY_WITHOUT_ELR,
      'no controller lost its disk',
    ],
    source: 'KIP-320; semantics I12',
  };

  override readonly doc = ConsistentRead.doc;

  constructor(peers: Peers) {
    super(peers, { deliveredEnd: peers.definition.partitions.map(() => 0) });
  }

  override polled(
    atUs: number,
    consumer: number,
    partition: number,
    firstOffset: number,
    values: readonly number[],
  ): void {
    const { committed } = this.ledger.book(partition);
    const { deliveredEnd } = this.state;
    let index = indexOfOffset(committed, firstOffset);
    let at = 0;
    while (at < values.length) {
      if (index < 0 || index >= committed.length) {
        this.tell(atUs, consumer, partition, firstOffset + at, values[at]!, -1);
        return;
      }
      const batch = committed.at(index++);
      let inBatch = firstOffset + at - batch.baseOffset;
      for (; inBatch < batch.values.length && at < values.length; inBatch++, at++) {
        if (batch.values[inBatch] === values[at]) continue;
        const held = batch.values[inBatch] ?? -1;
        this.tell(atUs, consumer, partition, firstOffset + at, values[at]!, held);
        return;
      }
    }
    const end = firstOffset + values.length;
    if (end > deliveredEnd[partition]!) deliveredEnd[partition] = end;
  }

  override commitsLost(atUs: number, loss: Loss): void {
    if (loss.cause !== 'elected') return;
    const { partition, from, leader, leaderEpoch } = loss;
    const end = this.state.deliveredEnd[partition]!;
    if (end <= from) return;
    this.state.deliveredEnd[partition] = from;
    this.report(atUs, partition, `lost/${from}/${leaderEpoch}`, (): Finding => {
      const values = loss.batches
        .flatMap((batch) => batch.values)
        .slice(0, Math.max(0, end - from));
      return {
        message:
          `${this.nameOf(partition)} offsets ${range(from, end)}, values ${listed(values)}, were read by a consumer and are gone: ` +
          `broker ${leader} leads epoch ${leaderEpoch} without them`,
        evidence: {
          offsets: { from, to: end },
          values: values.slice(0, 100),
          leader,
          leaderEpoch,
        },
      };
    });
  }

  private tell(
    atUs: number,
    consumer: number,
    partition: number,
    offset: number,
    value: number,
    committed: number,
  ): void {
    const { id } = this.definition.consumers[consumer]!;
    this.report(atUs, partition, `${consumer}/${offset}`, () => ({
      message:
        `${this.nameOf(partition)} offset ${offset}: consumer ${id} was given value ${value}, ` +
        (committed < 0
          ? `the committed log ends at ${this.ledger.book(partition).committedEnd}`
          : `the committed log holds ${committed}`),
      evidence: {
        consumer: id,
        offset,
        value,
        committed,
        committedEnd: this.ledger.book(partition).committedEnd,
      },
    }));
  }
}
