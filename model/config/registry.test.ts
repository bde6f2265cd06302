import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { BROKER_MODELLED_KEYS } from './broker-modelled-keys.js';
import { CLIENT_MODELLED_KEYS } from './client-common-keys.js';
import { LONG_MAX, type ConfigKey, type ConfigType } from './config-key.js';
import { PRODUCER_MODELLED_KEYS } from './producer-keys.js';
import { REMOVED_BROKER_KEYS } from './removed-broker-keys.js';
import {
  checkConfigEntry,
  configEntries,
  findConfigEntry,
  nearestConfigName,
  type ConfigSet,
} from './registry.js';

interface RealKey {
  readonly set: ConfigSet;
  readonly key: string;
  readonly type: string;
  readonly defaultText: string;
  readonly valid: string;
}

const TYPES: Readonly<Record<string, ConfigType>> = {
  int: 'int',
  short: 'int',
  long: 'long',
  double: 'double',
  boolean: 'boolean',
  string: 'string',
  class: 'string',
  password: 'string',
  list: 'list',
};

/** Keys for which the lab asks more than Kafka 4.1: the lines marked `lab` in the tables. */
const LAB_RANGES = new Set([
  'default.replication.factor',
  'num.replica.fetchers',
  'replica.lag.time.max.ms',
  'replica.fetch.wait.max.ms',
  'replica.fetch.min.bytes',
  'replica.socket.timeout.ms',
  'replica.high.watermark.checkpoint.interval.ms',
  'log.flush.interval.ms',
  'log.flush.scheduler.interval.ms',
  'request.timeout.ms',
  'broker.heartbeat.interval.ms',
  'broker.session.timeout.ms',
  'initial.broker.registration.timeout.ms',
  'controller.quorum.election.timeout.ms',
  'controller.quorum.fetch.timeout.ms',
  'controller.quorum.request.timeout.ms',
]);

/** Set elsewhere than in a ConfigDef: by the authorizer, by config providers, dynamically. */
const NOT_IN_CONFIG_DEFS = new Set([
  'super.users',
  'allow.everyone.if.no.acl.found',
  'config.providers',
  'leader.replication.throttled.rate',
  'follower.replication.throttled.rate',
  'replica.alter.log.dirs.io.max.bytes.per.second',
]);

const realKeys: readonly RealKey[] = readFileSync(
  new URL('testdata/kafka-4.1.1-configs.tsv', import.meta.url),
  'utf8',
)
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => {
    const [set = '', key = '', type = '', defaultText = '', valid = ''] = line.split('\t');
    return { set: set as ConfigSet, key, type, defaultText, valid };
  });

function textOf(key: ConfigKey): string {
  const value = key.defaultValue;
  if (value === null) return '';
  if (value === LONG_MAX) return '9223372036854775807';
  if (value === Number.MAX_VALUE) return '1.7976931348623157E308';
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  return String(value);
}

describe('the registry against the ConfigDefs of Kafka 4.1.1', () => {
  it('has every key, and no others', () => {
    for (const set of ['broker', 'topic', 'producer', 'consumer'] as const) {
      const real = realKeys.filter((row) => row.set === set).map((row) => row.key);
      const ours = configEntries(set)
        .map((entry) => entry.name)
        .filter((name) => !NOT_IN_CONFIG_DEFS.has(name));
      expect(ours).toEqual([...real].sort());
    }
    expect(realKeys).toHaveLength(597);
  });

  it.each(realKeys)('$set $key: type and default', ({ set, key, type, defaultText }) => {
    const entry = findConfigEntry(set, key);
    expect(entry?.type).toBe(TYPES[type]);
    const ours = entry === null ? 'missing' : textOf(entry);
    // Lists without a default are held as empty ones.
    const isNoList = entry?.type === 'list' && ours === '[]' && defaultText === '';
    if (!isNoList) expect(ours).toBe(defaultText);
  });

  it('has the ranges of Kafka', () => {
    let compared = 0;
    for (const { set, key, valid } of realKeys) {
      const range = /^\[(-?[\d.]+),\.\.\.(?:,(-?[\d.]+))?\]/.exec(valid);
      if (range === null || LAB_RANGES.has(key)) continue;
      const entry = findConfigEntry(set, key);
      expect([key, entry?.min]).toEqual([key, Number(range[1])]);
      const max =
        range[2] === undefined || range[2] === '2147483647' ? undefined : Number(range[2]);
      if (max !== undefined) expect([key, entry?.max]).toEqual([key, max]);
      compared++;
    }
    expect(compared).toBeGreaterThan(150);
  });

  it('accepts every default as a value', () => {
    for (const set of ['broker', 'topic', 'producer', 'consumer'] as const) {
      for (const entry of configEntries(set)) {
        if (entry.defaultValue === null || entry.name === 'broker.id') continue;
        const check = checkConfigEntry(set, entry.name, entry.defaultValue);
        expect([entry.name, check.kind]).toEqual([entry.name, 'valid']);
      }
    }
  });

  it('does not know keys that 4.1 has removed', () => {
    for (const key of REMOVED_BROKER_KEYS) expect(findConfigEntry('broker', key)).toBeNull();
  });
});

describe('modelled keys', () => {
  it('are marked, and only they', () => {
    const modelled = configEntries('broker').filter((entry) => entry.modelled);
    expect(modelled.map((entry) => entry.name)).toEqual(
      expect.arrayContaining(Object.keys(BROKER_MODELLED_KEYS)),
    );
    expect(findConfigEntry('broker', 'log.segment.bytes')?.modelled).toBe(false);
    const producer = configEntries('producer').filter((entry) => entry.modelled);
    expect(producer.map((entry) => entry.name)).toEqual(
      [...Object.keys(PRODUCER_MODELLED_KEYS), ...Object.keys(CLIENT_MODELLED_KEYS)].sort(),
    );
  });
});

describe('misspelt keys', () => {
  it('get the nearest name, or the set that has them', () => {
    expect(checkConfigEntry('broker', 'min.insync.replica', '2')).toEqual({
      kind: 'unknown',
      message: 'unknown broker config "min.insync.replica" (did you mean "min.insync.replicas"?)',
    });
    expect(checkConfigEntry('producer', 'isolation.level', 'read_committed')).toEqual({
      kind: 'unknown',
      message: 'unknown producer config "isolation.level" (it is a consumer config)',
    });
    expect(nearestConfigName('broker', 'brokr.rack', 2)).toBe('broker.rack');
    expect(nearestConfigName('broker', 'my.plugin.setting', 2)).toBeNull();
  });
});
