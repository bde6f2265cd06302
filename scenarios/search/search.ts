/**
 * A search, as a stepper: it deals out units of work, takes their results, and says what came of it. It knows neither
 * threads nor clocks; whoever drives it does.
 *
 * Units come in generations. Within one, all draw on what was known before it, so that the outcome is the same however
 * many play them at a time; and a finding counts only if every earlier seed of its generation was played.
 */
import { RandomStream } from '../../sim/index.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import type { ScenarioVersion } from '../language/version-name.js';
import { COVERAGE_CELLS, mergeCells } from './coverage.js';
import { arenaOf } from './draw-fault.js';
import { drawFaultPlan, drawScenario } from './draw-scenario.js';
import { laxScenario } from './lax-scenario.js';
import { RARE_MARKS } from './moments.js';
import { playUnit, type Finding, type SearchUnit, type SearchUnitResult } from './search-unit.js';
import { stagedScenario } from './staged-scenario.js';
import { varyScenario } from './vary-scenario.js';

/** What is searched. */
export type SearchSubject =
  /** A version's own promises, over random clusters. */
  | {
      readonly kind: 'general';
      /** The newest one where it is left out. */
      readonly version?: ScenarioVersion;
      /** Makes of each scenario that is drawn the one that is played: settings put over it, or nothing. */
      readonly change: (scenario: Scenario) => Scenario;
    }
  /** The promises of one scenario (its `invariants`), under faults of the search beside its own. */
  | { readonly kind: 'scenario'; readonly scenario: Scenario };

/** What is searched, and the seeds of the units to play. */
export interface SearchOptions {
  readonly subject: SearchSubject;
  /** Both ends included. */
  readonly seeds: { readonly from: number; readonly to: number };
  /**
   * Ids of invariants of which an expected loss counts as a finding, too; random clusters then are laxer than the promises
   * allow, by chance.
   */
  readonly wanted?: readonly string[];
}

/** What a search has done so far. */
export interface SearchReport {
  readonly finding: Finding | null;
  /** Units whose results count, the runs in them (forks included) and their events. */
  readonly units: number;
  readonly runs: number;
  readonly events: number;
  /** The seed to go on from. */
  readonly nextSeed: number;
  /** Cells of the coverage map that were reached, of `cells`. */
  readonly covered: number;
  readonly cells: number;
  /** Marks that were reached, and rare ones that were not, in alphabetical order. */
  readonly marks: readonly string[];
  readonly neverReached: readonly string[];
  /** Units in which a promise was broken that was not due (the assumptions did not hold), and one such breach. */
  readonly expectedLosses: number;
  readonly anExpectedLoss: string | null;
}

interface Kept {
  readonly scenario: Scenario;
  readonly runSeed: number;
}

/** Units dealt out together. */
const GENERATION = 16;
/** Schedules that are kept for variation. */
const CORPUS_MAX = 64;
/** The share of units that vary a kept schedule, once there is one. */
const VARIED = 0.35;

/** A search under way. Whoever drives it deals a generation, plays it, gives the results back, and so on. */
export class Search {
  private readonly options: SearchOptions;
  private readonly cells = new Uint8Array(COVERAGE_CELLS);
  private readonly marks = new Set<string>();
  private corpus: Kept[] = [];
  private dealt: readonly SearchUnit[] = [];
  private nextSeed: number;
  private finding: Finding | null = null;
  private units = 0;
  private runs = 0;
  private events = 0;
  private covered = 0;
  private expectedLosses = 0;
  private anExpectedLoss: string | null = null;

  constructor(options: SearchOptions) {
    this.options = options;
    this.nextSeed = options.seeds.from;
  }

  /** The next generation; empty where the search is over. */
  deal(): readonly SearchUnit[] {
    const { to } = this.options.seeds;
    if (this.finding !== null || this.nextSeed > to) return [];
    const count = Math.min(GENERATION, to - this.nextSeed + 1);
    this.dealt = Array.from({ length: count }, (_, index) => this.unitOf(this.nextSeed + index));
    return this.dealt;
  }

