/** `brokerlab search`: looks for histories that break a promise, in scenarios that nobody wrote. */
import { InvalidArgumentError, Option, type Command } from 'commander';

import {
  applyOverrides,
  INVARIANT_DOCS,
  messageOf,
  parseOverride,
  readVersionName,
  Search,
  validateScenario,
  VERSION_NAMES,
  withVersion,
  type Override,
  type Scenario,
  type SearchReport,
  type SearchSubject,
} from '../../scenarios/index.js';
import { driveSearch, SearchPool } from '../drive-search.js';
import { ExitCode } from '../exit-codes.js';
import { watchInterrupt, type Interrupt } from '../interrupt.js';
import { seconds, seedRange } from '../numbers.js';
import { defaultWorkers } from '../pool.js';
import { startProgress } from '../progress.js';
import { loadScenario, problemError } from '../read-input.js';
import {
  addJsonOption,
  addSetOption,
  setArguments,
  shellWord,
  workersOption,
} from '../scenario-options.js';
import { counted, print, printJson, say } from '../terminal.js';
import { checkFolder } from '../write-output.js';
import { writeFinding, type WrittenFinding } from '../write-finding.js';

interface SearchFlags {
  readonly kafka?: string;
  readonly breaks?: readonly string[];
  readonly for?: number;
  readonly seeds?: { readonly from: number; readonly to: number };
  readonly out: string;
  readonly shrinkFor: number;
  readonly workers?: number;
  readonly json?: true;
  readonly set: readonly string[];
}

/** How long a search takes where neither time nor seeds are given. */
const DEFAULT_SECONDS = 60;
const FIRST_SEED = 1;

export function addSearch(program: Command, setExitCode: (code: ExitCode) => void): void {
  const command = program
    .command('search')
    .description('look for a broken promise in random scenarios, or in one under random faults')
    .argument('[scenario]', 'search this one: a file, or a name of the catalogue')
    .addOption(
      new Option('--kafka <version>', 'whose promises (default: the newest)').choices(
        VERSION_NAMES,
      ),
    )
    .option('--for <duration>', 'how long (default: 60s, or as long as the seeds take)', seconds)
    .option('--seeds <a-b>', 'the seeds, such as 1-200: the same ones find the same', seedRange)
    .option(
      '--breaks <invariants>',
      'count expected losses of these as found, too: I1, or I1,I12',
      invariantList,
    )
    .option('--out <folder>', 'where a finding is written', 'findings')
    .addOption(
      new Option('--shrink-for <duration>', 'how long a finding may be shrunk')
        .argParser(seconds)
        .default(60, '60s'),
    )
    .addOption(workersOption());
  addSetOption(addJsonOption(command)).action(
    async (source: string | undefined, flags: SearchFlags) => {
      setExitCode(await search(source ?? null, flags));
    },
  );
}

async function search(source: string | null, flags: SearchFlags): Promise<ExitCode> {
  const subject = source === null ? generalSubject(flags) : scenarioSubject(source, flags);
  const seeds = flags.seeds ?? { from: FIRST_SEED, to: Number.MAX_SAFE_INTEGER };
  const interrupt = watchInterrupt();
  const invariants = flags.breaks;
  const options = { subject, seeds, ...(invariants && { wanted: { invariants } }) };
  const report = await drive(new Search(options), flags, interrupt);
  interrupt.release();
  const { finding } = report;
  const written = finding === null ? null : await write(finding, flags);
  if (flags.json === true) printJson(document(report, written));
  else print(summary(report, written));
  if (finding === null && interrupt.happened())
    say(`interrupted. ${howToGoOn(source, report, flags)}`);
  if (finding === null) return ExitCode.held;
  return finding.failure.invariant === 'liveness' ? ExitCode.livenessFailure : ExitCode.violation;
}

/** Ids or names of invariants, with commas between them. */
function invariantList(text: string): readonly string[] {
  return text.split(',').map((word) => {
    const doc = INVARIANT_DOCS.find(({ id, name }) => id === word.trim() || name === word.trim());
    if (doc === undefined)
      throw new InvalidArgumentError(
        `"${word}" is no invariant; there are ${INVARIANT_DOCS.map(({ id }) => id).join(', ')}.`,
      );
    return doc.id;
  });
}

function scenarioSubject(source: string, flags: SearchFlags): SearchSubject {
  const { scenario } = loadScenario(source, flags.set);
  return { kind: 'scenario', scenario: ofVersion(scenario, flags.kafka) };
}

