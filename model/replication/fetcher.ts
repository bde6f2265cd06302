/**
 * Fetchers: one request in flight to each leader (ReplicaFetcherThread, RemoteLeaderEndPoint, FetchSessionHandler).
 *
 *     idle ──ready partitions──> in flight ──reply──> in flight
 *                                          ──no connection, no answer──> all delayed, no session
 *
 * A partition that becomes ready while a request is in flight goes with the next one.
 */
import {
  addItem,
  NO_EVENT,
  shorten,
  type ConnectionId,
  type HostContext,
} from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { latestEpoch, UNDEFINED_EPOCH } from '../log/index.js';
import { FetchRequest, OffsetForLeaderEpochRequest, type FetchEntry } from '../rpc/index.js';
import { delayMember, endTruncation, firstDelayEndUs, reviveDelayed } from './fetcher-members.js';
import { throttleMembers } from './fetcher-throttle.js';
import { ReplicaOpcode } from './replica-opcodes.js';
import type { Fetcher, FollowerRole, Partition, ReplicaManagerState } from './state.js';

/** Default of `socket.connection.setup.timeout.ms`, in microseconds. */
const CONNECTION_SETUP_TIMEOUT_US = 10_000_000;
/** The correlation id of a request is its number * MAX_FETCHERS + the index of its fetcher. */
export const MAX_FETCHERS = 16384;

const NO_ENTRIES: readonly FetchEntry[] = [];
const NO_PARTITIONS: readonly number[] = [];

/** Metadata was applied: fetchers that have nothing left end, and idle ones start. */
export function onFetchersChanged(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  context: HostContext,
): void {
  replicas.fetchersChanged = false;
  const { fetchers } = replicas;
  for (let index = 0; index < fetchers.length; index++) {
    const fetcher = fetchers[index] ?? null;
    if (fetcher === null) continue;
    if (fetcher.members.length === 0) closeFetcher(replicas, fetcher, context);
    else maybeSendFetch(definition, replicas, fetcher, 0, context);
  }
}

/** Sends the next request, unless one is in flight, a flush is waited for, or nothing is ready. */
export function maybeSendFetch(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  fetcher: Fetcher,
  delayUs: number,
  context: HostContext,
): void {
  if (fetcher.inFlight >= 0 || fetcher.epochRequests > 0) return;
  if (fetcher.pendingFlushes > 0 || replicas.isStopping) return;
  reviveDelayed(replicas, fetcher, context);
  if (fetcher.truncating.length > 0 && askForEpochs(definition, replicas, fetcher, context)) return;
  if (fetcher.connection < 0) resetSession(replicas, fetcher);
  const leavesOut = throttleMembers(replicas, fetcher, context);
  const isFull = fetcher.sessionEpoch === 0;
  if (fetcher.readyCount === 0 && (isFull || fetcher.forgotten.length === 0)) {
    if (leavesOut) armThrottleBackoff(definition, replicas, fetcher, context);
    else armBackoff(replicas, fetcher, context);
    return;
  }
  if (fetcher.connection < 0) {
    fetcher.connection = context.connect(fetcher.host, CONNECTION_SETUP_TIMEOUT_US);
  }
  const { config } = definition.node(replicas.nodeId);
  const maxBytes = config.replicaFetchMaxBytes;
  const entries = isFull
    ? allEntries(definition, replicas, fetcher, maxBytes)
    : changedEntries(definition, replicas, fetcher, maxBytes);
  const { forgotten } = fetcher;
  if (forgotten.length > 0) fetcher.forgotten = [];
  const correlationId = fetcher.nextSequence++ * MAX_FETCHERS + fetcher.index;
  const request = new FetchRequest(
    correlationId,
    replicas.nodeId,
    replicas.brokerEpoch,
    config.replicaFetchWaitMaxMs,
    config.replicaFetchMinBytes,
    config.replicaFetchResponseMaxBytes,
    fetcher.sessionId,
    fetcher.sessionEpoch,
    entries,
    isFull || forgotten.length === 0 ? NO_PARTITIONS : forgotten,
  );
  fetcher.inFlight = correlationId;
  context.send(fetcher.connection, request, delayUs);
  const timeoutUs = config.replicaSocketTimeoutMs * 1000;
  fetcher.deadlineUs = context.nowUs() + delayUs + timeoutUs;
  if (fetcher.timeoutTimer === NO_EVENT) {
    armTimeout(fetcher, delayUs + timeoutUs, context);
  }
}

