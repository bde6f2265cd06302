/** What a worker thread does: plays seeds of a plan, or long runs of it. */
import {
  playPlan,
  runLong,
  type LongRunOptions,
  type LongRunResult,
  type Plan,
  type RunResult,
} from '../scenarios/index.js';

export type WorkerTask =
  | { readonly kind: 'play'; readonly plan: Plan; readonly seeds: readonly number[] }
  | { readonly kind: 'long'; readonly plan: Plan; readonly runs: readonly LongRunOptions[] };

export interface WorkerResult {
  readonly played: readonly RunResult[];
  readonly long: readonly LongRunResult[];
}

/** Called by the pool, by this name. */
export function work(task: WorkerTask): WorkerResult {
  if (task.kind === 'play') {
    return { played: task.seeds.map((seed) => playPlan(task.plan, { seed }).result), long: [] };
  }
  return { played: [], long: task.runs.map((options) => runLong(task.plan, options)) };
}
