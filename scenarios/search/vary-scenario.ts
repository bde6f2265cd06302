/** Changes a scenario that reached something new, to reach what lies next to it. */
import type { RandomStream } from '../../sim/index.js';
import type { FaultInput } from '../language/fault-parts.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import { arenaOf, drawAimed, drawMark, possibleKinds, COSTLY_KINDS } from './draw-fault.js';
import { drawFaultPlan } from './draw-scenario.js';

/** Faults that the search lists at most. */
const FAULTS_MAX = 8;

/**
 * The scenario with one or two changes of its faults: one more, one less, one at another time or mark, or other random
 * faults. Cluster, load and settings stay: with them it got where it got.
 */
export function varyScenario(parent: Scenario, stream: RandomStream): Scenario {
  let scenario = parent;
  const changes = stream.between(1, 2);
  for (let change = 0; change < changes; change++) scenario = changeOne(scenario, stream);
  return scenario;
}

function changeOne(scenario: Scenario, stream: RandomStream): Scenario {
  const faults = scenario.faults ?? [];
  const draw = stream.uniform();
  if (draw < 0.4 && faults.length < FAULTS_MAX)
    return withFaults(scenario, addOne(scenario, stream));
  if (draw < 0.6 && faults.length > 0) {
    const gone = stream.below(faults.length);
    return withFaults(
      scenario,
      faults.filter((_, index) => index !== gone),
    );
  }
  if (draw < 0.8 && faults.length > 0) {
    const moved = stream.below(faults.length);
    return withFaults(
      scenario,
      faults.map((fault, index) => (index === moved ? retimed(fault, scenario, stream) : fault)),
    );
  }
  const plan = resolvePlan(scenario);
  const hasRacks = plan.racks.length > 0;
  const forS = plan.run.forUs / 1_000_000;
  const { 'random-faults': random } = drawFaultPlan(stream, arenaOf(plan), { hasRacks, forS });
  return random === undefined ? scenario : { ...scenario, 'random-faults': random };
}

function addOne(scenario: Scenario, stream: RandomStream): FaultInput[] {
  const arena = arenaOf(resolvePlan(scenario));
  const kinds = possibleKinds(arena).filter((kind) => !COSTLY_KINDS.includes(kind));
  const mostMs = stream.pick([500, 3000, 10_000]);
  const added = drawAimed(stream, arena, stream.pick(kinds), drawMark(stream, arena), mostMs);
  return [...(scenario.faults ?? []), added];
}

function retimed(fault: FaultInput, scenario: Scenario, stream: RandomStream): FaultInput {
  const moved = { ...fault };
  delete moved.at;
  delete moved.when;
  delete moved.nth;
  return { ...moved, ...drawMark(stream, arenaOf(resolvePlan(scenario))) };
}

function withFaults(scenario: Scenario, faults: FaultInput[]): Scenario {
  if (faults.length > 0) return { ...scenario, faults };
  const bare = { ...scenario };
  delete bare.faults;
  return bare;
}
