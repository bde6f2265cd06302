/**
 * Controllers on a real simulation, for tests: voters that run raft and a controller, and one host that speaks for all
 * brokers and operators.
 */
import {
  Simulation,
  type ConnectionId,
  type Host,
  type HostContext,
  type Message,
  type Program,
} from '../../sim/index.js';
import { brokerConfig, topicConfig } from '../config/views.js';
import { ClusterDefinition, type NodeDefinition, type TopicDefinition } from '../definition.js';
import type { PartitionRegistration } from '../metadata/partition-registration.js';
import { ModelObserver } from '../observer.js';
import { CONTROLLER_OPCODES } from '../opcodes.js';
import { createRaft, raftClosed, raftTimer, receiveRaft, type RaftState } from '../raft/index.js';
import {
  BrokerHeartbeatRequest,
  BrokerRegistrationRequest,
  CreateTopicsRequest,
  Kind,
  type BrokerHeartbeatResponse,
  type BrokerRegistrationResponse,
  type RpcMessage,
} from '../rpc/index.js';
import { resolveSwitches } from '../switches.js';
import {
  controllerClosed,
  controllerOnRaft,
  controllerTimer,
  receiveControllerRequest,
} from './controller.js';
import { createController, isActiveController, type ControllerState } from './controller-state.js';

interface TestTopic {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly replicas?: readonly (readonly number[])[];
  readonly config?: Readonly<Record<string, string | number | boolean>>;
}

export interface PlaneOptions {
  readonly voters?: number;
  readonly seed?: string;
  /** Racks of the brokers, which have the ids 11, 12, ... */
  readonly racks?: readonly (string | null)[];
  readonly topics?: readonly TestTopic[];
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  readonly switches?: Readonly<Record<string, string>>;
}

const FIRST_BROKER = 11;

/** Voters are the nodes and hosts 0, 1, ...; all brokers share the host after them. */
export function planeDefinition(options: PlaneOptions): ClusterDefinition {
  const voters = options.voters ?? 1;
  const config = brokerConfig(options.config ?? {});
  const racks = options.racks ?? [null, null, null];
  const nodes: NodeDefinition[] = [
    ...Array.from({ length: voters }, (_, id) => ({
      id,
      host: id,
      rack: null,
      isBroker: false,
      isVoter: true,
      config,
    })),
    ...racks.map((rack, index) => ({
      id: FIRST_BROKER + index,
      host: voters,
      rack,
      isBroker: true,
      isVoter: false,
      config,
    })),
  ];
  let firstPartition = 0;
  const topics: TopicDefinition[] = (options.topics ?? []).map((topic, index) => {
    const definition: TopicDefinition = {
      index,
      name: `topic-${index}`,
      firstPartition,
      partitionCount: topic.partitions,
      replicationFactor: topic.replicationFactor,
      replicas: topic.replicas ?? null,
      config: topicConfig({}, topic.config ?? {}),
    };
    firstPartition += topic.partitions;
    return definition;
  });
  return new ClusterDefinition(nodes, topics, [], [], resolveSwitches(options.switches ?? {}));
}

interface VoterState {
  readonly raft: RaftState;
  readonly controller: ControllerState;
}

class VoterProgram implements Program<VoterState> {
  constructor(private readonly definition: ClusterDefinition) {}

