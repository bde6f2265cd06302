/** Reassignments and elections by hand, as a controller decides them: records in, partitions out. */
import { describe, expect, it } from 'vitest';
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { errorName } from '../errors.js';
import {
  isReassignmentCompletion,
  type PartitionRegistration,
} from '../metadata/partition-registration.js';
import type { MetadataRecord } from '../metadata/records.js';
import { NO_OBSERVER } from '../observer.js';
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionRequest,
  ElectLeadersRequest,
  type AlterPartitionReassignmentsResponse,
  type AlterPartitionResponse,
  type ElectLeadersResponse,
  type ManualElection,
} from '../rpc/index.js';
import { decideAlterPartition } from './alter-partition.js';
import { createController, type ControllerState } from './controller-state.js';
import { planeDefinition } from './control-plane-testbed.js';
import type { Decision } from './decision.js';
import { decideElectLeaders } from './elections.js';
import { fenceBroker } from './leader-and-isr.js';
import { decideReassignments } from './reassignments.js';
import { replay, revertUncommitted } from './replay.js';

const CONTEXT = { observer: NO_OBSERVER, virtualUs: 0 } as unknown as HostContext;

interface Setting {
  readonly replicas?: readonly number[];
  readonly isr?: readonly number[];
  readonly leader?: number;
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  readonly switches?: Readonly<Record<string, string>>;
}

/** One partition on some of the brokers 11 to 16, all of them registered. */
class Table {
  readonly definition: ClusterDefinition;
  readonly controller: ControllerState;
  private offset = 0;

  constructor(setting: Setting = {}) {
    const { replicas = [11, 12, 13], switches = {} } = setting;
    const { isr = replicas, leader = isr[0] ?? -1 } = setting;
    const config = { 'min.insync.replicas': 2, ...setting.config };
    const topics = [{ partitions: 1, replicationFactor: 3, config }];
    const racks = [null, null, null, null, null, null];
    this.definition = planeDefinition({ topics, racks, switches });
    this.controller = createController(this.definition, 0);
    for (const { id } of this.definition.brokers) this.replay([registered(id)]);
    this.replay([
      { type: 'Topic', topic: 0 },
      {
        type: 'Partition',
        partition: 0,
        replicas,
        isr,
        leader,
        leaderEpoch: 5,
        partitionEpoch: 9,
      },
    ]);
  }

  get partition(): PartitionRegistration {
    return this.controller.partitions[0]!;
  }

  /** What moves: replicas, those added, those removed, ISR, leader and leader epoch. */
  get state(): unknown {
    const { replicas, addingReplicas, removingReplicas, isr, leader, leaderEpoch } = this.partition;
    return [replicas, addingReplicas, removingReplicas, isr, leader, leaderEpoch];
  }

  /** Brokers that count the partition among theirs. */
  get hosts(): number[] {
    return [...this.controller.brokers.values()]
      .filter(({ hosted }) => hosted.includes(0))
      .map(({ registration }) => registration.id)
      .sort((a, b) => a - b);
  }

  replay(records: readonly MetadataRecord[]): void {
    for (const record of records) expect(replay(this.controller, record, this.offset++)).toBe(true);
  }

  /** Null cancels. */
  reassign(replicas: readonly number[] | null, allowsFactor = true, partition = 0): string {
    const targets = [{ partition, replicas }];
    const request = new AlterPartitionReassignmentsRequest(0, targets, allowsFactor);
    const decision = decideReassignments(this.definition, this.controller, request);
    const { results } = decision.response as AlterPartitionReassignmentsResponse;
    this.replay(decision.records);
    return errorName(results[0]!.error);
  }

  /** The leader asks for an ISR. */
  alter(...isr: number[]): string {
    const { leader, leaderEpoch, partitionEpoch, leaderRecoveryState } = this.partition;
    const newIsr = isr.map((brokerId) => ({ brokerId, brokerEpoch: brokerId }));
    const entry = { partition: 0, leaderEpoch, partitionEpoch, leaderRecoveryState, newIsr };
    const request = new AlterPartitionRequest(0, leader, leader, [entry]);
    const decision: Decision = decideAlterPartition(
      this.definition,
      this.controller,
      request,
      CONTEXT,
    );
    this.replay(decision.records);
    return errorName((decision.response as AlterPartitionResponse).results[0]!.error);
  }

