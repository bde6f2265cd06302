import { describe, expect, it } from 'vitest';
import { brokerConfig } from '../config/index.js';
import { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { BrokerHeartbeatRequest, BrokerHeartbeatResponse } from '../rpc/index.js';
import { resolveSwitches } from '../switches.js';
import {
  Simulation,
  type ConnectionId,
  type Host,
  type HostContext,
  type Program,
} from '../../sim/index.js';
import { BrokerOpcode } from './broker-opcodes.js';
import {
  channelClosed,
  ChannelIndex,
  channelReceive,
  channelRetry,
  channelSend,
  channelTimedOut,
  createControllerChannel,
  type ControllerChannel,
} from './controller-channel.js';

const SECOND_US = 1_000_000;

const definition = new ClusterDefinition(
  [1, 2, 3].map((id, host) => ({
    id,
    host,
    rack: null,
    isBroker: id === 1,
    isVoter: id > 1,
    config: brokerConfig({}),
  })),
  [],
  [],
  [],
  resolveSwitches({}),
);

interface BrokerSide {
  readonly channel: ControllerChannel;
  /** Who leads the quorum as far as this broker knows. */
  leaderId: number;
  readonly answered: number[];
  readonly givenUp: number[];
}

/** A broker that has nothing but one channel. */
class ChannelProgram implements Program<BrokerSide> {
  constructor(private readonly index: number) {}
  start(): BrokerSide {
    return {
      channel: createControllerChannel(this.index, 2000),
      leaderId: -1,
      answered: [],
      givenUp: [],
    };
  }
  receive(
    state: BrokerSide,
    connection: ConnectionId,
    message: BrokerHeartbeatResponse,
    context: HostContext,
  ): void {
    if (channelReceive(definition, state.channel, state.leaderId, connection, message, context)) {
      state.answered.push(message.correlationId);
    }
  }
  timer(
    state: BrokerSide,
    opcode: number,
    _arg: number,
    _payload: unknown,
    context: HostContext,
  ): void {
    if (opcode === BrokerOpcode.channelRetry)
      channelRetry(definition, state.channel, state.leaderId, context);
    else {
      const given = channelTimedOut(definition, state.channel, state.leaderId, context);
      if (given !== null) state.givenUp.push(given.correlationId);
    }
  }
  closed(state: BrokerSide, connection: ConnectionId, context: HostContext): void {
    channelClosed(definition, state.channel, state.leaderId, connection, context);
  }
}

interface ControllerSide {
  mood: 'active' | 'inactive' | 'silent';
  readonly heardAtUs: number[];
}

/** A controller that answers as its mood says. */
class ControllerProgram implements Program<ControllerSide> {
  start(): ControllerSide {
    return { mood: 'active', heardAtUs: [] };
  }
  receive(
    state: ControllerSide,
    connection: ConnectionId,
    message: BrokerHeartbeatRequest,
    context: HostContext,
  ): void {
    state.heardAtUs.push(context.nowUs());
    if (state.mood === 'silent') return;
    const error = state.mood === 'active' ? ErrorCode.NONE : ErrorCode.NOT_CONTROLLER;
    context.send(
      connection,
      new BrokerHeartbeatResponse(message.correlationId, error, true, false, false),
    );
  }
  timer(): void {
    throw new Error('no timers here');
  }
  closed(): void {
    // Nothing is kept for a connection.
  }
}

function create(index: number): {
  simulation: Simulation;
  broker: BrokerSide;
  controllers: ControllerSide[];
  hosts: readonly Host[];
} {
  const simulation = Simulation.create({
    seed: 'channel',
    latency: { kind: 'constant', valueUs: 1000 },
    bandwidthBytesPerSecond: 125_000_000,
    disk: { writeUs: 1, flushUs: 1, bandwidthBytesPerSecond: 1e9, pageCacheBytes: 1e9 },
  });
  simulation.addHost({ name: 'broker', program: new ChannelProgram(index) });
  const program = new ControllerProgram();
  simulation.addHost({ name: 'controller-2', program });
  simulation.addHost({ name: 'controller-3', program });
  for (const host of simulation.hosts) simulation.start(host);
  const [broker, second, third] = simulation.hosts.map(({ state }) => state);
  return {
    simulation,
    broker: broker as BrokerSide,
    controllers: [second as ControllerSide, third as ControllerSide],
    hosts: simulation.hosts,
  };
}

function send(simulation: Simulation, correlationId: number): void {
  simulation.act(simulation.hosts[0]!, (state, context) => {
    const { channel, leaderId } = state as BrokerSide;
    const request = new BrokerHeartbeatRequest(correlationId, 1, 5, 10, false, false);
    channelSend(definition, channel, leaderId, request, context);
  });
}

describe('a channel to the controller', () => {
  it('sends one request at a time, in order', () => {
    const { simulation, broker, controllers } = create(ChannelIndex.forwarding);
    broker.leaderId = 2;
    for (const id of [1, 2, 3]) send(simulation, id);

    simulation.runUntil(2900);
    expect(controllers[0]!.heardAtUs).toHaveLength(0);
    simulation.runUntil(0.1 * SECOND_US);

    expect(broker.answered).toEqual([1, 2, 3]);
    const [first, second] = controllers[0]!.heardAtUs;
    expect(second! - first!).toBeGreaterThanOrEqual(2000);
  });

  it('looks every 100 ms for a controller', () => {
    const { simulation, broker, controllers } = create(ChannelIndex.forwarding);
    send(simulation, 1);
    simulation.runUntil(0.25 * SECOND_US);
    broker.leaderId = 3;
    simulation.runUntil(0.35 * SECOND_US);

    expect(controllers[1]!.heardAtUs).toHaveLength(1);
    expect(controllers[1]!.heardAtUs[0]).toBeGreaterThan(0.3 * SECOND_US);
    expect(broker.answered).toEqual([1]);
  });

  it('sends the request again to the new leader when it hears NOT_CONTROLLER', () => {
    const { simulation, broker, controllers } = create(ChannelIndex.heartbeat);
    broker.leaderId = 2;
    controllers[0]!.mood = 'inactive';
    send(simulation, 1);
    simulation.runUntil(2500);
    broker.leaderId = 3;
    simulation.runUntil(0.5 * SECOND_US);

    expect(broker.answered).toEqual([1]);
    expect(controllers[0]!.heardAtUs).toHaveLength(1);
    expect(controllers[1]!.heardAtUs).toHaveLength(1);
  });

  it('waits 40 to 50 ms before it connects again to the node that it lost', () => {
    const { simulation, broker, controllers } = create(ChannelIndex.alterPartition);
    broker.leaderId = 2;
    controllers[0]!.mood = 'inactive';
    send(simulation, 1);
    simulation.runUntil(SECOND_US);

    const { heardAtUs } = controllers[0]!;
    expect(heardAtUs.length).toBeGreaterThan(15);
    for (let at = 1; at < heardAtUs.length; at++) {
      const gapUs = heardAtUs[at]! - heardAtUs[at - 1]!;
      expect(gapUs).toBeGreaterThanOrEqual(44_000);
      expect(gapUs).toBeLessThanOrEqual(56_000);
    }
    expect(broker.givenUp).toEqual([]);
  });

  it('sends again when the connection breaks', () => {
    const { simulation, broker, controllers, hosts } = create(ChannelIndex.alterPartition);
    broker.leaderId = 2;
    controllers[0]!.mood = 'silent';
    send(simulation, 1);
    simulation.runUntil(0.1 * SECOND_US);
    simulation.crash(hosts[1]!);
    broker.leaderId = 3;
    simulation.runUntil(0.3 * SECOND_US);

    expect(broker.answered).toEqual([1]);
  });

  it('gives a heartbeat up after the heartbeat interval', () => {
    const { simulation, broker, controllers } = create(ChannelIndex.heartbeat);
    broker.leaderId = 2;
    controllers[0]!.mood = 'silent';
    send(simulation, 1);
    simulation.runUntil(1.99 * SECOND_US);
    expect(broker.givenUp).toEqual([]);

    simulation.runUntil(2.01 * SECOND_US);
    expect(broker.givenUp).toEqual([1]);
    expect(broker.channel.connection).toBe(-1);
  });

  it('gives a heartbeat up after the heartbeat interval where no controller is known, too', () => {
    const { simulation, broker } = create(ChannelIndex.heartbeat);
    send(simulation, 1);
    simulation.runUntil(2.01 * SECOND_US);

    expect(broker.givenUp).toEqual([1]);
  });

  it('never gives up an ISR change, and asks again every 30 s', () => {
    const { simulation, broker, controllers } = create(ChannelIndex.alterPartition);
    broker.leaderId = 2;
    controllers[0]!.mood = 'silent';
    send(simulation, 1);
    simulation.runUntil(100 * SECOND_US);
    expect(controllers[0]!.heardAtUs).toHaveLength(4);

    controllers[0]!.mood = 'active';
    simulation.runUntil(130 * SECOND_US);
    expect(broker.answered).toEqual([1]);
    expect(broker.givenUp).toEqual([]);
  });
});
