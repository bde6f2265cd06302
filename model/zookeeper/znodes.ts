/**
 * Where Kafka keeps what in ZooKeeper, and what each znode says (kafka.zk.ZkData).
 *
 * ```text
 * /controller                        who the controller is (ephemeral)
 * /controller_epoch                  how many controllers there were
 * /brokers/ids/1                     a live broker (ephemeral); its czxid is the broker epoch (KIP-380)
 * /brokers/topics/orders             the topic's replicas by partition
 * /brokers/topics/orders/partitions/0/state   leader and ISR
 * /isr_change_notification/isr_change_…       partitions whose ISR a leader changed (before 2.7)
 * /latest_producer_id_block          where the next block of producer ids starts
 * /admin/preferred_replica_election, /admin/reassign_partitions, /admin/delete_topics/…
 * ```
 *
 * Znodes have their values instead of JSON. A path of a topic carries its name, as in Kafka; the lab's indexes of topics
 * and partitions come back from the parsers.
 */
import { Immutable } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import type { ZnodeData } from './operations.js';

export const CONTROLLER_PATH = '/controller';
export const CONTROLLER_EPOCH_PATH = '/controller_epoch';
export const BROKER_IDS_PATH = '/brokers/ids';
export const TOPICS_PATH = '/brokers/topics';
export const ISR_CHANGE_NOTIFICATION_PATH = '/isr_change_notification';
export const PREFERRED_REPLICA_ELECTION_PATH = '/admin/preferred_replica_election';
/** Reassignments that the operator wants, before 2.4. */
export const REASSIGN_PARTITIONS_PATH = '/admin/reassign_partitions';
export const DELETE_TOPICS_PATH = '/admin/delete_topics';
export const PRODUCER_ID_BLOCK_PATH = '/latest_producer_id_block';

/**
 * Znodes that every broker makes sure of when it starts, parents first (KafkaZkClient.createTopLevelPaths). Each may be
 * there already.
 */
export const PERSISTENT_PATHS: readonly string[] = [
  '/brokers',
  BROKER_IDS_PATH,
  TOPICS_PATH,
  ISR_CHANGE_NOTIFICATION_PATH,
  '/admin',
  DELETE_TOPICS_PATH,
  PRODUCER_ID_BLOCK_PATH,
];

const NONE: readonly (readonly number[])[] = [];

/** Of /controller. */
export class ControllerZnode extends Immutable {
  constructor(readonly brokerId: number) {
    super();
  }
}

/** Of /controller_epoch. */
export class ControllerEpochZnode extends Immutable {
  constructor(readonly epoch: number) {
    super();
  }
}

/** Of /brokers/ids/N. The broker's epoch is the znode's `czxid`. */
export class BrokerZnode extends Immutable {
  constructor(
    readonly brokerId: number,
    readonly rack: string | null,
  ) {
    super();
  }
}

/** Of /brokers/topics/T: replicas by number of the partition within the topic, the preferred leader first. */
export class TopicZnode extends Immutable {
  constructor(
    /** Index of the topic. */
    readonly topic: number,
    readonly replicas: readonly (readonly number[])[],
    /** Replicas that a reassignment adds and removes, by partition as above; empty before 2.4 (KIP-455). */
    readonly adding: readonly (readonly number[])[] = NONE,
    readonly removing: readonly (readonly number[])[] = NONE,
  ) {
    super();
  }
}

/** Of /brokers/topics/T/partitions/P/state. The znode's version is Kafka's `zkVersion`, the partition epoch from 2.7 on. */
export class PartitionStateZnode extends Immutable {
  constructor(
    /** Number among the partitions of all topics. */
    readonly partition: number,
    /** -1: none. */
    readonly leader: number,
    readonly leaderEpoch: number,
    readonly isr: readonly number[],
    /** Epoch of the controller that wrote it last, or that the leader who wrote it knew of. */
    readonly controllerEpoch: number,
  ) {
    super();
  }
}

/** Of a child of /isr_change_notification: partitions whose ISR changed (IsrChangeNotificationSequenceZNode). */
export class IsrChangeZnode extends Immutable {
  constructor(readonly partitions: readonly number[]) {
    super();
  }
}

