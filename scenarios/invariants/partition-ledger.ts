/**
 * The ledger of all partitions: what was committed, and what each replica holds of it.
 *
 * *Committed* is what lies below the true high watermark: the highest that a legitimate leader has had, one that the
 * controllers granted its epoch. A leader that begins a newer epoch without all of it has lost records: the ledger says
 * so to those who listen, and goes on with what that leader has.
 *
 * A broker that restarts publishes metadata before it is registered, and so may take up an epoch that was granted to
 * its earlier incarnation. It serves nobody in it (Kafka opens its listeners when it is unfenced, and its registration
 * has ended that leadership by then): such a leader is not legitimate.
 *
 * It is told first; the invariants read it afterwards.
 */
import type { ClusterDefinition, PartitionRegistration, RecordBatch } from '../../model/index.js';
import { ChunkedList } from '../../sim/index.js';
import type { TruthListener } from '../run/metadata-truth.js';
import { Watcher } from '../run/watcher.js';
import type { Circumstances } from './circumstances.js';
import {
  appendTo,
  createPartitionBook,
  cutCommitted,
  cutReplica,
  grantOf,
  matchUpTo,
  replicaOf,
  type PartitionBook,
  type ReplicaBook,
} from './partition-book.js';

/** Committed records that the leader of a newer epoch does not have. */
export interface Loss {
  readonly partition: number;
  /** Who leads without them. */
  readonly leader: number;
  readonly leaderEpoch: number;
  /** Offsets of the lost records, half-open. */
  readonly from: number;
  readonly to: number;
  readonly batches: readonly RecordBatch[];
  /** By batch: when a client saw it acknowledged, or -1. */
  readonly ackedAtUs: readonly number[];
  /**
   * - `elected`: a leader began its epoch without them.
   * - `committed-late`: a leader of an older epoch committed them, and the newer leader lacks them.
   */
  readonly cause: 'elected' | 'committed-late';
}

export interface LedgerListener {
  /** Called before the ledger forgets the lost batches. */
  commitsLost(atUs: number, loss: Loss): void;
}

interface PartitionLedgerState {
  /** By partition index. */
  books: PartitionBook[];
}

export class PartitionLedger extends Watcher<PartitionLedgerState> implements TruthListener {
  /** Set by whoever owns the ledger. */
  listeners: readonly LedgerListener[] = [];
  private readonly definition: ClusterDefinition;
  private circumstances: Circumstances;

  constructor(definition: ClusterDefinition, circumstances: Circumstances) {
    super({ books: definition.partitions.map(() => createPartitionBook()) });
    this.definition = definition;
    this.circumstances = circumstances;
  }

  attach(circumstances: Circumstances): void {
    this.circumstances = circumstances;
  }

  book(partition: number): PartitionBook {
    return this.state.books[partition]!;
  }

