/** Fewer faults, fewer targets of each, and milder ones. */
import { faultVerb, writtenTargets, type FaultInput } from '../language/fault-parts.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Target } from '../language/plan.js';
import type { Scenario } from '../language/schema.js';
import { reduceList, type ListOf } from './reduce-list.js';
import { rewriteFault } from './rewrite-targets.js';
import type { Workbench } from './workbench.js';
import { omit } from './omit.js';

const FAULTS: ListOf<FaultInput> = {
  read: (scenario) => scenario.faults ?? [],
  write: (scenario, faults) => withFaults(scenario, faults),
  isCostly: true,
};

export function withFaults(scenario: Scenario, faults: readonly FaultInput[]): Scenario {
  const rest = omit(scenario, 'faults');
  return faults.length === 0 ? rest : { ...rest, faults: [...faults] };
}

/** The scenario with one fault replaced. */
export function withFault(scenario: Scenario, index: number, fault: FaultInput): Scenario {
  const faults = scenario.faults ?? [];
  return withFaults(
    scenario,
    faults.map((old, place) => (place === index ? fault : old)),
  );
}

export function fewerFaults(work: Workbench): void {
  reduceList(work, FAULTS);
}

/** Of several targets of one fault, as few as will do. */
export function fewerTargets(work: Workbench): void {
  for (let index = 0; index < (work.scenario.faults?.length ?? 0); index++) {
    const targets = writtenTargets(work.scenario.faults![index]!).map(({ text }) => text);
    for (const gone of new Set(targets)) {
      const fault = rewriteFault(work.scenario.faults![index]!, (target) =>
        target === gone ? null : target,
      );
      if (fault !== null) work.try(withFault(work.scenario, index, fault));
    }
  }
}

/** The same fault in a milder form, mildest first; each turns only into forms that never turn back. */
export function weakerFaults(work: Workbench): void {
  for (let index = 0; index < (work.scenario.faults?.length ?? 0); index++) {
    work.tryEach(
      weakerForms(work.scenario, index).map((fault) => withFault(work.scenario, index, fault)),
    );
  }
}

function weakerForms(scenario: Scenario, index: number): FaultInput[] {
  const fault = scenario.faults![index]!;
  const { id, at, when, nth, for: lasting } = fault;
  const base = { id, at, when, nth, for: lasting };
  const form = (verb: FaultInput): FaultInput => present({ ...base, ...verb });
  const verb = faultVerb(fault);
  switch (verb) {
    case 'power-loss':
      return [form({ crash: fault[verb]! })];
    case 'lose-disk':
      return [form({ crash: fault[verb]! }), form({ 'power-loss': fault[verb]! })];
    case 'fail-disk':
    case 'fill-disk':
      return [form({ crash: fault[verb]! })];
    case 'rack-outage':
      return [form({ crash: hostsOf(scenario, index) })];
    case 'rack-power-loss': {
      const hosts = hostsOf(scenario, index);
      return [form({ crash: hosts }), form({ 'power-loss': hosts })];
    }
    case 'partition':
      return [...fault.partition!]
        .sort((a, b) => a.length - b.length)
        .flatMap((group) => [form({ pause: oneOrMany(group) })]);
    default:
      return [];
  }
}

/** A rack by its hosts. */
function hostsOf(scenario: Scenario, index: number): string | string[] {
  const fault = resolvePlan(scenario).faults[index]!;
  const targets: readonly Target[] = 'targets' in fault ? fault.targets : [];
  return oneOrMany(
    targets.flatMap((target) => {
      if (target.kind === 'broker') return [`broker ${target.id}`];
      return target.kind === 'controller' ? [`controller ${target.voter}`] : [];
    }),
  );
}

function oneOrMany(texts: readonly string[]): string | string[] {
  return texts.length === 1 ? texts[0]! : [...texts];
}

/** Without the keys that have no value. */
export function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;
}
