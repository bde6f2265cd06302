/**
 * The scenario that is being shrunk, and the one question that is asked of every candidate: does it still fail in the
 * same way?
 */
import type { Failure } from '../search/failure.js';
import { resolvePlan } from '../language/resolve-plan.js';
import { ScenarioInputError } from '../language/problem.js';
import type { Plan } from '../language/plan.js';
import type { Scenario } from '../language/schema.js';
import { isSmall } from './size.js';
import { sight, sightProperty, type Property, type Sighting } from './sighting.js';
import { canonical, rearrangements } from './rearrange.js';

/** What is to be kept, and how long that may be tried. */
export interface Aim {
  readonly failure: Failure;
  /** The user's own property that fails, instead of an invariant; null for one of the lab's failures. */
  readonly holds: Property | null;
  /** What else a scenario that fails has to be, besides. */
  readonly keeps: (scenario: Scenario, seed: number) => boolean;
  /** Asked before every run; what was reached until then stays. */
  readonly isTimeUp: () => boolean;
}

/** Events that other timings of one step may cost: a second or two; and where the scenario is small as it is. */
const PATIENCE_EVENTS = 1_000_000;
const SMALL_PATIENCE_EVENTS = 100_000;
const MOST_TIMINGS = 300;

export class Workbench {
  /** The smallest failing scenario so far. */
  scenario: Scenario;
  seed: number;
  sighting: Sighting;
  /** Candidates tried, and runs that this took (a candidate may be tried with several seeds). */
  attempts = 0;
  runs = 0;
  /** Seeds to try beside the present one: a candidate shifts what is drawn. */
  furtherSeeds: readonly number[] = [];
  /** Large steps are done: from now on every single item counts. */
  isThorough = false;
  /** Nothing goes as things are: large steps are tried in other timings from now on. */
  isPatient = false;
  /** The budget ran out. */
  stopped = false;
  private readonly aim: Aim;
  /** Candidates with seeds that did not fail. */
  private readonly refuted = new Set<string>();

  private constructor(scenario: Scenario, seed: number, sighting: Sighting, aim: Aim) {
    this.scenario = scenario;
    this.seed = seed;
    this.sighting = sighting;
    this.aim = aim;
  }

  /** Null where the scenario does not fail in that way to begin with. */
  static open(scenario: Scenario, seed: number, aim: Aim): Workbench | null {
    const sighting = look(resolvePlan(scenario), seed, aim);
    if (sighting === null || !aim.keeps(scenario, seed)) return null;
    return new Workbench(scenario, seed, sighting, aim);
  }

  get failure(): Failure {
    return this.aim.failure;
  }

  /** What fails is noticed at the end of the run alone: when it is cut there is no hint of where. */
  get failsAtEnd(): boolean {
    return this.aim.holds !== null || this.aim.failure.invariant === 'liveness';
  }

  /** Keeps a candidate where it fails in the same way. Candidates that are no valid scenario fail in none. */
  try(candidate: Scenario): boolean {
    if (this.stopped) return false;
    const text = canonical(candidate);
    if (text === canonical(this.scenario)) return false;
    const seeds = [this.seed, ...this.furtherSeeds.filter((seed) => seed !== this.seed)];
    return this.tryWith(candidate, text, seeds);
  }

  /**
   * Tries candidates, and where none is kept each of them in other timings and with other seeds: a step that takes away
   * much changes when everything happens.
   */
  tryHard(candidates: readonly Scenario[], isPatient = this.isPatient): boolean {
    if (this.tryEach(candidates)) return true;
    if (!isPatient) return false;
    const patienceEvents = isSmall(this.scenario) ? SMALL_PATIENCE_EVENTS : PATIENCE_EVENTS;
    const text = canonical(this.scenario);
    const large = candidates.filter((candidate) => canonical(candidate) !== text);
    const each = patienceEvents / this.sighting.run.simulation.eventCount / large.length;
    for (const candidate of large) {
      for (const { scenario, seed } of rearrangements(candidate, Math.min(each, MOST_TIMINGS))) {
        if (this.tryWith(scenario, canonical(scenario), [seed])) return true;
        if (this.stopped) return false;
      }
    }
    return false;
  }

  /** Tries candidates that take away so much that they are worth other timings even early. */
  tryLarge(candidates: readonly Scenario[]): boolean {
    return this.tryHard(candidates, true);
  }

  private tryWith(candidate: Scenario, text: string, seeds: readonly number[]): boolean {
    const untried = seeds.filter((seed) => !this.refuted.has(`${seed} ${text}`));
    if (untried.length === 0) return false;
    const plan = planOf(candidate);
    this.attempts++;
    for (const seed of untried) {
      if (this.aim.isTimeUp()) {
        this.stopped = true;
        return false;
      }
      const sighting = plan === null ? null : look(plan, seed, this.aim);
      this.runs++;
      if (sighting !== null && this.aim.keeps(candidate, seed)) {
        this.scenario = candidate;
        this.seed = seed;
        this.sighting = sighting;
        return true;
      }
      this.refuted.add(`${seed} ${text}`);
      if (plan === null) return false;
    }
    return false;
  }

  /** Tries candidates one after the other until one is kept. */
  tryEach(candidates: Iterable<Scenario>): boolean {
    for (const candidate of candidates) if (this.try(candidate)) return true;
    return false;
  }
}

function look(plan: Plan, seed: number, { failure, holds }: Aim): Sighting | null {
  return holds === null ? sight(plan, seed, failure) : sightProperty(plan, seed, holds);
}

/** Null where it is no valid scenario. */
export function planOf(scenario: Scenario): Plan | null {
  try {
    return resolvePlan(scenario);
  } catch (error) {
    if (error instanceof ScenarioInputError) return null;
    throw error;
  }
}
