import { describe, expect, it } from 'vitest';

import { parseScenario } from './parse.js';
import { formatProblem } from './problem.js';
import { resolvePlan } from './resolve-plan.js';
import type { Scenario } from './schema.js';

const SCENARIO = {
  name: 'x',
  kafka: '2.3',
  cluster: { brokers: 3, zookeepers: 5 },
  topics: [{ name: 'orders', partitions: 1, 'replication-factor': 3 }],
} satisfies Scenario;

function problems(text: string): string[] {
  const parsed = parseScenario(`name: x\n${text}`, 'x.yaml');
  return (parsed.ok ? parsed.warnings : parsed.problems).map(formatProblem);
}

const HEAD = 'kafka: "2.3"\ncluster: { brokers: 3, zookeepers: 3 }\n';

describe('the plan of a neighbour', () => {
  it('is that of a cluster by itself, on the ensemble of the scenario', () => {
    const plan = resolvePlan({
      ...SCENARIO,
      neighbours: [
        {
          name: 'audit',
          brokers: [{ id: 7, config: { 'num.io.threads': 2 } }, { id: 9 }],
          config: { 'default.replication.factor': 2 },
          topics: [{ name: 'trail', partitions: 2 }],
          producers: [{ id: 'app', topic: 'trail', rate: '1/s', count: 2 }],
        },
        { name: 'logs', chroot: '/deep/logs', brokers: 1 },
      ],
    });
    expect(plan.chroot).toBe('');
    expect(plan.topics.map(({ name }) => name)).toEqual(['orders']);
    const [audit, logs] = plan.neighbours;
    expect(audit).toMatchObject({ name: 'audit', chroot: '/audit', kafka: '2.3', neighbours: [] });
    expect(audit!.brokers.map(({ id, config }) => [id, config['num.io.threads']])).toEqual([
      [7, 2],
      [9, undefined],
    ]);
    expect(audit!.zookeepers).toHaveLength(5);
    expect(audit!.topics).toMatchObject([{ name: 'trail', partitions: 2, replicationFactor: 2 }]);
    expect(audit!.producers.map(({ id }) => id)).toEqual(['app-0', 'app-1']);
    expect(audit!.faults).toEqual([]);
    expect(logs).toMatchObject({ chroot: '/deep/logs', topics: [] });
  });

  it('has the chroot that zookeeper.connect says, too', () => {
    const config = { 'zookeeper.connect': 'zk:2181/a/b' };
    const cluster = { ...SCENARIO.cluster, config };
    const neighbours = [{ name: 'audit', brokers: 1, config: { 'zookeeper.connect': 'zk/c' } }];
    const plan = resolvePlan({ ...SCENARIO, cluster, neighbours });
    expect([plan.chroot, plan.neighbours[0]!.chroot]).toEqual(['/a/b', '/c']);
    const kraft = resolvePlan({ ...SCENARIO, kafka: '3.9', cluster: { brokers: 3, config } });
    expect(kraft.chroot).toBe('');
  });

  it('gives targets their hosts by its name', () => {
    const plan = resolvePlan({
      ...SCENARIO,
      neighbours: [{ name: 'audit', brokers: 2 }],
      faults: [
        { at: '1s', crash: ['broker 2 of audit', 'controller of audit'] },
        { at: '2s', partition: [['all brokers of audit'], ['all zookeepers']] },
      ],
    });
    const brokers = [1, 2].map((id) => ({ kind: 'neighbour-broker', cluster: 'audit', id }));
    expect(plan.faults[0]).toMatchObject({
      targets: [brokers[1], { kind: 'neighbour-controller', cluster: 'audit' }],
    });
    expect(plan.faults[1]).toMatchObject({ groups: [brokers, [{}, {}, {}, {}, {}]] });
  });
});

describe('what is wrong with a neighbour', () => {
  it.each([
    [
      `${HEAD}neighbours:\n  - { name: audit, brokers: 2, topics: [{ name: t, replication-factor: 3 }] }\n`,
      ['x.yaml:5:72: replication factor 3 is above the number of brokers, 2'],
    ],
    [
      `${HEAD}neighbours:\n  - { name: audit, brokers: 2, config: { min.insync.replicsa: 1 } }\n`,
      [
        'x.yaml:5:42: unknown broker config "min.insync.replicsa" (did you mean "min.insync.replicas"?)',
      ],
    ],
    [
      `${HEAD}neighbours:\n  - { name: audit, brokers: 1, producers: [{ id: a, topic: orders, rate: 1/s }] }\n`,
      ['x.yaml:5:60: unknown topic "orders": the topics are none'],
    ],
    [
      `${HEAD}neighbours: [{ name: a, brokers: 1 }, { name: a, chroot: /b, brokers: 1 }]\n`,
      ['x.yaml:4:47: duplicate neighbour "a"'],
    ],
    [
      `${HEAD}neighbours: [{ name: a, brokers: 1 }, { name: b, chroot: /a, brokers: 1 }]\n`,
      ['x.yaml:4:58: another cluster has its znodes at /a, too'],
    ],
    [
      `${HEAD}neighbours: [{ name: brokers, brokers: 1 }]\n`,
      ['x.yaml:4:22: /brokers is where the cluster at / has znodes of its own'],
    ],
    [
      `${HEAD}neighbours: [{ name: a, brokers: 1, chroot: kafka/ }]\n`,
      ['x.yaml:4:45: a chroot is a path such as "/kafka", not "kafka/"'],
    ],
    [
      'kafka: "3.9"\ncluster: { brokers: 3 }\nneighbours: [{ name: a, brokers: 1 }]\n',
      ['x.yaml:4:1: neighbours share a ZooKeeper ensemble: this cluster is in KRaft mode'],
    ],
    [
      `${HEAD}neighbours: [{ name: audit, brokers: 2 }]\nfaults: [{ at: 1s, crash: broker 1 of adit }, { at: 1s, crash: broker 3 of audit }]\n`,
      [
        'x.yaml:5:27: unknown neighbour "adit" (did you mean "audit"?)',
        'x.yaml:5:64: unknown broker 3 of audit: its brokers are 1, 2',
      ],
    ],
  ])('%j', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });
});

describe('what is wrong with a chroot', () => {
  it.each([
    [
      'kafka: "2.3"\ncluster: { brokers: 1, chroot: /a, config: { zookeeper.connect: "zk/b" } }\n',
      ['x.yaml:3:32: chroot is /a, but zookeeper.connect says /b'],
    ],
    [
      'kafka: "2.3"\ncluster: { brokers: [{ id: 1, config: { zookeeper.connect: "zk/b" } }, { id: 2 }] }\n',
      [
        'x.yaml:3:21: brokers have different chroots in zookeeper.connect, /b and /: they would be different clusters, which neighbours are for',
      ],
    ],
    [
      'kafka: "3.9"\ncluster: { brokers: 3, chroot: /a }\n',
      ['x.yaml:3:32: chroot has no effect with metadata: kraft'],
    ],
    [
      'kafka: "2.3"\ncluster: { brokers: 1, chroot: / }\n',
      ['x.yaml:3:32: a chroot is a path such as "/kafka", not "/"'],
    ],
  ])('%j', (text, expected) => {
    expect(problems(text)).toEqual(expected);
  });
});
