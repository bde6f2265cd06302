/** Where experiments run on the command line: in worker threads, with results in the order of what was asked. */
import type { Lab } from '../reports/questions/index.js';
import {
  LivenessFailure,
  type LongRunOptions,
  type LongRunResult,
  type Plan,
  type RunResult,
} from '../scenarios/index.js';
import type { WorkerResult } from './lab-worker.js';
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
    const results: WorkerResult[] = [];
    let settled = 0;
    const onResult = (result: WorkerResult, index: number): void => {
      results[index] = result;
      // The first failure in the order of the tasks: it does not depend on which thread was faster.
      for (let next = results[settled]; next !== undefined; next = results[++settled]) {
        if (next.failure !== null)
          throw new LivenessFailure(next.failure.seed, next.failure.pending);
      }
    };
    await this.pool.runAll(tasks, onResult);
    return results.flatMap(({ long }) => long);
  }

  onProgress(done: number, planned: number): void {
    this.progress.update(done, planned);
  }
}
