/** Collects what the checks find, in the order in which they find it. */
import type { Path } from './problem.js';
import type { PathProblem } from './shape-problems.js';

export class Findings {
  readonly problems: PathProblem[] = [];
  readonly warnings: PathProblem[] = [];

  /** Something that keeps the scenario from running. */
  problem(path: Path, message: string, atKey = false): void {
    this.problems.push({ path, message, atKey });
  }

  /** Something legal that is probably not meant. */
  warning(path: Path, message: string): void {
    this.warnings.push({ path, message });
  }

  /** Reports every entry after the first that has the same name. */
  duplicates(
    what: string,
    entries: readonly { readonly name: string | number; readonly path: Path }[],
  ): void {
    const seen = new Set<string | number>();
    for (const { name, path } of entries) {
      if (seen.has(name)) this.problem(path, `duplicate ${what} ${JSON.stringify(name)}`);
      seen.add(name);
    }
  }
}
