/** From a scenario to the result of its run. */
import { resolvePlan } from '../language/resolve-plan.js';
import type { Plan } from '../language/plan.js';
import type { Scenario } from '../language/schema.js';
import { resultOf, type RunResult } from './result.js';
import { Run, type RunOptions } from './run.js';
import { Trace, type TraceLevel } from './trace.js';

/** How a scenario is run. Only the seed can change what happens. */
export interface RunScenarioOptions {
  /** No hidden entropy: the seed is required. */
  readonly seed: number;
  /** Watch invariants (default true). Watching never changes the hash. */
  readonly invariants?: boolean;
  readonly trace?: TraceLevel;
  readonly queue?: RunOptions['queue'];
  /** Further watchers. */
  readonly watch?: RunOptions['watch'];
}

/** A result with what was asked for beside it. */
export interface PlayedScenario {
  readonly result: RunResult;
  readonly run: Run;
  /** Lines of the trace; empty unless one was asked for. */
  readonly trace: readonly string[];
}

/** Runs a scenario. Throws where the scenario is not valid. */
export function runScenario(scenario: Scenario, options: RunScenarioOptions): RunResult {
  return playScenario(scenario, options).result;
}

/** Runs a scenario and hands out the run itself, too. */
export function playScenario(scenario: Scenario, options: RunScenarioOptions): PlayedScenario {
  return playPlan(resolvePlan(scenario), options);
}

/** Runs a plan to its end and hands out the run itself, too. */
export function playPlan(plan: Plan, options: RunScenarioOptions): PlayedScenario {
  const run = startPlan(plan, options);
  run.play();
  return { result: finish(run), run, trace: traceOf(run) };
}

/** Starts a run; `run.play()` or `run.advance()` go on from there. */
export function startPlan(plan: Plan, options: RunScenarioOptions): Run {
  const { seed, queue, invariants, trace, watch } = options;
  return Run.start(plan, {
    seed,
    ...(queue === undefined ? {} : { queue }),
    ...(invariants === undefined ? {} : { invariants }),
    watch: (definition) => [
      ...(trace === undefined ? [] : [new Trace(definition, trace)]),
      ...(watch?.(definition) ?? []),
    ],
  });
}

/** The result of a run that was played. */
export function finish(run: Run): RunResult {
  return resultOf(run);
}

function traceOf(run: Run): readonly string[] {
  const trace = run.extra.find((watcher): watcher is Trace => watcher instanceof Trace);
  return trace?.lines ?? [];
}
