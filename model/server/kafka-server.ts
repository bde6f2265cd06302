/**
 * A Kafka server process: raft client, and controller or broker or both (KafkaRaftServer, SharedServer).
 *
 * The program routes what happens to the part that it is for. Parts do not call back: after whatever touched the
 * metadata log, controller and broker look at it for themselves.
 */
import {
  controllerClosed,
  controllerOnRaft,
  controllerTimer,
  createController,
  receiveControllerRequest,
} from '../controller/index.js';
import type { ClusterDefinition } from '../definition.js';
import { BROKER_OPCODES, CONTROLLER_OPCODES, REPLICA_OPCODES } from '../opcodes.js';
import { createRaft, raftClosed, raftTimer, receiveRaft, type RaftState } from '../raft/index.js';
import {
  receiveEpochEndOffset,
  receiveReplicaResponse,
  replicasClosed,
  replicaTimer,
  type ReplicationThrottle,
} from '../replication/index.js';
import {
  Kind,
  type FetchResponse,
  type OffsetForLeaderEpochResponse,
  type RpcMessage,
} from '../rpc/index.js';
import type { KafkaVersion } from '../versions.js';
import type { ConnectionId, HostContext, Message, Program } from '../../sim/index.js';
import { brokerTimer } from './broker-timer.js';
import { BrokerOpcode } from './broker-opcodes.js';
import { brokerOnRaft, onLogsRecovered, startBroker } from './broker-server.js';
import { channelClosed, type ControllerResponse } from './controller-channel.js';
import { receiveControllerResponse } from './controller-responses.js';
import { drainReplicas, receiveRequest } from './kafka-apis.js';
import { forgetInbound } from './request-channel.js';
import { advanceShutdown, onRegistrationTimeout } from './shutdown.js';
import type { ServerState } from './state.js';
import { ZkKafkaServer } from './zookeeper/zk-kafka-server.js';
import { onThrottleChanged } from './replication-throttle.js';

/** The program of every server of a cluster; it has no state of its own. */
export class KafkaServer implements Program<ServerState> {
  private readonly definition: ClusterDefinition;
  private readonly raised: readonly ClusterDefinition[];

  /**
   * @param definition what holds while no features are finalized by hand.
   * @param raised what holds with those of later releases, that of the program at most: one for each `plane.protocol`.
   */
  constructor(definition: ClusterDefinition, raised: readonly ClusterDefinition[]) {
    this.definition = definition;
    this.raised = raised;
  }

  /** The process starts; its parts follow when the JVM is up. Throws where the host is no node of the cluster. */
  start(context: HostContext): ServerState {
    const { index, name } = context.host;
    const node = this.definition.nodes.find(({ host }) => host === index);
    if (node === undefined) throw new Error(`host ${name} is no node of the cluster`);
    context.setTimer(this.definition.costs.brokerStartUs, BrokerOpcode.processStarted);
    return { nodeId: node.id, raft: null, controller: null, broker: null, isShuttingDown: false };
  }

  receive(
    server: ServerState,
    connection: ConnectionId,
    message: Message,
    context: HostContext,
  ): void {
    const { raft } = server;
    // The listeners are not open yet.
    if (raft === null) {
      context.close(connection);
      return;
    }
    switch (message.kind) {
      case Kind.ProduceRequest:
      case Kind.FetchRequest:
      case Kind.ListOffsetsRequest:
      case Kind.MetadataRequest:
      case Kind.OffsetForLeaderEpochRequest:
      case Kind.InitProducerIdRequest:
        this.onClientRequest(server, raft, connection, message as RpcMessage, context);
        return;
      case Kind.OffsetForLeaderEpochResponse:
        this.onEpochResponse(
          server,
          raft,
          connection,
          message as OffsetForLeaderEpochResponse,
          context,
        );
        return;
      case Kind.FetchResponse:
        this.onFetchResponse(server, raft, connection, message as FetchResponse, context);
        return;
      case Kind.VoteRequest:
      case Kind.VoteResponse:
      case Kind.BeginQuorumEpochRequest:
      case Kind.BeginQuorumEpochResponse:
      case Kind.EndQuorumEpochRequest:
      case Kind.EndQuorumEpochResponse:
      case Kind.QuorumFetchRequest:
      case Kind.QuorumFetchResponse:
        receiveRaft(this.definition, raft, connection, message, context);
        this.afterRaft(server, raft, context);
        return;
      case Kind.BrokerRegistrationRequest:
      case Kind.BrokerHeartbeatRequest:
      case Kind.AlterPartitionRequest:
      case Kind.AllocateProducerIdsRequest:
      case Kind.CreateTopicsRequest:
      case Kind.ElectLeadersRequest:
      case Kind.AlterPartitionReassignmentsRequest:
      case Kind.UpdateFeaturesRequest:
        this.onControllerRequest(server, raft, connection, message as RpcMessage, context);
        return;
      case Kind.BrokerRegistrationResponse:
      case Kind.BrokerHeartbeatResponse:
      case Kind.AlterPartitionResponse:
      case Kind.AllocateProducerIdsResponse:
        this.onControllerResponse(server, raft, connection, message as ControllerResponse, context);
        return;
      default:
        throw new Error(`a server got ${message.describe()}`);
    }
  }

