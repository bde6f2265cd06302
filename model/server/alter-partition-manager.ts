/**
 * Sends the ISR changes of this broker's partitions to the controller (AlterPartitionManager).
 *
 * One request is in flight; it carries every change that waits. A partition has at most one change here: another is
 * refused with OPERATION_NOT_ATTEMPTED. Changes stay until the controller has answered for them, so an error of the
 * whole request, or an answer that leaves a partition out, only sends them again.
 */
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { NO_LEADER } from '../metadata/partition-registration.js';
import { onAlterPartitionResult, type ReplicaManagerState } from '../replication/index.js';
import {
  AlterPartitionRequest,
  type AlterPartitionEntry,
  type AlterPartitionResponse,
  type AlterPartitionResult,
} from '../rpc/index.js';
import { NO_EVENT, type HostContext } from '../../sim/index.js';
import { BrokerOpcode } from './broker-opcodes.js';
import { ChannelIndex, channelSend } from './controller-channel.js';
import type { AlterPartitionManager, BrokerState } from './state.js';

const RETRY_US = 50_000;

export function createAlterPartitionManager(partitionCount: number): AlterPartitionManager {
  return {
    unsent: [],
    isUnsent: new Uint8Array(partitionCount),
    inFlight: null,
    retryTimer: NO_EVENT,
  };
}

/** Takes over what the replicas want changed since the last call. */
export function submitIsrChanges(
  definition: ClusterDefinition,
  broker: BrokerState,
  replicas: ReplicaManagerState,
  leaderId: number,
  context: HostContext,
): void {
  const { isrOutbox } = replicas;
  const manager = broker.alterPartition;
  // A refusal may put another wish at the end of the outbox.
  for (let at = 0; at < isrOutbox.length; at++) {
    const entry = isrOutbox[at]!;
    if (manager.isUnsent[entry.partition] === 1) {
      onAlterPartitionResult(definition, replicas, notAttempted(entry), context);
      continue;
    }
    manager.isUnsent[entry.partition] = 1;
    manager.unsent.push(entry);
  }
  isrOutbox.length = 0;
  maybePropagateIsrChanges(definition, broker, leaderId, context);
}

/** Sends all changes that wait, unless a request is in flight. */
export function maybePropagateIsrChanges(
  definition: ClusterDefinition,
  broker: BrokerState,
  leaderId: number,
  context: HostContext,
): void {
  const manager = broker.alterPartition;
  if (manager.inFlight !== null || manager.unsent.length === 0) return;
  const entries = manager.unsent.slice();
  manager.inFlight = entries;
  const request = new AlterPartitionRequest(
    broker.nextCorrelationId++,
    broker.nodeId,
    broker.lifecycle.brokerEpoch,
    entries,
  );
  channelSend(
    definition,
    broker.channels[ChannelIndex.alterPartition]!,
    leaderId,
    request,
    context,
  );
}

/** The controller answers: its results go to the partitions, which may ask for more (`replicas.isrOutbox`). */
export function onAlterPartitionResponse(
  definition: ClusterDefinition,
  broker: BrokerState,
  replicas: ReplicaManagerState,
  response: AlterPartitionResponse,
  context: HostContext,
): void {
  const manager = broker.alterPartition;
  const sent = manager.inFlight;
  manager.inFlight = null;
  if (sent === null) return;
  if (response.error !== ErrorCode.NONE) {
    if (manager.retryTimer !== NO_EVENT) context.cancelTimer(manager.retryTimer);
    manager.retryTimer = context.setTimer(RETRY_US, BrokerOpcode.alterPartitionRetry);
    return;
  }
  const answered: (AlterPartitionResult | null)[] = sent.map((entry, at) =>
    resultFor(entry, at, response),
  );
  for (let at = 0; at < sent.length; at++) {
    if (answered[at] !== null) manager.isUnsent[sent[at]!.partition] = 0;
  }
  // What was sent is the head of `unsent`; later changes stand behind it.
  manager.unsent = manager.unsent.filter((_, at) => at >= sent.length || answered[at] === null);
  for (const result of answered) {
    if (result !== null) onAlterPartitionResult(definition, replicas, result, context);
  }
}

/** Answers come in the order of the request, as far as they come at all. */
function resultFor(
  entry: AlterPartitionEntry,
  at: number,
  response: AlterPartitionResponse,
): AlterPartitionResult | null {
  const expected = response.results[at];
  if (expected?.partition === entry.partition) return expected;
  return response.results.find((result) => result.partition === entry.partition) ?? null;
}

function notAttempted(entry: AlterPartitionEntry): AlterPartitionResult {
  const { partition, leaderEpoch, partitionEpoch, leaderRecoveryState } = entry;
  return {
    partition,
    error: ErrorCode.OPERATION_NOT_ATTEMPTED,
    leaderId: NO_LEADER,
    leaderEpoch,
    isr: [],
    partitionEpoch,
    leaderRecoveryState,
  };
}
