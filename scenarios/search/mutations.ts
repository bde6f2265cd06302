/** The mistakes that the lab must notice, one by one: what its search is measured by. */
import { SWITCH_DEFINITIONS, type SwitchDefinition, type SwitchName } from '../../model/index.js';
import type { Scenario } from '../language/schema.js';

/** A switch set to what is wrong. */
export interface Mutation {
  /** `truncation=off`. */
  readonly id: string;
  readonly name: SwitchName;
  readonly value: string;
  readonly area: SwitchDefinition['area'];
  readonly description: string;
  readonly source: string;
}

/** Mutations of clusters on ZooKeeper, which a search of the newest version cannot notice; `controllerScenario` does. */
const ON_ZOOKEEPER: readonly SwitchName[] = ['controllerEpochFencing'];

/** Every value of every switch of the kind `mutation` but the first, where the newest version has the rule. */
export const MUTATIONS: readonly Mutation[] = SWITCH_DEFINITIONS.filter(
  ({ kind, name }) => kind === 'mutation' && !ON_ZOOKEEPER.includes(name),
).flatMap(({ name, values, area, description, source }) =>
  values
    .slice(1)
    .map((value) => ({ id: `${name}=${value}`, name, value, area, description, source })),
);

/** Puts a mutation over a scenario. */
export function mutated(scenario: Scenario, { name, value }: Mutation): Scenario {
  return { ...scenario, switches: { ...scenario.switches, [name]: value } };
}
