import { describe, expect, it } from 'vitest';

import { camelCase } from './camel-case.js';
import { brokenConfigRules, brokenProducerRules } from './config-rules.js';
import { LONG_MAX } from './config-key.js';
import {
  brokerConfig,
  ConfigError,
  consumerConfig,
  producerConfig,
  topicConfig,
  topicDefault,
} from './views.js';

describe('camelCase', () => {
  it('joins the words of a key', () => {
    expect(camelCase('replica.lag.time.max.ms')).toBe('replicaLagTimeMaxMs');
    expect(camelCase('acks')).toBe('acks');
  });
});

describe('brokerConfig', () => {
  it('has the defaults of 4.1', () => {
    expect(brokerConfig({})).toMatchObject({
      minInsyncReplicas: 1,
      replicaLagTimeMaxMs: 30_000,
      brokerSessionTimeoutMs: 9000,
      controllerQuorumFetchTimeoutMs: 2000,
      logFlushIntervalMs: null,
      logFlushIntervalMessages: LONG_MAX,
      uncleanLeaderElectionEnable: false,
    });
  });

  it('takes values in the keys own units, and refuses bad ones', () => {
    expect(brokerConfig({ 'min.insync.replicas': '2' }).minInsyncReplicas).toBe(2);
    expect(() => brokerConfig({ 'min.insync.replicas': 0 })).toThrow(ConfigError);
  });
});

describe('topicConfig', () => {
  it('takes the topic, then the synonym of the broker, then the default', () => {
    const broker = { 'min.insync.replicas': 2, 'log.flush.interval.messages': 10 };
    expect(topicConfig(broker, { 'min.insync.replicas': 3 })).toMatchObject({
      minInsyncReplicas: 3,
      flushMessages: 10,
      maxMessageBytes: 1_048_588,
    });
    expect(topicConfig({}, {}).minInsyncReplicas).toBe(1);
    expect(topicConfig({ 'message.max.bytes': 5 }, {}).maxMessageBytes).toBe(5);
    expect(topicConfig({ 'log.flush.scheduler.interval.ms': 7 }, {}).flushMs).toBe(7);
    expect(
      topicConfig({ 'log.flush.interval.ms': 3, 'log.flush.scheduler.interval.ms': 7 }, {}).flushMs,
    ).toBe(3);
  });

  it('prefers ms to minutes to hours', () => {
    const hours = { 'log.retention.hours': 2 };
    expect(topicDefault('retention.ms', hours)).toBe(7_200_000);
    expect(topicDefault('retention.ms', { ...hours, 'log.retention.minutes': 3 })).toBe(180_000);
    expect(topicDefault('retention.ms', { ...hours, 'log.retention.ms': 5 })).toBe(5);
    expect(topicDefault('retention.ms', { 'log.retention.hours': -1 })).toBe(-1);
    expect(topicDefault('retention.ms', {})).toBeNull();
  });
});

describe('producerConfig', () => {
  it('is idempotent with acks=all unless told otherwise', () => {
    expect(producerConfig({})).toMatchObject({ acks: 'all', enableIdempotence: true, lingerMs: 5 });
    expect(producerConfig({ acks: '-1' }).acks).toBe('all');
    expect(producerConfig({ acks: 1 })).toMatchObject({ acks: '1', enableIdempotence: false });
    expect(producerConfig({ retries: 0 }).enableIdempotence).toBe(false);
    expect(producerConfig({ 'enable.idempotence': false }).enableIdempotence).toBe(false);
  });

  it('stretches the default delivery timeout only', () => {
    expect(producerConfig({ 'request.timeout.ms': 200_000 }).deliveryTimeoutMs).toBe(200_005);
    expect(producerConfig({ 'delivery.timeout.ms': 40_000 }).deliveryTimeoutMs).toBe(40_000);
  });
});

describe('consumerConfig', () => {
  it('has the defaults of 4.1', () => {
    expect(consumerConfig({})).toMatchObject({
      autoOffsetReset: 'latest',
      isolationLevel: 'read_uncommitted',
      fetchMaxWaitMs: 500,
      maxPollRecords: 500,
      requestTimeoutMs: 30_000,
    });
  });
});

describe('rules between keys', () => {
  it.each([
    [
      { 'replica.lag.time.max.ms': 100 },
      'replica.fetch.wait.max.ms (500) must be at most replica.lag.time.max.ms (100)',
    ],
    [
      { 'replica.socket.timeout.ms': 100 },
      'replica.fetch.wait.max.ms (500) must be at most replica.socket.timeout.ms (100)',
    ],
    [
      { 'log.cleaner.threads': 200 },
      'log.cleaner.dedupe.buffer.size must be more than 1 MiB for each of log.cleaner.threads',
    ],
    [
      { 'log.retention.minutes': 0 },
      'log.retention.minutes must be at least 1, or -1 for no limit, not 0',
    ],
  ])('broker %j', (values, message) => {
    expect(brokenConfigRules('broker', values).map((breach) => breach.message)).toEqual([message]);
  });

  it('leave alone what is not set or outranked', () => {
    expect(brokenConfigRules('broker', {})).toEqual([]);
    expect(
      brokenConfigRules('broker', { 'log.retention.hours': 0, 'log.retention.ms': 5 }),
    ).toEqual([]);
    expect(brokenProducerRules({ acks: 1 })).toEqual([]);
  });

  it.each([
    [{ acks: 1, 'enable.idempotence': true }, 'enable.idempotence needs acks=all, not 1'],
    [{ retries: 0, 'enable.idempotence': true }, 'enable.idempotence needs retries above 0'],
    [
      { 'delivery.timeout.ms': 100 },
      'delivery.timeout.ms (100) must be at least linger.ms + request.timeout.ms (30005)',
    ],
    [
      { 'max.in.flight.requests.per.connection': 6 },
      'max.in.flight.requests.per.connection must be at most 5 with idempotence (which is on unless enable.idempotence is false), not 6',
    ],
  ])('producer %j', (values, message) => {
    expect(brokenProducerRules(values).map((breach) => breach.message)).toEqual([message]);
  });
});