  timer(
    server: ServerState,
    opcode: number,
    arg: number,
    payload: unknown,
    context: HostContext,
  ): void {
    const { raft, controller, broker } = server;
    if (opcode === BrokerOpcode.throttleChanged) {
      const rules = this.rulesAt(broker?.image.metadataVersion ?? null);
      onThrottleChanged(rules, server, payload as ReplicationThrottle | null, context);
      return;
    }
    if (raft === null) {
      if (opcode === BrokerOpcode.processStarted) this.onProcessStarted(server, context);
      return;
    }
    if (opcode >= REPLICA_OPCODES) {
      const replicas = broker?.replicas ?? null;
      if (broker === null || replicas === null) return;
      const rules = this.rulesAt(broker.image.metadataVersion);
      replicaTimer(rules, replicas, opcode, arg, payload, context);
      drainReplicas(rules, raft, broker, replicas, 0, context);
      if (server.isShuttingDown) advanceShutdown(this.definition, server, context);
    } else if (opcode >= BROKER_OPCODES) {
      const rules = this.rulesAt(broker?.image.metadataVersion ?? null);
      if (opcode === BrokerOpcode.registrationTimeout)
        onRegistrationTimeout(rules, server, context);
      else if (broker !== null && opcode === BrokerOpcode.logsRecovered)
        onLogsRecovered(rules, raft, broker, context);
      else if (broker !== null) brokerTimer(rules, raft, broker, opcode, arg, context);
      if (server.isShuttingDown) advanceShutdown(this.definition, server, context);
    } else if (opcode >= CONTROLLER_OPCODES) {
      if (controller === null) return;
      const rules = this.rulesAt(controller.metadataVersion);
      controllerTimer(rules, controller, raft, opcode, arg, payload, context);
      this.afterRaft(server, raft, context);
    } else {
      raftTimer(this.definition, raft, opcode, arg, payload, context);
      this.afterRaft(server, raft, context);
    }
  }

  closed(server: ServerState, connection: ConnectionId, context: HostContext): void {
    const { raft, broker } = server;
    if (raft === null) return;
    if (raftClosed(this.definition, raft, connection, context)) {
      this.afterRaft(server, raft, context);
      return;
    }
    if (server.controller !== null) controllerClosed(server.controller, connection);
    if (broker === null) return;
    const rules = this.rulesAt(broker.image.metadataVersion);
    for (const channel of broker.channels) {
      if (channelClosed(rules, channel, raft.leaderId, connection, context)) return;
    }
    forgetInbound(broker.requests, connection, context);
    if (broker.replicas === null) return;
    replicasClosed(rules, broker.replicas, connection, context);
    drainReplicas(rules, raft, broker, broker.replicas, 0, context);
  }

  /**
   * The rules under which a role goes on that knows of features as finalized: each role as it has read the metadata log, the
   * active controller as it has written it. Rules of the quorum itself follow the program alone.
   *
   * Differs from Kafka: what reads the record that raises them still goes by the old ones until its event is over; and a
   * program that does not know the version goes on with its own, where Kafka's process would end.
   */
  private rulesAt(metadataVersion: KafkaVersion | null): ClusterDefinition {
    const { definition, raised } = this;
    if (metadataVersion === null) return definition;
    return raised.find(({ plane }) => plane.protocol === metadataVersion) ?? definition;
  }

