/**
 * A Kafka broker process on ZooKeeper (kafka.server.KafkaServer): a broker, and a controller that may be the active one.
 *
 * The program routes what happens to the part that it is for, and then drains what the session has to say, in order:
 * first to the controller, whose znodes and answers are its own, then to the broker.
 */
import type { ClusterDefinition } from '../../definition.js';
import {
  BROKER_OPCODES,
  REPLICA_OPCODES,
  ZK_BROKER_OPCODES,
  ZK_CLIENT_OPCODES,
  ZK_CONTROLLER_OPCODES,
} from '../../opcodes.js';
import { observerOf } from '../../observer.js';
import {
  receiveEpochEndOffset,
  receiveReplicaResponse,
  replicasClosed,
  replicaTimer,
  type ReplicationThrottle,
} from '../../replication/index.js';
import {
  Kind,
  type AlterPartitionResponse,
  type ControlledShutdownResponse,
  type FetchResponse,
  type OffsetForLeaderEpochResponse,
  type RpcMessage,
} from '../../rpc/index.js';
import {
  createZkController,
  zkControllerClosed,
  zkControllerOnZk,
  zkControllerReceive,
  zkControllerShutdown,
  zkControllerTimer,
} from '../../zk-controller/index.js';
import {
  zkClose,
  zkClosed,
  zkReceive,
  zkReinitialize,
  zkTimer,
  type ZkClientEvent,
} from '../../zookeeper/index.js';
import {
  shorten,
  NO_EVENT,
  type ConnectionId,
  type HostContext,
  type Message,
  type Program,
} from '../../../sim/index.js';
import { createAlterPartitionManager } from '../alter-partition-manager.js';
import { BrokerImage } from '../broker-image.js';
import { BrokerOpcode } from '../broker-opcodes.js';
import { closeBroker, shutDownNow } from '../broker-server.js';
import { brokerTimer } from '../broker-timer.js';
import { ChannelIndex, channelClosed, createControllerChannel } from '../controller-channel.js';
import { receiveControllerResponse } from '../controller-responses.js';
import { drainReplicas, receiveRequest } from '../kafka-apis.js';
import { createLifecycle } from '../lifecycle-state.js';
import { createMetadataPublisher } from '../metadata-publisher.js';
import { createProducerIdManager } from '../producer-id-manager.js';
import { createRequestChannel, forgetInbound } from '../request-channel.js';
import type { BrokerState, ServerState } from '../state.js';
import {
  beginZkControlledShutdown,
  controlledShutdownClosed,
  createControlledShutdown,
  onControlledShutdownResponse,
  onControlledShutdownTimer,
  onControllerFound,
} from './controlled-shutdown.js';
import { connectToZooKeeper, onChrootAnswer, onChrootSessionOver } from './chroot.js';
import { onIsrWriteAnswer, propagateIsrChanges } from './isr-writes.js';
import { onProducerIdAnswer } from './producer-id-blocks.js';
import {
  onPathAnswer,
  onRegisterAnswer,
  onSession,
  onSessionExpired,
  onZkLogsRecovered,
} from './registration.js';
import { ZkTag } from './session.js';
import type { ZkBroker } from './state.js';
import { onThrottleChanged } from '../replication-throttle.js';

/** ZooKeeper.close waits that long for the end of the session. */
const SESSION_CLOSE_TIMEOUT_US = 30_000_000;

/** The program of every broker of a cluster on ZooKeeper; it has no state of its own. */
export class ZkKafkaServer implements Program<ServerState> {
  private readonly definition: ClusterDefinition;

  constructor(definition: ClusterDefinition) {
    this.definition = definition;
  }

  /** The process starts; its parts follow when the JVM is up. Throws where the host is no broker of the cluster. */
  start(context: HostContext): ServerState {
    const { index, name } = context.host;
    const node = this.definition.nodes.find(({ host }) => host === index);
    if (node === undefined) throw new Error(`host ${name} is no broker of the cluster`);
    context.setTimer(this.definition.costs.brokerStartUs, BrokerOpcode.processStarted);
    return { nodeId: node.id, raft: null, controller: null, broker: null, isShuttingDown: false };
  }

