/**
 * What a controller of a cluster on ZooKeeper knows and has to do: plain data.
 *
 * A controller handles one event after another. An event is a list of steps; a step asks ZooKeeper for something, or for
 * nothing, and is finished by the answers. It may put further steps before those that are left. So the controller can
 * wait for ZooKeeper in the middle of an event, as the controller's thread does in Kafka, and be copied while it waits.
 */
import { NO_EVENT, type ConnectionId, type EventHandle } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionRequest,
  AlterPartitionResult,
  ControlledShutdownRequest,
  ElectLeadersRequest,
  LeaderAndIsrResponse,
  PartitionErrorEntry,
  RpcMessage,
} from '../rpc/index.js';
import type { ZkOperation, ZkResult } from '../zookeeper/operations.js';
import { createRequestBatch, type RequestBatch } from './request-batch-state.js';

/** States of a partition (kafka.controller.PartitionState) and of a replica (ReplicaState); topics are not deleted. */
export type MachineState = 'NonExistent' | 'New' | 'Online' | 'Offline';

/** Leader and ISR of a partition as its znode has them (LeaderIsrAndControllerEpoch). */
export interface Leadership {
  /** -1: none. */
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  /** Version of the znode. */
  readonly zkVersion: number;
  readonly controllerEpoch: number;
}

/** A registered broker; `epoch` is its znode's czxid, or -1 before KIP-380. */
export interface LiveBrokerEntry {
  readonly id: number;
  readonly epoch: number;
  readonly rack: string | null;
}

/** What the active controller holds in memory (ControllerContext). Lists of partitions are by their number. */
export interface ControllerContext {
  /** Live brokers and those that are shutting down, in ascending order of id. */
  brokers: LiveBrokerEntry[];
  shuttingDown: number[];
  /** Replicas, the preferred leader first; null where the controller knows no such partition. */
  readonly assignments: (readonly number[] | null)[];
  /** Replicas that a reassignment adds and removes; always empty with `zkReassignment=adminZnode`. */
  readonly adding: (readonly number[])[];
  readonly removing: (readonly number[])[];
  /** Where partitions go that are being reassigned (partitionsBeingReassigned); null for all others. */
  readonly targets: (readonly number[] | null)[];
  /** null: not elected yet. */
  readonly leadership: (Leadership | null)[];
  readonly partitionStates: MachineState[];
  /** States of the replicas, in order of the assignment. */
  readonly replicaStates: MachineState[][];
  /** Replicas whose brokers reported storage errors. */
  offlineReplicas: { readonly broker: number; readonly partition: number }[];
}

/** How a leader is chosen (PartitionLeaderElectionStrategy). */
export type ElectionStrategy = 'offline' | 'preferred' | 'controlledShutdown' | 'reassignment';

/** A new state of a partition that is to be written, and who is told of it once it is. */
export interface StateUpdate {
  readonly partition: number;
  readonly leadership: Leadership;
  readonly recipients: readonly number[];
}

