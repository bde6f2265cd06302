/** From zod's issues to problems with a path each. */
import type { z } from 'zod';

import { quote } from './schema-parts.js';
import type { Path } from './problem.js';

/** A problem before its place in the text is known. */
export interface PathProblem {
  readonly path: Path;
  readonly message: string;
  /** The problem is about the key at the end of `path`, not about its value. */
  readonly atKey?: boolean;
}

type Issue = z.core.$ZodIssue;

/** The problems of an input that does not have the shape of a scenario. */
export function shapeProblems(issues: readonly Issue[], input: unknown): PathProblem[] {
  const problems = issues.flatMap((issue) => flatten(issue, [], input));
  const misspelt = new Set(
    problems.filter((problem) => problem.atKey === true).map(({ path }) => parentOf(path)),
  );
  return problems.filter((problem) => !isConsequence(problem, misspelt, input));
}

/** What an object lacks says nothing new where one of its keys is misspelt. */
function isConsequence(problem: PathProblem, misspelt: Set<string>, input: unknown): boolean {
  if (problem.atKey === true) return false;
  if (misspelt.has(JSON.stringify(problem.path))) return true;
  return valueAt(input, problem.path) === undefined && misspelt.has(parentOf(problem.path));
}

function parentOf(path: Path): string {
  return JSON.stringify(path.slice(0, -1));
}

function flatten(issue: Issue, prefix: Path, input: unknown): PathProblem[] {
  const path = [...prefix, ...issue.path.map(toStep)];
  switch (issue.code) {
    case 'unrecognized_keys': {
      const messages = issue.message.split('\n');
      return issue.keys.map((key, index) => ({
        path: [...path, key],
        message: messages[index] ?? issue.message,
        atKey: true,
      }));
    }
    case 'invalid_union':
      return flattenUnion(issue, path, input);
    default:
      return [{ path, message: messageOf(issue.message, path, input) }];
  }
}

/**
 * Of the branches of a union, the one meant: that whose value had the right type to begin with.
 * A union with a message of its own, or with no such branch, speaks for itself.
 */
function flattenUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: Path,
  input: unknown,
): PathProblem[] {
  const meant = issue.errors.find((branch) => !branch.some(isTypeMismatch));
  const speaks = !issue.message.startsWith('Invalid input');
  const branch = meant ?? (speaks ? undefined : nearestBranch(issue.errors, path, input));
  if (branch === undefined) return [{ path, message: messageOf(issue.message, path, input) }];
  return branch.flatMap((inner) => flatten(inner, path, input));
}

function isTypeMismatch(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union') {
    return issue.errors.every((branch) => branch.some(isTypeMismatch));
  }
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

/** No branch has the type: text asks for the branch that explains text, else for the first. */
function nearestBranch(
  branches: readonly Issue[][],
  path: Path,
  input: unknown,
): Issue[] | undefined {
  const given = valueAt(input, path);
  const scalar = typeof given !== 'object' || given === null;
  return scalar ? branches[0] : branches.at(-1);
}

function messageOf(message: string, path: Path, input: unknown): string {
  const key = path.at(-1);
  if (valueAt(input, path) === undefined && key !== undefined) {
    return `the key "${String(key)}" is missing`;
  }
  if (message.startsWith('must ')) return `${String(key ?? 'it')} ${message}`;
  return message.startsWith('Invalid input')
    ? `${message}: ${quote(valueAt(input, path))}`
    : message;
}

function toStep(step: PropertyKey): string | number {
  return typeof step === 'symbol' ? String(step) : step;
}

/** What stands at a path, or undefined. */
function valueAt(input: unknown, path: Path): unknown {
  let value = input;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
