/** What is wrong with an input, and where. */

/** A place in a text, both counted from 1. Columns count UTF-16 units, as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Steps from the root of a value: keys and indexes. */
export type Path = readonly (string | number)[];

/** One thing that is wrong. The message has the offending value and, where there is one, a remedy. */
export interface InputProblem {
  /** The file's name, or what stands for it where the input was a value. */
  readonly file: string;
  /** Null where the input was a value and not a text. */
  readonly position: Position | null;
  /** Empty for the whole input. */
  readonly path: Path;
  readonly message: string;
}

/** `file:line:column: message`, or `file: path: message` where there is no text. */
export function formatProblem(problem: InputProblem): string {
  if (problem.position !== null) {
    const { line, column } = problem.position;
    return `${problem.file}:${String(line)}:${String(column)}: ${problem.message}`;
  }
  const path = formatPath(problem.path);
  return `${problem.file}: ${path === '' ? '' : `${path}: `}${problem.message}`;
}

/** `topics[0].config["min.insync.replicas"]`. */
export function formatPath(path: Path): string {
  return path
    .map((step, index) => {
      if (typeof step === 'number') return `[${String(step)}]`;
      if (!/^[\w-]+$/.test(step)) return `[${JSON.stringify(step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join('');
}

/** Where an offset of a text lies. */
export function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  const lineStart = Math.max(before.lastIndexOf('\n'), before.lastIndexOf('\r')) + 1;
  const line = before.split(/\r\n|\n|\r/).length;
  return { line, column: offset - lineStart + 1 };
}

/** Thrown where the caller asked for a value and the input has none to give. */
export class ScenarioInputError extends Error {
  override readonly name = 'ScenarioInputError';
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly InputProblem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
  }
}
