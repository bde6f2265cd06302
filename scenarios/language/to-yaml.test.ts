import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { parseScenario } from './parse.js';
import { formatProblem } from './problem.js';
import type { Scenario } from './schema.js';
import { flowYaml, scenarioToYaml } from './to-yaml.js';

describe('scenarioToYaml', () => {
  it('reads back as the same scenario', () => {
    const scenario: Scenario = {
      name: 'x',
      description: 'Quotes: "a", #b, [c], and a line\nbreak.',
      kafka: '4.1',
      cluster: {
        brokers: [
          { id: 1, rack: 'a' },
          { id: 2, config: { 'num.io.threads': '8' } },
        ],
        controllers: 3,
        config: { 'min.insync.replicas': 2, 'unclean.leader.election.enable': false },
      },
      network: { latency: { distribution: 'lognormal', p50: '500us', p99: '5ms' }, loss: 0.001 },
      topics: [
        {
          name: 'orders',
          replicas: [
            [1, 2],
            [2, 1],
          ],
        },
      ],
      producers: [{ id: 'web', topic: 'orders', rate: '50/s', config: { acks: 'all' } }],
      faults: [
        { at: '10s', partition: [['broker 1'], ['broker 2', 'controller']], for: '5s' },
        { when: 'high-watermark-advanced of orders-0', nth: 2, crash: 'leader of orders-0' },
      ],
      run: { for: '60s', seed: 7, 'shuffle-ties': true },
      invariants: ['I1', 'I8'],
      switches: { elr: 'off' },
    };
    const parsed = parseScenario(scenarioToYaml(scenario), 'x.yaml');
    expect(parsed.ok ? [] : parsed.problems.map(formatProblem)).toEqual([]);
    expect(parsed).toMatchObject({ ok: true, scenario });
  });

  it('keeps any text and number', () => {
    const leaf = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean());
    const value = fc.dictionary(fc.string(), fc.oneof(leaf, fc.array(leaf)), {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(value, (data) => {
        const text = flowYaml(data);
        expect(text).not.toContain('\n');
        expect(parse(text, { version: '1.2' })).toEqual(data);
      }),
      {
        numRuns: 300,
        examples: [[{ '': ['"\n'] }], [{ a: `'"${'\n'.repeat(50)}` }], [{ '': ['$\n!'] }]],
      },
    );
  });
});
