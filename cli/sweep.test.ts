/** `sweep`, from outside: the same for any number of workers, and honest when interrupted. */
import { afterAll, describe, expect, it } from 'vitest';

import type { RunResult } from '../scenarios/index.js';
import { brokerlab, Scratch, SMALL_SCENARIO } from './testdata/spawn-cli.js';

const scratch = new Scratch();
const small = scratch.write('small.yaml', SMALL_SCENARIO);
afterAll(() => {
  scratch.remove();
});

interface Sweep {
  readonly schema: number;
  readonly scenario: string;
  readonly seeds: { readonly from: number; readonly to: number };
  readonly runs: readonly Pick<RunResult, 'seed' | 'hash' | 'ok'>[];
}

describe('sweep', () => {
  it('gives the same bytes with 1, 2 and 3 workers, and the hashes of run', async () => {
    const [one, two, three] = await Promise.all(
      ['1', '2', '3'].map((workers) =>
        brokerlab(['sweep', small, '--seeds', '41-47', '--workers', workers, '--json']),
      ),
    );
    expect(one).toMatchObject({ code: 0, stderr: '' });
    expect(two?.stdout).toBe(one?.stdout);
    expect(three?.stdout).toBe(one?.stdout);

    const sweep = JSON.parse(one?.stdout ?? '') as Sweep;
    expect(sweep).toMatchObject({ schema: 1, scenario: 'small', seeds: { from: 41, to: 47 } });
    expect(sweep.runs.map(({ seed }) => seed)).toEqual([41, 42, 43, 44, 45, 46, 47]);
    expect(new Set(sweep.runs.map(({ hash }) => hash)).size).toBe(7);

    const single = await brokerlab(['run', small, '--seed', '42', '--json']);
    const { hash } = JSON.parse(single.stdout) as RunResult;
    expect(sweep.runs[1]?.hash).toBe(hash);
  });

  it('tells failing seeds with a replay line; a violation outranks what is pending', async () => {
    const breaking = [
      '--set',
      'switches.produceIsrCheck=off',
      '--set',
      'faults[0].crash=[broker 2, broker 3]',
    ];
    const { code, stdout } = await brokerlab(['sweep', small, '--seeds', '1-3', ...breaking]);
    expect(code).toBe(1);
    expect(stdout).toContain('small: 3 seeds, 0 ok, 3 failing');
    expect(stdout).toContain('SAFETY MinISRAck (I22) broken at t=');
    expect(stdout).toContain(
      `replay: npx brokerlab run ${small} --seed 2 --set switches.produceIsrCheck=off --set 'faults[0].crash=[broker 2, broker 3]'`,
    );
    const pending = await brokerlab([
      'sweep',
      small,
      '--seeds',
      '1-2',
      '--set',
      'run.for=8s',
      '--set',
      'run.settle=1s',
    ]);
    expect(pending.code).toBe(3);
    expect(pending.stdout).toContain('pending: ');
  });

  it('Ctrl-C: prints what was finished, how to go on, and ends', async () => {
    const seeds = '1-200000';
    const { code, stdout, stderr } = await brokerlab(
      ['sweep', small, '--seeds', seeds, '--workers', '1', '--json'],
      {
        whileRunning: (interrupt) => {
          setTimeout(interrupt, 4000);
        },
      },
    );
    expect(code).toBe(0);
    const { runs } = JSON.parse(stdout) as Sweep;
    expect(runs.map(({ seed }) => seed)).toEqual(runs.map((_, index) => index + 1));
    expect(runs.length).toBeLessThan(200_000);
    expect(stderr.trimEnd()).toBe(
      `interrupted: ${String(runs.length)} of 200000 seeds finished; the first that is missing is ${String(runs.length + 1)}. ` +
        `To go on: npx brokerlab sweep ${small} --seeds ${String(runs.length + 1)}-200000`,
    );
  });
});