  partitionChanged(
    _atUs: number,
    _before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void {
    const book = this.book(after.partition);
    const { grants } = book;
    book.soleMember = after.isr.length === 1 ? after.isr[0]! : -1;
    while (grants.length <= after.leaderEpoch) grants.push(-1);
    if (after.leader >= 0 && grants[after.leaderEpoch] === -1)
      grants[after.leaderEpoch] = after.leader;
  }

  brokerChanged(): void {
    // Which brokers there are is nothing to a log.
  }

  /** A broker's disk came back empty: all its logs are gone. */
  diskLost(broker: number): void {
    for (const book of this.state.books) {
      for (const replica of book.replicas) {
        if (replica.broker === broker) this.empty(replica);
      }
    }
  }

  override logLoaded(
    _atUs: number,
    broker: number,
    partition: number,
    logEndOffset: number,
    highWatermark: number,
  ): void {
    const replica = replicaOf(this.book(partition), broker);
    if (logEndOffset > replica.logEndOffset) {
      throw new Error(
        `broker ${broker} loaded partition ${partition} up to ${logEndOffset}, having written up to ${replica.logEndOffset}`,
      );
    }
    if (logEndOffset < replica.logEndOffset) {
      replica.lostEnd = Math.max(replica.lostEnd, replica.logEndOffset);
      cutReplica(replica, logEndOffset);
    }
    replica.highWatermark = highWatermark;
    stand(replica);
  }

  override leaderAppended(
    _atUs: number,
    broker: number,
    partition: number,
    batch: RecordBatch,
  ): void {
    appendTo(replicaOf(this.book(partition), broker), batch);
  }

  override followerAppended(
    _atUs: number,
    broker: number,
    partition: number,
    batch: RecordBatch,
  ): void {
    appendTo(replicaOf(this.book(partition), broker), batch);
  }

  override logTruncated(
    _atUs: number,
    broker: number,
    partition: number,
    _from: number,
    to: number,
  ): void {
    cutReplica(replicaOf(this.book(partition), broker), to);
  }

  /** The broker is no replica any more; that its log is gone is no loss, and takes back nothing that it had reached. */
  override logDeleted(_atUs: number, broker: number, partition: number): void {
    this.empty(replicaOf(this.book(partition), broker));
  }

  override highWatermarkMoved(
    atUs: number,
    broker: number,
    partition: number,
    highWatermark: number,
    isLeader: boolean,
  ): void {
    const book = this.state.books[partition]!;
    const replica = replicaOf(book, broker);
    replica.highWatermarkBefore = replica.highWatermark;
    replica.highWatermark = highWatermark;
    if (isLeader && highWatermark > book.committedEnd) this.commit(atUs, partition, book, replica);
  }

  override becameLeader(
    atUs: number,
    broker: number,
    partition: number,
    leaderEpoch: number,
    logEndOffset: number,
  ): void {
    const book = this.book(partition);
    const replica = replicaOf(book, broker);
    if (logEndOffset !== replica.logEndOffset) {
      throw new Error(
        `broker ${broker} leads partition ${partition} from ${logEndOffset}, its log ending at ${replica.logEndOffset}`,
      );
    }
    takeUp(replica, leaderEpoch, true);
    replica.isLegitimate =
      (grantOf(book, leaderEpoch) === broker && this.circumstances.isRegistered(broker)) ||
      this.leadsAlone(book, replica);
    if (!replica.isLegitimate || leaderEpoch < book.currentEpoch) return;
    book.currentEpoch = leaderEpoch;
    book.currentLeader = broker;
    if (!matchUpTo(book, replica, book.committedEnd)) this.lose(atUs, partition, book, replica);
  }

  override becameFollower(
    _atUs: number,
    broker: number,
    partition: number,
    leaderEpoch: number,
  ): void {
    takeUp(replicaOf(this.book(partition), broker), leaderEpoch, false);
  }

  override leaderIsrChanged(
    _atUs: number,
    broker: number,
    partition: number,
    isr: readonly number[],
  ): void {
    replicaOf(this.book(partition), broker).leaderIsr = isr;
  }

  private empty(replica: ReplicaBook): void {
    replica.lostEnd = Math.max(replica.lostEnd, replica.logEndOffset);
    replica.log = new ChunkedList();
    cutReplica(replica, 0);
    replica.highWatermark = 0;
    stand(replica);
  }

  /** Takes into the committed log what a leader's high watermark passed. */
  private commit(atUs: number, partition: number, book: PartitionBook, replica: ReplicaBook): void {
    replica.isLegitimate ||= this.leadsAlone(book, replica);
    if (!replica.isLegitimate || !matchUpTo(book, replica, book.committedEnd)) return;
    const newer =
      replica.leaderEpoch === book.currentEpoch ? null : replicaOf(book, book.currentLeader);
    const { log } = replica;
    while (replica.matchedCount < log.length) {
      const index = replica.matchedCount;
      const batch = log.at(index);
      const end = batch.baseOffset + batch.values.length;
      if (end > replica.highWatermark) return;
      if (newer !== null && (index >= newer.log.length || newer.log.at(index) !== batch)) {
        this.tell(atUs, {
          partition,
          leader: newer.broker,
          leaderEpoch: book.currentEpoch,
          from: batch.baseOffset,
          to: replica.highWatermark,
          batches: [batch],
          ackedAtUs: [-1],
          cause: 'committed-late',
        });
        return;
      }
      book.committed.push(batch);
      book.ackedAtUs.push(-1);
      replica.matchedCount = index + 1;
      replica.matchedEnd = end;
      book.committedEnd = end;
    }
  }

  /** See `ReplicaBook.isLegitimate`. */
  private leadsAlone(book: PartitionBook, { broker, leaderEpoch }: ReplicaBook): boolean {
    if (this.definition.switches.hwMinIsrGate === 'on') return false;
    return book.soleMember === broker && grantOf(book, leaderEpoch) === broker;
  }

  /** A new leader lacks committed records: they are lost, and the partition goes on from where it stands. */
  private lose(atUs: number, partition: number, book: PartitionBook, replica: ReplicaBook): void {
    const batches: RecordBatch[] = [];
    const ackedAtUs: number[] = [];
    for (let index = replica.matchedCount; index < book.committed.length; index++) {
      batches.push(book.committed.at(index));
      ackedAtUs.push(book.ackedAtUs.at(index));
    }
    this.tell(atUs, {
      partition,
      leader: replica.broker,
      leaderEpoch: replica.leaderEpoch,
      from: replica.matchedEnd,
      to: book.committedEnd,
      batches,
      ackedAtUs,
      cause: 'elected',
    });
    cutCommitted(book, replica.matchedCount);
  }

  private tell(atUs: number, loss: Loss): void {
    for (const listener of this.listeners) listener.commitsLost(atUs, loss);
  }
}

/** Since its broker's start the replica has taken up no role yet. */
function stand(replica: ReplicaBook): void {
  replica.isLeader = false;
  replica.isLegitimate = false;
  replica.leaderEpoch = -1;
  replica.leaderEpochBefore = -1;
  replica.leaderIsr = null;
  replica.highWatermarkBefore = replica.highWatermark;
}

function takeUp(replica: ReplicaBook, leaderEpoch: number, isLeader: boolean): void {
  if (leaderEpoch !== replica.leaderEpoch || !isLeader) replica.leaderIsr = null;
  replica.leaderEpochBefore = replica.leaderEpoch;
  replica.leaderEpoch = leaderEpoch;
  replica.isLeader = isLeader;
  replica.isLegitimate = false;
}
