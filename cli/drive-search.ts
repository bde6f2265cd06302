/** Drives a search with worker threads. What it finds does not depend on how many there are. */
import type { Search, SearchReport, SearchUnit, SearchUnitResult } from '../scenarios/index.js';
import { ThreadPool } from './thread-pool.js';

/** Worker threads that play units of searches. */
export class SearchPool extends ThreadPool<SearchUnit, SearchUnitResult> {
  constructor(workers: number) {
    const filename = new URL('./search-worker.js', import.meta.url).href;
    super({ workers, filename, name: 'search' });
  }
}

/**
 * Plays a search until it is over or time is up; what is under way then is finished first.
 *
 * @param onProgress told after every unit, with the seed that it had.
 */
export async function driveSearch(
  search: Search,
  pool: SearchPool,
  isTimeUp: () => boolean,
  onProgress: (seed: number) => void = () => undefined,
): Promise<SearchReport> {
  for (;;) {
    const units = search.deal();
    if (units.length === 0) return search.report();
    search.take(await playGeneration(units, pool, isTimeUp, onProgress));
    if (isTimeUp()) return search.report();
  }
}

/** The results up to the first finding: those behind it may be there or not, and do not count. */
async function playGeneration(
  units: readonly SearchUnit[],
  pool: SearchPool,
  isTimeUp: () => boolean,
  onProgress: (seed: number) => void,
): Promise<readonly SearchUnitResult[]> {
  const results: SearchUnitResult[] = [];
  let next = 0;
  let end = units.length;
  const lane = async (): Promise<void> => {
    while (next < end && !isTimeUp()) {
      const index = next++;
      const result = await pool.run(units[index]!);
      results[index] = result;
      if (result.finding !== null) end = Math.min(end, index + 1);
      onProgress(result.seed);
    }
  };
  await Promise.all(Array.from({ length: pool.workers }, lane));
  return results.slice(0, Math.min(end, results.length));
}
