/**
 * `npm run soak`: long searches for what must never happen. Prints one JSON document; exit code 1 where anything failed.
 *
 *     npm run soak                                      every check, at its own length
 *     npm run soak -- catalogue --seeds 1-20            one check, fewer seeds
 *     npm run soak -- ties --scenario leader-crash      one scenario of the catalogue (repeatable)
 *     npm run soak -- controller --kafka 3.9-zk         the active controller struck while it decides
 *     npm run soak -- random unlimited --out failing    and the failing random scenarios, as files for `brokerlab run`
 *     npm run soak -- --kafka 2.3                       random scenarios of that version; `all`: of every version
 *
 * Scenarios of the catalogue have their own version; `sound` is about the newest one. `controller` is about two versions of
 * each mode, unless one is given.
 *
 * Ctrl-C ends it early: the document then holds what was finished.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { Argument, Command, InvalidArgumentError, Option } from 'commander';

import { watchInterrupt } from '../cli/interrupt.js';
import { collect, seedRange } from '../cli/numbers.js';
import { defaultWorkers, inBatches } from '../cli/pool.js';
import { startProgress } from '../cli/progress.js';
import { shellWord, workersOption } from '../cli/scenario-options.js';
import { printJson } from '../cli/terminal.js';
import { ThreadPool } from '../cli/thread-pool.js';
import { checkFolder, writeWhole } from '../cli/write-output.js';
import { CATALOGUE, findInCatalogue, scenarioToYaml, VERSION_NAMES } from '../scenarios/index.js';
import {
  CHECKS,
  scenarioOf,
  type CheckName,
  type Failure,
  type Outcome,
  type Subject,
} from './soak-checks.js';

interface Flags {
  readonly seeds?: { readonly from: number; readonly to: number };
  readonly scenario: readonly string[];
  readonly kafka?: string;
  readonly workers?: number;
  readonly out?: string;
}

/** Seeds of each check where none are given. */
const LAST_SEED = {
  catalogue: 200,
  ties: 200,
  random: 2000,
  sound: 2000,
  unlimited: 2000,
  controller: 500,
  forks: 1,
} as const;
/** Scenarios of the catalogue that are forked where none are given. */
const FORKED_SCENARIOS = 20;
/** Among so many runs without a budget some must lose something: a check that finds nothing may be blind. */
const LOSSES_SHOW_BY = 200;
/** An interrupted soak is no success. */
const INTERRUPTED = 130;

/** Stands for every version that the lab models. */
const EVERY_VERSION = 'all';
/** Versions whose controllers are struck where none is given: both modes, each before and after much had changed. */
const CONTROLLER_VERSIONS: readonly string[] = ['4.1', '3.3', '3.9-zk', '2.6'];
/** Checks that random scenarios of older versions have to pass, too. */
const OF_ALL_VERSIONS: readonly CheckName[] = ['random', 'unlimited', 'controller'];

const command = new Command('soak')
  .description('long searches for what must never happen')
  .addArgument(new Argument('[checks...]', 'which checks (default: all)').choices(CHECKS))
  .option('--seeds <a-b>', 'the seeds, such as 1-200', seedRange)
  .option('--scenario <name>', 'only this scenario of the catalogue (repeatable)', inCatalogue, [])
  .addOption(
    new Option('--kafka <version>', 'the version of random scenarios, or all').choices([
      ...VERSION_NAMES,
      EVERY_VERSION,
    ]),
  )
  .option('--out <folder>', 'write failing random scenarios there, as YAML')
  .addOption(workersOption())
  .action(async (checks: CheckName[], flags: Flags) => {
    const all = flags.kafka === undefined ? CHECKS : OF_ALL_VERSIONS;
    process.exitCode = await soak(checks.length > 0 ? checks : all, flags);
  });

await command.parseAsync();

async function soak(checks: readonly CheckName[], flags: Flags): Promise<number> {
  if (flags.out !== undefined) checkFolder(flags.out);
  const subjects = checks.flatMap((check) => subjectsOf(check, flags));
  const interrupt = watchInterrupt();
  const outcomes = await checkAll(subjects, flags.workers ?? defaultWorkers(), interrupt.signal);
  interrupt.release();

  const sums = checks.flatMap((check) =>
    versionsOf(check, flags.kafka ?? null).map((kafka) =>
      sumUp({ check, kafka }, subjects, outcomes),
    ),
  );
  const finished = outcomes.filter((outcome) => outcome !== undefined);
  const failures = finished.flatMap((outcome) => outcome.failures);
  const told = flags.out === undefined ? failures : withFiles(failures, flags.out);
  const ok = failures.length === 0 && sums.every(({ ok }) => ok);
  const isComplete = finished.length === subjects.length;
  printJson({
    schema: 1,
    node: process.version,
    ok,
    interrupted: !isComplete,
    sums,
    failures: told,
  });
  if (!ok) return 1;
  return isComplete ? 0 : INTERRUPTED;
}

