/** Work spread over threads. The results never depend on how many there are. */
import { availableParallelism } from 'node:os';

import { Piscina } from 'piscina';

import type { WorkerTask, WorkerResult } from './lab-worker.js';

/** Threads where nothing else is asked for. */
export function defaultWorkers(): number {
  return Math.max(1, availableParallelism());
}

export class WorkerPool {
  private readonly pool: Piscina<WorkerTask, WorkerResult>;
  readonly workers: number;

  constructor(workers: number) {
    this.workers = workers;
    this.pool = new Piscina({
      filename: new URL('./lab-worker.js', import.meta.url).href,
      minThreads: workers,
      maxThreads: workers,
    });
  }

  run(task: WorkerTask): Promise<WorkerResult> {
    return this.pool.run(task);
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}

/** Cuts a list into batches: a task costs about 0.1 ms to hand over, so one seed each would be wasteful. */
export function inBatches<T>(items: readonly T[], workers: number): T[][] {
  const size = Math.max(1, Math.min(16, Math.ceil(items.length / (workers * 4))));
  const batches: T[][] = [];
  for (let from = 0; from < items.length; from += size)
    batches.push(items.slice(from, from + size));
  return batches;
}
