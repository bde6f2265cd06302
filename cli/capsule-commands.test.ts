/** `replay` and `shrink`, as people call them. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  capsuleOf,
  capsuleToJson,
  failureOf,
  parseScenario,
  playScenario,
  type Capsule,
  type Scenario,
} from '../scenarios/index.js';
import { hashOfBuild } from './source-hash.js';
import { brokerlab, Scratch } from './testdata/spawn-cli.js';

const scratch = new Scratch();
afterAll(() => {
  scratch.remove();
});

/** More than the failure needs, so that there is something to shrink. */
const EARLY_ACK: Scenario = {
  name: 'early-ack',
  cluster: { brokers: 3, controllers: 1, config: { 'min.insync.replicas': 2 } },
  topics: [{ name: 'orders', partitions: 1, 'replication-factor': 3 }],
  producers: [{ id: 'web', topic: 'orders', rate: '2/s', config: { acks: 'all' } }],
  faults: [{ at: '2s', pause: 'broker 3', for: '1s' }],
  run: { for: '5s', settle: '1s', seed: 3 },
  switches: { produceAck: 'append' },
};

let made: Capsule;
let file: string;
beforeAll(() => {
  const { run, result } = playScenario(EARLY_ACK, { seed: 3 });
  const sourceHash = hashOfBuild(new URL('../dist', import.meta.url).pathname);
  const source = { brokerlab: '0.1.0', sourceHash };
  made = capsuleOf(EARLY_ACK, run, result, failureOf(result)!, source);
  file = write('c.json', {});
});

/** The capsule with some parts replaced, as a file. */
function write(name: string, changes: Partial<Capsule>): string {
  return scratch.write(name, capsuleToJson({ ...made, ...changes }));
}

describe('replay', () => {
  it('shows the failure of the same run and ends with 1', async () => {
    const { code, stdout, stderr } = await brokerlab(['replay', file]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toContain(`the same run, hash ${made.hash}`);
    expect(stdout).toContain('I22 still fails: orders-0 offset 0');
  });

  it('refuses another source, and says where the right one is', async () => {
    const older = write('old.json', { sourceHash: 'a'.repeat(64), brokerlab: '0.0.9' });
    const { code, stdout, stderr } = await brokerlab(['replay', older]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('version 0.0.9');
    expect(stderr).toContain(`npx brokerlab@0.0.9 replay ${older}`);
    expect(stderr).toContain('--anyway');
    const other = write('other.json', { sourceHash: 'a'.repeat(64) });
    expect((await brokerlab(['replay', other])).stderr).toContain('check out the commit');
  });

  it('--anyway says whether the failure is still there', async () => {
    const sourceHash = 'a'.repeat(64);
    const still = await brokerlab([
      'replay',
      write('still.json', { sourceHash }),
      '--anyway',
      '--json',
    ]);
    expect(still.code).toBe(1);
    expect(JSON.parse(still.stdout)).toMatchObject({
      schema: 1,
      isSameSource: false,
      isSameRun: true,
      fails: true,
    });
    const mended = { sourceHash, scenario: { ...EARLY_ACK, switches: {} } };
    const gone = await brokerlab(['replay', write('gone.json', mended), '--anyway']);
    expect(gone.code).toBe(0);
    expect(gone.stdout).toContain('I22 does not fail any more');
  });

  it('refuses what is no capsule', async () => {
    const broken = scratch.write('broken.json', '{ "schema": 1 }');
    const { code, stderr } = await brokerlab(['replay', broken]);
    expect(code).toBe(2);
    expect(stderr).toContain(`${broken}: kind: the key "kind" is missing`);
    expect((await brokerlab(['replay', scratch.path('none.json')])).code).toBe(2);
  });
});

describe('shrink', () => {
  it('writes scenario, capsule, test and trace, and the capsule replays', async () => {
    const out = scratch.path('out');
    const { code, stdout } = await brokerlab(['shrink', file, '--out', out, '--json']);
    expect(code).toBe(1);
    const told = JSON.parse(stdout) as { isMinimal: boolean; size: object; files: string[] };
    expect(told.isMinimal).toBe(true);
    expect(told.size).toEqual({ brokers: 2, topics: 1, partitions: 1, faults: 0, records: 1 });
    expect(told.files.map((name) => name.slice(out.length + 1))).toEqual([
      'early-ack.yaml',
      'early-ack.capsule.json',
      'early-ack.test.ts',
      'early-ack.trace.txt',
      'early-ack.svg',
      'early-ack.mmd',
    ]);
    const [yaml = '', capsule = '', test = '', trace = ''] = told.files;
    expect(parseScenario(readFileSync(yaml, 'utf8'), yaml).ok).toBe(true);
    expect(readFileSync(test, 'utf8')).toContain("from 'brokerlab'");
    expect(readFileSync(trace, 'utf8').split('\n').length).toBeGreaterThan(5);
    expect((await brokerlab(['replay', capsule])).code).toBe(1);
    expect((await brokerlab(['run', yaml])).code).toBe(1);
  });

  it('ends with 0 where nothing fails, and with 2 for a time that is none', async () => {
    const mended = write('sound.json', { scenario: { ...EARLY_ACK, switches: {} } });
    const { code, stdout } = await brokerlab(['shrink', mended, '--out', scratch.path('none')]);
    expect(code).toBe(0);
    expect(stdout).toContain('I22 does not fail');
    expect((await brokerlab(['shrink', file, '--for', 'ever'])).code).toBe(2);
  });
});
