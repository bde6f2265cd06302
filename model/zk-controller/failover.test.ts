import { describe, expect, it, vi } from 'vitest';
import { Forker } from '../../sim/index.js';
import { LeaderAndIsrRequest, StopReplicaRequest, UpdateMetadataRequest } from '../rpc/index.js';
import { KAFKA_VERSIONS, versionProfile } from '../versions.js';
import { ZkCluster } from './testdata/zk-cluster.js';

vi.mock('../zookeeper/client.js', () => import('./testdata/scripted-zookeeper.js'));

const ZOOKEEPER_VERSIONS = KAFKA_VERSIONS.filter(
  (version) => versionProfile(version, 'zookeeper') !== null,
);
const THREE = [
  [1, 2, 3],
  [2, 3, 1],
  [3, 1, 2],
];

describe.each(ZOOKEEPER_VERSIONS)('the controller of Kafka %s', (kafka) => {
  it('is the first broker to create /controller, in epoch 1; the others watch', () => {
    const cluster = new ZkCluster({ kafka }).start(1, 2, 3);
    expect(cluster.activeIds()).toEqual([1]);
    expect(cluster.observer.activations).toEqual([[1, 1]]);
    for (const id of [1, 2, 3]) expect(cluster.broker(id).controller.activeControllerId).toBe(1);
  });

  it('creates the partitions of a new topic, and tells their replicas and all brokers', () => {
    const cluster = new ZkCluster({ kafka, topics: [{ replicas: THREE }] }).start(1, 2, 3);
    for (const id of [1, 2, 3]) cluster.takeRequests(id);
    cluster.createTopic(0);
    cluster.run(0.5);
    expect([0, 1, 2].map((partition) => cluster.describe(partition))).toEqual([
      '1/0 [1 2 3]',
      '2/0 [2 3 1]',
      '3/0 [3 1 2]',
    ]);
    for (const id of [1, 2, 3]) {
      const requests = cluster.takeRequests(id);
      expect(requests.map((request) => request.kind)).toEqual([
        new LeaderAndIsrRequest(0, 0, 0, 0, []).kind,
        new UpdateMetadataRequest(0, 0, 0, 0, [], []).kind,
      ]);
      const [leaderAndIsr, metadata] = requests as [LeaderAndIsrRequest, UpdateMetadataRequest];
      expect(leaderAndIsr.states.every((state) => state.isNew)).toBe(true);
      expect(metadata.states.map(({ leader }) => leader)).toEqual([1, 2, 3]);
      expect(metadata.liveBrokers.map((broker) => broker.id)).toEqual([1, 2, 3]);
    }
  });

  it('elects leaders for those of a dead broker, and takes it out of the ISRs', () => {
    const cluster = new ZkCluster({ kafka, topics: [{ replicas: THREE }] }).start(1, 2, 3);
    cluster.createTopic(0);
    cluster.run(0.5);
    for (const id of [1, 2]) cluster.takeRequests(id);
    cluster.kill(3);
    cluster.run(0.5);
    expect([0, 1, 2].map((partition) => cluster.describe(partition))).toEqual([
      '1/1 [1 2]',
      '2/1 [2 1]',
      '1/1 [1 2]',
    ]);
    const sent = cluster.takeRequests(2);
    const told = sent.filter((request) => request instanceof LeaderAndIsrRequest);
    // The election goes out before the smaller ISRs of the others.
    expect(told.map(({ states }) => states.map(({ partition }) => partition))).toEqual([
      [2],
      [0, 1, 2],
    ]);
    expect(sent.some((request) => request instanceof StopReplicaRequest)).toBe(false);
  });

  it('keeps the last member of an ISR without a leader, and elects it when it is back', () => {
    const topics = [{ replicas: [[2, 3]] }];
    const cluster = new ZkCluster({ kafka, topics }).start(1, 2, 3);
    cluster.createTopic(0);
    cluster.run(0.5);
    cluster.kill(2);
    cluster.run(0.5);
    expect(cluster.describe(0)).toBe('3/1 [3]');
    cluster.kill(3);
    cluster.run(0.5);
    expect(cluster.describe(0)).toBe('-1/2 [3]');
    cluster.start(2);
    expect(cluster.describe(0)).toBe('-1/2 [3]');
    cluster.start(3);
    expect(cluster.describe(0)).toBe('3/3 [3]');
  });

  it('takes over with the state that the last controller left, and tells every broker of it', () => {
    const cluster = new ZkCluster({ kafka, topics: [{ replicas: THREE }] }).start(1, 2, 3);
    cluster.createTopic(0);
    cluster.run(0.5);
    for (const id of [2, 3]) cluster.takeRequests(id);
    cluster.kill(1);
    cluster.run(0.5);
    expect(cluster.activeIds()).toEqual([2]);
    expect(cluster.observer.activations).toEqual([
      [1, 1],
      [2, 2],
    ]);
    const removes = cluster.definition.switches.failoverOfflineReplicas === 'removed';
    expect(cluster.state(0)).toMatchObject({ leader: 2, isr: [2, 3], controllerEpoch: 2 });
    // Before 2.3 those that have leaders are left to them.
    expect(cluster.describe(1)).toBe(removes ? '2/1 [2 3]' : '2/0 [2 3 1]');
    const [first, second] = cluster.takeRequests(3);
    expect(first).toBeInstanceOf(UpdateMetadataRequest);
    expect((first as UpdateMetadataRequest).liveBrokers.map(({ id }) => id)).toEqual([2, 3]);
    expect(second).toBeInstanceOf(LeaderAndIsrRequest);
    expect((second as LeaderAndIsrRequest).states.map((one) => one.partition)).toEqual([0, 1, 2]);
    expect((second as LeaderAndIsrRequest).controllerEpoch).toBe(2);
  });

  it('can be copied in the middle of a fail-over', () => {
    const cluster = new ZkCluster({ kafka, topics: [{ replicas: THREE }] }).start(1, 2, 3);
    cluster.createTopic(0);
    cluster.run(0.5);
    cluster.kill(1);
    cluster.run(0.006);
    const { controller } = cluster.broker(2);
    expect(controller.batch).not.toBeNull();
    expect(new Forker().clone(controller)).toEqual(controller);
  });
});

describe('the time of a fail-over', () => {
  function failoverMs(kafka: '0.11' | '1.1', partitions: number): number {
    const replicas = Array.from({ length: partitions }, () => [3, 2]);
    const cluster = new ZkCluster({ kafka, topics: [{ replicas }] }).start(1, 2, 3);
    cluster.createTopic(0);
    cluster.run(5);
    cluster.kill(1);
    const startUs = cluster.simulation.nowUs;
    while (cluster.observer.activations.length < 2) cluster.run(0.001);
    return (cluster.simulation.nowUs - startUs) / 1000;
  }

  it('grows with the partitions, ten times slower with ten requests in flight', () => {
    const few = failoverMs('1.1', 50);
    const many = failoverMs('1.1', 550);
    // 500 reads more, ten at a time, a millisecond and up to half of one until it is noticed.
    expect(many - few).toBeGreaterThan(45);
    expect(many - few).toBeLessThan(110);
    const slowly = failoverMs('0.11', 550) - failoverMs('0.11', 50);
    expect(slowly).toBeGreaterThan(450);
  });
});
