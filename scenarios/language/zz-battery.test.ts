import { it } from 'vitest';
import { parseScenario } from './parse.js';
import { formatProblem } from './problem.js';
import { resolvePlan } from './resolve-plan.js';
const head = `name: x
cluster: { brokers: 3, racks: [a, b, c], controllers: 3 }
topics: [{ name: orders, partitions: 3, replication-factor: 3 }, { name: pay, partitions: 2 }]
producers: [{ id: web, count: 1, topic: orders, rate: 50/s }]
consumers: [{ group: billing, members: 3, topics: [orders] }, { id: reader, topic: pay }]
`;
const faults = [
  'slow-link: { from: broker 1, to: broker 2, factor: 10 }',
  'lossy-link: { from: broker 1, to: broker 2, loss: 10% }',
  'lossy-link: { from: broker 1, to: broker 2, loss: 100% }',
  'slow-link: broker 1',
  'lossy-link: broker 1',
  'block: [broker 1, broker 2]',
  'block: { from: broker 1, to: [broker 2, broker 3] }',
  'block: { from: broker 1, target: broker 2 }',
  'slow-disk: broker 1',
  'slow-disk: [broker 1, broker 2]',
  'slow-disk: { target: broker 1 }',
  'slow-disk: { target: broker 1, factor: 3 }',
  'slow-disk: { on: broker 1 }',
  'slow-disk: { broker: 1 }',
  'slow-disk: { on: broker 1, factor: 10x }',
  'slow-disk: { on: broker 1, facotr: 3 }',
  'slow-disk: brokr 1',
  'slow-disk: [broker 1, brokr 2]',
  'clock-jump: { on: broker 1, by: 30s }',
  'clock-jump: broker 1',
  'clock-jump: { on: broker 1, by: 30 }',
  'clock-jump: { on: broker 1, by: 30s }, for: 5s',
  'rack-outage: a',
  'rack-outage: rack a',
  'rack-outage: [a, rack b]',
  'rack-outage: d',
  'rack-outage: broker 1',
  'rack-outage: [rack a, broker 1]',
  'rack-power-loss: rack a',
  'rack-outage: []',
  'crash: ',
  'crash: {}',
  'crash: { on: broker 1 }',
  'crash: [broker 1, member 2 of billing]',
  'crash: member 4 of billing',
  'crash: member 0 of billing',
  'crash: member 1 of biling',
  'crash: member 1 of reader',
  'crash: member one of billing',
  'crash: coordinator of billing',
  'pause: consumer billing',
  'pause: consumer billing-2',
  'stop: member 1 of billing',
  'crash: membr 1 of billing',
  'crash: zookeeper 1',
  'crash: random brokers',
  'crash: all',
  'crash: Broker 1',
  'crash: broker',
  'crash: leader',
  'crash: leader of orders',
  'crash: rack a',
  'crash: producer web-0',
  'crash: producer web-1',
  'partition: [[broker 1], [broker 2, broker 3]]',
  'partition: [broker 1, broker 2]',
  'partition: [[rack a], [rack b, rack c]]',
  'partition: [[broker 1], []]',
  'partition: { groups: [[broker 1]] }',
  'partition: [[leader of orders-0], [producer web]]',
  'hold: { rpc: Fetch, from: broker 1, to: broker 2, response: true }',
  'hold: { rpc: fetch, from: broker 1, to: broker 2 }',
  'hold: { rpc: Fetch, from: broker 1 }',
  'hold: Fetch',
  'hold: { rpc: Fetch, from: broker 1, to: broker 2, response: yes }',
  'hold: { rpc: JoinGroup, from: broker 1, to: broker 2 }',
  'release: all',
  'release: x',
  'elect-leaders: orders-0',
  'elect-leaders: preferred',
  'elect-leaders: [orders-0]',
  'elect-leaders: unclean',
  'elect-leaders: { partitions: [orders-0] }',
  'elect-leaders: { type: preferred, partitions: [orders-9] }',
  'rolling-restart: all brokers',
  'rolling-restart: { on: all brokers, wait: 5s }',
  'rolling-restart: brokers',
  'reset-connections: broker 1',
  'fill-disk: leader of orders-0',
  'fail-disk: follower of orders-0',
  'lose-disk: random broker',
  'power-loss: controller',
  'stop: controller 2',
  'kill: broker 1',
  'expire-session: broker 1',
  'upgrade: broker 1',
  'crash: broker 1, for: 5s..40s',
  'crash: broker 1, for: -5s',
];
const others = [
  ['when: high-watermark-advanced of orders-0, nth: 2, crash: broker 1'],
  ['when: broker-fenced of broker 01, crash: broker 1'],
  ['when: leader-elected of orders-00, crash: broker 1'],
  ['when: leader-elected, nth: 0, crash: broker 1'],
  ['when: [leader-elected], crash: broker 1'],
  ['when: broker-restarted of broker 1, crash: broker 1'],
];
const wholes: [string, string][] = [
  ['random list', head + 'random-faults: { every: 15s, for: 5s..40s, kinds: [crash, pause] }'],
  ['random hold', head + 'random-faults: { every: 15s, for: 5s..40s, kinds: { hold: 1 } }'],
  ['random zero', head + 'random-faults: { every: 0s, for: 5s..40s }'],
  ['random zero2', head + 'random-faults: { every: 0s..5s, for: 5s..40s }'],
  ['random bad span', head + 'random-faults: { every: 15, for: 40s..5s, budget: survivible }'],
  ['random nofor', head + 'random-faults: { every: 15s }'],
  [
    'failures logn',
    head + 'failures: { broker-crash: { mttf: 30d, mttr: 1h, distribution: lognormal } }',
  ],
  ['failures zero', head + 'failures: { broker-crash: { mttf: 0d, mttr: 1h } }'],
  ['failures zk', head + 'failures: { zookeeper-crash: { mttf: 30d, mttr: 1h } }'],
  ['failures plain', head + 'failures: { broker-crash: 30d }'],
  ['failures typo', head + 'failures: { broker-crsh: { mttf: 30d, mttr: 1h } }'],
  ['failures nomttr', head + 'failures: { broker-crash: { mttf: 30d } }'],
  [
    'failures bad logn',
    head +
      'failures: { broker-crash: { mttf: { distribution: lognormal, p50: 0s, p99: 1h }, mttr: { distribution: lognormal, p50: 2h, p99: 1h } } }',
  ],
  [
    'failures unif',
    head +
      'failures: { broker-crash: { mttf: { distribution: uniform, from: 2h, to: 1h }, mttr: 1h } }',
  ],
  [
    'failures bad dist',
    head +
      'failures: { broker-crash: { mttf: { distribution: weibull, p50: 0s, p99: 1h }, mttr: 1h } }',
  ],
  [
    'failures two',
    head +
      'failures: { broker-crash: { mttf: 10d, mttr: 1h } }\nrandom-faults: { every: 1s, for: 1s }',
  ],
  [
    'net',
    head +
      'network: { latency: { distribution: lognormal, p50: 5ms, p99: 500us }, bandwidth: 1Gbps, loss: 100% }',
  ],
  ['net2', head + 'network: { latency: 1ms, loss: 0.1%, jitter: 5ms }'],
  ['disk', head + 'disk: { wirte: 100us, flush: 5, bandwidth: 200MiB/s, page-cache: 4GiB }'],
  ['inv', head + 'invariants: [I1, AckedDurable, I99]'],
  ['inv2', head + 'invariants: I1'],
  ['inv3', head + 'invariants: none'],
  ['sw', head + 'switches: { elr: off, ekr: on }'],
  ['sw2', head + 'switches: { elr: false }'],
  ['sw3', head + 'switches: [elr]'],
  ['sw4', head + 'switches: { elr: maybe }'],
  ['run', head + 'run: { for: 60s, settle: 60s, seed: 7, shuffle-ties: true }'],
  ['run2', head + 'run: { for: 60, setle: 60s, seed: -1, shuffle-ties: yes }'],
  ['run3', head + 'run: 60s'],
  ['run4', head + 'run: { seed: 1.5 }'],
  ['run5', head + 'run: { seed: "7" }'],
  [
    'replicas',
    'name: x\ncluster: { brokers: 3 }\ntopics: [{ name: o, replicas: [[1,2],[2,3]], partitions: 3, replication-factor: 3 }]',
  ],
  [
    'replicas ok',
    'name: x\ncluster: { brokers: 3 }\ntopics: [{ name: o, replicas: [[1,2],[2,3]], partitions: 2, replication-factor: 2 }]',
  ],
  ['replicas flat', 'name: x\ncluster: { brokers: 3 }\ntopics: [{ name: o, replicas: [1,2,3] }]'],
  [
    'replicas mix',
    'name: x\ncluster: { brokers: 3 }\ntopics: [{ name: o, replicas: [[1],[1,2,3]], config: { min.insync.replicas: 2} }]',
  ],
  [
    'brokers list',
    'name: x\ncluster: { brokers: [{ id: 1, rack: a, config: { num.io.threads: 4 } }, { id: 5, confg: {} }] }',
  ],
  ['brokers list2', 'name: x\ncluster: { brokers: [1, 2, 3] }'],
  ['combined1', 'name: x\ncluster: { brokers: 1, combined: true }'],
  ['zk', 'name: x\ncluster: { brokers: 1, zookeepers: 3 }\nmetadata: zookeeper'],
  ['zk2', 'name: x\nkafka: "3.9-zk"\ncluster: { brokers: 1, zookeepers: 3 }'],
  ['groups both', head.replace('group: billing,', 'group: billing, id: b,')],
  ['groups count', head.replace('members: 3', 'count: 3')],
  ['groups assign', head.replace('members: 3', 'assign: all')],
  ['groups dup', head.replace('id: reader', 'group: billing')],
  ['groups dup id', head.replace('id: reader', 'id: billing')],
  ['groups none', head.replace('id: reader, ', '')],
  ['groups members alone', head.replace('id: reader', 'id: reader, members: 2')],
  ['groups 0', head.replace('members: 3', 'members: 0')],
  ['groups huge', head.replace('members: 3', 'members: 10000')],
  ['groups name', head.replace('billing', '"my group"')],
  ['groups notopic', head.replace(', topics: [orders]', '')],
  ['groups topics str', head.replace('topics: [orders]', 'topics: orders')],
  ['groups dup topics', head.replace('topics: [orders]', 'topics: [orders, orders]')],
  ['groups bad topic', head.replace('topics: [orders]', 'topics: [order]')],
  ['groups member typo', head.replace('members', 'memebrs')],
  [
    'groups config',
    head.replace(
      'topics: [orders]',
      'topics: [orders], config: { auto.offset.reset: earliest, enable.auto.commit: false, group.id: x, session.timeout.ms: 10000, partition.assignment.strategy: [org.apache.kafka.clients.consumer.RoundRobinAssignor], group.protocol: consumer, heartbeat.interval.ms: 3000, group.instance.id: a, max.poll.interval.ms: 100, fech.min.bytes: 1 }',
    ),
  ],
  ['assign ignored', head.replace('topic: pay', 'topic: pay, assign: [[orders, 0]]')],
  [
    'sends',
    head.replace(
      'rate: 50/s',
      'sends: [{ at: 1s, partition: 5, records: 1 }, { at: 1, partition: 0, records: 0 }]',
    ),
  ],
  ['both', head.replace('rate: 50/s', 'rate: 5/s, sends: [{ at: 1s, partition: 0, records: 1 }]')],
  ['name', 'name: my scenario\ncluster: { brokers: 1 }'],
  ['consumers map', 'name: x\ncluster: { brokers: 1 }\nconsumers: { id: x }'],
  ['config nested', 'name: x\ncluster: { brokers: 1, config: { min: { insync: 2 } } }'],
];
function show(label: string, text: string): void {
  let parsed;
  try {
    parsed = parseScenario(text, 'f');
  } catch (e) {
    console.log(label, 'THREW', e);
    return;
  }
  if (!parsed.ok) {
    console.log(`${label}\n   ✗ ${parsed.problems.map(formatProblem).join('\n   ✗ ')}`);
    return;
  }
  const plan = resolvePlan(parsed.scenario);
  console.log(
    `${label}\n   ok ${plan.faults.map((f) => f.text + ' :: ' + JSON.stringify(f)).join()} ${parsed.warnings
      .map(formatProblem)
      .filter((w) => !w.includes('fixed part'))
      .join(' | ')}`,
  );
}
it('x', () => {
  for (const f of faults) show(f, head + `faults: [{ at: 5s, ${f} }]`);
  for (const [f] of others) show(f!, head + `faults: [{ ${f} }]`);
  for (const [n, w] of wholes) show(n, w);
});
