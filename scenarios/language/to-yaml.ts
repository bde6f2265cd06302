/** Writes a scenario as YAML, in the layout of the documentation: one line per thing. */
import { stringify } from 'yaml';

import type { Scenario } from './schema.js';

/** The scenario as a file that reads back as the same value. */
export function scenarioToYaml(scenario: Scenario): string {
  const lines = Object.entries(scenario).flatMap(([key, value]) => section(key, value));
  return `${lines.join('\n')}\n`;
}

/** Maps of a cluster over several lines, lists with an entry per line, all else in one. */
function section(key: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (key === 'cluster') {
    return ['cluster:', ...present(value).map(([inner, part]) => `  ${inner}: ${flowYaml(part)}`)];
  }
  const isList = Array.isArray(value) && value.some((entry) => typeof entry === 'object');
  if (!isList) return [`${key}: ${flowYaml(value)}`];
  return [`${key}:`, ...value.map((entry) => `  - ${flowYaml(entry)}`)];
}

/** `{ id: 1, replicas: [[1, 2], [2, 3]] }`: one line, whatever is in it. */
export function flowYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flowYaml).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = present(value).map(([key, inner]) => `${scalar(key)}: ${flowYaml(inner)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  return scalar(value);
}

function present(value: unknown): [string, unknown][] {
  return Object.entries(value as object).filter(([, inner]) => inner !== undefined);
}

/** Quoted where it must be inside of a flow collection; texts of several lines as JSON has them. */
function scalar(value: unknown): string {
  if (typeof value === 'string' && /\p{Cc}|\u2028|\u2029/u.test(value))
    return JSON.stringify(value);
  const options = { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false } as const;
  return stringify([value], options).trimEnd().slice(1, -1);
}
