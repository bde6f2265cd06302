/** Replicas of partitions: leaders, followers, fetchers, and the log directory's start and end. */
export { handleFetch } from './fetch.js';
export { receiveReplicaResponse } from './fetch-reply.js';
export { onAlterPartitionResult, onIsrCompareAndSet } from './alter-partition.js';
export { applyLeaderAndIsr, applyStopReplica } from './leader-and-isr.js';
export { receiveEpochEndOffset } from './truncation.js';
export { handleListOffsets, handleOffsetForLeaderEpoch } from './offsets.js';
export { handleProduce } from './produce.js';
export {
  applyPartition,
  applyThrottle,
  createReplicaManager,
  readCleanShutdownMarker,
  replicasClosed,
  replicaTimer,
  shutDownReplicas,
} from './replica-manager.js';
export { ReplicationThrottle } from './throttle.js';
export type {
  FollowerReplica,
  FollowerRole,
  LeaderRole,
  OutgoingResponse,
  Partition,
  ReplicaManagerState,
} from './state.js';
