/**
 * Produce requests that wait for the high watermark or a flush (DelayedProduce).
 *
 * Each batch waits with its partition; its request is answered when none of its batches waits any more, or when its
 * timeout has passed. One timer serves all requests: it is set for the earliest deadline it knows of, and set again
 * when it fires too early, so that a request that is answered in time costs no timer.
 */
import { NO_EVENT, shorten, type HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import { ProduceResponse, type ProduceResult } from '../rpc/index.js';
import { namedLeader } from './access.js';
import { ReplicaOpcode } from './replica-opcodes.js';
import type {
  LeaderRole,
  ParkedProduce,
  Partition,
  ReplicaManagerState,
  WaitingBatch,
} from './state.js';

/** The batch waits on. */
export const STILL_WAITING = -1;

/**
 * What becomes of an appended batch: an error code, or `STILL_WAITING`.
 *
 * Once the high watermark has passed it the maximal ISR must not be smaller than min.insync.replicas.
 *
 * Source: Partition.checkEnoughReplicasReachOffset.
 */
export function produceVerdict(
  definition: ClusterDefinition,
  partition: Partition,
  role: LeaderRole,
  requiredOffset: number,
  requiredFlushOffset: number,
): number {
  const log = partition.log!;
  if (requiredFlushOffset > log.recoveryPoint) return STILL_WAITING;
  if (requiredOffset < 0) return ErrorCode.NONE;
  if (log.highWatermark < requiredOffset) return STILL_WAITING;
  if (definition.switches.produceIsrCheck === 'off') return ErrorCode.NONE;
  const maximalIsrSize = role.isr.length + (role.pending?.kind === 'expand' ? 1 : 0);
  return maximalIsrSize >= role.effectiveMinIsr
    ? ErrorCode.NONE
    : ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND;
}

/** The result of one partition; where the client has to look for another leader it names the one known here. */
export function produceResult(
  replicas: ReplicaManagerState,
  index: number,
  error: number,
  baseOffset: number,
): ProduceResult {
  const { leaderId, leaderEpoch } = namedLeader(replicas, index, error);
  return {
    partition: index,
    error,
    baseOffset: error === ErrorCode.NONE ? baseOffset : -1,
    leaderId,
    leaderEpoch,
  };
}

/** Keeps a request whose batches wait. */
export function parkProduce(
  replicas: ReplicaManagerState,
  request: ParkedProduce,
  context: HostContext,
): void {
  const { parkedProduces } = replicas;
  // Requests that are answered stay in the list until it is swept: on average each is looked at once more.
  if (parkedProduces.length > 2 * replicas.parkedCount + 64) sweepAnswered(replicas);
  replicas.parkedProduces.push(request);
  replicas.parkedCount++;
  armProduceTimer(replicas, request.deadlineUs, context);
}

/** The high watermark or the recovery point moved, or the ISR changed: answers what need not wait any more. */
export function completeWaiting(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  context: HostContext,
): void {
  const { role } = partition;
  if (role.kind !== 'leader') return;
  const { waiting } = role;
  let kept = 0;
  for (let at = 0; at < waiting.length; at++) {
    const item = waiting[at]!;
    if (item.request.pending === 0) continue;
    const { requiredOffset, requiredFlushOffset } = item;
    const verdict = produceVerdict(
      definition,
      partition,
      role,
      requiredOffset,
      requiredFlushOffset,
    );
    if (verdict === STILL_WAITING) {
      waiting[kept++] = item;
      continue;
    }
    settle(replicas, partition, item, verdict, context);
  }
  shorten(waiting, kept);
}

/** The partition is not led here any more: acks=all can only be answered by the next leader. */
export function failWaiting(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  role: LeaderRole,
  context: HostContext,
): void {
  const { waiting } = role;
  for (let at = 0; at < waiting.length; at++) {
    const item = waiting[at]!;
    if (item.request.pending === 0) continue;
    // With acks=1 the batch waits for its flush only, which Kafka finishes before it gives up the leadership.
    const isDone = item.requiredOffset < 0 || definition.switches.produceResign === 'acknowledged';
    const error = isDone ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER;
    settle(replicas, partition, item, error, context);
  }
  role.waiting = [];
}

/** Answers requests whose time is over: what still waits is REQUEST_TIMED_OUT, and may be committed later. */
export function expireProduces(replicas: ReplicaManagerState, context: HostContext): void {
  replicas.produceTimer = NO_EVENT;
  const nowUs = context.nowUs();
  const candidates = replicas.parkedProduces;
  replicas.parkedProduces = [];
  let earliestUs = -1;
  for (let at = 0; at < candidates.length; at++) {
    const request = candidates[at]!;
    if (request.pending === 0) continue;
    if (request.deadlineUs <= nowUs) {
      request.pending = 0;
      answerParked(replicas, request, context);
      continue;
    }
    replicas.parkedProduces.push(request);
    if (earliestUs < 0 || request.deadlineUs < earliestUs) earliestUs = request.deadlineUs;
  }
  if (earliestUs >= 0) armProduceTimer(replicas, earliestUs, context);
}

/** A connection is gone: its requests are not answered, whatever becomes of their batches. */
export function dropProduces(replicas: ReplicaManagerState, connection: number): void {
  for (const request of replicas.parkedProduces) {
    if (request.connection === connection) request.connection = -1;
  }
}

/** Says what became of a request, to its client and to who watches. */
export function answerProduce(
  replicas: ReplicaManagerState,
  request: ParkedProduce,
  context: HostContext,
): void {
  const { acks, results, batches } = request;
  const observer = observerOf(context);
  let failed = false;
  for (let at = 0; at < results.length; at++) {
    const { partition, error } = results[at]!;
    if (error !== ErrorCode.NONE) failed = true;
    observer.produceAnswered(
      context.virtualUs,
      replicas.nodeId,
      partition,
      acks,
      batches[at]!,
      error,
    );
  }
  if (request.connection < 0) return;
  if (acks === 0) {
    if (failed) replicas.connectionsToClose.push(request.connection);
    return;
  }
  const response = new ProduceResponse(request.correlationId, results);
  replicas.outbox.push({ connection: request.connection, response, bytes: request.bytes });
}

function settle(
  replicas: ReplicaManagerState,
  partition: Partition,
  item: WaitingBatch,
  error: number,
  context: HostContext,
): void {
  const { request, at, batch } = item;
  request.results[at] = produceResult(replicas, partition.index, error, batch.baseOffset);
  request.pending--;
  if (request.pending === 0) answerParked(replicas, request, context);
}

function answerParked(
  replicas: ReplicaManagerState,
  request: ParkedProduce,
  context: HostContext,
): void {
  replicas.parkedCount--;
  answerProduce(replicas, request, context);
}

function armProduceTimer(
  replicas: ReplicaManagerState,
  deadlineUs: number,
  context: HostContext,
): void {
  if (replicas.produceTimer !== NO_EVENT) {
    if (replicas.produceTimerAtUs <= deadlineUs) return;
    context.cancelTimer(replicas.produceTimer);
  }
  const delayUs = Math.max(0, deadlineUs - context.nowUs());
  replicas.produceTimer = context.setTimer(delayUs, ReplicaOpcode.produceExpiration);
  replicas.produceTimerAtUs = deadlineUs;
}

function sweepAnswered(replicas: ReplicaManagerState): void {
  const { parkedProduces } = replicas;
  let kept = 0;
  for (let at = 0; at < parkedProduces.length; at++) {
    const request = parkedProduces[at]!;
    if (request.pending > 0) parkedProduces[kept++] = request;
  }
  shorten(parkedProduces, kept);
}
