import { describe, expect, it, vi } from 'vitest';
import { ErrorCode } from '../errors.js';
import type { UpdateMetadataRequest } from '../rpc/index.js';
import {
  AlterPartitionRequest,
  ControlledShutdownRequest,
  CreateTopicsRequest,
  ElectLeadersRequest,
  LeaderAndIsrRequest,
  StopReplicaRequest,
  type AlterPartitionResponse,
  type ControlledShutdownResponse,
  type CreateTopicsResponse,
  type ElectLeadersResponse,
} from '../rpc/index.js';
import {
  IsrChangeZnode,
  isrChangePath,
  partitionStatePath,
  PartitionStateZnode,
  PREFERRED_REPLICA_ELECTION_PATH,
  PreferredReplicaElectionZnode,
} from '../zookeeper/znodes.js';
import { ZkCluster, type ZkClusterOptions } from './testdata/zk-cluster.js';

vi.mock('../zookeeper/client.js', () => import('./testdata/scripted-zookeeper.js'));

const { NONE } = ErrorCode;

/** Broker 1 is the controller; partition 0 is led by 1 and followed by 2 and 3. */
function clusterOf(options: ZkClusterOptions = {}): ZkCluster {
  const topics = options.topics ?? [{ replicas: [[1, 2, 3]] }];
  const cluster = new ZkCluster({ ...options, topics }).start(1, 2, 3);
  for (let topic = 0; topic < topics.length; topic++) cluster.createTopic(topic);
  cluster.run(0.5);
  for (const id of [1, 2, 3]) cluster.takeRequests(id);
  return cluster;
}

function alter(
  cluster: ZkCluster,
  isr: readonly number[],
  change: { leaderEpoch?: number; partitionEpoch?: number; brokerEpoch?: number } = {},
): AlterPartitionResponse {
  const epoch = cluster.zookeeper.nodes.get('/brokers/ids/1')!.czxid;
  const request = new AlterPartitionRequest(
    cluster.correlationId(),
    1,
    change.brokerEpoch ?? epoch,
    [
      {
        partition: 0,
        leaderEpoch: change.leaderEpoch ?? 0,
        partitionEpoch: change.partitionEpoch ?? 0,
        newIsr: isr.map((brokerId) => ({ brokerId, brokerEpoch: -1 })),
        leaderRecoveryState: 'RECOVERED',
      },
    ],
  );
  return cluster.ask(1, request) as AlterPartitionResponse;
}

