/** Checks `faults`, `random-faults` and `failures` against the cluster and the run. */
import { didYouMean } from '../../model/config/nearest-name.js';
import { faultVerb, writtenTargets, type FaultInput } from './fault-parts.js';
import type { Findings } from './findings.js';
import { readMark } from './marks.js';
import type { FailureKind, FaultVerb, RunPlan, Target } from './plan.js';
import type { Path } from './problem.js';
import { durationUs } from './ranges.js';
import { partitionProblem, resolveTarget, type TargetScope } from './resolve-target.js';
import type { Scenario } from './schema.js';
import { rackTarget, splitPartition } from './targets.js';
import { writeDuration } from './units.js';
import { RACK_VERBS, ZOOKEEPER_VERBS } from './vocabulary.js';

/** Verbs that only make sense for a server: clients have no disk and no controlled shutdown. */
const SERVER_VERBS: readonly FaultVerb[] = [
  'stop',
  'slow-disk',
  'fill-disk',
  'fail-disk',
  'lose-disk',
  'rolling-restart',
  'upgrade',
];

/** Checks the listed faults. */
export function checkFaults(
  scenario: Scenario,
  scope: TargetScope,
  run: RunPlan,
  findings: Findings,
): void {
  const faults = scenario.faults ?? [];
  const ids = faults.flatMap((fault, index) =>
    fault.id === undefined ? [] : [{ name: fault.id, path: ['faults', index, 'id'] }],
  );
  findings.duplicates('fault id', ids);
  faults.forEach((fault, index) => {
    const path = ['faults', index];
    checkTrigger(fault, path, scope, run, findings);
    checkTargets(fault, path, scope, findings);
    checkMode(fault, path, scope, findings);
    checkPartitionGroups(fault, path, scope, findings);
    checkElection(fault, path, scope, findings);
    checkReassignment(fault, path, scope, findings);
    checkRelease(fault, path, faults, findings);
  });
}

function checkTrigger(
  fault: FaultInput,
  path: Path,
  scope: TargetScope,
  run: RunPlan,
  findings: Findings,
): void {
  if (fault.at !== undefined && durationUs(fault.at) >= run.forUs) {
    findings.problem(
      [...path, 'at'],
      `a fault at ${fault.at} is past the end of the run, ${writeDuration(run.forUs)}`,
    );
  }
  if (fault.when === undefined) return;
  const read = readMark(fault.when, scope);
  if (!read.ok) findings.problem([...path, 'when'], read.reason);
}

function checkTargets(fault: FaultInput, path: Path, scope: TargetScope, findings: Findings): void {
  const verb = faultVerb(fault);
  for (const { text, path: inner } of writtenTargets(fault)) {
    const at = [...path, ...inner];
    const strikesRacks = RACK_VERBS.includes(verb);
    const resolved = resolveTarget(strikesRacks ? (rackTarget(text) ?? text) : text, scope);
    if (!resolved.ok) {
      findings.problem(at, resolved.reason);
    } else if (SERVER_VERBS.includes(verb) && resolved.targets.some(isClient)) {
      findings.problem(at, `${verb} strikes brokers and controllers, not "${text}"`);
    } else if (verb === 'expire-session' && !resolved.targets.every(isBroker)) {
      findings.problem(at, `${verb} strikes brokers, not "${text}"`);
    }
  }
}

function isClient(target: Target): boolean {
  return target.kind === 'producer' || target.kind === 'consumer';
}

/** A broker, or what is one on ZooKeeper. */
function isBroker({ kind }: Target): boolean {
  return !['zookeeper', 'controller', 'producer', 'consumer'].includes(kind);
}

function checkMode(fault: FaultInput, path: Path, scope: TargetScope, findings: Findings): void {
  const verb = faultVerb(fault);
  if (!ZOOKEEPER_VERBS.includes(verb) || scope.cluster.zookeepers.length > 0) return;
  findings.problem([...path, verb], needsZooKeeper(verb), true);
}

function needsZooKeeper(verb: FaultVerb | FailureKind): string {
  return `${verb} needs a cluster on ZooKeeper: this one is in KRaft mode`;
}

/** A host cannot be on two sides of a partition. */
function checkPartitionGroups(
  fault: FaultInput,
  path: Path,
  scope: TargetScope,
  findings: Findings,
): void {
  const groupOf = new Map<string, number>();
  fault.partition?.forEach((group, outer) => {
    group.forEach((text, inner) => {
      const resolved = resolveTarget(text, scope);
      for (const target of resolved.ok ? resolved.targets : []) {
        const name = JSON.stringify(target);
        const other = groupOf.get(name);
        if (other !== undefined && other !== outer && 'id' in target) {
          findings.problem(
            [...path, 'partition', outer, inner],
            `"${text}" is in two groups of the partition`,
          );
        }
        groupOf.set(name, outer);
      }
    });
  });
}

