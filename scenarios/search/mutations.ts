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

/** Every value of every switch of the kind `mutation` but the first. */
export const MUTATIONS: readonly Mutation[] = SWITCH_DEFINITIONS.filter(
  ({ kind }) => kind === 'mutation',
).flatMap(({ name, values, area, description, source }) =>
  values
    .slice(1)
    .map((value) => ({ id: `${name}=${value}`, name, value, area, description, source })),
);

/** Puts a mutation over a scenario. */
export function mutated(scenario: Scenario, { name, value }: Mutation): Scenario {
  return { ...scenario, switches: { ...scenario.switches, [name]: value } };
}
