/** Delta debugging of a list: large pieces first, then smaller ones, then single items. */
import type { Scenario } from '../language/schema.js';
import type { Workbench } from './workbench.js';

/** As long as there are large steps to make elsewhere, no list is cut into more pieces than that. */
const COARSE_PIECES = 24;
const LARGE_PIECES = 8;

/** A list inside a scenario. `write` gives the scenario with the list replaced, and whatever must follow from that. */
export interface ListOf<Item> {
  readonly read: (scenario: Scenario) => readonly Item[];
  readonly write: (scenario: Scenario, items: readonly Item[]) => Scenario;
  /** Each item is much to explain: a piece that cannot go as things are is tried in other timings, too. */
  readonly isCostly?: boolean;
}

/**
 * Takes out as much of a list as the failure can do without.
 *
 * Source: Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002 (only complements are tried:
 * a single piece that fails by itself is found by the next finer ones).
 */
export function reduceList<Item>(work: Workbench, list: ListOf<Item>): void {
  const items = (): readonly Item[] => list.read(work.scenario);
  if (items().length === 0 || work.try(list.write(work.scenario, []))) return;
  for (let size = Math.ceil(items().length / 2); size >= 1; size = nextSize(size)) {
    if (!work.isThorough && size * COARSE_PIECES < items().length) return;
    let from = 0;
    while (from < items().length) {
      const rest = items().filter((_, index) => index < from || index >= from + size);
      if (rest.length === 0 || !tryRest(work, list, rest, size)) from += size;
    }
  }
}

/** Other timings are for a few large pieces only. */
function tryRest<Item>(
  work: Workbench,
  list: ListOf<Item>,
  rest: readonly Item[],
  size: number,
): boolean {
  const candidate = list.write(work.scenario, rest);
  const isLarge = size * LARGE_PIECES >= rest.length + size;
  return list.isCostly === true && isLarge ? work.tryHard([candidate]) : work.try(candidate);
}

function nextSize(size: number): number {
  return size === 1 ? 0 : Math.ceil(size / 2);
}
