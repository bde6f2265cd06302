import { describe, expect, it } from 'vitest';

import type { FaultInput } from './fault-parts.js';
import { parseScenario } from './parse.js';
import { formatProblem } from './problem.js';
import { resolvePlan } from './resolve-plan.js';
import type { Scenario } from './schema.js';
import { scenarioToYaml } from './to-yaml.js';

/** The scenario on line 1 to 3, the fault on line 4. */
function found(kafka: string, fault: string, more = ''): string[] {
  const text = `name: x
kafka: "${kafka}"
cluster: { brokers: 3 }
faults: [{ ${fault} }]
run: { for: 300s }
${more}`;
  const parsed = parseScenario(text, 'x.yaml');
  if (!parsed.ok) return parsed.problems.map(formatProblem);
  const again = parseScenario(scenarioToYaml(parsed.scenario), 'again.yaml');
  expect(again).toMatchObject({ ok: true, scenario: parsed.scenario });
  expect(resolvePlan(parsed.scenario).faults[0]?.verb).toBe('upgrade');
  return parsed.warnings.map(formatProblem);
}

describe('an upgrade', () => {
  it.each([
    ['2.3', 'at: 1s, upgrade: "2.8"'],
    ['2.3', 'at: 1s, upgrade: "3.9-zk"'],
    ['2.3', 'at: 1s, upgrade: { to: "3.9" }'],
    ['3.3', 'at: 1s, upgrade: { to: "4.1", on: [broker 2, controller 1], down: 1s, pause: 1s }'],
    ['3.9', 'at: 1s, upgrade: { to: "4.1", on: broker 1 } }, { at: 9s, upgrade: "4.1"'],
    ['3.5', 'at: 9s, upgrade: "4.1" }, { at: 1s, upgrade: { to: "3.9", on: all brokers }'],
  ])('of %s: { %s } is fine', (kafka, fault) => {
    expect(found(kafka, fault)).toEqual([]);
  });

  it.each([
    [
      '2.8',
      'at: 1s, upgrade: "2.3"',
      '4:29: from 2.8 to 2.3 is a downgrade: upgrades lead to newer versions',
    ],
    ['3.9', 'at: 1s, upgrade: "3.9"', '4:29: the cluster runs Kafka 3.9 already'],
    [
      '2.8',
      'at: 1s, upgrade: "4.1"',
      '4:29: Kafka 4.1 is modelled with metadata: kraft only, not zookeeper: the migration from ZooKeeper to KRaft is not modelled',
    ],
    [
      '3.5',
      'at: 1s, upgrade: "3.9-zk"',
      '4:29: the cluster is in KRaft mode: there is no way to 3.9-zk',
    ],
    [
      '3.5',
      'at: 9s, upgrade: "3.9" }, { at: 1s, upgrade: "4.0"',
      '4:29: from 4.0 to 3.9 is a downgrade: upgrades lead to newer versions',
    ],
    ['3.5', 'at: 1s, upgrade: 3.9', '4:29: upgrade must be text: write "3.9" in quotes'],
    [
      '3.5',
      'at: 1s, upgrade: { to: "5.0" }',
      '4:35: unknown Kafka version "5.0": this release models 0.10, 0.11, 1.1, 2.0, 2.3, 2.6, 2.8, 3.3, 3.5, 3.6, 3.9, 4.0, 4.1',
    ],
    [
      '3.5',
      'at: 1s, upgrade: { to: "4.1", on: [broker 1, controller] }',
      '4:57: upgrade takes brokers and controllers by their numbers, or all of them, not "controller"',
    ],
    [
      '3.5',
      'at: 1s, upgrade: { to: "4.1", on: broker 7 }',
      '4:46: unknown broker 7: the brokers are 1, 2, 3',
    ],
    [
      '2.3',
      'at: 1s, upgrade: { to: "2.8", on: zookeeper 1 }',
      '4:46: upgrade takes brokers and controllers by their numbers, or all of them, not "zookeeper 1"',
    ],
    ['3.5', 'at: 1s, upgrade: "4.1", for: 5s', '4:41: upgrade does not last: it takes no "for"'],
  ])('of %s: { %s } is refused', (kafka, fault, message) => {
    expect(found(kafka, fault)).toEqual([`x.yaml:${message}`]);
  });

  it('takes dedicated controllers first, and combined nodes once, unless it is told whom', () => {
    const resolved = (cluster: object, upgrade: FaultInput['upgrade']): unknown => {
      const faults = [{ at: '1s', upgrade }];
      return resolvePlan({ name: 'x', kafka: '3.9', cluster, faults } as Scenario).faults[0];
    };
    const brokers = [1, 2].map((id) => ({ kind: 'broker', id }));
    expect(resolved({ brokers: 2, controllers: 1 }, '4.1')).toMatchObject({
      to: '4.1',
      targets: [{ kind: 'controller', voter: 1, id: 3 }, ...brokers],
      downUs: 5_000_000,
      pauseUs: 20_000_000,
      text: 'upgrade to 4.1',
    });
    expect(resolved({ brokers: 2, combined: true }, { to: '4.1' })).toMatchObject({
      targets: brokers,
    });
    const canary = { to: '4.0', on: ['broker 2', 'controller 1'], down: '1s', pause: '2s' };
    expect(resolved({ brokers: 2, controllers: 1 }, canary)).toMatchObject({
      to: '4.0',
      targets: [brokers[1], { kind: 'controller', voter: 1, id: 3 }],
      downUs: 1_000_000,
      pauseUs: 2_000_000,
    });
  });

  it('says which configuration the new version refuses', () => {
    const brokers = (to: string): string[] => {
      const config = 'config: { inter.broker.protocol.version: "3.6" }';
      const text = `name: x
kafka: "3.6"
cluster: { brokers: [{ id: 1, CONFIG }] }
faults: [{ at: 1s, upgrade: "${to}" }]
run: { for: 300s }`.replace('CONFIG', config);
      const parsed = parseScenario(text, 'x.yaml');
      return parsed.ok ? [] : parsed.problems.map(formatProblem);
    };
    expect(brokers('3.9')).toEqual([]);
    expect(brokers('4.0')).toEqual([
      expect.stringMatching(/^x.yaml:3:\d+: after the upgrade to 4.0: /),
    ]);
  });

  it('says where it does not fit into the run', () => {
    expect(found('2.3', 'at: 200s, upgrade: "2.8"')).toEqual([
      'x.yaml:4:16: the upgrade takes 150s at least and does not fit into the 5m of the run: it stops where it is when faults are healed',
    ]);
  });

  it('is not drawn at random', () => {
    const random = 'random-faults: { every: 1s..2s, for: 1s..2s, kinds: { upgrade: 1 } }';
    expect(found('3.5', 'at: 1s, upgrade: "4.1"', random)).toEqual([
      'x.yaml:6:55: random faults do not draw upgrade: it is for scripted faults',
    ]);
  });
});