/** Replicas of a partition, and what a reassignment does to them (kafka.controller.ReplicaAssignment). */
export interface Assignment {
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

/** A request of a broker or an operator, and where its answer goes. */
interface Asked<Request extends RpcMessage> {
  readonly connection: ConnectionId;
  readonly request: Request;
}

/** What the controller has to do (kafka.controller.ControllerEvent). */
export type ControllerEvent =
  | { readonly type: 'Reelect' }
  | { readonly type: 'ControllerChange' }
  | { readonly type: 'BrokerChange' }
  | { readonly type: 'TopicChange' }
  | { readonly type: 'PartitionModifications'; readonly topic: number }
  | { readonly type: 'IsrChangeNotification' }
  | { readonly type: 'PreferredReplicaElection' }
  | { readonly type: 'AutoPreferredReplicaLeaderElection' }
  | {
      readonly type: 'LeaderAndIsrResponse';
      readonly broker: number;
      readonly response: LeaderAndIsrResponse;
    }
  | ({ readonly type: 'AlterPartition' } & Asked<AlterPartitionRequest>)
  | ({ readonly type: 'ControlledShutdown' } & Asked<ControlledShutdownRequest>)
  | ({ readonly type: 'ElectLeaders' } & Asked<ElectLeadersRequest>)
  | { readonly type: 'PartitionReassignment' }
  | { readonly type: 'PartitionReassignmentIsrChange'; readonly partition: number }
  | ({
      readonly type: 'AlterPartitionReassignments';
    } & Asked<AlterPartitionReassignmentsRequest>);

/** Why brokers or topics are read. */
type Purpose = 'failover' | 'change';

/** A part of an event; see the functions that begin and finish them. */
export type Step =
  // Election of the controller (controller-election.ts).
  | { readonly type: 'WatchController' }
  | { readonly type: 'ReadController' }
  | { readonly type: 'Compete' }
  | { readonly type: 'ReadEpoch' }
  | { readonly type: 'CreateEpoch' }
  | { readonly type: 'Claim'; readonly epoch: number; readonly version: number }
  | { readonly type: 'VerifyClaim'; readonly epoch: number }
  | { readonly type: 'VerifyEpoch'; readonly epoch: number }
  | { readonly type: 'CreateController' }
  | { readonly type: 'VerifyController' }
  | { readonly type: 'ReadEpochUnfenced' }
  | { readonly type: 'RaiseEpoch'; readonly epoch: number; readonly version: number }
  | { readonly type: 'DeleteController' }
  // Fail-over (failover.ts).
  | { readonly type: 'WatchPreferredElection' }
  | { readonly type: 'DropNotifications' }
  | { readonly type: 'DeletePaths'; readonly paths: readonly string[] }
  | { readonly type: 'ReadStates'; readonly partitions: readonly number[] | null }
  | { readonly type: 'StartReplicas' }
  | { readonly type: 'StartPartitions' }
  | { readonly type: 'Ready' }
  // Brokers (broker-change.ts).
  | { readonly type: 'ReadBrokerIds'; readonly purpose: Purpose }
  | { readonly type: 'ReadBrokers'; readonly purpose: Purpose; readonly ids: readonly number[] }
  | { readonly type: 'AddBrokers'; readonly brokers: readonly LiveBrokerEntry[] }
  | { readonly type: 'RemoveBrokers'; readonly ids: readonly number[] }
  | { readonly type: 'BrokerStartup'; readonly ids: readonly number[] }
  | { readonly type: 'BrokerFailure'; readonly ids: readonly number[] }
  | { readonly type: 'ReplicasOffline'; readonly replicas: readonly ReplicaGroup[] }
  // Topics (topic-change.ts).
  | { readonly type: 'ReadTopics'; readonly purpose: Purpose }
  | {
      readonly type: 'ReadAssignments';
      readonly purpose: Purpose;
      readonly topics: readonly number[];
    }
  | { readonly type: 'CreatePartitions'; readonly partitions: readonly number[] }
  // Partitions (partition-state-machine.ts).
  | { readonly type: 'TriggerOnline'; readonly partitions: readonly number[] | null }
  | { readonly type: 'CreatePaths'; readonly paths: readonly string[] }
  | { readonly type: 'WriteInitial'; readonly updates: readonly StateUpdate[] }
  | {
      readonly type: 'Elect';
      readonly strategy: ElectionStrategy;
      readonly partitions: readonly number[];
    }
  | {
      readonly type: 'WriteElected';
      readonly strategy: ElectionStrategy;
      readonly updates: readonly StateUpdate[];
    }
  // Replicas (replica-state-machine.ts).
  | { readonly type: 'OnlineReplicas'; readonly replicas: readonly ReplicaGroup[] }
  | { readonly type: 'OfflineReplicas'; readonly replicas: readonly ReplicaGroup[] }
  | { readonly type: 'RemoveFromIsr'; readonly group: ReplicaGroup }
  | {
      readonly type: 'WriteRemoved';
      readonly broker: number;
      readonly updates: readonly StateUpdate[];
    }
  // Requests to brokers (request-batch.ts).
  | { readonly type: 'StopReplicas'; readonly group: ReplicaGroup; readonly deletes: boolean }
  | { readonly type: 'Send' }
  | {
      readonly type: 'UpdateMetadata';
      /** null: all that are registered. */
      readonly brokers: readonly number[] | null;
      /** null: all that have been elected. */
      readonly partitions: readonly number[] | null;
    }
  // Changes of ISRs (isr-changes.ts).
  | { readonly type: 'ReadNotifications' }
  | { readonly type: 'ReadNotified'; readonly paths: readonly string[] }
  | {
      readonly type: 'WriteIsr';
      readonly updates: readonly IndexedUpdate[];
      readonly answers: AlterPartitionResult[];
    }
  | {
      readonly type: 'AnswerAlterPartition';
      readonly event: ControllerEvent & { readonly type: 'AlterPartition' };
      readonly answers: AlterPartitionResult[];
    }
  // Reassignments (reassignment.ts).
  | { readonly type: 'Reassign'; readonly partition: number; readonly assignment: Assignment }
  | {
      readonly type: 'WriteAssignment';
      readonly partition: number;
      readonly assignment: Assignment;
    }
  | { readonly type: 'SetAssignment'; readonly partition: number; readonly assignment: Assignment }
  | {
      readonly type: 'BeginReassignment';
      readonly partition: number;
      readonly target: readonly number[];
    }
  | {
      readonly type: 'CheckReassigned';
      readonly partition: number;
      /** Nothing is done where it is not complete. */
      readonly onlyIfComplete: boolean;
    }
  | { readonly type: 'NewReplica'; readonly partition: number; readonly broker: number }
  | {
      readonly type: 'RaiseLeaderEpoch';
      readonly partition: number;
      readonly recipients: readonly number[];
    }
  | { readonly type: 'WriteRaised'; readonly update: StateUpdate }
  | {
      readonly type: 'MoveReassignedLeader';
      readonly partition: number;
      readonly recipients: readonly number[];
    }
  | { readonly type: 'EndReassignment'; readonly partition: number }
  | {
      readonly type: 'ResumeReassignments';
      /** Of partitions that go to one of these brokers; null: all. */
      readonly brokers: readonly number[] | null;
    }
  | {
      readonly type: 'AnswerReassignments';
      readonly event: ControllerEvent & { readonly type: 'AlterPartitionReassignments' };
      readonly results: readonly PartitionErrorEntry[];
    }
  // Reassignments in /admin/reassign_partitions (znode-reassignment.ts).
  | { readonly type: 'WatchReassignments' }
  | { readonly type: 'ReadReassignments'; readonly purpose: Purpose }
  | { readonly type: 'TriggerReassignments'; readonly partitions: readonly number[] | null }
  | { readonly type: 'WriteReassignments' }
  | {
      readonly type: 'SubmitReassignments';
      readonly event: ControllerEvent & { readonly type: 'AlterPartitionReassignments' };
      readonly targets: readonly {
        readonly partition: number;
        readonly replicas: readonly number[];
      }[];
      readonly refused: readonly PartitionErrorEntry[];
    }
  // Elections that are asked for, and brokers that shut down (requested-changes.ts).
  | { readonly type: 'ReadPreferredElection' }
  | {
      readonly type: 'AnswerElectLeaders';
      readonly event: ControllerEvent & { readonly type: 'ElectLeaders' };
      readonly refused: readonly PartitionErrorEntry[];
    }
  | {
      readonly type: 'AnswerControlledShutdown';
      readonly event: ControllerEvent & { readonly type: 'ControlledShutdown' };
    };

/** Replicas of several partitions on one broker. */
export interface ReplicaGroup {
  readonly broker: number;
  readonly partitions: readonly number[];
}

/** A change of an ISR, and which of the request's entries it is. */
export interface IndexedUpdate extends StateUpdate {
  readonly index: number;
}

/** The event that is being handled. */
export interface RunningEvent {
  readonly event: ControllerEvent;
  /** False while the time that the event costs has not passed. */
  isDue: boolean;
  steps: Step[];
  /** The step that waits for answers. */
  step: Step | null;
  /** What became of elections, in order. */
  readonly outcomes: PartitionErrorEntry[];
}

/** Requests to ZooKeeper that a step waits for. */
export interface ZkBatch {
  readonly number: number;
  readonly operations: readonly ZkOperation[];
  readonly results: (ZkResult | null)[];
  /** How many have been sent. */
  sent: number;
  answered: number;
  /** Indexes of those that have to go out again in the next session. */
  held: number[];
}

/** A thread that sends a broker its requests in order (ControllerChannelManager, RequestSendThread). */
export interface BrokerChannel {
  readonly broker: number;
  /** -1: none. */
  connection: ConnectionId;
  readonly queue: RpcMessage[];
  inFlight: RpcMessage | null;
  timeoutTimer: EventHandle;
  retryTimer: EventHandle;
}

/** A request to create topics that is not answered yet. */
export interface TopicCreation {
  readonly number: number;
  readonly connection: ConnectionId;
  readonly correlationId: number;
  readonly topics: readonly number[];
  /** By index in `topics`; -1 while ZooKeeper has not answered. */
  readonly errors: number[];
  timer: EventHandle;
}

export interface ZkControllerState {
  readonly nodeId: number;
  /** Of this broker's present registration; -1 before the first. */
  brokerEpoch: number;
  /** The broker that is named in /controller as far as this one knows, or -1. */
  activeControllerId: number;
  /** The fail-over of this controller is complete. */
  isReady: boolean;
  /** Of this controller while it is active; 0 otherwise. */
  epoch: number;
  /** Version of /controller_epoch that every fenced write checks. */
  epochZkVersion: number;
  queue: ControllerEvent[];
  current: RunningEvent | null;
  batch: ZkBatch | null;
  batchCount: number;
  eventTimer: EventHandle;
  rebalanceTimer: EventHandle;
  context: ControllerContext;
  requests: RequestBatch;
  channels: BrokerChannel[];
  correlationCount: number;
  creations: TopicCreation[];
  creationCount: number;
}

/** The controller module of a broker that has just started: not active. */
export function createZkController(
  definition: ClusterDefinition,
  nodeId: number,
): ZkControllerState {
  return {
    nodeId,
    brokerEpoch: -1,
    activeControllerId: -1,
    isReady: false,
    epoch: 0,
    epochZkVersion: -1,
    queue: [],
    current: null,
    batch: null,
    batchCount: 0,
    eventTimer: NO_EVENT,
    rebalanceTimer: NO_EVENT,
    context: emptyContext(definition),
    requests: createRequestBatch(),
    channels: [],
    correlationCount: 0,
    creations: [],
    creationCount: 0,
  };
}

/** No replicas. */
export const NOBODY: readonly number[] = [];

export function emptyContext(definition: ClusterDefinition): ControllerContext {
  const { length } = definition.partitions;
  return {
    brokers: [],
    shuttingDown: [],
    assignments: Array.from({ length }, () => null),
    adding: Array.from({ length }, () => NOBODY),
    removing: Array.from({ length }, () => NOBODY),
    targets: Array.from({ length }, () => null),
    leadership: Array.from({ length }, () => null),
    partitionStates: Array.from({ length }, () => 'NonExistent' as const),
    replicaStates: Array.from({ length }, () => []),
    offlineReplicas: [],
  };
}

/** True from the moment that this broker has taken /controller. */
export function isActive(controller: ZkControllerState): boolean {
  return controller.activeControllerId === controller.nodeId;
}

/** Puts steps before those that are left of the current event. */
export function pushSteps(controller: ZkControllerState, ...steps: readonly Step[]): void {
  controller.current?.steps.unshift(...steps);
}
