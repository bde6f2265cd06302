/** Writes an imported cluster as a scenario file that runs as it is. */
import { flowYaml } from '../language/to-yaml.js';
import type { ImportedTopic, ImportedTopics } from './imported-topics.js';
import type { ImportedCluster, ImportedNode } from './merge-nodes.js';
import type { Setting } from './setting.js';

export interface ImportedScenarioParts {
  readonly name: string;
  readonly cluster: ImportedCluster;
  readonly topics: ImportedTopics;
  readonly notModelled: readonly Setting[];
  readonly unknown: readonly Setting[];
  readonly assumptions: readonly string[];
}

/** More topics than this get no clients of their own: the file stays readable. */
const TOPICS_WITH_CLIENTS_MAX = 20;
/** Settings that the header lists; the import itself reports all of them. */
const LISTED_SETTINGS_MAX = 40;

/** The text of the scenario. The same parts give the same text. */
export function writeImportedScenario(parts: ImportedScenarioParts): string {
  const topics = parts.topics.topics;
  const own = topics.filter((topic) => !topic.isInternal);
  const served = own.slice(0, TOPICS_WITH_CLIENTS_MAX);
  return [
    ...header(parts),
    `name: ${parts.name}`,
    'description: Imported from the configuration of a cluster.',
    'kafka: "4.1"',
    'metadata: kraft',
    'cluster:',
    ...section('config', parts.cluster.config),
    '  brokers:',
    ...parts.cluster.brokers.map(nodeLine),
    '  controllers:',
    ...parts.cluster.controllers.map(nodeLine),
    'topics:',
    ...topics.map(topicLine),
    ...clients(served, own.length),
    ...faults((own[0] ?? topics[0])?.name ?? '', parts.cluster),
    'run: { for: 2m, settle: 1m }',
    '',
  ].join('\n');
}

function header(parts: ImportedScenarioParts): string[] {
  return [
    '# A cluster as its configuration files and kafka-topics.sh --describe tell it.',
    '# The clients and the fault at the end are made up: put your own in their place.',
    ...list('Assumed:', parts.assumptions),
    ...list('Known, but not modelled, and so left out:', describe(parts.notModelled)),
    ...list('Not known to Kafka 4.1, and so left out:', describe(parts.unknown)),
  ];
}

function list(title: string, entries: readonly string[]): string[] {
  if (entries.length === 0) return [];
  const shown = entries.slice(0, LISTED_SETTINGS_MAX);
  const rest = entries.length - shown.length;
  const more = rest === 0 ? [] : [`#   and ${String(rest)} more`];
  return ['#', `# ${title}`, ...shown.map((entry) => `#   ${oneLine(entry)}`), ...more];
}

/** One line per key and value, wherever they stand. */
function describe(settings: readonly Setting[]): string[] {
  const places = new Map<string, string[]>();
  for (const { key, value, where } of settings) {
    const line = `${key}=${value}`;
    const known = places.get(line);
    if (known === undefined) places.set(line, [where]);
    else known.push(where);
  }
  return [...places].map(([line, [first = '', ...others]]) =>
    others.length === 0
      ? `${line} (${first})`
      : `${line} (${first} and ${String(others.length)} more)`,
  );
}

/** A comment must stay one line, whatever a value has in it. */
function oneLine(text: string): string {
  const printable = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
  return printable.length > 160 ? `${printable.slice(0, 157)}...` : printable;
}

function section(key: string, config: object): string[] {
  return Object.keys(config).length === 0 ? [] : [`  ${key}: ${flowYaml(config)}`];
}

function nodeLine(node: ImportedNode): string {
  const fields = {
    id: node.id,
    ...(node.rack === null ? {} : { rack: node.rack }),
    ...(Object.keys(node.config).length === 0 ? {} : { config: node.config }),
  };
  return `    - ${flowYaml(fields)}`;
}

function topicLine(topic: ImportedTopic): string {
  const fields = {
    name: topic.name,
    replicas: topic.replicas,
    ...(Object.keys(topic.config).length === 0 ? {} : { config: topic.config }),
  };
  return `  - ${flowYaml(fields)}`;
}

function clients(topics: readonly ImportedTopic[], total: number): string[] {
  if (topics.length === 0) return [];
  const left = total - topics.length;
  const remark =
    left === 0
      ? []
      : [`# Clients for the first ${String(topics.length)} of ${String(total)} topics.`];
  return [
    ...remark,
    'producers:',
    ...topics.map(
      ({ name }, index) =>
        `  - ${flowYaml({ id: clientId('write', name, index), topic: name, rate: '10/s', config: { acks: 'all' } })}`,
    ),
    'consumers:',
    ...topics.map(
      ({ name }, index) =>
        `  - ${flowYaml({ id: clientId('read', name, index), topic: name, assign: 'all', config: { 'auto.offset.reset': 'earliest' } })}`,
    ),
  ];
}

/** Names of topics may be longer than ids. */
function clientId(verb: string, topic: string, index: number): string {
  const id = `${verb}-${topic}`;
  return id.length <= 90 ? id : `${verb}-topic-${String(index)}`;
}

function faults(topic: string, cluster: ImportedCluster): string[] {
  const broker = cluster.brokers[0]?.id ?? 1;
  return [
    'faults:',
    `  - { at: 20s, crash: leader of ${topic}-0, for: 30s }`,
    `  # - { at: 70s, power-loss: broker ${String(broker)}, for: 20s }`,
  ];
}