/**
 * Asks the leader where the last epochs of the logs end that are to be cut (ReplicaFetcherThread.fetchEpochEndOffsets);
 * false where nobody has to be asked any more.
 *
 * Differs from Kafka: each partition has a request of its own; they leave together, and the next fetch waits for all.
 */
function askForEpochs(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  fetcher: Fetcher,
  context: HostContext,
): boolean {
  const { truncating } = fetcher;
  fetcher.truncating = [];
  const fences = definition.switches.fetchEpochFencing === 'on';
  for (const index of truncating) {
    const partition = replicas.partitions[index]!;
    const { role } = partition;
    if (role.kind !== 'follower' || role.fetcher !== fetcher.index) continue;
    if (role.status !== 'truncating' || role.epochRequest >= 0) continue;
    const lastEpoch = latestEpoch(partition.log!.epochs);
    if (lastEpoch === UNDEFINED_EPOCH) {
      // There is nothing to ask for: it was cut to its high watermark.
      endTruncation(fetcher, partition, role);
      continue;
    }
    if (fetcher.connection < 0)
      fetcher.connection = context.connect(fetcher.host, CONNECTION_SETUP_TIMEOUT_US);
    role.epochRequest = fetcher.nextSequence++ * MAX_FETCHERS + fetcher.index;
    role.sentLeaderEpoch = role.currentLeaderEpoch;
    const epoch = fences ? role.currentLeaderEpoch : -1;
    const request = new OffsetForLeaderEpochRequest(role.epochRequest, index, epoch, lastEpoch);
    context.send(fetcher.connection, request);
    fetcher.epochRequests++;
  }
  if (fetcher.epochRequests === 0) return false;
  const timeoutUs = definition.node(replicas.nodeId).config.replicaSocketTimeoutMs * 1000;
  fetcher.deadlineUs = context.nowUs() + timeoutUs;
  if (fetcher.timeoutTimer === NO_EVENT) armTimeout(fetcher, timeoutUs, context);
  return true;
}

function isAwaiting(fetcher: Fetcher): boolean {
  return fetcher.inFlight >= 0 || fetcher.epochRequests > 0;
}

/** The connection is gone. Returns whether it was a fetcher's. */
export function onFetcherClosed(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  connection: ConnectionId,
  context: HostContext,
): boolean {
  for (const fetcher of replicas.fetchers) {
    if (fetcher?.connection !== connection) continue;
    fetcher.connection = -1;
    if (isAwaiting(fetcher)) failFetch(definition, replicas, fetcher, context);
    return true;
  }
  return false;
}

/** `replica.socket.timeout.ms` may be over for the request in flight. */
export function onFetcherTimeout(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  index: number,
  context: HostContext,
): void {
  const fetcher = replicas.fetchers[index] ?? null;
  if (fetcher === null) return;
  fetcher.timeoutTimer = NO_EVENT;
  if (!isAwaiting(fetcher)) return;
  const leftUs = fetcher.deadlineUs - context.nowUs();
  if (leftUs > 0) {
    armTimeout(fetcher, leftUs, context);
    return;
  }
  context.close(fetcher.connection);
  fetcher.connection = -1;
  failFetch(definition, replicas, fetcher, context);
}

/** Delayed partitions may be ready again. */
export function onFetcherBackoff(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  index: number,
  context: HostContext,
): void {
  const fetcher = replicas.fetchers[index] ?? null;
  if (fetcher === null) return;
  fetcher.backoffTimer = NO_EVENT;
  maybeSendFetch(definition, replicas, fetcher, 0, context);
}

/** Ends a fetcher; a reply under way will not be heard. */
export function closeFetcher(
  replicas: ReplicaManagerState,
  fetcher: Fetcher,
  context: HostContext,
): void {
  if (fetcher.connection >= 0) context.close(fetcher.connection);
  context.cancelTimer(fetcher.timeoutTimer);
  context.cancelTimer(fetcher.backoffTimer);
  replicas.fetchers[fetcher.index] = null;
}

