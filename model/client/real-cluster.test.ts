/** Clients and the real servers: nothing is replaced. */
import { describe, expect, it } from 'vitest';
import { Simulation, type Host } from '../../sim/index.js';
import { brokerConfig, consumerConfig, producerConfig, topicConfig } from '../config/index.js';
import {
  ClusterDefinition,
  type ConsumerDefinition,
  type NodeDefinition,
  type ProducerDefinition,
} from '../definition.js';
import { createServer } from '../server/index.js';
import { resolveSwitches } from '../switches.js';
import { AdminProgram } from './admin-program.js';
import { adminIsDone, type AdminState } from './admin-state.js';
import { ConsumerProgram } from './consumer-program.js';
import { ProducerProgram } from './producer-program.js';
import { producerPending, type ProducerState } from './producer-state.js';
import { consumerPositions, type ConsumerState } from './subscription-state.js';
import { Recorded } from './testdata/recorded.js';

const SECOND_US = 1_000_000;

class RealCluster {
  readonly recorded = new Recorded();
  readonly simulation: Simulation;
  readonly servers: Host[];
  readonly producers: Host[];
  readonly consumers: Host[];
  readonly admin: Host;

  constructor(seed: string, options: { stopUs: number; config?: Record<string, string | number> }) {
    const definition = define(options.stopUs, options.config ?? {});
    this.simulation = Simulation.create({
      seed,
      shuffleTies: true,
      latency: { kind: 'lognormal', p50Us: 500, p99Us: 5000 },
      bandwidthBytesPerSecond: 125_000_000,
      disk: {
        writeUs: 100,
        flushUs: 5000,
        bandwidthBytesPerSecond: 200 * 1024 * 1024,
        pageCacheBytes: 4 * 1024 * 1024 * 1024,
      },
    });
    const { simulation } = this;
    simulation.observer = this.recorded;
    const server = createServer(definition);
    const producing = new ProducerProgram(definition);
    const consuming = new ConsumerProgram(definition);
    this.servers = definition.nodes.map((node) =>
      simulation.addHost({ name: `node-${node.id}`, program: server }),
    );
    this.producers = definition.producers.map(({ id }) =>
      simulation.addHost({ name: id, program: producing }),
    );
    this.consumers = definition.consumers.map(({ id }) =>
      simulation.addHost({ name: id, program: consuming }),
    );
    this.admin = simulation.addHost({ name: 'admin', program: new AdminProgram(definition) });
    for (const host of simulation.hosts) simulation.start(host);
  }

  runTo(seconds: number): this {
    this.simulation.runUntil(Math.round(seconds * SECOND_US));
    return this;
  }

  pending(): number {
    return this.producers
      .map((host) => producerPending(host.state as ProducerState))
      .reduce((sum, count) => sum + count, 0);
  }
}

function define(stopUs: number, config: Record<string, string | number>): ClusterDefinition {
  const nodes = [1, 2, 3].map((id, host): NodeDefinition => ({
    id,
    host,
    rack: null,
    isBroker: true,
    isVoter: true,
    config: brokerConfig({}),
  }));
  const topic = {
    index: 0,
    name: 'orders',
    firstPartition: 0,
    partitionCount: 3,
    replicationFactor: 3,
    replicas: null,
    config: topicConfig({}, { 'min.insync.replicas': 2 }),
  };
  const producers = [0, 1, 2].map((index): ProducerDefinition => ({
    index,
    id: `producer-${index}`,
    host: 3 + index,
    topic,
    ratePerSecond: 50,
    sends: null,
    keys: 30,
    valueBytes: 200,
    startUs: 15 * SECOND_US,
    stopUs,
    config: producerConfig(config),
  }));
  const consumers = [0, 1].map((index): ConsumerDefinition => ({
    index,
    id: `consumer-${index}`,
    host: 6 + index,
    partitions: [0, 1, 2],
    processingUs: 2000,
    config: consumerConfig({ 'auto.offset.reset': 'earliest' }),
  }));
  return new ClusterDefinition(nodes, [topic], producers, consumers, resolveSwitches({}));
}

