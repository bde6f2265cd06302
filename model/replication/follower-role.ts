/**
 * Becoming a follower, of some leader or of none (Partition.makeFollower, ReplicaManager.applyLocalFollowersDelta).
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { latestEpoch, UNDEFINED_EPOCH } from '../log/index.js';
import { NO_LEADER, type PartitionRegistration } from '../metadata/partition-registration.js';
import { observerOf } from '../observer.js';
import { failWaiting } from './delayed-produce.js';
import { addToFetcher, createFollowerRole, removeFromFetcher } from './fetcher-members.js';
import { detachReaders, wakeReaders } from './readers.js';
import { truncateReplica } from './truncation.js';
import type { FollowerRole, Partition, ReplicaManagerState } from './state.js';

/**
 * Follows the partition's leader as the controller's metadata say.
 *
 * Only a new leader epoch changes anything (until 2.0 only another leader, switch `followerRestart`): the fetcher starts
 * over from the log's end, and whoever waits here for the partition hears that it is led elsewhere. A broker in controlled
 * shutdown that is out of the ISR stops fetching.
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
  const { role: before } = partition;
  const goesOn =
    definition.switches.followerRestart === 'newLeader' &&
    before.kind === 'follower' &&
    partition.leaderId === leader;
  const isNewLeaderEpoch = leaderEpoch > partition.leaderEpoch && !goesOn;
  if (goesOn) before.currentLeaderEpoch = leaderEpoch;
  partition.leaderId = leader;
  partition.leaderEpoch = leaderEpoch;
  partition.partitionEpoch = partitionEpoch;
  const leaves =
    replicas.isInControlledShutdown && (leader === NO_LEADER || !isr.includes(replicas.nodeId));
  if (goesOn) observeFollower(replicas, partition, context);
  if (!isNewLeaderEpoch && before.kind === 'follower' && (!leaves || before.fetcher < 0)) return;
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
  role.mustTruncate = knowsEpochs && truncation === 'on' && truncate === 'epochRequest';
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
