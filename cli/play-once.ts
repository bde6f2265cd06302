/** One run in this thread, with the watchers that the asked-for files need. */
import {
  Chronicle,
  finish,
  Series,
  startPlan,
  Trace,
  type Plan,
  type Run,
  type RunResult,
  type TraceLevel,
} from '../scenarios/index.js';
import { EventRecorder } from '../sim/index.js';

export interface Wanted {
  readonly trace: TraceLevel | null;
  readonly chronicle: boolean;
  readonly series: boolean;
}

/** A run that is over, or that stopped at an event. */
export interface PlayedOnce {
  readonly run: Run;
  readonly result: RunResult;
  readonly traceLines: readonly string[];
  readonly chronicle: Chronicle | null;
  readonly series: Series | null;
}

const NOTHING: Wanted = { trace: null, chronicle: false, series: false };

/** Plays a plan to its end, watched as wanted. Watching never changes the hash. */
export function playOnce(plan: Plan, seed: number, wanted: Wanted): PlayedOnce {
  const watched = start(plan, seed, wanted);
  watched.run.play();
  return ended(watched);
}

/** Plays a plan up to an event; `wasReached` is false where the run has fewer events. */
export function playUntilEvent(
  plan: Plan,
  seed: number,
  event: number,
): PlayedOnce & { readonly wasReached: boolean } {
  const bounded: Plan = { ...plan, run: { ...plan.run, maxEvents: event } };
  const watched = start(bounded, seed, { ...NOTHING, trace: 'full' });
  playPhases(watched.run);
  return { ...ended(watched), wasReached: watched.run.exhausted };
}

/** Every event of a run, for finding where two runs part. */
export function recordRun(
  plan: Plan,
  seed: number,
): { readonly run: Run; readonly recorder: EventRecorder } {
  const { run } = start(plan, seed, NOTHING);
  const recorder = new EventRecorder();
  run.simulation.recorder = recorder;
  run.play();
  return { run, recorder };
}

interface Watched {
  readonly run: Run;
  readonly chronicle: Chronicle | null;
  readonly series: Series | null;
}

function start(plan: Plan, seed: number, wanted: Wanted): Watched {
  let chronicle: Chronicle | null = null;
  let series: Series | null = null;
  const run = startPlan(plan, {
    seed,
    ...(wanted.trace === null ? {} : { trace: wanted.trace }),
    watch: (definition) => {
      chronicle = wanted.chronicle ? new Chronicle() : null;
      series = wanted.series ? new Series(definition) : null;
      return [chronicle, series].filter((watcher) => watcher !== null);
    },
  });
  return { run, chronicle, series };
}

/** As `Run.play`, but it stops for good where the bound on events is reached: nothing is healed. */
function playPhases(run: Run): void {
  const { forUs, settleUs } = run.plan.run;
  run.advance(forUs);
  if (run.exhausted) return;
  run.heal();
  run.advance(forUs + settleUs);
}

function ended({ run, chronicle, series }: Watched): PlayedOnce {
  const trace = run.extra.find((watcher) => watcher instanceof Trace);
  return { run, result: finish(run), traceLines: trace?.lines ?? [], chronicle, series };
}
