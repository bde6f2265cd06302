/** Checks `switches`: names and values of single protocol rules. */
import { didYouMean } from '../../model/config/nearest-name.js';
import { SWITCH_DEFINITIONS, type SwitchDefinition } from '../../model/switches.js';
import type { Findings } from './findings.js';
import type { Scenario } from './schema.js';

const DEFINITIONS: readonly SwitchDefinition[] = SWITCH_DEFINITIONS;

/** true and false stand for `on` and `off`. */
export function checkSwitches(scenario: Scenario, findings: Findings): void {
  for (const [name, value] of Object.entries(scenario.switches ?? {})) {
    const path = ['switches', name];
    const definition = DEFINITIONS.find((candidate) => candidate.name === name);
    if (definition === undefined) {
      const names = DEFINITIONS.map((candidate) => candidate.name);
      const hint = didYouMean(name, names);
      const known = hint === '' ? `: there are ${names.join(', ')}` : hint;
      findings.problem(path, `unknown switch "${name}"${known}`, true);
      continue;
    }
    const text = typeof value === 'boolean' ? (value ? 'on' : 'off') : value;
    if (definition.values.includes(text)) continue;
    const hint = didYouMean(text, definition.values);
    findings.problem(
      path,
      `switch ${name} must be one of ${definition.values.join(', ')}, not "${text}"${hint}`,
    );
  }
}
