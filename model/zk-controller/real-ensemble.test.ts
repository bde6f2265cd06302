import { describe, expect, it } from 'vitest';
import {
  Simulation,
  type Host,
  type HostContext,
  type Message,
  type Program,
} from '../../sim/index.js';
import { ClusterDefinition } from '../definition.js';
import { ModelObserver, NO_OBSERVER } from '../observer.js';
import {
  CreateTopicsRequest,
  Kind,
  LeaderAndIsrResponse,
  StopReplicaResponse,
  UpdateMetadataResponse,
  type CreateTopicsResponse,
  type RpcMessage,
} from '../rpc/index.js';
import type { KafkaVersion } from '../versions.js';
import {
  createZkClient,
  createZooKeeperServer,
  zkClosed,
  zkReceive,
  zkReinitialize,
  zkSubmit,
  zkTimer,
  type ZkClientEvent,
  type ZkClientState,
} from '../zookeeper/index.js';
import { brokerPath, BrokerZnode, PERSISTENT_PATHS } from '../zookeeper/znodes.js';
import { ZK_CLIENT_OPCODES, ZK_CONTROLLER_OPCODES } from '../opcodes.js';
import {
  createZkController,
  zkControllerClosed,
  zkControllerOnZk,
  zkControllerReceive,
  zkControllerStart,
  zkControllerTimer,
  zkControllerView,
  type ZkControllerState,
} from './index.js';
import { zkDefinition } from './testdata/zk-cluster.js';

interface BrokerState {
  readonly controller: ZkControllerState;
  readonly zk: ZkClientState;
  session: number;
}

const REGISTER = 1;
const TOP_LEVEL = 2;
const ASK = 1000;
const REGISTER_AGAIN = 1001;
const FIRST_BROKER_HOST = 3;
const SESSION_TIMEOUT_US = 6_000_000;

/** A broker process that registers itself and says yes to every request of a controller. */
class BrokerProgram implements Program<BrokerState> {
  constructor(private readonly definition: ClusterDefinition) {}

  start(context: HostContext): BrokerState {
    const id = context.host.index - FIRST_BROKER_HOST + 1;
    return {
      controller: createZkController(this.definition, id),
      zk: createZkClient(this.definition, '/kafka', SESSION_TIMEOUT_US, context),
      session: 0,
    };
  }

  receive(broker: BrokerState, connection: number, message: Message, context: HostContext): void {
    const { controller, zk } = broker;
    if (!zkReceive(this.definition, zk, connection, message, context)) {
      const { correlationId } = message as RpcMessage;
      if (message.kind === Kind.LeaderAndIsrRequest) {
        context.send(connection, new LeaderAndIsrResponse(correlationId, 0, []));
      } else if (message.kind === Kind.UpdateMetadataRequest) {
        context.send(connection, new UpdateMetadataResponse(correlationId, 0));
      } else if (message.kind === Kind.StopReplicaRequest) {
        context.send(connection, new StopReplicaResponse(correlationId, 0, []));
      } else {
        const rpc = message as RpcMessage;
        zkControllerReceive(this.definition, controller, zk, connection, rpc, context);
      }
    }
    this.drain(broker, context);
  }

  timer(broker: BrokerState, opcode: number, arg: number, _: unknown, context: HostContext): void {
    const { controller, zk } = broker;
    if (opcode === REGISTER_AGAIN) this.register(broker, context);
    else if (opcode >= ZK_CONTROLLER_OPCODES) {
      zkControllerTimer(this.definition, controller, zk, opcode, arg, context);
    } else if (opcode >= ZK_CLIENT_OPCODES) zkTimer(this.definition, zk, opcode, arg, context);
    this.drain(broker, context);
  }

  closed(broker: BrokerState, connection: number, context: HostContext): void {
    if (!zkClosed(this.definition, broker.zk, connection, context)) {
      zkControllerClosed(broker.controller, connection, context);
    }
    this.drain(broker, context);
  }

  private drain(broker: BrokerState, context: HostContext): void {
    const { events } = broker.zk;
    for (let event = events.shift(); event !== undefined; event = events.shift()) {
      this.take(broker, event, context);
    }
  }

