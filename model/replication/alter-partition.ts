/** The controller's answers to ISR changes, and what they set free. */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import type { AlterPartitionResult } from '../rpc/index.js';
import { completeDelayed } from './delayed-operations.js';
import { applyAlterPartitionResult } from './isr.js';
import type { ReplicaManagerState } from './state.js';

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