describe('AlterPartition', () => {
  it('writes the ISR under the same leader epoch, and tells all brokers as metadata only', () => {
    const cluster = clusterOf();
    const { error, results } = alter(cluster, [1, 2]);
    expect(error).toBe(NONE);
    expect(results).toEqual([
      {
        partition: 0,
        error: NONE,
        leaderId: 1,
        leaderEpoch: 0,
        isr: [1, 2],
        partitionEpoch: 1,
        leaderRecoveryState: 'RECOVERED',
      },
    ]);
    expect(cluster.describe(0)).toBe('1/0 [1 2]');
    cluster.run(0.1);
    const [metadata, ...others] = cluster.takeRequests(3);
    expect(others).toEqual([]);
    expect((metadata as UpdateMetadataRequest).states).toMatchObject([
      { isr: [1, 2], zkVersion: 1 },
    ]);
  });

  it('says yes again to what is there already, at an older partition epoch', () => {
    const cluster = clusterOf();
    alter(cluster, [1, 2]);
    expect(alter(cluster, [1, 2]).results).toMatchObject([{ error: NONE, partitionEpoch: 1 }]);
  });

  it.each([
    ['an older partition epoch', { partitionEpoch: 0 }, ErrorCode.INVALID_UPDATE_VERSION],
    ['a later partition epoch', { partitionEpoch: 9 }, ErrorCode.NOT_CONTROLLER],
    ['a later leader epoch', { leaderEpoch: 9, partitionEpoch: 1 }, ErrorCode.NOT_CONTROLLER],
    [
      'an older leader epoch',
      { leaderEpoch: -1, partitionEpoch: 1 },
      ErrorCode.FENCED_LEADER_EPOCH,
    ],
  ])('is refused with %s', (_, change, expected) => {
    const cluster = clusterOf();
    alter(cluster, [1, 2]);
    expect(alter(cluster, [1], change).results).toMatchObject([{ error: expected }]);
    expect(cluster.describe(0)).toBe('1/0 [1 2]');
  });

  it('is refused with another broker epoch', () => {
    const cluster = clusterOf();
    expect(alter(cluster, [1], { brokerEpoch: 1 }).error).toBe(ErrorCode.STALE_BROKER_EPOCH);
  });

  it('is refused where the state was written by somebody else meanwhile', () => {
    const cluster = clusterOf();
    const path = partitionStatePath(cluster.definition, 0);
    const data = new PartitionStateZnode(0, 1, 0, [1, 3], 1);
    cluster.zookeeper.apply(0, { type: 'setData', path, data, version: -1 });
    expect(alter(cluster, [1, 2]).results).toMatchObject([
      { error: ErrorCode.INVALID_UPDATE_VERSION },
    ]);
  });

  it.each([
    ['3.5', ErrorCode.INELIGIBLE_REPLICA],
    ['2.8', NONE],
  ] as const)('with a dead broker in it is refused by KIP-841: Kafka %s', (kafka, expected) => {
    const cluster = clusterOf({ kafka });
    cluster.kill(3);
    cluster.run(0.5);
    const answer = alter(cluster, [1, 2, 3], { leaderEpoch: 1, partitionEpoch: 1 });
    expect(answer.results).toMatchObject([{ error: expected }]);
  });

  it('is refused by a broker that is not the controller', () => {
    const cluster = clusterOf();
    const request = new AlterPartitionRequest(cluster.correlationId(), 1, 0, []);
    const response = cluster.ask(2, request) as AlterPartitionResponse;
    expect(response.error).toBe(ErrorCode.NOT_CONTROLLER);
  });
});

describe('a notification of a changed ISR', () => {
  it('is read, told to all brokers, and deleted; the controller’s next change builds on it', () => {
    const cluster = clusterOf({ kafka: '2.6' });
    const path = partitionStatePath(cluster.definition, 0);
    const data = new PartitionStateZnode(0, 1, 0, [1, 2], 1);
    cluster.zookeeper.apply(0, { type: 'setData', path, data, version: 0 });
    const notification = isrChangePath(1, 0);
    const write = { path: notification, data: new IsrChangeZnode([0]), ephemeral: false };
    cluster.zookeeper.apply(0, { type: 'create', ...write });
    cluster.run(0.1);
    const [metadata] = cluster.takeRequests(3);
    expect((metadata as UpdateMetadataRequest).states).toMatchObject([
      { isr: [1, 2], zkVersion: 1 },
    ]);
    expect(cluster.zookeeper.nodes.has(notification)).toBe(false);
  });
});

describe('an election whose state a leader changes between read and write', () => {
  it('is held again on what is there now', () => {
    const cluster = clusterOf({ topics: [{ replicas: [[2, 1, 3]] }] });
    const path = partitionStatePath(cluster.definition, 0);
    let interfered = 0;
    cluster.zookeeper.beforeOperation = (_, operation) => {
      if (operation.type !== 'multi' || operation.writes[1]?.path !== path || interfered++ > 0)
        return;
      const data = new PartitionStateZnode(0, 2, 0, [2, 3], 1);
      cluster.zookeeper.apply(0, { type: 'setData', path, data, version: -1 });
    };
    cluster.kill(2);
    cluster.run(1);
    expect(interfered).toBeGreaterThan(1);
    expect(cluster.describe(0)).toBe('3/1 [3]');
  });
});