  private take(broker: BrokerState, event: ZkClientEvent, context: HostContext): void {
    const { controller, zk } = broker;
    const isOwn = zkControllerOnZk(this.definition, controller, zk, event, context);
    if (event.type === 'state') {
      if (event.state === 'expired') zkReinitialize(this.definition, zk, context);
      if (event.state === 'connected' && broker.session !== zk.sessionId) {
        broker.session = zk.sessionId;
        for (const path of ['', ...PERSISTENT_PATHS]) {
          const operation = { type: 'create', path, data: null, ephemeral: false } as const;
          zkSubmit(this.definition, zk, operation, TOP_LEVEL, null, context);
        }
        this.register(broker, context);
      }
    } else if (!isOwn && event.type === 'response' && event.tag === REGISTER) {
      const { code, stat } = event.result;
      if (code === 'OK') zkControllerStart(this.definition, controller, zk, stat!.czxid, context);
      else context.setTimer(1_000_000, REGISTER_AGAIN);
    }
  }

  private register(broker: BrokerState, context: HostContext): void {
    const { nodeId } = broker.controller;
    const data = new BrokerZnode(nodeId, null);
    const operation = { type: 'create', path: brokerPath(nodeId), data, ephemeral: true } as const;
    zkSubmit(this.definition, broker.zk, operation, REGISTER, null, context);
  }
}

interface AskerState {
  readonly responses: RpcMessage[];
}

class AskerProgram implements Program<AskerState> {
  start(): AskerState {
    return { responses: [] };
  }
  receive(asker: AskerState, _connection: number, message: Message): void {
    asker.responses.push(message as RpcMessage);
  }
  timer(
    _asker: AskerState,
    _opcode: number,
    host: number,
    payload: unknown,
    context: HostContext,
  ): void {
    context.send(context.connect(host, 1_000_000), payload as Message);
  }
  closed(): void {
    // What was not answered is not answered.
  }
}

class Activations extends ModelObserver {
  readonly activations: (readonly [number, number])[] = [];
  override controllerActivated(_atUs: number, node: number, epoch: number): void {
    this.activations.push([node, epoch]);
  }
}

/** Three servers of ZooKeeper on the hosts 0 to 2, brokers on those after them. */
class RealCluster {
  readonly simulation: Simulation;
  readonly observer = new Activations();
  readonly zookeepers: Host[];
  readonly brokers: Host[];
  readonly definition: ClusterDefinition;
  private readonly asker: Host;

  constructor(kafka: KafkaVersion, replicas: readonly (readonly number[])[]) {
    const plain = zkDefinition({ kafka, topics: [{ replicas }] });
    const zookeepers = [0, 1, 2].map((host) => ({ id: host + 1, host, rack: null }));
    this.definition = new ClusterDefinition(
      plain.nodes.map((node) => ({ ...node, host: node.host + FIRST_BROKER_HOST })),
      plain.topics,
      [],
      [],
      plain.switches,
      plain.costs,
      { kafka, protocol: kafka, mode: 'zookeeper', zookeepers, chroot: '' },
    );
    this.simulation = Simulation.create({
      seed: `real-${kafka}`,
      shuffleTies: true,
      latency: { kind: 'uniform', lowUs: 300, highUs: 700 },
      bandwidthBytesPerSecond: 125_000_000,
      disk: {
        writeUs: 10,
        flushUs: 5000,
        bandwidthBytesPerSecond: 200_000_000,
        pageCacheBytes: 4_000_000_000,
      },
    });
    this.simulation.observer = this.observer;
    const server = createZooKeeperServer(this.definition);
    const program = new BrokerProgram(this.definition);
    const add = (name: string, one: Program): Host =>
      this.simulation.addHost({ name, program: one });
    this.zookeepers = zookeepers.map(({ id }) => add(`zookeeper-${id}`, server));
    this.brokers = this.definition.brokers.map(({ id }) => add(`broker-${id}`, program));
    this.asker = add('asker', new AskerProgram());
    for (const host of [...this.zookeepers, ...this.brokers, this.asker])
      this.simulation.start(host);
  }

  run(seconds: number): void {
    this.simulation.runUntil(this.simulation.nowUs + Math.round(seconds * 1_000_000));
  }

  controller(id: number): ZkControllerState {
    return (this.brokers[id - 1]!.state as BrokerState).controller;
  }

