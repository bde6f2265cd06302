/** Checks `upgrade` faults: that there is a way from the version that runs to the one that is asked for. */
import {
  isBefore,
  versionProfile,
  type KafkaVersion,
  type MetadataMode,
} from '../../model/versions.js';
import type { FaultInput } from './fault-parts.js';
import type { Findings } from './findings.js';
import type { RunPlan } from './plan.js';
import type { Path } from './problem.js';
import { durationUs } from './ranges.js';
import { resolveTarget, type TargetScope } from './resolve-target.js';
import type { Scenario } from './schema.js';
import { writeDuration } from './units.js';
import { writtenUpgrade } from './upgrade.js';
import { onlyMode, readVersionName, resolveVersion, ZOOKEEPER_SUFFIX } from './version-name.js';

/** Checks all upgrades of a scenario, in the order in which they strike. */
export function checkUpgrades(
  scenario: Scenario,
  scope: TargetScope,
  run: RunPlan,
  findings: Findings,
): void {
  const upgrades = (scenario.faults ?? [])
    .map((fault, index) => ({ fault, path: ['faults', index] }))
    .filter(({ fault }) => fault.upgrade !== undefined)
    .sort((a, b) => strikesAtUs(a.fault) - strikesAtUs(b.fault));
  let present = resolveVersion(scenario).kafka;
  let isFirst = true;
  for (const { fault, path } of upgrades) {
    const to = checkVersion(fault, path, scenario, present, isFirst, findings);
    checkHosts(fault, path, scope, findings);
    if (to === null) continue;
    present = to;
    isFirst = false;
    checkTime(fault, path, scope, run, findings);
  }
}

/** The version that the fault leads to, or null where there is no way. */
function checkVersion(
  fault: FaultInput,
  path: Path,
  scenario: Scenario,
  present: KafkaVersion,
  isFirst: boolean,
  findings: Findings,
): KafkaVersion | null {
  const { to, path: inner } = writtenUpgrade(fault);
  const { metadata } = resolveVersion(scenario);
  const { kafka } = readVersionName(to);
  const problem = modeProblem(to, metadata) ?? orderProblem(kafka, present, isFirst);
  if (problem !== null) findings.problem([...path, ...inner], problem);
  return problem === null ? kafka : null;
}

/** Why brokers in a mode cannot go on in that version, or null. */
function modeProblem(to: string, metadata: MetadataMode): string | null {
  const { kafka } = readVersionName(to);
  const leavesKraft = metadata === 'kraft' && to.endsWith(ZOOKEEPER_SUFFIX);
  if (!leavesKraft && versionProfile(kafka, metadata) !== null) return null;
  return metadata === 'kraft'
    ? `the cluster is in KRaft mode: there is no way to ${to}`
    : `${onlyMode(kafka, metadata)}: the migration from ZooKeeper to KRaft is not modelled`;
}

function orderProblem(to: KafkaVersion, present: KafkaVersion, isFirst: boolean): string | null {
  if (isBefore(to, present))
    return `from ${present} to ${to} is a downgrade: upgrades lead to newer versions`;
  return isFirst && to === present ? `the cluster runs Kafka ${present} already` : null;
}

/** Which host gets a version must not depend on who leads. */
function checkHosts(fault: FaultInput, path: Path, scope: TargetScope, findings: Findings): void {
  for (const { text, path: inner } of writtenUpgrade(fault).on) {
    const resolved = resolveTarget(text, scope);
    if (!resolved.ok) continue;
    const isNamed = resolved.targets.every(
      ({ kind }) => kind === 'broker' || kind === 'controller',
    );
    if (!isNamed)
      findings.problem(
        [...path, ...inner],
        `upgrade takes brokers and controllers by their numbers, or all of them, not "${text}"`,
      );
  }
}

function checkTime(
  fault: FaultInput,
  path: Path,
  scope: TargetScope,
  run: RunPlan,
  findings: Findings,
): void {
  if (fault.at === undefined) return;
  const lastsUs = upgradeUs(fault, scope);
  if (durationUs(fault.at) + lastsUs <= run.forUs) return;
  findings.warning(
    [...path, 'at'],
    `the upgrade takes ${writeDuration(lastsUs)} at least and does not fit into the ${writeDuration(run.forUs)} of the run: it stops where it is when faults are healed`,
  );
}

/** How long both phases take where nothing holds them up. */
function upgradeUs(fault: FaultInput, { cluster }: TargetScope): number {
  const { on, down, pause } = writtenUpgrade(fault);
  const { brokers, controllers } = cluster;
  const onZooKeeper = controllers.length === 0;
  const servers = brokers.length + controllers.filter(({ combined }) => !combined).length;
  // Part of the cluster is upgraded without a second phase.
  if (on.length > 0) return 0;
  const restarts = servers + (onZooKeeper ? brokers.length : 0);
  return restarts * (durationUs(down) + durationUs(pause));
}

function strikesAtUs({ at }: FaultInput): number {
  return at === undefined ? Infinity : durationUs(at);
}
