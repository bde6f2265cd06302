/**
 * The answer to a fetch: of the session's active partitions those with news (CachedPartition.maybeUpdateResponseData).
 */
import { addItem, shorten, type HostContext } from '../../sim/index.js';
import { ErrorCode } from '../errors.js';
import { NO_BATCHES, readBatches } from '../log/index.js';
import type { RecordBatch } from '../records.js';
import { FetchResponse, type FetchResult } from '../rpc/index.js';
import { namedLeader } from './access.js';
import { closeSession } from './fetch-session.js';
import type { FetchSession, Partition, ReplicaManagerState, SessionPartition } from './state.js';
import { recordAnswer } from './throttle.js';

const NO_RESULTS: readonly FetchResult[] = [];

/** Answers the session's present fetch with what the last read found. */
export function answerFetch(
  replicas: ReplicaManagerState,
  session: FetchSession,
  context: HostContext,
): void {
  const { active, answersAll } = session;
  let results: FetchResult[] | null = null;
  let bytes = 0;
  let starvedAt = -1;
  for (let at = 0; at < active.length; at++) {
    const reader = active[at]!;
    const batches = recordsFor(replicas, reader, session.maxBytes - bytes, bytes === 0);
    for (let index = 0; index < batches.length; index++) bytes += batches[index]!.sizeBytes;
    if (batches.length === 0 && starvedAt < 0 && isReadable(reader)) starvedAt = at;
    const isNews =
      batches.length > 0 ||
      reader.error !== ErrorCode.NONE ||
      reader.divergingEpoch >= 0 ||
      reader.highWatermark !== reader.toldHighWatermark;
    if (!isNews && !answersAll) continue;
    results = addItem(results, resultOf(replicas, reader, batches));
    // Errors and divergences are told until they are over, and the state after them in any case.
    const isPlain = reader.error === ErrorCode.NONE && reader.divergingEpoch < 0;
    reader.toldHighWatermark = isPlain ? reader.highWatermark : -1;
  }
  // The answer was full: whoever got nothing is first in the next one.
  if (starvedAt > 0) session.active = active.slice(starvedAt).concat(active.slice(0, starvedAt));
  session.isParked = false;
  session.answersAll = false;
  const sessionId = session.isIncremental ? session.index + 1 : 0;
  const { correlationId } = session;
  const response = new FetchResponse(
    correlationId,
    ErrorCode.NONE,
    sessionId,
    results ?? NO_RESULTS,
  );
  replicas.outbox.push({ connection: session.connection, response, bytes });
  const { throttles } = replicas;
  if (throttles !== null) recordAnswer(throttles, session, response.results, context);
  if (session.isIncremental) compactActive(replicas, session);
  else closeSession(replicas, session, context);
}

/** Keeps active what the next fetch must look at. */
export function compactActive(replicas: ReplicaManagerState, session: FetchSession): void {
  const { active } = session;
  let kept = 0;
  for (let at = 0; at < active.length; at++) {
    const reader = active[at]!;
    if (mayHaveNews(replicas.partitions[reader.partition]!, reader)) active[kept++] = reader;
    else reader.isActive = false;
  }
  shorten(active, kept);
}

function mayHaveNews(partition: Partition, reader: SessionPartition): boolean {
  if (reader.error !== ErrorCode.NONE || reader.divergingEpoch >= 0) return true;
  const { session, follower } = reader;
  if (session.replicaId >= 0 && follower?.settledIn !== session) return true;
  const { highWatermark } = partition.log!;
  if (highWatermark !== reader.toldHighWatermark) return true;
  return session.replicaId < 0 && reader.fetchOffset < highWatermark;
}

function isReadable(reader: SessionPartition): boolean {
  if (reader.error !== ErrorCode.NONE || reader.divergingEpoch >= 0) return false;
  return !reader.isThrottled && reader.fetchOffset < reader.endOffset;
}

function recordsFor(
  replicas: ReplicaManagerState,
  reader: SessionPartition,
  bytesLeft: number,
  minOneBatch: boolean,
): readonly RecordBatch[] {
  if (!isReadable(reader)) return NO_BATCHES;
  const { fetchOffset, endOffset } = reader;
  const { entries } = replicas.partitions[reader.partition]!.log!.file;
  const maxBytes = Math.min(reader.maxBytes, bytesLeft);
  return readBatches(entries, fetchOffset, endOffset, maxBytes, minOneBatch);
}

/**
 * Differs from Kafka: OFFSET_OUT_OF_RANGE carries the leader's log end offset (in `divergingEndOffset`) and log start
 * offset, for which a follower of Kafka asks with ListOffsets.
 */
function resultOf(
  replicas: ReplicaManagerState,
  reader: SessionPartition,
  batches: readonly RecordBatch[],
): FetchResult {
  const partition = replicas.partitions[reader.partition]!;
  const { error } = reader;
  const log = partition.log;
  const { leaderId, leaderEpoch } = namedLeader(replicas, reader.partition, error);
  const isOutOfRange = error === ErrorCode.OFFSET_OUT_OF_RANGE;
  return {
    partition: reader.partition,
    error,
    highWatermark: reader.highWatermark,
    logStartOffset: log === null ? -1 : log.logStartOffset,
    batches,
    divergingEpoch: reader.divergingEpoch,
    divergingEndOffset: isOutOfRange ? log!.logEndOffset : reader.divergingEndOffset,
    leaderId,
    leaderEpoch,
  };
}