function checkElection(
  fault: FaultInput,
  path: Path,
  scope: TargetScope,
  findings: Findings,
): void {
  const election = fault['elect-leaders'];
  if (typeof election !== 'object') return;
  election.partitions.forEach((text, index) => {
    checkPartition(text, [...path, 'elect-leaders', 'partitions', index], scope, findings);
  });
}

function checkReassignment(
  fault: FaultInput,
  path: Path,
  scope: TargetScope,
  findings: Findings,
): void {
  const { reassign, to } = fault;
  if (reassign === undefined) return;
  checkPartition(reassign, [...path, 'reassign'], scope, findings);
  if (!Array.isArray(to)) return;
  to.forEach((id, index) => {
    const at = [...path, 'to', index];
    const resolved = resolveTarget(`broker ${id}`, scope);
    if (!resolved.ok) findings.problem(at, resolved.reason);
    else if (to.indexOf(id) < index) findings.problem(at, `broker ${id} is listed twice`);
  });
}

function checkPartition(text: string, at: Path, scope: TargetScope, findings: Findings): void {
  const parsed = splitPartition(text);
  const reason =
    parsed === null
      ? `"${text}" is not a partition such as orders-0`
      : partitionProblem(parsed.topic, parsed.partition, scope.topics);
  if (reason !== null) findings.problem(at, reason);
}

function checkRelease(
  fault: FaultInput,
  path: Path,
  faults: readonly FaultInput[],
  findings: Findings,
): void {
  const id = fault.release;
  if (id === undefined || id === 'all') return;
  const holds = faults.flatMap((other) =>
    other.hold !== undefined && other.id !== undefined ? [other.id] : [],
  );
  if (holds.includes(id)) return;
  findings.problem(
    [...path, 'release'],
    `no hold has the id "${id}"${didYouMean(id, holds)}; "all" releases every one`,
  );
}

/** Checks that random faults can strike what they name. */
export function checkRandomFaults(
  scenario: Scenario,
  scope: TargetScope,
  findings: Findings,
): void {
  const kinds = scenario['random-faults']?.kinds;
  if (typeof kinds !== 'object') return;
  const path = ['random-faults', 'kinds'];
  if (Object.keys(kinds).length === 0) findings.problem(path, 'random faults need a kind');
  for (const verb of RACK_VERBS) {
    if (Object.hasOwn(kinds, verb) && scope.cluster.racks.length === 0) {
      findings.problem([...path, verb], `${verb} needs racks in the cluster`, true);
    }
  }
  for (const verb of ZOOKEEPER_VERBS) {
    if (Object.hasOwn(kinds, verb) && scope.cluster.zookeepers.length === 0) {
      findings.problem([...path, verb], needsZooKeeper(verb), true);
    }
  }
}

/** Checks that `failures` stand alone and have something to fail. */
export function checkFailures(scenario: Scenario, scope: TargetScope, findings: Findings): void {
  const { failures } = scenario;
  if (failures === undefined) return;
  if (Object.keys(failures).length === 0) findings.problem(['failures'], 'failures needs a kind');
  for (const other of ['faults', 'random-faults'] as const) {
    if (scenario[other] === undefined) continue;
    findings.problem(
      [other],
      `failures stand instead of ${other}: a scenario has one of them`,
      true,
    );
  }
  if (scenario.neighbours !== undefined) {
    findings.problem(['neighbours'], 'a scenario with failures has no neighbours', true);
  }
  for (const kind of ['rack-outage', 'rack-power-loss'] as const) {
    if (failures[kind] !== undefined && scope.cluster.racks.length === 0) {
      findings.problem(['failures', kind], `${kind} needs racks in the cluster`, true);
    }
  }
  checkControlPlaneFailures(failures, scope, findings);
}

/** Kinds that strike hosts which are there in one mode only. */
function checkControlPlaneFailures(
  failures: NonNullable<Scenario['failures']>,
  { cluster }: TargetScope,
  findings: Findings,
): void {
  const onZooKeeper = cluster.zookeepers.length > 0;
  if (failures['zookeeper-crash'] !== undefined && !onZooKeeper) {
    const path = ['failures', 'zookeeper-crash'];
    findings.problem(path, needsZooKeeper('zookeeper-crash'), true);
  }
  const dedicated = cluster.controllers.some((node) => !node.combined);
  if (failures['controller-crash'] === undefined || dedicated) return;
  findings.problem(
    ['failures', 'controller-crash'],
    onZooKeeper
      ? 'controller-crash needs metadata: kraft: on ZooKeeper the controller is one of the brokers, and fails with it'
      : 'controller-crash needs dedicated controllers: combined ones fail with their brokers',
    true,
  );
}