  receive(
    server: ServerState,
    connection: ConnectionId,
    message: Message,
    context: HostContext,
  ): void {
    const { broker } = server;
    const zk = broker?.zk ?? null;
    // The listeners are not open yet.
    if (broker === null || zk === null) {
      context.close(connection);
      return;
    }
    const { definition } = this;
    if (!zkReceive(definition, zk.client, connection, message, context))
      this.receiveRpc(broker, zk, connection, message as RpcMessage, context);
    this.afterwards(server, broker, zk, context);
  }

  timer(
    server: ServerState,
    opcode: number,
    arg: number,
    payload: unknown,
    context: HostContext,
  ): void {
    const { definition } = this;
    const { broker } = server;
    const zk = broker?.zk ?? null;
    if (opcode === BrokerOpcode.throttleChanged) {
      onThrottleChanged(definition, server, payload as ReplicationThrottle | null, context);
      return;
    }
    if (broker === null || zk === null) {
      if (opcode === BrokerOpcode.processStarted) this.onProcessStarted(server, context);
      return;
    }
    if (opcode >= ZK_BROKER_OPCODES) this.zkBrokerTimer(broker, zk, opcode, context);
    else if (opcode >= ZK_CONTROLLER_OPCODES)
      zkControllerTimer(definition, zk.controller, zk.client, opcode, arg, context);
    else if (opcode >= ZK_CLIENT_OPCODES) zkTimer(definition, zk.client, opcode, arg, context);
    else if (opcode >= REPLICA_OPCODES) {
      if (broker.replicas !== null)
        replicaTimer(definition, broker.replicas, opcode, arg, payload, context);
    } else if (opcode >= BROKER_OPCODES) {
      if (opcode === BrokerOpcode.logsRecovered) {
        if (zk.phase === 'recovering') onZkLogsRecovered(definition, broker, zk, context);
      } else if (opcode === BrokerOpcode.shutdownTimeout) shutDownNow(definition, broker, context);
      else brokerTimer(definition, zk, broker, opcode, arg, context);
    }
    this.afterwards(server, broker, zk, context);
  }

  closed(server: ServerState, connection: ConnectionId, context: HostContext): void {
    const { definition } = this;
    const { broker } = server;
    const zk = broker?.zk ?? null;
    if (broker === null || zk === null) return;
    if (!this.wasOwn(broker, zk, connection, context)) {
      forgetInbound(broker.requests, connection, context);
      if (broker.replicas !== null)
        replicasClosed(definition, broker.replicas, connection, context);
    }
    this.afterwards(server, broker, zk, context);
  }

  private wasOwn(
    broker: BrokerState,
    zk: ZkBroker,
    connection: ConnectionId,
    context: HostContext,
  ): boolean {
    const { definition } = this;
    if (zkClosed(definition, zk.client, connection, context)) {
      if (zk.isSessionClosing) context.exit();
      else if (zk.phase === 'rooting' && zk.client.isClosed)
        onChrootSessionOver(definition, broker, zk, context);
      return true;
    }
    if (zkControllerClosed(zk.controller, connection, context)) return true;
    if (controlledShutdownClosed(definition, broker, zk, connection, context)) return true;
    return broker.channels.some((channel) =>
      channelClosed(definition, channel, zk.leaderId, connection, context),
    );
  }

