/** `brokerlab sweep`: the same scenario with many seeds, in parallel. */
import type { Command } from 'commander';

import type { RunResult } from '../../scenarios/index.js';
import { violationText } from '../breach-text.js';
import { exitCodeOf, type ExitCode } from '../exit-codes.js';
import { watchInterrupt } from '../interrupt.js';
import { seedRange } from '../numbers.js';
import { defaultWorkers, inBatches, WorkerPool } from '../pool.js';
import { startProgress } from '../progress.js';
import { loadScenario, type LoadedScenario } from '../read-input.js';
import { verdict } from '../run-summary.js';
import {
  addJsonOption,
  addSetOption,
  setArguments,
  shellWord,
  workersOption,
} from '../scenario-options.js';
import { counted, print, printJson, say } from '../terminal.js';

interface SweepFlags {
  readonly seeds: { readonly from: number; readonly to: number };
  readonly workers?: number;
  readonly json?: true;
  readonly set: readonly string[];
}

/** What a sweep keeps of a run. */
type SweptRun = Pick<
  RunResult,
  'seed' | 'hash' | 'ok' | 'violations' | 'expectedLosses' | 'pending'
>;

/** Failing seeds that are told one by one. */
const TOLD = 10;

export function addSweep(program: Command, setExitCode: (code: ExitCode) => void): void {
  const command = program
    .command('sweep')
    .description('run a scenario with many seeds and say which of them fail')
    .argument('<scenario>', 'a file, or a name of the catalogue')
    .requiredOption('--seeds <a-b>', 'the seeds, such as 1-200', seedRange)
    .addOption(workersOption());
  addSetOption(addJsonOption(command)).action(async (source: string, flags: SweepFlags) => {
    setExitCode(await sweep(source, flags));
  });
}

async function sweep(source: string, flags: SweepFlags): Promise<ExitCode> {
  const scenario = loadScenario(source, flags.set);
  const { from, to } = flags.seeds;
  const seeds = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const interrupt = watchInterrupt();
  const runs = await playAll(scenario, seeds, flags.workers ?? defaultWorkers(), interrupt.signal);
  interrupt.release();
  if (flags.json === true) {
    printJson({ schema: 1, scenario: scenario.plan.name, seeds: flags.seeds, runs });
  } else {
    print(summary(scenario, runs, flags));
  }
  if (runs.length < seeds.length) say(howToGoOn(scenario, runs, flags));
  return exitCodeOf(runs);
}

/** The finished runs in order of seed. */
async function playAll(
  { plan }: LoadedScenario,
  seeds: readonly number[],
  workers: number,
  stop: Promise<void>,
): Promise<SweptRun[]> {
  const batches = inBatches(seeds, workers);
  const finished: SweptRun[][] = [];
  const pool = new WorkerPool(Math.min(workers, batches.length));
  const progress = startProgress('sweep', 'seeds');
  let done = 0;
  try {
    const tasks = batches.map((batch) => ({ kind: 'play', plan, seeds: batch }) as const);
    await pool.runAll(
      tasks,
      ({ played }, index) => {
        finished[index] = played.map(sweptRun);
        done += played.length;
        progress.update(done, seeds.length);
      },
      stop,
    );
  } finally {
    progress.stop();
    await pool.close();
  }
  return finished.flat();
}

function sweptRun({ seed, hash, ok, violations, expectedLosses, pending }: RunResult): SweptRun {
  return { seed, hash, ok, violations, expectedLosses, pending };
}

function summary(scenario: LoadedScenario, runs: readonly SweptRun[], { set }: SweepFlags): string {
  const failing = runs.filter(({ ok }) => !ok);
  const withLosses = runs.filter(({ expectedLosses }) => expectedLosses.length > 0);
  const lines = [
    `${scenario.plan.name}: ${counted(runs.length, 'seed')}, ${String(runs.length - failing.length)} ok, ` +
      `${String(failing.length)} failing, ${String(withLosses.length)} with expected losses`,
  ];
  for (const run of failing.slice(0, TOLD)) {
    const replay = `npx brokerlab run ${shellWord(scenario.source)} --seed ${String(run.seed)}${setArguments(set)}`;
    lines.push('', `seed ${String(run.seed)}: ${verdict(run)}`);
    const [first] = run.violations;
    if (first === undefined)
      lines.push(`  pending: ${run.pending[0] ?? ''}`, `  replay: ${replay}`);
    else lines.push(violationText(first, `${replay} --until-event ${String(first.event)}`));
  }
  if (failing.length > TOLD) {
    const others = failing.slice(TOLD).map(({ seed }) => String(seed));
    lines.push('', `further failing seeds: ${others.join(' ')}`);
  }
  return lines.join('\n');
}

/** After Ctrl-C: what is done, and the command for the rest. */
function howToGoOn(
  { source }: LoadedScenario,
  runs: readonly SweptRun[],
  { seeds, set }: SweepFlags,
): string {
  const finished = new Set(runs.map(({ seed }) => seed));
  let next = seeds.from;
  while (finished.has(next)) next++;
  const total = seeds.to - seeds.from + 1;
  return (
    `interrupted: ${String(runs.length)} of ${counted(total, 'seed')} finished; the first that is missing is ${String(next)}. ` +
    `To go on: npx brokerlab sweep ${shellWord(source)} --seeds ${String(next)}-${String(seeds.to)}${setArguments(set)}`
  );
}
