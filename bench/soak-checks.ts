/**
 * What a soak asks of the lab, one run at a time. Every failure comes with the line that plays it again.
 *
 * - `catalogue`: a catalogue scenario played twice gives one hash, no violation, and leaves nothing pending.
 * - `ties`: the same with events of the same instant served in shuffled order.
 * - `random`: a random scenario within the survivable budget breaks no promise and recovers.
 * - `sound`: the same with the known hole of Kafka 4.1 closed, so that nothing is excused: nothing is lost at all.
 *   In older versions a breach is the version's own, and counted as that, where it goes away with the bugs that the promise
 *   takes for mended (version-promises.ts); any other one is a failure.
 * - `unlimited`: a random scenario without a budget may lose what its assumptions no longer cover, and nothing else.
 * - `controller`: the active controller is struck again and again while it decides: no promise is broken, and all recovers.
 * - `forks`: a run forked at a random moment goes on, in both copies, to the end of the run that was never forked.
 */
import {
  findInCatalogue,
  finish,
  playPlan,
  readVersionName,
  resolvePlan,
  startPlan,
  type Plan,
  type Run,
  type RunResult,
  type Scenario,
} from '../scenarios/index.js';
import { controllerScenario } from '../scenarios/controller-scenario.js';
import type { InvariantId } from '../scenarios/language/invariants.js';
import { randomScenario } from '../scenarios/random-scenario.js';
import { RandomStream } from '../sim/index.js';
import { brokenByVersion } from './version-promises.js';

export const CHECKS = [
  'catalogue',
  'ties',
  'random',
  'sound',
  'unlimited',
  'controller',
  'forks',
] as const;
export type CheckName = (typeof CHECKS)[number];

/** One run to check. `scenario` is a name of the catalogue, or null where the seed makes the scenario, too. */
export interface Subject {
  readonly check: CheckName;
  readonly scenario: string | null;
  /** The version of a scenario that the seed makes, such as `3.9-zk`; null is the newest one. */
  readonly kafka: string | null;
  readonly seed: number;
}

export interface Failure {
  readonly check: CheckName;
  readonly scenario: string;
  readonly kafka: string | null;
  readonly seed: number;
  readonly what: 'violation' | 'pending' | 'loss' | 'hash' | 'crash';
  readonly detail: string;
  readonly replay: string;
}

/** What one run came to. */
export interface Outcome {
  readonly check: CheckName;
  readonly kafka: string | null;
  readonly hash: string | null;
  readonly events: number;
  readonly hasExpectedLoss: boolean;
  readonly ackedLost: number;
  readonly forks: number;
  /** Promises that known bugs of the version broke, and nothing else. */
  readonly brokenByVersion: readonly InvariantId[];
  readonly failures: readonly Failure[];
}

type Found = Pick<Failure, 'what' | 'detail'>;
type Judged = Omit<Outcome, 'check' | 'kafka' | 'failures'> & { readonly found: readonly Found[] };

/** A random scenario that runs away is a liveness failure long before the lab's own bound. */
const RANDOM_EVENTS_MAX = 2_000_000;
/** Rules of Kafka 4.1 that the assumptions of the invariants excuse. */
const HOLES_CLOSED = { isrPendingChange: 'keptAtSameEpoch', reelectedLeader: 'forgetsAfterGap' };
/** Moments at which one run is forked. */
export const FORKS_PER_RUN = 5;

/** Plays and judges one run. A crash of the lab is a failure like any other. */
export function checkOne(subject: Subject): Outcome {
  const { check, kafka, seed } = subject;
  const scenario = scenarioOf(subject);
  const judged = judge(subject, scenario);
  const { found, ...figures } = judged;
  const replay = replayOf(subject);
  const told = { check, scenario: scenario.name, kafka, seed };
  const failures = found.map((each) => ({ ...told, ...each, replay }));
  return { check, kafka, ...figures, failures };
}

/** The scenario that a run plays. */
export function scenarioOf({ check, scenario, kafka, seed }: Subject): Scenario {
  if (scenario === null) {
    const budget = check === 'unlimited' ? 'unlimited' : 'survivable';
    const version = kafka === null ? undefined : readVersionName(kafka);
    const random =
      check === 'controller'
        ? controllerScenario(seed, version)
        : randomScenario(seed, budget, version);
    const bounded = { ...random, run: { ...random.run, 'max-events': RANDOM_EVENTS_MAX } };
    return check === 'sound' ? { ...bounded, switches: HOLES_CLOSED } : bounded;
  }
  const entry = findInCatalogue(scenario);
  if (entry === null) throw new Error(`the catalogue has no scenario ${scenario}`);
  if (check !== 'ties') return entry.scenario;
  return { ...entry.scenario, run: { ...entry.scenario.run, 'shuffle-ties': true } };
}

