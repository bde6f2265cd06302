/** Where experiments run on the command line: in worker threads, with results in the order of what was asked. */
import type { Lab } from '../reports/questions/index.js';
import type { LongRunOptions, LongRunResult, Plan, RunResult } from '../scenarios/index.js';
import { inBatches, type WorkerPool } from './pool.js';
import type { Progress } from './progress.js';

export class ThreadedLab implements Lab {
  private readonly pool: WorkerPool;
  private readonly progress: Progress;

  constructor(pool: WorkerPool, progress: Progress) {
    this.pool = pool;
    this.progress = progress;
  }

  async playSeeds(plan: Plan, seeds: readonly number[]): Promise<readonly RunResult[]> {
    const tasks = inBatches(seeds, this.pool.workers).map(
      (batch) => ({ kind: 'play', plan, seeds: batch }) as const,
    );
    const results: (readonly RunResult[])[] = [];
    await this.pool.runAll(tasks, ({ played }, index) => {
      results[index] = played;
    });
    return results.flat();
  }

  async runLong(plan: Plan, runs: readonly LongRunOptions[]): Promise<readonly LongRunResult[]> {
    const tasks = inBatches(runs, this.pool.workers).map(
      (batch) => ({ kind: 'long', plan, runs: batch }) as const,
    );
    const results: (readonly LongRunResult[])[] = [];
    await this.pool.runAll(tasks, ({ long }, index) => {
      results[index] = long;
    });
    return results.flat();
  }

  onProgress(done: number, planned: number): void {
    this.progress.update(done, planned);
  }
}
