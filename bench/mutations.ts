/**
 * `npm run mutations`: how soon the search notices each mutation of the protocol, how small its findings shrink, and that
 * it finds nothing without one.
 *
 *     npm run mutations                                  every mutation, 5 searches of at most 60 s each, and the control
 *     npm run mutations -- truncation=off --searches 3   one of them, fewer searches
 *     npm run mutations -- --out docs/mutations.md       and the table goes into that file
 *
 * Every search is a general one: only the switch differs, and no two have a seed in common. Findings are
 * shrunk after the searches of a mutation, one in each thread. Ctrl-C keeps what was measured.
 */
import { join } from 'node:path';

import { Command } from 'commander';

import { SearchPool } from '../cli/drive-search.js';
import { watchInterrupt } from '../cli/interrupt.js';
import { positiveNumber, seconds } from '../cli/numbers.js';
import { workersOption } from '../cli/scenario-options.js';
import { print, say } from '../cli/terminal.js';
import { checkFolder, writeWhole } from '../cli/write-output.js';
import {
  MUTATIONS,
  mutated,
  type Finding,
  type Mutation,
  type Scenario,
} from '../scenarios/index.js';
import type { ShrinkTrial } from './shrink-trial.js';
import {
  inShort,
  medianOf,
  putInto,
  searchOnce,
  shrinkEach,
  shrinkPoolOf,
  type Trial,
} from './trials.js';
import type { SearchTask } from './search-task.js';

interface Flags {
  readonly searches: number;
  readonly for: number;
  readonly workers: number;
  readonly shrink: boolean;
  readonly shrinkFor: number;
  readonly out?: string;
  readonly keep?: string;
}

const command = new Command('mutations')
  .description('how soon the search notices each mutation')
  .argument('[mutations...]', 'such as truncation=off (default: all, and the control)')
  .option('--searches <n>', 'searches for each', positiveNumber, 5)
  .option('--for <duration>', 'how long a search may take', seconds, 60)
  .option('--shrink-for <duration>', 'how long a finding may be shrunk', seconds, 60)
  .option('--no-shrink', 'search only')
  .option('--keep <folder>', 'write the shrunk scenarios there')
  .option('--out <file>', 'put the table between the marks of this Markdown file')
  .addOption(workersOption().default(2));

command.action(async (ids: readonly string[], flags: Flags) => {
  process.exitCode = await measure(ids, flags);
});
await command.parseAsync();

async function measure(ids: readonly string[], flags: Flags): Promise<number> {
  const unknown = ids.find((id) => !MUTATIONS.some((mutation) => mutation.id === id));
  if (unknown !== undefined) {
    say(`there is no mutation ${unknown}; there are ${MUTATIONS.map(({ id }) => id).join(', ')}`);
    return 2;
  }
  const chosen = MUTATIONS.filter(({ id }) => ids.length === 0 || ids.includes(id));
  if (flags.keep !== undefined) checkFolder(flags.keep);
  const interrupt = watchInterrupt();
  const pool = new SearchPool(flags.workers);
  const shrinkPool = shrinkPoolOf(flags.workers);
  const rows: { readonly mutation: Mutation | null; readonly trials: readonly Trial[] }[] = [];
  try {
    for (const mutation of [...chosen, ...(ids.length === 0 ? [null] : [])]) {
      const trials: Trial[] = [];
      for (let number = 0; number < flags.searches && !interrupt.happened(); number++) {
        const trial = await searchOnce(
          pool,
          taskOf(mutation),
          number,
          { seconds: flags.for },
          interrupt.happened,
        );
        if (mutation === null && trial.finding !== null) tellControl(trial.finding);
        trials.push(trial);
      }
      if (mutation !== null) await shrinkEach(shrinkPool, trials, flags, interrupt.signal);
      if (mutation !== null && flags.keep !== undefined) keep(mutation, trials, flags.keep);
      if (trials.length > 0) rows.push({ mutation, trials });
      say(`${mutation?.id ?? 'control'}: ${trials.map(inShort).join('  ')}`);
    }
  } finally {
    interrupt.release();
    await pool.close();
    await shrinkPool.close();
  }
  const text = tableOf(rows, flags);
  print(text);
  if (flags.out !== undefined) putInto(flags.out, text);
  const isAsExpected = rows.every(({ mutation, trials }) => {
    const found = trials.filter(({ finding }) => finding !== null).length;
    return mutation === null ? found === 0 : 2 * found > trials.length;
  });
  return isAsExpected ? 0 : 1;
}

