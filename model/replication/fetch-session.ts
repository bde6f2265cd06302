/**
 * Incremental fetch sessions (KIP-227): the leader remembers what a reader wants, and the reader says only what changed.
 *
 * Differs from Kafka: a session lives as long as its connection (a reader that reconnects opens a new one anyway), and
 * there is no bound on their number.
 */
import { NO_EVENT, type HostContext } from '../../sim/index.js';
import { ErrorCode } from '../errors.js';
import type { FetchEntry, FetchRequest } from '../rpc/index.js';
import { unsettle } from './follower-progress.js';
import { activate } from './readers.js';
import {
  LONG_AGO_US,
  partitionOf,
  type FetchSession,
  type ReplicaManagerState,
  type SessionPartition,
} from './state.js';

/** Session epoch of a full fetch that opens a session. */
const INITIAL_EPOCH = 0;
/** Session epoch of a full fetch without a session. */
const FINAL_EPOCH = -1;

/** The session of a request, opened where the request asks for one, or the error (FetchManager.newContext). */
export function sessionOf(
  replicas: ReplicaManagerState,
  connection: number,
  request: FetchRequest,
  context: HostContext,
): FetchSession | ErrorCode {
  const { sessionId, sessionEpoch } = request;
  if (sessionEpoch === FINAL_EPOCH) return openSession(replicas, connection, request, false);
  if (sessionEpoch === INITIAL_EPOCH) {
    closeSessionsOf(replicas, connection, context);
    return openSession(replicas, connection, request, true);
  }
  const session = replicas.sessions[sessionId - 1] ?? null;
  if (session?.connection !== connection) {
    return ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
  }
  if (session.epoch !== sessionEpoch) return ErrorCode.INVALID_FETCH_SESSION_EPOCH;
  return session;
}

/** Takes over what the request says of positions, and drops what it forgets. */
export function updateSession(
  replicas: ReplicaManagerState,
  session: FetchSession,
  request: FetchRequest,
): void {
  const { entries, forgotten } = request;
  for (let at = 0; at < entries.length; at++) updatePartition(replicas, session, entries[at]!);
  for (let at = 0; at < forgotten.length; at++) forgetPartition(replicas, session, forgotten[at]!);
}

/** Ends a session: its parked fetch is not answered. */
export function closeSession(
  replicas: ReplicaManagerState,
  session: FetchSession,
  context: HostContext,
): void {
  if (session.timer !== NO_EVENT) context.cancelTimer(session.timer);
  session.timer = NO_EVENT;
  session.isParked = false;
  for (const reader of session.partitions) removeReader(replicas, reader);
  session.partitions = [];
  session.active = [];
  if (replicas.sessions[session.index] === session) replicas.sessions[session.index] = null;
}

/** Ends the sessions of a connection that is gone. */
export function closeSessionsOf(
  replicas: ReplicaManagerState,
  connection: number,
  context: HostContext,
): void {
  const { sessions } = replicas;
  for (let index = 0; index < sessions.length; index++) {
    const session = sessions[index];
    if (session?.connection === connection) {
      closeSession(replicas, session, context);
    }
  }
}

/** Has every partition of the session looked at: what holds for one fetch of it may not hold for the next. */
export function activateAll(session: FetchSession): void {
  for (const reader of session.partitions) {
    if (reader.follower?.settledIn === session) unsettle(reader.follower);
    activate(reader);
  }
}

function openSession(
  replicas: ReplicaManagerState,
  connection: number,
  request: FetchRequest,
  isIncremental: boolean,
): FetchSession {
  const { sessions } = replicas;
  let index = 0;
  while (index < sessions.length && sessions[index] !== null) index++;
  const session: FetchSession = {
    index,
    connection,
    replicaId: request.replicaId,
    isIncremental,
    replicaEpoch: request.replicaEpoch,
    epoch: INITIAL_EPOCH,
    partitions: [],
    active: [],
    lastFetchTimeUs: LONG_AGO_US,
    correlationId: -1,
    minBytes: 0,
    maxBytes: 0,
    answersAll: true,
    isParked: false,
    isWoken: false,
    deadlineUs: 0,
    timer: NO_EVENT,
    timerAtUs: 0,
  };
  sessions[index] = session;
  return session;
}

function updatePartition(
  replicas: ReplicaManagerState,
  session: FetchSession,
  entry: FetchEntry,
): void {
  const reader = readerOf(replicas, session, entry.partition);
  const { follower } = reader;
  if (follower !== null && follower.settledIn === session) unsettle(follower);
  reader.fetchOffset = entry.fetchOffset;
  reader.lastFetchedEpoch = entry.lastFetchedEpoch;
  reader.currentLeaderEpoch = entry.currentLeaderEpoch;
  reader.maxBytes = entry.maxBytes;
  activate(reader);
}

function readerOf(
  replicas: ReplicaManagerState,
  session: FetchSession,
  index: number,
): SessionPartition {
  const { readers } = partitionOf(replicas, index);
  for (let at = 0; at < readers.length; at++) {
    if (readers[at]!.session === session) return readers[at]!;
  }
  const reader: SessionPartition = {
    partition: index,
    session,
    fetchOffset: 0,
    lastFetchedEpoch: -1,
    currentLeaderEpoch: -1,
    maxBytes: 0,
    isActive: false,
    toldHighWatermark: -1,
    follower: null,
    error: ErrorCode.NONE,
    divergingEpoch: -1,
    divergingEndOffset: -1,
    highWatermark: -1,
    endOffset: -1,
    isThrottled: false,
  };
  readers.push(reader);
  session.partitions.push(reader);
  return reader;
}

function forgetPartition(
  replicas: ReplicaManagerState,
  session: FetchSession,
  index: number,
): void {
  const at = session.partitions.findIndex((reader) => reader.partition === index);
  if (at < 0) return;
  const [reader] = session.partitions.splice(at, 1);
  removeReader(replicas, reader!);
  if (reader!.isActive) session.active.splice(session.active.indexOf(reader!), 1);
}

function removeReader(replicas: ReplicaManagerState, reader: SessionPartition): void {
  const { follower, session } = reader;
  if (follower !== null && follower.settledIn === session) unsettle(follower);
  const { readers } = partitionOf(replicas, reader.partition);
  const at = readers.indexOf(reader);
  if (at >= 0) readers.splice(at, 1);
}
