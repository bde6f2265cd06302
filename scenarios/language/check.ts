/**
 * Checks a scenario that has the right shape: that names exist, numbers agree, and nothing is asked
 * for that Kafka would refuse. What a problem has is a path; where that is in a text, `parse.ts` says.
 */
import { checkFailures, checkFaults, checkRandomFaults } from './check-faults.js';
import { checkConsumers, checkProducers, checkRun } from './check-clients.js';
import { checkCluster, checkTopics } from './check-cluster.js';
import { checkConfigs } from './check-config.js';
import { checkChroot, checkNeighbourNames } from './check-neighbours.js';
import { checkSwitches } from './check-switches.js';
import { checkUpgrades } from './check-upgrade.js';
import { resolveCluster } from './cluster.js';
import { countedConsumer } from './consumers.js';
import { Findings } from './findings.js';
import { neighbourPath, neighbourScenario } from './neighbours.js';
import { normalConfig } from './normal-config.js';
import type { RunPlan } from './plan.js';
import type { TargetScope } from './resolve-target.js';
import { resolveRun } from './run.js';
import { scenarioSchema, type Scenario } from './schema.js';
import { shapeProblems, type PathProblem } from './shape-problems.js';
import { resolveTopic } from './topic.js';
import { checkVersion } from './version.js';
import { resolveVersion } from './version-name.js';

export type CheckedScenario =
  | {
      readonly ok: true;
      readonly scenario: Scenario;
      readonly warnings: readonly PathProblem[];
    }
  | { readonly ok: false; readonly problems: readonly PathProblem[] };

/** Checks any value: first its shape, then, if that holds, what it says. */
export function checkScenario(value: unknown): CheckedScenario {
  const shape = scenarioSchema.safeParse(value);
  if (!shape.success) return { ok: false, problems: shapeProblems(shape.error.issues, value) };
  const scenario = value as Scenario;
  const findings = new Findings();
  const scope = targetScope(scenario);
  const run = resolveRun(scenario.run);
  checkVersion(scenario, findings);
  checkConfigs(scenario, findings);
  checkCluster(scenario, scope.cluster, findings);
  checkTopics(scenario, scope, findings);
  checkChroot(scenario, findings);
  checkProducers(scenario, scope, run, findings);
  checkConsumers(scenario, scope, findings);
  checkFaults(scenario, scope, run, findings);
  checkUpgrades(scenario, scope, run, findings);
  checkRandomFaults(scenario, scope, findings);
  checkFailures(scenario, scope, findings);
  checkRun(scenario, run, findings);
  checkNeighbours(scenario, run, findings);
  checkSwitches(scenario, findings);
  if (findings.problems.length > 0) return { ok: false, problems: findings.problems };
  return { ok: true, scenario, warnings: findings.warnings };
}

/** Checks each neighbour as the cluster of a scenario of its own. */
function checkNeighbours(scenario: Scenario, run: RunPlan, findings: Findings): void {
  checkNeighbourNames(scenario, findings);
  scenario.neighbours?.forEach((neighbour, index) => {
    const own = neighbourScenario(scenario, neighbour);
    const scope = targetScope(own);
    const found = new Findings();
    checkConfigs(own, found);
    checkCluster(own, scope.cluster, found);
    checkTopics(own, scope, found);
    checkChroot(own, found);
    checkProducers(own, scope, run, found);
    checkConsumers(own, scope, found);
    for (const { path, message, atKey } of found.problems)
      findings.problem(neighbourPath(index, path), message, atKey);
    for (const { path, message } of found.warnings)
      findings.warning(neighbourPath(index, path), message);
  });
}

/** What the targets of a scenario are held against. */
export function targetScope(scenario: Scenario): TargetScope {
  const clusterConfig = normalConfig('broker', scenario.cluster.config);
  const consumers = scenario.consumers ?? [];
  return {
    cluster: resolveCluster(scenario.cluster, resolveVersion(scenario).metadata),
    topics: (scenario.topics ?? []).map((topic) => resolveTopic(topic, clusterConfig)),
    producers: scenario.producers ?? [],
    consumers: consumers.map(countedConsumer),
    groups: consumers.flatMap(({ group }) => group ?? []),
    neighbours: (scenario.neighbours ?? []).map((neighbour) => {
      const { name, cluster } = neighbourScenario(scenario, neighbour);
      return { name, cluster: resolveCluster(cluster, 'zookeeper') };
    }),
  };
}
