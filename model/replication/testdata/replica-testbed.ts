/**
 * Brokers that are nothing but replicas, on a real simulation, for tests.
 *
 * A `ReplicaProgram` runs the replicas of one broker and serves whatever comes at once. The test stands in for the
 * controller: `Controller` keeps the registrations, decides on ISR changes by the protocol's rules, and tells the
 * brokers at once, unless the test holds either back. A client host sends single requests and keeps the answers.
 */
import {
  Simulation,
  type Host,
  type HostContext,
  type Message,
  type Program,
} from '../../../sim/index.js';
import type { ClusterDefinition } from '../../definition.js';
import { PartitionRegistration } from '../../metadata/partition-registration.js';
import { REPLICA_OPCODES } from '../../opcodes.js';
import { RecordBatch } from '../../records.js';
import {
  FetchRequest,
  FetchResponse,
  isResponse,
  Kind,
  ListOffsetsRequest,
  LATEST_TIMESTAMP,
  ListOffsetsResponse,
  ProduceRequest,
  ProduceResponse,
  type AlterPartitionEntry,
  type AlterPartitionResult,
  type FetchEntry,
  type FetchResult,
  type OffsetForLeaderEpochRequest,
  type OffsetForLeaderEpochResponse,
  type PartitionErrorEntry,
  type ProduceResult,
  type RpcMessage,
} from '../../rpc/index.js';
import {
  applyLeaderAndIsr,
  applyPartition,
  createReplicaManager,
  handleFetch,
  handleListOffsets,
  handleOffsetForLeaderEpoch,
  handleProduce,
  onAlterPartitionResult,
  onIsrCompareAndSet,
  readCleanShutdownMarker,
  receiveEpochEndOffset,
  receiveReplicaResponse,
  replicasClosed,
  replicaTimer,
  shutDownReplicas,
  type Partition,
  type ReplicaManagerState,
} from '../index.js';

import { bedDefinition, stateEntry, type BedOptions } from './bed-definition.js';
import { ReplicaWatcher } from './replica-watcher.js';
import { Controller } from './test-controller.js';

const SERVICE_US = 50;
const DELIVER_METADATA = 1000;

/** Runs the replicas of one broker; the broker's id is its host's index. */
class ReplicaProgram implements Program<ReplicaManagerState> {
  constructor(
    private readonly definition: ClusterDefinition,
    private readonly bed: ReplicaBed,
  ) {}

  start(context: HostContext): ReplicaManagerState {
    const id = context.host.index;
    const replicas = createReplicaManager(this.definition, id, context);
    const { brokers } = this.bed.controller;
    replicas.brokerEpoch = (brokers.epochs[id] ?? 0) + 1;
    brokers.epochs[id] = replicas.brokerEpoch;
    context.setTimer(0, DELIVER_METADATA);
    return replicas;
  }

  receive(
    replicas: ReplicaManagerState,
    connection: number,
    message: Message,
    context: HostContext,
  ): void {
    const { definition } = this;
    if (message.kind === Kind.OffsetForLeaderEpochResponse) {
      const response = message as unknown as OffsetForLeaderEpochResponse;
      receiveEpochEndOffset(definition, replicas, connection, response, context);
    } else if (isResponse(message.kind)) {
      receiveReplicaResponse(
        definition,
        replicas,
        connection,
        message as unknown as FetchResponse,
        context,
      );
    } else if (message.kind === Kind.ProduceRequest) {
      handleProduce(
        definition,
        replicas,
        connection,
        message as unknown as ProduceRequest,
        context,
      );
    } else if (message.kind === Kind.FetchRequest) {
      handleFetch(definition, replicas, connection, message as unknown as FetchRequest, context);
    } else if (message.kind === Kind.ListOffsetsRequest) {
      const request = message as unknown as ListOffsetsRequest;
      handleListOffsets(definition, replicas, connection, request, context);
    } else {
      const request = message as unknown as OffsetForLeaderEpochRequest;
      handleOffsetForLeaderEpoch(definition, replicas, connection, request, context);
    }
    this.drain(replicas, context);
  }