  /** Takes results of the generation, in its order; it may be cut short after a finding, or when time is up. */
  take(results: readonly SearchUnitResult[]): void {
    for (const [index, result] of results.entries()) {
      const unit = this.dealt[index];
      if (unit?.seed !== result.seed)
        throw new Error(`a result of seed ${result.seed} out of turn`);
      this.takeOne(unit, result);
      if (this.finding !== null) return;
    }
  }

  /** The finding is not what is sought: the search goes on behind it, with what it has learned. */
  passOver(): void {
    this.finding = null;
  }

  /** What came of all results taken so far. */
  report(): SearchReport {
    return {
      finding: this.finding,
      units: this.units,
      runs: this.runs,
      events: this.events,
      nextSeed: this.nextSeed,
      covered: this.covered,
      cells: COVERAGE_CELLS,
      marks: [...this.marks].sort(),
      neverReached: RARE_MARKS.filter((mark) => !this.marks.has(mark)),
      expectedLosses: this.expectedLosses,
      anExpectedLoss: this.anExpectedLoss,
    };
  }

  private takeOne(unit: SearchUnit, result: SearchUnitResult): void {
    this.nextSeed = unit.seed + 1;
    this.units++;
    this.runs += result.runs;
    this.events += result.events;
    for (const mark of result.marks) this.marks.add(mark);
    if (result.expectedLoss !== null) {
      this.expectedLosses++;
      this.anExpectedLoss ??= `seed ${unit.seed}: ${result.expectedLoss}`;
    }
    const fresh = mergeCells(this.cells, result.cells);
    this.covered += fresh;
    if (fresh > 0) {
      this.corpus.push({ scenario: unit.scenario, runSeed: unit.runSeed });
      if (this.corpus.length > CORPUS_MAX) this.corpus.shift();
    }
    this.finding = result.finding;
  }

  private unitOf(seed: number): SearchUnit {
    const { subject, wanted } = this.options;
    const also = wanted === undefined ? {} : { wanted };
    const stream = RandomStream.named(String(seed), 'search/deal');
    if (this.corpus.length > 0 && stream.chance(VARIED)) {
      const kept = stream.pick(this.corpus);
      const runSeed = stream.chance(0.5) ? kept.runSeed : seed;
      return { seed, scenario: varyScenario(kept.scenario, stream), runSeed, ...also };
    }
    return {
      seed,
      scenario: freshScenario(subject, seed, wanted !== undefined),
      runSeed: seed,
      ...also,
    };
  }
}

function freshScenario(subject: SearchSubject, seed: number, isLax: boolean): Scenario {
  if (subject.kind === 'general') {
    const drawn = drawScenario(seed, subject.version);
    return subject.change(stagedScenario(isLax ? laxScenario(drawn, seed) : drawn, seed));
  }
  const { scenario } = subject;
  const plan = resolvePlan(scenario);
  const stream = RandomStream.named(String(seed), 'search/faults');
  const hasRacks = plan.racks.length > 0;
  const forS = Math.floor(plan.run.forUs / 1_000_000);
  if (forS < SHORTEST_S) return scenario;
  const drawn = drawFaultPlan(stream, arenaOf(plan), { hasRacks, forS });
  const faults = [...(scenario.faults ?? []), ...(drawn.faults ?? [])];
  const random = scenario['random-faults'] ?? drawn['random-faults'];
  return {
    ...scenario,
    ...(faults.length === 0 ? {} : { faults }),
    ...(random === undefined ? {} : { 'random-faults': random }),
    run: { ...scenario.run, 'shuffle-ties': true },
  };
}

/** A scenario that is shorter gets no faults at times of their own. */
const SHORTEST_S = 5;

/** Drives a search in this thread, unit after unit. */
export function searchHere(search: Search, isTimeUp: () => boolean): SearchReport {
  for (;;) {
    const units = search.deal();
    if (units.length === 0) return search.report();
    const results: SearchUnitResult[] = [];
    for (const unit of units) {
      if (isTimeUp()) break;
      const result = playUnit(unit);
      results.push(result);
      if (result.finding !== null) break;
    }
    search.take(results);
    if (isTimeUp()) return search.report();
  }
}
