/**
 * Which promise must hold from which version on, and which breaches are a version's own known bugs.
 *
 * Source: the invariants' table of the protocol reference (column "MUST hold"): a promise takes some of the corpus' bugs
 * for mended, and is due in the versions that have mended them. In older versions its breach is what the bug does to their
 * users; that is what `npm run bugs` looks for, and no mistake of the lab. A soak does not take that for granted: the
 * breach counts as the version's if the same run breaks nothing of the kind once the bugs' rules alone are the mended ones.
 */
import { ruleOf, SWITCH_DEFINITIONS } from '../model/index.js';
import type { InvariantId } from '../scenarios/language/invariants.js';
import type { ScenarioVersion } from '../scenarios/language/version-name.js';
import {
  runScenario,
  type BreachReport,
  type RunResult,
  type Scenario,
} from '../scenarios/index.js';
import { BUGS } from './bug-list.js';

/** SAFE of the reference: what a safe configuration takes for mended. The rest of it is in the invariants' assumptions. */
const SAFE = ['B01', 'B03', 'B04', 'B06', 'B14', 'B16'] as const;

type BugId = (typeof SAFE)[number];

/** The bugs that a promise takes for mended; none: it must hold in every version. */
const TAKES_MENDED: Readonly<Record<InvariantId, readonly BugId[]>> = {
  I1: SAFE,
  I2: SAFE,
  I3: ['B01', 'B03', 'B04'],
  I4: SAFE,
  I5: SAFE,
  I6: SAFE,
  I7: ['B14'],
  I8: [],
  I10: SAFE,
  I12: SAFE,
  // Besides, a follower whose log has parted from its leader's fetches no more once it is sent what lies below its log's end.
  I16: ['B03', 'B04', 'B14', 'B16'],
  I22: SAFE,
  I23: ['B04', 'B14', 'B16'],
  I24: [],
};

/** Rules that a bug's mending brought along, besides the one by which the bug is told. */
const ALONG: Readonly<Partial<Record<BugId, Readonly<Record<string, string>>>>> = {
  B16: { requestBrokerEpoch: 'named' },
};

/** The rules that mend what a promise takes for mended, where the version has them otherwise; empty: it must hold. */
export function mendedRules(
  invariant: InvariantId,
  { kafka, metadata }: ScenarioVersion,
): Readonly<Record<string, string>> {
  const rules = TAKES_MENDED[invariant].map((id) => {
    const { mendedBy } = BUGS.find((bug) => bug.id === id)!;
    return { ...(typeof mendedBy === 'function' ? {} : mendedBy), ...ALONG[id] };
  });
  const mended = Object.entries<string>(Object.assign({}, ...rules) as Record<string, string>);
  return Object.fromEntries(
    mended.filter(([name, value]) => {
      const definition = SWITCH_DEFINITIONS.find((one) => one.name === name)!;
      const own = ruleOf(definition, kafka, metadata);
      // Values are in order of age, newest first.
      return (
        definition.values.findIndex((one) => one === own) >
        definition.values.findIndex((one) => one === value)
      );
    }),
  );
}

/** The promises that a run broke; things still pending are I16. */
export function brokenPromises({ violations, pending }: RunResult): InvariantId[] {
  const ids = violations.map(({ invariant }) => invariant as InvariantId);
  return [...new Set<InvariantId>(pending.length > 0 ? [...ids, 'I16'] : ids)];
}

/** Those of the promises that a run broke which its version's known bugs account for. */
export function brokenByVersion(
  scenario: Scenario,
  seed: number,
  version: ScenarioVersion,
  result: RunResult,
): InvariantId[] {
  const mendedRuns = new Map<string, RunResult>();
  return brokenPromises(result).filter((invariant) => {
    if (invariant === 'I6' && result.violations.some(isWithinEpoch)) return false;
    const rules = mendedRules(invariant, version);
    if (Object.keys(rules).length === 0) return false;
    const key = JSON.stringify(rules);
    const switches = { ...scenario.switches, ...rules };
    const mended = mendedRuns.get(key) ?? runScenario({ ...scenario, switches }, { seed });
    mendedRuns.set(key, mended);
    return !brokenPromises(mended).includes(invariant);
  });
}

/** A leader's own high watermark fell: that must not be in any version. */
function isWithinEpoch({ invariant, evidence }: BreachReport): boolean {
  return invariant === 'I6' && evidence['withinEpoch'] === true;
}
