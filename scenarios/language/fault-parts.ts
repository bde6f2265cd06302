/** Looks into a fault as written: its verb, and every target in it with its path. */
import type { FaultVerb } from './plan.js';
import type { Path } from './problem.js';
import type { Scenario } from './schema.js';
import { FAULT_VERBS } from './vocabulary.js';

export type FaultInput = NonNullable<Scenario['faults']>[number];

/** Targets as written: one or several. */
export type TargetsInput = string | string[];

export interface WrittenTarget {
  readonly text: string;
  readonly path: Path;
}

/** Verbs whose value names no host. */
const NAMES_NO_HOST: readonly FaultVerb[] = ['elect-leaders', 'reassign', 'release'];

/** Keys of a verb's parameters that name hosts. */
export function hostKeys(verb: FaultVerb): readonly string[] {
  return verb === 'upgrade' ? ['on'] : ['on', 'from', 'to'];
}

/** The one verb of a fault that passed the schema. */
export function faultVerb(fault: FaultInput): FaultVerb {
  const verb = FAULT_VERBS.find((candidate) => fault[candidate] !== undefined);
  if (verb === undefined) throw new Error('a fault without a verb passed the schema');
  return verb;
}

/** All targets of a fault, with the path of each from the fault. */
export function writtenTargets(fault: FaultInput): WrittenTarget[] {
  const verb = faultVerb(fault);
  const value = fault[verb];
  if (verb === 'partition') return listed(fault.partition?.flat() ?? [], groupPaths(fault));
  if (NAMES_NO_HOST.includes(verb) || value === undefined) return [];
  if (verb === 'upgrade' && typeof value === 'string') return [];
  if (typeof value === 'string' || Array.isArray(value)) {
    return several(value as TargetsInput, [verb]);
  }
  return hostKeys(verb).flatMap((key) => {
    const inner = (value as Partial<Record<string, TargetsInput>>)[key];
    return inner === undefined ? [] : several(inner, [verb, key]);
  });
}

function several(value: TargetsInput, path: Path): WrittenTarget[] {
  if (typeof value === 'string') return [{ text: value, path }];
  return value.map((text, index) => ({ text, path: [...path, index] }));
}

function groupPaths(fault: FaultInput): Path[] {
  return (fault.partition ?? []).flatMap((group, outer) =>
    group.map((_, inner) => ['partition', outer, inner]),
  );
}

function listed(texts: readonly string[], paths: readonly Path[]): WrittenTarget[] {
  return texts.map((text, index) => ({ text, path: paths[index] ?? [] }));
}
