/** Shorter runs, no idle stretches, round moments and durations. */
import { durationUs } from '../language/ranges.js';
import { resolveRun } from '../language/run.js';
import type { Scenario } from '../language/schema.js';
import { durationText } from './duration-text.js';
import { present, withFault } from './fault-passes.js';
import { rounded, simplerAmounts } from './round-numbers.js';
import type { Workbench } from './workbench.js';

const SECOND_US = 1_000_000;
/** Nothing is made shorter than that. */
const LEAST_US = 1000;
const UNITS_US = [SECOND_US, 100_000, 10_000, LEAST_US];

/** Ends the run where the failure shows. */
export function cutEnd(work: Workbench): void {
  const { atUs } = work.sighting;
  const { forUs, settleUs } = resolveRun(work.scenario.run);
  if (atUs < forUs) {
    work.tryEach([
      withEnd(work.scenario, upTo(atUs, SECOND_US), 0),
      withEnd(work.scenario, forUs, 0),
    ]);
    return;
  }
  if (!work.failsAtEnd) {
    const neededUs = upTo(atUs - forUs, SECOND_US);
    if (neededUs < settleUs) work.try(withEnd(work.scenario, forUs, neededUs));
    for (const lessUs of [0, ...simplerAmounts(settleUs, SECOND_US)]) {
      if (lessUs < settleUs && work.try(withEnd(work.scenario, forUs, lessUs))) return;
    }
    return;
  }
  // The time to recover stays: with less of it anything fails to.
  for (const lessUs of simplerAmounts(forUs, SECOND_US)) {
    if (lessUs < forUs && work.try(withEnd(work.scenario, lessUs, settleUs))) return;
  }
}

function upTo(us: number, unitUs: number): number {
  return Math.ceil((us + 1) / unitUs) * unitUs;
}

/** The run with other phases; what lies past the end goes. */
function withEnd(scenario: Scenario, forUs: number, settleUs: number): Scenario {
  const isIn = (at: string | undefined): boolean => at === undefined || durationUs(at) < forUs;
  const run = { ...scenario.run, for: durationText(forUs), settle: durationText(settleUs) };
  const producers = scenario.producers?.map((producer) => {
    const { sends, stop } = producer;
    return present({
      ...producer,
      sends: sends?.filter(({ at }) => isIn(at)),
      stop: isIn(stop) ? stop : undefined,
    });
  });
  const faults = scenario.faults?.filter(({ at }) => isIn(at));
  const left = faults?.length === 0 ? undefined : faults;
  return present({ ...scenario, producers, faults: left, run });
}

/** Moves everything behind an idle stretch ahead, by whole seconds: half of the stretch, then one second. */
export function fewerIdleSeconds(work: Workbench): void {
  for (let place = 0; place < momentsOf(work.scenario).length; place++) {
    let moved = true;
    while (moved) {
      const moments = momentsOf(work.scenario);
      const toUs = moments[place];
      if (toUs === undefined) return;
      const gapUs = toUs - (place === 0 ? 0 : moments[place - 1]!);
      const seconds = Math.floor(gapUs / SECOND_US);
      const steps = [Math.ceil(seconds / 2), 1].filter((step) => step >= 1 && step <= seconds);
      moved = work.tryEach(
        [...new Set(steps)].map((step) => ahead(work.scenario, toUs, step * SECOND_US)),
      );
    }
  }
}

/** When something is set to happen, ascending, each once. */
function momentsOf(scenario: Scenario): number[] {
  const faults = (scenario.faults ?? []).flatMap(({ at }) => at ?? []);
  const sends = (scenario.producers ?? []).flatMap(({ sends: list }) =>
    (list ?? []).map(({ at }) => at),
  );
  return [...new Set([...faults, ...sends].map(durationUs))].sort((a, b) => a - b);
}