function judge({ check, kafka, seed }: Subject, scenario: Scenario): Judged {
  try {
    const plan = resolvePlan(scenario);
    if (check === 'forks') return judgeForks(plan, seed);
    const { result } = playPlan(plan, { seed });
    const ofVersion =
      kafka === null ? [] : brokenByVersion(scenario, seed, readVersionName(kafka), result);
    const found = broken(result, ofVersion);
    if (check === 'sound' && result.expectedLosses.length > 0) {
      const { invariant, message, broken: assumption } = result.expectedLosses[0]!;
      found.push({ what: 'loss', detail: `${invariant}: ${message}; ${assumption}` });
    }
    if (check === 'catalogue' || check === 'ties') {
      const again = playPlan(plan, { seed }).result.hash;
      if (again !== result.hash)
        found.push({ what: 'hash', detail: `${result.hash}, played again ${again}` });
    }
    return { ...figuresOf(result), forks: 0, brokenByVersion: ofVersion, found };
  } catch (error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const found = [{ what: 'crash', detail }] as const;
    const nothing = { events: 0, hasExpectedLoss: false, ackedLost: 0, forks: 0 };
    return { hash: null, ...nothing, brokenByVersion: [], found };
  }
}

function figuresOf(result: RunResult): Omit<Judged, 'forks' | 'brokenByVersion' | 'found'> {
  const { hash, events, expectedLosses, clients } = result;
  return {
    hash,
    events,
    hasExpectedLoss: expectedLosses.length > 0,
    ackedLost: clients.ackedLost,
  };
}

/** What a run broke, but for the promises that its version does not keep. */
function broken(result: RunResult, ofVersion: readonly string[] = []): Found[] {
  const found: Found[] = [];
  const violations = result.violations.filter(({ invariant }) => !ofVersion.includes(invariant));
  const [first] = violations;
  if (first !== undefined) {
    const { invariant, name, atMs, message } = first;
    const others = violations.length - 1;
    const more = others === 0 ? '' : `; and ${others} more`;
    found.push({
      what: 'violation',
      detail: `${invariant} ${name} at ${atMs} ms: ${message}${more}`,
    });
  }
  if (result.pending.length > 0 && !ofVersion.includes('I16'))
    found.push({ what: 'pending', detail: result.pending.join('; ') });
  // The audit of the logs at the end knows nothing of the invariants: it is their check.
  const { ackedLost } = result.clients;
  const noticed = result.violations.length + result.pending.length + result.expectedLosses.length;
  if (ackedLost > 0 && noticed === 0) {
    const detail = `${ackedLost} acknowledged records are in no log, and no invariant noticed`;
    found.push({ what: 'loss', detail });
  }
  return found;
}

/** Forks a run at random moments. Each fork is played before the run goes on, so that what they share would show. */
function judgeForks(plan: Plan, seed: number): Judged {
  const whole = playPlan(plan, { seed }).result;
  const found = broken(whole);
  const run = startPlan(plan, { seed });
  const moments = drawMoments(plan, seed);
  for (const atUs of moments) {
    moveTo(run, atUs);
    const fork = run.fork();
    playOut(fork);
    const unlike = difference(whole, finish(fork));
    if (unlike !== null) found.push({ what: 'hash', detail: `the fork at ${atUs} us: ${unlike}` });
  }
  playOut(run);
  const unlike = difference(whole, finish(run));
  if (unlike !== null) found.push({ what: 'hash', detail: `the run that was forked: ${unlike}` });
  return { ...figuresOf(whole), forks: moments.length, brokenByVersion: [], found };
}

function drawMoments(plan: Plan, seed: number): number[] {
  const stream = RandomStream.named(String(seed), `forks/${plan.name}`);
  const endUs = plan.run.forUs + plan.run.settleUs;
  return Array.from({ length: FORKS_PER_RUN }, () => stream.between(0, endUs)).sort(
    (a, b) => a - b,
  );
}

/** As `Run.play`, with a stop on the way. */
function moveTo(run: Run, toUs: number): void {
  const { forUs } = run.plan.run;
  if (toUs <= forUs) {
    run.advance(toUs);
    return;
  }
  if (run.phase !== 'settle') {
    run.advance(forUs);
    run.heal();
  }
  run.advance(toUs);
}

function playOut(run: Run): void {
  if (run.phase !== 'settle') {
    run.play();
    return;
  }
  run.advance(run.plan.run.forUs + run.plan.run.settleUs);
  run.phase = 'over';
}

/** Where two results of one run part: the hash, or what was counted and judged. Null where they are the same. */
function difference(expected: RunResult, actual: RunResult): string | null {
  if (expected.hash !== actual.hash)
    return `hash ${actual.hash} after ${actual.events} events, never forked ${expected.hash} after ${expected.events}`;
  for (const [key, value] of Object.entries(expected)) {
    const told = JSON.stringify(actual[key as keyof RunResult]);
    if (told !== JSON.stringify(value)) return `one hash, but ${key} is ${told}`;
  }
  return null;
}

function replayOf({ check, scenario, kafka, seed }: Subject): string {
  const seedFlag = `--seed ${seed}`;
  if (check === 'catalogue') return `npx brokerlab run ${scenario ?? ''} ${seedFlag} --verify`;
  if (check === 'ties')
    return `npx brokerlab run ${scenario ?? ''} ${seedFlag} --set run.shuffle-ties=true --verify`;
  const of = scenario === null ? '' : ` --scenario ${scenario}`;
  const ofVersion = kafka === null ? '' : ` --kafka ${kafka}`;
  return `npm run soak -- ${check}${of}${ofVersion} --seeds ${seed}`;
}
