/** Fewer clusters on the ensemble: a failure of one seldom needs the others. */
import { readTarget } from '../language/targets.js';
import type { NeighbourInput } from '../language/neighbours.js';
import type { Scenario } from '../language/schema.js';
import { omit } from './omit.js';
import { reduceList, type ListOf } from './reduce-list.js';
import { rewriteFaults } from './rewrite-targets.js';
import type { Workbench } from './workbench.js';

export function fewerNeighbours(work: Workbench): void {
  reduceList(work, NEIGHBOURS);
}

const NEIGHBOURS: ListOf<NeighbourInput> = {
  read: ({ neighbours }) => neighbours ?? [],
  write: (scenario, neighbours) => {
    const names = neighbours.map(({ name }) => name);
    const rest =
      names.length === 0
        ? omit(scenario, 'neighbours')
        : { ...scenario, neighbours: [...neighbours] };
    return withTargetsOf(rest, names);
  },
  isCostly: true,
};

/** Faults of clusters that are gone are gone. */
function withTargetsOf(scenario: Scenario, names: readonly string[]): Scenario {
  return rewriteFaults(scenario, (text) => {
    const read = readTarget(text);
    const isGone = read.ok && 'cluster' in read.target && !names.includes(read.target.cluster);
    return isGone ? null : text;
  });
}
