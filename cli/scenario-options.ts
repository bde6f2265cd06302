/** Options that several commands share. */
import { InvalidArgumentError, Option, type Command } from 'commander';

import { collect } from './numbers.js';

/** `--set path=value`, repeatable. */
export function addSetOption(command: Command): Command {
  return command.option(
    '--set <path=value>',
    'put a value over the scenario, such as run.for=30s (repeatable)',
    collect,
    [] as readonly string[],
  );
}

/** `--json`. */
export function addJsonOption(command: Command): Command {
  return command.option('--json', 'print one JSON document and nothing else');
}

/** `--workers N`. */
export function workersOption(): Option {
  return new Option(
    '--workers <n>',
    'threads; the result does not depend on it (default: all cores)',
  ).argParser((text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= 1 && value <= MOST_WORKERS)) {
      throw new InvalidArgumentError(
        `"${text}" is not a number of threads from 1 to ${String(MOST_WORKERS)}.`,
      );
    }
    return value;
  });
}

const MOST_WORKERS = 256;

/** An argument as a shell takes it: quoted only where it must be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** ` --set a=b --set c=d`, or nothing. */
export function setArguments(sets: readonly string[]): string {
  return sets.map((set) => ` --set ${shellWord(set)}`).join('');
}
