/** The controller, played by a test: registrations, brokers, and decisions on ISR changes by the protocol's rules. */
import { Immutable } from '../../../sim/index.js';
import { ErrorCode } from '../../errors.js';
import type { BrokersView } from '../../metadata/brokers-view.js';
import type { PartitionRegistration } from '../../metadata/partition-registration.js';
import type { AlterPartitionEntry, AlterPartitionResult } from '../../rpc/index.js';

/** Brokers as the test wants every broker to see them. */
class BrokerTable extends Immutable implements BrokersView {
  readonly epochs: number[] = [];
  readonly fenced = new Set<number>();
  readonly shuttingDown = new Set<number>();
  constructor(private readonly registrations: readonly PartitionRegistration[]) {
    super();
  }
  epochOf(id: number): number {
    return this.fenced.has(id) ? -1 : (this.epochs[id] ?? -1);
  }
  isFenced(id: number): boolean {
    return this.fenced.has(id);
  }
  isShuttingDown(id: number): boolean {
    return this.shuttingDown.has(id);
  }
  registrationOf(partition: number): PartitionRegistration | null {
    return this.registrations[partition] ?? null;
  }
}

/** The controller, played by the test. */
export class Controller {
  readonly registrations: PartitionRegistration[] = [];
  readonly brokers = new BrokerTable(this.registrations);
  /** ISR changes wait here while `holdsIsrChanges`; else they are decided at once. */
  readonly held: { broker: number; entry: AlterPartitionEntry }[] = [];
  holdsIsrChanges = false;
  /** Brokers that hear no metadata. */
  readonly deaf = new Set<number>();

  /** Decides on an ISR change (ReplicationControlManager.validateAlterPartitionData). */
  decide(broker: number, entry: AlterPartitionEntry): AlterPartitionResult {
    const now = this.registrations[entry.partition]!;
    const error = this.errorOf(now, broker, entry);
    if (error === ErrorCode.NONE) {
      const isr = entry.newIsr.map((member) => member.brokerId);
      this.replace(now, { isr });
    }
    const after = this.registrations[entry.partition]!;
    return {
      partition: entry.partition,
      error,
      leaderId: after.leader,
      leaderEpoch: after.leaderEpoch,
      isr: after.isr,
      partitionEpoch: after.partitionEpoch,
      leaderRecoveryState: 'RECOVERED',
    };
  }

  /** The ISR that a leader writes to ZooKeeper; returns the new version of the znode, or null where it has another one. */
  compareAndSet(entry: AlterPartitionEntry): number | null {
    const now = this.registrations[entry.partition]!;
    if (entry.partitionEpoch !== now.partitionEpoch) return null;
    return this.replace(now, { isr: entry.newIsr.map(({ brokerId }) => brokerId) }).partitionEpoch;
  }

  /** Changes a registration; a leader given raises the leader epoch. */
  replace(
    now: PartitionRegistration,
    change: {
      isr?: readonly number[];
      leader?: number;
      replicas?: readonly number[];
      addingReplicas?: readonly number[];
      removingReplicas?: readonly number[];
    },
  ): PartitionRegistration {
    const next = now.merge({
      type: 'PartitionChange',
      partition: now.partition,
      isr: change.isr ?? null,
      leader: change.leader ?? null,
      leaderRecoveryState: null,
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
      replicas: change.replicas ?? null,
      addingReplicas: change.addingReplicas ?? null,
      removingReplicas: change.removingReplicas ?? null,
    });
    this.registrations[now.partition] = next;
    return next;
  }

  private errorOf(now: PartitionRegistration, broker: number, entry: AlterPartitionEntry): number {
    if (entry.leaderEpoch < now.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
    if (broker !== now.leader) return ErrorCode.INVALID_REQUEST;
    if (entry.partitionEpoch < now.partitionEpoch) return ErrorCode.INVALID_UPDATE_VERSION;
    for (const { brokerId, brokerEpoch } of entry.newIsr) {
      if (this.brokers.isFenced(brokerId)) return ErrorCode.INELIGIBLE_REPLICA;
      if (brokerEpoch !== -1 && brokerEpoch !== this.brokers.epochs[brokerId]) {
        return ErrorCode.INELIGIBLE_REPLICA;
      }
    }
    return ErrorCode.NONE;
  }
}

