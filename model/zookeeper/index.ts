/** A ZooKeeper ensemble and the sessions of its clients. */
export {
  createZkClient,
  zkClose,
  zkClosed,
  zkReceive,
  zkReinitialize,
  zkSubmit,
  zkTimer,
  type ZkClientEvent,
  type ZkClientState,
} from './client.js';
export { pathBelow } from './client-calls.js';
export { pingIntervalUs } from './client-state.js';
export {
  FINALIZE_WAIT_US,
  negotiatedTimeoutUs,
  PING_INTERVAL_US,
  TICK_US,
} from './ensemble-config.js';
export { expireSession } from './leader.js';
export * from './operations.js';
export {
  BrokerZnode,
  ControllerEpochZnode,
  ControllerZnode,
  IsrChangeZnode,
  parseBrokerId,
  PartitionStateZnode,
  PreferredReplicaElectionZnode,
  REASSIGN_PARTITIONS_PATH,
  ReassignPartitionsZnode,
  TopicZnode,
} from './znodes.js';
export type { ZooKeeperState } from './server-state.js';
export {
  isLeading,
  isZooKeeperState,
  sessionOfBroker,
  zkTree,
  zooKeeperView,
  type ZnodeView,
} from './views.js';
export { createZooKeeperServer } from './zookeeper-server.js';
export { describeZxid } from './zxid.js';
