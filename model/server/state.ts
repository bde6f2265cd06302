/**
 * The volatile state of a server process: plain data, thrown away by a crash.
 */
import type { ControllerState } from '../controller/index.js';
import type { RaftState } from '../raft/index.js';
import type { ReplicaManagerState, ReplicationThrottle } from '../replication/index.js';
import type { AlterPartitionEntry } from '../rpc/index.js';
import type { EventHandle } from '../../sim/index.js';
import type { BrokerImage } from './broker-image.js';
import type { ControllerChannel } from './controller-channel.js';
import type { BrokerLifecycle } from './lifecycle-state.js';
import type { RequestChannel } from './request-channel.js';
import type { ZkBroker } from './zookeeper/state.js';

/** A server process, whatever its roles (SharedServer). */
export interface ServerState {
  readonly nodeId: number;
  /** Null until the process has started. */
  raft: RaftState | null;
  /** Null where the node is no voter, or has not started. */
  controller: ControllerState | null;
  /** Null where the node is no broker, or has not started. */
  broker: BrokerState | null;
  /** The process ends in order: first its broker, then its part in the quorum. */
  isShuttingDown: boolean;
}

/** The broker role of a process (BrokerServer). */
export interface BrokerState {
  readonly nodeId: number;
  readonly image: BrokerImage;
  readonly publisher: MetadataPublisher;
  readonly lifecycle: BrokerLifecycle;
  /** By `ChannelIndex`. */
  readonly channels: readonly ControllerChannel[];
  readonly alterPartition: AlterPartitionManager;
  readonly producerIds: ProducerIdManager;
  readonly requests: RequestChannel;
  /** Null until the logs are loaded, with the first publication of metadata. */
  replicas: ReplicaManagerState | null;
  /** What the operator throttles replication to; null: nothing is throttled. */
  throttle: ReplicationThrottle | null;
  /** What a broker has besides where the cluster is on ZooKeeper; null in KRaft mode. */
  readonly zk: ZkBroker | null;
  /** Of the next request to the controller. */
  nextCorrelationId: number;
}

/**
 * How far the broker has come with the metadata log (MetadataLoader).
 * - `loading`: it has not reached the high watermark for the first time.
 * - `recovering`: it has, and recovers its logs; the loader waits.
 * - `published`: each committed batch is published as it comes.
 */
export interface MetadataPublisher {
  phase: 'loading' | 'recovering' | 'published';
  /** Index in the file of the metadata log of the next batch to replay. */
  nextIndex: number;
  /** Offset of the next record to replay. */
  nextOffset: number;
  /** Last offset that counts as applied, as heartbeats report it; -1 while loading. */
  appliedOffset: number;
  /** Host time of the last snapshot, or of the start. */
  lastSnapshotUs: number;
}

/** ISR changes on their way to the controller. */
export interface AlterPartitionManager {
  /** Changes that the controller has not answered for, in order of submission. */
  unsent: AlterPartitionEntry[];
  /** By partition: 1 where a change is in `unsent`. */
  readonly isUnsent: Uint8Array;
  /** What the request in flight carries, or null. */
  inFlight: readonly AlterPartitionEntry[] | null;
  retryTimer: EventHandle;
}

/** Blocks of producer ids. Times are the host’s monotonic clock’s. */
export interface ProducerIdManager {
  /** The present block is [firstId, firstId + size); size 0: none. */
  firstId: number;
  size: number;
  nextId: number;
  /** The block that follows; size 0: none. */
  nextFirstId: number;
  nextSize: number;
  /** A block was asked for and is not in use yet. */
  requestInFlight: boolean;
  backoffUntilUs: number;
}
