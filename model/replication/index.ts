/** Replicas of partitions: leaders, followers, fetchers, and the log directory's start and end. */
export { handleFetch } from './fetch.js';
export { receiveReplicaResponse } from './fetch-reply.js';
export { onAlterPartitionResult } from './alter-partition.js';
export { handleListOffsets, handleOffsetForLeaderEpoch } from './offsets.js';
export { handleProduce } from './produce.js';
export {
  applyPartition,
  createReplicaManager,
  readCleanShutdownMarker,
  recoveryBytesOf,
  replicasClosed,
  replicaTimer,
  shutDownReplicas,
} from './replica-manager.js';
export { ReplicaOpcode } from './replica-opcodes.js';
export {
  partitionOf,
  type FollowerReplica,
  type FollowerRole,
  type LeaderRole,
  type OutgoingResponse,
  type Partition,
  type PartitionRole,
  type ReplicaManagerState,
} from './state.js';