  private onProcessStarted(server: ServerState, context: HostContext): void {
    const { definition } = this;
    const { id, config } = definition.node(server.nodeId);
    const zk: ZkBroker = {
      ...connectToZooKeeper(definition, id, context),
      controller: createZkController(definition, id),
      leaderId: -1,
      controllerEpoch: -1,
      partitionControllerEpochs: new Int32Array(definition.partitions.length).fill(-1),
      pathsLeft: 0,
      registeringSession: 0,
      heldIsrRequests: [],
      isrChanges: [],
      lastIsrChangeUs: 0,
      lastIsrPropagationUs: 0,
      isrPropagationTimer: NO_EVENT,
      shutdown: createControlledShutdown(),
      isSessionClosing: false,
    };
    server.broker = {
      nodeId: id,
      image: BrokerImage.empty(definition.partitions.length),
      publisher: createMetadataPublisher(null, context.nowUs()),
      lifecycle: createLifecycle(-1, context),
      channels: [
        createControllerChannel(ChannelIndex.heartbeat, config.brokerHeartbeatIntervalMs),
        createControllerChannel(ChannelIndex.alterPartition, config.brokerHeartbeatIntervalMs),
        createControllerChannel(ChannelIndex.forwarding, config.brokerHeartbeatIntervalMs),
      ],
      alterPartition: createAlterPartitionManager(definition.partitions.length),
      producerIds: createProducerIdManager(),
      requests: createRequestChannel(config.numIoThreads),
      replicas: null,
      throttle: null,
      zk,
      nextCorrelationId: 0,
    };
  }

  private receiveRpc(
    broker: BrokerState,
    zk: ZkBroker,
    connection: ConnectionId,
    message: RpcMessage,
    context: HostContext,
  ): void {
    const { definition } = this;
    switch (message.kind) {
      case Kind.ProduceRequest:
      case Kind.FetchRequest:
      case Kind.ListOffsetsRequest:
      case Kind.MetadataRequest:
      case Kind.OffsetForLeaderEpochRequest:
      case Kind.InitProducerIdRequest:
      case Kind.LeaderAndIsrRequest:
      case Kind.UpdateMetadataRequest:
      case Kind.StopReplicaRequest:
        receiveRequest(definition, zk, broker, connection, message, context);
        return;
      case Kind.OffsetForLeaderEpochResponse:
        if (broker.replicas === null) return;
        receiveEpochEndOffset(
          definition,
          broker.replicas,
          connection,
          message as OffsetForLeaderEpochResponse,
          context,
        );
        return;
      case Kind.FetchResponse:
        if (broker.replicas === null) return;
        receiveReplicaResponse(
          definition,
          broker.replicas,
          connection,
          message as FetchResponse,
          context,
        );
        return;
      case Kind.AlterPartitionResponse:
        receiveControllerResponse(
          definition,
          zk,
          broker,
          connection,
          message as AlterPartitionResponse,
          context,
        );
        return;
      case Kind.ControlledShutdownResponse:
        onControlledShutdownResponse(
          definition,
          broker,
          zk,
          connection,
          message as ControlledShutdownResponse,
          context,
        );
        return;
      default:
        zkControllerReceive(definition, zk.controller, zk.client, connection, message, context);
    }
  }

  private zkBrokerTimer(
    broker: BrokerState,
    zk: ZkBroker,
    opcode: number,
    context: HostContext,
  ): void {
    if (opcode === BrokerOpcode.isrPropagation)
      propagateIsrChanges(this.definition, broker, zk, context);
    else if (opcode === BrokerOpcode.controlledShutdownRetry)
      onControlledShutdownTimer(this.definition, broker, zk, context);
    else if (opcode === BrokerOpcode.chrootSessionClosed) {
      if (zk.phase === 'rooting') onChrootSessionOver(this.definition, broker, zk, context);
    } else context.exit();
  }

  /** What the session has to say is heard, what the replicas have to say is sent, and an end that is due is taken. */
  private afterwards(
    server: ServerState,
    broker: BrokerState,
    zk: ZkBroker,
    context: HostContext,
  ): void {
    const { definition } = this;
    const { events } = zk.client;
    // Hearing of one event may add others at the end.
    for (let at = 0; at < events.length; at++) this.onZkEvent(broker, zk, events[at]!, context);
    shorten(events, 0);
    if (broker.replicas !== null)
      drainReplicas(definition, zk, broker, broker.replicas, 0, context);
    if (server.isShuttingDown) this.advanceShutdown(broker, zk, context);
  }

