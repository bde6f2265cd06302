/** One unit of a search: a scenario played once, with forks at promising moments. */
import { RandomStream } from '../../sim/index.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import { finish } from '../run/run-scenario.js';
import type { RunResult } from '../run/result.js';
import { Run } from '../run/run.js';
import { Coverage } from './coverage.js';
import { arenaOf } from './draw-fault.js';
import { failureOf, isWanted, NOTHING, type Failure, type Wanted } from './failure.js';
import { forkFuture } from './futures.js';
import { MOMENTS } from './moments.js';

/** What a worker is asked to play. */
export interface SearchUnit {
  /** The unit's seed: all that is drawn in it comes from here. */
  readonly seed: number;
  readonly scenario: Scenario;
  readonly runSeed: number;
  /** Expected losses that count as findings, too. */
  readonly wanted?: Wanted;
}

/** A scenario and a seed that fail. */
export interface Finding {
  /** Seed of the unit. */
  readonly seed: number;
  /** Complete in itself: played from the start with `runSeed` it fails. */
  readonly scenario: Scenario;
  readonly runSeed: number;
  readonly failure: Failure;
  /** At the moment of the failure. */
  readonly result: RunResult;
}

/** What came of one unit: a finding or none, and what its runs reached. */
export interface SearchUnitResult {
  readonly seed: number;
  readonly finding: Finding | null;
  /** Runs that were played, forks included, and their events. */
  readonly runs: number;
  readonly events: number;
  /** Coverage, 1 for each cell that was reached. */
  readonly cells: Uint8Array;
  readonly marks: readonly string[];
  /** A breach that a broken assumption explains, if one was seen; its text. */
  readonly expectedLoss: string | null;
}

/** The run is looked at this often: a fork comes at most that long after its moment. */
const SLICE_US = 5000;
/** How long a future is followed. */
const HORIZON_US = 8_000_000;
const FORKED_MOMENTS = 4;
const FORKS_OF_A_KIND = 2;
const FUTURES = 2;

/** Plays a unit. The same unit gives the same result, wherever it is played. */
export function playUnit(unit: SearchUnit): SearchUnitResult {
  const { seed, scenario, runSeed } = unit;
  const plan = resolvePlan(scenario);
  const stream = RandomStream.named(String(seed), 'search/unit');
  const run = Run.start(plan, {
    seed: runSeed,
    keepOutages: false,
    watch: (definition) => [new Coverage(definition)],
  });
  const coverage = coverageOf(run);
  const tally = { runs: 1, events: 0 };
  const ofKind = MOMENTS.map(() => 0);
  const arena = arenaOf(plan);
  let forked = 0;
  let finding: Finding | null = null;
  const report = (): SearchUnitResult => ({
    seed,
    finding,
    runs: tally.runs,
    events: tally.events + run.simulation.eventCount,
    cells: coverage.state.cells,
    marks: coverage.state.marks,
    expectedLoss: run.breaches.expectedLosses[0]?.breach.message ?? null,
  });
  for (let nowUs = 0; nowUs < plan.run.forUs;) {
    nowUs = Math.min(nowUs + SLICE_US, plan.run.forUs);
    run.advance(nowUs);
    if (isBroken(run, unit) || run.exhausted) {
      finding = found(unit, scenario, run);
      return report();
    }
    const moments = coverage.takeMoments();
    if (moments.length === 0 || !run.isWarm || forked >= FORKED_MOMENTS) continue;
    const { moment } = stream.pick(moments);
    if (ofKind[moment]! >= FORKS_OF_A_KIND || stream.chance(0.5)) continue;
    ofKind[moment]!++;
    forked++;
    for (let count = 0; count < FUTURES; count++) {
      const future = forkFuture(run, scenario, arena, stream);
      if (future === null) break;
      tally.runs++;
      const failed = follow(future.run, unit, nowUs + HORIZON_US);
      tally.events += future.run.simulation.eventCount - run.simulation.eventCount;
      absorb(coverage, coverageOf(future.run));
      if (!failed) continue;
      finding = found(unit, future.scenario, future.run);
      return report();
    }
  }
  run.heal();
  run.advance(plan.run.forUs + plan.run.settleUs);
  finding = found(unit, scenario, run);
  return report();
}

/** Plays a future up to a time, at most to the end of its faults; true where it violates something. */
function follow(run: Run, unit: SearchUnit, toUs: number): boolean {
  const endUs = Math.min(toUs, run.plan.run.forUs);
  for (let nowUs = run.nowUs; nowUs < endUs;) {
    nowUs = Math.min(nowUs + 50 * SLICE_US, endUs);
    run.advance(nowUs);
    if (isBroken(run, unit)) return true;
  }
  return false;
}

/** A promise was broken, or what is wanted was lost. */
function isBroken(run: Run, { wanted = NOTHING }: SearchUnit): boolean {
  const { violations, expectedLosses } = run.invariants.breaches;
  if (violations.length > 0) return true;
  return expectedLosses.some(({ breach, broken }) => isWanted(wanted, breach, broken));
}

function found(
  { seed, runSeed, wanted }: SearchUnit,
  scenario: Scenario,
  run: Run,
): Finding | null {
  const result = finish(run);
  const failure = failureOf(result, wanted);
  return failure === null ? null : { seed, scenario, runSeed, failure, result };
}

function coverageOf(run: Run): Coverage {
  return run.extra.find((watcher): watcher is Coverage => watcher instanceof Coverage)!;
}

function absorb(into: Coverage, from: Coverage): void {
  const { cells, marks } = into.state;
  for (let index = 0; index < cells.length; index++) cells[index]! |= from.state.cells[index]!;
  for (const mark of from.state.marks) if (!marks.includes(mark)) marks.push(mark);
}
