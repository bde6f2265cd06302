import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { runScenario } from '../run/run-scenario.js';
import { assignedTopics } from './consumers.js';
import { parseOverride } from './override.js';
import { parseScenario } from './parse.js';
import { formatProblem } from './problem.js';
import { resolvePlan } from './resolve-plan.js';
import type { Scenario } from './schema.js';
import { scenarioToYaml } from './to-yaml.js';

const base: Scenario = {
  name: 'groups',
  cluster: { brokers: 3, config: { 'min.insync.replicas': 2 } },
  topics: [
    { name: 'orders', partitions: 3, 'replication-factor': 3 },
    { name: 'clicks', partitions: 5, 'replication-factor': 3 },
  ],
};

type ConsumerInput = NonNullable<Scenario['consumers']>[number];

function owned(consumer: ConsumerInput): unknown {
  const { consumers } = resolvePlan({ ...base, consumers: [consumer] });
  return consumers.map(({ id, topics }) => [
    id,
    topics.map(({ topic, partitions }) => `${topic} ${String(partitions)}`).join('; '),
  ]);
}

/** Problems of a file whose third line is the consumers. */
function messages(consumers: string, fault = 'crash: broker 1'): string[] {
  const text = `name: x
cluster: { brokers: 3 }
consumers: [${consumers}]
topics: [{ name: orders, partitions: 3 }]
faults: [{ at: 1s, ${fault} }]
`;
  const parsed = parseScenario(text, 'x.yaml');
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
}

