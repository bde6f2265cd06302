/** What a worker thread does: plays seeds of a plan, or long runs of it. */
import {
  LivenessFailure,
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
  /** The first long run that got nowhere, which is where the task ends. An error would lose its fields on the way. */
  readonly failure: Pick<LivenessFailure, 'seed' | 'pending'> | null;
}

/** Called by the pool, by this name. */
export function work(task: WorkerTask): WorkerResult {
  if (task.kind === 'play') {
    const played = task.seeds.map((seed) => playPlan(task.plan, { seed }).result);
    return { played, long: [], failure: null };
  }
  const long: LongRunResult[] = [];
  try {
    for (const options of task.runs) long.push(runLong(task.plan, options));
  } catch (error) {
    if (!(error instanceof LivenessFailure)) throw error;
    return { played: [], long, failure: { seed: error.seed, pending: error.pending } };
  }
  return { played: [], long, failure: null };
}
