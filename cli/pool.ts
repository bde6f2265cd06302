/** Work spread over threads. The results never depend on how many there are. */
import { availableParallelism } from 'node:os';

import type { WorkerTask, WorkerResult } from './lab-worker.js';
import { ThreadPool } from './thread-pool.js';

/** Threads where nothing else is asked for. */
export function defaultWorkers(): number {
  return Math.max(1, availableParallelism());
}

/** Worker threads that play runs. */
export class WorkerPool extends ThreadPool<WorkerTask, WorkerResult> {
  constructor(workers: number) {
    const filename = new URL('./lab-worker.js', import.meta.url).href;
    super({ workers, filename, name: 'work' });
  }
}

/** Cuts a list into batches: small enough to share the work out, large enough not to hand over one by one. */
export function inBatches<T>(items: readonly T[], workers: number): T[][] {
  const size = Math.max(1, Math.min(8, Math.floor(items.length / (workers * 64))));
  const batches: T[][] = [];
  for (let from = 0; from < items.length; from += size)
    batches.push(items.slice(from, from + size));
  return batches;
}
