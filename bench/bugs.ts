/**
 * `npm run bugs`: how soon a search over random clusters of a version finds that version's own bugs, how small its findings
 * shrink, and that the same search finds nothing where the bug is mended.
 *
 *     npm run bugs                              every bug, 5 searches of at most 60 s each
 *     npm run bugs -- B01 B03 --searches 3      two of them, fewer searches
 *     npm run bugs -- --control 1000            besides, as many seeds of the same search in the version that mends it
 *     npm run bugs -- --out docs/bugs.md        and the table goes into that file
 *
 * A search knows the version and the promise, not the bug: clusters, settings, load and faults are drawn as always.
 */
import { join } from 'node:path';

import { Command } from 'commander';

import { SearchPool } from '../cli/drive-search.js';
import { watchInterrupt } from '../cli/interrupt.js';
import { positiveNumber, seconds } from '../cli/numbers.js';
import { workersOption } from '../cli/scenario-options.js';
import { print, say } from '../cli/terminal.js';
import { checkFolder, writeWhole } from '../cli/write-output.js';
import { writtenVersion, type ScenarioVersion } from '../scenarios/language/version-name.js';
import { BUGS, controlOf, searchFor, type Bug } from './bug-list.js';
import {
  inShort,
  medianOf,
  putInto,
  searchOnce,
  shrinkEach,
  shrinkPoolOf,
  type Trial,
} from './trials.js';

interface Flags {
  readonly searches: number;
  readonly for: number;
  readonly control?: number;
  readonly workers: number;
  readonly shrink: boolean;
  readonly shrinkFor: number;
  readonly out?: string;
  readonly keep?: string;
}

interface Row {
  readonly bug: Bug;
  readonly trials: readonly Trial[];
  /** The search where the bug is mended; null where it was not asked for. */
  readonly control: Trial | null;
}

const NO_LIMIT_S = 100_000;

const command = new Command('bugs')
  .description("how soon a search finds a version's own bugs")
  .argument('[bugs...]', 'such as B01 (default: all)')
  .option('--searches <n>', 'searches for each', positiveNumber, 5)
  .option('--for <duration>', 'how long a search may take', seconds, 60)
  .option('--control <seeds>', 'seeds of the same search where the bug is mended', positiveNumber)
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
  const unknown = ids.find((id) => !BUGS.some((bug) => bug.id === id));
  if (unknown !== undefined) {
    say(`there is no bug ${unknown}; there are ${BUGS.map(({ id }) => id).join(', ')}`);
    return 2;
  }
  if (flags.keep !== undefined) checkFolder(flags.keep);
  const interrupt = watchInterrupt();
  const pool = new SearchPool(flags.workers);
  const shrinkPool = shrinkPoolOf(flags.workers);
  const rows: Row[] = [];
  try {
    for (const bug of BUGS.filter(({ id }) => ids.length === 0 || ids.includes(id))) {
      const trials: Trial[] = [];
      for (let number = 0; number < flags.searches && !interrupt.happened(); number++) {
        const limit = { seconds: flags.for };
        trials.push(await searchOnce(pool, searchFor(bug), number, limit, interrupt.happened));
      }
      await shrinkEach(shrinkPool, trials, flags, interrupt.signal, bug.id);
      keep(bug, trials, flags);
      say(`${bug.id}: ${trials.map(inShort).join('  ')}`);
      const control =
        flags.control === undefined || interrupt.happened()
          ? null
          : await searchOnce(
              pool,
              controlOf(bug),
              0,
              { seconds: NO_LIMIT_S, seeds: flags.control },
              interrupt.happened,
            );
      if (control !== null) say(`${bug.id} mended: ${inShort(control)}`);
      rows.push({ bug, trials, control });
    }
  } finally {
    interrupt.release();
    await pool.close();
    await shrinkPool.close();
  }
  const text = tableOf(rows, flags);
  print(text);
  if (flags.out !== undefined) putInto(flags.out, text);
  const isAsExpected = rows.every(
    ({ trials, control }) =>
      2 * trials.filter(({ finding }) => finding !== null).length > trials.length &&
      (control?.finding ?? null) === null,
  );
  return isAsExpected ? 0 : 1;
}

function keep({ id }: Bug, trials: readonly Trial[], { keep: folder }: Flags): void {
  if (folder === undefined) return;
  for (const [number, { shrunk }] of trials.entries()) {
    if (shrunk !== null) writeWhole(join(folder, `${id}-${String(number)}.yaml`), shrunk.yaml);
  }
}

function tableOf(rows: readonly Row[], flags: Flags): string {
  const lines = [
    '| bug | what it is | Kafka | found | by | seeds | seconds | small | shrink seconds | mended in | nothing in |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const { bug, trials, control } of rows) {
    const hits = trials.filter(({ finding }) => finding !== null);
    const by = [...new Set(hits.map(({ finding }) => finding!.failure.invariant))].sort().join(' ');
    const shrunk = trials.flatMap((trial) => trial.shrunk ?? []);
    const small = shrunk.filter(({ isSmall }) => isSmall).length;
    const cells = [
      bug.id,
      bug.name,
      versionText(bug.version, bug.switches),
      `${String(hits.length)} of ${String(trials.length)}`,
      by,
      medianOf(trials.map(({ seeds }) => seeds)).toFixed(0),
      medianOf(trials.map(({ seconds: took }) => took)).toFixed(1),
      `${String(small)} of ${String(shrunk.length)}`,
      medianOf(shrunk.map(({ seconds: took }) => took)).toFixed(1),
      bug.fixed === 'mended' ? 'the same, mended' : fixedText(bug.fixed, bug.closed),
      control === null
        ? 'not measured'
        : control.finding === null
          ? `${String(control.seeds)} seeds`
          : `**found at seed ${String(control.finding.seed)}**`,
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  lines.push(
    '',
    `Seeds and seconds are medians of ${String(flags.searches)} searches, each of at most ${String(flags.for)} s in ${String(flags.workers)} threads; each finding is shrunk in one thread for at most ${String(flags.shrinkFor)} s. Small: at most 3 brokers, 1 topic, 1 partition, 6 faults, 6 records.`,
  );
  return lines.join('\n');
}

function fixedText(version: ScenarioVersion, closed: Bug['closed'] = {}): string {
  if (typeof closed === 'function') return `${versionText(version)}, mended`;
  return versionText(version, closed);
}

function versionText(
  version: Bug['version'],
  switches: Readonly<Record<string, string>> = {},
): string {
  const { kafka, metadata } = writtenVersion(version);
  const set = Object.entries(switches).map(([name, value]) => `${name}=${value}`);
  return [kafka, metadata ?? version.metadata, ...set].join(' ');
}
