/**
 * Becoming a follower, of some leader or of none (Partition.makeFollower, ReplicaManager.applyLocalFollowersDelta).
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { latestEpoch, UNDEFINED_EPOCH } from '../log/index.js';
import { NO_LEADER, type PartitionRegistration } from '../metadata/partition-registration.js';
import { observerOf } from '../observer.js';
import { failWaiting } from './delayed-produce.js';
import { truncateReplica } from './fetch-reply.js';
import { addToFetcher, createFollowerRole, removeFromFetcher } from './fetcher-members.js';
import { detachReaders, wakeReaders } from './readers.js';
import type { FollowerRole, Partition, ReplicaManagerState } from './state.js';

/**
 * Follows the partition's leader as the controller's metadata say.
 *
 * Only a new leader epoch changes anything: the fetcher starts over from the log's end, and whoever waits here for the
 * partition hears that it is led elsewhere. A broker in controlled shutdown that is out of the ISR stops fetching.
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
  const { leader, leaderEpoch, partitionEpoch, isr } = registration;
  if (partitionEpoch < partition.partitionEpoch) return;
  const isNewLeaderEpoch = leaderEpoch > partition.leaderEpoch;
  partition.leaderId = leader;
  partition.leaderEpoch = leaderEpoch;
  partition.partitionEpoch = partitionEpoch;
  const leaves =
    replicas.isInControlledShutdown && (leader === NO_LEADER || !isr.includes(replicas.nodeId));
  const { role: before } = partition;
  if (!isNewLeaderEpoch && before.kind === 'follower' && (!leaves || before.fetcher < 0)) return;
  const role = createFollowerRole();
  stopFollowing(replicas, partition, context);
  partition.role = role;
  detachReaders(partition);
  if (before.kind === 'leader') failWaiting(definition, replicas, partition, before, context);
  wakeReaders(replicas, partition);
  observerOf(context).becameFollower(
    context.virtualUs,
    replicas.nodeId,
    partition.index,
    leaderEpoch,
    leader,
  );
  if (leaves || leader === NO_LEADER) return;
  if (before.kind === 'follower') keepSent(role, before);
  startFollowing(definition, replicas, partition, role, context);
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
 * cut to its high watermark first (AbstractFetcherThread.truncateToHighWatermark; switch `truncation`).
 */
function startFollowing(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  role: FollowerRole,
  context: HostContext,
): void {
  const log = partition.log!;
  if (latestEpoch(log.epochs) === UNDEFINED_EPOCH && definition.switches.truncation === 'on') {
    truncateReplica(definition, replicas, partition, log.highWatermark, context);
  }
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
