/** What an operator asks for to move replicas (AlterPartitionReassignments; KIP-455, KIP-860). */
import { errorName } from '../errors.js';
import { digestOf, Kind, RpcMessage } from './kinds.js';

/** Where one partition is to go. */
export interface ReassignablePartition {
  readonly partition: number;
  /** The target, in order of preference; null cancels the reassignment under way. */
  readonly replicas: readonly number[] | null;
}

export class AlterPartitionReassignmentsRequest extends RpcMessage {
  readonly kind = Kind.AlterPartitionReassignmentsRequest;
  readonly sizeBytes: number;
  constructor(
    readonly correlationId: number,
    readonly partitions: readonly ReassignablePartition[],
    /** Whether a target may have another number of replicas than the partition has (KIP-860). */
    readonly allowReplicationFactorChange: boolean,
  ) {
    super();
    this.sizeBytes = 60 + 40 * partitions.length;
  }
  digest(): number {
    const first = this.partitions[0];
    const replicas = first?.replicas ?? [];
    let mixed = replicas.length;
    for (const replica of replicas) mixed = digestOf(mixed, replica);
    return digestOf(this.partitions.length, first?.partition ?? -1, mixed);
  }
  describe(): string {
    const parts = this.partitions.map(({ partition, replicas }) =>
      replicas === null ? `${partition} cancel` : `${partition} to=[${replicas.join(' ')}]`,
    );
    return `AlterPartitionReassignments ${parts.join(', ')}`;
  }
}

export class AlterPartitionReassignmentsResponse extends RpcMessage {
  readonly kind = Kind.AlterPartitionReassignmentsResponse;
  readonly sizeBytes: number;
  constructor(
    readonly correlationId: number,
    /** NOT_CONTROLLER for the whole request, or NONE. */
    readonly error: number,
    readonly results: readonly { readonly partition: number; readonly error: number }[],
  ) {
    super();
    this.sizeBytes = 60 + 20 * results.length;
  }
  digest(): number {
    return digestOf(this.correlationId, this.error, this.results[0]?.error ?? -1);
  }
  describe(): string {
    const parts = this.results.map(({ partition, error }) => `${partition} ${errorName(error)}`);
    return `AlterPartitionReassignmentsResponse ${errorName(this.error)} ${parts.join(', ')}`;
  }
}
