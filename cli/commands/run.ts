/** `brokerlab run`: one run. */
import { InvalidArgumentError, Option, type Command } from 'commander';

import {
  ednHistory,
  historyFormatOf,
  historyOf,
  jsonHistory,
  jsonLinesHistory,
  seriesCsv,
  znodesOf,
  type Operation,
} from '../../scenarios/index.js';
import { violationText } from '../breach-text.js';
import { describeEvent } from '../describe-event.js';
import { ExitCode, exitCodeOf, UsageError } from '../exit-codes.js';
import { positiveNumber, wholeNumber } from '../numbers.js';
import { playOnce, playUntilEvent, type PlayedOnce } from '../play-once.js';
import { loadScenario, type LoadedScenario } from '../read-input.js';
import { runSummary } from '../run-summary.js';
import { addJsonOption, addSetOption, setArguments, shellWord } from '../scenario-options.js';
import { print, printJson, say } from '../terminal.js';
import { whereRunsPart } from '../verify.js';
import { diagramKindOf, writeDiagram } from '../write-diagram.js';
import { checkWritable, writeWhole } from '../write-output.js';
import { znodeText } from '../znode-text.js';

interface RunFlags {
  readonly seed?: number;
  readonly json?: true;
  readonly trace?: string;
  readonly diagram?: string;
  readonly history: readonly string[];
  readonly series?: string;
  readonly untilEvent?: number;
  readonly verify?: true;
  readonly znodes?: true;
  readonly set: readonly string[];
}

/** Lines of the trace and events that `--until-event` shows. */
const LAST_LINES = 30;
const LAST_EVENTS = 20;

export function addRun(program: Command, setExitCode: (code: ExitCode) => void): void {
  const command = program
    .command('run')
    .description('run a scenario once and say what happened')
    .argument('<scenario>', 'a file, or a name of the catalogue')
    .option('--seed <n>', "the seed (default: the scenario's run.seed, or 1)", wholeNumber)
    .option('--trace <file>', 'write the full trace; - for stdout')
    .option(
      '--diagram <file>',
      'draw why it failed: .svg a space-time diagram, .mmd Mermaid, .txt a causal trace; timeline.svg: who led and who was up',
    )
    .option(
      '--history <file>',
      'write what the clients saw, for Jepsen or check: .edn, .json or .jsonl (repeatable)',
      historyFile,
      [],
    )
    .option('--series <file>', 'write a row for each simulated second as CSV')
    .addOption(
      new Option('--until-event <n>', 'stop after this event and show what led to it')
        .argParser(positiveNumber)
        .conflicts(['verify', 'diagram', 'history', 'series', 'znodes']),
    )
    .option('--verify', 'run it twice and compare the hashes')
    .option('--znodes', 'show what is in ZooKeeper at the end (clusters on ZooKeeper only)');
  addSetOption(addJsonOption(command)).action((source: string, flags: RunFlags) => {
    setExitCode(run(source, flags));
  });
}

function run(source: string, flags: RunFlags): ExitCode {
  checkOutputs(flags);
  const scenario = loadScenario(source, flags.set);
  if (flags.znodes === true) checkZooKeeper(scenario);
  const seed = flags.seed ?? scenario.plan.run.seed ?? 1;
  if (flags.untilEvent !== undefined) return runUntil(scenario, seed, flags.untilEvent, flags);
  const played = playOnce(scenario.plan, seed, {
    trace: flags.trace === undefined ? null : 'full',
    chronicle: flags.diagram !== undefined && diagramKindOf(flags.diagram) === 'timeline',
    series: flags.series !== undefined,
  });
  const { result } = played;
  const parted = flags.verify === true ? whereRunsPart(scenario.plan, seed, result.hash) : null;
  writeFiles(played, flags);
  const znodes = flags.znodes === true ? znodesOf(played.run) : null;
  if (flags.json === true) {
    printJson({
      ...result,
      ...(flags.verify === true ? { verified: parted === null } : {}),
      ...(znodes === null ? {} : { znodes: znodes.znodes }),
    });
  } else {
    print(runSummary(result, played.run));
    if (znodes !== null) print(`\n${znodeText(znodes)}`);
    tellViolations(scenario.source, seed, flags.set, result);
    if (flags.verify === true && parted === null) print('verified: a second run has the same hash');
  }
  if (parted !== null) {
    say(parted);
    return ExitCode.labCrashed;
  }
  return exitCodeOf([result]);
}