  /** The broker whose fail-over is complete. Throws where there is none, or more than one. */
  activeId(): number {
    const active = this.definition.brokers.filter(({ id }) => {
      if (this.brokers[id - 1]!.status !== 'running') return false;
      return zkControllerView(this.controller(id)).isActive && this.controller(id).isReady;
    });
    if (active.length !== 1) throw new Error(`${active.length} controllers are active`);
    return active[0]!.id;
  }

  /** Creates the topic by a request to the controller. */
  createTopic(): readonly number[] {
    const request = new CreateTopicsRequest(1, [0]);
    const address = ((this.asker.incarnation & 0x1ffff) << 14) | this.asker.index;
    const host = FIRST_BROKER_HOST + this.activeId() - 1;
    this.simulation.kernel.push(this.simulation.nowUs, address, ASK, host, request);
    this.run(2);
    const [response] = (this.asker.state as AskerState).responses;
    return (response as CreateTopicsResponse).topicErrors;
  }

  /** `leader/leaderEpoch [isr]` as the active controller has it. */
  describe(partition: number): string {
    const leadership = this.controller(this.activeId()).context.leadership[partition]!;
    return `${leadership.leader}/${leadership.leaderEpoch} [${leadership.isr.join(' ')}]`;
  }
}

const REPLICAS = [
  [1, 2, 3],
  [2, 3, 1],
  [3, 1, 2],
];

describe.each(['0.10', '1.1', '2.3', '3.9'] as const)('on a real ensemble, Kafka %s', (kafka) => {
  it('one controller is elected, and another when that dies, with all that was decided', () => {
    const cluster = new RealCluster(kafka, REPLICAS);
    cluster.run(5);
    const first = cluster.activeId();
    expect(cluster.observer.activations).toEqual([[first, 1]]);
    expect(cluster.createTopic()).toEqual([0]);
    expect(cluster.describe(0)).toBe('1/0 [1 2 3]');
    cluster.simulation.crash(cluster.brokers[first - 1]!);
    // The session outlives its process.
    cluster.run(3);
    expect(() => cluster.activeId()).toThrow('0 controllers');
    cluster.run(8);
    const second = cluster.activeId();
    expect(second).not.toBe(first);
    expect(cluster.observer.activations).toEqual([
      [first, 1],
      [second, 2],
    ]);
    // What the dead broker led has the next of the ISR for its leader.
    const led = REPLICAS.findIndex(([leader]) => leader === first);
    const [, next] = REPLICAS[led]!;
    expect(cluster.controller(second).context.leadership[led]).toMatchObject({
      leader: next,
      isr: REPLICAS[led]!.filter((replica) => replica !== first),
      controllerEpoch: 2,
    });
    // It comes back, and hears that it follows.
    cluster.simulation.start(cluster.brokers[first - 1]!);
    cluster.run(5);
    expect(cluster.controller(second).context.brokers.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(cluster.activeId()).toBe(second);
  });

  it('the controller goes on through the loss of the ensemble’s leader', () => {
    const cluster = new RealCluster(kafka, REPLICAS);
    cluster.run(5);
    expect(cluster.createTopic()).toEqual([0]);
    for (const host of cluster.zookeepers) {
      cluster.simulation.crash(host);
      cluster.run(12);
      cluster.simulation.start(host);
      cluster.run(12);
    }
    cluster.simulation.crash(cluster.brokers[2]!);
    cluster.run(15);
    expect(cluster.describe(2)).toMatch(/^1\/\d+ \[1 2\]$/u);
  });

  it('a copy of the run goes on to the same end', () => {
    const cluster = new RealCluster(kafka, REPLICAS);
    cluster.run(5);
    cluster.createTopic();
    cluster.simulation.crash(cluster.brokers[cluster.activeId() - 1]!);
    const { simulation } = cluster;
    // Somewhere within the fail-over.
    while (
      cluster.brokers.every(
        ({ state, status }) =>
          status !== 'running' || (state as BrokerState).controller.batch === null,
      )
    )
      simulation.runUntil(simulation.nowUs + 100);
    const copy = simulation.fork();
    copy.observer = NO_OBSERVER;
    const untilUs = simulation.nowUs + 5_000_000;
    for (const run of [simulation, copy]) run.runUntil(untilUs);
    expect(copy.hash.digest()).toBe(simulation.hash.digest());
    expect(cluster.observer.activations).toHaveLength(2);
  });
});