  timer(
    replicas: ReplicaManagerState,
    opcode: number,
    arg: number,
    payload: unknown,
    context: HostContext,
  ): void {
    if (opcode >= REPLICA_OPCODES && opcode < DELIVER_METADATA) {
      replicaTimer(this.definition, replicas, opcode, arg, payload, context);
    } else if (!this.bed.controller.deaf.has(replicas.nodeId)) {
      for (const registration of this.bed.controller.registrations) {
        this.apply(replicas, registration, context);
      }
    }
    this.drain(replicas, context);
  }

  /** Tells the replicas what the controller says of a partition, in the words of the cluster's mode. */
  apply(
    replicas: ReplicaManagerState,
    registration: PartitionRegistration,
    context: HostContext,
  ): PartitionErrorEntry[] {
    const { brokers } = this.bed.controller;
    if (this.definition.plane.mode === 'zookeeper') {
      const entries = [stateEntry(registration)];
      return applyLeaderAndIsr(this.definition, replicas, entries, brokers, context);
    }
    applyPartition(this.definition, replicas, registration, brokers, context);
    return [];
  }

  closed(replicas: ReplicaManagerState, connection: number, context: HostContext): void {
    replicasClosed(this.definition, replicas, connection, context);
    this.drain(replicas, context);
  }

  /** Sends the answers, and hands ISR changes to the controller, whose decision comes back after 1 ms. */
  drain(replicas: ReplicaManagerState, context: HostContext): void {
    for (const { connection, response } of replicas.outbox) {
      context.send(connection, response, SERVICE_US);
    }
    replicas.outbox.length = 0;
    const wishes = replicas.isrOutbox.splice(0);
    for (const entry of wishes) this.bed.onIsrWish(replicas.nodeId, entry);
  }
}

/** What a client sent, and what came back. */
export interface Sent {
  readonly correlationId: number;
  readonly sentAtUs: number;
  response: RpcMessage | null;
  answeredAtUs: number;
}

interface ClientState {
  connections: number[];
}

class ClientProgram implements Program<ClientState> {
  constructor(private readonly bed: ReplicaBed) {}
  start(): ClientState {
    return { connections: [] };
  }
  receive(_state: ClientState, _connection: number, message: Message, context: HostContext): void {
    const response = message as unknown as RpcMessage;
    const sent = this.bed.sent[response.correlationId]!;
    sent.response = response;
    sent.answeredAtUs = context.virtualUs;
  }
  timer(): void {
    throw new Error('the client sets no timers');
  }
  closed(state: ClientState, connection: number): void {
    state.connections = state.connections.map((known) => (known === connection ? -1 : known));
  }
}

/** The only result of an answered produce request. */
export function resultOf(sent: Sent): ProduceResult {
  if (sent.response === null) throw new Error(`request ${sent.correlationId} was not answered`);
  if (!(sent.response instanceof ProduceResponse)) throw new Error('that was no produce request');
  return sent.response.results[0]!;
}

/** The only result of an answered fetch. */
export function fetchResultOf(sent: Sent): FetchResult {
  if (sent.response === null) throw new Error(`request ${sent.correlationId} was not answered`);
  if (!(sent.response instanceof FetchResponse)) throw new Error('that was no fetch');
  return sent.response.results[0]!;
}

/** A cluster of replicas and the handles to drive and break it. */
export class ReplicaBed {
  readonly simulation: Simulation;
  readonly definition: ClusterDefinition;
  readonly controller = new Controller();
  readonly watcher = new ReplicaWatcher();
  readonly brokers: Host[];
  readonly client: Host;
  readonly sent: Sent[] = [];
  private readonly program: ReplicaProgram;
  private nextValue = 0;