describe('ControlledShutdown', () => {
  const topics = [
    {
      replicas: [
        [3, 2],
        [2, 3],
      ],
    },
    { replicas: [[3]] },
  ];

  function shutDown(cluster: ZkCluster, brokerEpoch: number): ControlledShutdownResponse {
    const request = new ControlledShutdownRequest(cluster.correlationId(), 3, brokerEpoch);
    return cluster.ask(1, request) as ControlledShutdownResponse;
  }

  it.each(['0.11', '2.8'] as const)('moves leaders away and stops followers: Kafka %s', (kafka) => {
    const cluster = clusterOf({ kafka, topics });
    expect(shutDown(cluster, -1)).toMatchObject({ error: NONE, remaining: [] });
    expect([0, 1, 2].map((partition) => cluster.describe(partition))).toEqual([
      '2/1 [2]',
      '2/1 [2]',
      // Nobody else has it, and it is not counted.
      '3/0 [3]',
    ]);
    cluster.run(0.1);
    const stopped = cluster.takeRequests(3).filter((one) => one instanceof StopReplicaRequest);
    expect(
      new Set(stopped.flatMap((one) => one.partitions.map(({ partition }) => partition))),
    ).toEqual(new Set([1]));
  });

  it('leaves what nobody else in the ISR can lead', () => {
    const cluster = clusterOf({ topics });
    cluster.kill(2);
    cluster.run(0.5);
    expect(shutDown(cluster, -1).remaining).toEqual([0, 1]);
    expect(cluster.describe(0)).toBe('3/1 [3]');
  });

  it('is refused for an older incarnation of the broker', () => {
    const cluster = clusterOf({ topics });
    expect(shutDown(cluster, 1).error).toBe(ErrorCode.STALE_BROKER_EPOCH);
    expect(cluster.describe(0)).toBe('3/0 [3 2]');
  });
});

describe('CreateTopics', () => {
  function createTopics(cluster: ZkCluster, ...topics: readonly number[]): readonly number[] {
    const request = new CreateTopicsRequest(cluster.correlationId(), topics);
    return (cluster.ask(1, request) as CreateTopicsResponse).topicErrors;
  }

  it('is answered when the partitions have leaders', () => {
    const topics = [{ partitions: 4, replicationFactor: 2 }];
    const cluster = new ZkCluster({ topics }).start(1, 2, 3);
    expect(createTopics(cluster, 0)).toEqual([NONE]);
    for (const partition of [0, 1, 2, 3]) {
      const { leader, isr } = cluster.state(partition);
      expect(isr).toHaveLength(2);
      expect(leader).toBe(isr[0]);
    }
  });

  it('refuses what is there, what cannot be placed, and what is named twice', () => {
    const topics = [
      { partitions: 1, replicationFactor: 2 },
      { partitions: 1, replicationFactor: 4 },
      { replicas: [[9]] },
    ];
    const cluster = new ZkCluster({ topics }).start(1, 2, 3);
    expect(createTopics(cluster, 0, 0, 1, 2, 7)).toEqual([
      NONE,
      ErrorCode.INVALID_REQUEST,
      ErrorCode.INVALID_REPLICATION_FACTOR,
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    ]);
    expect(createTopics(cluster, 0)).toEqual([ErrorCode.TOPIC_ALREADY_EXISTS]);
  });

  it('is answered with a timeout where the controller resigns meanwhile', () => {
    const cluster = new ZkCluster({ topics: [{ replicas: [[1]] }] }).start(1, 2);
    cluster.stalled.add(cluster.broker(1).zk.sessionId);
    const request = new CreateTopicsRequest(cluster.correlationId(), [0]);
    cluster.send(1, request);
    cluster.run(0.1);
    cluster.endSession(cluster.broker(1).zk.sessionId);
    cluster.renewSession(1);
    expect((cluster.ask(1, request) as CreateTopicsResponse).topicErrors).toEqual([
      ErrorCode.REQUEST_TIMED_OUT,
    ]);
  });
});

