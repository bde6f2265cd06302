import { describe, expect, it, vi } from 'vitest';
import { LeaderAndIsrRequest } from '../rpc/index.js';
import { ZkCluster } from './testdata/zk-cluster.js';

vi.mock('../zookeeper/client.js', () => import('./testdata/scripted-zookeeper.js'));

/**
 * B16: broker 3 dies and is back before the controller has looked.
 */
function bounce(brokerGeneration: string): ZkCluster {
  const topics = [{ replicas: [[3, 2]] }, { replicas: [[2, 3]] }];
  const cluster = new ZkCluster({ topics, switches: { brokerGeneration } }).start(1, 2, 3);
  cluster.createTopic(0);
  cluster.createTopic(1);
  cluster.run(0.5);
  const { sessionId } = cluster.broker(1).zk;
  cluster.stalled.add(sessionId);
  cluster.kill(3);
  cluster.run(0.1);
  cluster.start(3);
  cluster.takeRequests(2);
  expect(cluster.takeRequests(3)).toEqual([]);
  cluster.stalled.delete(sessionId);
  cluster.run(0.5);
  return cluster;
}

describe('a broker that is back before the controller has noticed its death', () => {
  it('has failed and started, with broker epochs (KIP-380)', () => {
    const cluster = bounce('on');
    expect(cluster.describe(0)).toBe('2/1 [2]');
    expect(cluster.describe(1)).toBe('2/1 [2]');
    const told = cluster.takeRequests(3).filter((one) => one instanceof LeaderAndIsrRequest);
    expect(told.flatMap(({ states }) => states.map(({ partition }) => partition))).toEqual([0, 1]);
    const registered = cluster.zookeeper.nodes.get('/brokers/ids/3')!.czxid;
    expect(told.map(({ brokerEpoch }) => brokerEpoch)).toEqual([registered]);
  });

  it('is not noticed without: it leads what it leads, and hears nothing', () => {
    const cluster = bounce('off');
    expect(cluster.describe(0)).toBe('3/0 [3 2]');
    expect(cluster.describe(1)).toBe('2/0 [2 3]');
    expect(cluster.takeRequests(3)).toEqual([]);
  });
});

describe('broker epochs in requests', () => {
  it.each([
    ['2.8', false],
    ['2.0', true],
  ] as const)('are unknown before KIP-380: Kafka %s', (kafka, areUnknown) => {
    const cluster = new ZkCluster({ kafka, topics: [{ replicas: [[1, 2]] }] }).start(1, 2);
    cluster.createTopic(0);
    cluster.run(0.5);
    const epochs = cluster.takeRequests(2).map(({ brokerEpoch }) => brokerEpoch);
    expect(epochs.length).toBeGreaterThan(0);
    expect(epochs.every((epoch) => (epoch === -1) === areUnknown)).toBe(true);
  });
});
