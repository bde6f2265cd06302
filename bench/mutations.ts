/**
 * `npm run mutations`: how soon the search notices each mutation of the protocol, and that it finds nothing without one.
 *
 *     npm run mutations                                  every mutation, 5 searches of at most 60 s each, and the control
 *     npm run mutations -- truncation=off --searches 3   one of them, fewer searches
 *     npm run mutations -- --out docs/mutations.md       and the table goes into that file
 *
 * Every search is a general one: only the switch differs, and no two have a seed in common. Ctrl-C keeps what was measured.
 */
import { readFileSync } from 'node:fs';

import { Command } from 'commander';

import { driveSearch, SearchPool } from '../cli/drive-search.js';
import { watchInterrupt } from '../cli/interrupt.js';
import { positiveNumber, seconds } from '../cli/numbers.js';
import { workersOption } from '../cli/scenario-options.js';
import { print, say } from '../cli/terminal.js';
import { writeWhole } from '../cli/write-output.js';
import { MUTATIONS, mutated, Search, type Mutation, type Scenario } from '../scenarios/index.js';

interface Flags {
  readonly searches: number;
  readonly for: number;
  readonly workers: number;
  readonly out?: string;
}

/** One search. */
interface Trial {
  /** The invariant that was broken, or null. */
  readonly found: string | null;
  readonly seeds: number;
  readonly seconds: number;
  /** Seconds of the processors' time, over all threads. */
  readonly userSeconds: number;
}

/** Seeds of one search do not reach those of the next. */
const SEEDS_OF_A_SEARCH = 1_000_000;
const BEGIN = '<!-- measured: begin -->';
const END = '<!-- measured: end -->';

const command = new Command('mutations')
  .description('how soon the search notices each mutation')
  .argument('[mutations...]', 'such as truncation=off (default: all, and the control)')
  .option('--searches <n>', 'searches for each', positiveNumber, 5)
  .option('--for <duration>', 'how long a search may take', seconds, 60)
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
  const interrupt = watchInterrupt();
  const pool = new SearchPool(flags.workers);
  const rows: { readonly mutation: Mutation | null; readonly trials: readonly Trial[] }[] = [];
  try {
    for (const mutation of [...chosen, ...(ids.length === 0 ? [null] : [])]) {
      const trials: Trial[] = [];
      for (let number = 0; number < flags.searches && !interrupt.happened(); number++) {
        trials.push(await searchOnce(pool, mutation, number, flags.for, interrupt.happened));
      }
      if (trials.length > 0) rows.push({ mutation, trials });
      say(`${mutation?.id ?? 'control'}: ${trials.map(inShort).join('  ')}`);
    }
  } finally {
    interrupt.release();
    await pool.close();
  }
  const text = tableOf(rows, flags);
  print(text);
  if (flags.out !== undefined) putInto(flags.out, text);
  const isAsExpected = rows.every(({ mutation, trials }) => {
    const found = trials.filter(({ found: invariant }) => invariant !== null).length;
    return mutation === null ? found === 0 : 2 * found > trials.length;
  });
  return isAsExpected ? 0 : 1;
}

async function searchOnce(
  pool: SearchPool,
  mutation: Mutation | null,
  number: number,
  limitSeconds: number,
  isInterrupted: () => boolean,
): Promise<Trial> {
  const from = 1 + number * SEEDS_OF_A_SEARCH;
  const change = (scenario: Scenario): Scenario =>
    mutation === null ? scenario : mutated(scenario, mutation);
  const search = new Search({
    subject: { kind: 'general', change },
    seeds: { from, to: from + SEEDS_OF_A_SEARCH - 1 },
  });
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const isTimeUp = (): boolean =>
    isInterrupted() || performance.now() - startMs >= limitSeconds * 1000;
  const { finding, units } = await driveSearch(search, pool, isTimeUp);
  const { user, system } = process.cpuUsage(cpu);
  if (finding !== null && mutation === null) {
    say(`the control fails: seed ${String(finding.seed)}, ${JSON.stringify(finding.failure)}`);
  }
  return {
    found: finding?.failure.invariant ?? null,
    seeds: units,
    seconds: (performance.now() - startMs) / 1000,
    userSeconds: (user + system) / 1_000_000,
  };
}

function inShort({ found, seeds, seconds: took, userSeconds }: Trial): string {
  return `${found ?? 'nothing'} ${String(seeds)}/${took.toFixed(1)}s/${userSeconds.toFixed(1)}s`;
}

function tableOf(
  rows: readonly { readonly mutation: Mutation | null; readonly trials: readonly Trial[] }[],
  flags: Flags,
): string {
  const lines = [
    '| mutation | area | the rule that is broken | source | found | seeds | seconds | processor seconds | by |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const { mutation, trials } of rows) {
    if (mutation === null) continue;
    const { id, area, description, source } = mutation;
    const hits = trials.filter(({ found }) => found !== null);
    const by = [...new Set(hits.map(({ found }) => found!))].sort().join(' ');
    lines.push(
      `| \`${id}\` | ${area} | ${description} | ${source} | ${String(hits.length)} of ${String(trials.length)} | ` +
        `${medianOf(trials, 'seeds').toFixed(0)} | ${medianOf(trials, 'seconds').toFixed(1)} | ${medianOf(trials, 'userSeconds').toFixed(1)} | ${by} |`,
    );
  }
  const control = rows.find(({ mutation }) => mutation === null)?.trials;
  lines.push(
    '',
    `Medians of ${String(flags.searches)} searches, each of at most ${String(flags.for)} s in ${String(flags.workers)} threads.`,
  );
  if (control !== undefined) {
    const seeds = control.reduce((sum, trial) => sum + trial.seeds, 0);
    const found = control.filter((trial) => trial.found !== null).length;
    lines.push(
      `Control: ${String(control.length)} searches of the same length over the unmutated model (${String(seeds)} seeds) found ${found === 0 ? 'nothing' : `${String(found)} violations`}.`,
    );
  }
  return lines.join('\n');
}

function medianOf(trials: readonly Trial[], what: 'seeds' | 'seconds' | 'userSeconds'): number {
  const values = trials.map((trial) => trial[what]).sort((a, b) => a - b);
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}

/** Between the marks: what stands around the table is written by hand. */
function putInto(fileName: string, table: string): void {
  const text = readFileSync(fileName, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${fileName} has no ${BEGIN} and ${END}`);
  const head = text.slice(0, begin + BEGIN.length);
  writeWhole(fileName, `${head}\n\n${table}\n\n${text.slice(end)}`);
}
