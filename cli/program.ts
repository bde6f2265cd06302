/** The commands, their options, and what becomes of errors. */
import { Command, CommanderError } from 'commander';

import { LivenessFailure, ScenarioInputError } from '../scenarios/index.js';
import { addAvailability } from './commands/availability.js';
import { addCheck } from './commands/check.js';
import { addImport } from './commands/import.js';
import { addList } from './commands/list.js';
import { addReplay } from './commands/replay.js';
import { addRun } from './commands/run.js';
import { addShrink } from './commands/shrink.js';
import { addSearch } from './commands/search.js';
import { addSweep } from './commands/sweep.js';
import { addWhy } from './commands/why.js';
import { ExitCode, UsageError } from './exit-codes.js';
import { packageVersion } from './package-version.js';

/** Runs one command. Resolves to the exit code; never throws. */
export async function runCli(argv: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = ExitCode.held;
  const setExitCode = (code: ExitCode): void => {
    exitCode = code;
  };
  const program = createProgram(setExitCode);
  ignoreClosedPipe();
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    return explain(error);
  }
  return exitCode;
}

/** Exported for documentation and tests. */
export function createProgram(setExitCode: (code: ExitCode) => void): Command {
  const program = new Command('brokerlab')
    .description('A laboratory for Kafka clusters: run them, break them, measure them.')
    .version(packageVersion())
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for help)')
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 all held; 1 a violation; 2 bad usage or input; 3 a liveness failure; 4 a crash of the lab.\n' +
        'A scenario is a file or a name of the catalogue (brokerlab list scenarios).',
    );
  addRun(program, setExitCode);
  addSweep(program, setExitCode);
  addSearch(program, setExitCode);
  addCheck(program, setExitCode);
  addShrink(program, setExitCode);
  addReplay(program, setExitCode);
  addAvailability(program);
  addWhy(program, setExitCode);
  addImport(program);
  addList(program);
  for (const command of program.commands) command.exitOverride();
  return program;
}

function explain(error: unknown): ExitCode {
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? ExitCode.held : ExitCode.badInput;
  }
  if (error instanceof UsageError || error instanceof ScenarioInputError) {
    process.stderr.write(`${error.message}\n`);
    return ExitCode.badInput;
  }
  if (error instanceof LivenessFailure) {
    process.stderr.write(`${error.message}\n`);
    return ExitCode.livenessFailure;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `brokerlab crashed. This is a bug of the lab; please report it with the command.\n${detail}\n`,
  );
  return ExitCode.labCrashed;
}

/** `brokerlab list | head` closes the pipe early: that is no error. */
function ignoreClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(ExitCode.held);
      throw error;
    });
  }
}