  elect(type: ManualElection): string {
    const request = new ElectLeadersRequest(0, [0], type);
    const decision = decideElectLeaders(this.definition, this.controller, request);
    this.replay(decision.records);
    return errorName((decision.response as ElectLeadersResponse).results[0]!.error);
  }

  fence(...ids: number[]): this {
    for (const id of ids) {
      const records: MetadataRecord[] = [];
      fenceBroker(this.definition, this.controller, this.controller.brokers.get(id)!, records);
      this.replay(records);
    }
    return this;
  }
}

function registered(brokerId: number): MetadataRecord {
  return {
    type: 'RegisterBroker',
    brokerId,
    incarnationId: brokerId,
    brokerEpoch: brokerId,
    rack: null,
    fenced: false,
    inControlledShutdown: false,
  };
}

describe('a reassignment', () => {
  it('adds first, removes when the ISR has all of the target, and moves the leader off a removed replica', () => {
    const t = new Table();
    expect(t.reassign([14, 12, 13])).toBe('NONE');
    expect(t.state).toEqual([[14, 12, 13, 11], [14], [11], [11, 12, 13], 11, 5]);
    expect(t.hosts).toEqual([11, 12, 13, 14]);

    const before = t.partition;
    expect(t.alter(11, 12, 13, 14)).toBe('NEW_LEADER_ELECTED');
    expect(t.state).toEqual([[14, 12, 13], [], [], [12, 13, 14], 14, 6]);
    expect(t.hosts).toEqual([12, 13, 14]);
    expect(isReassignmentCompletion(before, t.partition)).toBe(true);
  });

  it('is not complete while a replica that stays is out of the ISR (before 3.8: it is, KAFKA-15665)', () => {
    const t = new Table({ isr: [11, 12] });
    t.reassign([14, 12, 13]);
    expect(t.alter(11, 12, 14)).toBe('NONE');
    expect(t.state).toEqual([[14, 12, 13, 11], [14], [11], [11, 12, 14], 11, 5]);

    const older = new Table({ isr: [11, 12], switches: { reassignmentCompletion: 'addedInSync' } });
    older.reassign([14, 12, 13]);
    expect(older.alter(11, 12, 14)).toBe('NEW_LEADER_ELECTED');
    expect(older.state).toEqual([[14, 12, 13], [], [], [12, 14], 14, 6]);
  });

  it('keeps a leader that stays, in a new epoch as soon as a replica goes', () => {
    const t = new Table();
    t.reassign([11, 12, 14]);
    expect(t.partition.leaderEpoch).toBe(5);
    expect(t.alter(11, 12, 13, 14)).toBe('NONE');
    expect(t.state).toEqual([[11, 12, 14], [], [], [11, 12, 14], 11, 6]);
  });

  it('is done at once where nothing is to be copied: another order, fewer replicas', () => {
    const t = new Table();
    expect(t.reassign([13, 11, 12])).toBe('NONE');
    expect(t.state).toEqual([[13, 11, 12], [], [], [11, 12, 13], 11, 5]);
    expect(t.controller.imbalancedCount).toBe(1);

    expect(t.reassign([13, 12])).toBe('NONE');
    expect(t.state).toEqual([[13, 12], [], [], [12, 13], 13, 6]);
    expect(t.controller.imbalancedCount).toBe(0);
  });

  it('waits where the replicas that stay are not all in sync, and any change that brings them completes it', () => {
    const t = new Table({ isr: [11, 12] });
    t.reassign([12, 13]);
    expect(t.state).toEqual([[12, 13, 11], [], [11], [11, 12], 11, 5]);
    expect(t.alter(11, 12, 13)).toBe('NEW_LEADER_ELECTED');
    expect(t.state).toEqual([[12, 13], [], [], [12, 13], 12, 6]);
  });

  it('may be given another target under way, and the old one back', () => {
    const t = new Table();
    t.reassign([14, 12, 13]);
    expect(t.reassign([15, 12, 13])).toBe('NONE');
    expect(t.state).toEqual([[15, 12, 13, 11, 14], [15], [11, 14], [11, 12, 13], 11, 5]);
    expect(t.reassign([11, 12, 13])).toBe('NONE');
    expect(t.state).toEqual([[11, 12, 13], [], [], [11, 12, 13], 11, 6]);
    expect(t.hosts).toEqual([11, 12, 13]);
    const { partitionEpoch } = t.partition;
    expect(t.reassign([11, 12, 13])).toBe('NONE');
    expect(t.partition.partitionEpoch).toBe(partitionEpoch);
  });

  it('goes on while brokers come and go', () => {
    const t = new Table();
    t.reassign([14, 12, 13]);
    t.fence(12);
    expect(t.state).toEqual([[14, 12, 13, 11], [14], [11], [11, 13], 11, 5]);
    t.alter(11, 13, 14);
    expect(t.partition.isReassigning).toBe(true);
    t.fence(11);
    expect(t.state).toEqual([[14, 12, 13, 11], [14], [11], [13, 14], 14, 6]);
  });

  it('is refused to brokers that are not registered, to one twice, to nobody, and for what does not exist', () => {
    const t = new Table();
    expect(t.reassign([11, 12, 99])).toBe('INVALID_REPLICA_ASSIGNMENT');
    expect(t.reassign([11, 12, 12])).toBe('INVALID_REPLICA_ASSIGNMENT');
    expect(t.reassign([])).toBe('INVALID_REPLICA_ASSIGNMENT');
    expect(t.reassign([11], true, 3)).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(t.reassign([11, 12], false)).toBe('INVALID_REPLICATION_FACTOR');
    expect(t.partition.partitionEpoch).toBe(9);
    expect(t.fence(14).reassign([14, 12, 13], false)).toBe('NONE');
    // What counts is how many there will be, not how many there are meanwhile (KIP-860).
    expect(t.reassign([15, 12, 13], false)).toBe('NONE');
  });
});

