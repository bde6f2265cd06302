/**
 * What the ensemble has committed, in the words of metadata records: where the cluster is on ZooKeeper its znodes are
 * the truth that brokers learn later.
 */
import {
  BrokerZnode,
  parseBrokerId,
  PartitionStateZnode,
  TopicZnode,
  type ClusterDefinition,
  type MetadataRecord,
  type ZkChange,
  type ZkTransaction,
} from '../../model/index.js';

/** How far the transactions have been followed, and what they said of topics; plain data. */
export interface ZooKeeperTruth {
  lastZxid: number;
  /** Replicas by partition, the preferred leader first; null before the topic is there. */
  readonly replicas: (readonly number[] | null)[];
  /** Epoch (czxid) of each broker's znode that is there, by broker id. */
  readonly brokerEpochs: Map<number, number>;
}

export function createZooKeeperTruth(definition: ClusterDefinition): ZooKeeperTruth {
  return { lastZxid: 0, replicas: definition.partitions.map(() => null), brokerEpochs: new Map() };
}

/**
 * The records that a transaction stands for. All servers apply the same transactions in the same order, and each tells
 * of them, again after a restart: what has been followed before gives none.
 */
export function followTransaction(
  definition: ClusterDefinition,
  truth: ZooKeeperTruth,
  transaction: ZkTransaction,
): readonly MetadataRecord[] {
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
): MetadataRecord[] {
  switch (change.type) {
    case 'create':
      return change.data instanceof BrokerZnode
        ? [registration(truth, zxid, change.data)]
        : dataRecords(definition, truth, change.data, 0);
    case 'setData':
      return dataRecords(definition, truth, change.data, change.version);
    case 'delete':
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
  partitionEpoch: number,
): MetadataRecord[] {
  if (data instanceof TopicZnode) {
    const { firstPartition } = definition.topics[data.topic]!;
    for (const [number, replicas] of data.replicas.entries())
      truth.replicas[firstPartition + number] = replicas;
    return [];
  }
  if (!(data instanceof PartitionStateZnode)) return [];
  const { partition, leader, leaderEpoch, isr } = data;
  const replicas = truth.replicas[partition] ?? [];
  return [{ type: 'Partition', partition, replicas, isr, leader, leaderEpoch, partitionEpoch }];
}