  start(context: HostContext): VoterState {
    const nodeId = context.host.index;
    const raft = createRaft(this.definition, nodeId, context);
    const controller = createController(this.definition, nodeId);
    controllerOnRaft(this.definition, controller, raft, context);
    return { raft, controller };
  }
  receive(
    voter: VoterState,
    connection: ConnectionId,
    message: Message,
    context: HostContext,
  ): void {
    const { raft, controller } = voter;
    if (message.kind < Kind.BrokerRegistrationRequest) {
      receiveRaft(this.definition, raft, connection, message, context);
    } else {
      const request = message as RpcMessage;
      receiveControllerRequest(this.definition, controller, raft, connection, request, context);
    }
    controllerOnRaft(this.definition, controller, raft, context);
  }
  timer(
    voter: VoterState,
    opcode: number,
    arg: number,
    payload: unknown,
    context: HostContext,
  ): void {
    const { raft, controller } = voter;
    if (opcode < CONTROLLER_OPCODES) {
      raftTimer(this.definition, raft, opcode, arg, payload, context);
    } else controllerTimer(this.definition, controller, raft, opcode, arg, payload, context);
    controllerOnRaft(this.definition, controller, raft, context);
  }
  closed(voter: VoterState, connection: ConnectionId, context: HostContext): void {
    const { raft, controller } = voter;
    if (!raftClosed(this.definition, raft, connection, context)) {
      controllerClosed(controller, connection);
    }
    controllerOnRaft(this.definition, controller, raft, context);
  }
}

interface AskerState {
  readonly connections: number[];
  readonly responses: RpcMessage[];
  readonly arrivalsUs: number[];
}

class AskerProgram implements Program<AskerState> {
  start(): AskerState {
    return { connections: [], responses: [], arrivalsUs: [] };
  }
  receive(
    asker: AskerState,
    _connection: ConnectionId,
    message: Message,
    context: HostContext,
  ): void {
    asker.responses.push(message as RpcMessage);
    asker.arrivalsUs.push(context.virtualUs);
  }
  timer(
    asker: AskerState,
    _opcode: number,
    host: number,
    payload: unknown,
    context: HostContext,
  ): void {
    const known = asker.connections[host];
    const connection =
      known !== undefined && context.isOpen(known) ? known : context.connect(host, 1_000_000);
    asker.connections[host] = connection;
    context.send(connection, payload as Message);
  }
  closed(): void {
    // A later request connects again.
  }
}

const ASK = 1000;

/** Notes who was active and which rare moments came. */
class PlaneObserver extends ModelObserver {
  readonly marks: string[] = [];
  readonly activations: number[] = [];
  readonly resignations: number[] = [];
  override controllerActivated(_atUs: number, node: number): void {
    this.activations.push(node);
  }
  override controllerResigned(_atUs: number, node: number): void {
    this.resignations.push(node);
  }
  override mark(_atUs: number, name: string): void {
    this.marks.push(name);
  }
}

/** Running controllers, and what brokers and operators may ask of them. */
export class ControlPlane {
  readonly simulation: Simulation;
  readonly observer = new PlaneObserver();
  readonly definition: ClusterDefinition;
  readonly voters: Host[];
  private readonly asker: Host;
  private readonly epochs = new Map<number, number>();
  private nextCorrelationId = 0;

