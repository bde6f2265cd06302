/** From targets as written to the hosts and moments they stand for. */
import { didYouMean } from '../../model/config/nearest-name.js';
import { countedIds, type ClusterPlan } from './cluster.js';
import type { CountedClient } from './consumers.js';
import type { Target, TopicPlan } from './plan.js';
import { readTarget, type TargetExpression } from './targets.js';

/** What targets are held against. */
export interface TargetScope {
  readonly cluster: ClusterPlan;
  readonly topics: readonly TopicPlan[];
  readonly producers: readonly CountedClient[];
  /** Groups among them, under their names. */
  readonly consumers: readonly CountedClient[];
  /** Names of the groups. */
  readonly groups: readonly string[];
  /** Other clusters on the same ensemble. */
  readonly neighbours: readonly { readonly name: string; readonly cluster: ClusterPlan }[];
}

export type ResolvedTargets =
  | { readonly ok: true; readonly targets: readonly Target[] }
  | { readonly ok: false; readonly reason: string };

/** Resolves a target that the grammar knows; the reason names what does not exist. */
export function resolveTarget(text: string, scope: TargetScope): ResolvedTargets {
  const read = readTarget(text);
  if (!read.ok) return read;
  const expression = read.target;
  switch (expression.kind) {
    case 'random-broker':
    case 'active-controller':
      return found([{ kind: expression.kind }]);
    case 'all-brokers':
      return found(scope.cluster.brokers.map(({ id }) => ({ kind: 'broker', id })));
    case 'all-controllers':
      return found(scope.cluster.controllers.map(({ id }, index) => voter(index + 1, id)));
    case 'all-zookeepers':
      return found(scope.cluster.zookeepers.map(({ id }) => ({ kind: 'zookeeper', id })));
    case 'zookeeper':
      return resolveZooKeeper(expression.id, scope);
    case 'broker':
      return resolveBroker(expression.id, scope);
    case 'controller':
      return resolveController(expression.voter, scope);
    case 'leader':
    case 'follower':
      return resolvePartition(expression, scope);
    case 'producer':
      return resolveClient('producer', expression.id, scope.producers);
    case 'consumer':
      return resolveClient('consumer', expression.id, scope.consumers);
    case 'member':
      return resolveMember(expression.number, expression.group, scope);
    case 'rack':
      return resolveRack(expression.name, scope);
    case 'neighbour-controller':
    case 'neighbour-broker':
    case 'all-neighbour-brokers':
      return resolveOfNeighbour(expression, scope);
  }
}

function resolveOfNeighbour(
  expression: Extract<TargetExpression, { readonly cluster: string }>,
  { neighbours }: TargetScope,
): ResolvedTargets {
  const { kind, cluster } = expression;
  const names = neighbours.map(({ name }) => name);
  const neighbour = neighbours.find(({ name }) => name === cluster);
  if (neighbour === undefined) {
    const known = names.length === 0 ? ': there are none' : `: there are ${shorten(names)}`;
    return missing(`unknown neighbour "${cluster}"${didYouMean(cluster, names) || known}`);
  }
  if (kind === 'neighbour-controller') return found([{ kind, cluster }]);
  const ids = neighbour.cluster.brokers.map(({ id }) => id);
  if (kind === 'all-neighbour-brokers')
    return found(ids.map((id) => ({ kind: 'neighbour-broker', cluster, id })));
  if (ids.includes(expression.id)) return found([{ kind, cluster, id: expression.id }]);
  return missing(
    `unknown broker ${String(expression.id)} of ${cluster}: its brokers are ${shorten(ids)}`,
  );
}

function resolveBroker(id: number, scope: TargetScope): ResolvedTargets {
  const ids = scope.cluster.brokers.map((broker) => broker.id);
  if (ids.includes(id)) return found([{ kind: 'broker', id }]);
  return missing(`unknown broker ${String(id)}: the brokers are ${shorten(ids)}`);
}

function resolveZooKeeper(id: number, scope: TargetScope): ResolvedTargets {
  const ids = scope.cluster.zookeepers.map((server) => server.id);
  if (ids.includes(id)) return found([{ kind: 'zookeeper', id }]);
  if (ids.length === 0) {
    return missing(`there is no zookeeper ${String(id)}: the cluster is in KRaft mode`);
  }
  return missing(`unknown zookeeper ${String(id)}: the servers are ${shorten(ids)}`);
}

