/** Reads files from outside: bounded, decoded strictly, parsed; whatever is wrong is a `UsageError`. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

import { nearestName } from '../model/config/index.js';
import {
  findInCatalogue,
  formatProblem,
  parseOverride,
  parseScenario,
  readInputText,
  resolvePlan,
  CATALOGUE,
  SCENARIO_BYTES_MAX,
  sizeProblem,
  scenarioToYaml,
  type InputProblem,
  type Plan,
  type Scenario,
} from '../scenarios/index.js';
import { UsageError } from './exit-codes.js';

/** A scenario ready to run, with the name to reproduce it by. */
export interface LoadedScenario {
  readonly scenario: Scenario;
  readonly plan: Plan;
  /** As given on the command line: a file or a catalogue name. */
  readonly source: string;
}

/** Loads a scenario of the catalogue or from a file, with `--set` applied. Warnings go to stderr. */
export function loadScenario(source: string, sets: readonly string[]): LoadedScenario {
  const overrides = sets.map((text) => {
    const parsed = parseOverride(text);
    if (!parsed.ok) throw problemError([parsed.problem]);
    return parsed.override;
  });
  const entry = findInCatalogue(source);
  const text = entry === null ? readScenarioText(source) : scenarioToYaml(entry.scenario);
  const parsed = parseScenario(text, source, { overrides });
  if (!parsed.ok) throw problemError(parsed.problems);
  for (const warning of parsed.warnings)
    process.stderr.write(`warning: ${formatProblem(warning)}\n`);
  const { scenario } = parsed;
  return { scenario, plan: resolvePlan(scenario), source };
}

/** Reads a text file of at most so many bytes. */
export function readTextFile(fileName: string, limitBytes: number): string {
  const read = readInputText(fileName, readBytes(fileName, limitBytes), limitBytes);
  if (!read.ok) throw problemError([read.problem]);
  return read.text;
}

/** Problems as one message, one line each; at most 20 of them. */
export function problemError(problems: readonly InputProblem[]): UsageError {
  const shown = problems.slice(0, 20).map(formatProblem);
  if (problems.length > shown.length) shown.push(`... and ${problems.length - shown.length} more`);
  return new UsageError(shown.join('\n'));
}

function readScenarioText(source: string): string {
  const looksLikeFile = /[./\\]/.test(source);
  try {
    return readTextFile(source, SCENARIO_BYTES_MAX);
  } catch (error) {
    if (looksLikeFile || !(error instanceof MissingFileError)) throw error;
    const names = CATALOGUE.map(({ scenario }) => scenario.name);
    const nearest = nearestName(source, names);
    const hint = nearest === null ? 'see brokerlab list scenarios' : `did you mean ${nearest}?`;
    throw new UsageError(`there is no scenario or file "${source}"; ${hint}`);
  }
}

class MissingFileError extends UsageError {}

function readBytes(fileName: string, limitBytes: number): Uint8Array {
  let descriptor: number;
  try {
    descriptor = openSync(fileName, 'r');
  } catch (error) {
    throw new MissingFileError(`${fileName}:1:1: cannot be read: ${reasonOf(error)}`);
  }
  try {
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) throw new UsageError(`${fileName}:1:1: is a folder, not a file`);
    const problem = sizeProblem(fileName, stat.size, limitBytes);
    if (problem !== null) throw problemError([problem]);
    return readUpTo(descriptor, limitBytes + 1);
  } finally {
    closeSync(descriptor);
  }
}

/** Pipes and devices have no size: read no more than what is needed to see that it is too much. */
function readUpTo(descriptor: number, bytes: number): Uint8Array {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < bytes) {
    const chunk = Buffer.alloc(Math.min(65_536, bytes - length));
    const read = readSync(descriptor, chunk, 0, chunk.length, null);
    if (read === 0) break;
    chunks.push(chunk.subarray(0, read));
    length += read;
  }
  return Buffer.concat(chunks);
}

/** The system's reason in words, without its stack. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES') return 'permission denied';
  return message;
}
