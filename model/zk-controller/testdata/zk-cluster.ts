/**
 * Controllers on a real simulation, for tests: broker processes that are nothing but a controller and a notebook of the
 * requests that controllers sent them, on a scripted ZooKeeper.
 */
import {
  Simulation,
  type ConnectionId,
  type Host,
  type HostContext,
  type Message,
  type Program,
} from '../../../sim/index.js';
import { brokerConfig, topicConfig } from '../../config/views.js';
import { ClusterDefinition, DEFAULT_COSTS, type TopicDefinition } from '../../definition.js';
import { ModelObserver } from '../../observer.js';
import {
  Kind,
  LeaderAndIsrResponse,
  StopReplicaResponse,
  UpdateMetadataResponse,
  type LeaderAndIsrRequest,
  type RpcMessage,
  type StopReplicaRequest,
  type UpdateMetadataRequest,
} from '../../rpc/index.js';
import { resolveSwitches } from '../../switches.js';
import type { KafkaVersion } from '../../versions.js';
import type { ZkClientState } from '../../zookeeper/client.js';
import {
  brokerPath,
  BrokerZnode,
  CONTROLLER_PATH,
  type PartitionStateZnode,
  partitionStateOf,
  partitionStatePath,
  PERSISTENT_PATHS,
  topicPath,
  TopicZnode,
} from '../../zookeeper/znodes.js';
import {
  createZkController,
  zkControllerClosed,
  zkControllerOnZk,
  zkControllerReceive,
  zkControllerStart,
  zkControllerTimer,
  zkControllerView,
  type ZkControllerState,
} from '../index.js';
import { installZookeeper, type ScriptedZookeeper } from './scripted-zookeeper.js';

interface TestTopic {
  readonly replicas?: readonly (readonly number[])[];
  readonly partitions?: number;
  readonly replicationFactor?: number;
  readonly config?: Readonly<Record<string, string | number | boolean>>;
}

export interface ZkClusterOptions {
  readonly kafka?: KafkaVersion;
  readonly brokers?: number;
  readonly racks?: readonly (string | null)[];
  readonly topics?: readonly TestTopic[];
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  readonly switches?: Readonly<Record<string, string>>;
  readonly controllerEventUs?: number;
}

/** Brokers have the ids 1, 2, ... and the hosts 0, 1, ... */
export function zkDefinition(options: ZkClusterOptions): ClusterDefinition {
  const kafka = options.kafka ?? '2.8';
  const nodes = Array.from({ length: options.brokers ?? 3 }, (_, index) => ({
    id: index + 1,
    host: index,
    rack: options.racks?.[index] ?? null,
    isBroker: true,
    isVoter: false,
    config: brokerConfig(options.config ?? {}, kafka),
  }));
  let firstPartition = 0;
  const topics: TopicDefinition[] = (options.topics ?? []).map((topic, index) => {
    const partitionCount = topic.replicas?.length ?? topic.partitions ?? 1;
    const definition: TopicDefinition = {
      index,
      name: `topic-${index}`,
      firstPartition,
      partitionCount,
      replicationFactor: topic.replicas?.[0]?.length ?? topic.replicationFactor ?? 1,
      replicas: topic.replicas ?? null,
      // Unclean elections are on by default in 0.10.
      config: topicConfig(
        { 'unclean.leader.election.enable': false },
        topic.config ?? {},
        kafka,
      ),
    };
    firstPartition += partitionCount;
    return definition;
  });
  return new ClusterDefinition(
    nodes,
    topics,
    [],
    [],
    resolveSwitches(options.switches ?? {}, kafka, 'zookeeper'),
    {
      ...DEFAULT_COSTS,
      controllerEventUs: options.controllerEventUs ?? DEFAULT_COSTS.controllerEventUs,
    },
    { kafka, protocol: kafka, mode: 'zookeeper', zookeepers: [], chroot: '' },
  );
}

type ControlRequest = LeaderAndIsrRequest | UpdateMetadataRequest | StopReplicaRequest;

interface BrokerState {
  readonly controller: ZkControllerState;
  readonly zk: ZkClientState;
  readonly requests: ControlRequest[];
  /** Answers LeaderAndIsr with this error for each partition. */
  partitionError: number;
}

const DRAIN = 1000;
const DRAIN_US = 500;
const ASK = 1001;

function newClient(zookeeper: ScriptedZookeeper): ZkClientState {
  return {
    chroot: '',
    sessionTimeoutUs: 6_000_000,
    sessionId: zookeeper.openSession(),
    isConnected: true,
    isExpired: false,
    events: [],
    // The rest is for the real client to look at.
  } as Partial<ZkClientState> as ZkClientState;
}

class BrokerProgram implements Program<BrokerState> {
  constructor(
    private readonly definition: ClusterDefinition,
    private readonly zookeeper: ScriptedZookeeper,
    /** Sessions whose clients hear nothing. */
    private readonly stalled: Set<number>,
  ) {}

