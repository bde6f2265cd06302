/**
 * Becoming a follower, of some leader or of none (Partition.makeFollower, ReplicaManager.applyLocalFollowersDelta).
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { latestEpoch, UNDEFINED_EPOCH } from '../log/index.js';
import { NO_LEADER, type PartitionRegistration } from '../metadata/partition-registration.js';
import { observerOf } from '../observer.js';
import { failWaiting } from './delayed-produce.js';
import {
  addToFetcher,
  createFollowerRole,
  queuePosition,
  removeFromFetcher,
} from './fetcher-members.js';
import { detachReaders, wakeReaders } from './readers.js';
import { truncateReplica } from './truncation.js';
import type { FollowerRole, Partition, ReplicaManagerState } from './state.js';

/**
 * Follows the partition's leader as the controller's metadata say.
 *
 * Only a new leader epoch changes anything: the fetcher starts over from the log's end, and whoever waits here for the
 * partition hears that it is led elsewhere. Until 2.0 that took another leader: under the one that it had, a follower went
 * on as if nothing had happened (switch `followerRestart`). A broker that shuts down ceases to fetch: in KRaft mode where
 * it is out of the ISR, on ZooKeeper with whatever it is told (ReplicaManager.makeFollowers).
 *
 * Metadata older than what the replica has are skipped.
 */
export function makeFollower(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  registration: PartitionRegistration,
  context: HostContext,
): void {
  const { leader, leaderEpoch, partitionEpoch } = registration;
  if (partitionEpoch < partition.partitionEpoch) return;
  const { role: before } = partition;
  const restarts = startsOver(definition, partition, registration);
  const isNewEpoch = leaderEpoch > partition.leaderEpoch;
  partition.leaderId = leader;
  partition.leaderEpoch = leaderEpoch;
  partition.partitionEpoch = partitionEpoch;
  const leaves = replicas.isInControlledShutdown && mustLeave(definition, replicas, registration);
  if (!restarts && before.kind === 'follower') {
    keepUp(definition, replicas, before, partition);
    if (isNewEpoch) observeFollower(replicas, partition, context);
    if (!leaves || before.fetcher < 0 || definition.plane.mode === 'zookeeper') return;
  }
  const role = createFollowerRole();
  stopFollowing(replicas, partition, context);
  partition.role = role;
  detachReaders(partition);
  if (before.kind === 'leader') failWaiting(definition, replicas, partition, before, context);
  wakeReaders(replicas, partition);
  observeFollower(replicas, partition, context);
  if (leaves || leader === NO_LEADER) return;
  if (before.kind === 'follower') keepSent(role, before);
  startFollowing(definition, replicas, partition, role, context);
}

function startsOver(
  { switches }: ClusterDefinition,
  { role, leaderId, leaderEpoch }: Partition,
  next: PartitionRegistration,
): boolean {
  if (next.leaderEpoch <= leaderEpoch) return false;
  const isSameLeader = role.kind === 'follower' && next.leader === leaderId;
  return !isSameLeader || switches.followerRestart === 'newEpoch';
}

/** A follower that goes on under a leader's new epoch fetches in it from now on. */
function keepUp(
  { switches }: ClusterDefinition,
  replicas: ReplicaManagerState,
  role: FollowerRole,
  partition: Partition,
): void {
  if (role.currentLeaderEpoch === partition.leaderEpoch || role.fetcher < 0) return;
  role.currentLeaderEpoch = partition.leaderEpoch;
  if (role.status === 'fetching' && switches.fetchEpochFencing === 'on') {
    queuePosition(replicas.fetchers[role.fetcher]!, partition, role);
  }
}

function mustLeave(
  { plane }: ClusterDefinition,
  { nodeId }: ReplicaManagerState,
  { leader, isr }: PartitionRegistration,
): boolean {
  return plane.mode === 'zookeeper' || leader === NO_LEADER || !isr.includes(nodeId);
}

function observeFollower(
  replicas: ReplicaManagerState,
  { index, leaderEpoch, leaderId }: Partition,
  context: HostContext,
): void {
  const { nodeId } = replicas;
  observerOf(context).becameFollower(context.virtualUs, nodeId, index, leaderEpoch, leaderId);
}

/** Takes the partition from its fetcher, if it has one. */
export function stopFollowing(
  replicas: ReplicaManagerState,
  partition: Partition,
  context: HostContext,
): void {
  const { role } = partition;
  if (role.kind === 'follower') removeFromFetcher(replicas, partition, role, context);
}

/**
 * Fetches from the end of the log. A replica without epochs cannot be told where its log parts from the leader's, and is
 * cut to its high watermark first (AbstractFetcherThread.truncateToHighWatermark; switch `truncation`). So was every
 * replica before KIP-101; until KIP-595 the others asked their leader where to cut (switch `truncate`).
 */
function startFollowing(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  role: FollowerRole,
  context: HostContext,
): void {
  const log = partition.log!;
  const { truncation, truncate } = definition.switches;
  const knowsEpochs = latestEpoch(log.epochs) !== UNDEFINED_EPOCH && truncate !== 'hw';
  if (!knowsEpochs && truncation === 'on') {
    truncateReplica(definition, replicas, partition, log.highWatermark, context);
  }
  // It is not ready before: a reply that is under way, of the epoch before, comes too late.
  role.mustTruncate = truncation === 'on' && truncate === 'epochRequest';
  role.fetchOffset = log.logEndOffset;
  role.lastFetchedEpoch = latestEpoch(log.epochs);
  role.currentLeaderEpoch = partition.leaderEpoch;
  addToFetcher(definition, replicas, partition, role, context);
}

/** A reply to the request in flight may still come; it is recognised by what was asked. */
function keepSent(role: FollowerRole, before: FollowerRole): void {
  role.sentOffset = before.sentOffset;
  role.sentLeaderEpoch = before.sentLeaderEpoch;
}
