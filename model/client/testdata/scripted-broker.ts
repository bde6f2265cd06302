/**
 * A broker for tests of clients: answers from logs in memory, checks sequences as a leader does, and misbehaves as the
 * test's script says. One world is shared by all brokers of a run, as if replication took no time.
 */
import type { ConnectionId, HostContext, Message, Program } from '../../../sim/index.js';
import type { ClusterDefinition } from '../../definition.js';
import { ErrorCode } from '../../errors.js';
import { NO_PRODUCER_ID, type RecordBatch } from '../../records.js';
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
  EARLIEST_TIMESTAMP,
  ElectLeadersRequest,
  ElectLeadersResponse,
  FetchRequest,
  FetchResponse,
  InitProducerIdRequest,
  InitProducerIdResponse,
  ListOffsetsRequest,
  ListOffsetsResponse,
  MetadataRequest,
  MetadataResponse,
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
  ProduceRequest,
  ProduceResponse,
  type FetchEntry,
  type FetchResult,
  type ProduceEntry,
  type ProduceResult,
  type RpcMessage,
} from '../../rpc/index.js';

/**
 * What a broker does with a request instead of serving it.
 * - `drop`: takes it and never answers, without executing it; as a broker reads no further request of a connection
 *   before it has answered, the connection stays silent.
 * - `close`: closes the connection, without executing it.
 * - `execute-and-drop`, `execute-and-close`: as above, after executing it.
 * - a number: answers with that error, without executing it.
 * - `execute-and-fail`: executes it and answers with `error`.
 */
export type Misdeed =
  | 'drop'
  | 'close'
  | 'execute-and-drop'
  | 'execute-and-close'
  | { readonly error: number; readonly execute?: boolean; readonly leaderId?: number };

export interface Rule {
  readonly kind: number;
  readonly broker?: number;
  readonly partition?: number;
  readonly does: Misdeed;
  /** How many requests it takes; it then goes away. */
  times: number;
  /** Serves this many before it begins. */
  skip?: number;
}

interface ProducerEntry {
  epoch: number;
  batches: { first: number; last: number; offset: number }[];
}

export interface LogPartition {
  leader: number;
  leaderEpoch: number;
  batches: RecordBatch[];
  startOffset: number;
  endOffset: number;
  producers: Map<number, ProducerEntry>;
}

export interface Served {
  readonly atUs: number;
  readonly broker: number;
  readonly message: RpcMessage;
}

interface Session {
  readonly entries: Map<number, FetchEntry>;
}

interface Parked {
  readonly id: number;
  readonly connection: ConnectionId;
  readonly request: FetchRequest;
  readonly session: Session;
  readonly sessionId: number;
}

export interface ScriptedBrokerState {
  sessions: Map<number, Session>;
  parked: Parked[];
  /** Connections on which a request was dropped. */
  silent: Set<ConnectionId>;
}

const FETCH_WAIT_OVER = 17;

export class ScriptedWorld {
  readonly partitions: LogPartition[];
  readonly rules: Rule[] = [];
  readonly served: Served[] = [];
  unfenced: number[];
  topicsExist = true;
  controller: number;
  delayUs = 50;
  nextProducerId = 1000;
  nextSessionId = 1;
  readonly elections: (readonly number[] | null)[] = [];

  constructor(readonly definition: ClusterDefinition) {
    const ids = definition.brokers.map((broker) => broker.id);
    this.unfenced = ids;
    this.controller = definition.voters[0]?.id ?? -1;
    this.partitions = definition.partitions.map((partition) => ({
      leader: ids[partition.number % ids.length]!,
      leaderEpoch: 5,
      batches: [],
      startOffset: 0,
      endOffset: 0,
      producers: new Map(),
    }));
  }

  /** The values of a partition's log. */
  values(partition: number): number[] {
    return this.partitions[partition]!.batches.flatMap((batch) => [...batch.values]);
  }

  allValues(): number[] {
    return this.partitions.flatMap((_, index) => this.values(index));
  }

  requests<T extends RpcMessage>(type: abstract new (...args: never[]) => T): (Served & { message: T })[] {
    return this.served.filter((item): item is Served & { message: T } => item.message instanceof type);
  }

