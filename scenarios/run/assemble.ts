/** Makes the hosts of a plan: servers, an operator, producers, consumers. */
import {
  AdminProgram,
  brokerConfig,
  ClusterDefinition,
  ConsumerProgram,
  consumerConfig,
  createServer,
  createZooKeeperServer,
  DEFAULT_COSTS,
  ProducerProgram,
  producerConfig,
  resolveSwitches,
  topicConfig,
  type ConsumerDefinition,
  type KafkaVersion,
  type NodeDefinition,
  type ProducerDefinition,
  type TopicDefinition,
} from '../../model/index.js';
import { createTimingWheel, Simulation, type EventQueue } from '../../sim/index.js';
import type { Release } from '../faults/release.js';
import type { Plan } from '../language/plan.js';

/** A simulation with its hosts, all still without power. */
export interface Assembly {
  readonly simulation: Simulation;
  readonly definition: ClusterDefinition;
  /** Index of the operator's host. */
  readonly adminHost: number;
  /** Other clusters on the same ensemble, in the order of the plan. */
  readonly neighbours: readonly ClusterAssembly[];
}

/** A cluster's part of a simulation. */
export interface ClusterAssembly {
  readonly definition: ClusterDefinition;
  /** Index of the operator's host. */
  readonly adminHost: number;
}

/** Where the hosts of a cluster are among those of the simulation. */
interface HostPlaces {
  /** Its first server's. */
  readonly servers: number;
  /** The ensemble's first; where it is null the ensemble follows the servers. */
  readonly ensemble: number | null;
}

/** Name of a server's host: `broker-1`, `controller-4`, or `node-1` where it is both. */
export function nodeName(node: {
  readonly id: number;
  readonly isBroker: boolean;
  readonly isVoter: boolean;
}): string {
  if (node.isBroker && node.isVoter) return `node-${node.id}`;
  return node.isBroker ? `broker-${node.id}` : `controller-${node.id}`;
}

/**
 * Hosts are numbered: servers by ascending id, the ensemble, the operator, producers, consumers; then the neighbours, each
 * with its servers, operator, producers and consumers. What a neighbour's hosts are called begins with its name.
 */
export function assemble(
  plan: Plan,
  seed: string,
  shuffleTies: boolean,
  queue?: EventQueue,
): Assembly {
  const definition = defineCluster(plan);
  const simulation = Simulation.create({
    seed,
    shuffleTies,
    latency: plan.network.latency,
    bandwidthBytesPerSecond: plan.network.bandwidthBytesPerSecond,
    loss: plan.network.loss,
    disk: plan.disk,
    queue: queue ?? createTimingWheel(),
  });
  addServers(simulation, definition, '');
  const ensemble = createZooKeeperServer(definition);
  for (const { id, rack } of definition.plane.zookeepers) {
    simulation.addHost({ name: `zookeeper-${id}`, rack, program: ensemble });
  }
  const adminHost = addClients(simulation, definition, '');
  const neighbours = plan.neighbours.map((neighbour): ClusterAssembly => {
    const places = { servers: simulation.hosts.length, ensemble: definition.nodes.length };
    const own = defineCluster(neighbour, undefined, places);
    addServers(simulation, own, `${neighbour.name}-`);
    const admin = addClients(simulation, own, `${neighbour.name}-`);
    return { definition: own, adminHost: admin };
  });
  return { simulation, definition, adminHost, neighbours };
}

function addServers(simulation: Simulation, definition: ClusterDefinition, prefix: string): void {
  const server = createServer(definition);
  for (const node of definition.nodes) {
    simulation.addHost({ name: prefix + nodeName(node), rack: node.rack, program: server });
  }
}

/** Returns the operator's host. */
function addClients(simulation: Simulation, definition: ClusterDefinition, prefix: string): number {
  const program = new AdminProgram(definition);
  const admin = simulation.addHost({ name: `${prefix}admin`, program });
  const producer = new ProducerProgram(definition);
  for (const { id } of definition.producers)
    simulation.addHost({ name: `${prefix}producer-${id}`, program: producer });
  const consumer = new ConsumerProgram(definition);
  for (const { id } of definition.consumers)
    simulation.addHost({ name: `${prefix}consumer-${id}`, program: consumer });
  return admin.index;
}

