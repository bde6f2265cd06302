import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { parseOverride, type Override } from './override.js';
import { parseScenario } from './parse.js';
import { formatProblem } from './problem.js';
import type { Scenario } from './schema.js';

const good = readFileSync(new URL('testdata/leader-crash.yaml', import.meta.url), 'utf8');

function overrides(...texts: string[]): Override[] {
  return texts.map((text) => {
    const parsed = parseOverride(text);
    if (!parsed.ok) throw new Error(formatProblem(parsed.problem));
    return parsed.override;
  });
}

function set(...texts: string[]): Scenario | string[] {
  const parsed = parseScenario(good, 'x.yaml', { overrides: overrides(...texts) });
  return parsed.ok ? parsed.scenario : parsed.problems.map(formatProblem);
}

describe('--set', () => {
  it.each<[string, object]>([
    ['run.for=30s', { run: { for: '30s', settle: '60s' } }],
    ['run.shuffle-ties=true', { run: { 'shuffle-ties': true } }],
    ['cluster.brokers=5', { cluster: { brokers: 5 } }],
    ['cluster.config.min.insync.replicas=1', { cluster: { config: { 'min.insync.replicas': 1 } } }],
    ['topics[0].partitions=6', { topics: [{ partitions: 6 }] }],
    ['topics.orders.config.flush.messages=1', { topics: [{ config: { 'flush.messages': 1 } }] }],
    ['producers.web.rate=200/s', { producers: [{ rate: '200/s' }] }],
    ['producers.web.config.acks=1', { producers: [{ config: { acks: 1 } }] }],
    ['faults[0].crash=[broker 1, broker 2]', { faults: [{ crash: ['broker 1', 'broker 2'] }] }],
    ['consumers.reader.processing=5ms', { consumers: [{ processing: '5ms' }] }],
    ['probes.rate=1/s', { probes: { rate: '1/s' } }],
    ['switches.elr=off', { switches: { elr: 'off' } }],
  ])('%s', (text, expected) => {
    expect(set(text)).toMatchObject(expected);
  });

  it('applies in order', () => {
    expect(set('run.for=30s', 'run.for=40s')).toMatchObject({ run: { for: '40s' } });
  });

  it('blames the override, not the file, for what it breaks', () => {
    expect(set('run.for=30')).toEqual([
      '--set run.for=30: run.for: 30 has no unit: a duration is written like 10s',
    ]);
    expect(set('cluster.config.min.insync.replicas=0')).toEqual([
      '--set cluster.config.min.insync.replicas=0: cluster.config["min.insync.replicas"]: min.insync.replicas must be a whole number of at least 1, not 0',
    ]);
    expect(set('cluster.brokers=2')).toEqual([
      'x.yaml:14:56: replication factor 3 is above the number of brokers, 2',
    ]);
    expect(set('topics[3].partitions=1')).toEqual([
      '--set topics[3].partitions=1: there is no entry "3" in the list',
    ]);
    expect(set('name.x=1')).toEqual(['--set name.x=1: "x" leads nowhere']);
    expect(set('__proto__.polluted=1')).toHaveLength(1);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it.each([
    ['run.for', '--set run.for: write --set path=value, for example --set run.for=30s'],
    ['=5', '--set =5: write --set path=value, for example --set run.for=30s'],
    ['run..for=5', '--set run..for=5: "run..for" is not a path such as run.for'],
    ['run.for=[', '--set run.for=[: "[" is not a value'],
  ])('refuses %s', (text, message) => {
    const parsed = parseOverride(text);
    expect(parsed.ok ? '' : formatProblem(parsed.problem)).toBe(message);
  });
});
