/** Tasks of one kind, done by worker threads. */
import { Piscina } from 'piscina';

/** Where a pool's threads find their work: a module, and the function in it that does one task. */
export interface ThreadPoolOptions {
  readonly workers: number;
  readonly filename: string;
  readonly name: string;
}

/** Worker threads for tasks that share nothing; `close` ends them. */
export class ThreadPool<Task, Result> {
  private readonly pool: Piscina<Task, Result>;
  readonly workers: number;

  constructor({ workers, filename, name }: ThreadPoolOptions) {
    this.workers = workers;
    this.pool = new Piscina({ filename, name, minThreads: workers, maxThreads: workers });
  }

  /**
   * Does all tasks, some at a time, and hands over each result with the task's place, in any order.
   *
   * @param stop resolves to give up: nothing new is begun, and what is under way is dropped.
   */
  async runAll(
    tasks: readonly Task[],
    onResult: (result: Result, index: number) => void,
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

  /** Does one task. */
  run(task: Task): Promise<Result> {
    return this.pool.run(task);
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }
}
