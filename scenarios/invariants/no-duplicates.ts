/** I10: what was sent once is in the log once. */
import { ChunkedList } from '../../sim/index.js';
import { LOSSY_WITHOUT_ELR, listed, type InvariantDoc } from './breach.js';
import { Invariant, type Peers } from './invariant.js';
import type { Loss } from './partition-ledger.js';

/** Records per word of a producer's bit map: integers of 31 bits stay small numbers. */
const BITS = 31;

interface NoDuplicatesState {
  /** By partition: how many batches of its committed log were looked at. */
  seen: number[];
  /** By producer: bit n is set where its record number n is in a committed log. */
  committed: ChunkedList<number>[];
}

/**
 * NoDuplicates, for the committed log: a copy that is cut away before it was committed does no harm.
 *
 * Sequence numbers tell copies within one producer id and epoch only. A producer that raises its epoch by itself
 * (KIP-360) numbers again from 0 what is under way, although it may have been appended. It does so, for instance, when
 * a leader that knows nothing of the producer took its fourth batch for the first, and then refuses the real first one.
 */
export class NoDuplicates extends Invariant<NoDuplicatesState> {
  static readonly doc: InvariantDoc = {
    id: 'I10',
    name: 'NoDuplicates',
    promise: 'A produced record is in the log at most once.',
    assumptions: [
      'enable.idempotence=true, and one session of the producer: one start, one producer id and epoch',
      'replication factor >= 3, 2 <= min.insync.replicas < replication factor, unclean elections off',
      'at most min.insync.replicas - 1 unclean restarts at a time where one of them is lossy',
      LOSSY_WITHOUT_ELR,
      'no controller lost its disk',
    ],
    source: 'KIP-98, KAFKA-5494; semantics I10',
  };

  override readonly doc = NoDuplicates.doc;
  private readonly producerCount: number;

  constructor(peers: Peers) {
    super(peers, {
      seen: peers.definition.partitions.map(() => 0),
      committed: peers.definition.producers.map(() => new ChunkedList()),
    });
    this.producerCount = peers.definition.producers.length;
  }

  override highWatermarkMoved(
    atUs: number,
    _broker: number,
    partition: number,
    _highWatermark: number,
    isLeader: boolean,
  ): void {
    if (!isLeader) return;
    const { committed } = this.ledger.book(partition);
    const { seen } = this.state;
    for (let index = seen[partition]!; index < committed.length; index++) {
      const { values, baseOffset } = committed.at(index);
      let twice = 0;
      for (let at = 0; at < values.length; at++) if (!this.setBit(values[at]!)) twice++;
      if (twice > 0) this.tell(atUs, partition, baseOffset, values);
    }
    seen[partition] = committed.length;
  }

  override commitsLost(_atUs: number, loss: Loss): void {
    if (loss.cause !== 'elected') return;
    const { seen } = this.state;
    const kept = this.ledger.book(loss.partition).committed.length - loss.batches.length;
    seen[loss.partition] = Math.min(seen[loss.partition]!, kept);
    for (const { values } of loss.batches) for (const value of values) this.clearBit(value);
  }

  /** Sets a record's bit; false where it was set before. */
  private setBit(value: number): boolean {
    const producer = value % this.producerCount;
    const record = (value - producer) / this.producerCount;
    const words = this.state.committed[producer]!;
    const word = Math.floor(record / BITS);
    const bit = 1 << (record % BITS);
    while (words.length <= word) words.push(0);
    const before = words.at(word);
    if ((before & bit) !== 0) return false;
    words.set(word, before | bit);
    return true;
  }

  private clearBit(value: number): void {
    const producer = value % this.producerCount;
    const record = (value - producer) / this.producerCount;
    const words = this.state.committed[producer]!;
    const word = Math.floor(record / BITS);
    if (word < words.length) words.set(word, words.at(word) & ~(1 << (record % BITS)));
  }

  private tell(
    atUs: number,
    partition: number,
    baseOffset: number,
    values: readonly number[],
  ): void {
    this.report(atUs, partition, baseOffset, () => {
      const producer = this.definition.producers[values[0]! % this.producerCount]!;
      const { offsets, sessions } = this.copiesOf(partition, values);
      const name = this.nameOf(partition);
      return {
        message:
          `${name} offset ${baseOffset}: values ${listed(values)} of producer ${producer.id} were committed again; ` +
          `they lie at ${listed(offsets)}, of producer id and epoch ${sessions.join(' and ')}`,
        evidence: {
          producer: producer.index,
          offset: baseOffset,
          values: values.slice(0, 100),
          copies: offsets.slice(0, 100),
          sessions,
        },
      };
    });
  }

  /** Where values lie in the committed log, and under which producer ids and epochs: only a breach walks through it. */
  private copiesOf(
    partition: number,
    values: readonly number[],
  ): { offsets: number[]; sessions: string[] } {
    const offsets: number[] = [];
    const sessions: string[] = [];
    for (const batch of this.ledger.book(partition).committed) {
      batch.values.forEach((value, at) => {
        if (!values.includes(value)) return;
        offsets.push(batch.baseOffset + at);
        const session = `${batch.producerId}/${batch.producerEpoch}`;
        if (!sessions.includes(session)) sessions.push(session);
      });
    }
    return { offsets, sessions };
  }
}
