/**
 * Reads a scenario from YAML 1.2.
 *
 * Nothing of the input is executed, tags are refused, and what is wrong comes back as problems with
 * line and column. Put `# yaml-language-server: $schema=<path to scenario.schema.json>` on the first
 * line to have an editor complete and check a scenario as it is written.
 */
import { LineCounter, parseDocument, type Document, type YAMLError } from 'yaml';

import { checkScenario } from './check.js';
import { SCENARIO_BYTES_MAX, YAML_ALIASES_MAX } from './limits.js';
import { locate } from './locate.js';
import { applyOverrides, type Override } from './override.js';
import { positionAt, type InputProblem, type Position } from './problem.js';
import type { Scenario } from './schema.js';
import type { PathProblem } from './shape-problems.js';
import { sizeProblem } from './input-text.js';

/** A valid scenario, or what is wrong with the input; both lists are in the order of the file. */
export type ParsedScenario =
  | {
      readonly ok: true;
      readonly scenario: Scenario;
      /** Legal but doubtful: keys that are not modelled, min.insync.replicas above the replicas. */
      readonly warnings: readonly InputProblem[];
    }
  | { readonly ok: false; readonly problems: readonly InputProblem[] };

/** What is put over the text before it is checked. */
export interface ParseOptions {
  /** What `--set` puts over the file, in order. */
  readonly overrides?: readonly Override[];
}

/** Parses and checks a scenario. `fileName` is only used in messages. */
export function parseScenario(
  text: string,
  fileName: string,
  options: ParseOptions = {},
): ParsedScenario {
  const tooLarge = sizeProblem(fileName, text.length, SCENARIO_BYTES_MAX);
  if (tooLarge !== null) return { ok: false, problems: [tooLarge] };
  const lines = new LineCounter();
  const read = readYaml(text, fileName, lines);
  if (!read.ok) return read;
  const overrides = options.overrides ?? [];
  const applied = applyOverrides(read.value, overrides);
  if (!applied.ok) return { ok: false, problems: [applied.problem] };
  const checked = checkScenario(applied.value);
  const toInput = (problem: PathProblem): InputProblem =>
    toInputProblem(problem, { fileName, document: read.document, lines, overrides });
  if (!checked.ok) return { ok: false, problems: checked.problems.map(toInput).sort(byPosition) };
  return {
    ok: true,
    scenario: checked.scenario,
    warnings: checked.warnings.map(toInput).sort(byPosition),
  };
}

/** Checks a scenario given as a value. Problems have paths and no positions. */
export function validateScenario(value: unknown, name = 'scenario'): readonly InputProblem[] {
  const checked = checkScenario(value);
  if (checked.ok) return [];
  return checked.problems.map(({ path, message }) => ({
    file: name,
    position: null,
    path,
    message,
  }));
}

type ReadYaml =
  | { readonly ok: true; readonly value: unknown; readonly document: Document }
  | { readonly ok: false; readonly problems: readonly InputProblem[] };

function readYaml(text: string, file: string, lines: LineCounter): ReadYaml {
  const fail = (message: string, position: Position): ReadYaml => ({
    ok: false,
    problems: [{ file, position, path: [], message }],
  });
  try {
    const document = parseDocument(text, {
      version: '1.2',
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
    });
    const complaint = document.errors[0] ?? document.warnings[0];
    if (complaint !== undefined) {
      // The first alone: after it the parser guesses, and the rest are its echoes.
      return { ok: false, problems: [yamlProblem(complaint, text, file)] };
    }
    if (document.contents === null) return fail('the scenario is empty', { line: 1, column: 1 });
    const value: unknown = document.toJS({ maxAliasCount: YAML_ALIASES_MAX });
    return { ok: true, value, document };
  } catch (error) {
    // The parser recurses into nested collections and stops unfolding aliases at the limit.
    if (error instanceof RangeError) return fail('nested too deeply', { line: 1, column: 1 });
    if (error instanceof ReferenceError) {
      const limit = `YAML aliases unfold too far (the limit is ${String(YAML_ALIASES_MAX)})`;
      return fail(limit, positionAt(text, Math.max(0, text.search(/[[\s,:-]\*\S/) + 1)));
    }
    throw error;
  }
}

function yamlProblem(error: YAMLError, text: string, file: string): InputProblem {
  const [start] = error.pos;
  const position = positionAt(text, start);
  return { file, position, path: [], message: yamlMessage(error, text) };
}

function yamlMessage(error: YAMLError, text: string): string {
  const [start, end] = error.pos;
  switch (error.code) {
    case 'DUPLICATE_KEY': {
      const key = /^[^:\s][^:\n]*/.exec(text.slice(start))?.[0] ?? text.slice(start, end);
      return `duplicate key "${key.trim()}"`;
    }
    case 'MULTIPLE_DOCS':
      return 'a file holds one scenario: remove the second document';
    case 'TAG_RESOLVE_FAILED':
      return `YAML tags are not part of the scenario language: ${text.slice(start, end)}`;
    default:
      return error.message.includes('call stack')
        ? 'nested too deeply'
        : `not valid YAML: ${error.message}`;
  }
}

interface Origin {
  readonly fileName: string;
  readonly document: Document;
  readonly lines: LineCounter;
  readonly overrides: readonly Override[];
}

/** A problem inside an overridden value is the override's, not the file's. */
function toInputProblem(problem: PathProblem, origin: Origin): InputProblem {
  const { path, message } = problem;
  const override = origin.overrides.findLast(
    (candidate) =>
      candidate.path.length <= path.length &&
      candidate.path.every((step, index) => String(step) === String(path[index])),
  );
  if (override !== undefined) {
    return { file: `--set ${override.text}`, position: null, path, message };
  }
  const position = locate(origin.document, origin.lines, path, problem.atKey === true);
  return { file: origin.fileName, position, path, message };
}

function byPosition(a: InputProblem, b: InputProblem): number {
  return (
    (a.position?.line ?? 0) - (b.position?.line ?? 0) ||
    (a.position?.column ?? 0) - (b.position?.column ?? 0)
  );
}
