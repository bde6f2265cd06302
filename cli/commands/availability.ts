/** `brokerlab availability`: years of operation, with honest error bars. */
import { basename, dirname, join } from 'node:path';

import Table from 'cli-table3';
import type { Command } from 'commander';

import {
  availabilityDocument,
  figureRows,
  measureAvailability,
  type AvailabilityReport,
} from '../../reports/availability/index.js';
import { formatEstimate, formatPercent, formatShare } from '../../reports/markdown/index.js';
import { LivenessFailure } from '../../scenarios/index.js';
import { UsageError } from '../exit-codes.js';
import { share, wholeNumber, years } from '../numbers.js';
import { defaultWorkers, WorkerPool } from '../pool.js';
import { startProgress } from '../progress.js';
import { loadScenario, type LoadedScenario } from '../read-input.js';
import {
  addJsonOption,
  addSetOption,
  setArguments,
  shellWord,
  workersOption,
} from '../scenario-options.js';
import { colours, counted, print, printJson, say } from '../terminal.js';
import { ThreadedLab } from '../threaded-lab.js';
import { checkWritable, writeWhole } from '../write-output.js';

interface AvailabilityFlags {
  readonly precision?: number;
  readonly years?: number;
  readonly confidence?: number;
  readonly seed: number;
  readonly workers?: number;
  readonly json?: true;
  readonly report?: string;
  readonly set: readonly string[];
}

const DEFAULT_PRECISION = 0.05;

export function addAvailability(program: Command): void {
  const command = program
    .command('availability')
    .description('measure long-run availability and loss of a scenario with failures')
    .argument('<scenario>', 'a file, or a name of the catalogue')
    .option(
      '--precision <share>',
      'stop at this relative half width of write unavailability (default: 5%)',
      share,
    )
    .option('--years <n>', 'simulate so many years; with --precision at most so many', years)
    .option('--confidence <share>', 'level of the intervals (default: 99%)', share)
    .option('--seed <n>', 'the first seed', wholeNumber, 1)
    .addOption(workersOption())
    .option('--report <file.md>', 'write a Markdown report, and its chart beside it');
  addSetOption(addJsonOption(command)).action(async (source: string, flags: AvailabilityFlags) => {
    await availability(source, flags);
  });
}

async function availability(source: string, flags: AvailabilityFlags): Promise<void> {
  const chartFile = flags.report === undefined ? null : chartBeside(flags.report);
  if (flags.report !== undefined && chartFile !== null) {
    checkWritable(flags.report);
    checkWritable(chartFile);
  }
  const scenario = loadScenario(source, flags.set);
  checkFailures(scenario);
  const report = await measure(scenario, flags).catch((error: unknown) => {
    if (flags.json === true && error instanceof LivenessFailure)
      printFailure(scenario, flags, error);
    throw error;
  });
  if (flags.report !== undefined && chartFile !== null) {
    const written = await availabilityDocument(scenario.plan, report, basename(chartFile));
    writeWhole(chartFile, written.chart);
    writeWhole(flags.report, written.markdown);
  }
  if (flags.json === true) printJson(report);
  else print(summary(report));
  if (flags.report !== undefined) say(`report: ${flags.report}`);
}

function chartBeside(report: string): string {
  if (!report.endsWith('.md'))
    throw new UsageError(`--report ${report}: a report is a Markdown file, .md`);
  return join(dirname(report), `${basename(report, '.md')}.svg`);
}

function checkFailures({ plan, source }: LoadedScenario): void {
  if (plan.failures !== null && plan.topics.length > 0) return;
  const missing = plan.failures === null ? 'failures' : 'topics';
  const remedy =
    plan.failures === null
      ? 'say how often what fails, and leave out faults and random-faults:\n\n  failures:\n    broker-crash: { mttf: 30d, mttr: 1h }'
      : 'availability is that of partitions';
  throw new UsageError(`${source}:1:1: the scenario has no ${missing}; ${remedy}`);
}

async function measure(
  scenario: LoadedScenario,
  flags: AvailabilityFlags,
): Promise<AvailabilityReport> {
  const pool = new WorkerPool(flags.workers ?? defaultWorkers());
  const progress = startProgress('availability', 'runs');
  const lab = new ThreadedLab(pool, progress);
  const byPrecision = flags.precision !== undefined || flags.years === undefined;
  try {
    return await measureAvailability(
      scenario.plan,
      {
        seed: flags.seed,
        precision: byPrecision ? (flags.precision ?? DEFAULT_PRECISION) : null,
        years: flags.years ?? null,
        ...(flags.confidence === undefined ? {} : { confidence: flags.confidence }),
        reproduce: reproduce(scenario, flags),
        onProgress: (done, planned) => {
          progress.update(done, planned);
        },
      },
      (tasks) => lab.runLong(scenario.plan, tasks),
    );
  } finally {
    progress.stop();
    await pool.close();
  }
}

/** There are no figures: the document says what is pending, as that of a run does. */
function printFailure(
  scenario: LoadedScenario,
  flags: AvailabilityFlags,
  { seed, pending }: LivenessFailure,
): void {
  const { name } = scenario.plan;
  const again = reproduce(scenario, flags);
  printJson({ schema: 1, scenario: name, ok: false, seed, pending, reproduce: again });
}

/** The number of workers is left out: the figures do not depend on it. */
function reproduce({ source }: LoadedScenario, flags: AvailabilityFlags): string {
  const { precision, years: simulated, confidence, seed, set } = flags;
  const parts = [`npx brokerlab availability ${shellWord(source)} --seed ${String(seed)}`];
  if (precision !== undefined || simulated === undefined) {
    parts.push(`--precision ${plain((precision ?? DEFAULT_PRECISION) * 100)}%`);
  }
  if (simulated !== undefined) parts.push(`--years ${String(simulated)}`);
  if (confidence !== undefined) parts.push(`--confidence ${plain(confidence * 100)}%`);
  return parts.join(' ') + setArguments(set);
}

function summary(report: AvailabilityReport): string {
  const { confidence, outageMinutesPerYear, outagesPerYear, lossPerPartitionYear } = report;
  const table = new Table({
    head: ['operation', 'view', 'time to notice', 'available', 'theory'],
    style: { head: [], border: [], compact: true },
  });
  for (const { operation, view, includesNotice, available, theory } of figureRows(report)) {
    table.push([
      operation,
      view,
      includesNotice ? 'included' : 'not included',
      formatPercent(available),
      theory === null ? '' : formatShare(theory),
    ]);
  }
  const figure = (value: AvailabilityReport['write']): string =>
    formatEstimate({ ...value, confidence });
  const effort = `${plain(report.simulatedYears)} simulated years, ${counted(report.runs, 'run')}, ${counted(report.cycles, 'failure')}`;
  return [
    `${colours.bold(report.scenario)}: ${effort}; intervals of ${plain(confidence * 100)} % in parentheses`,
    table.toString(),
    'per partition and year (the time to notice included):',
    `  minutes without acks=all writes ${figure(outageMinutesPerYear.write)}, without reads ${figure(outageMinutesPerYear.read)}`,
    `  outages of acks=all writes ${figure(outagesPerYear.write)}, of reads ${figure(outagesPerYear.read)}`,
    `  losses of committed records ${figure(lossPerPartitionYear)}`,
    `again: ${report.reproduce}`,
  ].join('\n');
}

/** At most six significant digits and no zeros at the end. */
function plain(value: number): string {
  return String(Number(value.toPrecision(6)));
}
