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
export {
  INIT_LIMIT_US,
  MAX_SESSION_TIMEOUT_US,
  MIN_SESSION_TIMEOUT_US,
  SYNC_LIMIT_US,
  TICK_US,
} from './ensemble-config.js';
export { expireSession } from './leader.js';
export { ZkKind } from './messages.js';
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
export type { ZkRole, ZooKeeperState } from './server-state.js';
export {
  isLeading,
  isZooKeeperState,
  sessionOfBroker,
  zkTree,
  zooKeeperView,
  type ZnodeView,
  type ZooKeeperView,
} from './views.js';
export { createZooKeeperServer, ZooKeeperServer } from './zookeeper-server.js';
export { describeZxid, epochOfZxid } from './zxid.js';