  start(context: HostContext): BrokerState {
    const id = context.host.index + 1;
    const zk = newClient(this.zookeeper);
    const broker: BrokerState = {
      controller: createZkController(this.definition, id),
      zk,
      requests: [],
      partitionError: 0,
    };
    this.register(broker, context);
    context.setTimer(DRAIN_US, DRAIN);
    return broker;
  }

  register(broker: BrokerState, context: HostContext): void {
    const { controller, zk } = broker;
    const id = controller.nodeId;
    this.zookeeper.nowUs = context.virtualUs;
    const { rack } = this.definition.node(id);
    const data = new BrokerZnode(id, rack);
    const write = { type: 'create', path: brokerPath(id), data, ephemeral: true } as const;
    const { stat } = this.zookeeper.apply(zk.sessionId, write);
    zkControllerStart(this.definition, controller, zk, stat?.czxid ?? -1, context);
  }

  receive(
    broker: BrokerState,
    connection: ConnectionId,
    message: Message,
    context: HostContext,
  ): void {
    const { correlationId } = message as RpcMessage;
    switch (message.kind) {
      case Kind.LeaderAndIsrRequest: {
        const { states } = message as LeaderAndIsrRequest;
        const error = broker.partitionError;
        const results = states.map(({ partition }) => ({ partition, error }));
        broker.requests.push(message as ControlRequest);
        context.send(connection, new LeaderAndIsrResponse(correlationId, 0, results));
        break;
      }
      case Kind.UpdateMetadataRequest:
        broker.requests.push(message as ControlRequest);
        context.send(connection, new UpdateMetadataResponse(correlationId, 0));
        break;
      case Kind.StopReplicaRequest:
        broker.requests.push(message as ControlRequest);
        context.send(connection, new StopReplicaResponse(correlationId, 0, []));
        break;
      default: {
        const { controller, zk } = broker;
        const rpc = message as RpcMessage;
        zkControllerReceive(this.definition, controller, zk, connection, rpc, context);
      }
    }
  }

  timer(broker: BrokerState, opcode: number, arg: number, _payload: unknown, context: HostContext): void {
    const { controller, zk } = broker;
    if (opcode !== DRAIN) {
      zkControllerTimer(this.definition, controller, zk, opcode, arg, context);
      return;
    }
    context.setTimer(DRAIN_US, DRAIN);
    if (this.stalled.has(zk.sessionId)) return;
    for (const event of this.zookeeper.take(zk.sessionId, context.virtualUs)) {
      zkControllerOnZk(this.definition, controller, zk, event, context);
    }
  }

  closed(broker: BrokerState, connection: ConnectionId, context: HostContext): void {
    zkControllerClosed(broker.controller, connection, context);
  }
}

interface AskerState {
  readonly responses: RpcMessage[];
}

class AskerProgram implements Program<AskerState> {
  start(): AskerState {
    return { responses: [] };
  }
  receive(asker: AskerState, _connection: ConnectionId, message: Message): void {
    asker.responses.push(message as RpcMessage);
  }
  timer(_asker: AskerState, _opcode: number, host: number, payload: unknown, context: HostContext): void {
    context.send(context.connect(host, 1_000_000), payload as Message);
  }
  closed(): void {
    // What was not answered is not answered.
  }
}

class ClusterObserver extends ModelObserver {
  readonly activations: (readonly [node: number, epoch: number])[] = [];
  readonly resignations: (readonly [node: number, epoch: number])[] = [];
  override controllerActivated(_atUs: number, node: number, epoch: number): void {
    this.activations.push([node, epoch]);
  }
  override controllerResigned(_atUs: number, node: number, epoch: number): void {
    this.resignations.push([node, epoch]);
  }
}

/** Running brokers, and what may happen to them. */
export class ZkCluster {
  readonly simulation: Simulation;
  readonly observer = new ClusterObserver();
  readonly definition: ClusterDefinition;
  readonly zookeeper = installZookeeper();
  readonly stalled = new Set<number>();
  private readonly program: BrokerProgram;
  private readonly hosts: Host[];
  private readonly asker: Host;
  private correlationCount = 0;

  constructor(options: ZkClusterOptions = {}) {
    this.definition = zkDefinition(options);
    this.simulation = Simulation.create({
      seed: 'zk-cluster',
      latency: { kind: 'constant', valueUs: 500 },
      bandwidthBytesPerSecond: 125_000_000,
      disk: {
        writeUs: 10,
        flushUs: 5000,
        bandwidthBytesPerSecond: 200_000_000,
        pageCacheBytes: 4_000_000_000,
      },
    });
    this.simulation.observer = this.observer;
    for (const path of PERSISTENT_PATHS) this.create(path, null);
    this.program = new BrokerProgram(this.definition, this.zookeeper, this.stalled);
    this.hosts = this.definition.brokers.map(({ id }) =>
      this.simulation.addHost({ name: `broker-${id}`, program: this.program }),
    );
    this.asker = this.simulation.addHost({ name: 'asker', program: new AskerProgram() });
    this.simulation.start(this.asker);
  }

