/** "Did you mean": the nearest names of a list, by edit distance. */

/**
 * Levenshtein distance: how many characters must be put in, taken out or replaced. Distances above
 * `limit` come back as `limit + 1`, which makes the usual answer ("far away") cheap.
 */
export function editDistance(from: string, to: string, limit = Number.MAX_SAFE_INTEGER): number {
  if (Math.abs(from.length - to.length) > limit) return limit + 1;
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    let best = row;
    for (let column = 1; column <= to.length; column++) {
      const replaced = at(previous, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const distance = Math.min(replaced, at(previous, column) + 1, at(current, column - 1) + 1);
      current.push(distance);
      best = Math.min(best, distance);
    }
    if (best > limit) return limit + 1;
    previous = current;
  }
  return Math.min(at(previous, to.length), limit + 1);
}

/**
 * The candidate nearest to `name` within `limit` edits, or null. Of equally near ones the first in
 * the order of `candidates`.
 */
export function nearestName(name: string, candidates: readonly string[], limit = 3): string | null {
  let nearest: string | null = null;
  let nearestDistance = limit + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate, nearestDistance - 1);
    if (distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/**
 * A hint for an error message: ` (did you mean "x"?)`, or the empty string. Short names allow
 * one or two edits, long ones a third of their length, four at most.
 */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const limit = name.length < 4 ? 1 : Math.max(2, Math.min(4, Math.floor(name.length / 3)));
  const lower = name.toLowerCase();
  const nearest =
    candidates.find((candidate) => candidate.toLowerCase() === lower) ??
    nearestName(name, candidates, limit);
  return nearest === null ? '' : ` (did you mean "${nearest}"?)`;
}

function at(values: readonly number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no value at ${String(index)}`);
  return value;
}
