/** I1: what a client saw acknowledged stays. */
import type { RecordBatch } from '../../model/index.js';
import { LOSSY_WITHOUT_ELR, inMs, listed, range, type InvariantDoc } from './breach.js';
import { Invariant, type Finding, type Peers } from './invariant.js';
import {
  grantOf,
  holdsValue,
  indexOfOffset,
  replicaOf,
  type PartitionBook,
  type ReplicaBook,
} from './partition-book.js';
import type { Loss } from './partition-ledger.js';

/** An acknowledged record that is not in the committed log: not yet (acks=1, or a broken leader), or not any more. */
interface AckedRecord {
  readonly producer: number;
  readonly value: number;
  readonly offset: number;
  readonly ackedAtUs: number;
  /** Leader epoch of the batch, or -1 where no replica holds it any more. */
  readonly appendedInEpoch: number;
}

interface AckedDurableState {
  /** By partition index, in the order of their acknowledgement. */
  early: AckedRecord[][];
  /** How long a partition's list may grow before committed ones are swept out. */
  sweepAt: number[];
  lostRecords: number;
  /** Moments at which a partition lost records, and the last of them by partition. */
  losses: number;
  lastLossUs: number[];
}

const SWEEP_AT = 64;

/**
 * AckedDurable: an acknowledged record is in the log of every later leader.
 *
 * Acknowledged means that the client saw the success. Records below the true high watermark are the ledger's matter,
 * which tells of their loss; those acknowledged earlier are kept here and looked for in the log of each new leader.
 */
export class AckedDurable extends Invariant<AckedDurableState> {
  static readonly doc: InvariantDoc = {
    id: 'I1',
    name: 'AckedDurable',
    promise: 'An acknowledged record is in the log of every later leader.',
    assumptions: [
      'acks=all',
      'replication factor >= 3, 2 <= min.insync.replicas < replication factor, unclean elections off',
      'at most min.insync.replicas - 1 unclean restarts at a time where one of them is lossy',
      LOSSY_WITHOUT_ELR,
      'no controller lost its disk',
    ],
    source: 'Kafka documentation, Replication; KIP-966; semantics I1',
  };

  override readonly doc = AckedDurable.doc;

  constructor(peers: Peers) {
    super(peers, {
      early: peers.definition.partitions.map(() => []),
      sweepAt: peers.definition.partitions.map(() => SWEEP_AT),
      lostRecords: 0,
      losses: 0,
      lastLossUs: peers.definition.partitions.map(() => -1),
    });
  }

  /** Acknowledged records found to be gone so far, whatever their acks. */
  get lostRecords(): number {
    return this.state.lostRecords;
  }

  /** Moments at which a partition lost acknowledged records, each partition counted by itself. */
  get losses(): number {
    return this.state.losses;
  }

  override sendSucceeded(
    atUs: number,
    producer: number,
    value: number,
    partition: number,
    offset: number,
  ): void {
    // acks=0: success says nothing.
    if (offset < 0) return;
    const book = this.ledger.book(partition);
    if (offset < book.committedEnd) {
      const index = indexOfOffset(book.committed, offset);
      const batch = book.committed.at(index);
      if (batch.values[offset - batch.baseOffset] === value) {
        if (book.ackedAtUs.at(index) < 0) book.ackedAtUs.set(index, atUs);
        return;
      }
    }
    const ack: AckedRecord = {
      producer,
      value,
      offset,
      ackedAtUs: atUs,
      appendedInEpoch: epochOf(book, offset, value),
    };
    if (leaderHolds(book, ack)) this.keep(partition, book, ack);
    else this.tellLost(atUs, partition, book, [ack]);
  }

  override becameLeader(
    atUs: number,
    broker: number,
    partition: number,
    leaderEpoch: number,
  ): void {
    const early = this.state.early[partition]!;
    if (early.length === 0) return;
    const book = this.ledger.book(partition);
    const leader = replicaOf(book, broker);
    if (!leader.isLegitimate || book.currentEpoch !== leaderEpoch) return;
    const lost = early.filter((ack) => !holdsValue(leader.log, ack.offset, ack.value));
    this.state.early[partition] = early.filter((ack) => !lost.includes(ack));
    this.tellLost(atUs, partition, book, lost);
  }

  override commitsLost(atUs: number, loss: Loss): void {
    const lost: AckedRecord[] = [];
    loss.batches.forEach((batch, index) => {
      const ackedAtUs = loss.ackedAtUs[index]!;
      if (ackedAtUs >= 0) lost.push(...this.recordsOf(batch, ackedAtUs));
    });
    this.tellLost(atUs, loss.partition, this.ledger.book(loss.partition), lost);
  }

