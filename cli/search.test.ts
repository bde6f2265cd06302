/** `search`, as people call it: what it finds and writes, its exit codes, and Ctrl-C. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';

import { brokerlab, Scratch, SMALL_SCENARIO } from './testdata/spawn-cli.js';

const scratch = new Scratch();
afterAll(() => {
  scratch.remove();
});

interface Searched {
  readonly schema: number;
  readonly units: number;
  readonly nextSeed: number;
  readonly neverReached: readonly string[];
  readonly finding: null | {
    readonly seed: number;
    readonly failure: { readonly invariant: string };
    readonly files: readonly string[];
  };
}

describe('search', () => {
  it('over the model as it is finds nothing, ends with 0, and says what it never reached', async () => {
    const args = ['search', '--seeds', '1-4', '--json', '--workers'];
    const one = await brokerlab([...args, '1']);
    expect({ code: one.code, stderr: one.stderr }).toEqual({ code: 0, stderr: '' });
    const found = JSON.parse(one.stdout) as Searched;
    expect(found).toMatchObject({ schema: 1, units: 4, nextSeed: 5, finding: null });
    expect(found.neverReached).toContain('metadata-truncated');
    expect((await brokerlab([...args, '2'])).stdout).toBe(one.stdout);
  });

  it('writes what it found, shrunk, and a capsule that replays', async () => {
    const out = scratch.path('findings');
    const set = ['--set', 'switches.produceAck=append'];
    const args = ['search', '--seeds', '1-50', '--out', out, '--shrink-for', '20s', '--json'];
    const { code, stdout } = await brokerlab([...args, ...set]);
    expect(code).toBe(1);
    const { finding } = JSON.parse(stdout) as Searched;
    expect(finding?.failure.invariant).toBe('I22');
    expect(finding!.files.filter((file) => !existsSync(file))).toEqual([]);
    const capsules = finding!.files.filter((file) => file.endsWith('.capsule.json'));
    expect(capsules).toHaveLength(2);
    for (const capsule of capsules) {
      const replayed = await brokerlab(['replay', capsule]);
      expect({ file: capsule, code: replayed.code }).toEqual({ file: capsule, code: 1 });
    }
  });

  it('keeps to one scenario and the invariants that it names', async () => {
    const text = `${SMALL_SCENARIO}switches: { produceAck: append }\ninvariants: [I22]\n`;
    const file = scratch.write('small-append.yaml', text);
    const out = scratch.path('of-scenario');
    const args = ['search', file, '--seeds', '1-20', '--out', out, '--shrink-for', '5s'];
    const { code, stdout } = await brokerlab(args);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^seed \d+: I22 is broken: orders-0 /m);
    const shrunk = /^wrote (.*\.yaml)$/gm;
    const files = [...stdout.matchAll(shrunk)].map(([, name]) => name!);
    expect(readFileSync(files.at(-1)!, 'utf8')).toContain('name: small');
  });

  it('Ctrl-C: says what was done, how to go on, and ends', async () => {
    const { code, stdout, stderr } = await brokerlab(['search', '--for', '1h', '--workers', '1'], {
      whileRunning: (interrupt) => {
        setTimeout(interrupt, 4000);
      },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+ seeds?, \d[\d,]* runs?, /);
    expect(stdout).toContain('no promise was broken');
    expect(stderr).toMatch(/^interrupted. To go on: npx brokerlab search --seeds \d+-\d+\n$/);
  });
});