  moveLeader(partition: number, leader: number): void {
    const log = this.partitions[partition]!;
    log.leader = leader;
    log.leaderEpoch++;
  }

  /** Cuts a log, as an unclean leader would. */
  truncate(partition: number, length: number): void {
    const log = this.partitions[partition]!;
    log.batches = log.batches.filter((batch) => batch.nextOffset <= length);
    log.endOffset = log.batches.at(-1)?.nextOffset ?? log.startOffset;
  }

  misdeed(kind: number, broker: number, partitions: readonly number[]): Rule | null {
    for (const rule of this.rules) {
      if (rule.kind !== kind || rule.times === 0) continue;
      if (rule.broker !== undefined && rule.broker !== broker) continue;
      if (rule.partition !== undefined && !partitions.includes(rule.partition)) continue;
      if (rule.skip !== undefined && rule.skip > 0) {
        rule.skip--;
        continue;
      }
      rule.times--;
      return rule;
    }
    return null;
  }
}

export class ScriptedBroker implements Program<ScriptedBrokerState> {
  constructor(readonly world: ScriptedWorld) {}

  start(): ScriptedBrokerState {
    return { sessions: new Map(), parked: [], silent: new Set() };
  }

  receive(
    state: ScriptedBrokerState,
    connection: ConnectionId,
    received: Message,
    context: HostContext,
  ): void {
    const message = received as RpcMessage;
    const { world } = this;
    const broker = this.brokerOf(context);
    if (state.silent.has(connection)) return;
    world.served.push({ atUs: context.virtualUs, broker, message });
    const rule = world.misdeed(message.kind, broker, partitionsOf(message));
    const does = rule?.does ?? null;
    if (does === 'drop' || does === 'execute-and-drop') state.silent.add(connection);
    if (does === 'drop') return;
    if (does === 'close') {
      context.close(connection);
      return;
    }
    const forced = typeof does === 'object' && does !== null ? does : null;
    const response = this.answer(state, connection, broker, message, forced, context);
    if (does === 'execute-and-close') context.close(connection);
    if (does === 'execute-and-drop' || does === 'execute-and-close') return;
    if (response !== null) context.send(connection, response, world.delayUs);
  }

  timer(
    state: ScriptedBrokerState,
    opcode: number,
    arg: number,
    _payload: unknown,
    context: HostContext,
  ): void {
    if (opcode !== FETCH_WAIT_OVER) return;
    const index = state.parked.findIndex((parked) => parked.id === arg);
    if (index < 0) return;
    const [parked] = state.parked.splice(index, 1);
    this.endFetch(parked!, context);
  }

  closed(state: ScriptedBrokerState, connection: ConnectionId): void {
    state.silent.delete(connection);
    state.parked = state.parked.filter((parked) => parked.connection !== connection);
  }

  private answer(
    state: ScriptedBrokerState,
    connection: ConnectionId,
    broker: number,
    message: RpcMessage,
    forced: Exclude<Misdeed, string> | null,
    context: HostContext,
  ): RpcMessage | null {
    const { world } = this;
    const { correlationId } = message;
    if (message instanceof ProduceRequest) {
      const results = message.entries.map((entry) => this.produce(broker, entry, forced));
      for (const parked of state.parked.splice(0)) this.endFetch(parked, context);
      return message.acks === 0 ? null : new ProduceResponse(correlationId, results);
    }
    if (message instanceof FetchRequest) {
      return this.fetch(state, connection, broker, message, forced, context);
    }
    if (message instanceof MetadataRequest) return this.metadata(message);
    if (message instanceof InitProducerIdRequest) {
      const error = forced?.error ?? ErrorCode.NONE;
      return new InitProducerIdResponse(correlationId, error, world.nextProducerId++, 0);
    }
    if (message instanceof ListOffsetsRequest) return this.listOffsets(broker, message, forced);
    if (message instanceof OffsetForLeaderEpochRequest) {
      return this.offsetForLeaderEpoch(broker, message, forced);
    }
    if (message instanceof CreateTopicsRequest) {
      if (forced !== null || broker !== world.controller) {
        return new CreateTopicsResponse(correlationId, forced?.error ?? ErrorCode.NOT_CONTROLLER, []);
      }
      world.topicsExist = true;
      return new CreateTopicsResponse(correlationId, ErrorCode.NONE, message.topics.map(() => 0));
    }
    if (message instanceof ElectLeadersRequest) {
      const isController = broker === world.controller;
      if (isController) world.elections.push(message.partitions);
      const error = isController ? ErrorCode.NONE : ErrorCode.NOT_CONTROLLER;
      return new ElectLeadersResponse(correlationId, error, []);
    }
    throw new Error(`the scripted broker does not serve ${message.describe()}`);
  }

