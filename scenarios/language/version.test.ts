import { describe, expect, it } from 'vitest';

import { VERSION_PROFILES } from '../../model/versions.js';
import { checkScenario } from './check.js';
import { resolvePlan } from './resolve-plan.js';
import type { Scenario } from './schema.js';
import {
  isVersionName,
  readVersionName,
  resolveVersion,
  versionName,
  versionNameProblem,
} from './version-name.js';

function scenario(more: Partial<Scenario>): Scenario {
  return { name: 'x', cluster: { brokers: 3 }, run: { for: '10s' }, ...more };
}

function found(more: Partial<Scenario>): { problems: string[]; warnings: string[] } {
  const checked = checkScenario(scenario(more));
  const texts = (list: readonly { path: readonly PropertyKey[]; message: string }[]): string[] =>
    list.map(({ path, message }) => `${path.join('.')}: ${message}`);
  return checked.ok
    ? { problems: [], warnings: texts(checked.warnings) }
    : { problems: texts(checked.problems), warnings: [] };
}

describe('the version of a scenario', () => {
  it.each([
    [{}, '4.1', 'kraft'],
    [{ kafka: '2.3' }, '2.3', 'zookeeper'],
    [{ kafka: '2.8' }, '2.8', 'zookeeper'],
    [{ kafka: '3.3' }, '3.3', 'kraft'],
    [{ kafka: '3.9' }, '3.9', 'kraft'],
    [{ kafka: '3.9-zk' }, '3.9', 'zookeeper'],
    [{ kafka: '3.9', metadata: 'zookeeper' }, '3.9', 'zookeeper'],
    [{ kafka: '3.9-zk', metadata: 'zookeeper' }, '3.9', 'zookeeper'],
    [{ kafka: '2.3-zk' }, '2.3', 'zookeeper'],
  ] as const)('%j is %s on %s', (written, kafka, metadata) => {
    expect(resolveVersion(written)).toEqual({ kafka, metadata });
    expect(found(written)).toEqual({ problems: [], warnings: [] });
    expect(resolvePlan(scenario(written))).toMatchObject({ kafka, metadata });
  });

  it('has a name for every version in every mode, and reads it back', () => {
    for (const { version: kafka, metadata } of VERSION_PROFILES) {
      const name = versionName({ kafka, metadata });
      expect(isVersionName(name)).toBe(true);
      expect(versionNameProblem(name)).toBeNull();
      expect(readVersionName(name)).toEqual({ kafka, metadata });
    }
    const names = VERSION_PROFILES.map(({ version: kafka, metadata }) =>
      versionName({ kafka, metadata }),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(() => readVersionName('2.4')).toThrow('there is no version named 2.4');
  });

  it.each(['', 'zk', '-zk', '4.1-zk', '4.0-zk', '2.4-zk', '3.9-ZK', '3.9-kraft', '39'])(
    'does not take %j for a version',
    (text) => {
      expect(isVersionName(text)).toBe(false);
    },
  );

  it.each([
    [
      { kafka: '2.3', metadata: 'kraft' },
      'metadata: Kafka 2.3 is modelled with metadata: zookeeper only, not kraft',
    ],
    [
      { kafka: '2.8', metadata: 'kraft' },
      'metadata: Kafka 2.8 is modelled with metadata: zookeeper only, not kraft',
    ],
    [
      { kafka: '4.0', metadata: 'zookeeper' },
      'metadata: Kafka 4.0 is modelled with metadata: kraft only, not zookeeper',
    ],
    [
      { metadata: 'zookeeper' },
      'metadata: Kafka 4.1 is modelled with metadata: kraft only, not zookeeper',
    ],
    [{ kafka: '3.9-zk', metadata: 'kraft' }, 'metadata: kafka "3.9-zk" is on ZooKeeper, not kraft'],
  ] as const)('refuses %j', (written, message) => {
    expect(found(written).problems).toEqual([message]);
  });

  it('has hosts as the mode has them, and warns of those that it does not', () => {
    const plan = resolvePlan(scenario({ kafka: '2.3', cluster: { brokers: 3, zookeepers: 5 } }));
    expect(plan.zookeepers.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
    expect(plan.controllers).toEqual([]);
    expect(resolvePlan(scenario({ kafka: '2.3' })).zookeepers).toHaveLength(3);
    expect(resolvePlan(scenario({})).zookeepers).toEqual([]);

    expect(found({ cluster: { brokers: 3, zookeepers: 3 } }).warnings).toEqual([
      'cluster.zookeepers: zookeepers has no effect with metadata: kraft',
    ]);
    const kraftHosts = { brokers: 3, controllers: [{ id: 9 }], combined: true };
    const why = 'has no effect with metadata: zookeeper: the controller is one of the brokers';
    expect(found({ kafka: '2.3', cluster: kraftHosts })).toEqual({
      problems: [],
      warnings: [`cluster.controllers: controllers ${why}`, `cluster.combined: combined ${why}`],
    });
  });

  it('has kinds of failures for the hosts of the mode, and refuses those of the other', () => {
    const of = (kind: 'controller-crash' | 'zookeeper-crash', kafka: string): string[] =>
      found({ kafka, failures: { [kind]: { mttf: '30d', mttr: '1h' } } }).problems;

    expect(of('zookeeper-crash', '3.9-zk')).toEqual([]);
    expect(of('controller-crash', '3.9')).toEqual([]);
    expect(of('zookeeper-crash', '3.9')).toEqual([
      'failures.zookeeper-crash: zookeeper-crash needs a cluster on ZooKeeper: this one is in KRaft mode',
    ]);
    expect(of('controller-crash', '3.9-zk')).toEqual([
      'failures.controller-crash: controller-crash needs metadata: kraft: on ZooKeeper the controller is one of the brokers, and fails with it',
    ]);
  });
});

describe('configuration by version', () => {
  it('warns of keys that the version does not have', () => {
    const producers = [
      {
        id: 'web',
        topic: 'orders',
        rate: '1/s',
        config: { 'delivery.timeout.ms': 1, 'enable.idempotence': true, acks: 1 },
      },
    ];
    const topics = [{ name: 'orders', partitions: 1, 'replication-factor': 3 }];
    expect(found({ kafka: '0.10', producers, topics }).warnings).toEqual([
      'producers.0.config.delivery.timeout.ms: Kafka 0.10 has no delivery.timeout.ms; it has no effect',
      'producers.0.config.enable.idempotence: Kafka 0.10 has no enable.idempotence; it has no effect',
    ]);
    expect(found({ kafka: '2.3', producers, topics }).problems).toEqual([
      'producers.0.config.delivery.timeout.ms: delivery.timeout.ms (1) must be at least linger.ms + request.timeout.ms (30000)',
      'producers.0.config.acks: enable.idempotence needs acks=all, not 1',
    ]);
  });

  it('knows the keys of brokers on ZooKeeper before 4.0', () => {
    const config = {
      'zookeeper.session.timeout.ms': 4000,
      'zookeeper.connect': 'zk1:2181/kafka',
      'leader.imbalance.per.broker.percentage': 0,
      'controlled.shutdown.max.retries': 1,
      'controlled.shutdown.retry.backoff.ms': 100,
    };
    const cluster = { brokers: 3, config };
    expect(found({ kafka: '2.3', cluster })).toEqual({ problems: [], warnings: [] });
    expect(resolvePlan(scenario({ kafka: '2.3', cluster })).brokers[0]?.config).toEqual(config);
    expect(found({ kafka: '3.9', cluster }).warnings).toEqual(
      Object.keys(config).map(
        (key) => `cluster.config.${key}: ${key} has no effect with metadata: kraft`,
      ),
    );
    expect(found({ kafka: '4.0', cluster }).problems).toEqual(
      Object.keys(config).map((key) => `cluster.config.${key}: unknown broker config "${key}"`),
    );
  });

  it('warns of keys of the quorum on ZooKeeper', () => {
    const cluster = { brokers: 3, config: { 'broker.session.timeout.ms': 9000 } };
    expect(found({ kafka: '2.3', cluster }).warnings).toEqual([
      'cluster.config.broker.session.timeout.ms: Kafka 2.3 has no broker.session.timeout.ms; it has no effect',
    ]);
    expect(found({ kafka: '3.9-zk', cluster }).warnings).toEqual([
      'cluster.config.broker.session.timeout.ms: broker.session.timeout.ms has no effect with metadata: zookeeper',
    ]);
    expect(found({ kafka: '3.9', cluster }).warnings).toEqual([]);
  });

  it('holds an inter-broker protocol against the version', () => {
    const of = (kafka: string, version: string): ReturnType<typeof found> =>
      found({
        kafka,
        cluster: { brokers: 3, config: { 'inter.broker.protocol.version': version } },
      });
    const key = 'cluster.config.inter.broker.protocol.version: inter.broker.protocol.version';
    expect(of('2.3', '2.2-IV1').warnings).toEqual([`${key} is known and not modelled yet`]);
    expect(of('2.3', '0.10.2').problems).toEqual([]);
    expect(of('2.3', '2.4').problems).toEqual([
      `${key} must not be newer than the brokers, which are of Kafka 2.3, not "2.4"`,
    ]);
    expect(of('0.10', '0.11.0').problems).toHaveLength(1);
    expect(of('2.3', 'new').problems).toEqual([
      `${key} must be a version such as "2.3" or "0.11.0", not "new"`,
    ]);
    expect(of('3.9', '3.9').warnings).toEqual([`${key} has no effect with metadata: kraft`]);
  });

  it('refuses neighbours where years are measured', () => {
    const failures = { 'broker-crash': { mttf: '20h', mttr: '2h' } };
    const neighbours = [{ name: 'audit', brokers: 1 }];
    const cluster = { brokers: 3 };
    expect(found({ kafka: '2.3', cluster, failures }).problems).toEqual([]);
    expect(found({ kafka: '2.3', cluster, failures, neighbours }).problems).toEqual([
      'neighbours: a scenario with failures has no neighbours',
    ]);
  });

  it('refuses a chroot that is no path', () => {
    const of = (connect: string): string[] =>
      found({
        kafka: '2.3',
        cluster: { brokers: 3, config: { 'zookeeper.connect': connect } },
      }).problems;
    expect(of('zk:2181')).toEqual([]);
    expect(of('zk:2181/')).toEqual([]);
    expect(of('zk1:2181,zk2:2181/a/b')).toEqual([]);
    expect(of('zk:2181/a//b')).toEqual([
      'cluster.config.zookeeper.connect: zookeeper.connect has "/a//b", which is no path such as "/kafka"',
    ]);
  });
});
