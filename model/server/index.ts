/** The server program: brokers and controllers. */
export { createServer, KafkaServer } from './kafka-server.js';
export type { BrokerRunState } from './lifecycle-state.js';
export { configureThrottle } from './replication-throttle.js';
export { snapshotMetadata } from './snapshot-metadata.js';
export { requestShutdown } from './shutdown.js';
export type { ServerState } from './state.js';
export {
  activeControllerView,
  brokerView,
  isServerState,
  partitionView,
  quorumView,
  serverStateOf,
  zkBrokerView,
  type ActiveControllerView,
  type BrokerView,
  type PartitionView,
  type QuorumView,
  type ZkBrokerView,
} from './views.js';
