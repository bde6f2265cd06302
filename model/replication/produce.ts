/**
 * Produce (ReplicaManager.appendRecords, Partition.appendRecordsToLeader, UnifiedLog.append).
 *
 *     acks=0, 1  answered once appended (and flushed, where flush.messages says so)
 *     acks=all   answered once the high watermark has passed the batch, or after the request's timeout
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import {
  appendBatch,
  findDuplicate,
  producerError,
  startFlush,
  type ReplicaLog,
} from '../log/index.js';
import { observerOf } from '../observer.js';
import { NO_PRODUCER_ID, type RecordBatch } from '../records.js';
import type { ProduceRequest, ProduceResult } from '../rpc/index.js';
import { unhostedError } from './access.js';
import { completeDelayed } from './delayed-operations.js';
import {
  answerProduce,
  parkProduce,
  produceResult,
  produceVerdict,
  STILL_WAITING,
} from './delayed-produce.js';
import { unsettleFollowers } from './follower-progress.js';
import { maybeIncrementHighWatermark } from './high-watermark.js';
import { armIsrExpiration, armLogFlusher } from './periodic-tasks.js';
import { tellReadersOfAppend } from './readers.js';
import { ReplicaOpcode } from './replica-opcodes.js';
import {
  failLogDirectory,
  type LeaderRole,
  type ParkedProduce,
  type Partition,
  type ReplicaManagerState,
} from './state.js';

/** Appends the batches of a request and answers it, now or later. */
export function handleProduce(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  connection: number,
  request: ProduceRequest,
  context: HostContext,
): void {
  if (replicas.isStopping) return;
  const { entries, acks, correlationId, timeoutMs } = request;
  const produce: ParkedProduce = {
    connection,
    correlationId,
    acks,
    bytes: request.sizeBytes,
    deadlineUs: context.nowUs() + timeoutMs * 1000,
    results: new Array<ProduceResult>(entries.length),
    batches: new Array<RecordBatch | null>(entries.length),
    pending: 0,
  };
  for (let at = 0; at < entries.length; at++) {
    const { partition, batch } = entries[at]!;
    produceBatch(definition, replicas, produce, at, partition, batch, context);
  }
  if (produce.pending === 0) answerProduce(replicas, produce, context);
  else parkProduce(replicas, produce, context);
  completeDelayed(definition, replicas, context);
}

/** Appends one batch, and leaves its result in the request: final, or to be settled by what it waits for. */
function produceBatch(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  produce: ParkedProduce,
  at: number,
  index: number,
  batch: RecordBatch,
  context: HostContext,
): void {
  const { acks, results, batches } = produce;
  const partition = replicas.partitions[index] ?? null;
  const appended = appendToLeader(definition, replicas, index, batch, acks, context);
  if (typeof appended === 'number') {
    results[at] = produceResult(replicas, index, appended, -1);
    batches[at] = null;
    return;
  }
  const { log, role } = partition as { log: ReplicaLog; role: LeaderRole };
  const { baseOffset, nextOffset } = appended;
  const waitsForHighWatermark = acks === -1 && definition.switches.produceAck === 'highWatermark';
  const requiredOffset = waitsForHighWatermark ? nextOffset : -1;
  const requiredFlushOffset = isBeingFlushed(definition, log, nextOffset) ? nextOffset : -1;
  const verdict = produceVerdict(definition, partition!, role, requiredOffset, requiredFlushOffset);
  batches[at] = appended;
  if (verdict !== STILL_WAITING) {
    results[at] = produceResult(replicas, index, verdict, baseOffset);
    return;
  }
  const isLate = definition.switches.produceTimeout === 'refused';
  const onTimeout = isLate ? ErrorCode.REQUEST_TIMED_OUT : ErrorCode.NONE;
  results[at] = produceResult(replicas, index, onTimeout, baseOffset);
  role.waiting.push({ request: produce, at, batch: appended, requiredOffset, requiredFlushOffset });
  produce.pending++;
}

/**
 * Appends a batch to a led partition; returns it as it is in the log, or the error. A batch that repeats one of the
 * producer's last five is not appended again: the one in the log is returned (R12).
 */
function appendToLeader(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  index: number,
  batch: RecordBatch,
  acks: number,
  context: HostContext,
): RecordBatch | ErrorCode {
  const partition = replicas.partitions[index] ?? null;
  if (!partition?.log) return unhostedError(replicas, index);
  const { log, role, leaderEpoch } = partition;
  if (role.kind !== 'leader') return ErrorCode.NOT_LEADER_OR_FOLLOWER;
  if (acks === -1 && role.isr.length < role.effectiveMinIsr) {
    if (definition.switches.produceIsrCheck === 'on') return ErrorCode.NOT_ENOUGH_REPLICAS;
  }
  const { config } = definition.partitions[partition.index]!.topic;
  if (batch.sizeBytes > config.maxMessageBytes) return ErrorCode.MESSAGE_TOO_LARGE;
  if (batch.producerId !== NO_PRODUCER_ID && definition.switches.sequenceCheck === 'on') {
    const duplicate = findDuplicate(log.producers, batch);
    if (duplicate !== null) {
      observerOf(context).mark(context.virtualUs, 'duplicate-batch', partition.index);
      return duplicate;
    }
    const nowMs = context.wallClockUs() / 1000;
    const { producerIdExpirationMs } = definition.node(replicas.nodeId).config;
    const startsAnywhere = definition.switches.unknownProducer === 'anySequence';
    const { producers } = log;
    const error = producerError(producers, batch, nowMs, producerIdExpirationMs, startsAnywhere);
    if (error !== ErrorCode.NONE) return error;
  }
  const stamped = batch.stamped(log.logEndOffset, leaderEpoch);
  if (appendBatch(log, context.host.disk, stamped) !== 'ok') {
    failLogDirectory(replicas);
    return ErrorCode.KAFKA_STORAGE_ERROR;
  }
  observerOf(context).leaderAppended(context.virtualUs, replicas.nodeId, partition.index, stamped);
  unsettleFollowers(replicas, partition, role);
  armIsrExpiration(definition, replicas, context);
  armLogFlusher(definition, replicas, context);
  if (!flushAfterAppend(definition, log, context)) {
    onAppendDone(definition, replicas, partition, role, context);
  }
  return stamped;
}

/** The batch is in the log, and on disk where flush.messages asks for it: followers may have it. */
export function onAppendDone(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  role: LeaderRole,
  context: HostContext,
): void {
  maybeIncrementHighWatermark(definition, replicas, partition, role, context);
  tellReadersOfAppend(replicas, partition);
}

/**
 * Flushes where `flush.messages` messages wait for it (UnifiedLog.append). Kafka's append returns after that flush.
 * Returns whether a flush is under way that the append has to wait for.
 */
export function flushAfterAppend(
  definition: ClusterDefinition,
  log: ReplicaLog,
  context: HostContext,
): boolean {
  const { flushMessages } = definition.partitions[log.partition]!.topic.config;
  if (log.logEndOffset - log.flushAskedOffset < flushMessages) return false;
  return startFlush(log, ReplicaOpcode.logFlushed, context);
}

function isBeingFlushed(definition: ClusterDefinition, log: ReplicaLog, offset: number): boolean {
  if (log.recoveryPoint >= offset || log.flushAskedOffset < offset) return false;
  const { flushMessages } = definition.partitions[log.partition]!.topic.config;
  return flushMessages < Number.MAX_SAFE_INTEGER;
}