/** Values by partition and offset, as consumers read them; one consumer may not contradict the other. */
function readLogs(recorded: Recorded): Map<number, number>[] {
  const logs = [0, 1, 2].map(() => new Map<number, number>());
  for (const { partition, offset, value } of recorded.records) {
    expect(logs[partition]!.get(offset) ?? value).toBe(value);
    logs[partition]!.set(offset, value);
  }
  return logs;
}

function expectSound(cluster: RealCluster): void {
  const { invoked, outcomes } = cluster.recorded;
  const logs = readLogs(cluster.recorded);
  const home = new Map<number, number>();
  for (const [partition, log] of logs.entries()) {
    expect(log.size).toBe(Math.max(-1, ...log.keys()) + 1);
    for (const value of log.values()) {
      expect(home.has(value)).toBe(false);
      home.set(value, partition);
    }
  }
  expect(outcomes).toHaveLength(invoked.length);
  for (const { value, partition, offset, executed } of outcomes) {
    if (executed === 'yes') expect(logs[partition]!.get(offset)).toBe(value);
    if (executed === 'no') expect(home.has(value)).toBe(false);
  }
  const keyOf = new Map(invoked.map(({ value, key }) => [value, key]));
  for (const log of logs) {
    const last = new Map<string, number>();
    const inOrder = [...log.entries()].sort(([a], [b]) => a - b);
    for (const [, value] of inOrder) {
      const stream = `${value % 3}/${keyOf.get(value)}`;
      expect(last.get(stream) ?? -1).toBeLessThan(value);
      last.set(stream, value);
    }
  }
}

describe('clients of the real cluster', () => {
  it('the operator creates the topics; records go in and come out', () => {
    const cluster = new RealCluster('quiet', { stopUs: 25 * SECOND_US }).runTo(30);

    expect(adminIsDone(cluster.admin.state as AdminState)).toBe(true);
    expect(cluster.recorded.outcomes.filter(({ executed }) => executed === 'yes')).toHaveLength(
      1500,
    );
    expect(cluster.recorded.records).toHaveLength(3000);
    expectSound(cluster);
    for (const host of cluster.consumers) {
      expect(consumerPositions(host.state as ConsumerState).every((p) => p.isFetching)).toBe(true);
    }
  });

  it.each(['crash', 'power loss', 'pause', 'isolation'])(
    'noDuplicates, keyOrder, ackedDurable: hold over the %s of each broker in turn',
    (fault) => {
      const cluster = new RealCluster(fault, { stopUs: 100 * SECOND_US }).runTo(20);
      const { simulation, servers } = cluster;
      servers.forEach((server, index) => {
        const others = simulation.hosts.filter((host) => host !== server);
        const startS = 25 + 25 * index;
        cluster.runTo(startS);
        if (fault === 'crash') simulation.crash(server);
        if (fault === 'power loss') simulation.losePower(server);
        if (fault === 'pause') simulation.pause(server);
        if (fault === 'isolation') {
          for (const other of others) {
            simulation.transport.block(server.index, other.index);
            simulation.transport.block(other.index, server.index);
          }
        }
        cluster.runTo(startS + 12);
        if (fault === 'crash' || fault === 'power loss') simulation.start(server);
        if (fault === 'pause') simulation.resume(server);
        if (fault === 'isolation') {
          for (const other of others) {
            simulation.transport.unblock(server.index, other.index);
            simulation.transport.unblock(other.index, server.index);
          }
        }
      });
      cluster.runTo(200);

      expect(cluster.pending()).toBe(0);
      expect(cluster.recorded.outcomes.length).toBe(3 * 50 * 85);
      expectSound(cluster);
    },
  );

  it('a run that is forked goes on to the same hash', () => {
    const cluster = new RealCluster('fork', { stopUs: 40 * SECOND_US }).runTo(20.0034);
    cluster.simulation.crash(cluster.servers[1]!);
    cluster.runTo(27.0101);
    const fork = cluster.simulation.fork();
    fork.observer = new Recorded();
    fork.runUntil(45 * SECOND_US);
    cluster.runTo(45);

    expect(fork.hash.digest()).toBe(cluster.simulation.hash.digest());
    expect(fork.eventCount).toBe(cluster.simulation.eventCount);
  });
});
