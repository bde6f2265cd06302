/** A scenario as people write it: keys in the order of the documentation. */
import { FAULT_VERBS } from '../language/vocabulary.js';
import type { Scenario } from '../language/schema.js';

const KEYS = [
  ...['name', 'description', 'kafka', 'metadata', 'cluster', 'network', 'disk', 'topics'],
  ...['producers', 'consumers', 'neighbours', 'probes', 'faults', 'random-faults', 'failures'],
  ...['run', 'invariants', 'switches'],
];
const FAULT_KEYS = ['id', 'at', 'when', 'nth', ...FAULT_VERBS, 'to', 'for'];

export function inOrder(scenario: Scenario): Scenario {
  const faults = scenario.faults?.map((fault) => ordered(fault, FAULT_KEYS));
  return ordered(faults === undefined ? scenario : { ...scenario, faults }, KEYS);
}

function ordered<T extends object>(value: T, keys: readonly string[]): T {
  const place = (key: string): number => (keys.includes(key) ? keys.indexOf(key) : keys.length);
  const entries = Object.entries(value).sort(([a], [b]) => place(a) - place(b));
  return Object.fromEntries(entries) as T;
}
