/** `brokerlab shrink`: cuts the failure of a capsule down to what matters. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Option, type Command } from 'commander';

import {
  breachOf,
  capsuleOf,
  capsuleToJson,
  messageOf,
  playScenario,
  regressionTest,
  scenarioToYaml,
  sizeOf,
  type Capsule,
  type Shrunk,
} from '../../scenarios/index.js';
import { explainFailure } from '../../reports/index.js';
import { ExitCode } from '../exit-codes.js';
import { watchInterrupt } from '../interrupt.js';
import { seconds } from '../numbers.js';
import { packageVersion } from '../package-version.js';
import { loadCapsule } from '../read-capsule.js';
import { addJsonOption } from '../scenario-options.js';
import type { ShrinkMessage, ShrinkTask } from '../shrink-worker.js';
import { sourceHash } from '../source-hash.js';
import { counted, print, printJson, say } from '../terminal.js';
import { checkFolder, writeWhole } from '../write-output.js';

interface ShrinkFlags {
  readonly for: number;
  readonly out: string;
  readonly json?: true;
}

export function addShrink(program: Command, setExitCode: (code: ExitCode) => void): void {
  const command = program
    .command('shrink')
    .description('cut a failure down to the few steps that matter')
    .argument('<capsule>', 'a file that search or shrink wrote')
    .addOption(
      new Option('--for <duration>', 'how long it may take').argParser(seconds).default(60, '60s'),
    )
    .option('--out <folder>', 'where scenario, capsule, test and trace go', 'shrunk');
  addJsonOption(command).action(async (file: string, flags: ShrinkFlags) => {
    setExitCode(await shrink(file, flags));
  });
}

async function shrink(file: string, flags: ShrinkFlags): Promise<ExitCode> {
  const capsule = loadCapsule(file);
  checkFolder(flags.out);
  const shrunk = await shrinkInThread(capsule, flags.for);
  if (shrunk === null) {
    const told = `${file}: ${capsule.failure.invariant} does not fail with this source`;
    if (flags.json === true) printJson({ schema: 1, capsule: file, fails: false });
    else print(told);
    return ExitCode.held;
  }
  const files = writeShrunk(shrunk, flags.out);
  if (flags.json === true)
    printJson({ schema: 1, capsule: file, fails: true, ...figures(shrunk), files });
  else print(summary(shrunk, files));
  return ExitCode.violation;
}

/** What was reached when the time was up, or Ctrl-C came, is the result. */
export async function shrinkInThread(
  { scenario, seed, failure: { invariant, kind } }: Capsule,
  forSeconds: number,
): Promise<Shrunk | null> {
  const stop = new SharedArrayBuffer(4);
  const task: ShrinkTask = {
    scenario,
    seed,
    failure: { invariant, kind },
    seconds: forSeconds,
    stop,
  };
  const interrupt = watchInterrupt();
  void interrupt.signal.then(() => Atomics.store(new Int32Array(stop), 0, 1));
  const worker = new Worker(new URL('../shrink-worker.js', import.meta.url), { workerData: task });
  try {
    return await new Promise<Shrunk | null>((resolve, reject) => {
      worker.on('message', (message: ShrinkMessage) => {
        if (message.kind === 'done') resolve(message.shrunk);
        else if (process.stderr.isTTY) {
          say(`run ${String(message.runs)}: ${counted(message.faults, 'fault')}`);
        }
      });
      worker.on('error', reject);
      worker.on('exit', () => {
        reject(new Error('the thread that shrinks ended early'));
      });
    });
  } finally {
    interrupt.release();
    await worker.terminate();
  }
}

/**
 * Scenario, capsule, regression test, and what happened: as text, as a space-time diagram, and as a Mermaid diagram
 * where that is short. Returns the names of the files.
 */
export function writeShrunk({ scenario, seed, failure }: Shrunk, folder: string): string[] {
  const { run, result } = playScenario(scenario, { seed });
  const { trace, svg, mermaid } = explainFailure(scenario, seed, breachOf(result, failure));
  const source = { brokerlab: packageVersion(), sourceHash: sourceHash() };
  const name = scenario.name;
  const contents: readonly (readonly [string, string])[] = [
    [`${name}.yaml`, scenarioToYaml(scenario)],
    [`${name}.capsule.json`, capsuleToJson(capsuleOf(scenario, run, result, failure, source))],
    [`${name}.test.ts`, regressionTest(scenario, seed, failure)],
    [`${name}.trace.txt`, trace],
    [`${name}.svg`, svg],
    ...(mermaid === null ? [] : [[`${name}.mmd`, mermaid] as const]),
  ];
  return contents.map(([fileName, text]) => {
    const path = join(folder, fileName);
    writeWhole(path, text);
    return path;
  });
}

function figures({ scenario, seed, failure, isMinimal, attempts, runs, result }: Shrunk): object {
  return {
    failure,
    seed,
    hash: result.hash,
    isMinimal,
    attempts,
    runs,
    size: sizeOf(scenario),
    scenario,
  };
}

function summary(shrunk: Shrunk, files: readonly string[]): string {
  const { scenario, failure, isMinimal, attempts, runs, result } = shrunk;
  return [
    `${failure.invariant} fails: ${messageOf(result, failure) ?? ''}`,
    '',
    scenarioToYaml(scenario).trimEnd(),
    '',
    `${counted(attempts, 'attempt')}, ${counted(runs, 'run')}; ${isMinimal ? 'nothing more can go' : 'the time was up: it may get smaller'}`,
    ...files.map((file) => `wrote ${file}`),
  ].join('\n');
}
