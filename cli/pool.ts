/** Work spread over threads. The results never depend on how many there are. */
import { availableParallelism } from 'node:os';

import { Piscina } from 'piscina';

import type { WorkerTask, WorkerResult } from './lab-worker.js';

/** Threads where nothing else is asked for. */
export function defaultWorkers(): number {
  return Math.max(1, availableParallelism());
}

/** Worker threads that play runs; `close` ends them. */
export class WorkerPool {
  private readonly pool: Piscina<WorkerTask, WorkerResult>;
  readonly workers: number;

  constructor(workers: number) {
    this.workers = workers;
    this.pool = new Piscina({
      filename: new URL('./lab-worker.js', import.meta.url).href,
      name: 'work',
      minThreads: workers,
      maxThreads: workers,
    });
  }

  /**
   * Does all tasks, some at a time, and hands over each result with the task's place, in any order.
   *
   * @param stop resolves to give up: nothing new is begun, and what is under way is dropped.
   */
  async runAll(
    tasks: readonly WorkerTask[],
    onResult: (result: WorkerResult, index: number) => void,
    stop?: Promise<void>,
  ): Promise<void> {
    let next = 0;
    let stopped = false;
    const isStopped = (): boolean => stopped;
    const lane = async (): Promise<void> => {
      while (next < tasks.length && !isStopped()) {
        const index = next++;
        const result = await this.pool.run(tasks[index]!);
        if (!isStopped()) onResult(result, index);
      }
    };
    // One lane more than there are threads, so that no thread waits for its next task.
    const lanes = Promise.all(Array.from({ length: this.workers + 1 }, lane));
    const stopping = stop?.then(() => {
      stopped = true;
    });
    // Tasks that were dropped reject when the pool is closed: nobody waits for them any more.
    lanes.catch(() => undefined);
    await (stopping === undefined ? lanes : Promise.race([lanes, stopping]));
  }

  close(): Promise<void> {
    return this.pool.destroy();
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
