/**
 * What a controller on ZooKeeper tells the replicas of a broker (ReplicaManager.becomeLeaderOrFollower, stopReplicas).
 *
 * A state counts where its leader epoch is higher than the replica's; the version of the znode (Kafka's zkVersion, here
 * the partition epoch) plays no part. So a controller that changes a partition raises its leader epoch each time, and
 * what a leader changes itself reaches the other replicas only then.
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import type { BrokersView } from '../metadata/brokers-view.js';
import { PartitionRegistration } from '../metadata/partition-registration.js';
import { observerOf } from '../observer.js';
import type { PartitionErrorEntry, PartitionStateEntry } from '../rpc/index.js';
import { completeDelayed } from './delayed-operations.js';
import { stopFollowing } from './follower-role.js';
import { applyPartition, hostPartition } from './replica-manager.js';
import { partitionOf, type ReplicaManagerState } from './state.js';
import { stopReplica } from './stop-replica.js';

/** The error with which a partition's state is refused, or NONE: its leader epoch must be new to the replica. */
export function leaderAndIsrError(
  replicas: ReplicaManagerState,
  { partition, leaderEpoch, replicas: assigned }: PartitionStateEntry,
): ErrorCode {
  if (leaderEpoch <= (replicas.partitions[partition]?.leaderEpoch ?? -1))
    return ErrorCode.STALE_CONTROLLER_EPOCH;
  return assigned.includes(replicas.nodeId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
}

/**
 * Makes leaders, then followers, of the partitions whose states count; one result for each entry, in their order.
 *
 * A replica whose new leader is not among the live brokers that its broker knows stays what it was, in its old epoch:
 * ReplicaManager.makeFollowers only sees to it that it has a log. So a leader that is to have no successor goes on leading.
 */
export function applyLeaderAndIsr(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  entries: readonly PartitionStateEntry[],
  brokers: BrokersView,
  context: HostContext,
): PartitionErrorEntry[] {
  const results = entries.map((entry) => ({
    partition: entry.partition,
    error: leaderAndIsrError(replicas, entry),
  }));
  const accepted = entries.filter((_, at) => results[at]!.error === ErrorCode.NONE);
  const led = accepted.filter(({ leader }) => leader === replicas.nodeId);
  const followed = accepted.filter(({ leader }) => leader !== replicas.nodeId);
  for (const entry of led) {
    applyPartition(definition, replicas, registrationOf(entry), brokers, context);
  }
  for (const entry of followed) {
    if (entry.leader >= 0 && !brokers.isFenced(entry.leader)) {
      applyPartition(definition, replicas, registrationOf(entry), brokers, context);
    } else {
      hostPartition(definition, replicas, entry.partition, context);
      observerOf(context).mark(context.virtualUs, 'no-leader-to-follow', entry.partition);
    }
  }
  return results;
}

/**
 * Stops fetching, and deletes the log where the controller says so (ReplicaManager.stopReplicas).
 *
 * From KIP-570 (2.6) on a request says for which leader epoch it is. One that is not newer than the replica's is refused;
 * from 3.5 on the replica's own will do, which is what a controller sends that only wants the fetching to stop (switch
 * `stopReplicaEpoch`). -1 and -2 are not checked: no epoch is known, and the topic is being deleted.
 */
export function applyStopReplica(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  stopped: readonly {
    readonly partition: number;
    readonly leaderEpoch: number;
    readonly deletePartition: boolean;
  }[],
  context: HostContext,
): PartitionErrorEntry[] {
  const acceptsSameEpoch = definition.switches.stopReplicaEpoch === 'sameOrNewer';
  const results = stopped.map(({ partition: index, leaderEpoch, deletePartition }) => {
    const partition = partitionOf(replicas, index);
    const least = partition.leaderEpoch + (acceptsSameEpoch ? 0 : 1);
    if (leaderEpoch >= 0 && partition.log !== null && leaderEpoch < least)
      return { partition: index, error: ErrorCode.FENCED_LEADER_EPOCH };
    if (deletePartition) stopReplica(definition, replicas, partition, context);
    else stopFollowing(replicas, partition, context);
    return { partition: index, error: ErrorCode.NONE };
  });
  completeDelayed(definition, replicas, context);
  return results;
}

function registrationOf(state: PartitionStateEntry): PartitionRegistration {
  const { partition, replicas, isr, leader, leaderEpoch, zkVersion } = state;
  return new PartitionRegistration(
    partition,
    replicas,
    isr,
    [],
    [],
    leader,
    leaderEpoch,
    zkVersion,
    'RECOVERED',
    state.addingReplicas,
    state.removingReplicas,
  );
}
