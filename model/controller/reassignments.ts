/**
 * Moving replicas (ReplicationControlManager.alterPartitionReassignments; KIP-455).
 *
 * A reassignment first adds the new replicas beside the old ones. It is complete with the change that brings the last
 * of the target into the ISR, whatever that change was made for (`buildPartitionChange`): then the others go.
 */
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import type { PartitionRegistration } from '../metadata/partition-registration.js';
import type { MetadataRecord, PartitionChangeRecord } from '../metadata/records.js';
import {
  AlterPartitionReassignmentsResponse,
  type AlterPartitionReassignmentsRequest,
  type ReassignablePartition,
} from '../rpc/index.js';
import type { ControllerState } from './controller-state.js';
import { decided, type Decision } from './decision.js';
import { electionOf, isUncleanElectionEnabled } from './leader-and-isr.js';
import { buildPartitionChange } from './partition-change.js';
import {
  assignmentTowards,
  revertReassignment,
  targetReplicationFactor,
} from './reassignment-replicas.js';

/** Each partition is decided by itself: those that are refused do not keep the others back. */
export function decideReassignments(
  definition: ClusterDefinition,
  controller: ControllerState,
  request: AlterPartitionReassignmentsRequest,
): Decision {
  const { correlationId, partitions, allowReplicationFactorChange } = request;
  const records: MetadataRecord[] = [];
  const results = partitions.map((target) => {
    const change = alter(definition, controller, target, allowReplicationFactorChange);
    if (typeof change === 'object' && change !== null) records.push(change);
    const error = typeof change === 'number' ? change : ErrorCode.NONE;
    return { partition: target.partition, error };
  });
  const response = new AlterPartitionReassignmentsResponse(correlationId, ErrorCode.NONE, results);
  return decided(records, response);
}

/** The record, null where nothing changes, or why it is refused. */
type Change = PartitionChangeRecord | ErrorCode | null;

function alter(
  definition: ClusterDefinition,
  controller: ControllerState,
  { partition: index, replicas }: ReassignablePartition,
  allowReplicationFactorChange: boolean,
): Change {
  const partition = controller.partitions[index] ?? null;
  if (partition === null) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  if (replicas === null) return cancel(definition, controller, partition);
  if (!isValidTarget(controller, replicas)) return ErrorCode.INVALID_REPLICA_ASSIGNMENT;
  if (!allowReplicationFactorChange && targetReplicationFactor(partition) !== replicas.length) {
    return ErrorCode.INVALID_REPLICATION_FACTOR;
  }
  return buildPartitionChange(controller, {
    ...electionOf(definition, controller, partition, 'online'),
    targetAssignment: assignmentTowards(partition, replicas),
  });
}

/** Back to the replicas from before, unless all that is in sync was being added and unclean elections are off. */
function cancel(
  definition: ClusterDefinition,
  controller: ControllerState,
  partition: PartitionRegistration,
): Change {
  if (!partition.isReassigning) return ErrorCode.NO_REASSIGNMENT_IN_PROGRESS;
  const { replicas, isr, isUnclean } = revertReassignment(partition);
  const allowsUnclean = isUncleanElectionEnabled(definition, partition.partition);
  if (isUnclean && !allowsUnclean) return ErrorCode.INVALID_REPLICA_ASSIGNMENT;
  return buildPartitionChange(controller, {
    ...electionOf(definition, controller, partition, allowsUnclean ? 'unclean' : 'online'),
    targetIsr: isr,
    targetAssignment: { replicas, adding: [], removing: [] },
  });
}

/** Somebody, each a registered broker, be it fenced, and nobody twice (`validateManualPartitionAssignment`). */
function isValidTarget(controller: ControllerState, replicas: readonly number[]): boolean {
  return (
    replicas.length > 0 &&
    new Set(replicas).size === replicas.length &&
    replicas.every((replica) => controller.brokers.has(replica))
  );
}
