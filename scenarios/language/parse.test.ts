import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { SCENARIO_BYTES_MAX } from './limits.js';
import { parseScenario, validateScenario } from './parse.js';
import { formatProblem } from './problem.js';

const good = readFileSync(new URL('testdata/leader-crash.yaml', import.meta.url), 'utf8');

function messages(text: string): string[] {
  const parsed = parseScenario(text, 'x.yaml');
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
}

/** The good scenario with one place changed. */
function changed(from: string, to: string): string {
  expect(good).toContain(from);
  return good.replace(from, to);
}

const FAULT = 'crash: leader of orders-0, for: 20s';

describe('parseScenario', () => {
  it('accepts the scenario of the design', () => {
    const parsed = parseScenario(good, 'x.yaml');
    expect(parsed).toMatchObject({ ok: true, warnings: [], scenario: { name: 'leader-crash' } });
  });

  it.each([
    // Keys.
    ['brokers: 3', 'brokesr: 3', '7:3: unknown key "brokesr" in cluster (did you mean "brokers"?)'],
    [
      'name: leader-crash',
      'nmae: leader-crash',
      '2:1: unknown key "nmae" in a scenario (did you mean "name"?)',
    ],
    ['name: leader-crash\n', '', '2:1: the key "name" is missing'],
    ['name: orders, ', '', '14:5: the key "name" is missing'],
    ['  controllers: 3', '  controllers: 3\n  brokers: 4', '10:3: duplicate key "brokers"'],
    [
      'min.insync.replicas: 2',
      'min.insync.replicas: 2, min.insync.replicas: 1',
      '10:37: duplicate key "min.insync.replicas"',
    ],
    // Units.
    [
      'at: 10s',
      'at: 10sec',
      '20:11: "10sec" has an unknown unit: a duration ends in one of us, ms, s, m, h, d',
    ],
    ['at: 10s', 'at: 10', '20:11: 10 has no unit: a duration is written like 10s'],
    ['p50: 500us', 'p50: 500', '11:53: 500 has no unit: a duration is written like 10s'],
    [
      'page-cache: 4GiB',
      'page-cache: 4gb',
      '12:68: "4gb" has an unknown unit: a size ends in one of B, kB, KiB, MB, MiB, GB, GiB, TB, TiB',
    ],
    ['rate: 50/s', 'rate: 50', '16:47: 50 is not a rate: write 50/s'],
    ['rate: 50/s', 'rate: ', '16:41: null is not a rate such as 100/s'],
    ['bandwidth: 1Gbit/s', 'bandwidth: 1Gbit', '11:83: "1Gbit" is not a bandwidth such as 1Gbit/s'],
    // Times.
    ['at: 10s', 'at: -10s', '20:11: a time cannot be negative: "-10s"'],
    ['at: 10s', 'at: 70s', '20:11: a fault at 70s is past the end of the run, 1m'],
    ['for: 60s', 'for: 0s', '20:11: a fault at 10s is past the end of the run, 0us'],
    ['for: 60s', 'for: 367d', '21:13: for is above the limit of 366 days'],
    // Targets.
    [
      FAULT,
      'crash: leeder of orders-0',
      '20:23: unknown target "leeder of orders-0" (did you mean "leader of orders-0"?)',
    ],
    [FAULT, 'crash: leader of order-0', '20:23: unknown topic "order" (did you mean "orders"?)'],
    [
      FAULT,
      'crash: leader of orders-3',
      '20:23: unknown partition orders-3: orders has 3, counted from 0',
    ],
    [FAULT, 'crash: [broker 1, broker 9]', '20:34: unknown broker 9: the brokers are 1, 2, 3'],
    [FAULT, 'crash: controller 4', '20:23: unknown controller 4: there are 3, counted from 1'],
    [FAULT, 'crash: producer wbe', '20:23: unknown producer "wbe": there are web'],
    [FAULT, 'pause: consumer x', '20:23: unknown consumer "x": there are reader'],
    [FAULT, 'rack-outage: rack d', '20:29: unknown rack "d" (did you mean "a"?)'],
    [FAULT, 'rack-outage: broker 1', '20:29: "broker 1" is not a rack: write "rack <name>"'],
    [FAULT, 'crash: 1', '20:23: 1 is not a target (did you mean "broker 1"?)'],
    [FAULT, 'crash: []', '20:23: needs at least one target'],
    [
      FAULT,
      'stop: producer web',
      '20:22: stop strikes brokers and controllers, not "producer web"',
    ],
    [FAULT, 'crash: zookeeper 1', '20:23: there is no zookeeper 1: the cluster is in KRaft mode'],
    // Faults.
    [FAULT, 'crsh: broker 1', '20:16: unknown key "crsh" in a fault (did you mean "crash"?)'],
    [FAULT, 'crash: broker 1, pause: broker 1', '20:40: a fault has one verb, not crash and pause'],
    ['at: 10s, crash', 'crash', '20:5: a fault needs at or when'],
    ['at: 10s, ', 'at: 10s, when: warm-up-ended, ', '20:22: a fault has at or when, not both'],
    ['at: 10s, ', 'at: 10s, nth: 2, ', '20:21: nth needs when'],
    [
      'at: 10s, ',
      'when: high-watermark-advancd of orders-0, ',
      '20:13: unknown mark "high-watermark-advancd" (did you mean "high-watermark-advanced"?)',
    ],
    [
      'at: 10s, ',
      'when: leader-elected of orders, ',
      '20:13: leader-elected is about a partition such as orders-0, not "orders"',
    ],
    [
      'at: 10s, ',
      'when: broker-fenced of broker 7, ',
      '20:13: unknown broker 7: the brokers are 1, 2, 3',
    ],
    [
      'at: 10s, ',
      'when: warm-up-ended of broker 1, ',
      '20:13: warm-up-ended stands alone, without "of broker 1"',
    ],
    [
      FAULT,
      'partition: [[broker 1, broker 2], [broker 1]]',
      '20:51: "broker 1" is in two groups of the partition',
    ],
    [FAULT, 'partition: [[broker 1]]', '20:27: partition needs at least two groups'],
    [
      FAULT,
      'partition: broker 1',
      '20:27: partition must be a list of groups: [[broker 1], [broker 2, broker 3]]',
    ],
    [FAULT, 'slow-link: { from: broker 1 }', '20:27: slow-link needs a delay or a factor'],
    [
      FAULT,
      'lossy-link: { from: broker 1, loss: 120% }',
      '20:52: a probability lies between 0 and 1: "120%"',
    ],
    [FAULT, 'block: { from: broker 1 }', '20:23: the key "to" is missing'],
    [
      FAULT,
      'reset-connections: broker 1, for: 5s',
      '20:50: reset-connections does not last: it takes no "for"',
    ],
    [
      FAULT,
      'hold: { rpc: Fech, from: broker 1, to: broker 2 }',
      '20:29: rpc must be one of Produce, Fetch, ListOffsets, Metadata, OffsetForLeaderEpoch, InitProducerId, AlterPartition, BrokerRegistration, BrokerHeartbeat, Vote, BeginQuorumEpoch, EndQuorumEpoch, LeaderAndIsr, UpdateMetadata, StopReplica, ControlledShutdown, not "Fech" (did you mean "Fetch"?)',
    ],
    [FAULT, 'release: h1', '20:25: no hold has the id "h1"; "all" releases every one'],
    [
      FAULT,
      'elect-leaders: { type: dirty, partitions: [orders-0] }',
      '20:39: type must be one of preferred, unclean, not "dirty"',
    ],
    [
      FAULT,
      'reassign: orders-0',
      '20:5: reassign needs to: the brokers to move to, such as [2, 3, 4]',
    ],
    [FAULT, 'reassign: order-0, to: [1]', '20:26: unknown topic "order" (did you mean "orders"?)'],
    [
      FAULT,
      'reassign: orders-7, to: [1]',
      '20:26: unknown partition orders-7: orders has 3, counted from 0',
    ],
    [FAULT, 'reassign: orders, to: [1]', '20:26: "orders" is not a partition such as orders-0'],
    [FAULT, 'reassign: orders-0, to: [1, 9]', '20:44: unknown broker 9: the brokers are 1, 2, 3'],
    [FAULT, 'reassign: orders-0, to: [1, 2, 1]', '20:47: broker 1 is listed twice'],
    [FAULT, 'reassign: orders-0, to: []', '20:40: to needs at least one broker'],
    [
      FAULT,
      'reassign: orders-0, to: back',
      '20:40: to must be a list of broker ids such as [2, 3, 4], or cancel, not "back"',
    ],
    [FAULT, 'pause: broker 1, to: [2]', '20:37: pause takes no "to": it belongs to reassign'],
    [
      FAULT,
      'reassign: orders-0, to: [2], for: 5s',
      '20:50: reassign does not last: it takes no "for"',
    ],
    // The cluster.
    ['brokers: 3', 'brokers: 0', '7:12: brokers must be a whole number from 1 to 1000, not 0'],
    [
      'brokers: 3',
      'brokers: three',
      '7:12: brokers must be a whole number from 1 to 1000, not "three"',
    ],
    [
      'brokers: 3',
      'brokers: 1001',
      '7:12: brokers must be a whole number from 1 to 1000, not 1001',
    ],
    ['brokers: 3', 'brokers: [{ id: 1 }, { id: 1 }]', '7:30: duplicate broker id 1'],
    [
      'brokers: 3',
      'brokers: [{ id: 1, rakc: a }]',
      '7:22: unknown key "rakc" in a broker (did you mean "rack"?)',
    ],
    ['controllers: 3', 'controllers: 4, combined: true', 'yaml'],
    [
      'controllers: 3',
      'controllers: [{ id: 1 }]\n  combined: false',
      '9:23: controller 1 has the id of a broker',
    ],
    [
      'controllers: 3',
      'controllers: 5\n  combined: true',
      '9:16: 5 combined controllers do not fit on 3 brokers',
    ],
    ['racks: [a, b, c]', 'racks: [a, b, a]', '8:17: duplicate rack "a"'],
    // Topics.
    [
      'replication-factor: 3',
      'replication-factor: 5',
      '14:56: replication factor 5 is above the number of brokers, 3',
    ],
    [
      'replication-factor: 3',
      'replicas: [[1, 2], [2, 9], [3, 1]]',
      '14:59: unknown broker 9: the brokers are 1, 2, 3',
    ],
    [
      'replication-factor: 3',
      'replicas: [[1, 2], [2, 2], [3, 1]]',
      '14:59: duplicate replica on broker 2',
    ],
    [
      'replication-factor: 3',
      'replicas: [[1, 2]]',
      '14:33: partitions is 3, but replicas places 1',
    ],
    [
      'name: orders',
      'name: or ders',
      '14:13: topic name "or ders" may only have letters, digits, ".", "_" and "-"',
    ],
    [
      'partitions: 3',
      'partitions: 0',
      '14:33: partitions must be a whole number from 1 to 300000, not 0',
    ],
    // Configuration.
    [
      'min.insync.replicas: 2',
      'min.insync.replica: 2',
      '10:13: unknown broker config "min.insync.replica" (did you mean "min.insync.replicas"?)',
    ],
    [
      'min.insync.replicas: 2',
      'min.insync.replicas: 0',
      '10:34: min.insync.replicas must be a whole number of at least 1, not 0',
    ],
    [
      'min.insync.replicas: 2',
      'min.insync.replicas: ',
      '10:13: a config value is a number, text or true/false, not null',
    ],
    [
      'min.insync.replicas: 2',
      'node.id: 2',
      '10:13: node.id is not set in a config: brokers, controllers and racks of the cluster say it',
    ],
    [
      'min.insync.replicas: 2',
      'replica.lag.time.max.ms: 10',
      '10:38: replica.fetch.wait.max.ms (500) must be at most replica.lag.time.max.ms (10)',
    ],
    ['acks: all', 'acks: 2', '16:98: acks must be one of all, 0, 1, not 2'],
    [
      'acks: all',
      'acks: 1, enable.idempotence: true',
      '16:98: enable.idempotence needs acks=all, not 1',
    ],
    [
      'auto.offset.reset: earliest',
      'isolation.level: dirty',
      '18:81: isolation.level must be one of read_uncommitted, read_committed, not "dirty"',
    ],
    // Versions, groups, invariants.
    ['kafka: "4.1"', 'kafka: 4.1', '4:8: kafka must be text: write "4.1" in quotes'],
    [
      'kafka: "4.1"',
      'kafka: "2.3"',
      '5:11: Kafka 2.3 is modelled with metadata: zookeeper only, not kraft',
    ],
    [
      'kafka: "4.1"',
      'kafka: "2.4"',
      '4:8: kafka "2.4" is not modelled yet: this release models 0.10, 0.11, 1.1, 2.0, 2.3, 2.6, 2.8, 3.3, 3.5, 3.6, 3.9, 4.0, 4.1',
    ],
    [
      'kafka: "4.1"',
      'kafka: "4.0-zk"',
      '4:8: kafka "4.0-zk": Kafka 4.0 is modelled with metadata: kraft only, not zookeeper',
    ],
    ['kafka: "4.1"', 'kafka: "3.9-zk"', '5:11: kafka "3.9-zk" is on ZooKeeper, not kraft'],
    [
      'kafka: "4.1"',
      'kafka: "5.7"',
      '4:8: unknown Kafka version "5.7": this release models 0.10, 0.11, 1.1, 2.0, 2.3, 2.6, 2.8, 3.3, 3.5, 3.6, 3.9, 4.0, 4.1',
    ],
    [
      'metadata: kraft',
      'metadata: zookeeper',
      '5:11: Kafka 4.1 is modelled with metadata: kraft only, not zookeeper',
    ],
    [
      'topics: [orders], pro',
      'topics: [orders, ordres], pro',
      '18:36: unknown topic "ordres" (did you mean "orders"?)',
    ],
    [
      'topics: [orders], pro',
      'assign: [[orders, 0], [orders, 7]], pro',
      '18:41: unknown partition orders-7: orders has 3, counted from 0',
    ],
    [
      'topics: [orders], pro',
      'pro',
      '18:5: consumer "reader" needs a topic, topics or assigned partitions',
    ],
    ['rate: 50/s, ', '', '16:5: producer "web" needs either a rate or sends'],
    [
      'rate: 50/s',
      'sends: [{ at: 90s, partition: 0, records: 1 }]',
      '16:55: a send at 90s is past the end of the run, 1m',
    ],
    [
      'invariants: all',
      'invariants: [I1, AckedDurabel]',
      '22:18: unknown invariant "AckedDurabel" (did you mean "AckedDurable"?)',
    ],
    ['invariants: all', 'invariants: [I17]', '22:14: invariant "I17" is not modelled yet'],
    [
      'switches: {}',
      'random-faults: { every: 5s, kinds: { crash: 0 }, for: 5s }',
      '23:45: a weight must be above 0, not 0',
    ],
    [
      'switches: {}',
      'failures: { broker-crash: { mttf: 30d, mttr: 1h } }',
      '19:1: failures stand instead of faults: a scenario has one of them',
    ],
  ])('%s -> %s', (from, to, message) => {
    const found = messages(changed(from, to));
    if (message === 'yaml') expect(found[0]).toMatch(/^x\.yaml:9:\d+: not valid YAML: /);
    else expect(found[0]).toBe(`x.yaml:${message}`);
  });

  it.each([
    // What people write at first.
    [
      'slow-disk: { target: broker 1 }',
      '20:29: unknown key "target" in slow-disk: its keys are on, factor',
    ],
    ['slow-disk: { on: broker 1, factor: 10x }', '20:51: factor must be a number, not "10x"'],
    [
      'slow-link: broker 1',
      '20:27: slow-link must be a map of keys such as { from: broker 1, to: broker 2, factor: 10 }, not "broker 1"',
    ],
    [
      'clock-jump: broker 1',
      '20:28: clock-jump must be a map of keys such as { on: broker 1, by: 30s }, not "broker 1"',
    ],
    [
      'clock-jump: { on: broker 1, by: 30s }, for: 5s',
      '20:60: clock-jump does not last: it takes no "for"',
    ],
    [
      'lossy-link: { from: broker 1, loss: 100% }',
      '20:52: a loss is at most 99%, not "100%": with more the link is blocked',
    ],
    [
      'crash: { on: broker 1 }',
      '20:23: crash must be a target, or a list of them, not {"on":"broker 1"}',
    ],
    ['crash: broker', '20:23: unknown target "broker" (did you mean "broker 1"?)'],
    [
      'partition: [broker 1, broker 2]',
      '20:28: partition must be a list of groups: [[broker 1], [broker 2, broker 3]]',
    ],
    [
      'elect-leaders: [orders-0]',
      '20:31: elect-leaders must be a map of keys such as { partitions: [orders-0] }, not ["orders-0"]',
    ],
    [
      'hold: { rpc: Fetch, from: broker 1, to: broker 2, response: yes }',
      '20:76: response must be true or false, not "yes"',
    ],
    ['rack-outage: [a, d]', '20:33: unknown rack "d" (did you mean "a"?)'],
  ])('faults: %s', (fault, message) => {
    expect(messages(changed(FAULT, fault))[0]).toBe(`x.yaml:${message}`);
  });

  it.each([
    ['random-faults: { every: 0s, for: 1s }', '23:25: every must be above 0'],
    [
      'random-faults: { every: 5s, for: 1s, kinds: [crash] }',
      '23:45: kinds must be a map of keys such as { crash: 2, pause: 1 }, not ["crash"]',
    ],
    [
      'random-faults: { every: 5s, for: 1s, kinds: { hold: 1 } }',
      '23:47: random faults do not draw hold: it is for scripted faults',
    ],
    ['failures: { broker-crash: { mttf: 0d, mttr: 1h } }', '23:35: mttf must be above 0'],
    [
      'failures: { broker-crash: 30d }',
      '23:27: a kind of failure must be a map of keys such as { mttf: 30d, mttr: 1h }, not "30d"',
    ],
    [
      'failures: { broker-crash: { mttf: 1d, mttr: 1h, distribution: lognormal } }',
      '23:63: distribution lognormal needs parameters: write mttr: { distribution: lognormal, p50: 1h, p99: 12h }',
    ],
    [
      'failures: { gray: { mttf: 1d, mttr: { distribution: lognormal, p50: 2h, p99: 1h } } }',
      '23:78: p99 must be at least p50',
    ],
    [
      'failures: { gray: { mttf: 1d, mttr: { distribution: lognormal, p50: 0s, p99: 1h } } }',
      '23:69: the median of a lognormal distribution must be above 0',
    ],
    [
      'failures: { gray: { mttf: { distribution: uniform, from: 2h, to: 1h }, mttr: 1h } }',
      '23:66: to must be at least from',
    ],
    ['switches: [elr]', '23:11: switches must be a map such as { elr: off }, not ["elr"]'],
    ['switches: { elr: maybe }', '23:18: switch elr must be one of on, off, not "maybe"'],
  ])('%s', (text, message) => {
    expect(messages(changed('switches: {}', text))[0]).toBe(`x.yaml:${message}`);
  });

  it.each([
    [
      'invariants: all',
      'invariants: I1',
      '22:13: invariants must be all, or a list such as [I1, LogMatching], not "I1"',
    ],
    [
      'bandwidth: 1Gbit/s',
      'loss: 100%',
      '11:78: a loss is at most 99%, not "100%": with more the link is blocked',
    ],
    ['topics: [orders], pro', 'topics: [orders, orders], pro', '18:36: duplicate topic "orders"'],
    ['metadata: kraft', 'metadata: kraft\nquorum: 3', '6:1: unknown key "quorum" in a scenario'],
    [
      'replication-factor: 3',
      'replicas: [[1, 2], [2, 3], [3, 1]], replication-factor: 3',
      '14:47: partition 0 has 2 replicas, but replication-factor is 3',
    ],
  ])('%s -> %s, refused', (from, to, message) => {
    expect(messages(changed(from, to))[0]).toBe(`x.yaml:${message}`);
  });

  it.each([
    'corrupt',
    'clock-drift',
    'create-partitions',
    'alter-config',
    'delete-records',
    'delete-topic',
    'add-broker',
    'remove-broker',
  ])('knows the verb %s and refuses it', (verb) => {
    const [message] = messages(changed(FAULT, `${verb}: broker 1`));
    expect(message).toContain(
      `x.yaml:20:16: fault "${verb}" is not modelled yet; this release has crash,`,
    );
  });

  it.each([
    ['a: [1,\n b: {', /^x\.yaml:2:\d+: not valid YAML: /],
    ['', /^x\.yaml:1:1: the scenario is empty$/],
    ['# nothing', /^x\.yaml:1:1: the scenario is empty$/],
    ['- a', /^x\.yaml:1:1: a scenario must be a map of keys, not \["a"\]$/],
    ['just text', /^x\.yaml:1:1: a scenario must be a map of keys, not "just text"$/],
    [
      'name: !!js/function x',
      /^x\.yaml:1:7: YAML tags are not part of the scenario language: !!js\/function$/,
    ],
    ['name:\n\tx: 1', /^x\.yaml:2:1: not valid YAML: Tabs are not allowed as indentation$/],
    [
      'name: a\n---\nname: b',
      /^x\.yaml:2:1: a file holds one scenario: remove the second document$/,
    ],
    ['['.repeat(100_000), /^x\.yaml:1:\d+: nested too deeply$/],
    [
      `a: &a [x]\nb: &b [${'*a,'.repeat(20)}]\nc: &c [${'*b,'.repeat(20)}]\nd: [${'*c,'.repeat(20)}]`,
      /^x\.yaml:\d+:\d+: YAML aliases unfold too far \(the limit is 100\)$/,
    ],
    ['"__proto__": { polluted: true }', /^x\.yaml:1:1: unknown key "__proto__" in a scenario$/],
  ])('refuses what is no scenario: %#', (text, pattern) => {
    const found = messages(text);
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatch(pattern);
  });

  it('names the limit of a file that is too large', () => {
    const text = `# ${'x'.repeat(SCENARIO_BYTES_MAX)}`;
    expect(messages(text)).toEqual([
      `x.yaml:1:1: the file has ${String(text.length)} bytes, above the limit of 1048576 bytes`,
    ]);
  });

  it('warns of what is legal and hardly meant', () => {
    const parsed = parseScenario(
      changed('min.insync.replicas: 2', 'min.insync.replicas: 7, log.segment.bytes: 1048576'),
      'x.yaml',
    );
    expect(parsed.ok ? parsed.warnings.map(formatProblem) : []).toEqual([
      'x.yaml:10:37: log.segment.bytes is known and not modelled yet'.replace('10:37', '10:56'),
      "x.yaml:14:13: min.insync.replicas is 7, above topic orders's replication factor of 3: Kafka counts it as 3",
    ]);
  });
});

describe('validateScenario', () => {
  it('names paths where there is no text', () => {
    const problems = validateScenario({
      name: 'x',
      cluster: { brokers: 1, config: { 'min.insync.replicas': 'two' } },
      topics: [{ name: 'orders', 'replication-factor': 2 }],
      run: { for: 60 },
    });
    expect(problems.map(formatProblem)).toEqual([
      'scenario: run.for: 60 has no unit: a duration is written like 10s',
    ]);
    const later = validateScenario({
      name: 'x',
      cluster: { brokers: 1, config: { 'min.insync.replicas': 'two' } },
      topics: [{ name: 'orders', 'replication-factor': 2 }],
    });
    expect(later.map(formatProblem)).toEqual([
      'scenario: cluster.config["min.insync.replicas"]: min.insync.replicas must be a whole number of at least 1, not "two"',
      'scenario: topics[0].replication-factor: replication factor 2 is above the number of brokers, 1',
    ]);
    expect(validateScenario({ name: 'x', cluster: { brokers: 1 } })).toEqual([]);
  });
});