/** Random clusters; what `--set` says is put over each of them. */
function generalSubject({ set, kafka }: SearchFlags): SearchSubject {
  const overrides = set.map((text): Override => {
    const parsed = parseOverride(text);
    if (!parsed.ok) throw problemError([parsed.problem]);
    return parsed.override;
  });
  const change = (scenario: Scenario): Scenario => {
    const applied = applyOverrides(scenario, overrides);
    if (!applied.ok) throw problemError([applied.problem]);
    const problems = overrides.length === 0 ? [] : validateScenario(applied.value, '--set');
    if (problems.length > 0) throw problemError(problems);
    return ofVersion(applied.value as Scenario, kafka);
  };
  return {
    kind: 'general',
    ...(kafka === undefined ? {} : { version: readVersionName(kafka) }),
    change,
  };
}

/** The scenario for the version that was asked for, if one was. */
function ofVersion(scenario: Scenario, kafka: string | undefined): Scenario {
  return kafka === undefined ? scenario : withVersion(scenario, readVersionName(kafka));
}

async function drive(
  started: Search,
  { for: forSeconds, seeds, workers = defaultWorkers() }: SearchFlags,
  interrupt: Interrupt,
): Promise<SearchReport> {
  const limitMs = 1000 * (forSeconds ?? (seeds === undefined ? DEFAULT_SECONDS : Infinity));
  const startedMs = performance.now();
  const elapsedMs = (): number => performance.now() - startedMs;
  const pool = new SearchPool(workers);
  const isTimed = limitMs < Infinity;
  const progress = startProgress('search', isTimed ? 'seconds' : 'seeds');
  const total = isTimed ? limitMs / 1000 : (seeds?.to ?? 0) - (seeds?.from ?? 0) + 1;
  let done = 0;
  try {
    return await driveSearch(
      started,
      pool,
      () => interrupt.happened() || elapsedMs() >= limitMs,
      () => {
        done++;
        progress.update(isTimed ? Math.min(total, Math.floor(elapsedMs() / 1000)) : done, total);
      },
    );
  } finally {
    progress.stop();
    await pool.close();
  }
}

async function write(
  finding: NonNullable<SearchReport['finding']>,
  { out, shrinkFor }: SearchFlags,
): Promise<WrittenFinding> {
  checkFolder(out);
  return writeFinding(finding, out, shrinkFor);
}

function document(report: SearchReport, written: WrittenFinding | null): object {
  const { finding, ...figures } = report;
  return {
    schema: 1,
    ...figures,
    finding:
      finding === null
        ? null
        : {
            seed: finding.seed,
            runSeed: finding.runSeed,
            failure: finding.failure,
            violations: finding.result.violations.slice(0, 1),
            pending: finding.result.pending,
            scenario: finding.scenario,
            ...written,
          },
  };
}

function summary(report: SearchReport, written: WrittenFinding | null): string {
  const { finding, units, runs, events, covered, neverReached, expectedLosses } = report;
  const lines = [
    `${counted(units, 'seed')}, ${counted(runs, 'run')}, ${counted(events, 'event')}; ${counted(covered, 'cell')} of the coverage map reached`,
  ];
  if (expectedLosses > 0) {
    lines.push(
      `${counted(expectedLosses, 'seed')} with losses that are expected: ${report.anExpectedLoss ?? ''}`,
    );
  }
  if (neverReached.length > 0) lines.push(`never reached: ${neverReached.join(', ')}`);
  if (finding === null) lines.push('no promise was broken');
  else {
    const message = messageOf(finding.result, finding.failure);
    const how = finding.failure.expected === true ? 'broken, as expected' : 'broken';
    lines.push(
      '',
      `seed ${String(finding.seed)}: ${finding.failure.invariant} is ${how}: ${message ?? ''}`,
      ...(written?.told ?? []),
      ...(written?.files ?? []).map((file) => `wrote ${file}`),
    );
  }
  return lines.join('\n');
}

function howToGoOn(source: string | null, { nextSeed }: SearchReport, flags: SearchFlags): string {
  const { seeds, set, kafka } = flags;
  const words = ['npx brokerlab search'];
  if (source !== null) words.push(shellWord(source));
  if (kafka !== undefined) words.push(`--kafka ${kafka}`);
  const last = seeds?.to ?? nextSeed + 999;
  return `To go on: ${words.join(' ')} --seeds ${String(nextSeed)}-${String(last)}${setArguments(set)}`;
}
