/**
 * A server of the ZooKeeper ensemble (QuorumPeer).
 *
 * The program routes what happens to the part that it is for. Parts do not change the server's role: they say which it
 * should have, and the program lets it leave the one and take up the other.
 *
 * Left out: observers, read-only mode, snapshots, dynamic reconfiguration, authentication, quotas, sequential and TTL
 * znodes, the start-up time of the process, and what requests cost a CPU.
 */
import {
  NO_EVENT,
  type ConnectionId,
  type HostContext,
  type Message,
  type Program,
} from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { clientClosed, firstSessionId, receiveFromClient } from './client-requests.js';
import { createTree } from './data-tree.js';
import { flushLog } from './disk-writes.js';
import {
  createElection,
  electionClosed,
  endElection,
  onFinalize,
  onNotificationTimeout,
  receiveNotification,
  startElection,
} from './election.js';
import {
  connectToLeader,
  followerFlushed,
  leaderClosed,
  onLeaderCheck,
  receiveFromLeader,
  startFollowing,
  stopFollowing,
} from './follower.js';
import {
  leaderFlushed,
  learnerClosed,
  onExpiry,
  onHalfTick,
  receiveFromLearner,
  startLeading,
  stopLeading,
} from './leader.js';
import { ZkKind, type Notification } from './messages.js';
import { ZkServerOpcode } from './server-opcodes.js';
import type { Transition, ZooKeeperState } from './server-state.js';
import { openLog, readEpochs } from './transaction-log.js';

/** The program of all servers of an ensemble; it has no state of its own. */
export class ZooKeeperServer implements Program<ZooKeeperState> {
  private readonly definition: ClusterDefinition;

  constructor(definition: ClusterDefinition) {
    this.definition = definition;
  }

  /** Reads what the disk has and looks for a leader. Throws where the host is no server of the ensemble. */
  start(context: HostContext): ZooKeeperState {
    const { zookeepers } = this.definition.plane;
    const { index: host, name } = context.host;
    const index = zookeepers.findIndex((zookeeper) => zookeeper.host === host);
    const serverId = zookeepers[index]?.id;
    if (serverId === undefined) throw new Error(`host ${name} is no ZooKeeper server`);
    const { acceptedEpoch, currentEpoch } = readEpochs(context);
    const server: ZooKeeperState = {
      programName: 'zookeeper',
      serverId,
      index,
      log: openLog(context),
      acceptedEpoch,
      currentEpoch,
      isFlushing: false,
      failed: false,
      role: 'LOOKING',
      next: { role: 'LOOKING' },
      roleTimer: NO_EVENT,
      election: createElection(serverId, zookeepers.length),
      leading: null,
      following: null,
      isServing: false,
      tree: createTree(),
      appliedCount: 0,
      clients: new Map(),
      connectionOfSession: new Map(),
      dataWatchers: new Map(),
      childWatchers: new Map(),
      nextSessionId: firstSessionId(serverId, context),
    };
    this.settle(server, context);
    return server;
  }

  receive(
    server: ZooKeeperState,
    connection: ConnectionId,
    message: Message,
    context: HostContext,
  ): void {
    if (server.failed) return;
    this.route(server, connection, message, context);
    this.settle(server, context);
  }

  timer(
    server: ZooKeeperState,
    opcode: number,
    arg: number,
    _payload: unknown,
    context: HostContext,
  ): void {
    if (server.failed) return;
    this.onTimer(server, opcode, arg, context);
    this.settle(server, context);
  }

  closed(server: ZooKeeperState, connection: ConnectionId, context: HostContext): void {
    if (server.failed || electionClosed(server, connection)) return;
    const { leading, following } = server;
    if (following !== null && leaderClosed(server, following, connection, context)) {
      this.settle(server, context);
      return;
    }
    if (leading !== null && learnerClosed(leading, connection)) return;
    clientClosed(server, connection);
  }

  private route(
    server: ZooKeeperState,
    connection: ConnectionId,
    message: Message,
    context: HostContext,
  ): void {
    const { definition } = this;
    const { leading, following } = server;
    if (message.kind === ZkKind.Notification) {
      receiveNotification(definition, server, connection, message as Notification, context);
    } else if (message.kind >= ZkKind.ConnectRequest) {
      receiveFromClient(definition, server, connection, message, context);
    } else if (following !== null && following.connection === connection) {
      receiveFromLeader(server, following, message, context);
    } else if (leading !== null) {
      receiveFromLearner(definition, server, leading, connection, message, context);
    } else {
      // Nobody listens for followers here, or the role that the message was for is over.
      context.close(connection);
    }
  }

  private onTimer(server: ZooKeeperState, opcode: number, arg: number, context: HostContext): void {
    const { definition } = this;
    const { leading, following } = server;
    switch (opcode) {
      case ZkServerOpcode.notification:
        onNotificationTimeout(definition, server, context);
        return;
      case ZkServerOpcode.finalize:
        onFinalize(server);
        return;
      case ZkServerOpcode.halfTick:
        if (leading !== null) onHalfTick(definition, server, leading, context);
        return;
      case ZkServerOpcode.expiry:
        if (leading?.epoch === arg) onExpiry(definition, server, leading, context);
        return;
      case ZkServerOpcode.leaderCheck:
        if (following !== null) onLeaderCheck(server, following, context);
        return;
      case ZkServerOpcode.connectLeader:
        if (following?.connection === -1) connectToLeader(definition, server, following, context);
        return;
      case ZkServerOpcode.flushed:
        server.isFlushing = false;
        if (leading !== null) leaderFlushed(definition, server, leading, context);
        if (following !== null) followerFlushed(server, following, context);
        flushLog(server, context);
        return;
      default:
        throw new Error(`a ZooKeeper server has no timer ${opcode}`);
    }
  }

  /** Takes up the role that the server should have, until it should have no other. */
  private settle(server: ZooKeeperState, context: HostContext): void {
    for (let next = server.next; next !== null && !server.failed; next = server.next) {
      server.next = null;
      this.leave(server, context);
      this.enter(server, next, context);
    }
  }

  private leave(server: ZooKeeperState, context: HostContext): void {
    stopLeading(server, context);
    stopFollowing(server, context);
  }

  private enter(server: ZooKeeperState, next: Transition, context: HostContext): void {
    const { definition } = this;
    server.role = next.role;
    if (next.role === 'LOOKING') {
      startElection(definition, server, context);
      return;
    }
    endElection(server, context);
    if (next.role === 'LEADING') startLeading(definition, server, context);
    else startFollowing(definition, server, next.leaderId, context);
  }
}

/** The program that all servers of an ensemble run. */
export function createZooKeeperServer(definition: ClusterDefinition): ZooKeeperServer {
  return new ZooKeeperServer(definition);
}