  private recordsOf(batch: RecordBatch, ackedAtUs: number): AckedRecord[] {
    const producer = this.producerOf(batch).index;
    return batch.values.map((value, at) => ({
      producer,
      value,
      offset: batch.baseOffset + at,
      ackedAtUs,
      appendedInEpoch: batch.leaderEpoch,
    }));
  }

  private keep(partition: number, book: PartitionBook, ack: AckedRecord): void {
    const early = this.state.early[partition]!;
    early.push(ack);
    if (early.length < this.state.sweepAt[partition]!) return;
    const kept = early.filter((candidate) => !settle(book, candidate));
    this.state.early[partition] = kept;
    this.state.sweepAt[partition] = Math.max(SWEEP_AT, 2 * kept.length);
  }

  /** Reports lost records, those of acks=all and others apart: they are judged differently. */
  private tellLost(
    atUs: number,
    partition: number,
    book: PartitionBook,
    lost: readonly AckedRecord[],
  ): void {
    const { state } = this;
    state.lostRecords += lost.length;
    if (lost.length > 0 && state.lastLossUs[partition] !== atUs) {
      state.lastLossUs[partition] = atUs;
      state.losses++;
    }
    for (const acks of ['all', '1', '0'] as const) {
      const records = lost.filter(
        ({ producer }) => this.definition.producers[producer]!.config.acks === acks,
      );
      if (records.length === 0) continue;
      this.report(atUs, partition, `${acks}/${records[0]!.offset}/${records[0]!.value}`, () =>
        this.describe(partition, book, acks, records),
      );
    }
  }

  private describe(
    partition: number,
    book: PartitionBook,
    acks: string,
    lost: readonly AckedRecord[],
  ): Finding {
    const name = this.nameOf(partition);
    const from = Math.min(...lost.map(({ offset }) => offset));
    const to = Math.max(...lost.map(({ offset }) => offset)) + 1;
    const last = lost.at(-1)!;
    const acking = grantOf(book, last.appendedInEpoch);
    const values = lost.map(({ value }) => value);
    const leader: ReplicaBook | null =
      book.currentLeader < 0 ? null : replicaOf(book, book.currentLeader);
    const by = acking < 0 ? '' : ` by broker ${acking} (leader epoch ${last.appendedInEpoch})`;
    const ledBy =
      leader === null
        ? 'no broker leads'
        : `broker ${leader.broker} leads epoch ${book.currentEpoch} without them, its log ending at ${leader.logEndOffset}`;
    return {
      message:
        `${name} lost ${lost.length} acknowledged record${lost.length === 1 ? '' : 's'} at offsets ${range(from, to)}, ` +
        `values ${listed(values)}: acked with acks=${acks}${by}, the last at ${inMs(last.ackedAtUs)}; ${ledBy}`,
      evidence: {
        acks,
        offsets: { from, to },
        records: lost.length,
        values: values.slice(0, 100),
        producers: [
          ...new Set(lost.map(({ producer }) => this.definition.producers[producer]!.id)),
        ],
        ackingLeader: acking,
        ackingLeaderEpoch: last.appendedInEpoch,
        lastAckedAtUs: last.ackedAtUs,
        leader: book.currentLeader,
        leaderEpoch: book.currentEpoch,
        leaderLogEndOffset: leader?.logEndOffset ?? -1,
      },
    };
  }
}

function leaderHolds(book: PartitionBook, ack: AckedRecord): boolean {
  if (book.currentLeader < 0) return false;
  return holdsValue(replicaOf(book, book.currentLeader).log, ack.offset, ack.value);
}

/** The leader epoch of the batch that holds a record on any replica, or -1. */
function epochOf(book: PartitionBook, offset: number, value: number): number {
  for (const { log } of book.replicas) {
    if (holdsValue(log, offset, value)) return log.at(indexOfOffset(log, offset)).leaderEpoch;
  }
  return -1;
}

/** Notes the acknowledgement with the committed log where the record has come to lie there. */
function settle(book: PartitionBook, ack: AckedRecord): boolean {
  if (ack.offset >= book.committedEnd) return false;
  const index = indexOfOffset(book.committed, ack.offset);
  const batch = book.committed.at(index);
  if (batch.values[ack.offset - batch.baseOffset] !== ack.value) return false;
  if (book.ackedAtUs.at(index) < 0) book.ackedAtUs.set(index, ack.ackedAtUs);
  return true;
}