  /** Starts brokers in order, and lets things settle. */
  start(...ids: readonly number[]): this {
    for (const id of ids) this.simulation.start(this.hosts[id - 1]!);
    this.run(0.5);
    return this;
  }

  startAtOnce(id: number): void {
    this.simulation.start(this.hosts[id - 1]!);
  }

  run(seconds: number): void {
    this.simulation.runUntil(this.simulation.nowUs + Math.round(seconds * 1_000_000));
  }

  broker(id: number): BrokerState {
    return this.hosts[id - 1]!.state as BrokerState;
  }

  /** Brokers that take themselves for the controller. */
  activeIds(): number[] {
    const running = this.definition.brokers.filter(
      ({ id }) => this.hosts[id - 1]!.status === 'running',
    );
    return running
      .filter(({ id }) => zkControllerView(this.broker(id).controller).isActive)
      .map(({ id }) => id);
  }

  /** The process dies; ZooKeeper notices when told to. */
  crash(id: number): void {
    this.simulation.crash(this.hosts[id - 1]!);
  }

  /** Ends the session that a broker has, or had. */
  endSession(session: number): void {
    this.zookeeper.nowUs = this.simulation.nowUs;
    this.zookeeper.endSession(session);
  }

  /** The process dies and its session ends. */
  kill(id: number): void {
    const { sessionId } = this.broker(id).zk;
    this.crash(id);
    this.endSession(sessionId);
  }

  /** A client learns that its session is over, and the broker registers in a new one. */
  renewSession(id: number): void {
    const host = this.hosts[id - 1]!;
    this.simulation.act(host, (state, context) => {
      const broker = state as BrokerState;
      const { controller, zk } = broker;
      zkControllerOnZk(this.definition, controller, zk, { type: 'state', state: 'expired' }, context);
      zk.sessionId = this.zookeeper.openSession();
      zkControllerOnZk(
        this.definition,
        controller,
        zk,
        { type: 'state', state: 'connected' },
        context,
      );
      this.program.register(broker, context);
    });
  }

  create(path: string, data: TopicZnode | null): void {
    this.zookeeper.nowUs = this.simulation.nowUs;
    this.zookeeper.apply(0, { type: 'create', path, data, ephemeral: false });
  }

  /** An operator deletes /controller. */
  deleteController(): void {
    this.zookeeper.nowUs = this.simulation.nowUs;
    this.zookeeper.apply(0, { type: 'delete', path: CONTROLLER_PATH, version: -1 });
  }

  /** States of partitions that a broker has written in any of its sessions, from the n-th write of all on. */
  statesWrittenBy(sessions: readonly number[], from: number): string[] {
    return this.zookeeper.writes
      .slice(from)
      .filter(({ session, write }) => sessions.includes(session) && write.path.endsWith('/state'))
      .map(({ write }) => write.path);
  }

  /** Writes the topic as an operator's tool does. */
  createTopic(topic: number): void {
    const replicas = this.definition.topics[topic]!.replicas!;
    this.create(topicPath(this.definition, topic), new TopicZnode(topic, replicas));
  }

  /** The state of a partition in ZooKeeper. Throws where there is none. */
  state(partition: number): PartitionStateZnode {
    const path = partitionStatePath(this.definition, partition);
    const znode = partitionStateOf(this.zookeeper.nodes.get(path)?.data ?? null);
    if (znode === null) throw new Error(`partition ${partition} has no state`);
    return znode;
  }

  /** `leader/leaderEpoch [isr]`. */
  describe(partition: number): string {
    const { leader, leaderEpoch, isr } = this.state(partition);
    return `${leader}/${leaderEpoch} [${isr.join(' ')}]`;
  }

  /** The requests that a broker got from controllers, and forgets by that. */
  takeRequests(id: number): ControlRequest[] {
    const { requests } = this.broker(id);
    return requests.splice(0, requests.length);
  }

  correlationId(): number {
    return 1_000_000 + ++this.correlationCount;
  }

  /** Sends a request to a broker and waits for its response, 40 seconds at most. Throws where none comes. */
  ask(id: number, request: RpcMessage): RpcMessage {
    this.send(id, request);
    const { responses } = this.asker.state as AskerState;
    for (let step = 0; step < 4000; step++) {
      const found = responses.find((one) => one.correlationId === request.correlationId);
      if (found !== undefined) return found;
      this.run(0.01);
    }
    throw new Error(`no answer to ${request.describe()}`);
  }

  send(id: number, request: RpcMessage): void {
    const address = ((this.asker.incarnation & 0x1ffff) << 14) | this.asker.index;
    this.simulation.kernel.push(this.simulation.nowUs, address, ASK, id - 1, request);
  }
}
