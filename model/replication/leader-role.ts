/**
 * Becoming leader, and hearing of an own partition again (Partition.makeLeader).
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { assignEpoch, forgetProducers } from '../log/index.js';
import type { PartitionRegistration } from '../metadata/partition-registration.js';
import { observerOf } from '../observer.js';
import { createFollowerReplica, followerOf, resetFollower } from './follower-progress.js';
import { maybeIncrementHighWatermark } from './high-watermark.js';
import { setCommittedIsr } from './isr.js';
import { armIsrExpiration } from './periodic-tasks.js';
import { detachReaders } from './readers.js';
import type { LeaderRole, Partition, ReplicaManagerState } from './state.js';

/**
 * Leads the partition as the controller's metadata say.
 *
 * The metadata's ISR replaces the local one *and any pending change*, even at the partition epoch that the leader has
 * already, which is a hole of Kafka (switch `isrPendingChange`):
 *
 * 1. The controllers commit change 1; its answer reaches the leader before its record does.
 * 2. The leader asks for change 2, an expansion; the controllers commit it, and may elect the new member from then on.
 * 3. The record of change 1 arrives and wipes the pending expansion; its answer will be ignored, for the state is another.
 * 4. Until the record of change 2 arrives the high watermark moves on without the new member.
 *
 * On a new leader epoch the epoch's start is recorded, and followers count as caught up from now on if they are in the ISR.
 *
 * Metadata older than what the leader has are skipped.
 */
export function makeLeader(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  registration: PartitionRegistration,
  context: HostContext,
): void {
  const { leaderEpoch, partitionEpoch, isr } = registration;
  if (partitionEpoch < partition.partitionEpoch) return;
  const log = partition.log!;
  const isNewLeader = partition.role.kind !== 'leader';
  const isNewLeaderEpoch = leaderEpoch > partition.leaderEpoch;
  const role = partition.role.kind === 'leader' ? partition.role : createLeaderRole();
  const before = role.isr;
  const isWiping = role.pending !== null && partitionEpoch === partition.partitionEpoch;
  const keepsPending = isWiping && definition.switches.isrPendingChange === 'keptAtSameEpoch';
  // A shrink that is wiped does no harm: the high watermark goes on to wait for more members than it must.
  if (isWiping && !keepsPending && role.pending!.kind === 'expand') {
    observerOf(context).mark(context.virtualUs, 'pending-isr-change-wiped', partition.index);
  }
  const isPastGap = !isNewLeader && leaderEpoch > partition.leaderEpoch + 1;
  const forgets = isPastGap && definition.switches.reelectedLeader === 'forgetsAfterGap';
  if (isPastGap && !forgets) {
    observerOf(context).mark(context.virtualUs, 'leader-epochs-missed', partition.index);
  }
  partition.role = role;
  partition.leaderId = replicas.nodeId;
  partition.leaderEpoch = leaderEpoch;
  partition.partitionEpoch = partitionEpoch;
  setFollowers(replicas, partition, role, registration);
  const { minInsyncReplicas } = definition.partitions[partition.index]!.topic.config;
  role.effectiveMinIsr =
    definition.switches.minIsrCap === 'replicas'
      ? Math.min(minInsyncReplicas, role.followers.length + 1)
      : minInsyncReplicas;
  if (isNewLeaderEpoch) {
    role.epochStartOffset = log.logEndOffset;
    if (isNewLeader && definition.switches.producerFailover === 'forgotten') {
      forgetProducers(log.producers);
    }
    if (definition.switches.leaderEpochStart === 'onElection') {
      assignEpoch(log.epochs, context.host.disk, leaderEpoch, log.logEndOffset);
    }
    const nowUs = context.wallClockUs();
    for (const follower of role.followers) {
      const inIsr = isr.includes(follower.brokerId);
      resetFollower(follower, nowUs, log.logEndOffset, isNewLeader || forgets, inIsr);
      const assumed = inIsr && definition.switches.newLeaderFollowers === 'assumedCaughtUp';
      if (assumed) follower.logEndOffset = log.logEndOffset;
    }
  }
  if (!keepsPending) setCommittedIsr(definition, replicas, partition, role, isr);
  armIsrExpiration(definition, replicas, context);
  const observer = observerOf(context);
  const { nodeId } = replicas;
  if (isNewLeaderEpoch) {
    observer.becameLeader(
      context.virtualUs,
      nodeId,
      partition.index,
      leaderEpoch,
      log.logEndOffset,
    );
  }
  if (isNewLeaderEpoch || !sameMembers(before, isr)) {
    observer.leaderIsrChanged(context.virtualUs, nodeId, partition.index, isr, partitionEpoch);
  }
  maybeIncrementHighWatermark(definition, replicas, partition, role, context);
}

function createLeaderRole(): LeaderRole {
  return {
    kind: 'leader',
    epochStartOffset: 0,
    isr: [],
    pending: null,
    followers: [],
    effectiveMinIsr: 1,
    waiting: [],
    isLaggard: false,
  };
}

/** Keeps what is known of followers that stay (Partition.updateAssignmentAndIsr). */
function setFollowers(
  replicas: ReplicaManagerState,
  partition: Partition,
  role: LeaderRole,
  registration: PartitionRegistration,
): void {
  const others = registration.replicas.filter((id) => id !== replicas.nodeId);
  const isUnchanged =
    others.length === role.followers.length &&
    others.every((id, at) => role.followers[at]!.brokerId === id);
  if (isUnchanged) return;
  role.followers = others.map((id) => followerOf(role, id) ?? createFollowerReplica(id));
  detachReaders(partition);
}

function sameMembers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}