describe('cancelling', () => {
  it('goes back to the replicas from before', () => {
    const t = new Table();
    t.reassign([14, 15, 13]);
    t.alter(11, 12, 13, 14);
    expect(t.reassign(null)).toBe('NONE');
    expect([...t.partition.replicas].sort((a, b) => a - b)).toEqual([11, 12, 13]);
    expect(t.partition).toMatchObject({ isr: [11, 12, 13], leader: 11, leaderEpoch: 6 });
    expect(t.partition.isReassigning).toBe(false);
    expect(t.reassign(null)).toBe('NO_REASSIGNMENT_IN_PROGRESS');
  });

  it('is refused where only added replicas are in sync, unless unclean elections are on', () => {
    const stuck = (unclean: boolean): Table => {
      const config = { 'unclean.leader.election.enable': unclean, 'min.insync.replicas': 1 };
      const t = new Table({ config });
      t.reassign([14, 15, 16]);
      t.alter(11, 14);
      return t.fence(11);
    };
    const safe = stuck(false);
    expect(safe.partition.isr).toEqual([14]);
    expect(safe.reassign(null)).toBe('INVALID_REPLICA_ASSIGNMENT');

    const unclean = stuck(true);
    const before = unclean.partition;
    expect(unclean.reassign(null)).toBe('NONE');
    expect(unclean.partition).toMatchObject({ replicas: [11, 12, 13] });
    expect(isReassignmentCompletion(before, unclean.partition)).toBe(false);
  });
});

describe('what was not committed', () => {
  it('is taken back with the lists of who hosts what', () => {
    const t = new Table();
    t.controller.claimEpoch = 1;
    t.reassign([14, 15, 16]);
    t.alter(11, 12, 13, 14, 15, 16);
    expect(t.hosts).toEqual([14, 15, 16]);
    expect(revertUncommitted(t.controller)).toBe(true);
    expect(t.state).toEqual([[11, 12, 13], [], [], [11, 12, 13], 11, 5]);
    expect(t.hosts).toEqual([11, 12, 13]);
  });
});

describe('an unclean election by hand', () => {
  it('takes a live replica from outside the ISR also where the topic does not allow it', () => {
    const t = new Table({ isr: [11] }).fence(11);
    expect(t.partition).toMatchObject({ leader: -1, isr: [], elr: [11] });
    expect(t.elect('preferred')).toBe('PREFERRED_LEADER_NOT_AVAILABLE');
    expect(t.elect('unclean')).toBe('NONE');
    expect(t.partition).toMatchObject({
      leader: 12,
      isr: [12],
      elr: [],
      leaderRecoveryState: 'RECOVERING',
    });
  });

  it('is not needed where there is a leader, and impossible where nobody lives', () => {
    expect(new Table().elect('unclean')).toBe('ELECTION_NOT_NEEDED');
    const t = new Table().fence(11, 12, 13);
    expect(t.elect('unclean')).toBe('ELIGIBLE_LEADERS_NOT_AVAILABLE');
    expect(t.partition.leader).toBe(-1);
  });
});
