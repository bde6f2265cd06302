/** Searches that are measured, and the shrinking of what they find: what `mutations` and `bugs` have in common. */
import { readFileSync } from 'node:fs';

import { driveSearch, type SearchPool } from '../cli/drive-search.js';
import { say } from '../cli/terminal.js';
import { ThreadPool } from '../cli/thread-pool.js';
import { writeWhole } from '../cli/write-output.js';
import { Search, type Finding } from '../scenarios/index.js';
import type { SearchTask } from './search-task.js';
import type { ShrinkTrial, ShrinkTrialTask } from './shrink-trial.js';

/** One search. */
export interface Trial {
  readonly finding: Finding | null;
  readonly seeds: number;
  readonly seconds: number;
  /** Seconds of the processors' time, over all threads. */
  readonly userSeconds: number;
  /** What shrinking made of the finding; null where there is none, or it was not asked for. */
  shrunk: ShrinkTrial | null;
}

/** Threads that shrink. */
export type ShrinkPool = ThreadPool<ShrinkTrialTask, ShrinkTrial | null>;

/** Seeds of one search do not reach those of the next. */
export const SEEDS_OF_A_SEARCH = 1_000_000;
const BEGIN = '<!-- measured: begin -->';
const END = '<!-- measured: end -->';

export function shrinkPoolOf(workers: number): ShrinkPool {
  return new ThreadPool<ShrinkTrialTask, ShrinkTrial | null>({
    workers,
    filename: new URL('./shrink-trial.js', import.meta.url).href,
    name: 'shrinkTrial',
  });
}

/** One search; the nth has seeds of its own. It ends with a finding, with its time, or with its seeds. */
export async function searchOnce(
  pool: SearchPool,
  { subject, wanted, accepts = (): boolean => true }: SearchTask,
  number: number,
  limit: { readonly seconds: number; readonly seeds?: number },
  isInterrupted: () => boolean,
): Promise<Trial> {
  const from = 1 + number * SEEDS_OF_A_SEARCH;
  const to = from + (limit.seeds ?? SEEDS_OF_A_SEARCH) - 1;
  const startMs = performance.now();
  const cpu = process.cpuUsage();
  const isTimeUp = (): boolean =>
    isInterrupted() || performance.now() - startMs >= limit.seconds * 1000;
  const options = { subject, seeds: { from, to } };
  const search = new Search(wanted === undefined ? options : { ...options, wanted });
  let { finding, nextSeed: next } = await driveSearch(search, pool, isTimeUp);
  while (finding !== null && !accepts(finding)) {
    search.passOver();
    ({ finding, nextSeed: next } = await driveSearch(search, pool, isTimeUp));
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    finding,
    shrunk: null,
    seeds: next - from,
    seconds: (performance.now() - startMs) / 1000,
    userSeconds: (user + system) / 1_000_000,
  };
}

/** Shrinks the findings, as many at a time as there are threads. */
export async function shrinkEach(
  pool: ShrinkPool,
  trials: readonly Trial[],
  { shrink, shrinkFor }: { readonly shrink: boolean; readonly shrinkFor: number },
  stop: Promise<void>,
  bug?: string,
): Promise<void> {
  if (!shrink) return;
  const found = trials.filter(({ finding }) => finding !== null);
  const tasks = found.map(({ finding }): ShrinkTrialTask => {
    const { scenario, runSeed, failure } = finding!;
    const run = { ...scenario.run, seed: runSeed };
    const task = { scenario: { ...scenario, run }, seed: runSeed, failure, seconds: shrinkFor };
    return bug === undefined ? task : { ...task, bug };
  });
  await pool.runAll(
    tasks,
    (shrunk, index) => {
      if (shrunk === null)
        say(`seed ${String(found[index]!.finding!.seed)} does not fail from the start`);
      found[index]!.shrunk = shrunk;
    },
    stop,
  );
}

/** A trial in a few words, for progress. */
export function inShort({ finding, seeds, seconds: took, userSeconds, shrunk }: Trial): string {
  const search = `${finding?.failure.invariant ?? 'nothing'} ${String(seeds)}/${took.toFixed(1)}s/${userSeconds.toFixed(1)}s`;
  if (shrunk === null) return search;
  const { brokers, partitions, faults, records } = shrunk.size;
  const faulty = [
    ...(shrunk.isSmall ? [] : ['large']),
    ...(shrunk.isMinimal ? [] : ['not minimal']),
    ...(shrunk.fails ? [] : ['does not fail']),
    ...(shrunk.isFixedPoint ? [] : ['no fixed point']),
  ];
  return [
    `${search} -> ${String(brokers)}b ${String(partitions)}p ${String(faults)}f ${String(records)}r ${shrunk.seconds.toFixed(1)}s`,
    ...faulty,
  ].join(' ');
}

/** NaN where there are none. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Between the marks: what stands around the table is written by hand. */
export function putInto(fileName: string, table: string): void {
  const text = readFileSync(fileName, 'utf8');
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`${fileName} has no ${BEGIN} and ${END}`);
  const head = text.slice(0, begin + BEGIN.length);
  writeWhole(fileName, `${head}\n\n${table}\n\n${text.slice(end)}`);
}