describe('elections of preferred leaders', () => {
  /** Broker 3 was away, and 2 leads what it should. */
  function unbalanced(config: Readonly<Record<string, boolean>>): ZkCluster {
    const topics = [
      {
        replicas: [
          [3, 2],
          [2, 3],
        ],
      },
    ];
    const cluster = clusterOf({ topics, config });
    cluster.kill(3);
    cluster.run(0.5);
    cluster.start(3);
    bringBack(cluster);
    return cluster;
  }

  /** Broker 2 takes 3 into the ISRs, leading both partitions. */
  function bringBack(cluster: ZkCluster): void {
    for (const partition of [0, 1]) {
      const path = partitionStatePath(cluster.definition, partition);
      const data = new PartitionStateZnode(partition, 2, 1, [2, 3], 1);
      cluster.zookeeper.apply(0, { type: 'setData', path, data, version: -1 });
    }
    const path = isrChangePath(2, 0);
    const data = new IsrChangeZnode([0, 1]);
    cluster.zookeeper.apply(0, { type: 'create', path, data, ephemeral: false });
    cluster.run(0.1);
  }

  it('are held when asked for', () => {
    const cluster = unbalanced({ 'auto.leader.rebalance.enable': false });
    const request = new ElectLeadersRequest(cluster.correlationId(), null);
    const { results } = cluster.ask(1, request) as ElectLeadersResponse;
    expect(results).toEqual([
      { partition: 0, error: NONE },
      { partition: 1, error: ErrorCode.ELECTION_NOT_NEEDED },
    ]);
    expect(cluster.describe(0)).toBe('3/2 [2 3]');
  });

  it('fail where the preferred leader cannot lead', () => {
    const cluster = unbalanced({ 'auto.leader.rebalance.enable': false });
    cluster.kill(3);
    cluster.run(0.5);
    const request = new ElectLeadersRequest(cluster.correlationId(), [0]);
    const { results } = cluster.ask(1, request) as ElectLeadersResponse;
    expect(results).toEqual([{ partition: 0, error: ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE }]);
  });

  it('are held when a tool writes them into ZooKeeper', () => {
    const cluster = unbalanced({ 'auto.leader.rebalance.enable': false });
    const path = PREFERRED_REPLICA_ELECTION_PATH;
    const data = new PreferredReplicaElectionZnode([0]);
    cluster.zookeeper.apply(0, { type: 'create', path, data, ephemeral: false });
    cluster.run(0.1);
    expect(cluster.describe(0)).toBe('3/2 [2 3]');
    expect(cluster.zookeeper.nodes.has(path)).toBe(false);
  });

  it('are held by themselves every so often', () => {
    const cluster = unbalanced({});
    // Five seconds after the fail-over,
    cluster.run(2);
    expect(cluster.describe(0)).toBe('2/1 [2 3]');
    cluster.run(2);
    expect(cluster.describe(0)).toBe('3/2 [2 3]');
    // and every leader.imbalance.check.interval.seconds from then on.
    bringBack(cluster);
    cluster.run(297);
    expect(cluster.describe(0)).toBe('2/1 [2 3]');
    cluster.run(5);
    expect(cluster.describe(0)).toBe('3/2 [2 3]');
  });
});

describe('a broker that reports a failed disk', () => {
  it('leads no more, and leaves the ISR', () => {
    const cluster = clusterOf();
    cluster.broker(1).partitionError = ErrorCode.KAFKA_STORAGE_ERROR;
    // Any LeaderAndIsr makes it tell.
    cluster.kill(3);
    cluster.run(1);
    expect(cluster.describe(0)).toMatch(/^2\/\d+ \[2\]$/u);
  });
});

describe('a broker that does not answer', () => {
  it('gets its requests in order when it is back, as long as it is registered', () => {
    const cluster = clusterOf({ topics: [{ replicas: [[2, 3]] }, { replicas: [[3, 2]] }] });
    // The process dies, its session lives on: requests pile up.
    cluster.crash(3);
    cluster.kill(2);
    cluster.run(2);
    expect(cluster.describe(0)).toBe('3/1 [3]');
    cluster.startAtOnce(3);
    cluster.run(1);
    const told = cluster.takeRequests(3).filter((one) => one instanceof LeaderAndIsrRequest);
    expect(told.length).toBeGreaterThan(0);
    const epochs = told.flatMap(({ states }) => states.map(({ leaderEpoch }) => leaderEpoch));
    expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
  });
});
