/**
 * A broker for tests of clients: answers from logs in memory, checks sequences as a leader does, and misbehaves as the
 * test's script says. One world is shared by all brokers of a run, as if replication took no time.
 */
import type { ConnectionId, HostContext, Message, Program } from '../../../sim/index.js';
import { ErrorCode } from '../../errors.js';
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
  RpcMessage,
} from '../../rpc/index.js';
import { append, type LogPartition, type Misdeed, type ScriptedWorld } from './scripted-world.js';

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
  /** Requests behind one that is not answered yet, by connection: a broker reads them one at a time. */
  waiting: Map<ConnectionId, Message[]>;
}

const FETCH_WAIT_OVER = 17;

export class ScriptedBroker implements Program<ScriptedBrokerState> {
  constructor(readonly world: ScriptedWorld) {}

  start(): ScriptedBrokerState {
    return { sessions: new Map(), parked: [], waiting: new Map() };
  }

  receive(
    state: ScriptedBrokerState,
    connection: ConnectionId,
    received: Message,
    context: HostContext,
  ): void {
    if (!(received instanceof RpcMessage)) throw new Error('no request');
    const message = received;
    const { world } = this;
    const broker = this.brokerOf(context);
    const waiting = state.waiting.get(connection);
    if (waiting !== undefined) {
      waiting.push(received);
      return;
    }
    world.served.push({ atUs: context.virtualUs, broker, message });
    const rule = world.misdeed(message.kind, broker, partitionsOf(message));
    const does = rule?.does ?? null;
    if (does === 'drop' || does === 'execute-and-drop') state.waiting.set(connection, []);
    if (does === 'drop') return;
    if (does === 'close') {
      context.close(connection);
      return;
    }
    const forced = typeof does === 'object' && does !== null ? does : null;
    const response = this.answer(state, connection, broker, message, forced, context);
    if (does === 'execute-and-close') context.close(connection);
    if (does === 'execute-and-drop' || does === 'execute-and-close') return;
    const delayUs = world.slowBrokers.get(broker) ?? world.delayUs;
    if (response !== null) context.send(connection, response, delayUs);
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
    this.endFetch(state, parked!, context);
  }

  closed(state: ScriptedBrokerState, connection: ConnectionId): void {
    state.waiting.delete(connection);
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
      for (const parked of state.parked.splice(0)) this.endFetch(state, parked, context);
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
        return new CreateTopicsResponse(
          correlationId,
          forced?.error ?? ErrorCode.NOT_CONTROLLER,
          [],
        );
      }
      world.topicsExist = true;
      return new CreateTopicsResponse(
        correlationId,
        ErrorCode.NONE,
        message.topics.map(() => 0),
      );
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
    const result = {
      partition: entry.partition,
      error: 0,
      baseOffset: -1,
      leaderId: -1,
      leaderEpoch: -1,
    };
    if (forced !== null && forced.execute !== true) {
      const leaderId = forced.leaderId ?? -1;
      return {
        ...result,
        error: forced.error,
        leaderId,
        leaderEpoch: leaderId < 0 ? -1 : log.leaderEpoch,
      };
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
    if (
      forced !== null &&
      forced.error >= ErrorCode.FETCH_SESSION_ID_NOT_FOUND &&
      forced.error < 72
    ) {
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
    state.waiting.set(connection, []);
    context.setTimer(request.maxWaitMs * 1000, FETCH_WAIT_OVER, parked.id);
    return null;
  }

  private endFetch(state: ScriptedBrokerState, parked: Parked, context: HostContext): void {
    const { connection, session, sessionId } = parked;
    const results = this.read(session, this.brokerOf(context), null);
    const { correlationId } = parked.request;
    context.send(connection, new FetchResponse(correlationId, 0, sessionId, results));
    const waiting = state.waiting.get(connection) ?? [];
    state.waiting.delete(connection);
    for (const message of waiting) this.receive(state, connection, message, context);
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
      const isNotLeader =
        error === ErrorCode.NOT_LEADER_OR_FOLLOWER || error === ErrorCode.FENCED_LEADER_EPOCH;
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

function partitionsOf(message: RpcMessage): readonly number[] {
  if (message instanceof ProduceRequest) return message.entries.map((entry) => entry.partition);
  if (message instanceof FetchRequest) return message.entries.map((entry) => entry.partition);
  return [];
}