function checkZooKeeper({ plan }: LoadedScenario): void {
  if (plan.metadata === 'zookeeper') return;
  throw new UsageError(
    `--znodes: the cluster has no ZooKeeper (Kafka ${plan.kafka}, ${plan.metadata}); try --set 'kafka="2.3"'`,
  );
}

/** Before the work, not after it. */
function checkOutputs(flags: RunFlags): void {
  if (flags.trace === '-' && flags.json === true) {
    throw new UsageError('--trace - and --json both want stdout: give --trace a file');
  }
  const files = [
    flags.trace === '-' ? undefined : flags.trace,
    flags.diagram,
    ...flags.history,
    flags.series,
  ];
  for (const file of files) if (file !== undefined) checkWritable(file);
}

function writeFiles({ run, traceLines, chronicle, series }: PlayedOnce, flags: RunFlags): void {
  if (flags.trace !== undefined) writeTrace(flags.trace, traceLines);
  if (flags.diagram !== undefined) writeDiagram(flags.diagram, run, chronicle);
  if (flags.history.length > 0) {
    const history = historyOf(run);
    for (const file of flags.history) writeWhole(file, historyText(file, history));
  }
  if (flags.series !== undefined && series !== null) {
    writeWhole(flags.series, seriesCsv(series.rowsUntil(run.nowUs)));
  }
}

function writeTrace(file: string, lines: readonly string[]): void {
  const text = lines.map((line) => `${line}\n`).join('');
  if (file === '-') process.stdout.write(text);
  else writeWhole(file, text);
}

function historyText(file: string, history: readonly Operation[]): string {
  if (historyFormatOf(file) === 'edn') return ednHistory(history);
  return /l$/i.test(file) ? jsonLinesHistory(history) : jsonHistory(history);
}

function historyFile(file: string, earlier: readonly string[]): readonly string[] {
  if (historyFormatOf(file) === null)
    throw new InvalidArgumentError('A history is an .edn, .json or .jsonl file.');
  return [...earlier, file];
}

function tellViolations(
  source: string,
  seed: number,
  sets: readonly string[],
  { violations }: PlayedOnce['result'],
): void {
  for (const violation of violations.slice(0, 3)) {
    const replay = `npx brokerlab run ${shellWord(source)} --seed ${String(seed)}${setArguments(sets)} --until-event ${String(violation.event)}`;
    print(violationText(violation, replay));
  }
  if (violations.length > 3)
    print(`... and ${String(violations.length - 3)} more; --json has them all`);
}

function runUntil(
  { plan }: LoadedScenario,
  seed: number,
  event: number,
  flags: RunFlags,
): ExitCode {
  const { run, result, traceLines, wasReached } = playUntilEvent(plan, seed, event);
  if (!wasReached) {
    throw new UsageError(
      `--until-event ${String(event)}: the run is over after ${String(result.events)} events`,
    );
  }
  if (flags.trace !== undefined) writeTrace(flags.trace, traceLines);
  const trace = traceLines.slice(-LAST_LINES);
  const events = run.simulation.recent.list().slice(-LAST_EVENTS);
  if (flags.json === true) {
    const { scenario, hash, violations, expectedLosses } = result;
    printJson({
      schema: 1,
      scenario,
      seed,
      event,
      atMs: run.nowUs / 1000,
      hash,
      violations,
      expectedLosses,
      trace,
      events,
    });
  } else {
    const told = events.map((each) => `  ${describeEvent(each, run.simulation)}`);
    print(
      [
        'trace',
        ...trace,
        '',
        'events',
        ...told,
        '',
        `stopped after event ${String(event)}, hash ${result.hash}`,
      ].join('\n'),
    );
    for (const violation of result.violations) print(violationText(violation, 'this run'));
  }
  return result.violations.length > 0 ? ExitCode.violation : ExitCode.held;
}
