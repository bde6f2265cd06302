/** A run with scripted brokers and real clients. */
import { Simulation, type Host } from '../../../sim/index.js';
import { brokerConfig, consumerConfig, producerConfig, topicConfig } from '../../config/index.js';
import {
  ClusterDefinition,
  type ConsumerDefinition,
  type NodeDefinition,
  type ProducerDefinition,
  type SendDefinition,
} from '../../definition.js';
import { resolveSwitches } from '../../switches.js';
import type { KafkaVersion } from '../../versions.js';
import { AdminProgram } from '../admin-program.js';
import { ConsumerProgram } from '../consumer-program.js';
import { ProducerProgram } from '../producer-program.js';
import type { ProducerState } from '../producer-state.js';
import type { ConsumerState } from '../subscription-state.js';
import { Recorded } from './recorded.js';
import { ScriptedBroker } from './scripted-broker.js';
import { ScriptedWorld } from './scripted-world.js';

type Values = Readonly<Record<string, string | number | boolean>>;

export interface LabOptions {
  readonly seed?: string;
  readonly brokers?: number;
  readonly partitions?: number;
  readonly producers?: readonly {
    readonly rate?: number | null;
    readonly sends?: readonly SendDefinition[];
    readonly keys?: number | null;
    readonly valueBytes?: number;
    readonly startUs?: number;
    readonly stopUs?: number;
    readonly config?: Values;
  }[];
  readonly consumers?: readonly { readonly processingUs?: number; readonly config?: Values }[];
  readonly withAdmin?: boolean;
  /** The clients' version; the brokers are scripted. */
  readonly kafka?: KafkaVersion;
  /** Rules over those of the version. */
  readonly switches?: Readonly<Record<string, string>>;
}

/** Hosts: brokers from 0, then producers, consumers, and the operator. */
export class ClientLab {
  readonly definition: ClusterDefinition;
  readonly simulation: Simulation;
  readonly world: ScriptedWorld;
  readonly recorded = new Recorded();
  readonly brokers: readonly Host[];
  readonly producers: readonly Host[];
  readonly consumers: readonly Host[];
  readonly admin: Host | null;

  constructor(options: LabOptions) {
    this.definition = define(options);
    this.world = new ScriptedWorld(this.definition);
    const simulation = Simulation.create({
      seed: options.seed ?? 'clients',
      latency: { kind: 'constant', valueUs: 500 },
      bandwidthBytesPerSecond: 125_000_000,
      disk: { writeUs: 0, flushUs: 0, bandwidthBytesPerSecond: 1e9, pageCacheBytes: 1e9 },
    });
    this.simulation = simulation;
    simulation.observer = this.recorded;
    const broker = new ScriptedBroker(this.world);
    this.brokers = this.definition.brokers.map((node) =>
      simulation.addHost({ name: `broker-${node.id}`, program: broker }),
    );
    const producing = new ProducerProgram(this.definition);
    this.producers = this.definition.producers.map(({ id }) =>
      simulation.addHost({ name: id, program: producing }),
    );
    const consuming = new ConsumerProgram(this.definition);
    this.consumers = this.definition.consumers.map(({ id }) =>
      simulation.addHost({ name: id, program: consuming }),
    );
    this.admin =
      options.withAdmin === true
        ? simulation.addHost({ name: 'admin', program: new AdminProgram(this.definition) })
        : null;
  }

  /** Powers on all hosts, or all but some brokers (by id). */
  start(without: readonly number[] = []): this {
    for (const host of this.simulation.hosts) {
      const id = this.definition.nodes.find((node) => node.host === host.index)?.id;
      if (id === undefined || !without.includes(id)) this.simulation.start(host);
    }
    return this;
  }

  runMs(toMs: number): this {
    this.simulation.runUntil(toMs * 1000);
    return this;
  }

  producerState(index = 0): ProducerState {
    return this.producers[index]!.state as ProducerState;
  }

  consumerState(index = 0): ConsumerState {
    return this.consumers[index]!.state as ConsumerState;
  }
}

function define(options: LabOptions): ClusterDefinition {
  const brokerCount = options.brokers ?? 3;
  const partitionCount = options.partitions ?? 3;
  const nodes: NodeDefinition[] = Array.from({ length: brokerCount }, (_, index) => ({
    id: index + 1,
    host: index,
    rack: null,
    isBroker: true,
    isVoter: true,
    config: brokerConfig({}),
  }));
  const topic = {
    index: 0,
    name: 'orders',
    firstPartition: 0,
    partitionCount,
    replicationFactor: 3,
    replicas: null,
    config: topicConfig({}, {}),
  };
  const producers = (options.producers ?? []).map((producer, index): ProducerDefinition => ({
    index,
    id: `producer-${index}`,
    host: brokerCount + index,
    topic,
    ratePerSecond: producer.sends === undefined ? (producer.rate ?? 100) : null,
    sends: producer.sends ?? null,
    keys: producer.keys ?? null,
    valueBytes: producer.valueBytes ?? 100,
    startUs: producer.startUs ?? 0,
    stopUs: producer.stopUs ?? Number.MAX_SAFE_INTEGER,
    config: producerConfig(producer.config ?? {}, options.kafka),
  }));
  const consumers = (options.consumers ?? []).map((consumer, index): ConsumerDefinition => ({
    index,
    id: `consumer-${index}`,
    host: brokerCount + producers.length + index,
    partitions: Array.from({ length: partitionCount }, (_, partition) => partition),
    processingUs: consumer.processingUs ?? 0,
    config: consumerConfig(consumer.config ?? {}, options.kafka),
  }));
  const switches = resolveSwitches(options.switches ?? {}, options.kafka);
  return new ClusterDefinition(nodes, [topic], producers, consumers, switches);
}
