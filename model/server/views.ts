/**
 * What a server's state says to those who look at it from outside: faults, invariants, measurements, tests.
 * A view is a copy made when it is asked for; null where the process has not come that far.
 */
import { isActiveController } from '../controller/index.js';
import { RaftRole } from '../raft/index.js';
import type { FollowerReplica, Partition } from '../replication/index.js';
import { zkControllerView } from '../zk-controller/index.js';
import type { BrokerRunState } from './lifecycle-state.js';
import type { ServerState } from './state.js';

/** Tells a server's state from that of other programs. */
export function isServerState(state: unknown): state is ServerState {
  return typeof state === 'object' && state !== null && 'raft' in state && 'broker' in state;
}

/** A host's state as a server's, or null where it is down or another program's. */
export function serverStateOf(state: unknown): ServerState | null {
  return isServerState(state) ? state : null;
}

/** The active controller: it leads the quorum and has claimed its epoch. */
export interface ActiveControllerView {
  readonly nodeId: number;
  readonly epoch: number;
  /** One past the last metadata record known to be committed. */
  readonly highWatermark: number;
}

/** The server as active controller, or null where it is not. */
export function activeControllerView(server: ServerState): ActiveControllerView | null {
  const { raft, controller, nodeId } = server;
  if (raft === null || controller === null || !isActiveController(controller)) return null;
  return { nodeId, epoch: raft.epoch, highWatermark: raft.highWatermark };
}

/** A node's part in the metadata quorum. */
export interface QuorumView {
  readonly role: keyof typeof RaftRole;
  readonly epoch: number;
  /** -1: unknown. */
  readonly leaderId: number;
  readonly logEndOffset: number;
  /** One past the last offset known to be committed, or -1. */
  readonly highWatermark: number;
}

const ROLE_NAMES = Object.keys(RaftRole) as (keyof typeof RaftRole)[];

/** The server's part in the metadata quorum, as voter or observer. */
export function quorumView(server: ServerState): QuorumView | null {
  const { raft } = server;
  if (raft === null) return null;
  const { epoch, leaderId, logEndOffset, highWatermark } = raft;
  return { role: ROLE_NAMES[raft.role]!, epoch, leaderId, logEndOffset, highWatermark };
}

/** A server in its role as a broker: how far its start has come, and what it knows of the cluster. */
export interface BrokerView {
  readonly state: BrokerRunState;
  /** -1: not registered in this life. */
  readonly brokerEpoch: number;
  /** Clients are served; from the first unfencing to the shutdown. */
  readonly takesRequests: boolean;
  /** Last offset of the metadata log that the broker has applied, or -1. */
  readonly appliedMetadataOffset: number;
  /** Ids of the brokers that it takes for unfenced, ascending. */
  readonly unfencedBrokers: readonly number[];
}

/** The server's broker role. */
export function brokerView(server: ServerState): BrokerView | null {
  const { broker } = server;
  if (broker === null) return null;
  const { lifecycle, publisher, requests, image } = broker;
  const ids = image.brokers.map((_, id) => id);
  return {
    state: lifecycle.state,
    brokerEpoch: lifecycle.brokerEpoch,
    takesRequests: requests.enabled,
    appliedMetadataOffset: publisher.appliedOffset,
    unfencedBrokers: ids.filter((id) => !image.isFenced(id)),
  };
}

/** What a broker on ZooKeeper has to do with its session, and as controller. */
export interface ZkBrokerView {
  /** Its session has a server. */
  readonly isConnected: boolean;
  /** It is the controller, as far as it knows, and has read the cluster's state. */
  readonly isActiveController: boolean;
  /** Its controller has events to handle, or brokers that have not answered it. */
  readonly isControllerBusy: boolean;
  /** ZooKeeper has not answered all that it has asked. */
  readonly awaitsZooKeeper: boolean;
  /** It has changed ISRs of which it has not told the controller (only while leaders write ISRs themselves). */
  readonly hasIsrNews: boolean;
}

/** The server as a broker on ZooKeeper, or null where it is none, or not that far. */
export function zkBrokerView(server: ServerState): ZkBrokerView | null {
  const zk = server.broker?.zk ?? null;
  if (zk === null) return null;
  const { controller, client, isrChanges } = zk;
  const { isActive, isReady, isBusy } = zkControllerView(controller);
  return {
    isConnected: client.isConnected,
    isActiveController: isActive && isReady,
    isControllerBusy: isBusy,
    awaitsZooKeeper: client.outgoing.length > 0 || client.inFlight.length > 0,
    hasIsrNews: isrChanges.length > 0,
  };
}

/** A replica on a broker. */
export interface PartitionView {
  /** `none`: the broker has a log or nothing, and no metadata that says what to do with it. */
  readonly role: 'leader' | 'follower' | 'none';
  /** -1: none, or not known. */
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  /** As the leader works with it: committed by the controller. Empty on followers, who do not know. */
  readonly isr: readonly number[];
  /** With those that the leader has asked to be added (KIP-497). */
  readonly maximalIsr: readonly number[];
  readonly logEndOffset: number;
  readonly highWatermark: number;
  /** The broker takes requests; one that has just started may believe that it leads, and not serve yet. */
  readonly takesRequests: boolean;
}

/** A partition as one broker has it, or null where it has nothing of it. */
export function partitionView(server: ServerState, partition: number): PartitionView | null {
  const { broker } = server;
  const replica = broker?.replicas?.partitions[partition] ?? null;
  const log = replica?.log ?? null;
  if (broker === null || replica === null || log === null) return null;
  const { role, leaderId, leaderEpoch, partitionEpoch } = replica;
  return {
    role: role.kind,
    leaderId,
    leaderEpoch,
    partitionEpoch,
    isr: role.kind === 'leader' ? role.isr : [],
    maximalIsr: maximalIsr(replica),
    logEndOffset: log.logEndOffset,
    highWatermark: log.highWatermark,
    takesRequests: broker.requests.enabled,
  };
}

function maximalIsr({ role }: Partition): readonly number[] {
  if (role.kind !== 'leader') return [];
  const joining = role.followers.filter(({ isJoining }: FollowerReplica) => isJoining);
  return [...role.isr, ...joining.map(({ brokerId }: FollowerReplica) => brokerId)];
}
