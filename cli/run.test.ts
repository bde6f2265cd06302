/** `run`, from outside. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';

import {
  CATALOGUE,
  playPlan,
  resolvePlan,
  type RunResult,
  type ZnodeReport,
} from '../scenarios/index.js';
import { brokerlab, Scratch, SMALL_SCENARIO } from './testdata/spawn-cli.js';
import { whereRunsPart } from './verify.js';

const scratch = new Scratch();
const small = scratch.write('small.yaml', SMALL_SCENARIO);
afterAll(() => {
  scratch.remove();
});

describe('run --json', () => {
  it('prints one document that equals what the library says', async () => {
    const { code, stdout, stderr } = await brokerlab([
      'run',
      'leader-crash',
      '--seed',
      '42',
      '--json',
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const printed = JSON.parse(stdout) as RunResult;
    const plan = resolvePlan(CATALOGUE[0]!.scenario);
    expect(printed).toEqual(JSON.parse(JSON.stringify(playPlan(plan, { seed: 42 }).result)));
    expect(printed).toMatchObject({ schema: 1, scenario: 'leader-crash', seed: 42, ok: true });
    expect(printed.hash).toMatch(/^[0-9a-f]{16}$/);
  });

  it('--verify says so, with the same hash, whatever else is watched', async () => {
    const trace = scratch.path('trace.txt');
    const plain = await brokerlab(['run', small, '--seed', '7', '--json']);
    const verified = await brokerlab([
      'run',
      small,
      '--seed',
      '7',
      '--json',
      '--verify',
      '--trace',
      trace,
    ]);
    expect(verified.code).toBe(0);
    const document = JSON.parse(verified.stdout) as RunResult & { verified: boolean };
    expect(document.verified).toBe(true);
    expect({ ...document, verified: undefined }).toEqual({
      ...(JSON.parse(plain.stdout) as RunResult),
      verified: undefined,
    });
    expect(readFileSync(trace, 'utf8')).toContain('crash leader of orders-0');
  });
});

describe('run', () => {
  it('the seed is that of the command line, or of the scenario, or 1', async () => {
    const seeded = scratch.write(
      'seeded.yaml',
      SMALL_SCENARIO.replace('settle: 20s', 'settle: 20s, seed: 5'),
    );
    const seedOf = async (...args: string[]): Promise<number> => {
      const { stdout } = await brokerlab(['run', ...args, '--json']);
      return (JSON.parse(stdout) as RunResult).seed;
    };
    expect(await seedOf(small)).toBe(1);
    expect(await seedOf(seeded)).toBe(5);
    expect(await seedOf(seeded, '--seed', '9')).toBe(9);
  });

  it('prints story, faults, outages, clients and the hash, without colour codes', async () => {
    const env = { CI: 'true', FORCE_COLOR: '1' };
    const { code, stdout } = await brokerlab(['run', 'leader-crash', '--verify'], { env });
    expect(code).toBe(0);
    expect(stdout).not.toContain('\u001b');
    for (const part of [
      'seed 1',
      'story',
      'faults',
      'crash leader of orders-0',
      'outages',
      'clients',
      'verified',
    ]) {
      expect(stdout).toContain(part);
    }
    expect(stdout).toMatch(/^hash [0-9a-f]{16}, \d+ events, 120 s simulated$/m);
  });

  it('a violation ends with 1, the promise, and a replay line that shows it again', async () => {
    const args = ['run', small, '--seed', '1', '--set', 'switches.produceIsrCheck=off'];
    const lonely = [
      '--set',
      'topics.orders.config.min.insync.replicas=2',
      '--set',
      'faults[0].crash=[broker 2, broker 3]',
    ];
    const { code, stdout } = await brokerlab([...args, ...lonely]);
    expect(code).toBe(1);
    const told = /SAFETY MinISRAck \(I22\) broken at t=\d+ms, event (\d+)\n/.exec(stdout);
    expect(told).not.toBeNull();
    const event = told?.[1] ?? '';
    expect(stdout).toContain('promise: ');
    expect(stdout).toMatch(
      new RegExp(`replay: npx brokerlab run \\S+ --seed 1 --set .* --until-event ${event}\n`),
    );
    const replay = await brokerlab([...args, ...lonely, '--until-event', event]);
    expect(replay.code).toBe(1);
    expect(replay.stdout).toContain('SAFETY MinISRAck');
    const before = await brokerlab([
      ...args,
      ...lonely,
      '--until-event',
      String(Number(event) - 1),
    ]);
    expect(before.code).toBe(0);
  });

  it('what is still pending after the settling ends with 3 and is named', async () => {
    const { code, stdout } = await brokerlab([
      ...['run', small, '--set', 'run.for=8s', '--set', 'run.settle=1s'],
    ]);
    expect(code).toBe(3);
    expect(stdout).toContain('still pending');
    expect(stdout).toMatch(/pending after the settling\n {2}\S/);
  });

  it('expected losses alone end with 0', async () => {
    const { code, stdout } = await brokerlab(['run', 'whole-isr-power-loss', '--json']);
    const { ok, expectedLosses } = JSON.parse(stdout) as RunResult;
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    expect(expectedLosses.length).toBeGreaterThan(0);
    expect(expectedLosses[0]?.broken).toMatch(/\S/);
  });
});

describe('files of a run', () => {
  it('trace, diagram, histories and series agree with the result', async () => {
    const file = (name: string): string => scratch.path(name);
    const { code, stdout } = await brokerlab([
      ...['run', small, '--json', '--trace', file('t.txt'), '--diagram', file('d.svg')],
      ...['--history', file('h.json'), '--history', file('h.jsonl')],
      ...['--history', file('h.edn'), '--series', file('s.csv')],
    ]);
    expect(code).toBe(0);
    const { clients, simulatedMs } = JSON.parse(stdout) as RunResult;
    const read = (name: string): string => readFileSync(file(name), 'utf8');

    expect(read('t.txt')).toMatch(/^ +6000\.000 {2}fault +crash leader of orders-0$/m);
    expect(read('d.svg')).toMatch(/^<svg[^]*small, seed 1[^]*<\/svg>\n$/);

    const entries = JSON.parse(read('h.json')) as { f: string; type: string }[];
    expect(
      read('h.jsonl')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(entries);
    const acknowledged = entries.filter(({ f, type }) => f === 'send' && type === 'ok');
    expect(acknowledged).toHaveLength(clients.ok);
    expect(read('h.edn').match(/:type :ok, :process \d+, :f :send/g)).toHaveLength(clients.ok);
    expect(read('h.edn').trimEnd().split('\n')).toHaveLength(entries.length);

    const [head, ...seconds] = read('s.csv').trimEnd().split('\n');
    const column = (name: string): number[] =>
      seconds.map((line) => Number(line.split(',')[head?.split(',').indexOf(name) ?? -1]));
    const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
    expect(seconds).toHaveLength(simulatedMs / 1000);
    expect(sum(column('acked'))).toBe(clients.ok);
    expect(sum(column('delivered'))).toBe(clients.delivered);
    expect(column('lag').at(-1)).toBe(0);
    expect(column('write_available')[8]).toBe(0);
    expect(readdirSync(scratch.folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('a trace goes to stdout, ahead of the summary, but not into JSON', async () => {
    const { stdout } = await brokerlab(['run', small, '--trace', '-']);
    expect(stdout.split('\n')[0]).toMatch(/^ +0\.000 {2}broker-1 +up$/);
    const both = await brokerlab(['run', small, '--trace', '-', '--json']);
    expect(both).toMatchObject({ code: 2, stdout: '' });
  });

  it('--until-event stops there and leaves no other files', async () => {
    const { code, stdout } = await brokerlab(['run', small, '--until-event', '1000', '--json']);
    expect(code).toBe(0);
    const { event, events, trace } = JSON.parse(stdout) as {
      event: number;
      events: { eventNumber: number }[];
      trace: string[];
    };
    expect(event).toBe(1000);
    expect(events.at(-1)?.eventNumber).toBe(1000);
    expect(trace.length).toBeGreaterThan(0);
    const whole = await brokerlab(['run', small, '--json']);
    const { events: last } = JSON.parse(whole.stdout) as { events: number };
    const end = await brokerlab(['run', small, '--until-event', String(last), '--json']);
    const ring = (JSON.parse(end.stdout) as { events: { eventNumber: number }[] }).events;
    expect(ring.at(-1)?.eventNumber).toBe(last);
    const diagram = scratch.path('never.svg');
    const refused = await brokerlab(['run', small, '--until-event', '1000', '--diagram', diagram]);
    expect(refused.code).toBe(2);
    expect(existsSync(diagram)).toBe(false);
  });
});

describe('run --znodes', () => {
  const older = SMALL_SCENARIO.replace('"4.1"', '"2.3"').replace('controllers: 1, ', '');
  const onZooKeeper = ['run', scratch.write('older.yaml', older)];

  it('shows the tree that the brokers and the controller left behind', async () => {
    const text = await brokerlab([...onZooKeeper, '--znodes']);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    const lineOf = (path: string): string =>
      text.stdout.split('\n').find((line) => line.startsWith(`  ${path} `)) ?? '';
    expect(text.stdout).toMatch(/^znodes of zookeeper \d$/m);
    expect(lineOf('/controller')).toMatch(/ephemeral of broker (\d), session \d+ +{brokerId \1}$/);
    expect(lineOf('/brokers/ids/1')).toMatch(/czxid \d+\/\d+ +ephemeral of broker 1, session \d+/);
    expect(lineOf('/brokers/topics/orders')).toMatch(/{replicas \[\[\d \d \d\]\]}$/);
    expect(lineOf('/brokers/topics/orders/partitions/0/state')).toMatch(
      /version [1-9]\d* +czxid \S+ +{leader \d, leaderEpoch [1-9]\d*, isr \[\d \d \d\], controllerEpoch \d}$/,
    );
  });

  it('is a field of the JSON document, and changes nothing else of it', async () => {
    const plain = await brokerlab([...onZooKeeper, '--json']);
    const shown = await brokerlab([...onZooKeeper, '--json', '--znodes']);
    const { znodes, ...rest } = JSON.parse(shown.stdout) as { znodes: ZnodeReport[] };
    expect(rest).toEqual(JSON.parse(plain.stdout));
    const paths = znodes.map(({ path }) => path);
    expect(paths).toEqual([...paths].sort());
    const owners = znodes.filter(({ ephemeralOwner }) => ephemeralOwner !== null);
    expect(owners.map(({ path }) => path)).toEqual([
      ...['/brokers/ids/1', '/brokers/ids/2', '/brokers/ids/3', '/controller'],
    ]);
    expect(znodes.find(({ path }) => path === '/brokers/ids/2')).toMatchObject({
      version: 0,
      ephemeralOwner: { broker: 2 },
      data: { brokerId: 2, rack: null },
    });
  });

  it('a cluster without ZooKeeper has none', async () => {
    const refused = await brokerlab(['run', small, '--znodes']);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('--znodes: the cluster has no ZooKeeper (Kafka 4.1, kraft)');
  });
});

describe('whereRunsPart', () => {
  it('is null for the hash that the run has, and names both for another', () => {
    const plan = resolvePlan({
      ...CATALOGUE[0]!.scenario,
      faults: [],
      run: { for: '5s', settle: '5s' },
    });
    const { hash } = playPlan(plan, { seed: 3 }).result;
    expect(whereRunsPart(plan, 3, hash)).toBeNull();
    const told = whereRunsPart(plan, 3, '0000000000000000');
    expect(told).toContain('two runs of seed 3 differ: 0000000000000000 and');
    expect(told).toContain(hash);
  });
});
