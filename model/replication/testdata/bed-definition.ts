/** What a bed of replicas is made of: nodes, one topic, and the rules of some version. */
import { brokerConfig, topicConfig } from '../../config/views.js';
import { ClusterDefinition, type NodeDefinition, type TopicDefinition } from '../../definition.js';
import type { PartitionRegistration } from '../../metadata/partition-registration.js';
import type { PartitionStateEntry } from '../../rpc/index.js';
import { resolveSwitches } from '../../switches.js';
import { NEWEST_VERSION, type KafkaVersion, type MetadataMode } from '../../versions.js';

type ConfigInput = Readonly<Record<string, string | number | boolean>>;

export interface BedOptions {
  readonly brokers?: number;
  /** Partitions, each with all brokers as replicas, led by broker 0. */
  readonly partitions?: number;
  readonly seed?: string;
  readonly shuffleTies?: boolean;
  readonly config?: ConfigInput;
  readonly topicConfig?: ConfigInput;
  readonly switches?: Readonly<Record<string, string>>;
  /** Whose rules hold, but for `switches`; 4.1 without. */
  readonly kafka?: KafkaVersion;
  /** `zookeeper`: the controller speaks with LeaderAndIsr, and leaders may write ISRs themselves. */
  readonly metadata?: MetadataMode;
}

/** The definition of a bed: every broker is a replica of every partition. */
export function bedDefinition(options: BedOptions, brokerCount: number): ClusterDefinition {
  const config = brokerConfig(options.config ?? {});
  const nodes: NodeDefinition[] = Array.from({ length: brokerCount }, (_, id) => ({
    id,
    host: id,
    rack: null,
    isBroker: true,
    isVoter: false,
    config,
  }));
  const topic: TopicDefinition = {
    index: 0,
    name: 'orders',
    firstPartition: 0,
    partitionCount: options.partitions ?? 1,
    replicationFactor: brokerCount,
    replicas: null,
    config: topicConfig(options.config ?? {}, options.topicConfig ?? {}),
  };
  const { kafka = NEWEST_VERSION, metadata: mode = 'kraft' } = options;
  const switches = resolveSwitches(options.switches ?? {}, kafka, mode);
  const plane = { kafka, protocol: kafka, mode, zookeepers: [], chroot: '' };
  return new ClusterDefinition(nodes, [topic], [], [], switches, undefined, plane);
}

/** A registration as a controller on ZooKeeper tells it. */
export function stateEntry(registration: PartitionRegistration): PartitionStateEntry {
  const { partition, leader, leaderEpoch, isr, partitionEpoch, replicas } = registration;
  return {
    partition,
    controllerEpoch: 1,
    leader,
    leaderEpoch,
    isr,
    zkVersion: partitionEpoch,
    replicas,
    addingReplicas: [],
    removingReplicas: [],
    isNew: false,
  };
}
