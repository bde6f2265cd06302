import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { parseScenario } from './parse.js';
import { ScenarioInputError } from './problem.js';
import { resolvePlan } from './resolve-plan.js';
import type { Scenario } from './schema.js';

const base: Scenario = {
  name: 'base',
  cluster: { brokers: 3, racks: ['a', 'b'] },
  topics: [{ name: 'orders', partitions: 2, 'replication-factor': 3 }],
  producers: [{ id: 'web', count: 2, topic: 'orders', rate: '100/s' }],
  consumers: [{ id: 'reader', topic: 'orders' }],
};

type FaultInput = NonNullable<Scenario['faults']>[number];

function fault(input: FaultInput): unknown {
  return resolvePlan({ ...base, faults: [input] }).faults[0];
}

describe('resolvePlan', () => {
  it('resolves the scenario of the design', () => {
    const text = readFileSync(new URL('testdata/leader-crash.yaml', import.meta.url), 'utf8');
    const parsed = parseScenario(text, 'leader-crash.yaml');
    if (!parsed.ok) throw new ScenarioInputError(parsed.problems);
    expect(resolvePlan(parsed.scenario)).toMatchObject({
      name: 'leader-crash',
      kafka: '4.1',
      metadata: 'kraft',
      racks: ['a', 'b', 'c'],
      brokers: [
        { id: 1, rack: 'a', combined: false },
        { id: 2, rack: 'b', combined: false },
        { id: 3, rack: 'c', combined: false },
      ],
      controllers: [
        { id: 4, voterIndex: 0, combined: false, rack: 'a' },
        { id: 5, voterIndex: 1, combined: false, rack: 'b' },
        { id: 6, voterIndex: 2, combined: false, rack: 'c' },
      ],
      network: {
        latency: { kind: 'lognormal', p50Us: 500, p99Us: 5000 },
        bandwidthBytesPerSecond: 125_000_000,
        loss: 0,
      },
      disk: {
        writeUs: 100,
        flushUs: 5000,
        bandwidthBytesPerSecond: 209_715_200,
        pageCacheBytes: 4_294_967_296,
      },
      topics: [{ name: 'orders', partitions: 3, replicationFactor: 3, replicas: null }],
      producers: [
        { id: 'web-0', baseId: 'web', ratePerSecond: 50, keys: 100, valueBytes: 200 },
        { id: 'web-1', baseId: 'web', stopUs: 60_000_000 },
      ],
      consumers: [
        { id: 'reader-0', topics: [{ topic: 'orders', partitions: 'all' }], processingUs: 2000 },
      ],
      faults: [
        {
          index: 0,
          verb: 'crash',
          trigger: { kind: 'at', atUs: 10_000_000 },
          forUs: 20_000_000,
          targets: [{ kind: 'leader', topic: 'orders', partition: 0 }],
          text: 'crash leader of orders-0',
        },
      ],
      run: { forUs: 60_000_000, settleUs: 60_000_000, seed: null, shuffleTies: false },
      invariants: 'all',
    });
  });

  it('is plain data and the same each time', () => {
    const plan = resolvePlan(base);
    expect(structuredClone(plan)).toEqual(plan);
    expect(JSON.stringify(resolvePlan(base))).toBe(JSON.stringify(plan));
  });

  it('merges configuration: the node over the cluster', () => {
    const plan = resolvePlan({
      name: 'x',
      cluster: {
        brokers: [{ id: 7, config: { 'num.io.threads': '4' } }, { id: 3 }],
        controllers: [{ id: 7 }, { id: 100, config: { 'num.io.threads': 1 } }],
        config: { 'num.io.threads': 2, 'min.insync.replicas': 2 },
      },
    });
    expect(plan.brokers).toEqual([
      {
        id: 3,
        rack: null,
        combined: false,
        config: { 'num.io.threads': 2, 'min.insync.replicas': 2 },
      },
      {
        id: 7,
        rack: null,
        combined: true,
        config: { 'num.io.threads': 4, 'min.insync.replicas': 2 },
      },
    ]);
    expect(
      plan.controllers.map(({ id, combined, config }) => [id, combined, config['num.io.threads']]),
    ).toEqual([
      [7, true, 4],
      [100, false, 1],
    ]);
  });

  it('puts combined voters on the first brokers', () => {
    const plan = resolvePlan({ name: 'x', cluster: { brokers: 5, combined: true } });
    expect(plan.controllers.map(({ id }) => id)).toEqual([1, 2, 3]);
    expect(plan.brokers.map(({ combined }) => combined)).toEqual([true, true, true, false, false]);
  });

  it('takes counts of a topic from replicas, else from the cluster', () => {
    const plan = resolvePlan({
      name: 'x',
      cluster: { brokers: 3, config: { 'num.partitions': 4, 'default.replication.factor': 2 } },
      topics: [
        {
          name: 'placed',
          replicas: [
            [1, 2, 3],
            [2, 3, 1],
          ],
        },
        { name: 'default' },
      ],
    });
    expect(plan.topics).toMatchObject([
      {
        partitions: 2,
        replicationFactor: 3,
        replicas: [
          [1, 2, 3],
          [2, 3, 1],
        ],
      },
      { partitions: 4, replicationFactor: 2, replicas: null },
    ]);
  });

  it('sorts assigned partitions by topic', () => {
    const plan = resolvePlan({
      ...base,
      consumers: [
        {
          id: 'r',
          count: 2,
          assign: [
            ['orders', 1],
            ['orders', 0],
          ],
        },
      ],
    });
    expect(plan.consumers.map(({ id, topics }) => [id, topics])).toEqual([
      ['r-0', [{ topic: 'orders', partitions: [0, 1] }]],
      ['r-1', [{ topic: 'orders', partitions: [0, 1] }]],
    ]);
  });

  it.each<[FaultInput, object]>([
    [
      { at: '1s', pause: 'producer web', for: '2s' },
      {
        targets: [
          { kind: 'producer', id: 'web-0' },
          { kind: 'producer', id: 'web-1' },
        ],
        forUs: 2_000_000,
      },
    ],
    [
      {
        at: '1s',
        crash: ['broker 1', 'all brokers', 'controller', 'controller 2', 'random broker'],
      },
      {
        targets: [
          { kind: 'broker', id: 1 },
          { kind: 'broker', id: 2 },
          { kind: 'broker', id: 3 },
          { kind: 'active-controller' },
          { kind: 'controller', voter: 2, id: 5 },
          { kind: 'random-broker' },
        ],
        forUs: null,
      },
    ],
    [
      { at: '1s', 'rack-outage': 'rack a' },
      {
        rack: 'a',
        targets: [
          { kind: 'broker', id: 1 },
          { kind: 'broker', id: 3 },
          { kind: 'controller', voter: 1, id: 4 },
          { kind: 'controller', voter: 3, id: 6 },
        ],
      },
    ],
    [
      { at: '1s', partition: [['rack a'], ['broker 2', 'controller 2']], for: '5s' },
      {
        groups: [
          [
            { kind: 'broker', id: 1 },
            { kind: 'broker', id: 3 },
            { kind: 'controller', voter: 1, id: 4 },
            { kind: 'controller', voter: 3, id: 6 },
          ],
          [
            { kind: 'broker', id: 2 },
            { kind: 'controller', voter: 2, id: 5 },
          ],
        ],
        text: 'partition [rack a], [broker 2, controller 2]',
      },
    ],
    [
      { at: '1s', block: { from: 'broker 1', to: 'controller' } },
      {
        from: [{ kind: 'broker', id: 1 }],
        to: [{ kind: 'active-controller' }],
        text: 'block from broker 1, to controller',
      },
    ],
    [
      { at: '1s', 'slow-link': { from: 'broker 1', delay: '200ms' } },
      { to: [], bothWays: true, delay: { kind: 'constant', valueUs: 200_000 }, factor: 1 },
    ],
    [
      {
        at: '1s',
        'slow-link': { from: 'broker 1', to: 'broker 2', 'both-ways': false, factor: 20 },
      },
      { bothWays: false, delay: null, factor: 20 },
    ],
    [
      { at: '1s', 'lossy-link': { from: 'broker 1', loss: '5%' } },
      { loss: 0.05, bothWays: true },
    ],
    [{ at: '1s', 'slow-disk': 'broker 1' }, { factor: 10 }],
    [{ at: '1s', 'slow-disk': { on: ['broker 1'], factor: 3 } }, { factor: 3 }],
    [{ at: '1s', 'clock-jump': { on: 'broker 1', by: '-5s' } }, { jumpUs: -5_000_000 }],
    [
      { at: '1s', 'rolling-restart': { on: 'all brokers', down: '3s', how: 'crash' } },
      { how: 'crash', downUs: 3_000_000, pauseUs: 10_000_000 },
    ],
    [
      { at: '1s', 'rolling-restart': 'broker 1' },
      { how: 'stop', downUs: 5_000_000 },
    ],
    [
      { at: '1s', 'elect-leaders': 'preferred' },
      { type: 'preferred', partitions: 'all' },
    ],
    [
      { at: '1s', 'elect-leaders': 'unclean' },
      { type: 'unclean', partitions: 'all' },
    ],
    [
      { at: '1s', reassign: 'orders-1', to: [3, 2] },
      { topic: 'orders', partition: 1, to: [3, 2], forUs: null, text: 'reassign orders-1 to 3, 2' },
    ],
    [
      { at: '1s', reassign: 'orders-0', to: 'cancel' },
      { partition: 0, to: null },
    ],
    [
      { at: '1s', 'elect-leaders': { type: 'unclean', partitions: ['orders-1'] } },
      { type: 'unclean', partitions: [{ topic: 'orders', partition: 1 }] },
    ],
    [
      {
        id: 'h',
        when: 'high-watermark-advanced of orders-0',
        nth: 2,
        hold: { rpc: 'Fetch', from: 'broker 1', to: 'broker 2', response: true },
      },
      {
        id: 'h',
        rpc: 'Fetch',
        response: true,
        trigger: { kind: 'when', mark: 'high-watermark-advanced', subject: 'orders-0', nth: 2 },
      },
    ],
    [
      { when: 'warm-up-ended', release: 'all' },
      { hold: 'all', trigger: { subject: null, nth: 1 } },
    ],
  ])('resolves the fault %j', (input, expected) => {
    expect(fault(input)).toMatchObject(expected);
  });

  it('resolves random faults in the order of the vocabulary', () => {
    const plan = resolvePlan({
      ...base,
      'random-faults': { every: '15s', for: '5s..40s', kinds: { pause: 1, crash: 2 } },
    });
    expect(plan.randomFaults).toEqual({
      every: { fromUs: 15_000_000, toUs: 15_000_000 },
      for: { fromUs: 5_000_000, toUs: 40_000_000 },
      kinds: [
        { verb: 'crash', weight: 2 },
        { verb: 'pause', weight: 1 },
      ],
      budget: 'survivable',
    });
    const all = resolvePlan({
      name: 'x',
      cluster: { brokers: 1 },
      'random-faults': { every: '1s', for: '1s', budget: 'unlimited' },
    }).randomFaults;
    expect(all?.kinds.map(({ verb }) => verb)).not.toContain('rack-outage');
    expect(all?.kinds.map(({ verb }) => verb)).not.toContain('reassign');
    expect(all?.kinds).toHaveLength(16);
    const weighted = resolvePlan({
      ...base,
      'random-faults': { every: '1s', for: '1s', kinds: { reassign: 3, crash: 1 } },
    }).randomFaults;
    expect(weighted?.kinds).toEqual([
      { verb: 'crash', weight: 1 },
      { verb: 'reassign', weight: 3 },
    ]);
  });

  it('resolves failures: exponential unless a distribution is named', () => {
    const plan = resolvePlan({
      name: 'x',
      cluster: { brokers: 3 },
      failures: {
        'broker-crash': { mttf: '20h', mttr: '2h' },
        'broker-stop': { mttf: '90d', mttr: '10m', distribution: 'deterministic' },
        gray: { mttf: '1d', mttr: { distribution: 'lognormal', p50: '1m', p99: '1h' } },
      },
    });
    expect(plan.failures).toEqual([
      {
        kind: 'broker-crash',
        up: { kind: 'exponential', meanUs: 72_000_000_000 },
        down: { kind: 'exponential', meanUs: 7_200_000_000 },
      },
      {
        kind: 'broker-stop',
        up: { kind: 'constant', valueUs: 7_776_000_000_000 },
        down: { kind: 'constant', valueUs: 600_000_000 },
      },
      {
        kind: 'gray',
        up: { kind: 'exponential', meanUs: 86_400_000_000 },
        down: { kind: 'lognormal', p50Us: 60_000_000, p99Us: 3_600_000_000 },
      },
    ]);
  });

  it('takes invariants by id or name', () => {
    expect(resolvePlan({ ...base, invariants: ['AckedDurable', 'I8', 'I1'] }).invariants).toEqual([
      'I1',
      'I8',
    ]);
  });

  it('refuses a scenario that does not hold', () => {
    const bad: Scenario = { ...base, faults: [{ at: '1s', crash: 'broker 9' }] };
    expect(() => resolvePlan(bad)).toThrow(
      new ScenarioInputError([
        {
          file: 'base',
          position: null,
          path: ['faults', 0, 'crash'],
          message: 'unknown broker 9: the brokers are 1, 2, 3',
        },
      ]),
    );
  });
});