  private onZkEvent(
    broker: BrokerState,
    zk: ZkBroker,
    event: ZkClientEvent,
    context: HostContext,
  ): void {
    const { definition } = this;
    if (event.type === 'state') {
      zkControllerOnZk(definition, zk.controller, zk.client, event, context);
      if (event.state === 'connected') onSession(definition, broker, zk, context);
      if (event.state === 'expired') this.onExpired(broker, zk, context);
      return;
    }
    if (zkControllerOnZk(definition, zk.controller, zk.client, event, context)) return;
    if (event.type === 'response') this.onZkAnswer(broker, zk, event, context);
  }

  private onExpired(broker: BrokerState, zk: ZkBroker, context: HostContext): void {
    observerOf(context).mark(context.virtualUs, 'zookeeper-session-expired', broker.nodeId);
    onSessionExpired(zk);
    if (zk.phase !== 'closing') zkReinitialize(this.definition, zk.client, context);
  }

  private onZkAnswer(
    broker: BrokerState,
    zk: ZkBroker,
    event: Extract<ZkClientEvent, { type: 'response' }>,
    context: HostContext,
  ): void {
    const { definition } = this;
    switch (event.tag) {
      case ZkTag.chroot:
        onChrootAnswer(definition, broker, zk, event, context);
        return;
      case ZkTag.path:
        onPathAnswer(definition, broker, zk, event, context);
        return;
      case ZkTag.register:
      case ZkTag.checkRegistration:
        onRegisterAnswer(definition, broker, zk, event, context);
        return;
      case ZkTag.isrWrite:
      case ZkTag.isrCheck:
        onIsrWriteAnswer(definition, broker, zk, event, context);
        return;
      case ZkTag.producerIdRead:
      case ZkTag.producerIdWrite:
        onProducerIdAnswer(definition, broker, zk, event, context);
        return;
      case ZkTag.shutdownController:
        onControllerFound(definition, broker, zk, event, context);
        return;
      default:
    }
  }

  private advanceShutdown(broker: BrokerState, zk: ZkBroker, context: HostContext): void {
    const { definition } = this;
    if (broker.lifecycle.state !== 'SHUTTING_DOWN') return;
    if (zk.phase !== 'closing') {
      zk.phase = 'closing';
      zkControllerShutdown(definition, zk.controller, context);
      closeBroker(definition, broker, context);
    }
    if (broker.replicas?.isShutDown === false) return;
    const waits = zk.client.isConnected;
    zkClose(definition, zk.client, context);
    // The process ends when the session is closed: the server closes the connection.
    if (!waits) context.exit();
    else if (!zk.isSessionClosing)
      context.setTimer(SESSION_CLOSE_TIMEOUT_US, BrokerOpcode.sessionClosed);
    zk.isSessionClosing = true;
  }
}

/** An operator stops the process (SIGTERM): with a controlled shutdown where it is configured, and running. */
export function requestZkShutdown(
  definition: ClusterDefinition,
  server: ServerState,
  context: HostContext,
): void {
  const { broker } = server;
  const zk = broker?.zk ?? null;
  if (broker === null || zk === null) {
    context.exit();
    return;
  }
  if (server.isShuttingDown) return;
  server.isShuttingDown = true;
  const { controlledShutdownEnable } = definition.node(broker.nodeId).config;
  if (controlledShutdownEnable && broker.lifecycle.state === 'RUNNING') {
    broker.lifecycle.state = 'PENDING_CONTROLLED_SHUTDOWN';
    if (broker.replicas !== null) broker.replicas.isInControlledShutdown = true;
    beginZkControlledShutdown(definition, broker, zk, context);
    return;
  }
  // The rest follows with the next thing that happens; something must.
  broker.lifecycle.state = 'SHUTTING_DOWN';
  context.setTimer(0, BrokerOpcode.shutdownTimeout);
}
