/**
 * Reads the output of `kafka-topics.sh --describe`.
 *
 * One line per topic and one per partition, fields labelled and set apart by tabs (or by spaces,
 * after a terminal). Kafka 4.1 adds `Elr` and `LastKnownElr`; versions before 2.4 have no `TopicId`
 * and no space after the colon. A partition without a leader has `none`, in older versions `-1`.
 *
 * Source: `org.apache.kafka.tools.TopicCommand` (4.1.1) and `kafka.admin.TopicCommand` before 3.7.
 */
import type { InputProblem, Position } from '../language/problem.js';

export interface DescribedTopic {
  readonly name: string;
  readonly position: Position;
  /** Null where the output has none. */
  readonly topicId: string | null;
  readonly replicationFactor: number;
  readonly configs: readonly DescribedConfig[];
  /** By partition, from 0, without a gap. */
  readonly partitions: readonly DescribedPartition[];
}

export interface DescribedConfig {
  readonly key: string;
  readonly value: string;
  readonly position: Position;
}

interface DescribedPartition {
  readonly partition: number;
  readonly position: Position;
  /** Null where the partition had no leader. */
  readonly leader: number | null;
  /** Preferred leader first. */
  readonly replicas: readonly BrokerReference[];
  readonly isr: readonly number[];
  readonly elr: readonly number[];
  readonly lastKnownElr: readonly number[];
  /** Of a reassignment that was under way. */
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
}

/** A broker id and where it stood. */
interface BrokerReference {
  readonly id: number;
  readonly position: Position;
}

export interface ParsedTopics {
  readonly topics: readonly DescribedTopic[];
  readonly problems: readonly InputProblem[];
}

const LABELS = [
  'Topic',
  'TopicId',
  'PartitionCount',
  'ReplicationFactor',
  'Configs',
  'MarkedForDeletion',
  'Partition',
  'Leader',
  'Replicas',
  'Isr',
  'Offline',
  'Adding Replicas',
  'Removing Replicas',
  'Elr',
  'LastKnownElr',
] as const;

type Label = (typeof LABELS)[number];

interface Field {
  readonly value: string;
  readonly position: Position;
}

type Fields = ReadonlyMap<Label, Field>;

/** A topic while its partitions are still being read. */
interface OpenTopic {
  readonly name: string;
  readonly position: Position;
  readonly topicId: string | null;
  readonly replicationFactor: number;
  readonly partitionCount: number;
  readonly configs: readonly DescribedConfig[];
  readonly partitions: DescribedPartition[];
}

/** Parses the whole output. */
export function parseTopicsDescription(text: string, fileName: string): ParsedTopics {
  const problems: InputProblem[] = [];
  const topics = new Map<string, OpenTopic>();
  const complain = (position: Position, message: string): void => {
    problems.push({ file: fileName, position, path: [], message });
  };
  text.split(/\r\n|\n|\r/).forEach((line, index) => {
    if (isNoise(line)) return;
    const fields = readFields(line, index + 1);
    if (fields.has('Partition')) readPartition(fields, topics, complain);
    else if (fields.has('PartitionCount')) readTopic(fields, topics, complain);
    else {
      const column = line.length - line.trimStart().length + 1;
      const shown = JSON.stringify(line.trim().slice(0, 60));
      complain({ line: index + 1, column }, `not a line of kafka-topics.sh --describe: ${shown}`);
    }
  });
  if (topics.size === 0 && problems.length === 0) {
    complain(
      { line: 1, column: 1 },
      'no topic found: expected the output of kafka-topics.sh --describe',
    );
  }
  return { topics: [...topics.values()].map((topic) => closeTopic(topic, complain)), problems };
}

type Complain = (position: Position, message: string) => void;