  private onProcessStarted(server: ServerState, context: HostContext): void {
    const { definition } = this;
    const node = definition.node(server.nodeId);
    const raft = createRaft(definition, node.id, context);
    server.raft = raft;
    if (node.isVoter) server.controller = createController(definition, node.id);
    if (node.isBroker) server.broker = startBroker(definition, raft, node.id, context);
    this.afterRaft(server, raft, context);
  }

  private onClientRequest(
    server: ServerState,
    raft: RaftState,
    connection: ConnectionId,
    request: RpcMessage,
    context: HostContext,
  ): void {
    const { broker } = server;
    if (broker === null) {
      context.close(connection);
      return;
    }
    const rules = this.rulesAt(broker.image.metadataVersion);
    receiveRequest(rules, raft, broker, connection, request, context);
  }

  private onFetchResponse(
    server: ServerState,
    raft: RaftState,
    connection: ConnectionId,
    response: FetchResponse,
    context: HostContext,
  ): void {
    const { broker } = server;
    const replicas = broker?.replicas ?? null;
    if (broker === null || replicas === null) return;
    const rules = this.rulesAt(broker.image.metadataVersion);
    receiveReplicaResponse(rules, replicas, connection, response, context);
    drainReplicas(rules, raft, broker, replicas, 0, context);
  }

  private onEpochResponse(
    server: ServerState,
    raft: RaftState,
    connection: ConnectionId,
    response: OffsetForLeaderEpochResponse,
    context: HostContext,
  ): void {
    const { broker } = server;
    const replicas = broker?.replicas ?? null;
    if (broker === null || replicas === null) return;
    const rules = this.rulesAt(broker.image.metadataVersion);
    receiveEpochEndOffset(rules, replicas, connection, response, context);
    drainReplicas(rules, raft, broker, replicas, 0, context);
  }

  private onControllerRequest(
    server: ServerState,
    raft: RaftState,
    connection: ConnectionId,
    request: RpcMessage,
    context: HostContext,
  ): void {
    const { controller } = server;
    // Kafka's brokers forward what an operator asks of the controller; the lab's operator asks controllers only.
    if (controller === null) {
      context.close(connection);
      return;
    }
    const rules = this.rulesAt(controller.metadataVersion);
    receiveControllerRequest(rules, controller, raft, connection, request, context);
    this.afterRaft(server, raft, context);
  }

  private onControllerResponse(
    server: ServerState,
    raft: RaftState,
    connection: ConnectionId,
    response: ControllerResponse,
    context: HostContext,
  ): void {
    const { broker } = server;
    if (broker === null) return;
    const rules = this.rulesAt(broker.image.metadataVersion);
    receiveControllerResponse(rules, raft, broker, connection, response, context);
    if (server.isShuttingDown) advanceShutdown(this.definition, server, context);
  }

  /** Raft did something: the controller and the broker look at what there is. */
  private afterRaft(server: ServerState, raft: RaftState, context: HostContext): void {
    const { controller, broker } = server;
    if (controller !== null)
      controllerOnRaft(this.rulesAt(controller.metadataVersion), controller, raft, context);
    if (broker !== null)
      brokerOnRaft(this.rulesAt(broker.image.metadataVersion), raft, broker, context);
    if (raft.failed) context.exit();
    else if (server.isShuttingDown) advanceShutdown(this.definition, server, context);
  }
}

/**
 * The program that servers of a cluster run.
 *
 * @param raised in KRaft mode: the rules under features of later releases than the definition's protocol, up to that of the
 *   program. They hold from when an operator finalizes them, without a restart (KIP-584, KIP-778).
 */
export function createServer(
  definition: ClusterDefinition,
  raised: readonly ClusterDefinition[] = [],
): Program<ServerState> {
  return definition.plane.mode === 'zookeeper'
    ? new ZkKafkaServer(definition)
    : new KafkaServer(definition, raised);
}
