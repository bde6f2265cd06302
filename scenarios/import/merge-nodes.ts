/** From the files of single nodes to one cluster: brokers, voters, shared settings. */
import type { ConfigValue, ConfigValues } from '../../model/config/config-key.js';
import type { InputProblem } from '../language/problem.js';
import type { NodeFile } from './node-file.js';

export interface ImportedNode {
  readonly id: number;
  readonly rack: string | null;
  /** Only what differs from the cluster's. */
  readonly config: ConfigValues;
}

export interface ImportedCluster {
  /** Settings that every file has with the same value. */
  readonly config: ConfigValues;
  /** In ascending order of id. */
  readonly brokers: readonly ImportedNode[];
  readonly brokerIds: ReadonlySet<number>;
  /** In the order of the voters; ids of combined nodes are among the brokers as well. */
  readonly controllers: readonly ImportedNode[];
  readonly assumptions: readonly string[];
  readonly problems: readonly InputProblem[];
}

/** Merges files that are right by themselves. */
export function mergeNodes(nodes: readonly NodeFile[]): ImportedCluster {
  const problems = [...duplicateIds(nodes), ...disagreeingVoters(nodes)];
  const brokers = nodes.filter((node) => node.isBroker).sort((a, b) => a.id - b.id);
  const first = nodes[0];
  if (first !== undefined && brokers.length === 0) {
    problems.push(
      problemOf(first, 'none of the files is of a broker: process.roles has no broker'),
    );
  }
  const config = sharedConfig(nodes);
  const assumptions: string[] = [];
  const controllers = voterIds(nodes, assumptions).map((id) => {
    const node = nodes.find((candidate) => candidate.id === id);
    if (node !== undefined) return ownNode(node, config);
    assumptions.push(
      `Controller ${String(id)} has no properties file: it gets the settings that all files share, and Kafka's defaults.`,
    );
    return { id, rack: null, config: {} };
  });
  return {
    config,
    brokers: brokers.map((node) => ownNode(node, config)),
    brokerIds: new Set(brokers.map((node) => node.id)),
    // A combined node has its settings among the brokers.
    controllers: controllers.map((node) =>
      brokers.some((broker) => broker.id === node.id) ? { ...node, rack: null, config: {} } : node,
    ),
    assumptions,
    problems,
  };
}

function duplicateIds(nodes: readonly NodeFile[]): InputProblem[] {
  const firstFile = new Map<number, string>();
  return nodes.flatMap((node) => {
    const other = firstFile.get(node.id);
    if (other === undefined) {
      firstFile.set(node.id, node.fileName);
      return [];
    }
    return [problemOf(node, `node.id ${String(node.id)} is also that of ${other}`)];
  });
}

function disagreeingVoters(nodes: readonly NodeFile[]): InputProblem[] {
  const describe = (node: NodeFile): string =>
    [...(node.voters ?? [])]
      .map((voter) => voter.id)
      .sort((a, b) => a - b)
      .join(', ');
  const withVoters = nodes.filter((node) => node.voters !== null);
  const first = withVoters[0];
  return withVoters.flatMap((node) => {
    if (first === undefined || describe(node) === describe(first)) return [];
    const message = `controller.quorum.voters names nodes ${describe(node)}, but ${first.fileName} names ${describe(first)}`;
    return [{ ...problemOf(node, message), position: node.votersPosition }];
  });
}

/** Voters by the list; with a dynamic quorum, the controllers among the files. */
function voterIds(nodes: readonly NodeFile[], assumptions: string[]): number[] {
  const listed = nodes.find((node) => node.voters !== null)?.voters;
  if (listed !== undefined && listed !== null) return listed.map((voter) => voter.id);
  const ids = nodes
    .filter((node) => node.isController)
    .map((node) => node.id)
    .sort((a, b) => a - b);
  const servers = Math.max(0, ...nodes.map((node) => node.bootstrapServers.length));
  if (ids.length >= servers) return ids;
  const next = Math.max(...nodes.map((node) => node.id)) + 1;
  const added = Array.from({ length: servers - ids.length }, (_, index) => next + index);
  assumptions.push(
    `controller.quorum.bootstrap.servers lists ${String(servers)} controllers without their ids: ` +
      `${String(added.length)} without a file ${added.length === 1 ? 'is' : 'are'} called ${added.join(', ')}.`,
  );
  return [...ids, ...added];
}

function sharedConfig(nodes: readonly NodeFile[]): ConfigValues {
  const [first, ...others] = nodes;
  const shared: Record<string, ConfigValue> = {};
  for (const [key, value] of sortedEntries(first?.config ?? {})) {
    if (others.every((node) => equal(node.config[key], value))) shared[key] = value;
  }
  return shared;
}

function ownNode(node: NodeFile, shared: ConfigValues): ImportedNode {
  const own = sortedEntries(node.config).filter(([key]) => !Object.hasOwn(shared, key));
  return { id: node.id, rack: node.rack, config: Object.fromEntries(own) };
}

function sortedEntries(config: ConfigValues): [string, ConfigValue][] {
  return Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1));
}

function equal(a: ConfigValue | undefined, b: ConfigValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function problemOf(node: NodeFile, message: string): InputProblem {
  return { file: node.fileName, position: node.idPosition, path: [], message };
}