/** Of /admin/preferred_replica_election: partitions whose preferred leaders are to be elected. */
export class PreferredReplicaElectionZnode extends Immutable {
  constructor(readonly partitions: readonly number[]) {
    super();
  }
}

/** Of /admin/reassign_partitions: where partitions are to go, the preferred leader first. */
export class ReassignPartitionsZnode extends Immutable {
  constructor(
    readonly targets: readonly {
      readonly partition: number;
      readonly replicas: readonly number[];
    }[],
  ) {
    super();
  }
}

/** /brokers/ids/N. */
export function brokerPath(brokerId: number): string {
  return `${BROKER_IDS_PATH}/${brokerId}`;
}

/** /brokers/topics/T. Throws on an unknown topic. */
export function topicPath(definition: ClusterDefinition, topicIndex: number): string {
  const topic = definition.topics[topicIndex];
  if (topic === undefined) throw new Error(`there is no topic ${topicIndex}`);
  return `${TOPICS_PATH}/${topic.name}`;
}

/** /brokers/topics/T/partitions, the parent of its partitions. */
export function topicPartitionsPath(definition: ClusterDefinition, topicIndex: number): string {
  return `${topicPath(definition, topicIndex)}/partitions`;
}

/** /brokers/topics/T/partitions/P. Throws on an unknown partition. */
export function partitionPath(definition: ClusterDefinition, partition: number): string {
  const { topic, number } = definition.partition(partition);
  return `${topicPartitionsPath(definition, topic.index)}/${number}`;
}

/** /brokers/topics/T/partitions/P/state. Throws on an unknown partition. */
export function partitionStatePath(definition: ClusterDefinition, partition: number): string {
  return `${partitionPath(definition, partition)}/state`;
}

/**
 * /isr_change_notification/isr_change_B_N. ZooKeeper numbers these znodes itself in Kafka (`PERSISTENT_SEQUENTIAL`); here
 * the broker's id and a counter of its own, which has to go on over restarts of its process, make the name unique.
 */
export function isrChangePath(brokerId: number, counter: number): string {
  return `${ISR_CHANGE_NOTIFICATION_PATH}/isr_change_${brokerId}_${counter}`;
}

/** The id in the name of a child of /brokers/ids, or in its whole path; -1 where there is none. */
export function parseBrokerId(nameOrPath: string): number {
  const name = nameOrPath.startsWith(`${BROKER_IDS_PATH}/`)
    ? nameOrPath.slice(BROKER_IDS_PATH.length + 1)
    : nameOrPath;
  return parseNumber(name);
}

/** The index of the topic of that name, or of that whole path /brokers/topics/T; -1 where there is none. */
export function parseTopic(definition: ClusterDefinition, nameOrPath: string): number {
  const name = nameOrPath.startsWith(`${TOPICS_PATH}/`)
    ? nameOrPath.slice(TOPICS_PATH.length + 1)
    : nameOrPath;
  return definition.topics.findIndex((topic) => topic.name === name);
}

/** The partition whose state is at that path (/brokers/topics/T/partitions/P/state); -1 where it is another path. */
export function parsePartitionStatePath(definition: ClusterDefinition, path: string): number {
  const parts = path.split('/');
  const [root, brokers, topics, name, partitions, number, state] = parts;
  if (parts.length !== 7 || root !== '' || brokers !== 'brokers' || topics !== 'topics') return -1;
  if (partitions !== 'partitions' || state !== 'state') return -1;
  const topic = definition.topics[parseTopic(definition, name!)];
  const found = parseNumber(number!);
  if (topic === undefined || found < 0 || found >= topic.partitionCount) return -1;
  return topic.firstPartition + found;
}

/** A partition's state from a znode's data, or null where it is something else. */
export function partitionStateOf(data: ZnodeData): PartitionStateZnode | null {
  return data instanceof PartitionStateZnode ? data : null;
}

/** A whole number from 0 on, or -1. */
function parseNumber(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : -1;
}
