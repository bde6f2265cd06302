import { describe, expect, it } from 'vitest';

import { KAFKA_VERSIONS, type KafkaVersion } from '../versions.js';
import { zookeeperChroot } from './broker-zookeeper-keys.js';
import { brokenConfigRules, brokenProducerRules } from './config-rules.js';
import { INT_MAX } from './config-key.js';
import { hasConfigKey } from './key-lifetimes.js';
import { checkConfigEntry, findConfigEntry, type ConfigSet } from './registry.js';
import { VERSION_DEFAULTS } from './version-defaults.js';
import { brokerConfig, consumerConfig, producerConfig, topicConfig } from './views.js';

/** Each version of the lab and what it makes of one setting. */
function byVersion<T>(read: (kafka: KafkaVersion) => T): T[] {
  return KAFKA_VERSIONS.map(read);
}

/** `count` times `older`, then `newer` up to 4.1. */
function until<T>(count: number, older: T, newer: T): T[] {
  return KAFKA_VERSIONS.map((_, index) => (index < count ? older : newer));
}

describe('defaults of older versions', () => {
  it('are none for 4.1, and differ from it elsewhere, for keys that there are', () => {
    expect(VERSION_DEFAULTS['4.1']).toEqual({ broker: {}, topic: {}, producer: {}, consumer: {} });
    for (const kafka of KAFKA_VERSIONS) {
      for (const [set, values] of Object.entries(VERSION_DEFAULTS[kafka])) {
        for (const [key, value] of Object.entries(values)) {
          const scope = { kafka: '3.9', metadata: 'zookeeper' } as const;
          const check = checkConfigEntry(set as ConfigSet, key, value, scope);
          expect([key, check.kind]).toEqual([key, 'valid']);
          const entry = check.kind === 'unknown' ? null : check.entry;
          expect([key, entry?.modelled]).toEqual([key, true]);
          expect([key, value]).not.toEqual([key, entry?.defaultValue]);
        }
      }
    }
  });

  // The count is that of the versions before the change, of those that KAFKA_VERSIONS lists.
  it('are those of the tags', () => {
    expect(byVersion((kafka) => producerConfig({}, kafka).acks)).toEqual(until(7, '1', 'all'));
    expect(byVersion((kafka) => producerConfig({}, kafka).enableIdempotence)).toEqual(
      until(7, false, true),
    );
    expect(byVersion((kafka) => producerConfig({}, kafka).retries)).toEqual(until(4, 0, INT_MAX));
    expect(byVersion((kafka) => producerConfig({}, kafka).lingerMs)).toEqual(until(11, 0, 5));
    expect(byVersion((kafka) => consumerConfig({}, kafka).requestTimeoutMs)).toEqual(
      until(3, 305_000, 30_000),
    );
    expect(byVersion((kafka) => brokerConfig({}, kafka).uncleanLeaderElectionEnable)).toEqual(
      until(1, true, false),
    );
    expect(byVersion((kafka) => topicConfig({}, {}, kafka).uncleanLeaderElectionEnable)).toEqual(
      until(1, true, false),
    );
    expect(byVersion((kafka) => brokerConfig({}, kafka).replicaLagTimeMaxMs)).toEqual(
      until(5, 10_000, 30_000),
    );
    expect(byVersion((kafka) => brokerConfig({}, kafka).zookeeperSessionTimeoutMs)).toEqual(
      until(5, 6000, 18_000),
    );
    expect(byVersion((kafka) => brokerConfig({}, kafka).messageMaxBytes)).toEqual(
      until(5, 1_000_012, 1_048_588),
    );
    expect(byVersion((kafka) => topicConfig({}, {}, kafka).maxMessageBytes)).toEqual(
      until(5, 1_000_012, 1_048_588),
    );
    expect(byVersion((kafka) => brokerConfig({}, kafka).fetchMaxBytes)).toEqual(
      until(5, INT_MAX, 57_671_680),
    );
    expect(byVersion((kafka) => brokerConfig({}, kafka).producerIdExpirationMs)).toEqual(
      until(8, 604_800_000, 86_400_000),
    );
    expect(byVersion((kafka) => brokerConfig({}, kafka).metadataLogMaxSnapshotIntervalMs)).toEqual(
      until(8, 0, 3_600_000),
    );
  });

  it('are the same in all versions for what never changed', () => {
    const settings = byVersion((kafka) => {
      const { minInsyncReplicas, numReplicaFetchers, replicaFetchWaitMaxMs } = brokerConfig(
        {},
        kafka,
      );
      const { controlledShutdownMaxRetries, controlledShutdownRetryBackoffMs } = brokerConfig(
        {},
        kafka,
      );
      const { leaderImbalancePerBrokerPercentage } = brokerConfig({}, kafka);
      return [
        [minInsyncReplicas, numReplicaFetchers, replicaFetchWaitMaxMs],
        [controlledShutdownMaxRetries, controlledShutdownRetryBackoffMs],
        leaderImbalancePerBrokerPercentage,
      ];
    });
    expect(new Set(settings.map((one) => JSON.stringify(one)))).toEqual(
      new Set(['[[1,1,500],[3,5000],10]']),
    );
  });

  it('stand behind what a scenario sets', () => {
    expect(producerConfig({ 'linger.ms': 7, acks: 'all' }, '2.3')).toMatchObject({
      lingerMs: 7,
      acks: 'all',
    });
    expect(topicConfig({ 'message.max.bytes': 5 }, {}, '0.10').maxMessageBytes).toBe(5);
  });
});