describe('range assignor (R15)', () => {
  it('deals each topic by itself, and the first members get one more', () => {
    expect(owned({ group: 'billing', members: 2, topics: ['orders', 'clicks'] })).toEqual([
      ['billing-0', 'orders 0,1; clicks 0,1,2'],
      ['billing-1', 'orders 2; clicks 3,4'],
    ]);
  });

  it('leaves members beyond the number of partitions without any', () => {
    expect(owned({ group: 'billing', members: 4, topic: 'orders' })).toEqual([
      ['billing-0', 'orders 0'],
      ['billing-1', 'orders 1'],
      ['billing-2', 'orders 2'],
      ['billing-3', ''],
    ]);
  });

  it('sorts members by id as text: billing-10 comes before billing-2', () => {
    const dealt = owned({ group: 'billing', members: 11, topic: 'clicks' }) as [string, string][];
    const owners = dealt.filter(([, topics]) => topics !== '').map(([id]) => id);
    expect(owners).toEqual(['billing-0', 'billing-1', 'billing-2', 'billing-3', 'billing-10']);
  });

  it('has one member unless told otherwise', () => {
    expect(owned({ group: 'billing', topics: ['orders'] })).toEqual([
      ['billing-0', 'orders 0,1,2'],
    ]);
  });

  it('gives every partition to exactly one member, and no member two more than another', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 60 }),
        (members, partitions) => {
          const topic = { name: 't', partitions, replicationFactor: 1, replicas: null, config: {} };
          const dealt = assignedTopics({ group: 'g', members, topic: 't' }, [topic]);
          const lists = [...dealt.values()].map((topics) =>
            topics.flatMap((each) => (each.partitions === 'all' ? [] : [...each.partitions])),
          );
          const all = lists.flat().sort((a, b) => a - b);
          expect(all).toEqual(Array.from({ length: partitions }, (_, index) => index));
          const sizes = lists.map((list) => list.length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('groups', () => {
  it('warn that they hold fixed partitions', () => {
    const text = scenarioToYaml({ ...base, consumers: [{ group: 'billing', topic: 'orders' }] });
    const parsed = parseScenario(text, 'x.yaml');
    expect(parsed.ok ? parsed.warnings : []).toMatchObject([
      {
        path: ['consumers', 0, 'group'],
        message:
          'group "billing" holds fixed partitions in this release, dealt once by the range assignor: there is no coordinator, no rebalance and no committed offset',
      },
    ]);
  });

  it('take keys that need a coordinator, and say that they are not modelled', () => {
    const config = {
      'auto.offset.reset': 'earliest',
      'enable.auto.commit': false,
      'group.id': 'billing',
      'group.protocol': 'consumer',
      'session.timeout.ms': 10_000,
      'partition.assignment.strategy': ['org.apache.kafka.clients.consumer.RoundRobinAssignor'],
    };
    const scenario = { ...base, consumers: [{ group: 'billing', topic: 'orders', config }] };
    const parsed = parseScenario(scenarioToYaml(scenario), 'x.yaml');
    expect(parsed.ok ? parsed.warnings.map(({ message }) => message).slice(1) : []).toEqual([
      'enable.auto.commit is known and not modelled yet',
      'group.id is known and not modelled yet',
      'group.protocol is known and not modelled yet',
      'session.timeout.ms is known and not modelled yet',
      'partition.assignment.strategy is known and not modelled yet',
    ]);
  });

  it.each([
    ['{ group: billing, id: b, topic: orders }', '3:22: a consumer has an id or a group, not both'],
    ['{ topic: orders }', '3:13: a consumer needs an id or a group'],
    ['{ group: billing, count: 2, topic: orders }', '3:38: a group has members, not count'],
    ['{ id: b, members: 2, topic: orders }', '3:31: members needs a group; a consumer has count'],
    [
      '{ group: billing, topic: orders, assign: all }',
      '3:54: a group deals the partitions of its topics itself: it takes no assign',
    ],
    ['{ group: billing }', '3:13: group "billing" needs topics'],
    [
      '{ group: billing, members: 0, topic: orders }',
      '3:40: members must be a whole number from 1 to 10000, not 0',
    ],
    [
      '{ group: billing, members: 10000, topic: orders }, { id: one, topic: orders }',
      '3:12: there are 10001 clients, above the limit of 10000',
    ],
    [
      '{ group: billing, topic: orders }, { id: billing, topic: orders }',
      '3:54: duplicate consumer id or group "billing"',
    ],
    [
      '{ group: billing, topics: [ordres] }',
      '3:40: unknown topic "ordres" (did you mean "orders"?)',
    ],
    [
      '{ group: billing, memebrs: 2, topic: orders }',
      '3:31: unknown key "memebrs" in a consumer (did you mean "members"?)',
    ],
    [
      '{ id: b, topic: orders, assign: [[orders, 0]], topics: [orders] }',
      '3:60: a consumer has topic or topics, not both',
    ],
  ])('%s', (consumers, message) => {
    expect(messages(consumers)).toEqual([`x.yaml:${message}`]);
  });

  it('does not drop a topic of which assign lists no partition', () => {
    const text = scenarioToYaml({
      ...base,
      consumers: [{ id: 'b', topics: ['orders', 'clicks'], assign: [['orders', 0]] }],
    });
    const parsed = parseScenario(text, 'x.yaml');
    expect(parsed.ok ? [] : parsed.problems.map(({ message }) => message)).toEqual([
      'assign lists no partition of clicks, so it would not be read',
    ]);
  });

  it.each([
    ['member 4 of billing', 'unknown member 4 of billing: there are 3, counted from 1'],
    ['member 0 of billing', 'unknown member 0 of billing: there are 3, counted from 1'],
    ['member 1 of biling', 'unknown group "biling" (did you mean "billing"?)'],
    ['member 1 of reader', '"reader" is a consumer without a group: write "consumer reader"'],
    [
      'coordinator of billing',
      'target "coordinator of billing" is not modelled yet: this release has no group coordinator',
    ],
  ])('target %s', (target, message) => {
    const consumers =
      '{ group: billing, members: 3, topic: orders }, { id: reader, topic: orders }';
    expect(messages(consumers, `pause: ${target}`)).toEqual([`x.yaml:5:27: ${message}`]);
  });

  it('are struck member by member, or whole', () => {
    const plan = resolvePlan({
      ...base,
      consumers: [{ group: 'billing', members: 3, topic: 'orders' }],
      faults: [
        { at: '1s', crash: 'member 1 of billing' },
        { at: '1s', pause: 'consumer billing' },
      ],
    });
    expect(plan.faults).toMatchObject([
      { targets: [{ kind: 'consumer', id: 'billing-0' }] },
      { targets: [{ id: 'billing-0' }, { id: 'billing-1' }, { id: 'billing-2' }] },
    ]);
  });

  it('are found by --set under their name', () => {
    const override = parseOverride('consumers.billing.members=5');
    if (!override.ok) throw new Error(override.problem.message);
    const text = scenarioToYaml({ ...base, consumers: [{ group: 'billing', topic: 'orders' }] });
    const parsed = parseScenario(text, 'x.yaml', { overrides: [override.override] });
    expect(parsed).toMatchObject({ ok: true, scenario: { consumers: [{ members: 5 }] } });
  });

  it('read each record once; members without partitions and members that crash do no harm', () => {
    const scenario: Scenario = {
      ...base,
      producers: [{ id: 'web', topic: 'orders', rate: '50/s' }],
      consumers: [
        {
          group: 'billing',
          members: 5,
          topics: ['orders'],
          processing: '1ms',
          config: { 'auto.offset.reset': 'earliest' },
        },
      ],
      run: { for: '20s', settle: '20s' },
    };
    const calm = runScenario(scenario, { seed: 1 });
    expect(calm).toMatchObject({ ok: true, pending: [], clients: { lag: { billing: 0 } } });
    expect(calm.clients.delivered).toBe(calm.clients.ok);
    expect(calm.clients.ok).toBeGreaterThan(500);

    const struck = runScenario(
      {
        ...scenario,
        faults: [{ at: '10s', crash: ['member 1 of billing', 'member 5 of billing'], for: '3s' }],
      },
      { seed: 1 },
    );
    expect(struck).toMatchObject({ ok: true, pending: [], clients: { lag: { billing: 0 } } });
    expect(struck.clients.delivered).toBeGreaterThan(struck.clients.ok);
  });
});
