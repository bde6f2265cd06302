/**
 * Which partitions a fetcher copies, and in which state each is (AbstractFetcherManager, PartitionStates).
 *
 * There is one fetcher for each broker that leads a partition followed here (num.replica.fetchers=1). Lists that name
 * partitions may be out of date: whoever reads them checks the partition's present role.
 */
import { NO_EVENT, type HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { observerOf } from '../observer.js';
import { ReplicaOpcode } from './replica-opcodes.js';
import type { Fetcher, FollowerRole, Partition, ReplicaManagerState } from './state.js';

/** A follower that fetches from nobody. */
export function createFollowerRole(): FollowerRole {
  return {
    kind: 'follower',
    fetcher: -1,
    position: -1,
    status: 'idle',
    fetchOffset: -1,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    lag: -1,
    sentOffset: -1,
    sentLeaderEpoch: -1,
    inSession: false,
    isQueued: false,
    delayedUntilUs: 0,
    isCopying: false,
    awaitsFlush: false,
    mustTruncate: false,
    epochRequest: -1,
  };
}

/** Has a follower fetched from its leader, from a position on. The fetcher is started or told at the end of the call. */
export function addToFetcher(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  role: FollowerRole,
  context: HostContext,
): void {
  const fetcher = fetcherOf(definition, replicas, partition.leaderId);
  role.fetcher = fetcher.index;
  role.position = fetcher.members.length;
  fetcher.members.push(partition.index);
  makeReady(fetcher, partition, role);
  staySession(fetcher, partition, role);
  if (role.status === 'fetching') queuePosition(fetcher, partition, role);
  noteFetchersChanged(replicas, context);
}

/** It fetches with the next request, or asks first where to cut its log. */
function makeReady(fetcher: Fetcher, partition: Partition, role: FollowerRole): void {
  if (role.mustTruncate) {
    role.status = 'truncating';
    fetcher.truncating.push(partition.index);
  } else {
    role.status = 'fetching';
    fetcher.readyCount++;
  }
}

/** Its log is cut: it fetches from there. */
export function endTruncation(fetcher: Fetcher, partition: Partition, role: FollowerRole): void {
  role.mustTruncate = false;
  role.status = 'fetching';
  fetcher.readyCount++;
  queuePosition(fetcher, partition, role);
}

/** Takes a follower from its fetcher. */
export function removeFromFetcher(
  replicas: ReplicaManagerState,
  partition: Partition,
  role: FollowerRole,
  context: HostContext,
): void {
  if (role.fetcher < 0) return;
  const fetcher = replicas.fetchers[role.fetcher]!;
  leaveSession(fetcher, partition, role);
  if (role.status === 'fetching') fetcher.readyCount--;
  endFlushWait(fetcher, role);
  const { members } = fetcher;
  const last = members.pop()!;
  if (last !== partition.index) {
    members[role.position] = last;
    (replicas.partitions[last]!.role as FollowerRole).position = role.position;
  }
  role.fetcher = -1;
  role.status = 'idle';
  ceaseCopying(replicas, partition, role, context);
  noteFetchersChanged(replicas, context);
}

/** Puts a partition off for `replica.fetch.backoff.ms` after an error. */
export function delayMember(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  fetcher: Fetcher,
  partition: Partition,
  role: FollowerRole,
  context: HostContext,
): void {
  const { status } = role;
  if (status !== 'fetching' && status !== 'truncating' && status !== 'throttled') return;
  const { replicaFetchBackoffMs } = definition.node(replicas.nodeId).config;
  const wasFetching = status === 'fetching';
  role.status = 'delayed';
  role.epochRequest = -1;
  role.delayedUntilUs = context.nowUs() + replicaFetchBackoffMs * 1000;
  if (wasFetching) fetcher.readyCount--;
  fetcher.delayed.push(partition.index);
  leaveSession(fetcher, partition, role);
  ceaseCopying(replicas, partition, role, context);
}

/** Leaves a partition out of the requests to come, and of the session. */
export function throttleMember(fetcher: Fetcher, partition: Partition, role: FollowerRole): void {
  if (role.status !== 'fetching') return;
  role.status = 'throttled';
  fetcher.readyCount--;
  leaveSession(fetcher, partition, role);
}

/** Takes a partition in again that was left out. */
export function unthrottleMember(fetcher: Fetcher, partition: Partition, role: FollowerRole): void {
  if (role.status !== 'throttled') return;
  role.status = 'fetching';
  fetcher.readyCount++;
  staySession(fetcher, partition, role);
  queuePosition(fetcher, partition, role);
}

/** Gives a partition up until a new leader epoch. */
export function failMember(
  replicas: ReplicaManagerState,
  fetcher: Fetcher,
  partition: Partition,
  role: FollowerRole,
  context: HostContext,
): void {
  if (role.status === 'fetching') fetcher.readyCount--;
  role.epochRequest = -1;
  role.status = 'failed';
  leaveSession(fetcher, partition, role);
  ceaseCopying(replicas, partition, role, context);
  observerOf(context).mark(context.virtualUs, 'fetcher-partition-failed', partition.index);
}

/** Makes the partitions ready whose delay is over. */
export function reviveDelayed(
  replicas: ReplicaManagerState,
  fetcher: Fetcher,
  context: HostContext,
): void {
  const { delayed } = fetcher;
  if (delayed.length === 0) return;
  const nowUs = context.nowUs();
  let kept = 0;
  for (let at = 0; at < delayed.length; at++) {
    const partition = replicas.partitions[delayed[at]!]!;
    const role = delayedRole(fetcher, partition);
    if (role === null) continue;
    if (role.delayedUntilUs > nowUs) {
      delayed[kept++] = partition.index;
      continue;
    }
    makeReady(fetcher, partition, role);
    if (!role.mustTruncate) queuePosition(fetcher, partition, role);
  }
  delayed.length = kept;
}

/** When the first delay ends (host time), or -1. */
export function firstDelayEndUs(replicas: ReplicaManagerState, fetcher: Fetcher): number {
  let firstUs = -1;
  for (const index of fetcher.delayed) {
    const role = delayedRole(fetcher, replicas.partitions[index]!);
    if (role !== null && (firstUs < 0 || role.delayedUntilUs < firstUs))
      firstUs = role.delayedUntilUs;
  }
  return firstUs;
}

/** Has the partition's position sent with the next request. */
export function queuePosition(fetcher: Fetcher, partition: Partition, role: FollowerRole): void {
  if (role.isQueued) return;
  role.isQueued = true;
  fetcher.changed.push(partition.index);
}

/** The partition's records are on disk, or it is not the fetcher's any more: the fetcher need not wait for it. */
export function endFlushWait(fetcher: Fetcher, role: FollowerRole): void {
  if (!role.awaitsFlush) return;
  role.awaitsFlush = false;
  fetcher.pendingFlushes--;
}

/** The partition is not copied any more, be it for a while. */
function ceaseCopying(
  replicas: ReplicaManagerState,
  partition: Partition,
  role: FollowerRole,
  context: HostContext,
): void {
  if (!role.isCopying) return;
  role.isCopying = false;
  observerOf(context).followerFetching(context.virtualUs, replicas.nodeId, partition.index, false);
}

function leaveSession(fetcher: Fetcher, partition: Partition, role: FollowerRole): void {
  role.isQueued = false;
  if (!role.inSession) return;
  role.inSession = false;
  fetcher.forgotten.push(partition.index);
}

/** The leader was not told yet that the partition leaves the session: it stays. */
function staySession(fetcher: Fetcher, partition: Partition, role: FollowerRole): void {
  const forgottenAt = fetcher.forgotten.indexOf(partition.index);
  if (forgottenAt < 0) return;
  fetcher.forgotten.splice(forgottenAt, 1);
  role.inSession = true;
}

function delayedRole(fetcher: Fetcher, partition: Partition): FollowerRole | null {
  const { role } = partition;
  if (role.kind !== 'follower' || role.fetcher !== fetcher.index) return null;
  return role.status === 'delayed' ? role : null;
}

function noteFetchersChanged(replicas: ReplicaManagerState, context: HostContext): void {
  if (replicas.fetchersChanged) return;
  replicas.fetchersChanged = true;
  context.setTimer(0, ReplicaOpcode.fetchersChanged);
}

function fetcherOf(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  leaderId: number,
): Fetcher {
  const { fetchers } = replicas;
  let free = fetchers.length;
  for (let index = 0; index < fetchers.length; index++) {
    const fetcher = fetchers[index] ?? null;
    if (fetcher === null) free = Math.min(free, index);
    else if (fetcher.leaderId === leaderId) return fetcher;
  }
  const fetcher: Fetcher = {
    index: free,
    leaderId,
    host: definition.node(leaderId).host,
    connection: -1,
    sessionId: 0,
    sessionEpoch: 0,
    members: [],
    changed: [],
    forgotten: [],
    delayed: [],
    truncating: [],
    epochRequests: 0,
    readyCount: 0,
    inFlight: -1,
    nextSequence: 0,
    deadlineUs: 0,
    timeoutTimer: NO_EVENT,
    backoffTimer: NO_EVENT,
    pendingFlushes: 0,
  };
  fetchers[free] = fetcher;
  return fetcher;
}
