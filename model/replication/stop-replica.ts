/**
 * Ceasing to be a replica: a reassignment has taken the partition away (ReplicaManager.stopPartitions, Partition.delete).
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { deleteLog } from '../log/index.js';
import { observerOf } from '../observer.js';
import { failWaiting } from './delayed-produce.js';
import { stopFollowing } from './follower-role.js';
import { detachReaders, wakeReaders } from './readers.js';
import { NO_ROLE, type Partition, type ReplicaManagerState } from './state.js';

/**
 * Stops fetching or leading, deletes the log, and lets whoever waits for the partition here know that it is led
 * elsewhere. Should the broker become a replica again, it begins with nothing.
 */
export function stopReplica(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  context: HostContext,
): void {
  const { log, role: before, index } = partition;
  if (log === null) return;
  stopFollowing(replicas, partition, context);
  partition.role = NO_ROLE;
  partition.log = null;
  partition.leaderId = -1;
  partition.leaderEpoch = -1;
  partition.partitionEpoch = -1;
  detachReaders(partition);
  if (before.kind === 'leader') failWaiting(definition, replicas, partition, before, context);
  wakeReaders(replicas, partition);
  remove(replicas.dirtyHighWatermarks, index);
  remove(replicas.dirtyRecoveryPoints, index);
  const { disk } = context.host;
  deleteLog(log, disk);
  partition.firstGeneration = log.generation + 1;
  const { virtualUs } = context;
  observerOf(context).logDeleted(virtualUs, replicas.nodeId, index, log.logEndOffset);
}

function remove(list: number[], index: number): void {
  const at = list.indexOf(index);
  if (at >= 0) list.splice(at, 1);
}
