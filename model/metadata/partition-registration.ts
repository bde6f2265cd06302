import { Immutable } from '../../sim/index.js';
import type { LeaderRecoveryState, PartitionChangeRecord, PartitionRecord } from './records.js';

/** No leader. */
export const NO_LEADER = -1;

const NOBODY: readonly number[] = [];

/**
 * A partition as the metadata log has it (org.apache.kafka.metadata.PartitionRegistration).
 * Immutable: each change makes a new one, with `partitionEpoch` one higher.
 */
export class PartitionRegistration extends Immutable {
  constructor(
    readonly partition: number,
    /** In order of preference. */
    readonly replicas: readonly number[],
    readonly isr: readonly number[],
    /** Eligible leader replicas (KIP-966). */
    readonly elr: readonly number[],
    readonly lastKnownElr: readonly number[],
    readonly leader: number,
    readonly leaderEpoch: number,
    readonly partitionEpoch: number,
    readonly leaderRecoveryState: LeaderRecoveryState,
    /** Replicas that a reassignment adds, and those that it will remove: all of them are in `replicas` (KIP-455). */
    readonly addingReplicas: readonly number[] = NOBODY,
    readonly removingReplicas: readonly number[] = NOBODY,
  ) {
    super();
  }

  /** A partition as its creation says: recovered, with an empty ELR. Source: PartitionRegistration(PartitionRecord). */
  static fromRecord(record: PartitionRecord): PartitionRegistration {
    const { partition, replicas, isr, leader, leaderEpoch, partitionEpoch } = record;
    return new PartitionRegistration(
      partition,
      replicas,
      isr,
      [],
      [],
      leader,
      leaderEpoch,
      partitionEpoch,
      'RECOVERED',
    );
  }

  /** The registration after a change (PartitionRegistration.merge). */
  merge(record: PartitionChangeRecord): PartitionRegistration {
    return new PartitionRegistration(
      this.partition,
      record.replicas ?? this.replicas,
      record.isr ?? this.isr,
      record.eligibleLeaderReplicas ?? this.elr,
      record.lastKnownElr ?? this.lastKnownElr,
      record.leader ?? this.leader,
      record.leader === null ? this.leaderEpoch : this.leaderEpoch + 1,
      this.partitionEpoch + 1,
      record.leaderRecoveryState ?? this.leaderRecoveryState,
      record.addingReplicas ?? this.addingReplicas,
      record.removingReplicas ?? this.removingReplicas,
    );
  }

  /** A reassignment has not reached its target yet (PartitionReassignmentReplicas.isReassignmentInProgress). */
  get isReassigning(): boolean {
    return this.addingReplicas.length > 0 || this.removingReplicas.length > 0;
  }
}

/**
 * Whether a change brought a reassignment to its end: all that were to be added are replicas, all replicas in sync. A
 * leader that the change elected was in sync then, though perhaps not before.
 */
export function isReassignmentCompletion(
  before: PartitionRegistration,
  after: PartitionRegistration,
): boolean {
  const { replicas, isr } = after;
  return (
    before.isReassigning &&
    !after.isReassigning &&
    before.addingReplicas.every((replica) => replicas.includes(replica)) &&
    replicas.every((replica) => isr.includes(replica))
  );
}
