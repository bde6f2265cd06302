/**
 * Forks: many futures of one promising moment.
 *
 * A future is the same run with a few more faults from that moment on. They are ordinary faults at given times, so that
 * the scenario with them, played from the start, has the very same history: what a fork finds needs no fork to be seen
 * again.
 */
import type { RandomStream } from '../../sim/index.js';
import { schedule } from '../faults/agenda.js';
import type { FaultInput } from '../language/fault-parts.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import type { Run } from '../run/run.js';
import {
  COSTLY_KINDS,
  drawAimed,
  possibleKinds,
  type AimedKind,
  type Arena,
} from './draw-fault.js';

/** A run that was forked, with the scenario that has its history. */
export interface Future {
  readonly run: Run;
  readonly scenario: Scenario;
}

/** Delays after the moment, in microseconds: at once, within a message's way, within a timeout. */
const DELAYS_US = [1, 200, 1000, 5000, 20_000, 100_000, 500_000, 2_000_000];

/** A future of a run in its phase of faults, or null where it is too late for one. */
export function forkFuture(
  run: Run,
  scenario: Scenario,
  arena: Arena,
  stream: RandomStream,
): Future | null {
  const { nowUs, plan } = run;
  const faults: FaultInput[] = [];
  let atUs = nowUs;
  let isCostly = !isWhole(run);
  const count = stream.between(1, 3);
  for (let index = 0; index < count; index++) {
    atUs += stream.pick(DELAYS_US);
    if (atUs >= plan.run.forUs) break;
    const possible = possibleKinds(arena).filter((kind) => !isCostly || !isLossy(kind));
    const kind = stream.pick(possible);
    // One broker may lose its memory while the others keep theirs.
    if (kind === 'power-loss') isCostly = true;
    const mostMs = stream.pick([200, 2000, 8000]);
    faults.push(drawAimed(stream, arena, kind, { at: `${atUs}us` }, mostMs));
    if (isCostly && COSTLY_KINDS.includes(kind)) break;
  }
  if (faults.length === 0) return null;
  const extended: Scenario = { ...scenario, faults: [...(scenario.faults ?? []), ...faults] };
  const extendedPlan = resolvePlan(extended);
  const copy = run.fork(extendedPlan);
  for (const fault of extendedPlan.faults.slice(plan.faults.length)) {
    if (fault.trigger.kind !== 'at') throw new Error('a future has faults at given times only');
    schedule(copy.director.agenda, fault.trigger.atUs, { kind: 'strike', fault: fault.index });
  }
  return { run: copy, scenario: extended };
}

/** No broker is out after a loss of memory or an unclean death, as far as the director remembers. */
function isWhole({ director }: Run): boolean {
  return director.casualties.lossy.length === 0 && director.casualties.unclean.length === 0;
}

function isLossy(kind: AimedKind): boolean {
  return kind === 'power-loss';
}
