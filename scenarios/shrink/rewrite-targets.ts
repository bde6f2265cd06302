/** Faults under other names: what a scenario needs where a host, topic, partition or client goes or is renamed. */
import {
  faultVerb,
  hostKeys,
  type FaultInput,
  type TargetsInput,
} from '../language/fault-parts.js';
import type { Scenario } from '../language/schema.js';
import { omit } from './omit.js';

/** The new name of a target as written (`broker 2`, `leader of orders-0`); null where it is gone. */
export type Rename = (target: string) => string | null;

/** The faults with their targets renamed; a fault that has lost what it needs is left out. */
export function rewriteFaults(scenario: Scenario, rename: Rename): Scenario {
  if (scenario.faults === undefined) return scenario;
  const faults = scenario.faults.flatMap((fault) => rewriteFault(fault, rename) ?? []);
  return faults.length === 0 ? omit(scenario, 'faults') : { ...scenario, faults };
}

/** A fault with its targets and its mark renamed; null where one that it needs is gone. */
export function rewriteFault(fault: FaultInput, rename: Rename): FaultInput | null {
  const verb = faultVerb(fault);
  if (fault.reassign !== undefined) return rewriteReassignment(fault, fault.reassign, rename);
  const value = rewriteValue(fault, rename);
  if (value === null) return null;
  if (fault.when === undefined) return { ...fault, [verb]: value };
  const when = rewriteMark(fault.when, rename);
  return when === null ? null : { ...fault, [verb]: value, when };
}

function rewriteValue(fault: FaultInput, rename: Rename): unknown {
  const verb = faultVerb(fault);
  if (fault.partition !== undefined) {
    const groups = fault.partition
      .map((group) => renamed(group, rename))
      .filter((group) => group.length > 0);
    return groups.length < 2 ? null : groups;
  }
  if (verb === 'release') return fault.release;
  if (typeof fault.upgrade === 'string') return fault.upgrade;
  if (fault['elect-leaders'] !== undefined) return rewriteElection(fault['elect-leaders'], rename);
  const value = fault[verb];
  if (typeof value === 'string' || Array.isArray(value)) {
    return several(value as TargetsInput, rename);
  }
  const changed: Record<string, unknown> = { ...(value as object) };
  for (const key of hostKeys(verb)) {
    if (changed[key] === undefined) continue;
    const targets = several(changed[key] as TargetsInput, rename);
    if (targets === null) return null;
    changed[key] = targets;
  }
  return changed;
}

function rewriteElection(
  value: NonNullable<FaultInput['elect-leaders']>,
  rename: Rename,
): NonNullable<FaultInput['elect-leaders']> | null {
  if (typeof value === 'string') return value;
  const partitions = value.partitions.flatMap((name) => partitionName(name, rename) ?? []);
  return partitions.length === 0 ? null : { ...value, partitions };
}

/** The partition and the brokers to move to under their new names; null where it, or all of them, are gone. */
function rewriteReassignment(
  fault: FaultInput,
  partition: string,
  rename: Rename,
): FaultInput | null {
  const reassign = partitionName(partition, rename);
  if (reassign === null) return null;
  const when = fault.when === undefined ? undefined : rewriteMark(fault.when, rename);
  if (when === null) return null;
  const moved = { ...fault, reassign, ...(when === undefined ? {} : { when }) };
  if (!Array.isArray(fault.to)) return moved;
  const to = fault.to.flatMap((id) => rename(`broker ${id}`) ?? []);
  const ids = [...new Set(to.map((name) => Number(name.replace(/^broker /, ''))))];
  return ids.length === 0 ? null : { ...moved, to: ids };
}

/** `isr-shrunk of orders-0`, `broker-fenced of broker 2`. */
function rewriteMark(mark: string, rename: Rename): string | null {
  const [name, subject] = mark.split(' of ');
  if (name === undefined || subject === undefined) return mark;
  const about = /^(broker|controller) /.test(subject)
    ? rename(subject)
    : partitionName(subject, rename);
  return about === null ? null : `${name} of ${about}`;
}

function partitionName(name: string, rename: Rename): string | null {
  const leader = rename(`leader of ${name}`);
  return leader === null ? null : leader.replace(/^leader of /, '');
}

function several(targets: TargetsInput, rename: Rename): TargetsInput | null {
  const list = renamed(typeof targets === 'string' ? [targets] : targets, rename);
  if (list.length === 0) return null;
  return list.length === 1 ? list[0]! : list;
}

function renamed(targets: readonly string[], rename: Rename): string[] {
  return [...new Set(targets.flatMap((target) => rename(target) ?? []))];
}

/** The renaming after one of several numbered things is gone: `broker 3` becomes `broker 2` where 2 went. */
export function without(kind: 'broker' | 'controller', gone: number): Rename {
  const pattern = new RegExp(`^${kind} (\\d+)$`);
  return (target) => {
    const number = Number(pattern.exec(target)?.[1] ?? -1);
    if (number < gone) return target;
    return number === gone ? null : `${kind} ${number - 1}`;
  };
}

/** The renaming of the partitions of a topic; null for one that is gone. */
export function partitionsOf(topic: string, place: (partition: number) => string | null): Rename {
  return (target) => {
    const match = /^(leader|follower) of (.+)-(\d+)$/.exec(target);
    if (match?.[2] !== topic) return target;
    const name = place(Number(match[3]));
    return name === null ? null : `${match[1]!} of ${name}`;
  };
}
