/**
 * What does not change during a run: who the nodes are, which topics there are, and how all are configured.
 *
 * Inside the model nodes, topics and partitions are small integers. Partitions of all topics are numbered through:
 * topic t has the partitions [firstPartition, firstPartition + partitionCount).
 */
import { Immutable } from '../sim/index.js';
import type { BrokerConfig, ConsumerConfig, ProducerConfig, TopicConfig } from './config/index.js';
import type { Switches } from './switches.js';
import { NEWEST_VERSION, type KafkaVersion, type MetadataMode } from './versions.js';

/** A server process: a broker, a controller (voter), or both (`process.roles`). */
export interface NodeDefinition {
  /** `node.id`. */
  readonly id: number;
  readonly host: number;
  readonly rack: string | null;
  readonly isBroker: boolean;
  readonly isVoter: boolean;
  readonly config: BrokerConfig;
}

/** A server of the ZooKeeper ensemble; `id` is its `myid`. */
export interface ZooKeeperDefinition {
  readonly id: number;
  readonly host: number;
  readonly rack: string | null;
}

/** What of the cluster depends on where its metadata is kept. */
export interface MetadataPlane {
  /** The version of the servers' programs. */
  readonly kafka: KafkaVersion;
  /**
   * The version that brokers speak to each other: `inter.broker.protocol.version`, in KRaft mode the `metadata.version` that
   * holds before any is finalized by hand. Older than `kafka` in the middle of a rolling upgrade.
   */
  readonly protocol: KafkaVersion;
  readonly mode: MetadataMode;
  /** The ensemble, in ascending order of id; empty in KRaft mode. */
  readonly zookeepers: readonly ZooKeeperDefinition[];
  /**
   * Where the cluster's znodes begin in the ensemble: `/kafka`, or the empty string for its root. Other clusters may have
   * other places in the same ensemble (`zookeeper.connect`).
   */
  readonly chroot: string;
}

const NEWEST_PLANE: MetadataPlane = {
  kafka: NEWEST_VERSION,
  protocol: NEWEST_VERSION,
  mode: 'kraft',
  zookeepers: [],
  chroot: '',
};

/** A topic, and which of the partitions numbered through are its own. */
export interface TopicDefinition {
  readonly index: number;
  readonly name: string;
  readonly firstPartition: number;
  readonly partitionCount: number;
  readonly replicationFactor: number;
  /** Broker ids for each partition, the preferred leader first; null where the controller places them. */
  readonly replicas: readonly (readonly number[])[] | null;
  readonly config: TopicConfig;
}

/** A partition of a topic, under the integer and the name that it goes by. */
export interface PartitionDefinition {
  /** Number among the partitions of all topics. */
  readonly index: number;
  readonly topic: TopicDefinition;
  /** Number within the topic. */
  readonly number: number;
  /** `orders-0`. */
  readonly name: string;
}

/** One record, or a run of records, that a producer is told to send at a given time. */
export interface SendDefinition {
  readonly atUs: number;
  /** Number within the topic. */
  readonly partition: number;
  readonly records: number;
}

/** A producer client: its host, what it sends and when (virtual time), and its configuration. */
export interface ProducerDefinition {
  /** Index among the producers; record n of producer p has the value n * producers + p. */
  readonly index: number;
  readonly id: string;
  readonly host: number;
  readonly topic: TopicDefinition;
  /** Records per second at even distances, or null where `sends` says what is sent. */
  readonly ratePerSecond: number | null;
  readonly sends: readonly SendDefinition[] | null;
  /** Number of distinct keys, or null for null keys. */
  readonly keys: number | null;
  readonly valueBytes: number;
  readonly startUs: number;
  readonly stopUs: number;
  readonly config: ProducerConfig;
}

/** A consumer client with partitions assigned to it for good; `processingUs` is spent on each record. */
export interface ConsumerDefinition {
  readonly index: number;
  readonly id: string;
  readonly host: number;
  /** Partition indexes that it reads. */
  readonly partitions: readonly number[];
  readonly processingUs: number;
  readonly config: ConsumerConfig;
}

/**
 * What steps cost, where Kafka's own configuration does not say. All are assumptions of the lab, in microseconds.
 */
export interface CostModel {
  /** A request handler thread serves a request. */
  readonly requestUs: number;
  /** Added for each KiB of records written or read. */
  readonly perKibUs: number;
  /** The controller handles one event. */
  readonly controllerEventUs: number;
  /** A broker process starts (JVM, listeners) before it reads its logs. */
  readonly brokerStartUs: number;
  /** Log recovery reads this many bytes per second. */
  readonly recoveryBytesPerSecond: number;
}

/** The costs where a definition brings none of its own: rough assumptions, not measurements. */
export const DEFAULT_COSTS: CostModel = {
  requestUs: 50,
  perKibUs: 2,
  controllerEventUs: 100,
  brokerStartUs: 1_000_000,
  recoveryBytesPerSecond: 200 * 1024 * 1024,
};

export class ClusterDefinition extends Immutable {
  readonly partitions: readonly PartitionDefinition[];
  readonly brokers: readonly NodeDefinition[];
  /** In order of voting: `controller 1` of the scenario language is the first. */
  readonly voters: readonly NodeDefinition[];
  private readonly nodesById: ReadonlyMap<number, NodeDefinition>;
  private readonly nodesByHost: ReadonlyMap<number, NodeDefinition>;

  constructor(
    /** In ascending order of id. */
    readonly nodes: readonly NodeDefinition[],
    readonly topics: readonly TopicDefinition[],
    readonly producers: readonly ProducerDefinition[],
    readonly consumers: readonly ConsumerDefinition[],
    readonly switches: Switches,
    readonly costs: CostModel = DEFAULT_COSTS,
    readonly plane: MetadataPlane = NEWEST_PLANE,
  ) {
    super();
    this.brokers = nodes.filter((node) => node.isBroker);
    this.voters = nodes.filter((node) => node.isVoter);
    this.nodesById = new Map(nodes.map((node) => [node.id, node]));
    this.nodesByHost = new Map(nodes.map((node) => [node.host, node]));
    this.partitions = topics.flatMap((topic) =>
      Array.from({ length: topic.partitionCount }, (_, number) => ({
        index: topic.firstPartition + number,
        topic,
        number,
        name: `${topic.name}-${number}`,
      })),
    );
  }

  /** The node of that id. Throws where there is none. */
  node(id: number): NodeDefinition {
    const node = this.nodesById.get(id);
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }

  /** The node on that host, or null where the host is no server of this cluster. */
  nodeOnHost(host: number): NodeDefinition | null {
    return this.nodesByHost.get(host) ?? null;
  }

  /** The partition of that number among those of all topics. Throws where there is none. */
  partition(index: number): PartitionDefinition {
    const partition = this.partitions[index];
    if (partition === undefined) throw new Error(`there is no partition ${index}`);
    return partition;
  }
}
