/** `check`: from outside. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

import {
  allowedAnomalies,
  ANOMALIES,
  HISTORY_BYTES_MAX,
  type HistoryVerdict,
} from '../scenarios/index.js';
import { brokerlab, Scratch, SMALL_SCENARIO } from './testdata/spawn-cli.js';

const scratch = new Scratch();
afterAll(() => {
  scratch.remove();
});

/** One acknowledged record was polled twice by one process, and another never. */
const BAD = `{:index 0, :type :ok, :process 0, :f :send, :value [[:send 0 [0 1]]]}
{:index 1, :type :ok, :process 0, :f :send, :value [[:send 0 [1 2]]]}
{:index 2, :type :ok, :process 0, :f :send, :value [[:send 0 [2 3]]]}
{:index 3, :type :ok, :process 1, :f :poll, :value [[:poll {0 [[0 1] [2 3]]}]]}
{:index 4, :type :ok, :process 1, :f :poll, :value [[:poll {0 [[0 1]]}]]}
`;

describe('check', () => {
  it('judges what run writes, the same in every format', async () => {
    const scenario = scratch.write('small.yaml', SMALL_SCENARIO);
    const files = ['h.edn', 'h.json', 'h.jsonl'].map((name) => scratch.path(name));
    const options = files.flatMap((file) => ['--history', file]);
    expect(await brokerlab(['run', scenario, ...options])).toMatchObject({ code: 0 });
    for (const file of files) {
      const { code, stdout, stderr } = await brokerlab(['check', file, '--json']);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual({
        schema: 1,
        valid: true,
        anomalies: {},
        allowed: ['int-send-skip', 'G0', 'G1c'],
      });
      const { stdout: text } = await brokerlab(['check', file]);
      expect(text).toMatch(/^\d+ completed operations, mode assign\nvalid\n$/);
    }
  });

  it('an anomaly that the mode does not allow ends with 1, named with its evidence', async () => {
    const file = scratch.write('bad.edn', BAD);
    const json = await brokerlab(['check', file, '--json']);
    const { valid, anomalies } = JSON.parse(json.stdout) as HistoryVerdict;
    expect({ code: json.code, valid }).toEqual({ code: 1, valid: false });
    expect(Object.keys(anomalies)).toEqual([
      'lost-write',
      'unseen',
      'int-poll-skip',
      'nonmonotonic-poll',
    ]);
    expect(anomalies['lost-write']).toMatchObject([{ key: 0, values: [2], ops: [1, 3] }]);

    const text = await brokerlab(['check', file]);
    expect(text.code).toBe(1);
    expect(text.stdout).toMatch(/^lost-write +1 case +NOT ALLOWED +0 +2 \(op 1, offset 1\)/m);
    expect(text.stdout.endsWith('\nNOT VALID\n')).toBe(true);
  });

  it('--sub subscribe allows consumers to go back, and says so', async () => {
    const lines = BAD.split('\n').filter((line) => !/index [12],/.test(line));
    const file = scratch.write('back.edn', lines.join('\n').replace(' [2 3]', ''));
    expect((await brokerlab(['check', file])).code).toBe(1);
    const subscribed = await brokerlab(['check', file, '--sub', 'subscribe']);
    expect(subscribed.code).toBe(0);
    expect(subscribed.stdout).toMatch(/^nonmonotonic-poll +1 case +allowed /m);
  });

  it('--no-ww-deps takes G1c for a fault', async () => {
    const file = scratch.write(
      'mutual.edn',
      `{:type :ok, :process 0, :f :txn, :value [[:send 0 [0 1]] [:poll {1 [[0 2]]}]]}
       {:type :ok, :process 1, :f :txn, :value [[:send 1 [0 2]] [:poll {0 [[0 1]]}]]}`,
    );
    expect((await brokerlab(['check', file])).code).toBe(0);
    expect((await brokerlab(['check', file, '--no-ww-deps'])).code).toBe(1);
  });

  it.each([
    ['h.edn', '{:type :ok\n :f', '1:1: this bracket is never closed'],
    ['h.json', '[{"type":"okay"}]', '1:2: "type" is "okay"; it must be invoke, ok, fail or info'],
    ['h.csv', '', 'a history is an .edn, .json or .jsonl file'],
  ])('bad input ends with 2 and says where: %s', async (name, content, message) => {
    const file = scratch.write(name, content);
    const { code, stdout, stderr } = await brokerlab(['check', file, '--json']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain(file);
  });

  it('a file that is not there, and an unknown mode', async () => {
    expect(await brokerlab(['check', scratch.path('none.edn')])).toMatchObject({ code: 2 });
    const file = scratch.write('empty.edn', '');
    expect(await brokerlab(['check', file, '--sub', 'group'])).toMatchObject({ code: 2 });
    expect(await brokerlab(['check', file])).toMatchObject({ code: 0 });
  });
});

describe('docs/history.md', () => {
  const text = readFileSync(fileURLToPath(new URL('../docs/history.md', import.meta.url)), 'utf8');

  it('defines every anomaly as the code does', () => {
    for (const [name, definition] of Object.entries(ANOMALIES)) {
      expect(text).toContain(`| \`${name}\` | ${definition} |\n`);
    }
    expect(HISTORY_BYTES_MAX).toBe(256 * 2 ** 20);
  });

  it('says what each mode allows', () => {
    const [, always, subscribe, ww] = /^\| allowed \| (.*) \| (.*) \| (.*) \|$/m
      .exec(text)!
      .map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
    expect(allowedAnomalies('assign', false)).toEqual(always);
    expect(new Set(allowedAnomalies('subscribe', true))).toEqual(
      new Set([...always!, ...subscribe!, ...ww!]),
    );
  });
});