function resolveController(number: number, scope: TargetScope): ResolvedTargets {
  const node = scope.cluster.controllers[number - 1];
  if (node !== undefined) return found([voter(number, node.id)]);
  const count = scope.cluster.controllers.length;
  return missing(
    `unknown controller ${String(number)}: there are ${String(count)}, counted from 1`,
  );
}

function resolvePartition(
  expression: Extract<TargetExpression, { kind: 'leader' | 'follower' }>,
  scope: TargetScope,
): ResolvedTargets {
  const reason = partitionProblem(expression.topic, expression.partition, scope.topics);
  return reason === null ? found([expression]) : missing(reason);
}

/** What is wrong with a partition of that name, or null. */
export function partitionProblem(
  topicName: string,
  partition: number,
  topics: readonly TopicPlan[],
): string | null {
  const topic = topics.find((candidate) => candidate.name === topicName);
  if (topic === undefined) return topicProblem(topicName, topics);
  if (partition < topic.partitions) return null;
  return `unknown partition ${topicName}-${String(partition)}: ${topicName} has ${String(topic.partitions)}, counted from 0`;
}

/** What is wrong with a topic of that name, or null. */
export function topicProblem(name: string, topics: readonly TopicPlan[]): string | null {
  const names = topics.map((topic) => topic.name);
  if (names.includes(name)) return null;
  const hint = didYouMean(name, names);
  return `unknown topic "${name}"${hint === '' ? `: the topics are ${shorten(names)}` : hint}`;
}

function resolveClient(
  kind: 'producer' | 'consumer',
  id: string,
  clients: readonly CountedClient[],
): ResolvedTargets {
  const whole = clients.find((client) => client.id === id);
  if (whole !== undefined) return found(countedIds(whole).map((one) => ({ kind, id: one })));
  if (clients.some((client) => countedIds(client).includes(id))) return found([{ kind, id }]);
  const names = clients.map((client) => client.id);
  const hint = didYouMean(id, names);
  const known = names.length === 0 ? ': there are none' : `: there are ${shorten(names)}`;
  return missing(`unknown ${kind} "${id}"${hint === '' ? known : hint}`);
}

function resolveMember(number: number, name: string, scope: TargetScope): ResolvedTargets {
  const { groups, consumers } = scope;
  if (!groups.includes(name)) {
    if (consumers.some(({ id }) => id === name)) {
      return missing(`"${name}" is a consumer without a group: write "consumer ${name}"`);
    }
    const hint = didYouMean(name, groups);
    const known = groups.length === 0 ? ': there are none' : `: there are ${shorten(groups)}`;
    return missing(`unknown group "${name}"${hint === '' ? known : hint}`);
  }
  const ids = consumers.filter(({ id }) => id === name).flatMap(countedIds);
  const id = ids[number - 1];
  if (id !== undefined) return found([{ kind: 'consumer', id }]);
  return missing(
    `unknown member ${String(number)} of ${name}: there are ${String(ids.length)}, counted from 1`,
  );
}

function resolveRack(name: string, scope: TargetScope): ResolvedTargets {
  const { racks, brokers, controllers, zookeepers } = scope.cluster;
  if (!racks.includes(name)) {
    const hint = didYouMean(name, racks);
    const known =
      racks.length === 0 ? ': the cluster has no racks' : `: the racks are ${shorten(racks)}`;
    return missing(`unknown rack "${name}"${hint === '' ? known : hint}`);
  }
  const inRack: Target[] = brokers
    .filter((broker) => broker.rack === name)
    .map(({ id }) => ({ kind: 'broker', id }));
  for (const { id, rack, combined, voterIndex } of controllers) {
    if (rack === name && !combined) inRack.push(voter(voterIndex + 1, id));
  }
  for (const { id, rack } of zookeepers) {
    if (rack === name) inRack.push({ kind: 'zookeeper', id });
  }
  return found(inRack);
}

function voter(number: number, id: number): Target {
  return { kind: 'controller', voter: number, id };
}

function found(targets: readonly Target[]): ResolvedTargets {
  return { ok: true, targets };
}

function missing(reason: string): ResolvedTargets {
  return { ok: false, reason };
}

function shorten(names: readonly (string | number)[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown}, ...` : shown === '' ? 'none' : shown;
}
