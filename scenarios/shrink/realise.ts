/**
 * Writes down what chance did: a scenario with random faults becomes one that lists them, and gives the same run.
 *
 * Every concern draws from a stream of its own, so that faults which are no longer drawn shift nothing else. (A rolling
 * restart becomes its single restarts: same events of the cluster, one entry less in the run's hash.)
 */
import type { FaultNote } from '../faults/director.js';
import { writtenTargets, type FaultInput } from '../language/fault-parts.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import { Run } from '../run/run.js';
import { explicitFault } from './explicit-fault.js';
import { omit } from './omit.js';

/** True where faults are drawn, or where one is aimed at random. */
export function isRealised(scenario: Scenario): boolean {
  return scenario['random-faults'] === undefined && !(scenario.faults ?? []).some(isDrawn);
}

/**
 * The scenario with every fault listed as it struck in the run of a seed, and with that seed in `run`.
 *
 * Faults that the scenario lists stay as they are written (`when: ...` included), unless they are aimed at a random
 * broker. (Links to and from a random broker stay as they are, too: they need a name to be realised.)
 *
 * @throws ScenarioInputError where the scenario is not valid.
 */
export function realise(scenario: Scenario, seed: number): Scenario {
  const run = { ...scenario.run, seed };
  if (isRealised(scenario)) return { ...scenario, run };
  return { ...asStruck(scenario, seed, isDrawn), run };
}

/** The scenario with the faults that wait for a mark, or for whoever leads then, at the times and on the hosts they met. */
export function withNamedHosts(scenario: Scenario, seed: number): Scenario {
  return (scenario.faults ?? []).some(isOpen) ? asStruck(scenario, seed, isOpen) : scenario;
}

function asStruck(
  scenario: Scenario,
  seed: number,
  concerns: (fault: FaultInput) => boolean,
): Scenario {
  const plan = resolvePlan(scenario);
  const played = Run.start(plan, { seed, invariants: false, keepOutages: false });
  played.advance(plan.run.forUs);
  const written = scenario.faults ?? [];
  const origins = plan.faults.filter(({ index }) => concerns(written[index]!));
  const isRandom = ({ text }: FaultNote): boolean =>
    text.startsWith('random ') ||
    origins.some((origin) => text === origin.text || text.startsWith(`${origin.text}: `));
  const drawn = played.director.notes
    .filter((note) => isRandom(note) && note.fromUs < plan.run.forUs)
    .flatMap((note) => explicitFault(note, played.definition, played.neighbours) ?? []);
  const rest = omit(scenario, 'random-faults', 'faults');
  const faults = [...written.filter((fault) => !concerns(fault)), ...drawn];
  return faults.length === 0 ? rest : { ...rest, faults };
}

/** Hosts that are drawn when the fault strikes, or a delay that is. */
function isDrawn(fault: FaultInput): boolean {
  if (typeof fault['slow-link']?.delay === 'object') return true;
  if (LINKS.some((verb) => fault[verb] !== undefined)) return false;
  return writtenTargets(fault).some(({ text }) => text.trim() === 'random broker');
}

/** Hosts, or a moment, that the run decides upon. */
function isOpen(fault: FaultInput): boolean {
  if (UNNAMED.some((verb) => fault[verb] !== undefined)) return false;
  if (fault.when !== undefined) return true;
  return writtenTargets(fault).some(({ text }) =>
    /^(leader|follower|controller) of |^controller$/.test(text),
  );
}

const LINKS = ['partition', 'block', 'slow-link', 'lossy-link', 'hold'] as const;
const UNNAMED = [...LINKS, 'release', 'rolling-restart', 'upgrade'] as const;
