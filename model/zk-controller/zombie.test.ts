import { describe, expect, it, vi } from 'vitest';
import { LeaderAndIsrRequest } from '../rpc/index.js';
import type { KafkaVersion } from '../versions.js';
import { ZkCluster } from './testdata/zk-cluster.js';

vi.mock('../zookeeper/client.js', () => import('./testdata/scripted-zookeeper.js'));

/** One partition: 2 leads, 4 follows. */
function stalledController(kafka: KafkaVersion, zkWriteFencing: string): ZkCluster {
  const topics = [{ replicas: [[2, 4, 3]] }];
  const cluster = new ZkCluster({ kafka, brokers: 4, topics, switches: { zkWriteFencing } });
  cluster.start(1, 2, 3, 4);
  cluster.createTopic(0);
  cluster.run(0.5);
  expect(cluster.activeIds()).toEqual([1]);
  // 1) The controller, broker 1, hears nothing of ZooKeeper while broker 4 dies.
  cluster.stalled.add(cluster.broker(1).zk.sessionId);
  cluster.kill(4);
  cluster.run(0.1);
  return cluster;
}

/** 2) Its session ends and broker 2 takes over. 3) It wakes up in a new session, the death of 4 before it. */
function wakeUpInNewSession(cluster: ZkCluster): { readonly from: number; readonly old: number } {
  const old = cluster.broker(1).zk.sessionId;
  cluster.endSession(old);
  cluster.run(0.5);
  expect(cluster.activeIds()).toEqual([1, 2]);
  expect(cluster.describe(0)).toBe('2/0 [2 4 3]');
  const from = cluster.zookeeper.writes.length;
  cluster.stalled.clear();
  cluster.run(0.005);
  cluster.renewSession(1);
  cluster.run(0.5);
  return { from, old };
}

/** 2) An operator deletes /controller and broker 2 takes over. 3) Broker 1 wakes up in its old session. */
function wakeUpInOldSession(cluster: ZkCluster): { readonly from: number; readonly old: number } {
  const old = cluster.broker(1).zk.sessionId;
  cluster.deleteController();
  cluster.run(0.5);
  expect(cluster.activeIds()).toEqual([1, 2]);
  const from = cluster.zookeeper.writes.length;
  cluster.stalled.clear();
  cluster.run(0.5);
  return { from, old };
}

describe('a controller that wakes up when another has taken its place (B14)', () => {
  it.each([
    ['0.11', 'its session is over', wakeUpInNewSession],
    ['2.0', '/controller was deleted', wakeUpInOldSession],
  ] as const)('writes what it had to do without fencing: Kafka %s, %s', (kafka, _, wakeUp) => {
    const cluster = stalledController(kafka, 'off');
    const { from, old } = wakeUp(cluster);
    const sessions = [old, cluster.broker(1).zk.sessionId];
    expect(cluster.statesWrittenBy(sessions, from)).toEqual([
      '/brokers/topics/topic-0/partitions/0/state',
    ]);
    expect(cluster.state(0)).toMatchObject({ leaderEpoch: 1, isr: [2, 3], controllerEpoch: 1 });
    // It told brokers, who will not listen to the older epoch, and the new controller does not know.
    const told = cluster
      .takeRequests(3)
      .filter((request) => request instanceof LeaderAndIsrRequest)
      .map(({ controllerEpoch, states }) => [controllerEpoch, states[0]?.zkVersion]);
    expect(told.slice(-2)).toEqual([
      [2, 0],
      [1, 1],
    ]);
    expect(cluster.broker(2).controller.context.leadership[0]).toMatchObject({ zkVersion: 0 });
    expect(cluster.observer.resignations).toEqual([[1, 1]]);
    expect(cluster.activeIds()).toEqual([2]);
  });

  it.each([
    ['0.11', 'its session is over', wakeUpInNewSession],
    ['2.0', '/controller was deleted', wakeUpInOldSession],
  ] as const)('is fenced off and resigns: Kafka %s, %s', (kafka, _, wakeUp) => {
    const cluster = stalledController(kafka, 'on');
    for (const id of [2, 3]) cluster.takeRequests(id);
    const { from, old } = wakeUp(cluster);
    const sessions = [old, cluster.broker(1).zk.sessionId];
    expect(cluster.statesWrittenBy(sessions, from)).toEqual([]);
    expect(cluster.describe(0)).toBe('2/0 [2 4 3]');
    for (const id of [2, 3]) {
      const epochs = cluster.takeRequests(id).map((request) => request.controllerEpoch);
      expect(epochs.length).toBeGreaterThan(0);
      expect(epochs.every((epoch) => epoch === 2)).toBe(true);
    }
    expect(cluster.observer.resignations).toEqual([[1, 1]]);
    expect(cluster.activeIds()).toEqual([2]);
  });

  it('drops what it had to do with its session, from 1.1 on', () => {
    const cluster = stalledController('1.1', 'off');
    const { from, old } = wakeUpInNewSession(cluster);
    const sessions = [old, cluster.broker(1).zk.sessionId];
    expect(cluster.statesWrittenBy(sessions, from)).toEqual([]);
    expect(cluster.observer.resignations).toEqual([[1, 1]]);
    expect(cluster.activeIds()).toEqual([2]);
  });
});

describe('a controller whose session is renewed while nobody took its place', () => {
  it.each(['0.11', '1.1', '2.8'] as const)('is elected again: Kafka %s', (kafka) => {
    const cluster = new ZkCluster({ kafka }).start(1);
    cluster.endSession(cluster.broker(1).zk.sessionId);
    cluster.renewSession(1);
    cluster.run(0.5);
    expect(cluster.activeIds()).toEqual([1]);
    expect(cluster.observer.resignations).toEqual([[1, 1]]);
    expect(cluster.observer.activations).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });
});

describe('the race for /controller', () => {
  it.each(['0.11', '2.8'] as const)('has one winner, and raises the epoch once: %s', (kafka) => {
    const cluster = new ZkCluster({ kafka, brokers: 5 });
    for (const id of [1, 2, 3, 4, 5]) cluster.startAtOnce(id);
    cluster.run(0.5);
    expect(cluster.activeIds()).toHaveLength(1);
    expect(cluster.observer.activations).toEqual([[cluster.activeIds()[0], 1]]);
    cluster.kill(cluster.activeIds()[0]!);
    cluster.run(0.5);
    expect(cluster.activeIds()).toHaveLength(1);
    expect(cluster.observer.activations.map(([, epoch]) => epoch)).toEqual([1, 2]);
  });
});
