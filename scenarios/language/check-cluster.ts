/** Checks hosts, racks and topics: ids, placements, replication factors. */
import type { ConfigValues } from '../../model/config/config-key.js';
import type { ClusterPlan } from './cluster.js';
import type { Findings } from './findings.js';
import { NODE_ID_MAX, REPLICAS_MAX } from './limits.js';
import { normalConfig } from './normal-config.js';
import type { TopicPlan } from './plan.js';
import type { Path } from './problem.js';
import type { TargetScope } from './resolve-target.js';
import type { Scenario } from './schema.js';
import { topicMetricName, topicNameProblem } from './topic-name.js';

/** Checks `cluster`. */
export function checkCluster(scenario: Scenario, cluster: ClusterPlan, findings: Findings): void {
  const { brokers, controllers, racks, combined } = scenario.cluster;
  findings.duplicates(
    'rack',
    (racks ?? []).map((name, index) => ({ name, path: ['cluster', 'racks', index] })),
  );
  for (const [role, nodes] of [
    ['brokers', brokers],
    ['controllers', controllers],
  ] as const) {
    if (!Array.isArray(nodes)) continue;
    findings.duplicates(
      role === 'brokers' ? 'broker id' : 'controller id',
      nodes.map((node, index) => ({ name: node.id, path: ['cluster', role, index, 'id'] })),
    );
  }
  // On ZooKeeper there are no roles to check.
  if (cluster.controllers.length > 0) checkRoles(scenario, cluster, findings);
  const highest = Math.max(...cluster.controllers.map((node) => node.id));
  if (typeof controllers !== 'object' && combined !== true && highest > NODE_ID_MAX) {
    findings.problem(
      ['cluster', 'brokers'],
      `controllers would get ids above ${String(NODE_ID_MAX)}`,
    );
  }
}

function checkRoles(scenario: Scenario, cluster: ClusterPlan, findings: Findings): void {
  const { controllers, combined } = scenario.cluster;
  const brokerCount = cluster.brokers.length;
  if (!Array.isArray(controllers)) {
    const count = cluster.controllers.length;
    if (combined === true && count > brokerCount) {
      findings.problem(
        ['cluster', controllers === undefined ? 'combined' : 'controllers'],
        `${String(count)} combined controllers do not fit on ${String(brokerCount)} brokers`,
      );
    }
    return;
  }
  controllers.forEach((controller, index) => {
    const isCombined = cluster.controllers[index]?.combined === true;
    const path = ['cluster', 'controllers', index, 'id'];
    if (combined === true && !isCombined) {
      findings.problem(
        path,
        `combined controller ${String(controller.id)} is not among the brokers`,
      );
    }
    if (combined === false && isCombined) {
      findings.problem(path, `controller ${String(controller.id)} has the id of a broker`);
    }
  });
}

/** Checks `topics`. */
export function checkTopics(scenario: Scenario, scope: TargetScope, findings: Findings): void {
  const topics = scenario.topics ?? [];
  findings.duplicates(
    'topic',
    topics.map((topic, index) => ({ name: topic.name, path: ['topics', index, 'name'] })),
  );
  checkNames(topics, findings);
  const brokerIds = new Set(scope.cluster.brokers.map((broker) => broker.id));
  const shared = normalConfig('broker', scenario.cluster.config);
  let replicas = 0;
  topics.forEach((topic, index) => {
    const resolved = scope.topics[index];
    if (resolved === undefined) return;
    replicas += resolved.partitions * resolved.replicationFactor;
    const path = ['topics', index];
    if (resolved.replicas === null) checkFactor(topic, resolved, brokerIds.size, path, findings);
    else checkPlacement(topic, resolved.replicas, brokerIds, path, findings);
    checkMinIsr(resolved, shared, path, findings);
  });
  if (replicas > REPLICAS_MAX) {
    findings.problem(
      ['topics'],
      `the topics have ${String(replicas)} replicas, above the limit of ${String(REPLICAS_MAX)}`,
    );
  }
}

type TopicInput = NonNullable<Scenario['topics']>[number];

function checkNames(topics: readonly TopicInput[], findings: Findings): void {
  const metricNames = new Map<string, string>();
  topics.forEach(({ name }, index) => {
    const path = ['topics', index, 'name'];
    const problem = topicNameProblem(name);
    if (problem !== null) findings.problem(path, problem);
    const other = metricNames.get(topicMetricName(name));
    if (other !== undefined && other !== name) {
      findings.problem(
        path,
        `topic "${name}" collides with "${other}": Kafka takes "." and "_" for the same`,
      );
    }
    metricNames.set(topicMetricName(name), name);
  });
}

function checkFactor(
  topic: TopicInput,
  resolved: TopicPlan,
  brokerCount: number,
  path: Path,
  findings: Findings,
): void {
  if (resolved.replicationFactor <= brokerCount) return;
  const given = topic['replication-factor'] !== undefined;
  findings.problem(
    [...path, given ? 'replication-factor' : 'name'],
    `replication factor ${String(resolved.replicationFactor)} is above the number of brokers, ${String(brokerCount)}`,
  );
}

function checkPlacement(
  topic: TopicInput,
  replicas: readonly (readonly number[])[],
  brokerIds: ReadonlySet<number>,
  topicPath: Path,
  findings: Findings,
): void {
  if (topic.partitions !== undefined && topic.partitions !== replicas.length) {
    findings.problem(
      [...topicPath, 'partitions'],
      `partitions is ${String(topic.partitions)}, but replicas places ${String(replicas.length)}`,
    );
  }
  replicas.forEach((ids, partition) => {
    const path = [...topicPath, 'replicas', partition];
    if (ids.length === 0) findings.problem(path, 'a partition needs at least one replica');
    findings.duplicates(
      'replica on broker',
      ids.map((id, place) => ({ name: id, path: [...path, place] })),
    );
    ids.forEach((id, place) => {
      if (brokerIds.has(id)) return;
      const known = [...brokerIds].slice(0, 10).join(', ');
      findings.problem([...path, place], `unknown broker ${String(id)}: the brokers are ${known}`);
    });
    const given = topic['replication-factor'];
    if (given !== undefined && given !== ids.length) {
      findings.problem(
        path,
        `partition ${String(partition)} has ${String(ids.length)} replicas, but replication-factor is ${String(given)}`,
      );
    }
  });
}

/** Legal in Kafka, which caps it from 3.7 on, but hardly ever meant. */
function checkMinIsr(topic: TopicPlan, shared: ConfigValues, path: Path, findings: Findings): void {
  const key = 'min.insync.replicas';
  const minIsr = topic.config[key] ?? shared[key] ?? 1;
  if (typeof minIsr !== 'number' || minIsr <= topic.replicationFactor) return;
  const isOwn = topic.config[key] !== undefined;
  findings.warning(
    isOwn ? [...path, 'config', key] : [...path, 'name'],
    `${key} is ${String(minIsr)}, above topic ${topic.name}'s replication factor of ` +
      `${String(topic.replicationFactor)}: Kafka counts it as ${String(topic.replicationFactor)}`,
  );
}
