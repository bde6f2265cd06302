/** What a broker has besides where its cluster is on ZooKeeper (kafka.server.KafkaServer): plain data. */
import type { AlterPartitionEntry } from '../../rpc/index.js';
import type { EventHandle } from '../../../sim/index.js';
import type { ZkControllerState } from '../../zk-controller/index.js';
import type { ZkClientState, ZkOperation } from '../../zookeeper/index.js';

/**
 * How far the broker has come, in order (KafkaServer.startup):
 * - `rooting`: it makes the root of its cluster, with a session of its own; only where there is a chroot.
 * - `connecting`: its first session, or the first that is below the chroot.
 * - `preparing`: it makes the persistent znodes that Kafka needs.
 * - `recovering`: its logs.
 * - `registering`: it makes its ephemeral znode, and again after each expiry.
 * - `registered`.
 * - `closing`: the logs are closed, and then the session.
 */
export type ZkBrokerPhase =
  'rooting' | 'connecting' | 'preparing' | 'recovering' | 'registering' | 'registered' | 'closing';

/** A change of the ISR that is on its way to ZooKeeper. */
export interface IsrWrite {
  readonly entry: AlterPartitionEntry;
  readonly controllerEpoch: number;
}

/** A request about an ISR that the end of a session cut short. */
export interface HeldIsrRequest {
  readonly operation: ZkOperation;
  readonly tag: number;
  readonly write: IsrWrite;
}

/** The controlled shutdown that is asked of the controller (KafkaServer.controlledShutdown). */
export interface ControlledShutdownState {
  /** Requests left to try; -1 where none was begun. */
  retriesLeft: number;
  /** An attempt is under way; else the backoff after one. */
  isAsking: boolean;
  connection: number;
  correlationId: number;
  timer: EventHandle;
}

export interface ZkBroker {
  /** While the broker is `rooting` a client without chroot, then the one that it keeps. */
  client: ZkClientState;
  readonly controller: ZkControllerState;
  phase: ZkBrokerPhase;
  /** Whom UpdateMetadata and LeaderAndIsr came from last (MetadataCache.controllerId), or -1. */
  leaderId: number;
  /** ReplicaManager.controllerEpoch: requests of older controllers are refused. */
  controllerEpoch: number;
  /** By partition: the controller epoch that its last LeaderAndIsr carried; leaders write it along. */
  readonly partitionControllerEpochs: Int32Array;
  /** Persistent znodes, or those of the chroot, that are still to be made. */
  pathsLeft: number;
  /** The session in which the registration was sent last; 0: none. */
  registeringSession: number;
  /** What is sent again in the next session (before 1.1). */
  heldIsrRequests: HeldIsrRequest[];
  /** Partitions whose ISR changed since the last notification, in order (ReplicaManager.isrChangeSet). */
  isrChanges: number[];
  /** Host time of the last change and of the last notification. */
  lastIsrChangeUs: number;
  lastIsrPropagationUs: number;
  isrPropagationTimer: EventHandle;
  readonly shutdown: ControlledShutdownState;
  /** All is closed but the session. */
  isSessionClosing: boolean;
}