  constructor(options: BedOptions = {}) {
    const brokerCount = options.brokers ?? 3;
    this.definition = bedDefinition(options, brokerCount);
    this.simulation = Simulation.create({
      seed: options.seed ?? 'replicas',
      shuffleTies: options.shuffleTies ?? false,
      latency: { kind: 'constant', valueUs: 500 },
      bandwidthBytesPerSecond: 125_000_000,
      disk: {
        writeUs: 10,
        flushUs: 5000,
        bandwidthBytesPerSecond: 200_000_000,
        pageCacheBytes: 4_000_000_000,
      },
    });
    this.simulation.observer = this.watcher;
    const ids = Array.from({ length: brokerCount }, (_, id) => id);
    for (const { index } of this.definition.partitions) {
      const fresh = new PartitionRegistration(index, ids, ids, [], [], 0, 1, 0, 'RECOVERED');
      this.controller.registrations.push(fresh);
    }
    this.program = new ReplicaProgram(this.definition, this);
    this.brokers = ids.map((id) =>
      this.simulation.addHost({ name: `broker-${id}`, program: this.program }),
    );
    this.client = this.simulation.addHost({ name: 'client', program: new ClientProgram(this) });
    for (const host of [...this.brokers, this.client]) this.simulation.start(host);
  }

  runMs(milliseconds: number): void {
    this.simulation.runUntil(this.simulation.nowUs + Math.round(milliseconds * 1000));
  }

  replicas(broker: number): ReplicaManagerState {
    return this.brokers[broker]!.state as ReplicaManagerState;
  }

  partition(broker: number, partition = 0): Partition {
    return this.replicas(broker).partitions[partition]!;
  }

  isUp(broker: number): boolean {
    return this.brokers[broker]!.status === 'running';
  }

  /** `leo/hw` of a replica. */
  offsets(broker: number, partition = 0): string {
    const { logEndOffset, highWatermark } = this.partition(broker, partition).log!;
    return `${logEndOffset}/${highWatermark}`;
  }

  /** Values in a replica's log. */
  values(broker: number, partition = 0): number[] {
    return Array.from(this.partition(broker, partition).log!.file.entries).flatMap((b) => [
      ...b.values,
    ]);
  }

  /** The controller elects a leader, and may set the ISR; brokers hear of it unless they are deaf. */
  elect(leader: number, isr: readonly number[], partition = 0): void {
    this.controller.replace(this.controller.registrations[partition]!, { leader, isr });
    this.publish(partition);
  }

  /** Tells the brokers the newest metadata of a partition. */
  publish(partition = 0): void {
    const registration = this.controller.registrations[partition]!;
    for (const host of this.brokers) {
      if (host.status !== 'running' || this.controller.deaf.has(host.index)) continue;
      this.tell(host.index, registration);
    }
  }

  /** Tells one broker some metadata; returns what it answers, where it does. */
  tell(broker: number, registration: PartitionRegistration): PartitionErrorEntry[] {
    let results: PartitionErrorEntry[] = [];
    this.simulation.act(this.brokers[broker]!, (state, context) => {
      const replicas = state as ReplicaManagerState;
      results = this.program.apply(replicas, registration, context);
      this.program.drain(replicas, context);
    });
    return results;
  }

  onIsrWish(broker: number, entry: AlterPartitionEntry): void {
    this.controller.held.push({ broker, entry });
    if (!this.controller.holdsIsrChanges) this.decideHeld();
  }

  /** Decides on what was held back: the leader hears the answer first, and everyone the new metadata. */
  decideHeld(): void {
    const { plane, switches } = this.definition;
    for (const { broker, entry } of this.controller.held.splice(0)) {
      if (switches.isrUpdate === 'compareAndSet') {
        this.answerWrite(broker, entry, this.controller.compareAndSet(entry));
        continue;
      }
      const result = this.controller.decide(broker, entry);
      this.answerIsr(broker, result);
      // On ZooKeeper followers do not hear of it.
      if (plane.mode === 'kraft') this.publish(entry.partition);
    }
  }

  /** Gives a leader ZooKeeper's answer: the new version of the znode, or null where its own was another one. */
  answerWrite(broker: number, entry: AlterPartitionEntry, version: number | null): void {
    if (!this.isUp(broker)) return;
    this.simulation.act(this.brokers[broker]!, (state, context) => {
      const replicas = state as ReplicaManagerState;
      const partition = replicas.partitions[entry.partition]!;
      const outcome = version === null ? 'conflict' : 'ok';
      const { definition } = this;
      onIsrCompareAndSet(definition, replicas, partition, entry, outcome, version ?? -1, context);
      this.program.drain(replicas, context);
    });
  }

