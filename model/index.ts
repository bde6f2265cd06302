/** Kafka: brokers, controllers and clients as programs of hosts, and what one needs to set them up and to watch them. */
export {
  adminIsDone,
  AdminProgram,
  ClientOpcode,
  ConsumerProgram,
  consumerPositions,
  ElectLeadersCommand,
  producerPending,
  ReassignCommand,
  UpdateFeaturesCommand,
  ProducerProgram,
  SendCommand,
  type AdminState,
  type ConsumerPosition,
  type ConsumerState,
  type ProducerState,
} from './client/index.js';
export * from './config/index.js';
export {
  ClusterDefinition,
  DEFAULT_COSTS,
  type ConsumerDefinition,
  type CostModel,
  type NodeDefinition,
  type PartitionDefinition,
  type ProducerDefinition,
  type SendDefinition,
  type TopicDefinition,
} from './definition.js';
export { ErrorCode, errorName } from './errors.js';
export type { BrokersView } from './metadata/brokers-view.js';
export {
  isReassignmentCompletion,
  NO_LEADER,
  PartitionRegistration,
} from './metadata/partition-registration.js';
export {
  MetadataBatch,
  type BrokerRegistrationChangeRecord,
  type LeaderChangeRecord,
  type LeaderRecoveryState,
  type MetadataRecord,
  type NoOpRecord,
  type PartitionChangeRecord,
  type PartitionRecord,
  type ProducerIdsRecord,
  type RegisterBrokerRecord,
  type TopicRecord,
} from './metadata/records.js';
export { METADATA_LOG } from './raft/index.js';
export { ModelObserver, NO_OBSERVER, observerOf } from './observer.js';
export { BATCH_OVERHEAD_BYTES, NO_PRODUCER_ID, RecordBatch } from './records.js';
export { API_NAMES, isResponse, Kind, requestKind, RpcMessage, type ApiName } from './rpc/index.js';
export {
  activeControllerView,
  configureThrottle,
  brokerView,
  createServer,
  isServerState,
  KafkaServer,
  partitionView,
  quorumView,
  requestShutdown,
  serverStateOf,
  snapshotMetadata,
  zkBrokerView,
  type ActiveControllerView,
  type BrokerRunState,
  type BrokerView,
  type PartitionView,
  type QuorumView,
  type ServerState,
  type ZkBrokerView,
} from './server/index.js';
export { dependsOnMode, ruleHistory, rulesSince, type RuleSince } from './rule-history.js';
export {
  resolveSwitches,
  ruleOf,
  SWITCH_DEFINITIONS,
  type OlderRule,
  type SwitchDefinition,
  type Switches,
  type SwitchName,
} from './switches.js';
export {
  defaultMetadata,
  isBefore,
  isKafkaVersion,
  KAFKA_VERSIONS,
  NEWEST_VERSION,
  VERSION_PROFILES,
  versionProfile,
  type KafkaVersion,
  type MetadataMode,
  type VersionProfile,
} from './versions.js';
export {
  BrokerZnode,
  ControllerEpochZnode,
  ControllerZnode,
  createZooKeeperServer,
  describeZxid,
  expireSession,
  isLeading,
  isZooKeeperState,
  IsrChangeZnode,
  parseBrokerId,
  pathBelow,
  PartitionStateZnode,
  PreferredReplicaElectionZnode,
  REASSIGN_PARTITIONS_PATH,
  ReassignPartitionsZnode,
  FINALIZE_WAIT_US,
  negotiatedTimeoutUs,
  PING_INTERVAL_US,
  pingIntervalUs,
  sessionOfBroker,
  TopicZnode,
  ZkTransaction,
  TICK_US,
  zkTree,
  zooKeeperView,
  type ZkChange,
  type ZnodeData,
  type ZnodeView,
  type ZooKeeperState,
} from './zookeeper/index.js';
export { ReplicationThrottle } from './replication/index.js';
