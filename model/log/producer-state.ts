/**
 * What a log remembers of idempotent producers: for each the last five batches (ProducerStateManager, KIP-98).
 *
 * The state follows from the log. A snapshot of it is kept every `SNAPSHOT_BATCHES` batches, so that a load or a
 * truncation replays only what came after the last snapshot below the end.
 *
 * Differs from Kafka: snapshots are taken by number of batches, where Kafka takes them with each segment; a producer
 * expires when it is next looked at, where Kafka sweeps every ten minutes.
 */
import type { ChunkedList, Disk } from '../../sim/index.js';
import { ErrorCode } from '../errors.js';
import { NO_PRODUCER_ID, type RecordBatch } from '../records.js';
import { indexOfOffset } from './log-search.js';

/** Batches remembered for each producer (ProducerStateEntry.NUM_BATCHES_TO_RETAIN). */
const RETAINED_BATCHES = 5;
/** A snapshot is taken when this many batches were appended since the last. */
const SNAPSHOT_BATCHES = 1024;
const KEPT_SNAPSHOTS = 4;
const MAX_SEQUENCE = 2147483647;

interface ProducerEntry {
  readonly producerId: number;
  producerEpoch: number;
  /** The last batches of this epoch, oldest first, at most `RETAINED_BATCHES`; never empty. */
  batches: RecordBatch[];
}

export interface ProducerState {
  /** Name of the checkpoint that holds the snapshots. */
  readonly checkpointName: string;
  readonly entries: Map<number, ProducerEntry>;
  /** The entry looked up last: most partitions see one producer at a time. */
  recent: ProducerEntry | null;
  batchesSinceSnapshot: number;
}

interface ProducerSnapshot {
  /** The state after all batches below this offset. */
  readonly offset: number;
  readonly entries: readonly ProducerEntry[];
}

const NO_SNAPSHOTS: readonly ProducerSnapshot[] = [];

export function createProducerState(partitionName: string): ProducerState {
  return {
    checkpointName: `producer-snapshots/${partitionName}`,
    entries: new Map(),
    recent: null,
    batchesSinceSnapshot: 0,
  };
}

/** The batch of the log that this one repeats (same epoch, same sequence numbers), or null. */
export function findDuplicate(state: ProducerState, batch: RecordBatch): RecordBatch | null {
  const entry = entryOf(state, batch.producerId);
  if (entry?.producerEpoch !== batch.producerEpoch) return null;
  const { batches } = entry;
  for (let at = 0; at < batches.length; at++) {
    const known = batches[at]!;
    if (known.baseSequence !== batch.baseSequence) continue;
    if (known.lastSequence === batch.lastSequence) return known;
  }
  return null;
}

/**
 * Whether a leader may append the batch of a producer, as an error code (ProducerAppendInfo, client origin).
 *
 * A lower epoch is refused; a new epoch starts at sequence 0; within an epoch each batch follows the last. A producer
 * that the log does not know may start anywhere; before 2.5 at sequence 0 only (switch `unknownProducer`, KIP-360).
 *
 * @param nowMs the leader's wall clock.
 */
export function producerError(
  state: ProducerState,
  batch: RecordBatch,
  nowMs: number,
  expirationMs: number,
  startsAnywhere = true,
): ErrorCode {
  const entry = entryOf(state, batch.producerId);
  const ofUnknown =
    startsAnywhere || batch.baseSequence === 0 ? ErrorCode.NONE : ErrorCode.UNKNOWN_PRODUCER_ID;
  if (entry === null) return ofUnknown;
  const last = entry.batches[entry.batches.length - 1]!;
  if (nowMs - last.maxTimestampMs >= expirationMs) {
    state.entries.delete(entry.producerId);
    state.recent = null;
    return ofUnknown;
  }
  if (batch.producerEpoch < entry.producerEpoch) return ErrorCode.INVALID_PRODUCER_EPOCH;
  if (batch.producerEpoch > entry.producerEpoch) {
    return batch.baseSequence === 0 ? ErrorCode.NONE : ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER;
  }
  const { lastSequence } = last;
  const follows =
    batch.baseSequence === lastSequence + 1 ||
    (batch.baseSequence === 0 && lastSequence === MAX_SEQUENCE);
  return follows ? ErrorCode.NONE : ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER;
}

/** Notes a batch that was appended, on a leader or a follower. */
export function noteProducerBatch(state: ProducerState, batch: RecordBatch): void {
  state.batchesSinceSnapshot++;
  if (batch.producerId === NO_PRODUCER_ID) return;
  const entry = entryOf(state, batch.producerId);
  if (entry === null) {
    const { producerId, producerEpoch } = batch;
    const created: ProducerEntry = { producerId, producerEpoch, batches: [batch] };
    state.entries.set(producerId, created);
    state.recent = created;
    return;
  }
  if (entry.producerEpoch !== batch.producerEpoch) {
    entry.producerEpoch = batch.producerEpoch;
    entry.batches.length = 0;
  } else if (entry.batches.length === RETAINED_BATCHES) {
    entry.batches.shift();
  }
  entry.batches.push(batch);
}

/** Forgets all producers (mutation `producerFailover=forgotten`). */
export function forgetProducers(state: ProducerState): void {
  state.entries.clear();
  state.recent = null;
}

/** Takes a snapshot when enough batches came since the last; `endOffset` is the log end offset. */
export function maybeSnapshotProducers(state: ProducerState, disk: Disk, endOffset: number): void {
  if (state.batchesSinceSnapshot < SNAPSHOT_BATCHES) return;
  state.batchesSinceSnapshot = 0;
  const entries: ProducerEntry[] = [];
  for (const entry of state.entries.values()) entries.push(copyOf(entry));
  const kept = snapshotsOf(state, disk).slice(1 - KEPT_SNAPSHOTS);
  disk.writeCheckpoint(state.checkpointName, [...kept, { offset: endOffset, entries }]);
}

/**
 * Builds the state anew from the log, which ends at `endOffset`: from the newest snapshot at or below it and the
 * batches since. Snapshots past the end are dropped, since the log may grow there again with other records.
 */
export function rebuildProducers(
  state: ProducerState,
  disk: Disk,
  batches: ChunkedList<RecordBatch>,
  endOffset: number,
): void {
  const stored = snapshotsOf(state, disk);
  const valid = stored.filter((snapshot) => snapshot.offset <= endOffset);
  if (valid.length < stored.length) disk.writeCheckpoint(state.checkpointName, valid);
  const snapshot = valid[valid.length - 1];
  state.entries.clear();
  state.recent = null;
  state.batchesSinceSnapshot = 0;
  let index = 0;
  if (snapshot !== undefined) {
    for (const entry of snapshot.entries) state.entries.set(entry.producerId, copyOf(entry));
    index = indexOfOffset(batches, snapshot.offset);
  }
  for (; index < batches.length; index++) noteProducerBatch(state, batches.at(index));
}

function entryOf(state: ProducerState, producerId: number): ProducerEntry | null {
  const { recent } = state;
  if (recent !== null && recent.producerId === producerId) return recent;
  const entry = state.entries.get(producerId) ?? null;
  if (entry !== null) state.recent = entry;
  return entry;
}

function snapshotsOf(state: ProducerState, disk: Disk): readonly ProducerSnapshot[] {
  return disk.readCheckpoint<readonly ProducerSnapshot[]>(state.checkpointName) ?? NO_SNAPSHOTS;
}

function copyOf(entry: ProducerEntry): ProducerEntry {
  const { producerId, producerEpoch, batches } = entry;
  return { producerId, producerEpoch, batches: batches.slice() };
}