  /** Gives a leader the controller's answer. */
  answerIsr(broker: number, result: AlterPartitionResult): void {
    if (!this.isUp(broker)) return;
    this.simulation.act(this.brokers[broker]!, (state, context) => {
      const replicas = state as ReplicaManagerState;
      onAlterPartitionResult(this.definition, replicas, result, context);
      this.program.drain(replicas, context);
    });
  }

  /** A batch of records with values of their own; `producer` is [id, epoch, base sequence]. */
  batch(records: number, producer: readonly [number, number, number] = [-1, -1, -1]): RecordBatch {
    const values = Array.from({ length: records }, () => this.nextValue++);
    const keys = values.map(() => -1);
    const sizeBytes = 61 + 100 * records;
    const nowMs = Math.round(this.simulation.nowUs / 1000);
    return new RecordBatch(-1, -1, ...producer, values, keys, sizeBytes, nowMs);
  }

  produce(
    broker: number,
    batch: RecordBatch | number,
    options: { acks?: number; timeoutMs?: number; partition?: number } = {},
  ): Sent {
    const entry = {
      partition: options.partition ?? 0,
      batch: typeof batch === 'number' ? this.batch(batch) : batch,
    };
    const { acks = -1, timeoutMs = 30_000 } = options;
    return this.send(broker, (id) => new ProduceRequest(id, acks, timeoutMs, [entry]));
  }

  /** A fetch by a consumer without session. */
  consume(broker: number, fetchOffset: number, maxWaitMs = 500, entry: Partial<FetchEntry> = {}): Sent {
    const entries = [
      {
        partition: 0,
        fetchOffset,
        lastFetchedEpoch: -1,
        currentLeaderEpoch: -1,
        logStartOffset: -1,
        maxBytes: 1_000_000,
        ...entry,
      },
    ];
    return this.send(
      broker,
      (id) => new FetchRequest(id, -1, -1, maxWaitMs, 1, 10_000_000, 0, -1, entries, []),
    );
  }

  /** A fetch in a session that the test makes up. */
  sessionFetch(broker: number, sessionId: number, sessionEpoch: number): Sent {
    return this.send(
      broker,
      (id) => new FetchRequest(id, -1, -1, 0, 1, 10_000_000, sessionId, sessionEpoch, [], []),
    );
  }

  /** Ends a broker in order; the host stays up. */
  stop(broker: number): void {
    this.simulation.act(this.brokers[broker]!, (state, context) => {
      const replicas = state as ReplicaManagerState;
      shutDownReplicas(this.definition, replicas, replicas.brokerEpoch, context);
    });
  }

  /** The broker epoch in the clean-shutdown marker, or -1. */
  cleanEpoch(broker: number): number {
    return readCleanShutdownMarker(this.brokers[broker]!.disk);
  }

  /** Asks for the latest offset; the answer is [error, offset]. */
  latestOffset(broker: number, partition = 0): () => [number, number] {
    const sent = this.send(
      broker,
      (id) => new ListOffsetsRequest(id, partition, -1, LATEST_TIMESTAMP),
    );
    return () => {
      if (!(sent.response instanceof ListOffsetsResponse)) throw new Error('not answered');
      return [sent.response.error, sent.response.offset];
    };
  }

  /** Sends any request, each on a connection of its own. */
  send(broker: number, make: (correlationId: number) => RpcMessage): Sent {
    const correlationId = this.sent.length;
    const sentAtUs = this.simulation.nowUs;
    const sent: Sent = { correlationId, sentAtUs, response: null, answeredAtUs: -1 };
    this.sent.push(sent);
    this.simulation.act(this.client, (_state, context) => {
      const connection = context.connect(this.brokers[broker]!.index, 10_000_000);
      context.send(connection, make(correlationId));
    });
    return sent;
  }

  /** Offsets below both high watermarks at which two replicas differ. */
  divergence(a: number, b: number, partition = 0): string | null {
    const [left, right] = [this.partition(a, partition).log!, this.partition(b, partition).log!];
    const limit = Math.min(left.highWatermark, right.highWatermark);
    const [one, two] = [this.values(a, partition), this.values(b, partition)];
    for (let offset = 0; offset < limit; offset++) {
      if (one[offset] !== two[offset]) return `b${a} and b${b} differ at ${offset}`;
    }
    return null;
  }
}