/** Blank lines, and what the JVM and the logger put between. */
function isNoise(line: string): boolean {
  return (
    line.trim() === '' ||
    /^(\[\d{4}-\d\d-\d\d|SLF4J|OpenJDK |Java HotSpot|WARNING:|log4j|Picked up )/.test(line)
  );
}

/** Splits a line at its labels. */
function readFields(line: string, lineNumber: number): Fields {
  const pattern = /(?:^|[\s])(Adding Replicas|Removing Replicas|[A-Z][A-Za-z]+):/g;
  const found = [...line.matchAll(pattern)].flatMap((match) => {
    const label = LABELS.find((candidate) => candidate === match[1]);
    return label === undefined
      ? []
      : [{ label, start: match.index, end: match.index + match[0].length }];
  });
  const fields = new Map<Label, Field>();
  found.forEach(({ label, end }, index) => {
    const raw = line.slice(end, found[index + 1]?.start ?? line.length);
    const column = end + (raw.length - raw.trimStart().length) + 1;
    if (!fields.has(label)) {
      fields.set(label, { value: raw.trim(), position: { line: lineNumber, column } });
    }
  });
  return fields;
}

function readTopic(fields: Fields, topics: Map<string, OpenTopic>, complain: Complain): void {
  const name = fields.get('Topic');
  const partitionCount = readCount(fields, 'PartitionCount', complain);
  const replicationFactor = readCount(fields, 'ReplicationFactor', complain);
  if (name === undefined || partitionCount === null || replicationFactor === null) return;
  if (topics.has(name.value)) {
    complain(name.position, `topic ${name.value} is described twice`);
    return;
  }
  topics.set(name.value, {
    name: name.value,
    position: name.position,
    topicId: fields.get('TopicId')?.value ?? null,
    replicationFactor,
    partitionCount,
    configs: readConfigs(fields.get('Configs')),
    partitions: [],
  });
}

function readCount(fields: Fields, label: Label, complain: Complain): number | null {
  const field = fields.get(label);
  if (field !== undefined && /^[1-9]\d{0,8}$/.test(field.value)) return Number(field.value);
  const topic = fields.get('Topic');
  const position = field?.position ?? topic?.position ?? { line: 1, column: 1 };
  complain(
    position,
    `${label} must be a number above 0, not ${JSON.stringify(field?.value ?? '')}`,
  );
  return null;
}

/** `a=1,b=x,y,c=2`: a piece without `=` belongs to the value before it. */
function readConfigs(field: Field | undefined): DescribedConfig[] {
  const configs: { key: string; value: string; position: Position }[] = [];
  let offset = 0;
  for (const piece of field === undefined || field.value === '' ? [] : field.value.split(',')) {
    const equals = piece.indexOf('=');
    const last = configs.at(-1);
    const column = (field?.position.column ?? 1) + offset;
    offset += piece.length + 1;
    if (equals > 0) {
      configs.push({
        key: piece.slice(0, equals).trim(),
        value: piece.slice(equals + 1),
        position: { line: field?.position.line ?? 1, column },
      });
    } else if (last !== undefined) {
      last.value += `,${piece}`;
    }
  }
  return configs;
}

function readPartition(fields: Fields, topics: Map<string, OpenTopic>, complain: Complain): void {
  const name = fields.get('Topic');
  const partition = fields.get('Partition');
  if (name === undefined || partition === undefined) return;
  const topic = topics.get(name.value);
  if (topic === undefined) {
    complain(name.position, `a partition of ${name.value} before the line of the topic itself`);
    return;
  }
  const number = Number(partition.value);
  if (!/^\d{1,9}$/.test(partition.value) || number >= topic.partitionCount) {
    const count = String(topic.partitionCount);
    complain(
      partition.position,
      `partition "${partition.value}" of ${topic.name}, which has PartitionCount ${count}`,
    );
    return;
  }
  if (topic.partitions.some((other) => other.partition === number)) {
    complain(partition.position, `partition ${topic.name}-${partition.value} is described twice`);
    return;
  }
  const replicas = readBrokers(fields, 'Replicas', complain);
  if (replicas.length === 0) {
    const position = fields.get('Replicas')?.position ?? partition.position;
    complain(position, `partition ${topic.name}-${partition.value} has no replicas`);
  }
  const ids = (label: Label): number[] => readBrokers(fields, label, complain).map(({ id }) => id);
  topic.partitions.push({
    partition: number,
    position: partition.position,
    leader: readLeader(fields, complain),
    replicas,
    isr: ids('Isr'),
    elr: ids('Elr'),
    lastKnownElr: ids('LastKnownElr'),
    addingReplicas: readNodes(fields.get('Adding Replicas')),
    removingReplicas: readNodes(fields.get('Removing Replicas')),
  });
}

function readLeader(fields: Fields, complain: Complain): number | null {
  const field = fields.get('Leader');
  if (field === undefined || field.value === 'none' || field.value === '-1') return null;
  if (/^\d{1,9}$/.test(field.value)) return Number(field.value);
  complain(
    field.position,
    `Leader must be a broker id or none, not ${JSON.stringify(field.value)}`,
  );
  return null;
}

/** `1,2,3`; `N/A` where the server does not say. */
function readBrokers(fields: Fields, label: Label, complain: Complain): BrokerReference[] {
  const field = fields.get(label);
  if (field === undefined || field.value === '' || field.value === 'N/A') return [];
  const brokers: BrokerReference[] = [];
  let offset = 0;
  for (const piece of field.value.split(',')) {
    const position = { line: field.position.line, column: field.position.column + offset };
    offset += piece.length + 1;
    const id = piece.trim();
    if (!/^\d{1,9}$/.test(id)) {
      complain(position, `${label} must be broker ids, not ${JSON.stringify(piece)}`);
    } else if (brokers.some((broker) => broker.id === Number(id))) {
      complain(position, `broker ${id} appears twice in ${label}`);
    } else {
      brokers.push({ id: Number(id), position });
    }
  }
  return brokers;
}

/** Reassignments print whole nodes: `host:9092 (id: 4 rack: a)`; older versions plain ids. */
function readNodes(field: Field | undefined): number[] {
  if (field === undefined) return [];
  const ids = [...field.value.matchAll(/\(id: (\d+)/g)].map((match) => Number(match[1]));
  if (ids.length > 0) return ids;
  return /^\d+(,\d+)*$/.test(field.value) ? field.value.split(',').map(Number) : [];
}

function closeTopic(topic: OpenTopic, complain: Complain): DescribedTopic {
  const { partitionCount, ...rest } = topic;
  const partitions = topic.partitions.sort((a, b) => a.partition - b.partition);
  if (partitions.length < partitionCount) {
    const present = new Set(partitions.map(({ partition }) => partition));
    const missing = Array.from({ length: partitionCount }, (_, index) => index).find(
      (partition) => !present.has(partition),
    );
    complain(
      topic.position,
      `topic ${topic.name} has PartitionCount ${String(partitionCount)}, but partition ${String(missing)} is not described`,
    );
  }
  return { ...rest, partitions };
}
