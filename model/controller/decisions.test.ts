/**
 * Decision tables: what a controller in a given state decides. The state is built by replaying records, as a standby
 * does, and decisions are carried out by replaying what they return.
 */
import { describe, expect, it } from 'vitest';
import { RandomStream, type HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { errorName } from '../errors.js';
import type { PartitionRegistration } from '../metadata/partition-registration.js';
import type { LeaderRecoveryState, MetadataRecord } from '../metadata/records.js';
import { NO_OBSERVER } from '../observer.js';
import {
  AlterPartitionRequest,
  BrokerHeartbeatRequest,
  BrokerRegistrationRequest,
  CreateTopicsRequest,
  type AlterPartitionEntry,
  type AlterPartitionResponse,
  type CreateTopicsResponse,
  type IsrMember,
} from '../rpc/index.js';
import { decideAlterPartition } from './alter-partition.js';
import { decideHeartbeat, decideRegistration } from './broker-sessions.js';
import { createController, type ControllerState } from './controller-state.js';
import { planeDefinition, type PlaneOptions } from './control-plane-testbed.js';
import { decideCreateTopics } from './create-topics.js';
import type { Decision } from './decision.js';
import { electUncleanLeaders } from './elections.js';
import { fenceBroker } from './leader-and-isr.js';
import { replay } from './replay.js';
import { placeReplicas } from './striped-placer.js';

/** A change that leaves the assignment as it is. */
const SAME_REPLICAS = { replicas: null, addingReplicas: null, removingReplicas: null };

/** A controller without a clock: what it decides is replayed at once. */
class DecisionTable {
  readonly definition: ClusterDefinition;
  readonly controller: ControllerState;
  private readonly context: HostContext;
  private offset = 100;

  constructor(options: PlaneOptions, isr = [11, 12, 13]) {
    this.definition = planeDefinition(options);
    this.controller = createController(this.definition, 0);
    const stream = RandomStream.named('table', 'placement');
    const seen = { observer: NO_OBSERVER, virtualUs: 0, nowUs: () => 0, random: () => stream };
    this.context = seen as unknown as HostContext;
    for (const { id, rack } of this.definition.brokers) {
      this.replay([registration(id, id, rack)]);
    }
    if (this.definition.topics.length === 0) return;
    const partition = { partition: 0, replicas: [11, 12, 13], isr, leader: isr[0] ?? -1 };
    const epochs = { leaderEpoch: 5, partitionEpoch: 9 };
    this.replay([
      { type: 'Topic', topic: 0 },
      { type: 'Partition', ...partition, ...epochs },
    ]);
  }

  get partition(): PartitionRegistration {
    return this.controller.partitions[0]!;
  }

  replay(records: readonly MetadataRecord[]): void {
    for (const record of records) {
      this.controller.nextWriteOffset = this.offset + 1;
      replay(this.controller, record, this.offset++);
    }
  }

  carryOut(decision: Decision): Decision {
    this.replay(decision.records);
    return decision;
  }

  /** The session ends. */
  fence(id: number): void {
    const records: MetadataRecord[] = [];
    fenceBroker(this.definition, this.controller, this.controller.brokers.get(id)!, records);
    this.replay(records);
  }

  /** A new incarnation, clean if it knows the epoch of the old one. */
  restart(id: number, clean: boolean): void {
    const previousEpoch = clean ? this.epochOf(id) : -1;
    const request = new BrokerRegistrationRequest(0, id, this.offset, null, previousEpoch);
    this.carryOut(decideRegistration(this.definition, this.controller, request, this.context));
  }

  unfence(id: number): void {
    const request = new BrokerHeartbeatRequest(0, id, this.epochOf(id), this.offset, false, false);
    this.carryOut(decideHeartbeat(this.definition, this.controller, request, this.context.nowUs()));
  }

  epochOf(id: number): number {
    return this.controller.brokers.get(id)!.registration.epoch;
  }

  /** Members with their present epochs. */
  members(...ids: number[]): IsrMember[] {
    return ids.map((brokerId) => ({ brokerId, brokerEpoch: this.epochOf(brokerId) }));
  }

  alter(change: Partial<AlterPartitionEntry>, broker = 11, epoch = this.epochOf(broker)): string {
    const { leaderEpoch, partitionEpoch, leaderRecoveryState } = this.partition;
    const defaults = { partition: 0, leaderEpoch, partitionEpoch, leaderRecoveryState };
    const entry = { ...defaults, newIsr: this.members(11), ...change };
    const request = new AlterPartitionRequest(0, broker, epoch, [entry]);
    const decision = decideAlterPartition(this.definition, this.controller, request, this.context);
    this.carryOut(decision);
    const { error, results } = decision.response as AlterPartitionResponse;
    return errorName(error === 0 ? results[0]!.error : error);
  }

  create(...topics: number[]): string[] {
    const request = new CreateTopicsRequest(0, topics);
    const decision = decideCreateTopics(this.definition, this.controller, request, this.context);
    this.carryOut(decision);
    return (decision.response as CreateTopicsResponse).topicErrors.map(errorName);
  }

  electUnclean(): void {
    this.replay(electUncleanLeaders(this.definition, this.controller));
  }
}

function registration(
  id: number,
  epoch: number,
  rack: string | null,
  fenced = false,
): MetadataRecord {
  const flags = { fenced, inControlledShutdown: false };
  return {
    type: 'RegisterBroker',
    brokerId: id,
    incarnationId: id,
    brokerEpoch: epoch,
    rack,
    ...flags,
  };
}

const THREE = { partitions: 1, replicationFactor: 3, config: { 'min.insync.replicas': 2 } };

function table(switches: Record<string, string> = {}, isr?: number[]): DecisionTable {
  return new DecisionTable({ topics: [THREE], switches }, isr);
}

describe('AlterPartition: every check in Kafka’s order (validateAlterPartitionData)', () => {
  const wrongIsr = [{ brokerId: 99, brokerEpoch: 99 }];
  const recovering: LeaderRecoveryState = 'RECOVERING';
  // Each row breaks its own check and all later ones, so that the order is what is tested.
  const last = { newIsr: [...wrongIsr], leaderRecoveryState: recovering };
  const rows: [string, number, number, Partial<AlterPartitionEntry>][] = [
    ['STALE_BROKER_EPOCH', 12, 1, { leaderEpoch: 9, partitionEpoch: 3, ...last }],
    ['UNKNOWN_TOPIC_OR_PARTITION', 12, 12, { partition: 7, leaderEpoch: 9, ...last }],
    ['NOT_CONTROLLER', 12, 12, { leaderEpoch: 6, partitionEpoch: 3, ...last }],
    ['NOT_CONTROLLER', 12, 12, { leaderEpoch: 4, partitionEpoch: 10, ...last }],
    ['FENCED_LEADER_EPOCH', 12, 12, { leaderEpoch: 4, partitionEpoch: 3, ...last }],
    ['INVALID_REQUEST', 12, 12, { partitionEpoch: 3, newIsr: [] }],
    ['INVALID_UPDATE_VERSION', 11, 11, { partitionEpoch: 8, ...last }],
    ['INVALID_REQUEST', 11, 11, last],
  ];
  it.each(rows)('%s: broker %i with epoch %i', (error, broker, epoch, change) => {
    expect(table().alter(change, broker, epoch)).toBe(error);
  });

  it('the ISR is within the replicas, without repeats, and has the leader', () => {
    const t = table();
    expect(t.alter({ newIsr: t.members(11, 12, 12) })).toBe('INVALID_REQUEST');
    expect(t.alter({ newIsr: t.members(12, 13) })).toBe('INVALID_REQUEST');
    expect(t.alter({ newIsr: [] })).toBe('INVALID_REQUEST');
    expect(t.alter({ newIsr: t.members(11, 12) })).toBe('NONE');
    expect(t.partition).toMatchObject({
      isr: [11, 12],
      leader: 11,
      leaderEpoch: 5,
      partitionEpoch: 10,
    });
  });

  it('a leader that recovers stands alone, and nobody starts to recover by itself (KIP-704)', () => {
    const t = table();
    expect(t.alter({ leaderRecoveryState: recovering })).toBe('INVALID_REQUEST');
    expect(t.alter({ leaderRecoveryState: recovering, newIsr: t.members(11, 12) })).toBe(
      'INVALID_REQUEST',
    );
  });

  it('INELIGIBLE_REPLICA: fenced, shutting down, or another incarnation (KIP-841, KIP-903)', () => {
    const t = table({}, [11]);
    const { brokerEpoch } = t.members(12)[0]!;
    t.fence(12);
    expect(t.alter({ newIsr: t.members(11, 12) })).toBe('INELIGIBLE_REPLICA');
    t.restart(12, true);
    t.unfence(12);
    expect(t.alter({ newIsr: [...t.members(11), { brokerId: 12, brokerEpoch }] })).toBe(
      'INELIGIBLE_REPLICA',
    );
    expect(t.alter({ newIsr: [...t.members(11), { brokerId: 12, brokerEpoch: -1 }] })).toBe('NONE');

    const shutting = { fenced: null, inControlledShutdown: true };
    t.replay([{ type: 'BrokerRegistrationChange', brokerId: 13, brokerEpoch: 13, ...shutting }]);
    expect(t.alter({ newIsr: t.members(11, 12, 13) })).toBe('INELIGIBLE_REPLICA');
  });

  it('isrEligibility=off (B17) and isrBrokerEpoch=off (B08) let them in', () => {
    const fenced = table({ isrEligibility: 'off' }, [11]);
    fenced.fence(12);
    expect(fenced.alter({ newIsr: fenced.members(11, 12) })).toBe('NONE');

    const reborn = table({ isrBrokerEpoch: 'off' }, [11]);
    const stale = reborn.members(12);
    reborn.fence(12);
    reborn.restart(12, true);
    reborn.unfence(12);
    expect(reborn.alter({ newIsr: [...reborn.members(11), ...stale] })).toBe('NONE');
  });
});

describe('eligible leader replicas (KIP-966)', () => {
  it('{11,12,13} -> {11} -> {}: the ELR keeps who left below min.insync.replicas', () => {
    const t = table();
    t.fence(13);
    expect(t.partition).toMatchObject({ isr: [11, 12], elr: [], leader: 11 });
    t.fence(12);
    expect(t.partition).toMatchObject({ isr: [11], elr: [12], leader: 11 });
    t.fence(11);
    expect(t.partition).toMatchObject({ isr: [], elr: [11, 12], leader: -1, lastKnownElr: [11] });

    // 13 is alive but not eligible; 12 is, and is elected without loss.
    t.unfence(13);
    expect(t.partition).toMatchObject({ leader: -1 });
    t.unfence(12);
    expect(t.partition).toMatchObject({
      isr: [12],
      elr: [11],
      leader: 12,
      lastKnownElr: [],
      leaderRecoveryState: 'RECOVERED',
    });
    // Enough members again: the ELR is cleared.
    expect(t.alter({ newIsr: t.members(12, 13) }, 12)).toBe('NONE');
    expect(t.partition).toMatchObject({ isr: [12, 13], elr: [] });
  });

  it('an unclean return leaves the ELR; the last one’s return as last known leader is unclean (B09)', () => {
    const t = table();
    t.fence(13);
    t.fence(12);
    t.restart(12, false);
    expect(t.partition).toMatchObject({ isr: [11], elr: [], leader: 11 });
    t.fence(11);
    expect(t.partition).toMatchObject({ isr: [], elr: [11], leader: -1, lastKnownElr: [11] });
    t.unfence(12);
    expect(t.partition).toMatchObject({ leader: -1 });

    t.restart(11, false);
    expect(t.partition).toMatchObject({ isr: [], elr: [], leader: -1, lastKnownElr: [11] });
    t.unfence(13);
    expect(t.partition).toMatchObject({ leader: -1 });
    t.unfence(11);
    expect(t.partition).toMatchObject({
      isr: [11],
      elr: [],
      leader: 11,
      lastKnownElr: [],
      leaderRecoveryState: 'RECOVERING',
    });
  });

  it('a leader that registers uncleanly loses ISR and leadership before it is fenced', () => {
    const t = table();
    t.restart(11, false);
    expect(t.partition).toMatchObject({ isr: [12, 13], elr: [], leader: 12, leaderEpoch: 6 });
  });

  it('elr=off: the last member stays in the ISR without leading, and only it can lead again', () => {
    const t = table({ elr: 'off' });
    t.fence(13);
    t.fence(12);
    t.fence(11);
    expect(t.partition).toMatchObject({ isr: [11], elr: [], leader: -1, lastKnownElr: [] });
    t.unfence(12);
    t.unfence(13);
    expect(t.partition).toMatchObject({ isr: [11], leader: -1 });
    t.restart(11, false);
    t.unfence(11);
    expect(t.partition).toMatchObject({ isr: [11], leader: 11, leaderRecoveryState: 'RECOVERED' });
  });

  it('a partition of one replica goes back to it, clean or not', () => {
    for (const clean of [true, false]) {
      const t = new DecisionTable({ topics: [{ ...THREE, replicas: [[11]] }] }, []);
      t.replay([
        {
          type: 'Partition',
          partition: 0,
          replicas: [11],
          isr: [11],
          leader: 11,
          leaderEpoch: 0,
          partitionEpoch: 0,
        },
      ]);
      t.fence(11);
      t.restart(11, clean);
      t.unfence(11);
      expect(t.partition).toMatchObject({
        isr: [11],
        leader: 11,
        leaderRecoveryState: clean ? 'RECOVERED' : 'RECOVERING',
      });
    }
  });
});

describe('unclean election', () => {
  const unclean = {
    ...THREE,
    config: { 'unclean.leader.election.enable': true, 'min.insync.replicas': 1 },
  };

  it('in the event that loses the leader, on unfencing, and when the interval comes', () => {
    const t = new DecisionTable({ topics: [unclean] }, [11]);
    t.fence(11);
    // min.insync.replicas is 1, so the ELR has the former leader; nobody in it is alive, so it is 12.
    expect(t.partition).toMatchObject({
      isr: [12],
      elr: [],
      leader: 12,
      leaderRecoveryState: 'RECOVERING',
    });

    t.fence(13);
    t.fence(12);
    expect(t.partition).toMatchObject({ isr: [], elr: [12], leader: -1 });
    t.unfence(13);
    expect(t.partition).toMatchObject({ isr: [13], leader: 13 });
  });

  it('the periodic run elects where the topic allows it only', () => {
    const t = new DecisionTable({ topics: [THREE] }, [11]);
    t.fence(11);
    expect(t.partition.leader).toBe(-1);
    t.electUnclean();
    expect(t.partition.leader).toBe(-1);

    const allowed = new DecisionTable({ topics: [unclean] }, [11]);
    const noLeader = { isr: [], leader: -1, leaderRecoveryState: null, lastKnownElr: null };
    allowed.replay([
      {
        type: 'PartitionChange',
        partition: 0,
        ...noLeader,
        eligibleLeaderReplicas: [],
        ...SAME_REPLICAS,
      },
    ]);
    allowed.electUnclean();
    expect(allowed.partition).toMatchObject({
      isr: [11],
      leader: 11,
      leaderRecoveryState: 'RECOVERING',
    });
  });

  it('a recovered leader says so with its ISR', () => {
    const t = new DecisionTable({ topics: [unclean] }, [11]);
    t.fence(11);
    expect(t.alter({ newIsr: t.members(12, 13), leaderRecoveryState: 'RECOVERED' }, 12)).toBe(
      'NONE',
    );
    expect(t.partition).toMatchObject({ isr: [12, 13], leaderRecoveryState: 'RECOVERED' });
  });
});

describe('CreateTopics', () => {
  const topics = [
    { partitions: 2, replicationFactor: 3 },
    { partitions: 6, replicationFactor: 3 },
    { partitions: 1, replicationFactor: 4 },
    { partitions: 1, replicationFactor: 2, replicas: [[12, 99]] },
    {
      partitions: 2,
      replicationFactor: 2,
      replicas: [
        [12, 11],
        [13, 12],
      ],
    },
    { partitions: 1, replicationFactor: 1, replicas: [[13]] },
  ];
  const empty = (racks?: (string | null)[]): DecisionTable => {
    const t = new DecisionTable({ topics, ...(racks === undefined ? {} : { racks }) });
    t.controller.partitions.fill(null);
    t.controller.topics.fill(0);
    t.controller.imbalancedCount = 0;
    for (const broker of t.controller.brokers.values()) broker.hosted.length = 0;
    return t;
  };

  it('INVALID_REPLICATION_FACTOR with too few brokers, INVALID_REPLICA_ASSIGNMENT with unknown ones', () => {
    const t = empty();
    expect(t.create(2, 3)).toEqual(['INVALID_REPLICATION_FACTOR', 'INVALID_REPLICA_ASSIGNMENT']);
    expect(t.controller.partitions.every((partition) => partition === null)).toBe(true);
  });

  it('named replicas stay as named; ISR = the live ones, leader = the first of them', () => {
    const t = empty();
    t.fence(12);
    expect(t.create(4, 4, 5)).toEqual(['NONE', 'INVALID_REQUEST', 'NONE']);
    const { firstPartition } = t.definition.topics[4]!;
    expect(t.controller.partitions[firstPartition]).toMatchObject({
      replicas: [12, 11],
      isr: [11],
      leader: 11,
    });
    expect(t.controller.partitions[firstPartition + 1]).toMatchObject({ isr: [13], leader: 13 });
    expect(t.create(4)).toEqual(['TOPIC_ALREADY_EXISTS']);
    t.fence(13);
    t.fence(11);
  });

  it('all replicas fenced: no topic', () => {
    const t = empty();
    for (const id of [11, 12, 13]) t.fence(id);
    expect(t.create(0, 5)).toEqual(['INVALID_REPLICATION_FACTOR', 'INVALID_REPLICA_ASSIGNMENT']);
  });

  it('placed replicas count leaders evenly', () => {
    const t = empty();
    expect(t.create(1)).toEqual(['NONE']);
    const { firstPartition } = t.definition.topics[1]!;
    const leaders = Array.from(
      { length: 3 },
      (_, number) => t.controller.partitions[firstPartition + number]!.leader,
    );
    expect([...leaders].sort((a, b) => a - b)).toEqual([11, 12, 13]);
  });
});

describe('StripedReplicaPlacer', () => {
  const brokers = (racks: readonly (string | null)[], fenced: readonly number[] = []) =>
    racks.map((rack, index) => ({ id: index, rack, fenced: fenced.includes(index) }));
  const stream = (seed: number): RandomStream => RandomStream.named('placer', `${seed}`);

  it('replicas of a partition are distinct, in distinct racks while there are enough', () => {
    for (let seed = 0; seed < 200; seed++) {
      const racks = ['a', 'a', 'b', 'b', 'c', 'c'];
      const placed = placeReplicas(brokers(racks), 12, 3, stream(seed))!;
      expect(placed).toHaveLength(12);
      for (const replicas of placed) {
        expect(new Set(replicas).size).toBe(3);
        expect(new Set(replicas.map((id) => racks[id]))).toEqual(new Set(['a', 'b', 'c']));
      }
    }
  });

  it('as many partitions as brokers: each leads one, and each has as many replicas', () => {
    for (let seed = 0; seed < 100; seed++) {
      const placed = placeReplicas(brokers([null, null, null, null, null]), 5, 3, stream(seed))!;
      const leaders = placed.map(([leader]) => leader);
      expect(new Set(leaders).size).toBe(5);
      const counts = [0, 1, 2, 3, 4].map(
        (id) => placed.filter((replicas) => replicas.includes(id)).length,
      );
      expect(counts).toEqual([3, 3, 3, 3, 3]);
    }
  });

  it('fenced brokers never lead and come last; none unfenced or too few: no placement', () => {
    for (let seed = 0; seed < 50; seed++) {
      for (const replicas of placeReplicas(brokers([null, null, null], [1]), 8, 3, stream(seed))!) {
        expect(replicas[0]).not.toBe(1);
        expect(replicas[2]).toBe(1);
      }
    }
    expect(placeReplicas(brokers([null, null], [0, 1]), 1, 1, stream(1))).toBeNull();
    expect(placeReplicas(brokers([null, null]), 1, 3, stream(1))).toBeNull();
  });

  it('where the round begins is drawn', () => {
    const first = (seed: number): number =>
      placeReplicas(brokers([null, null, null]), 1, 1, stream(seed))![0]![0]!;
    const seen = new Set(Array.from({ length: 40 }, (_, seed) => first(seed)));
    expect(seen).toEqual(new Set([0, 1, 2]));
  });
});

describe('replay', () => {
  it('refuses a change of what does not exist: another broker epoch, a partition that was never made', () => {
    const definition = planeDefinition({});
    const controller = createController(definition, 0);
    const fence = { fenced: true, inControlledShutdown: null };
    const change = { type: 'BrokerRegistrationChange', brokerId: 11, ...fence } as const;
    const leaderless: MetadataRecord = {
      type: 'PartitionChange',
      partition: 0,
      isr: null,
      leader: -1,
      leaderRecoveryState: null,
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
      ...SAME_REPLICAS,
    };

    expect(replay(controller, { ...change, brokerEpoch: 11 }, 0)).toBe(false);
    expect(replay(controller, registration(11, 11, null), 1)).toBe(true);
    expect(replay(controller, { ...change, brokerEpoch: 10 }, 2)).toBe(false);
    expect(replay(controller, { ...change, brokerEpoch: 11 }, 3)).toBe(true);
    expect(replay(controller, leaderless, 4)).toBe(false);
    expect(controller.partitions[0] ?? null).toBeNull();
    expect(controller.undo).toEqual([]);
  });
});
