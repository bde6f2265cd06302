/**
 * `--set path=value`: one value of a scenario put over what the file says.
 *
 *     run.for=30s   cluster.brokers=5   topics[0].partitions=6   producers.web.rate=200/s
 *     cluster.config.min.insync.replicas=1   faults[0].crash=broker 2
 *
 * After a step called `config` the rest of the path is one Kafka key, dots and all. An entry of a
 * list is named by its place or by its id, name or group. The value is read as YAML.
 */
import { parse } from 'yaml';

import type { InputProblem } from './problem.js';

/** One `--set`: the steps to a place in the scenario, and the value that goes there. */
export interface Override {
  /** As given: `run.for=30s`. */
  readonly text: string;
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/**
 * An override, or why the argument is none. Whether its path fits a scenario shows when it is
 * applied.
 */
export type ParsedOverride =
  | { readonly ok: true; readonly override: Override }
  | { readonly ok: false; readonly problem: InputProblem };

/** Parses the argument of one `--set`. */
export function parseOverride(text: string): ParsedOverride {
  const equals = text.indexOf('=');
  if (equals < 1) return bad(text, 'write --set path=value, for example --set run.for=30s');
  const path = parsePath(text.slice(0, equals).trim());
  if (path === null) return bad(text, `"${text.slice(0, equals)}" is not a path such as run.for`);
  try {
    return { ok: true, override: { text, path, value: parse(text.slice(equals + 1)) as unknown } };
  } catch {
    return bad(text, `"${text.slice(equals + 1)}" is not a value`);
  }
}

function bad(text: string, message: string): ParsedOverride {
  return { ok: false, problem: { file: `--set ${text}`, position: null, path: [], message } };
}

function parsePath(text: string): (string | number)[] | null {
  const config = /^(.*?(?:^|\.)config)\.(.+)$/.exec(text);
  const [, head = text, key] = config ?? [];
  const steps: (string | number)[] = [];
  for (const part of head.split('.')) {
    const match = /^([\w-]+)((?:\[\d+\])*)$/.exec(part);
    if (match === null) return null;
    steps.push(match[1] ?? '');
    for (const index of (match[2] ?? '').matchAll(/\d+/g)) steps.push(Number(index[0]));
  }
  return key === undefined ? steps : [...steps, key];
}

export type AppliedOverrides =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: InputProblem };

/**
 * A copy of `value` with the overrides applied in order. Steps that do not exist are created;
 * an entry of a list must exist.
 */
export function applyOverrides(value: unknown, overrides: readonly Override[]): AppliedOverrides {
  if (overrides.length === 0) return { ok: true, value };
  const root: unknown = structuredClone(value);
  for (const override of overrides) {
    const reason = applyOne(root, override);
    if (reason !== null) {
      const file = `--set ${override.text}`;
      return { ok: false, problem: { file, position: null, path: [], message: reason } };
    }
  }
  return { ok: true, value: root };
}

type Holder = Record<string | number, unknown>;

function applyOne(root: unknown, override: Override): string | null {
  let holder = root;
  for (const [index, step] of override.path.entries()) {
    if (typeof holder !== 'object' || holder === null) return `"${String(step)}" leads nowhere`;
    const key = Array.isArray(holder) ? entryOf(holder, step) : step;
    if (key === null) return `there is no entry "${String(step)}" in the list`;
    const fields = holder as Holder;
    if (index === override.path.length - 1) {
      define(fields, key, override.value);
      return null;
    }
    if (!Object.hasOwn(fields, key) || fields[key] === null) define(fields, key, {});
    holder = fields[key];
  }
  return null;
}

/** Never the prototype's setter, whatever the key is called. */
function define(fields: Holder, key: string | number, value: unknown): void {
  Object.defineProperty(fields, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function entryOf(list: readonly unknown[], step: string | number): number | null {
  const place = typeof step === 'number' || /^\d+$/.test(step) ? Number(step) : -1;
  if (place >= 0) return place < list.length ? place : null;
  const found = list.findIndex((entry) => {
    const named = entry as { id?: unknown; name?: unknown; group?: unknown } | null;
    return named !== null && [named.id, named.name, named.group].includes(step);
  });
  return found < 0 ? null : found;
}
