/**
 * What the ledger knows of one partition: the committed log and the log of each replica.
 *
 * Logs are lists of references. A follower's log holds the very batches of its leader's, so that "the same record" is
 * identity, and a replica is held against the committed log only from where it was verified last.
 */
import type { RecordBatch } from '../../model/index.js';
import { ChunkedList } from '../../sim/index.js';

/** One replica's log as its broker's disk has it. */
export interface ReplicaBook {
  readonly broker: number;
  log: ChunkedList<RecordBatch>;
  logEndOffset: number;
  /** The first so many batches are those of the committed log... */
  matchedCount: number;
  /** ...and end here. Never above the committed log's end. */
  matchedEnd: number;
  highWatermark: number;
  /** The high watermark before it last moved. */
  highWatermarkBefore: number;
  /** Leader epoch that the replica last took up since its broker started, or -1. */
  leaderEpoch: number;
  /** The epoch before that one, or -1. */
  leaderEpochBefore: number;
  isLeader: boolean;
  /**
   * It leads an epoch that the controllers gave to this incarnation of its broker. Before 3.7 (`hwMinIsrGate=off`) that
   * of a former one, too, where it is alone in the ISR: it comes up as leader before it is registered, and moves the high
   * watermark at once over what nobody else has.
   */
  isLegitimate: boolean;
  /** The ISR that the leader works with in its epoch, or null while it has not said. */
  leaderIsr: readonly number[] | null;
  /** Where the log ended when its tail (or all of it) was last lost with the disk's, or deleted; 0 where none was. */
  lostEnd: number;
}

export interface PartitionBook {
  /** Every batch below the true high watermark: the highest that a legitimate leader has had. */
  committed: ChunkedList<RecordBatch>;
  /** By index of `committed`: when a client saw the batch acknowledged, or -1. */
  ackedAtUs: ChunkedList<number>;
  /** The true high watermark. */
  committedEnd: number;
  /** The highest leader epoch in which a broker began to lead, and that broker; -1 at first. */
  currentEpoch: number;
  currentLeader: number;
  /** The one member of the ISR as the controllers have it, or -1 where there are more or none. */
  soleMember: number;
  /** Leaders by epoch, as the controllers granted them; -1 for an epoch without. */
  grants: number[];
  replicas: ReplicaBook[];
}

export function createPartitionBook(): PartitionBook {
  return {
    committed: new ChunkedList(),
    ackedAtUs: new ChunkedList(),
    committedEnd: 0,
    currentEpoch: -1,
    currentLeader: -1,
    soleMember: -1,
    grants: [],
    replicas: [],
  };
}

/** The replica's book, made where there is none yet. */
export function replicaOf(book: PartitionBook, broker: number): ReplicaBook {
  const { replicas } = book;
  for (let index = 0; index < replicas.length; index++) {
    const replica = replicas[index]!;
    if (replica.broker === broker) return replica;
  }
  const replica: ReplicaBook = {
    broker,
    log: new ChunkedList(),
    logEndOffset: 0,
    matchedCount: 0,
    matchedEnd: 0,
    highWatermark: 0,
    highWatermarkBefore: 0,
    leaderEpoch: -1,
    leaderEpochBefore: -1,
    isLeader: false,
    isLegitimate: false,
    leaderIsr: null,
    lostEnd: 0,
  };
  replicas.push(replica);
  return replica;
}

/**
 * True where the replica holds the committed log up to an offset (at most the committed log's end).
 * What was verified once is not looked at again.
 */
export function matchUpTo(book: PartitionBook, replica: ReplicaBook, offset: number): boolean {
  const { committed } = book;
  const { log } = replica;
  while (replica.matchedEnd < offset) {
    const index = replica.matchedCount;
    if (index >= log.length || index >= committed.length) return false;
    const batch = log.at(index);
    if (batch !== committed.at(index)) return false;
    replica.matchedCount = index + 1;
    replica.matchedEnd = batch.baseOffset + batch.values.length;
  }
  return true;
}

/** Appends to a replica's log. */
export function appendTo(replica: ReplicaBook, batch: RecordBatch): void {
  replica.log.push(batch);
  replica.logEndOffset = batch.baseOffset + batch.values.length;
}

/** Cuts a replica's log at an offset; a batch that reaches beyond it goes as a whole. */
export function cutReplica(replica: ReplicaBook, logEndOffset: number): void {
  const { log } = replica;
  let count = log.length;
  while (count > 0 && log.at(count - 1).nextOffset > logEndOffset) count--;
  log.truncate(count);
  replica.logEndOffset = logEndOffset;
  if (replica.matchedCount > count) {
    replica.matchedCount = count;
    replica.matchedEnd = count === 0 ? 0 : log.at(count - 1).nextOffset;
  }
}

/** Cuts the committed log behind its first `count` batches. */
export function cutCommitted(book: PartitionBook, count: number): void {
  const { committed } = book;
  committed.truncate(count);
  book.ackedAtUs.truncate(count);
  book.committedEnd = count === 0 ? 0 : committed.at(count - 1).nextOffset;
  for (const replica of book.replicas) {
    if (replica.matchedCount <= count) continue;
    replica.matchedCount = count;
    replica.matchedEnd = book.committedEnd;
  }
}

/** How many batches at the end are tried one by one before the search is a binary one. */
const NEWEST = 4;

/** Index of the batch that holds an offset, or -1. Most questions are about the newest batches. */
export function indexOfOffset(log: ChunkedList<RecordBatch>, offset: number): number {
  let high = log.length - 1;
  for (let tries = 0; tries < NEWEST && high >= 0; tries++, high--) {
    const batch = log.at(high);
    if (batch.baseOffset <= offset) return offset < batch.nextOffset ? high : -1;
  }
  let low = 0;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const batch = log.at(middle);
    if (offset < batch.baseOffset) high = middle - 1;
    else if (offset >= batch.nextOffset) low = middle + 1;
    else return middle;
  }
  return -1;
}

/** True where a log holds this very batch. */
export function holds(log: ChunkedList<RecordBatch>, batch: RecordBatch): boolean {
  const index = indexOfOffset(log, batch.baseOffset);
  return index >= 0 && log.at(index) === batch;
}

/** True where a log holds a record of that value at an offset. */
export function holdsValue(log: ChunkedList<RecordBatch>, offset: number, value: number): boolean {
  const index = indexOfOffset(log, offset);
  if (index < 0) return false;
  const batch = log.at(index);
  return batch.values[offset - batch.baseOffset] === value;
}

/** The leader that the controllers granted an epoch, or -1. */
export function grantOf(book: PartitionBook, leaderEpoch: number): number {
  return book.grants[leaderEpoch] ?? -1;
}