/**
 * The part of a plan that does not change during a run, in the model's terms.
 *
 * @param release what the servers run, where that is not the scenario's version (rolling upgrades): their rules and their
 *   defaults are those of the release. Clients stay with the scenario's version.
 * @param places where the cluster's hosts are, where they are not the first.
 */
export function defineCluster(
  plan: Plan,
  release: Release = { kafka: plan.kafka, protocol: plan.kafka },
  places: HostPlaces = { servers: 0, ensemble: null },
): ClusterDefinition {
  const nodes = defineNodes(plan, release.kafka, places.servers);
  const topics = defineTopics(plan, release.kafka);
  const topicByName = new Map(topics.map((topic) => [topic.name, topic]));
  const zookeepers = plan.zookeepers.map((server, index) => ({
    ...server,
    host: (places.ensemble ?? nodes.length) + index,
  }));
  const ownZookeepers = places.ensemble === null ? zookeepers.length : 0;
  const firstProducerHost = places.servers + nodes.length + ownZookeepers + 1;
  const producers = plan.producers.map((producer, index): ProducerDefinition => ({
    index,
    id: producer.id,
    host: firstProducerHost + index,
    topic: topicByName.get(producer.topic)!,
    ratePerSecond: producer.ratePerSecond,
    sends: producer.sends,
    keys: producer.keys,
    valueBytes: producer.valueBytes,
    startUs: producer.startUs,
    stopUs: producer.stopUs,
    config: producerConfig(producer.config, plan.kafka),
  }));
  const firstConsumerHost = firstProducerHost + producers.length;
  const consumers = plan.consumers.map((consumer, index): ConsumerDefinition => ({
    index,
    id: consumer.id,
    host: firstConsumerHost + index,
    partitions: consumer.topics.flatMap(({ topic, partitions }) => {
      const { firstPartition, partitionCount } = topicByName.get(topic)!;
      const numbers =
        partitions === 'all' ? Array.from({ length: partitionCount }, (_, n) => n) : partitions;
      return numbers.map((number) => firstPartition + number);
    }),
    processingUs: consumer.processingUs,
    config: consumerConfig(consumer.config, plan.kafka),
  }));
  const { kafka, protocol } = release;
  const switches = resolveSwitches(plan.switches, kafka, plan.metadata, protocol);
  return new ClusterDefinition(nodes, topics, producers, consumers, switches, DEFAULT_COSTS, {
    kafka,
    protocol,
    mode: plan.metadata,
    zookeepers,
    chroot: plan.chroot,
  });
}

function defineNodes(plan: Plan, kafka: KafkaVersion, firstHost: number): NodeDefinition[] {
  const roles = new Map<number, Omit<NodeDefinition, 'host'>>();
  for (const { id, rack, config } of plan.brokers) {
    roles.set(id, {
      id,
      rack,
      isBroker: true,
      isVoter: false,
      config: brokerConfig(config, kafka),
    });
  }
  for (const { id, rack, config } of plan.controllers) {
    const broker = roles.get(id);
    roles.set(
      id,
      broker === undefined
        ? { id, rack, isBroker: false, isVoter: true, config: brokerConfig(config, kafka) }
        : { ...broker, isVoter: true },
    );
  }
  return [...roles.values()]
    .sort((a, b) => a.id - b.id)
    .map((node, index) => ({ ...node, host: firstHost + index }));
}

function defineTopics(plan: Plan, kafka: KafkaVersion): TopicDefinition[] {
  let firstPartition = 0;
  return plan.topics.map((topic, index) => {
    const defined: TopicDefinition = {
      index,
      name: topic.name,
      firstPartition,
      partitionCount: topic.partitions,
      replicationFactor: topic.replicationFactor,
      replicas: topic.replicas,
      config: topicConfig(plan.clusterConfig, topic.config, kafka),
    };
    firstPartition += topic.partitions;
    return defined;
  });
}