  constructor(options: PlaneOptions = {}) {
    this.definition = planeDefinition(options);
    this.simulation = Simulation.create({
      seed: options.seed ?? 'plane',
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
    const program = new VoterProgram(this.definition);
    this.voters = Array.from({ length: options.voters ?? 1 }, (_, id) =>
      this.simulation.addHost({ name: `controller-${id}`, program }),
    );
    this.asker = this.simulation.addHost({ name: 'asker', program: new AskerProgram() });
    for (const host of [...this.voters, this.asker]) this.simulation.start(host);
    this.run(options.voters === undefined ? 0.1 : 5);
  }

  run(seconds: number): void {
    this.simulation.runUntil(this.simulation.nowUs + Math.round(seconds * 1_000_000));
  }

  /** Lets time pass while the given brokers send a heartbeat every two seconds. */
  runWith(brokers: readonly number[], seconds: number): void {
    for (let second = 0; second < seconds; second += 2) {
      for (const broker of brokers) this.heartbeat(broker);
      this.run(2);
    }
  }

  voter(id: number): VoterState {
    return this.voters[id]!.state as VoterState;
  }

  /** The voter whose controller is active in the highest epoch. Throws where there is none. */
  activeId(): number {
    let best = -1;
    for (const [id, host] of this.voters.entries()) {
      if (host.status !== 'running' && host.status !== 'paused') continue;
      const { controller } = this.voter(id);
      if (!isActiveController(controller)) continue;
      if (best < 0 || controller.claimEpoch > this.voter(best).controller.claimEpoch) best = id;
    }
    if (best < 0) throw new Error('no controller is active');
    return best;
  }

  get controller(): ControllerState {
    return this.voter(this.activeId()).controller;
  }

  partition(index: number): PartitionRegistration {
    const partition = this.controller.partitions[index] ?? null;
    if (partition === null) throw new Error(`partition ${index} does not exist`);
    return partition;
  }

  correlationId(): number {
    return this.nextCorrelationId++;
  }

  /** Sends a request to a voter, the active one unless told otherwise, without waiting. */
  send(request: RpcMessage, voter = this.activeId()): void {
    const address = ((this.asker.incarnation & 0x1ffff) << 14) | this.asker.index;
    this.simulation.kernel.push(this.simulation.nowUs, address, ASK, voter, request);
  }

  /** The response to a request, or null while there is none. */
  response(request: RpcMessage): RpcMessage | null {
    const { responses } = this.asker.state as AskerState;
    return responses.find(({ correlationId }) => correlationId === request.correlationId) ?? null;
  }

  /** When the response to a request arrived. Throws where it did not. */
  answeredAtUs(request: RpcMessage): number {
    const { responses, arrivalsUs } = this.asker.state as AskerState;
    const index = responses.findIndex(
      ({ correlationId }) => correlationId === request.correlationId,
    );
    if (index < 0) throw new Error(`no answer to ${request.describe()}`);
    return arrivalsUs[index]!;
  }

  /** Sends a request and waits for its response, half a second at most. */
  ask(request: RpcMessage, voter = this.activeId()): RpcMessage {
    this.send(request, voter);
    for (let step = 0; step < 500; step++) {
      const response = this.response(request);
      if (response !== null) return response;
      this.run(0.001);
    }
    throw new Error(`no answer to ${request.describe()}`);
  }

  /** Registers a new incarnation; returns its epoch. Throws where it is refused. */
  register(broker: number, incarnation: number, previousBrokerEpoch = -1): number {
    const response = this.tryRegister(broker, incarnation, previousBrokerEpoch);
    if (response.error !== 0) throw new Error(response.describe());
    this.epochs.set(broker, response.brokerEpoch);
    return response.brokerEpoch;
  }

  tryRegister(
    broker: number,
    incarnation: number,
    previousBrokerEpoch = -1,
  ): BrokerRegistrationResponse {
    const { rack } = this.definition.node(broker);
    return this.ask(
      new BrokerRegistrationRequest(
        this.correlationId(),
        broker,
        incarnation,
        rack,
        previousBrokerEpoch,
      ),
    ) as BrokerRegistrationResponse;
  }

  /** The broker's epoch, as it last heard. */
  epochOf(broker: number): number {
    return this.epochs.get(broker) ?? -1;
  }

  heartbeatRequest(
    broker: number,
    wishes: { offset?: number; fence?: boolean; shutDown?: boolean } = {},
  ): BrokerHeartbeatRequest {
    return new BrokerHeartbeatRequest(
      this.correlationId(),
      broker,
      this.epochOf(broker),
      wishes.offset ?? this.controller.nextWriteOffset - 1,
      wishes.fence ?? false,
      wishes.shutDown ?? false,
    );
  }

  heartbeat(
    broker: number,
    wishes: { offset?: number; fence?: boolean; shutDown?: boolean } = {},
  ): BrokerHeartbeatResponse {
    return this.ask(this.heartbeatRequest(broker, wishes)) as BrokerHeartbeatResponse;
  }

  /** Registers the brokers and unfences them. */
  bringUp(brokers: readonly number[]): void {
    for (const broker of brokers) {
      this.register(broker, broker * 100);
      this.heartbeat(broker);
    }
  }

  createTopics(topics: readonly number[]): RpcMessage {
    return this.ask(new CreateTopicsRequest(this.correlationId(), topics));
  }
}
