/**
 * The state of a controller (QuorumController and its control managers).
 *
 * What the metadata log says (registrations, partitions, topics, producer ids, features) is changed by `replay` alone. An active
 * controller works on uncommitted state: it replays its own records when it appends them, and keeps an undo list of
 * what they changed until they are committed. Registrations are immutable, so an undo entry is a reference.
 */
import { Immutable, type ConnectionId, type EventHandle } from '../../sim/index.js';
import { NO_EVENT } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import type { PartitionRegistration } from '../metadata/partition-registration.js';
import type { RpcMessage } from '../rpc/index.js';
import type { KafkaVersion } from '../versions.js';

/** A broker as the metadata log has it (org.apache.kafka.metadata.BrokerRegistration). */
export class BrokerRegistration extends Immutable {
  constructor(
    readonly id: number,
    readonly epoch: number,
    readonly incarnationId: number,
    readonly rack: string | null,
    readonly fenced: boolean,
    readonly inControlledShutdown: boolean,
    /** Offset of the RegisterBrokerRecord: the broker must have read it before it is unfenced. */
    readonly recordOffset: number,
  ) {
    super();
  }

  /** May lead and be in an ISR. */
  get isActive(): boolean {
    return !this.fenced && !this.inControlledShutdown;
  }

  /** The registration after a change; null leaves a field as it is. */
  with(fenced: boolean | null, inControlledShutdown: boolean | null): BrokerRegistration {
    return new BrokerRegistration(
      this.id,
      this.epoch,
      this.incarnationId,
      this.rack,
      fenced ?? this.fenced,
      inControlledShutdown ?? this.inControlledShutdown,
      this.recordOffset,
    );
  }
}

/**
 * A registered broker. The heartbeat fields (BrokerHeartbeatManager, BrokerHeartbeatTracker) mean something on the
 * active controller only, and start anew with each.
 */
export interface BrokerControl {
  registration: BrokerRegistration;
  /** Partitions with a replica on the broker, in order of their creation (BrokersToIsrs filters them). */
  readonly hosted: number[];
  /** As the latest heartbeat left it: may be ahead of the registration by a record that is being written. */
  fenced: boolean;
  /** Last offset that the broker said it applied, or -1. */
  metadataOffset: number;
  /** Offset that all active brokers must reach before the broker may stop; -1: it does not want to. */
  controlledShutdownOffset: number;
  /** Latest heartbeat (monotonic), or -1: no session. */
  lastContactUs: number;
}

/** What one replayed record changed, for the case that it is never committed. */
export interface UndoEntry {
  /** Offset of the record. */
  readonly offset: number;
  readonly kind: 'broker' | 'partition' | 'topic' | 'producerIds' | 'features';
  /** Broker id, partition or topic. */
  readonly key: number;
  readonly previous: BrokerRegistration | PartitionRegistration | KafkaVersion | number | null;
}

/** A response that waits until the high watermark reaches an offset (DeferredEventQueue). */
interface DeferredResponse {
  readonly nextOffset: number;
  readonly connection: ConnectionId;
  readonly request: RpcMessage;
  readonly response: RpcMessage;
}

/** A request that waits until the controller's thread is free. */
interface QueuedRequest {
  readonly connection: ConnectionId;
  readonly request: RpcMessage;
}

/** A periodic task (PeriodicTask): its times are `baseUs` + n periods; the timer is set only when there is work. */
export interface PeriodicTaskState {
  baseUs: number;
  handle: EventHandle;
  isArmed: boolean;
}

export interface ControllerState {
  readonly nodeId: number;
  /** A change of a registration that leaves the fence as it is lets the metadata offset be forgotten (4.0). */
  readonly forgetsMetadataOffset: boolean;
  /** Registered brokers by id. */
  readonly brokers: Map<number, BrokerControl>;
  /** By partition; null where it does not exist (yet). */
  readonly partitions: (PartitionRegistration | null)[];
  /** By topic; 1 where it exists. */
  readonly topics: number[];
  nextProducerId: number;
  /** Finalized by an operator; null: nothing yet, so that the definition's protocol holds. */
  metadataVersion: KafkaVersion | null;
  /** Partitions without a leader, and those not led by their preferred replica. */
  leaderlessCount: number;
  imbalancedCount: number;

  /** Committed batches that were replayed, or on the active controller: that are known to be committed. */
  committedCount: number;
  /** The epoch in which this controller is active, or -1. */
  claimEpoch: number;
  /** Of an active controller: offset that its next record gets. */
  nextWriteOffset: number;
  readonly undo: UndoEntry[];
  readonly deferred: DeferredResponse[];
  /** Requests that came while another event was being handled. */
  readonly queue: QueuedRequest[];
  /** The controller's thread handles an event until then. */
  busyUntilUs: number;
  readonly tasks: {
    readonly noOp: PeriodicTaskState;
    readonly fenceStaleBroker: PeriodicTaskState;
    readonly electPreferred: PeriodicTaskState;
    readonly electUnclean: PeriodicTaskState;
  };
}

export function createController(definition: ClusterDefinition, nodeId: number): ControllerState {
  return {
    nodeId,
    forgetsMetadataOffset: definition.switches.brokerSessions === 'tracked',
    brokers: new Map(),
    partitions: definition.partitions.map(() => null),
    topics: definition.topics.map(() => 0),
    nextProducerId: 0,
    metadataVersion: null,
    leaderlessCount: 0,
    imbalancedCount: 0,
    committedCount: 0,
    claimEpoch: -1,
    nextWriteOffset: -1,
    undo: [],
    deferred: [],
    queue: [],
    busyUntilUs: 0,
    tasks: {
      noOp: createTask(),
      fenceStaleBroker: createTask(),
      electPreferred: createTask(),
      electUnclean: createTask(),
    },
  };
}

function createTask(): PeriodicTaskState {
  return { baseUs: 0, handle: NO_EVENT, isArmed: false };
}

export function isActiveController(controller: ControllerState): boolean {
  return controller.claimEpoch >= 0;
}

/** True where the broker is registered, unfenced and not in controlled shutdown. */
export function isBrokerActive(controller: ControllerState, brokerId: number): boolean {
  return controller.brokers.get(brokerId)?.registration.isActive ?? false;
}

/** The partition, which must exist. */
export function existingPartition(
  controller: ControllerState,
  index: number,
): PartitionRegistration {
  const partition = controller.partitions[index] ?? null;
  if (partition === null) throw new Error(`partition ${index} does not exist`);
  return partition;
}