describe('keys that a version does not have', () => {
  it('have no effect there', () => {
    const values = { 'enable.idempotence': true, 'delivery.timeout.ms': 1 };
    expect(producerConfig(values, '0.10')).toMatchObject({
      acks: '1',
      enableIdempotence: false,
      deliveryTimeoutMs: 120_000,
    });
    expect(brokerConfig({ 'fetch.max.bytes': 2000 }, '2.3').fetchMaxBytes).toBe(INT_MAX);
    expect(brokerConfig({ 'fetch.max.bytes': 2000 }, '2.6').fetchMaxBytes).toBe(2000);
    expect(brokerConfig({ 'zookeeper.session.timeout.ms': 1 }).zookeeperSessionTimeoutMs).toBe(
      18_000,
    );
    expect(brokenProducerRules(values, '0.10')).toEqual([]);
  });

  it('are names of the registry, or of keys that 4.0 dropped', () => {
    expect(hasConfigKey('producer', 'enable.idempotence', '0.10')).toBe(false);
    expect(hasConfigKey('producer', 'enable.idempotence', '0.11')).toBe(true);
    expect(hasConfigKey('producer', 'acks', '0.10')).toBe(true);
    expect(hasConfigKey('broker', 'zookeeper.connect', '3.9')).toBe(true);
    expect(hasConfigKey('broker', 'zookeeper.connect', '4.0')).toBe(false);
    expect(findConfigEntry('broker', 'zookeeper.connect')).toBeNull();
  });
});

describe('idempotence by version', () => {
  it('sets what it needs before 3.0, where nothing else is said', () => {
    expect(producerConfig({ 'enable.idempotence': true }, '2.3')).toMatchObject({
      acks: 'all',
      enableIdempotence: true,
      maxInFlightRequestsPerConnection: 5,
    });
    expect(producerConfig({ 'enable.idempotence': true }, '0.11')).toMatchObject({
      acks: 'all',
      retries: INT_MAX,
      maxInFlightRequestsPerConnection: 1,
    });
    expect(producerConfig({}, '0.11').maxInFlightRequestsPerConnection).toBe(5);
  });

  it('gives way to other settings from 3.0 on', () => {
    const many = { 'max.in.flight.requests.per.connection': 6 };
    expect(producerConfig(many, '3.3').enableIdempotence).toBe(false);
    expect(producerConfig({ acks: 1 }, '3.3').enableIdempotence).toBe(false);
    expect(producerConfig({ 'enable.idempotence': true, acks: 1 }, '3.3').enableIdempotence).toBe(
      true,
    );
  });

  it('refuses what contradicts it', () => {
    const many = { 'max.in.flight.requests.per.connection': 6 };
    const asked = { 'enable.idempotence': true };
    const count = (values: Parameters<typeof brokenProducerRules>[0]): number[] =>
      byVersion((kafka) => brokenProducerRules(values, kafka).length);
    // Not asked for: refused from 4.0 only.
    expect(count(many)).toEqual(until(11, 0, 1));
    expect(count({ ...many, ...asked })).toEqual(until(1, 0, 1));
    expect(count({ ...asked, acks: 1 })).toEqual(until(1, 0, 1));
    expect(count({ ...asked, retries: 0 })).toEqual(until(1, 0, 1));
    expect(count({ ...asked })).toEqual(until(13, 0, 0));
    const two = { ...asked, 'max.in.flight.requests.per.connection': 2 };
    expect(brokenProducerRules(two, '0.11')[0]?.message).toBe(
      'max.in.flight.requests.per.connection must be at most 1 with idempotence in Kafka 0.11, not 2',
    );
    expect(brokenProducerRules(two, '1.1')).toEqual([]);
  });

  it('compares with the defaults of the version', () => {
    const lag = { 'replica.fetch.wait.max.ms': 20_000 };
    expect(brokenConfigRules('broker', lag, '2.3')).toHaveLength(1);
    expect(brokenConfigRules('broker', lag, '2.6')).toHaveLength(0);
  });
});

describe('zookeeperChroot', () => {
  it.each([
    ['', ''],
    ['zk:2181', ''],
    ['zk:2181/', ''],
    ['zk1:2181,zk2:2181/kafka', '/kafka'],
    ['zk:2181/a/b', '/a/b'],
  ])('of %j is %j', (connect, chroot) => {
    expect(zookeeperChroot(connect)).toBe(chroot);
  });
});