function ahead(scenario: Scenario, fromUs: number, byUs: number): Scenario {
  const moved = withMoments(scenario, (atUs) => (atUs >= fromUs ? atUs - byUs : atUs));
  const { forUs, settleUs } = resolveRun(scenario.run);
  return withEnd(moved, Math.max(SECOND_US, forUs - byUs), settleUs);
}

/** Every moment moved; sends stay in order. */
function withMoments(scenario: Scenario, move: (atUs: number) => number): Scenario {
  const moved = (text: string): string => durationText(move(durationUs(text)));
  const faults = scenario.faults?.map((fault) =>
    fault.at === undefined ? fault : { ...fault, at: moved(fault.at) },
  );
  const producers = scenario.producers?.map((producer) => {
    if (producer.sends === undefined) return producer;
    const sends = producer.sends
      .map((send) => ({ ...send, at: moved(send.at) }))
      .sort((a, b) => durationUs(a.at) - durationUs(b.at));
    return { ...producer, sends };
  });
  return present({ ...scenario, faults, producers });
}

/** Moments in whole seconds, or in tenths, hundredths, thousandths: all at once, then one by one. */
export function rounderMoments(work: Workbench): void {
  for (const unitUs of UNITS_US) {
    work.tryEach([
      withMoments(work.scenario, (atUs) => rounded(atUs, unitUs)[0] ?? atUs),
      withMoments(work.scenario, (atUs) => upToMultiple(atUs, unitUs)),
    ]);
  }
  // What happens at one moment stays together.
  for (let place = 0; place < momentsOf(work.scenario).length; place++) {
    const fromUs = momentsOf(work.scenario)[place]!;
    const rounder = UNITS_US.flatMap((unitUs) => rounded(fromUs, unitUs));
    work.tryEach(
      rounder.map((toUs) => withMoments(work.scenario, (us) => (us === fromUs ? toUs : us))),
    );
  }
}

function upToMultiple(us: number, unitUs: number): number {
  return Math.ceil(us / unitUs) * unitUs;
}

/** How long faults last, and how hard they hit: less, and in round numbers. */
export function rounderFaults(work: Workbench): void {
  for (let index = 0; index < (work.scenario.faults?.length ?? 0); index++) {
    while (work.tryEach(shorterFaults(work.scenario, index)));
    while (work.tryEach(milderFaults(work.scenario, index)));
  }
}

function shorterFaults(scenario: Scenario, index: number): Scenario[] {
  const fault = scenario.faults![index]!;
  if (fault.for === undefined) return [];
  return simplerAmounts(durationUs(fault.for), LEAST_US).map((us) =>
    withFault(scenario, index, { ...fault, for: durationText(us) }),
  );
}

function milderFaults(scenario: Scenario, index: number): Scenario[] {
  const fault = scenario.faults![index]!;
  const jump = fault['clock-jump'];
  if (jump !== undefined) {
    const byUs = durationUs(jump.by);
    const sign = byUs < 0 ? -1 : 1;
    return simplerAmounts(Math.abs(byUs), LEAST_US).map((us) =>
      withFault(scenario, index, {
        ...fault,
        'clock-jump': { ...jump, by: durationText(sign * us) },
      }),
    );
  }
  const loss = fault['lossy-link'];
  if (loss !== undefined && typeof loss.loss === 'number') {
    return simplerAmounts(Math.round(loss.loss * 100), 1)
      .filter((percent) => percent < 100)
      .map((percent) =>
        withFault(scenario, index, { ...fault, 'lossy-link': { ...loss, loss: percent / 100 } }),
      );
  }
  for (const verb of ['slow-link', 'slow-disk'] as const) {
    const value = fault[verb];
    if (typeof value !== 'object' || Array.isArray(value) || value.factor === undefined) continue;
    return simplerAmounts(value.factor, 2).map((factor) =>
      withFault(scenario, index, { ...fault, [verb]: { ...value, factor } }),
    );
  }
  return [];
}
