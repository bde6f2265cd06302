/** Answers to ISR changes, of the controller or of ZooKeeper, and what they set free. */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import type { AlterPartitionEntry, AlterPartitionResult } from '../rpc/index.js';
import { completeDelayed } from './delayed-operations.js';
import { applyAlterPartitionResult, applyIsrCompareAndSet } from './isr.js';
import type { Partition, ReplicaManagerState } from './state.js';

/**
 * Takes the controller's answer for one partition, or the local refusal to send its change
 * (OPERATION_NOT_ATTEMPTED). Errors of a whole request do not come here: the AlterPartitionManager sends it again.
 */
export function onAlterPartitionResult(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  result: AlterPartitionResult,
  context: HostContext,
): void {
  if (replicas.isStopping) return;
  applyAlterPartitionResult(definition, replicas, result, context);
  completeDelayed(definition, replicas, context);
}

/**
 * Takes ZooKeeper's answer to an ISR that the leader wrote itself (switch `isrUpdate`).
 *
 * @param newVersion of the znode, where the write was done.
 */
export function onIsrCompareAndSet(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  entry: AlterPartitionEntry,
  outcome: 'ok' | 'conflict' | 'error',
  newVersion: number,
  context: HostContext,
): void {
  if (replicas.isStopping) return;
  applyIsrCompareAndSet(definition, replicas, partition, entry, outcome, newVersion, context);
  completeDelayed(definition, replicas, context);
}
