/** `list`, `import`, `availability`, `why`: from outside. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

import type { AvailabilityReport } from '../reports/index.js';
import { CATALOGUE, FAULT_VERBS } from '../scenarios/index.js';
import { brokerlab, Scratch } from './testdata/spawn-cli.js';

const scratch = new Scratch();
afterAll(() => {
  scratch.remove();
});

describe('list', () => {
  it('has one line for each thing, and the same names as JSON', async () => {
    for (const what of ['scenarios', 'faults', 'invariants', 'versions', 'switches', 'questions']) {
      const text = await brokerlab(['list', what]);
      const json = await brokerlab(['list', what, '--json']);
      expect([text.code, json.code]).toEqual([0, 0]);
      const document = JSON.parse(json.stdout) as Record<string, unknown>;
      const entries = document[what] as { name: string; about: string }[];
      expect(document['schema']).toBe(1);
      const names = text.stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[0]);
      expect(names).toEqual(entries.map(({ name }) => name));
      expect(entries.every(({ about }) => about.length > 0 && !about.includes('\n'))).toBe(true);
    }
  });

  it('has every scenario and every verb', async () => {
    const scenarios = await brokerlab(['list', 'scenarios']);
    for (const { scenario } of CATALOGUE) expect(scenarios.stdout).toContain(`${scenario.name} `);
    const faults = await brokerlab(['list', 'faults']);
    expect(faults.stdout.trimEnd().split('\n')).toHaveLength(FAULT_VERBS.length);
  });

  it('a pipe that is closed early is no error', async () => {
    const entry = fileURLToPath(new URL('brokerlab.mjs', import.meta.url));
    const child = spawn(process.execPath, [entry, 'run', 'leader-crash', '--trace', '-']);
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.stdout.once('data', () => {
      child.stdout.destroy();
    });
    const code = await new Promise<number | null>((resolve) => {
      child.on('close', resolve);
    });
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
  });
});

describe('import', () => {
  const folder = 'scenarios/import/testdata/combined';
  const inputs = [
    ...['--properties', `${folder}/broker1.properties`, `${folder}/broker2.properties`],
    ...['--properties', `${folder}/broker3.properties`, '--topics', `${folder}/topics.txt`],
  ];

  it('writes the scenario of the cluster, which runs, and lists what it leaves out', async () => {
    const out = scratch.path('mine.yaml');
    const { code, stdout, stderr } = await brokerlab([
      'import',
      ...inputs,
      '--name',
      'mine',
      '--out',
      out,
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('known to Kafka, not modelled here:');
    expect(stderr).toContain(`${folder}/broker1.properties:17:1 and 2 more: num.network.threads=3`);
    expect(stderr).toContain('(hidden)');
    const printed = await brokerlab(['import', ...inputs, '--name', 'mine']);
    expect(printed.stdout).toBe(readFileSync(out, 'utf8'));
    const run = await brokerlab(['run', out, '--json']);
    expect(run.code).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ scenario: 'mine', ok: true });
  });
});

/** No vote comes back before the election is over. */
const STUCK = `name: stuck
kafka: "4.1"
cluster: { brokers: 3, controllers: 3 }
network: { latency: 20s }
topics:
  - { name: orders, partitions: 1, replication-factor: 3 }
failures:
  broker-crash: { mttf: 20h, mttr: 2h }
`;

const ONE_BROKER = `name: one-broker
kafka: "4.1"
cluster: { brokers: 1, controllers: 1 }
topics:
  - { name: orders, partitions: 1, replication-factor: 1 }
failures:
  broker-crash: { mttf: 20h, mttr: 2h }
`;

describe('availability', () => {
  const scenario = scratch.write('one.yaml', ONE_BROKER);

  it('one broker: JSON, the same for 1 and 2 workers, around 20/22', async () => {
    const args = ['availability', scenario, '--years', '0.5', '--json', '--workers'];
    const [one, two] = await Promise.all([brokerlab([...args, '1']), brokerlab([...args, '2'])]);
    expect(one).toMatchObject({ code: 0, stderr: '' });
    expect(two.stdout).toBe(one.stdout);
    const report = JSON.parse(one.stdout) as AvailabilityReport;
    expect(report).toMatchObject({ schema: 1, scenario: 'one-broker', confidence: 0.99 });
    expect(report.simulatedYears).toBeCloseTo(0.5, 6);
    expect(report.write.low).toBeLessThan(20 / 22);
    expect(report.write.high).toBeGreaterThan(20 / 22);
    expect(report.theory?.write).toBeCloseTo(20 / 22, 3);
    expect(report.reproduce).toBe(`npx brokerlab availability ${scenario} --seed 1 --years 0.5`);
  });

  it('a cluster that does not come up ends with 3, and says what is missing', async () => {
    const stuck = scratch.write('stuck.yaml', STUCK);
    const args = ['availability', stuck, '--years', '0.5'];
    const [text, json] = await Promise.all([brokerlab(args), brokerlab([...args, '--json'])]);
    expect(text).toMatchObject({ code: 3, stdout: '' });
    expect(text.stderr).toMatch(
      /^liveness failure of the long run with seed 1: the cluster does not warm up within 120 s; .*\n$/,
    );
    expect(json.code).toBe(3);
    const document = JSON.parse(json.stdout) as { pending: string[] };
    expect(document).toMatchObject({ schema: 1, scenario: 'stuck', ok: false, seed: 1 });
    expect(document.pending[0]).toBe('the cluster does not warm up within 120 s');
    expect(document.pending).toContain('no controller is active');
    expect(document.pending.at(-1)).toBe('orders-0 is not created');
  });

  it('writes the report and its chart, the same bytes again', async () => {
    const report = (name: string): Promise<unknown> =>
      brokerlab(['availability', scenario, '--years', '0.2', '--report', scratch.path(name)]);
    const told = await report('first.md');
    expect(told).toMatchObject({ code: 0, stderr: `report: ${scratch.path('first.md')}\n` });
    await report('second.md');
    const read = (name: string): string => readFileSync(join(scratch.folder, name), 'utf8');
    const text = read('first.md');
    expect(read('second.md').replace('second.svg', 'first.svg')).toBe(text);
    expect(read('second.svg')).toBe(read('first.svg'));
    expect(text).toContain('# How available is one-broker?');
    for (const title of [
      'How each figure is defined',
      'What was assumed',
      'What was not modelled',
    ]) {
      expect(text).toContain(`## ${title}`);
    }
    expect(text).toContain('](first.svg)');
    expect(text).toContain('`broker-crash`: up exponential, mean 20 h, down exponential, mean 2 h');
  });
});

describe('why', () => {
  it('without a question, or with --list, lists the questions', async () => {
    const listed = await brokerlab(['why', '--list']);
    expect(listed).toMatchObject({ code: 0, stderr: '' });
    expect(listed.stdout).toMatch(/^brokers {5}Why at least 3 brokers\?/);
    expect((await brokerlab(['why'])).stdout).toBe(listed.stdout);
    const json = JSON.parse((await brokerlab(['why', '--list', '--json'])).stdout) as object;
    expect(json).toMatchObject({
      schema: 1,
      questions: [{ id: 'brokers' }, { id: 'controller' }, { id: 'quorum' }],
    });
  });
});

describe('brokerlab', () => {
  it('--version and --help', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(await brokerlab(['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    const help = await brokerlab(['--help']);
    expect(help.code).toBe(0);
    for (const command of ['run', 'sweep', 'availability', 'why', 'import', 'list']) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    }
    expect((await brokerlab([])).code).toBe(2);
  });
});
