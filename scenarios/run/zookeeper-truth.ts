/**
 * What the ensemble has committed, in the words of metadata records: where the cluster is on ZooKeeper its znodes are
 * the truth that brokers learn later. A partition is told as a whole: its replicas are in one znode, its leader and ISR
 * in another.
 */
import {
  BrokerZnode,
  parseBrokerId,
  PartitionRegistration,
  PartitionStateZnode,
  REASSIGN_PARTITIONS_PATH,
  ReassignPartitionsZnode,
  TopicZnode,
  type ClusterDefinition,
  type MetadataRecord,
  type ZkChange,
  type ZkTransaction,
} from '../../model/index.js';
import {
  createReplicas,
  followReassignments,
  followTopic,
  type ReplicasOnZooKeeper,
  type ReplicaTruth,
} from './zookeeper-replicas.js';

/** How far the transactions have been followed, and what they said of topics; plain data. */
export interface ZooKeeperTruth {
  lastZxid: number;
  readonly replicas: ReplicasOnZooKeeper;
  /** States by partition with the versions of their znodes; null before the first. */
  readonly states: ({ readonly znode: PartitionStateZnode; readonly version: number } | null)[];
  /** Epoch (czxid) of each broker's znode that is there, by broker id. */
  readonly brokerEpochs: Map<number, number>;
}

export function createZooKeeperTruth(definition: ClusterDefinition): ZooKeeperTruth {
  return {
    lastZxid: 0,
    replicas: createReplicas(definition),
    states: definition.partitions.map(() => null),
    brokerEpochs: new Map(),
  };
}

/** A record, or a partition as it is now. */
export type ZooKeeperChange = MetadataRecord | PartitionRegistration;

/**
 * The changes that a transaction stands for. All servers apply the same transactions in the same order, and each tells
 * of them, again after a restart: what has been followed before gives none.
 */
export function followTransaction(
  definition: ClusterDefinition,
  truth: ZooKeeperTruth,
  transaction: ZkTransaction,
): readonly ZooKeeperChange[] {
  const { zxid, changes } = transaction;
  if (zxid <= truth.lastZxid) return [];
  truth.lastZxid = zxid;
  return changes.flatMap((change) => recordsOf(definition, truth, zxid, change));
}

function recordsOf(
  definition: ClusterDefinition,
  truth: ZooKeeperTruth,
  zxid: number,
  change: ZkChange,
): ZooKeeperChange[] {
  switch (change.type) {
    case 'create':
      return change.data instanceof BrokerZnode
        ? [registration(truth, zxid, change.data)]
        : dataRecords(definition, truth, change.data, 0);
    case 'setData':
      return dataRecords(definition, truth, change.data, change.version);
    case 'delete':
      if (change.path === REASSIGN_PARTITIONS_PATH)
        return registrations(truth, followReassignments(truth.replicas, null));
      return deregistration(truth, change.path);
    default:
      return [];
  }
}

function registration(
  truth: ZooKeeperTruth,
  brokerEpoch: number,
  { brokerId, rack }: BrokerZnode,
): MetadataRecord {
  truth.brokerEpochs.set(brokerId, brokerEpoch);
  return {
    type: 'RegisterBroker',
    brokerId,
    incarnationId: 0,
    brokerEpoch,
    rack,
    fenced: false,
    inControlledShutdown: false,
  };
}

/** A broker whose ephemeral znode goes is what KRaft calls fenced. */
function deregistration(truth: ZooKeeperTruth, path: string): MetadataRecord[] {
  const brokerId = parseBrokerId(path);
  const brokerEpoch = truth.brokerEpochs.get(brokerId);
  if (brokerEpoch === undefined) return [];
  truth.brokerEpochs.delete(brokerId);
  const fenced = true;
  return [
    { type: 'BrokerRegistrationChange', brokerId, brokerEpoch, fenced, inControlledShutdown: null },
  ];
}

function dataRecords(
  definition: ClusterDefinition,
  truth: ZooKeeperTruth,
  data: unknown,
  version: number,
): PartitionRegistration[] {
  if (data instanceof TopicZnode)
    return registrations(truth, followTopic(definition, truth.replicas, data));
  if (data instanceof ReassignPartitionsZnode)
    return registrations(truth, followReassignments(truth.replicas, data));
  if (!(data instanceof PartitionStateZnode)) return [];
  truth.states[data.partition] = { znode: data, version };
  return registrations(truth, [data.partition]);
}

/** Partitions as they are now; those without a state yet are left out. */
function registrations(
  { replicas, states }: ZooKeeperTruth,
  partitions: readonly number[],
): PartitionRegistration[] {
  return partitions.flatMap((partition) => {
    const state = states[partition] ?? null;
    const assignment = replicas.assignments[partition] ?? NO_REPLICAS;
    if (state === null) return [];
    const { leader, leaderEpoch, isr } = state.znode;
    return [
      new PartitionRegistration(
        partition,
        assignment.replicas,
        isr,
        [],
        [],
        leader,
        leaderEpoch,
        state.version,
        'RECOVERED',
        assignment.adding,
        assignment.removing,
      ),
    ];
  });
}

const NO_REPLICAS: ReplicaTruth = { replicas: [], adding: [], removing: [] };