function subjectsOf(check: CheckName, { seeds, scenario, kafka }: Flags): Subject[] {
  const { from, to } = seeds ?? { from: 1, to: LAST_SEED[check] };
  const all = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  if (isRandom(check)) {
    return versionsOf(check, kafka ?? null).flatMap((version) =>
      all.map((seed) => ({ check, scenario: null, kafka: version, seed })),
    );
  }
  // Entries that break something do so by intent; a soak looks for what must never happen.
  const sound = CATALOGUE.filter(({ breaks }) => breaks === undefined);
  const catalogue = sound.map((entry) => entry.scenario.name);
  const default_ = check === 'forks' ? catalogue.slice(0, FORKED_SCENARIOS) : catalogue;
  const names = scenario.length > 0 ? scenario : default_;
  return names.flatMap((name) => all.map((seed) => ({ check, scenario: name, kafka: null, seed })));
}

/** The versions that a check is made for; null is the newest one. */
function versionsOf(check: CheckName, kafka: string | null): readonly (string | null)[] {
  if (kafka === null && check === 'controller') return CONTROLLER_VERSIONS;
  if (kafka === null || !OF_ALL_VERSIONS.includes(check)) return [null];
  return kafka === EVERY_VERSION ? VERSION_NAMES : [kafka];
}

/** Whether the seed makes the scenario, too. */
function isRandom(check: CheckName): boolean {
  return ['random', 'sound', 'unlimited', 'controller'].includes(check);
}

/** The outcomes in the order of the subjects; holes where it was interrupted. */
async function checkAll(
  subjects: readonly Subject[],
  workers: number,
  stop: Promise<void>,
): Promise<(Outcome | undefined)[]> {
  const batches = inBatches(subjects, workers);
  const outcomes: (Outcome[] | undefined)[] = batches.map(() => undefined);
  const filename = new URL('./soak-worker.js', import.meta.url).href;
  const pool = new ThreadPool<readonly Subject[], Outcome[]>({ workers, filename, name: 'soak' });
  const progress = startProgress('soak', 'runs');
  let done = 0;
  const keep = (batch: Outcome[], index: number): void => {
    outcomes[index] = batch;
    done += batch.length;
    progress.update(done, subjects.length);
  };
  try {
    await pool.runAll(batches, keep, stop);
  } finally {
    progress.stop();
    await pool.close();
  }
  return batches.flatMap((batch, index) => outcomes[index] ?? batch.map(() => undefined));
}

/** What is summed up together. */
type Part = Pick<Subject, 'check' | 'kafka'>;

interface Sum extends Part {
  readonly ok: boolean;
  readonly planned: number;
  readonly finished: number;
  readonly failing: number;
  readonly events: number;
  readonly forks: number;
  /** Runs that lost what a broken assumption no longer covered, and records lost in all runs. */
  readonly runsWithExpectedLoss: number;
  readonly ackedLost: number;
  /** In how many runs known bugs of the version broke a promise that it does not keep, by promise. */
  readonly versionBugs: Readonly<Record<string, number>>;
  /** Digest of all hashes in order: the same on every machine and under every version of Node. */
  readonly hashes: string;
}

function sumUp(
  part: Part,
  subjects: readonly Subject[],
  outcomes: readonly (Outcome | undefined)[],
): Sum {
  const { check, kafka } = part;
  const isOfPart = (one: Part | undefined): boolean => one?.check === check && one.kafka === kafka;
  const planned = subjects.filter(isOfPart).length;
  const runs = outcomes.filter(isOfPart) as readonly Outcome[];
  const failing = runs.filter(({ failures }) => failures.length > 0).length;
  const runsWithExpectedLoss = runs.filter(({ hasExpectedLoss }) => hasExpectedLoss).length;
  const isBlind =
    check === 'unlimited' && runs.length >= LOSSES_SHOW_BY && runsWithExpectedLoss === 0;
  const add = (of: (outcome: Outcome) => number): number =>
    runs.reduce((sum, outcome) => sum + of(outcome), 0);
  const hashes = runs.map(({ hash }) => hash ?? 'crashed').join('\n');
  return {
    check,
    kafka,
    ok: failing === 0 && !isBlind,
    planned,
    finished: runs.length,
    failing,
    events: add(({ events }) => events),
    forks: add(({ forks }) => forks),
    runsWithExpectedLoss,
    ackedLost: add(({ ackedLost }) => ackedLost),
    versionBugs: countEach(runs.flatMap(({ brokenByVersion }) => brokenByVersion)),
    hashes: createHash('sha256').update(hashes).digest('hex').slice(0, 16),
  };
}

/** How often each name is there, in the order of the names. */
function countEach(names: readonly string[]): Record<string, number> {
  const sorted = names.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  const counts: Record<string, number> = {};
  for (const name of sorted) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** Writes failing random scenarios; their failures are then played again like those of any file. */
function withFiles(failures: readonly Failure[], folder: string): Failure[] {
  return failures.map((failure) => {
    const { check, kafka, seed } = failure;
    if (!isRandom(check)) return failure;
    const ofVersion = kafka === null ? '' : `-${kafka}`;
    const file = join(folder, `${check}${ofVersion}-${String(seed)}.yaml`);
    writeWhole(file, scenarioToYaml(scenarioOf({ check, scenario: null, kafka, seed })));
    return {
      ...failure,
      replay: `npx brokerlab run ${shellWord(file)} --seed ${String(seed)}`,
    };
  });
}

function inCatalogue(name: string, earlier: readonly string[]): readonly string[] {
  if (findInCatalogue(name) === null)
    throw new InvalidArgumentError('The catalogue has no such scenario.');
  return collect(name, earlier);
}
