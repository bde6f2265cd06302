/** What people get wrong ends with exit code 2 and one clear message, and never with a stack trace. */
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';

import { brokerlab, Scratch, SMALL_SCENARIO, type Ended } from './testdata/spawn-cli.js';

const scratch = new Scratch();
afterAll(() => {
  scratch.remove();
});

/** Exit code 2, nothing on stdout, no stack; returns the message without its line break. */
function refusal({ code, stdout, stderr }: Ended): string {
  expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(stderr).not.toMatch(/crashed/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  return stderr.trimEnd();
}

/** The scenario with one text replaced, as a file; `place` is `line:column` of a text in it. */
function spoilt(
  name: string,
  from: string,
  to: string,
): { file: string; place: (text: string) => string } {
  const text = SMALL_SCENARIO.replace(from, to);
  expect(text).not.toBe(SMALL_SCENARIO);
  const place = (part: string): string => {
    const before = text.slice(0, text.indexOf(part)).split('\n');
    return `${String(before.length)}:${String((before.at(-1)?.length ?? 0) + 1)}`;
  };
  return { file: scratch.write(name, text), place };
}

describe('a scenario file', () => {
  it('wrong key: named with its place and the nearest key', async () => {
    const { file, place } = spoilt('key.yaml', 'replication-factor', 'replication-faktor');
    const message = refusal(await brokerlab(['run', file]));
    expect(message).toBe(
      `${file}:${place('replication-faktor')}: unknown key "replication-faktor" in a topic (did you mean "replication-factor"?)`,
    );
  });

  it('wrong unit', async () => {
    const { file, place } = spoilt('unit.yaml', '20/s', '20s');
    const message = refusal(await brokerlab(['run', file]));
    expect(message.startsWith(`${file}:${place('20s')}: `)).toBe(true);
    expect(message).toContain('20s');
    expect(message.split('\n')).toHaveLength(1);
  });

  it('duplicate YAML key', async () => {
    const { file, place } = spoilt('twice.yaml', 'run: {', 'name: again\nrun: {');
    const message = refusal(await brokerlab(['run', file]));
    expect(message.startsWith(`${file}:${place('name: again')}: `)).toBe(true);
    expect(message).toMatch(/name|unique|twice|duplicate/i);
  });

  it('unknown target', async () => {
    const { file, place } = spoilt('target.yaml', 'leader of orders-0', 'leader of order-0');
    const message = refusal(await brokerlab(['run', file]));
    expect(message.startsWith(`${file}:${place('leader of order-0')}: `)).toBe(true);
    expect(message).toContain('orders');
  });

  it('replication factor above the number of brokers', async () => {
    const { file } = spoilt('factor.yaml', 'replication-factor: 3', 'replication-factor: 4');
    const message = refusal(await brokerlab(['run', file]));
    expect(message).toMatch(/^[^\n]*factor\.yaml:5:\d+: [^\n]*4[^\n]*3[^\n]*$/);
  });

  it('fault at a negative time', async () => {
    const { file, place } = spoilt('early.yaml', 'at: 6s', 'at: -6s');
    const message = refusal(await brokerlab(['run', file]));
    expect(message.startsWith(`${file}:${place('-6s')}: `)).toBe(true);
    expect(message.split('\n')).toHaveLength(1);
  });

  it('200 MB: refused without being read', async () => {
    const file = scratch.path('large.yaml');
    const descriptor = openSync(file, 'w');
    ftruncateSync(descriptor, 200_000_000);
    closeSync(descriptor);
    const message = refusal(await brokerlab(['run', file]));
    expect(message).toBe(
      `${file}:1:1: the file has 200000000 bytes, above the limit of 1048576 bytes`,
    );
  });

  it('not UTF-8: the first bad byte', async () => {
    const bytes = Buffer.from(SMALL_SCENARIO, 'latin1');
    bytes[6] = 0xe9;
    const file = scratch.write('latin.yaml', bytes);
    const message = refusal(await brokerlab(['run', file]));
    expect(message).toBe(`${file}:1:7: the file is not UTF-8: byte 0xe9 at offset 6`);
  });

  it('not there, a folder, or a misspelt name of the catalogue', async () => {
    const missing = scratch.path('nothing.yaml');
    expect(refusal(await brokerlab(['run', missing]))).toBe(
      `${missing}:1:1: cannot be read: no such file`,
    );
    expect(refusal(await brokerlab(['run', scratch.folder]))).toContain('is a folder');
    expect(refusal(await brokerlab(['run', 'leader-crahs']))).toBe(
      'there is no scenario or file "leader-crahs"; did you mean leader-crash?',
    );
  });

  it('several mistakes are told in one go, in the order of the file', async () => {
    const text = SMALL_SCENARIO.replace('brokers: 3', 'brokers: three').replace('at: 6s', 'at: 6');
    const message = refusal(await brokerlab(['run', scratch.write('many.yaml', text)]));
    const lines = message.split('\n').map((line) => Number(/yaml:(\d+):/.exec(line)?.[1]));
    expect(lines.length).toBeGreaterThan(1);
    expect(lines).toEqual([...lines].sort((a, b) => a - b));
  });
});

describe('--set', () => {
  it('a path that leads nowhere, a value that is none, and a text without a path', async () => {
    expect(
      refusal(await brokerlab(['run', 'leader-crash', '--set', 'topics.payments.partitions=2'])),
    ).toContain('--set topics.payments.partitions=2');
    expect(refusal(await brokerlab(['run', 'leader-crash', '--set', 'run.for=fast']))).toContain(
      'fast',
    );
    expect(refusal(await brokerlab(['run', 'leader-crash', '--set', 'nonsense']))).toContain(
      '--set path=value',
    );
  });
});

describe('a properties file', () => {
  it('broken escape', async () => {
    const file = scratch.write('server.properties', 'process.roles=broker\nnode.id=1\\u00zz\n');
    const topics = scratch.write('topics.txt', '');
    const message = refusal(await brokerlab(['import', '--properties', file, '--topics', topics]));
    expect(message).toMatch(/server\.properties:2:10: [^\n]*\\u00zz/);
  });

  it('misspelt key: within two edits of a known one', async () => {
    const file = scratch.write(
      'typo.properties',
      'process.roles=broker\nnode.id=1\nnum.io.thread=8\n',
    );
    const topics = scratch.write('topics.txt', '');
    const message = refusal(await brokerlab(['import', '--properties', file, '--topics', topics]));
    expect(message).toMatch(/typo\.properties:3:1: [^\n]*num\.io\.threads/);
  });
});

describe('an output', () => {
  it('that cannot be written is noticed before the work', async () => {
    const nowhere = scratch.path('no/such/folder/out');
    // A scenario that does not exist is found only after the outputs were checked.
    for (const option of ['--trace', '--diagram', '--series']) {
      const message = refusal(await brokerlab(['run', 'nonsense', option, nowhere]));
      expect(message).toBe(
        `cannot write ${nowhere}: folder ${scratch.path('no/such/folder')}: no such file`,
      );
    }
    const report = refusal(
      await brokerlab(['availability', 'nonsense', '--report', `${nowhere}.md`]),
    );
    expect(report).toContain(`cannot write ${nowhere}.md`);
    const imported = refusal(
      await brokerlab([
        'import',
        '--properties',
        'nonsense',
        '--topics',
        'nonsense',
        '--out',
        nowhere,
      ]),
    );
    expect(imported).toContain(`cannot write ${nowhere}`);
  });

  it('folder that is a file, for why', async () => {
    const file = scratch.write('a-file', '');
    const message = refusal(await brokerlab(['why', 'brokers', '--quick', '--out', file]));
    expect(message).toContain(`cannot make the folder ${file}`);
  });

  it('of no known form, for a history', async () => {
    expect(
      refusal(await brokerlab(['run', 'leader-crash', '--history', scratch.path('h.csv')])),
    ).toContain('A history is an .edn, .json or .jsonl file.');
  });

  it('that is not there yet: Korean reports are refused', async () => {
    expect(
      refusal(await brokerlab(['why', 'brokers', '--lang', 'ko', '--out', scratch.path('ko')])),
    ).toContain('not there yet');
  });
});

describe('the command line', () => {
  it('unknown commands and options suggest the nearest', async () => {
    expect(refusal(await brokerlab(['rum', 'leader-crash']))).toContain('Did you mean run?');
    expect(refusal(await brokerlab(['run', 'leader-crash', '--sede', '1']))).toContain(
      'Did you mean --seed?',
    );
    expect(refusal(await brokerlab(['list', 'faluts']))).toContain('faults');
    expect(refusal(await brokerlab(['why', 'borkers']))).toContain('did you mean brokers?');
  });

  it('numbers are checked', async () => {
    for (const args of [
      ['run', 'leader-crash', '--seed', '-1'],
      ['run', 'leader-crash', '--seed', '1.5'],
      ['run', 'leader-crash', '--until-event', '0'],
      ['sweep', 'leader-crash', '--seeds', '9-1'],
      ['sweep', 'leader-crash', '--seeds', '1-9', '--workers', '0'],
      ['availability', 'leader-crash', '--precision', '0%'],
      ['availability', 'leader-crash', '--years', 'many'],
    ]) {
      expect(refusal(await brokerlab(args))).toContain('is invalid');
    }
  });

  it('an event that the run does not have', async () => {
    const file = scratch.write('small.yaml', SMALL_SCENARIO);
    const message = refusal(await brokerlab(['run', file, '--until-event', '900000000']));
    expect(message).toMatch(/^--until-event 900000000: the run is over after \d+ events$/);
  });

  it('availability of a scenario without failures says how to add them', async () => {
    const message = refusal(await brokerlab(['availability', 'leader-crash']));
    expect(message).toContain('leader-crash:1:1: the scenario has no failures');
    expect(message).toContain('broker-crash: { mttf: 30d, mttr: 1h }');
  });
});