/** Begins without a session: the next request is a full one. */
export function resetSession(replicas: ReplicaManagerState, fetcher: Fetcher): void {
  fetcher.sessionId = 0;
  if (fetcher.sessionEpoch === 0) return;
  fetcher.sessionEpoch = 0;
  fetcher.forgotten = [];
  for (const index of fetcher.members) {
    (replicas.partitions[index]!.role as FollowerRole).inSession = false;
  }
}

/** The request in flight failed: all its partitions wait, since nobody knows what is wrong with the leader. */
function failFetch(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  fetcher: Fetcher,
  context: HostContext,
): void {
  fetcher.inFlight = -1;
  fetcher.epochRequests = 0;
  fetcher.sessionEpoch = -1;
  resetSession(replicas, fetcher);
  for (const index of fetcher.members) {
    const partition = replicas.partitions[index]!;
    const role = partition.role as FollowerRole;
    delayMember(definition, replicas, fetcher, partition, role, context);
  }
  armBackoff(replicas, fetcher, context);
}

function allEntries(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  fetcher: Fetcher,
  maxBytes: number,
): readonly FetchEntry[] {
  const entries: FetchEntry[] = [];
  for (const index of fetcher.members) {
    const partition = replicas.partitions[index]!;
    const role = partition.role as FollowerRole;
    if (role.status !== 'fetching') continue;
    entries.push(entryOf(definition, partition, role, maxBytes));
  }
  fetcher.changed.length = 0;
  return entries;
}

function changedEntries(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  fetcher: Fetcher,
  maxBytes: number,
): readonly FetchEntry[] {
  const { changed } = fetcher;
  if (changed.length === 0) return NO_ENTRIES;
  let entries: FetchEntry[] | null = null;
  for (let at = 0; at < changed.length; at++) {
    const partition = replicas.partitions[changed[at]!]!;
    const { role } = partition;
    if (role.kind !== 'follower' || role.fetcher !== fetcher.index) continue;
    if (!role.isQueued || role.status !== 'fetching') continue;
    entries = addItem(entries, entryOf(definition, partition, role, maxBytes));
  }
  shorten(changed, 0);
  return entries ?? NO_ENTRIES;
}

/**
 * With switch `truncation` off the leader is not told of the last epoch, and so cannot find a divergence; nor was it
 * before followers cut their logs by what fetches say (switch `truncate`).
 */
function entryOf(
  definition: ClusterDefinition,
  partition: Partition,
  role: FollowerRole,
  maxBytes: number,
): FetchEntry {
  const { fetchOffset, currentLeaderEpoch, lastFetchedEpoch } = role;
  const { truncation, truncate, fetchEpochFencing } = definition.switches;
  role.isQueued = false;
  role.inSession = true;
  role.sentOffset = fetchOffset;
  role.sentLeaderEpoch = currentLeaderEpoch;
  return {
    partition: partition.index,
    fetchOffset,
    lastFetchedEpoch: truncation === 'on' && truncate === 'fetch' ? lastFetchedEpoch : -1,
    currentLeaderEpoch: fetchEpochFencing === 'on' ? currentLeaderEpoch : -1,
    logStartOffset: partition.log!.logStartOffset,
    maxBytes,
  };
}

function armTimeout(fetcher: Fetcher, delayUs: number, context: HostContext): void {
  fetcher.timeoutTimer = context.setTimer(delayUs, ReplicaOpcode.fetcherTimeout, fetcher.index);
}

/** Nothing but throttled partitions, and perhaps delayed ones: they are looked at after `replica.fetch.backoff.ms`. */
function armThrottleBackoff(
  definition: ClusterDefinition,
  { nodeId }: ReplicaManagerState,
  fetcher: Fetcher,
  context: HostContext,
): void {
  if (fetcher.backoffTimer !== NO_EVENT) return;
  const delayUs = definition.node(nodeId).config.replicaFetchBackoffMs * 1000;
  fetcher.backoffTimer = context.setTimer(delayUs, ReplicaOpcode.fetcherBackoff, fetcher.index);
}

function armBackoff(replicas: ReplicaManagerState, fetcher: Fetcher, context: HostContext): void {
  if (fetcher.backoffTimer !== NO_EVENT) return;
  const firstUs = firstDelayEndUs(replicas, fetcher);
  if (firstUs < 0) return;
  const delayUs = Math.max(0, firstUs - context.nowUs());
  fetcher.backoffTimer = context.setTimer(delayUs, ReplicaOpcode.fetcherBackoff, fetcher.index);
}
