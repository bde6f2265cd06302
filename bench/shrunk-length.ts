/** How long the counterexample is that a random search finds and shrinks, in the steps that an exploration counts. */
import {
  breachOf,
  MUTATIONS,
  mutated,
  resolvePlan,
  Search,
  searchHere,
  shrinkFailure,
  sizeOf,
  storyOf,
  type Scenario,
} from '../scenarios/index.js';
import { isEager } from '../scenarios/explore/index.js';
import { durationUs } from '../scenarios/language/ranges.js';

export interface ShrunkLength {
  readonly invariant: string;
  /** Faults and records that the scenario lists. */
  readonly faults: number;
  readonly records: number;
  /** Messages that the breach hangs on, from the first fault or record on, of the kinds that an exploration reorders. */
  readonly messages: number;
}

const SEARCH_MS = 60_000;
const SHRINK_MS = 60_000;

/** Searches for a mutation, shrinks the finding, and measures it; null where nothing is found. */
export function shrunkLength(id: string): ShrunkLength | null {
  const mutation = MUTATIONS.find((candidate) => candidate.id === id);
  if (mutation === undefined) throw new Error(`there is no mutation ${id}`);
  const change = (scenario: Scenario): Scenario => mutated(scenario, mutation);
  const search = new Search({
    subject: { kind: 'general', change },
    seeds: { from: 1, to: 1_000_000 },
  });
  const searchEndMs = performance.now() + SEARCH_MS;
  const { finding } = searchHere(search, () => performance.now() >= searchEndMs);
  if (finding === null) return null;
  const shrinkEndMs = performance.now() + SHRINK_MS;
  const shrunk = shrinkFailure(finding.scenario, finding.runSeed, {
    failure: finding.failure,
    isTimeUp: () => performance.now() >= shrinkEndMs,
  });
  if (shrunk === null) return null;
  const { scenario, seed, failure, result } = shrunk;
  const story = storyOf(resolvePlan(scenario), seed, breachOf(result, failure));
  const beginUs = Math.min(...momentsOf(scenario));
  const messages = story.messages.filter(
    (message) => message.atUs >= beginUs && !isEager(message),
  ).length;
  const { faults, records } = sizeOf(scenario);
  return { invariant: failure.invariant, faults, records: records ?? Number.NaN, messages };
}

/** When the scenario's faults and records come, in microseconds. */
function momentsOf(scenario: Scenario): number[] {
  const faults = (scenario.faults ?? []).flatMap(({ at }) => at ?? []);
  const sends = (scenario.producers ?? []).flatMap((producer) =>
    (producer.sends ?? []).map(({ at }) => at),
  );
  return [...faults, ...sends].map(durationUs);
}