  private metadata(request: MetadataRequest): MetadataResponse {
    const { world } = this;
    const partitions = (request.partitions ?? []).map((partition) => {
      const log = world.partitions[partition]!;
      const error = !world.topicsExist
        ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        : log.leader < 0
          ? ErrorCode.LEADER_NOT_AVAILABLE
          : ErrorCode.NONE;
      const leaderId = world.topicsExist ? log.leader : -1;
      const leaderEpoch = world.topicsExist ? log.leaderEpoch : -1;
      return { partition, error, leaderId, leaderEpoch, replicas: [], isr: [] };
    });
    return new MetadataResponse(request.correlationId, world.unfenced, partitions);
  }

  private produce(
    broker: number,
    entry: ProduceEntry,
    forced: Exclude<Misdeed, string> | null,
  ): ProduceResult {
    const log = this.world.partitions[entry.partition]!;
    const result = { partition: entry.partition, error: 0, baseOffset: -1, leaderId: -1, leaderEpoch: -1 };
    if (forced !== null && forced.execute !== true) {
      const leaderId = forced.leaderId ?? -1;
      return { ...result, error: forced.error, leaderId, leaderEpoch: leaderId < 0 ? -1 : log.leaderEpoch };
    }
    if (log.leader !== broker) {
      const { leader: leaderId, leaderEpoch } = log;
      return { ...result, error: ErrorCode.NOT_LEADER_OR_FOLLOWER, leaderId, leaderEpoch };
    }
    const appended = append(log, entry.batch);
    if (forced !== null) return { ...result, error: forced.error };
    return { ...result, ...appended };
  }

  private fetch(
    state: ScriptedBrokerState,
    connection: ConnectionId,
    broker: number,
    request: FetchRequest,
    forced: Exclude<Misdeed, string> | null,
    context: HostContext,
  ): FetchResponse | null {
    const { correlationId, sessionId } = request;
    if (forced !== null && forced.error >= ErrorCode.FETCH_SESSION_ID_NOT_FOUND && forced.error < 72) {
      return new FetchResponse(correlationId, forced.error, 0, []);
    }
    const id = request.sessionEpoch === 0 ? this.world.nextSessionId++ : sessionId;
    const session = request.sessionEpoch === 0 ? { entries: new Map() } : state.sessions.get(id);
    if (session === undefined) {
      return new FetchResponse(correlationId, ErrorCode.FETCH_SESSION_ID_NOT_FOUND, 0, []);
    }
    state.sessions.set(id, session);
    for (const entry of request.entries) session.entries.set(entry.partition, entry);
    for (const partition of request.forgotten) session.entries.delete(partition);
    const parked = { id: context.virtualUs, connection, request, session, sessionId: id };
    const results = this.read(session, broker, forced);
    if (results.length > 0) return new FetchResponse(correlationId, 0, id, results);
    state.parked.push(parked);
    context.setTimer(request.maxWaitMs * 1000, FETCH_WAIT_OVER, parked.id);
    return null;
  }

  private endFetch(parked: Parked, context: HostContext): void {
    const results = this.read(parked.session, this.brokerOf(context), null);
    const { correlationId } = parked.request;
    context.send(parked.connection, new FetchResponse(correlationId, 0, parked.sessionId, results));
  }

  private read(
    session: Session,
    broker: number,
    forced: Exclude<Misdeed, string> | null,
  ): FetchResult[] {
    const results: FetchResult[] = [];
    for (const entry of session.entries.values()) {
      const log = this.world.partitions[entry.partition]!;
      const error = forced?.error ?? fetchError(log, broker, entry);
      const batches =
        error === 0 ? log.batches.filter((batch) => batch.nextOffset > entry.fetchOffset) : [];
      if (error === 0 && batches.length === 0) continue;
      const isNotLeader = error === ErrorCode.NOT_LEADER_OR_FOLLOWER || error === ErrorCode.FENCED_LEADER_EPOCH;
      results.push({
        partition: entry.partition,
        error,
        highWatermark: log.endOffset,
        logStartOffset: log.startOffset,
        batches,
        divergingEpoch: -1,
        divergingEndOffset: -1,
        leaderId: isNotLeader ? log.leader : -1,
        leaderEpoch: isNotLeader ? log.leaderEpoch : -1,
      });
    }
    return results;
  }