/** Every search is a general one: only the switch differs. */
function taskOf(mutation: Mutation | null): SearchTask {
  const change = (scenario: Scenario): Scenario =>
    mutation === null ? scenario : mutated(scenario, mutation);
  return { subject: { kind: 'general', change } };
}

function tellControl({ seed, failure }: Finding): void {
  say(`the control fails: seed ${String(seed)}, ${JSON.stringify(failure)}`);
}

function keep({ id }: Mutation, trials: readonly Trial[], folder: string): void {
  for (const [number, { shrunk }] of trials.entries()) {
    if (shrunk !== null) writeWhole(join(folder, `${id}-${String(number)}.yaml`), shrunk.yaml);
  }
}

function tableOf(
  rows: readonly { readonly mutation: Mutation | null; readonly trials: readonly Trial[] }[],
  flags: Flags,
): string {
  const lines = [
    '| mutation | area | the rule that is broken | source | found | by | seeds | seconds | small | shrink seconds | faults | records |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const { mutation, trials } of rows) {
    if (mutation === null) continue;
    const { id, area, description, source } = mutation;
    const hits = trials.filter(({ finding }) => finding !== null);
    const by = [...new Set(hits.map(({ finding }) => finding!.failure.invariant))].sort().join(' ');
    const shrunk = trials.flatMap((trial) => trial.shrunk ?? []);
    const small = shrunk.filter((trial) => trial.isSmall).length;
    const most = (counts: readonly (number | null)[]): string =>
      counts.includes(null) ? 'a rate' : String(Math.max(0, ...counts.map(Number)));
    const cells = [
      `\`${id}\``,
      area,
      description,
      source,
      `${String(hits.length)} of ${String(trials.length)}`,
      by,
      medianOf(trials.map(({ seeds }) => seeds)).toFixed(0),
      medianOf(trials.map(({ seconds: took }) => took)).toFixed(1),
      `${String(small)} of ${String(shrunk.length)}`,
      medianOf(shrunk.map(({ seconds: took }) => took)).toFixed(1),
      most(shrunk.map(({ size }) => size.faults)),
      most(shrunk.map(({ size }) => size.records)),
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  const control = rows.find(({ mutation }) => mutation === null)?.trials;
  lines.push(
    '',
    `Seeds and seconds are medians of ${String(flags.searches)} searches, each of at most ${String(flags.for)} s in ${String(flags.workers)} threads; faults and records are the most that a shrunk scenario of the mutation has.`,
  );
  const shrunk = rows.flatMap(({ trials }) => trials.flatMap((trial) => trial.shrunk ?? []));
  if (shrunk.length > 0) {
    const count = (which: (trial: ShrinkTrial) => boolean): string =>
      String(shrunk.filter(which).length);
    lines.push(
      `Of ${String(shrunk.length)} findings, each shrunk in one thread for at most ${String(flags.shrinkFor)} s, ${count((trial) => trial.isSmall)} are small (at most 3 brokers, 1 topic, 1 partition, 6 faults, 6 records), ${count((trial) => trial.isMinimal)} were at their end in that time, ${count((trial) => trial.fails)} break the same invariant in the same way when they are run by themselves, and ${count((trial) => trial.isFixedPoint)} stay as they are when they are shrunk again.`,
    );
  }
  if (control !== undefined) {
    const seeds = control.reduce((sum, trial) => sum + trial.seeds, 0);
    const found = control.filter(({ finding }) => finding !== null).length;
    lines.push(
      `Control: ${String(control.length)} searches of the same length over the unmutated model (${String(seeds)} seeds) found ${found === 0 ? 'nothing' : `${String(found)} violations`}.`,
    );
  }
  return lines.join('\n');
}
