/**
 * The server program as a whole: three controllers and three brokers on a simulation, with a client that does just
 * what it is told. Nothing is replaced.
 */
import { describe, expect, it } from 'vitest';
import { brokerConfig, topicConfig } from '../config/index.js';
import { ClusterDefinition, type NodeDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { ModelObserver } from '../observer.js';
import { RecordBatch } from '../records.js';
import {
  AlterPartitionReassignmentsRequest,
  CreateTopicsRequest,
  InitProducerIdRequest,
  InitProducerIdResponse,
  Kind,
  MetadataRequest,
  MetadataResponse,
  ProduceRequest,
  ProduceResponse,
  type PartitionMetadata,
  type RpcMessage,
} from '../rpc/index.js';
import { resolveSwitches } from '../switches.js';
import {
  Simulation,
  type ConnectionId,
  type Host,
  type HostContext,
  type Program,
} from '../../sim/index.js';
import { createServer } from './kafka-server.js';
import { requestShutdown } from './shutdown.js';
import type { ServerState } from './state.js';
import { activeControllerView, brokerView, partitionView } from './views.js';

const SECOND_US = 1_000_000;

interface ClientState {
  readonly received: RpcMessage[];
  readonly receivedAtUs: number[];
  readonly closed: ConnectionId[];
}

class ClientProgram implements Program<ClientState> {
  start(): ClientState {
    return { received: [], receivedAtUs: [], closed: [] };
  }
  receive(
    state: ClientState,
    _connection: ConnectionId,
    message: RpcMessage,
    context: HostContext,
  ): void {
    state.received.push(message);
    state.receivedAtUs.push(context.nowUs());
  }
  timer(): void {
    throw new Error('the client sets no timers');
  }
  closed(state: ClientState, connection: ConnectionId): void {
    state.closed.push(connection);
  }
}

/** `nodes`: brokers 1 to 3 and controllers 4 to 6, or 1 to 3 being both. */
function define(
  combined: boolean,
  partitionCount: number,
  config: Record<string, string>,
): ClusterDefinition {
  const ids = combined ? [1, 2, 3] : [1, 2, 3, 4, 5, 6];
  const nodes = ids.map((id, host): NodeDefinition => ({
    id,
    host,
    rack: null,
    isBroker: id <= 3,
    isVoter: combined || id > 3,
    config: brokerConfig(config),
  }));
  const topic = {
    index: 0,
    name: 'orders',
    firstPartition: 0,
    partitionCount,
    replicationFactor: 3,
    replicas: Array.from({ length: partitionCount }, (_, n) => [
      1 + (n % 3),
      1 + ((n + 1) % 3),
      1 + ((n + 2) % 3),
    ]),
    config: topicConfig({}, { 'min.insync.replicas': '2' }),
  };
  return new ClusterDefinition(nodes, [topic], [], [], resolveSwitches({}));
}

class Cluster {
  readonly definition: ClusterDefinition;
  readonly simulation: Simulation;
  private correlationId = 1000;

  constructor(definition: ClusterDefinition, simulation: Simulation) {
    this.definition = definition;
    this.simulation = simulation;
  }

  static create(
    options: {
      combined?: boolean;
      partitionCount?: number;
      seed?: string;
      config?: Record<string, string>;
    } = {},
  ): Cluster {
    const definition = define(
      options.combined ?? false,
      options.partitionCount ?? 3,
      options.config ?? {},
    );
    const simulation = Simulation.create({
      seed: options.seed ?? '1',
      latency: { kind: 'lognormal', p50Us: 500, p99Us: 5000 },
      bandwidthBytesPerSecond: 125_000_000,
      disk: {
        writeUs: 100,
        flushUs: 5000,
        bandwidthBytesPerSecond: 200 * 1024 * 1024,
        pageCacheBytes: 4 * 1024 * 1024 * 1024,
      },
    });
    simulation.observer = new ModelObserver();
    const server = createServer(definition);
    for (const node of definition.nodes)
      simulation.addHost({ name: `node-${node.id}`, program: server });
    simulation.addHost({ name: 'client', program: new ClientProgram() });
    for (const host of simulation.hosts) simulation.start(host);
    return new Cluster(definition, simulation);
  }

  /** A cluster whose topic exists, with all replicas in sync. */
  static ready(options: Parameters<typeof Cluster.create>[0] = {}): Cluster {
    const cluster = Cluster.create(options);
    cluster.await('an active controller', () => cluster.activeController() >= 0, 10);
    cluster.await(
      'all brokers to run',
      () => cluster.brokers().every((id) => cluster.isRunning(id)),
      30,
    );
    cluster.ask(cluster.activeController(), (id) => new CreateTopicsRequest(id, [0]));
    cluster.await('full ISRs', () => cluster.isrsAreFull(), 30);
    return cluster;
  }

  fork(): Cluster {
    const fork = new Cluster(this.definition, this.simulation.fork());
    fork.simulation.observer = new ModelObserver();
    fork.correlationId = this.correlationId;
    return fork;
  }

  brokers(): number[] {
    return this.definition.brokers.map(({ id }) => id);
  }

  host(nodeId: number): Host {
    return this.simulation.hosts[this.definition.node(nodeId).host]!;
  }

  server(nodeId: number): ServerState | null {
    return this.host(nodeId).state as ServerState | null;
  }

  client(): ClientState {
    return this.simulation.hosts.at(-1)!.state as ClientState;
  }

  activeController(): number {
    for (const { id } of this.definition.voters) {
      const server = this.server(id);
      if (server !== null && activeControllerView(server) !== null) return id;
    }
    return -1;
  }

  isRunning(brokerId: number): boolean {
    const server = this.server(brokerId);
    return server !== null && brokerView(server)?.state === 'RUNNING';
  }

  leaderOf(partition: number): number {
    return this.brokers().find((id) => this.view(id, partition)?.role === 'leader') ?? -1;
  }

  view(brokerId: number, partition: number): ReturnType<typeof partitionView> {
    const server = this.server(brokerId);
    return server === null ? null : partitionView(server, partition);
  }

  isrsAreFull(): boolean {
    return this.definition.partitions.every(({ index }) => {
      const leader = this.leaderOf(index);
      return leader >= 0 && this.view(leader, index)?.isr.length === 3;
    });
  }

  run(seconds: number): void {
    this.simulation.runUntil(this.simulation.nowUs + seconds * SECOND_US);
  }

  /** Runs until something holds; returns how many seconds that took. */
  await(what: string, holds: () => boolean, seconds: number): number {
    const fromUs = this.simulation.nowUs;
    while (!holds()) {
      if (this.simulation.nowUs >= fromUs + seconds * SECOND_US)
        throw new Error(`waited in vain for ${what}`);
      this.run(0.01);
    }
    return (this.simulation.nowUs - fromUs) / SECOND_US;
  }

  /** Sends requests down one new connection; returns the first one's correlation id. */
  send(nodeId: number, requests: readonly ((correlationId: number) => RpcMessage)[]): number {
    const first = this.correlationId;
    this.simulation.act(this.simulation.hosts.at(-1)!, (_state, context) => {
      const connection = context.connect(this.host(nodeId).index, 10 * SECOND_US);
      for (const request of requests) context.send(connection, request(this.correlationId++));
    });
    return first;
  }

  response(correlationId: number): RpcMessage | null {
    return (
      this.client().received.find((message) => message.correlationId === correlationId) ?? null
    );
  }

  ask(nodeId: number, request: (correlationId: number) => RpcMessage, seconds = 5): RpcMessage {
    const id = this.send(nodeId, [request]);
    this.await('a response', () => this.response(id) !== null, seconds);
    return this.response(id)!;
  }

  produce(brokerId: number, partition: number, value: number, acks = -1): ProduceResponse {
    const batch = new RecordBatch(-1, -1, -1, -1, -1, [value], [-1], 100, 0);
    const response = this.ask(
      brokerId,
      (id) => new ProduceRequest(id, acks, 5000, [{ partition, batch }]),
      10,
    );
    if (!(response instanceof ProduceResponse)) throw new Error(response.describe());
    return response;
  }

  metadata(brokerId: number, partitions: readonly number[] | null): MetadataResponse {
    const response = this.ask(brokerId, (id) => new MetadataRequest(id, partitions));
    if (!(response instanceof MetadataResponse)) throw new Error(response.describe());
    return response;
  }
}

describe.each([false, true])('a cluster (combined=%s)', (combined) => {
  it('boots: brokers register, catch up and are unfenced; a topic gets leaders and full ISRs', () => {
    const cluster = Cluster.ready({ combined });

    expect(cluster.definition.partitions.map(({ index }) => cluster.leaderOf(index))).toEqual([
      1, 2, 3,
    ]);
    for (const id of cluster.brokers()) {
      expect(brokerView(cluster.server(id)!)).toMatchObject({
        state: 'RUNNING',
        takesRequests: true,
      });
    }
    const { brokers, partitions } = cluster.metadata(2, null);
    expect(brokers).toEqual([1, 2, 3]);
    expect(partitions.map((p: PartitionMetadata) => p.leaderId)).toEqual([1, 2, 3]);
    expect(cluster.metadata(2, [99]).partitions[0]?.error).toBe(
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    );
  });

  it('acks=all is answered when all replicas have the record', () => {
    const cluster = Cluster.ready({ combined });

    const response = cluster.produce(1, 0, 42);

    expect(response.results).toMatchObject([
      { partition: 0, error: ErrorCode.NONE, baseOffset: 0 },
    ]);
    expect(cluster.view(1, 0)?.highWatermark).toBe(1);
    for (const id of cluster.brokers()) expect(cluster.view(id, 0)?.logEndOffset).toBe(1);
  });

  it('fails over: a crashed leader is fenced after its session, another leads, and its ISR fills again', () => {
    const cluster = Cluster.ready({ combined });
    cluster.produce(1, 0, 1);
    cluster.run(5);

    cluster.simulation.crash(cluster.host(1));
    const seconds = cluster.await('another leader', () => cluster.leaderOf(0) > 1, 30);

    expect(seconds).toBeGreaterThan(6.9);
    expect(seconds).toBeLessThan(12);
    expect(cluster.leaderOf(0)).toBe(2);
    expect(cluster.view(2, 0)).toMatchObject({ isr: [2, 3], leaderEpoch: 1 });
    expect(cluster.produce(2, 0, 2).results[0]).toMatchObject({
      error: ErrorCode.NONE,
      baseOffset: 1,
    });
    expect(cluster.metadata(2, [0]).brokers).toEqual([2, 3]);

    cluster.simulation.start(cluster.host(1));
    cluster.await('full ISRs', () => cluster.isrsAreFull(), 30);

    expect(cluster.view(1, 0)).toMatchObject({ role: 'follower', leaderEpoch: 1, logEndOffset: 2 });
  });

  it('a controlled shutdown moves leaderships away first, and the next start is a clean one', () => {
    const cluster = Cluster.ready({ combined });
    cluster.produce(1, 0, 1);
    cluster.run(3);
    const epoch = brokerView(cluster.server(1)!)!.brokerEpoch;

    cluster.simulation.act(cluster.host(1), (state, context) => {
      requestShutdown(cluster.definition, state as ServerState, context);
    });
    const toExit = cluster.await(
      'the process to exit',
      () => cluster.host(1).status === 'down',
      10,
    );

    expect(toExit).toBeLessThan(3);
    expect(cluster.leaderOf(0)).toBe(2);
    expect(cluster.produce(2, 0, 2).results[0]?.error).toBe(ErrorCode.NONE);

    cluster.simulation.start(cluster.host(1));
    cluster.await('the process to start', () => (cluster.server(1)?.broker ?? null) !== null, 5);
    expect(cluster.server(1)?.broker?.lifecycle.previousBrokerEpoch).toBe(epoch);
    cluster.await('full ISRs', () => cluster.isrsAreFull(), 30);
  });

  it('a fork goes on to the same hash, at every stage', () => {
    const cluster = Cluster.create({ combined });
    const forks: Cluster[] = [];
    for (const seconds of [0.5, 1, 1, 1, 3]) {
      cluster.run(seconds);
      forks.push(cluster.fork());
    }
    for (const run of [cluster, ...forks]) {
      const endUs = 30 * SECOND_US;
      run.simulation.runUntil(8 * SECOND_US);
      run.send(run.activeController(), [(id) => new CreateTopicsRequest(id, [0])]);
      run.simulation.runUntil(12 * SECOND_US);
      run.simulation.crash(run.host(1));
      run.simulation.runUntil(endUs);
    }

    expect(cluster.leaderOf(0)).toBeGreaterThan(1);
    for (const fork of forks) {
      expect(fork.simulation.hash.digest()).toBe(cluster.simulation.hash.digest());
      expect(fork.simulation.eventCount).toBe(cluster.simulation.eventCount);
    }
  });
});

describe('a broker’s life', () => {
  it('a broker that restarts within its old session registers when that has lapsed (duplicate registration)', () => {
    const cluster = Cluster.ready();
    cluster.run(3);
    const before = brokerView(cluster.server(1)!)!.brokerEpoch;

    cluster.simulation.crash(cluster.host(1));
    cluster.run(0.1);
    cluster.simulation.start(cluster.host(1));
    cluster.run(4);
    expect(cluster.server(1)?.broker?.lifecycle).toMatchObject({
      state: 'STARTING',
      registered: false,
    });

    // It knows that it led, and serves nobody: Kafka's port is not open yet.
    expect(cluster.view(1, 0)?.role).toBe('leader');
    const early = cluster.send(1, [(id) => new MetadataRequest(id, [0])]);
    cluster.run(0.1);
    expect(cluster.response(early)).toBeNull();
    expect(cluster.client().closed).toHaveLength(1);

    const seconds = 4.2 + cluster.await('the broker to run', () => cluster.isRunning(1), 30);
    expect(seconds).toBeGreaterThan(6.9);
    expect(seconds).toBeLessThan(16);
    expect(brokerView(cluster.server(1)!)!.brokerEpoch).toBeGreaterThan(before);
  });

  it('a stopped controller leaves in favour of another, which takes over', () => {
    const cluster = Cluster.ready();
    const before = cluster.activeController();
    cluster.simulation.act(cluster.host(before), (state, context) => {
      requestShutdown(cluster.definition, state as ServerState, context);
    });

    const seconds = cluster.await('the exit', () => cluster.host(before).status === 'down', 6);
    expect(seconds).toBeLessThan(5);
    cluster.await('an active controller', () => cluster.activeController() >= 0, 5);
    expect(cluster.activeController()).not.toBe(before);

    cluster.simulation.crash(cluster.host(1));
    cluster.await('another leader', () => cluster.leaderOf(0) > 1, 30);
  });

  it('a broker asks the controller once for each heartbeat interval', () => {
    const cluster = Cluster.ready();
    cluster.run(5);
    let heartbeats = 0;
    cluster.simulation.watcher = {
      hostChanged: () => undefined,
      messageDelivered: (from, _to, message) => {
        if (from.index === 0 && message.kind === Kind.BrokerHeartbeatRequest) heartbeats++;
      },
    };
    cluster.run(60);

    expect(heartbeats).toBeGreaterThanOrEqual(29);
    expect(heartbeats).toBeLessThanOrEqual(30);
  });

  it('without a quorum a broker gives up after initial.broker.registration.timeout.ms', () => {
    const cluster = Cluster.create({
      config: { 'initial.broker.registration.timeout.ms': '20000' },
    });
    for (const { id } of cluster.definition.voters) cluster.simulation.crash(cluster.host(id));

    cluster.run(20);
    expect(cluster.host(1).status).toBe('running');
    cluster.run(2);
    expect(cluster.host(1).status).toBe('down');
  });

  it('a paused broker is fenced, and unfenced by its next heartbeat with the same epoch', () => {
    const cluster = Cluster.ready();
    cluster.run(3);
    const { brokerEpoch } = brokerView(cluster.server(1)!)!;

    cluster.simulation.pause(cluster.host(1));
    cluster.await(
      'the fence',
      () => brokerView(cluster.server(2)!)!.unfencedBrokers.length === 2,
      15,
    );
    cluster.simulation.resume(cluster.host(1));
    cluster.await(
      'the end of the fence',
      () => brokerView(cluster.server(2)!)!.unfencedBrokers.length === 3,
      15,
    );

    expect(brokerView(cluster.server(1)!)!.brokerEpoch).toBe(brokerEpoch);
    cluster.await('full ISRs', () => cluster.isrsAreFull(), 60);
  });

  it('a failed log directory ends the process', () => {
    const cluster = Cluster.ready();
    // Nothing is written to the metadata log meanwhile.
    for (const { id } of cluster.definition.voters) cluster.simulation.crash(cluster.host(id));
    cluster.host(1).disk.status = 'failed';
    cluster.run(0.1);
    expect(cluster.host(1).status).toBe('running');

    cluster.send(1, [
      (id) =>
        new ProduceRequest(id, 1, 5000, [
          { partition: 0, batch: new RecordBatch(-1, -1, -1, -1, -1, [1], [-1], 100, 0) },
        ]),
    ]);
    cluster.run(1);

    expect(cluster.host(1).status).toBe('down');
  });

  it('producer ids come in blocks of a thousand and never twice', () => {
    const cluster = Cluster.ready();
    const ids: number[] = [];
    let refused = 0;
    for (const broker of [1, 2, 1, 2, 3, 3]) {
      const response = cluster.ask(broker, (id) => new InitProducerIdRequest(id));
      if (!(response instanceof InitProducerIdResponse)) throw new Error(response.describe());
      if (response.error === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) refused++;
      else ids.push(response.producerId);
      cluster.run(0.2);
    }

    expect(refused).toBe(3);
    expect(ids.map((id) => id % 1000)).toEqual([0, 0, 0]);
    expect(new Set(ids).size).toBe(3);
  });
});

describe('requests', () => {
  it('are served one at a time on a connection, in order', () => {
    const cluster = Cluster.ready();
    const first = cluster.send(
      1,
      Array.from({ length: 5 }, () => (id: number) => new MetadataRequest(id, [0])),
    );
    cluster.run(1);

    const order = cluster
      .client()
      .received.map(({ correlationId }) => correlationId)
      .filter((id) => id >= first);
    expect(order).toEqual([0, 1, 2, 3, 4].map((n) => first + n));
  });

  it('behind a parked one wait for its answer (the connection is muted)', () => {
    const cluster = Cluster.ready({ config: { 'replica.lag.time.max.ms': '600000' } });
    for (const id of [2, 3]) cluster.simulation.pause(cluster.host(id));
    const batch = new RecordBatch(-1, -1, -1, -1, -1, [1], [-1], 100, 0);
    const first = cluster.send(1, [
      (id) => new ProduceRequest(id, -1, 3000, [{ partition: 0, batch }]),
      (id) => new MetadataRequest(id, [0]),
    ]);
    const other = cluster.send(1, [(id) => new MetadataRequest(id, [0])]);

    cluster.run(2);
    expect(cluster.response(first + 1)).toBeNull();
    expect(cluster.response(other)).not.toBeNull();

    cluster.run(2);
    expect(cluster.response(first)).toMatchObject({
      results: [{ error: ErrorCode.REQUEST_TIMED_OUT }],
    });
    expect(cluster.response(first + 1)).not.toBeNull();
  });

  it('acks=0 is not answered and keeps nobody waiting', () => {
    const cluster = Cluster.ready();
    const batch = new RecordBatch(-1, -1, -1, -1, -1, [1], [-1], 100, 0);
    const first = cluster.send(1, [
      (id) => new ProduceRequest(id, 0, 3000, [{ partition: 0, batch }]),
      (id) => new MetadataRequest(id, [0]),
    ]);
    cluster.run(1);

    expect(cluster.response(first)).toBeNull();
    expect(cluster.response(first + 1)).not.toBeNull();
    expect(cluster.view(1, 0)?.logEndOffset).toBe(1);
  });

  it('wait for a handler when all num.io.threads are busy', () => {
    const cluster = Cluster.ready({ config: { 'num.io.threads': '1' } });
    cluster.host(1).disk.slowFactor = 1000;
    const batch = new RecordBatch(-1, -1, -1, -1, -1, [1], [-1], 100, 0);
    const write = (id: number): ProduceRequest =>
      new ProduceRequest(id, 1, 3000, [{ partition: 0, batch }]);
    const fromUs = cluster.simulation.nowUs;
    const ids = [0, 1, 2, 3].map(() => cluster.send(1, [write]));
    cluster.await('all answers', () => ids.every((id) => cluster.response(id) !== null), 5);

    const { received, receivedAtUs } = cluster.client();
    const ends = received.flatMap((m, at) =>
      ids.includes(m.correlationId) ? [receivedAtUs[at]! - fromUs] : [],
    );
    // A write takes 100 ms on this disk, and one thread does them one after the other.
    ends.forEach((endUs, at) => {
      expect(endUs).toBeGreaterThan(100_000 * (at + 1));
      expect(endUs).toBeLessThan(100_000 * (at + 1) + 50_000);
    });
    expect(cluster.view(1, 0)?.logEndOffset).toBe(4);
  });

  it('from before the broker takes requests are refused by closing the connection', () => {
    const cluster = Cluster.create();
    cluster.send(1, [(id) => new MetadataRequest(id, null)]);
    cluster.run(0.5);

    expect(cluster.client().received).toEqual([]);
    expect(cluster.client().closed).toHaveLength(1);
  });
});

describe('a reassignment', () => {
  const reassign = (cluster: Cluster, replicas: readonly number[]): unknown =>
    cluster.ask(
      cluster.activeController(),
      (id) => new AlterPartitionReassignmentsRequest(id, [{ partition: 0, replicas }], true),
    );
  const logOf = (cluster: Cluster, brokerId: number): unknown =>
    cluster.host(brokerId).disk.files.get(cluster.definition.partition(0).name);
  const isDone = (cluster: Cluster, isr: number): boolean => {
    const leader = cluster.leaderOf(0);
    return leader > 0 && cluster.view(leader, 0)?.isr.length === isr;
  };

  it('takes the partition from a broker, and gives it back: a new log, copied from the start', () => {
    const cluster = Cluster.ready();
    cluster.produce(1, 0, 41);

    expect(reassign(cluster, [2, 3])).toMatchObject({ error: 0, results: [{ error: 0 }] });
    cluster.await('another leader', () => cluster.leaderOf(0) === 2 && isDone(cluster, 2), 5);
    cluster.await('the log to go', () => logOf(cluster, 1) === undefined, 5);
    expect(cluster.view(1, 0)).toBeNull();
    expect(cluster.produce(1, 0, 42).results[0]).toMatchObject({
      error: ErrorCode.NOT_LEADER_OR_FOLLOWER,
      leaderId: 2,
    });
    expect(cluster.produce(2, 0, 43).results[0]).toMatchObject({ error: 0, baseOffset: 1 });

    reassign(cluster, [1, 2, 3]);
    cluster.await('three replicas in sync', () => isDone(cluster, 3), 30);
    expect(cluster.view(1, 0)).toMatchObject({ logEndOffset: 2 });
    expect(cluster.metadata(3, [0]).partitions[0]?.replicas).toEqual([1, 2, 3]);
  });

  it('of a broker that is down: it finds out when it starts, and drops what it has', () => {
    const cluster = Cluster.ready();
    cluster.produce(1, 0, 41);
    cluster.simulation.crash(cluster.host(3));
    reassign(cluster, [1, 2]);
    cluster.await('two replicas', () => isDone(cluster, 2), 20);
    expect(logOf(cluster, 3)).toBeDefined();

    cluster.simulation.start(cluster.host(3));
    cluster.await('the broker to run', () => cluster.isRunning(3), 30);
    expect(logOf(cluster, 3)).toBeUndefined();
    expect(cluster.view(3, 0)).toBeNull();
    expect(cluster.view(3, 1)).not.toBeNull();
  });
});