  private listOffsets(
    broker: number,
    request: ListOffsetsRequest,
    forced: Exclude<Misdeed, string> | null,
  ): ListOffsetsResponse {
    const { correlationId, partition } = request;
    const log = this.world.partitions[partition]!;
    const error =
      forced?.error ?? (log.leader === broker ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER);
    const offset = request.timestamp === EARLIEST_TIMESTAMP ? log.startOffset : log.endOffset;
    return new ListOffsetsResponse(correlationId, partition, error, offset, log.leaderEpoch);
  }

  private offsetForLeaderEpoch(
    broker: number,
    request: OffsetForLeaderEpochRequest,
    forced: Exclude<Misdeed, string> | null,
  ): OffsetForLeaderEpochResponse {
    const { correlationId, partition } = request;
    const log = this.world.partitions[partition]!;
    const error =
      forced?.error ?? (log.leader === broker ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER);
    const known = log.batches.filter((batch) => batch.leaderEpoch <= request.leaderEpoch).at(-1);
    const epoch = known?.leaderEpoch ?? -1;
    const endOffset = known?.nextOffset ?? -1;
    return new OffsetForLeaderEpochResponse(correlationId, partition, error, epoch, endOffset);
  }

  private brokerOf(context: HostContext): number {
    return this.world.definition.nodes.find((node) => node.host === context.host.index)!.id;
  }
}

function fetchError(log: LogPartition, broker: number, entry: FetchEntry): number {
  if (log.leader !== broker) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
  if (entry.currentLeaderEpoch >= 0 && entry.currentLeaderEpoch < log.leaderEpoch) {
    return ErrorCode.FENCED_LEADER_EPOCH;
  }
  if (entry.fetchOffset < log.startOffset || entry.fetchOffset > log.endOffset) {
    return ErrorCode.OFFSET_OUT_OF_RANGE;
  }
  return ErrorCode.NONE;
}

/** ProducerAppendInfo and UnifiedLog, as far as sequences go. */
function append(log: LogPartition, batch: RecordBatch): { error: number; baseOffset: number } {
  if (batch.producerId !== NO_PRODUCER_ID) {
    const entry = log.producers.get(batch.producerId) ?? { epoch: batch.producerEpoch, batches: [] };
    const seen = entry.batches.find(
      (old) =>
        entry.epoch === batch.producerEpoch &&
        old.first === batch.baseSequence &&
        old.last === batch.lastSequence,
    );
    if (seen !== undefined) return { error: 0, baseOffset: seen.offset };
    if (batch.producerEpoch < entry.epoch) {
      return { error: ErrorCode.INVALID_PRODUCER_EPOCH, baseOffset: -1 };
    }
    const last = batch.producerEpoch > entry.epoch ? undefined : entry.batches.at(-1);
    const isNewEpoch = batch.producerEpoch > entry.epoch;
    const expected = last === undefined ? (isNewEpoch ? 0 : batch.baseSequence) : last.last + 1;
    if (batch.baseSequence !== expected) {
      return { error: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, baseOffset: -1 };
    }
    const batches = isNewEpoch ? [] : entry.batches;
    batches.push({ first: batch.baseSequence, last: batch.lastSequence, offset: log.endOffset });
    log.producers.set(batch.producerId, { epoch: batch.producerEpoch, batches: batches.slice(-5) });
  }
  const stamped = batch.stamped(log.endOffset, log.leaderEpoch);
  log.batches.push(stamped);
  log.endOffset = stamped.nextOffset;
  return { error: 0, baseOffset: stamped.baseOffset };
}

function partitionsOf(message: RpcMessage): readonly number[] {
  if (message instanceof ProduceRequest) return message.entries.map((entry) => entry.partition);
  if (message instanceof FetchRequest) return message.entries.map((entry) => entry.partition);
  return [];
}
