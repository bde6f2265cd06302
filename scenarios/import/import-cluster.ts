/**
 * Makes a scenario of a real cluster: from its nodes' `server.properties` and the output of
 * `kafka-topics.sh --describe`.
 *
 * What the lab models becomes part of the scenario; what it knows and does not model, and what it
 * does not know, is listed. Misspelt keys and impossible values are errors with their place.
 */
import { PROPERTIES_BYTES_MAX, TOPICS_DESCRIPTION_BYTES_MAX } from '../language/limits.js';
import { sizeProblem } from '../language/input-text.js';
import { parseScenario } from '../language/parse.js';
import type { InputProblem } from '../language/problem.js';
import type { Scenario } from '../language/schema.js';
import { mergeNodes, type ImportedCluster } from './merge-nodes.js';
import { readNodeFile, type NodeFile } from './node-file.js';
import type { Setting } from './setting.js';
import { parseTopicsDescription } from './topics-description.js';
import { readTopics, type ImportedTopics } from './imported-topics.js';
import { writeImportedScenario } from './write-yaml.js';

/** A file by name, already decoded. */
export interface InputFile {
  readonly fileName: string;
  readonly text: string;
}

/** The files that describe a cluster: `server.properties`, and `kafka-topics.sh --describe`. */
export interface ImportInput {
  /** One for each broker and controller. */
  readonly properties: readonly InputFile[];
  readonly topics: InputFile;
  /** Name of the scenario; `imported-cluster` unless given. */
  readonly name?: string;
}

/** The scenario with all that it leaves out or assumes, or what is wrong with the files. */
export type ImportedScenario =
  | {
      readonly ok: true;
      readonly scenario: Scenario;
      /** The scenario as a file: with a header that lists what it leaves out. */
      readonly yaml: string;
      /** Settings that are known and not modelled, or that Kafka 4.1 no longer has. */
      readonly notModelled: readonly Setting[];
      /** Settings that Kafka does not know: plugins and the like. */
      readonly unknown: readonly Setting[];
      /** What had to be assumed, in sentences. */
      readonly assumptions: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly InputProblem[] };

/** Imports a cluster, or says everything that keeps it from being imported. */
export function importCluster(input: ImportInput): ImportedScenario {
  const tooLarge = oversized(input);
  if (tooLarge.length > 0) return { ok: false, problems: tooLarge };
  const problems: InputProblem[] = [];
  const nodes: NodeFile[] = [];
  for (const file of input.properties) {
    const read = readNodeFile(file.text, file.fileName);
    if (read.ok) nodes.push(read.node);
    else problems.push(...read.problems);
  }
  const described = parseTopicsDescription(input.topics.text, input.topics.fileName);
  problems.push(...described.problems);
  // What follows compares files with one another: it takes files that are right by themselves.
  if (problems.length > 0) return { ok: false, problems };
  const cluster = mergeNodes(nodes);
  if (cluster.problems.length > 0) return { ok: false, problems: cluster.problems };
  const topics = readTopics(described.topics, cluster.brokerIds, input.topics.fileName);
  if (topics.problems.length > 0) return { ok: false, problems: topics.problems };
  return finish(input.name ?? 'imported-cluster', cluster, topics, nodes);
}

function oversized(input: ImportInput): InputProblem[] {
  const sizes = [
    ...input.properties.map((file) => ({ ...file, limit: PROPERTIES_BYTES_MAX })),
    { ...input.topics, limit: TOPICS_DESCRIPTION_BYTES_MAX },
  ];
  return sizes.flatMap(
    ({ fileName, text, limit }) => sizeProblem(fileName, text.length, limit) ?? [],
  );
}

function finish(
  name: string,
  cluster: ImportedCluster,
  topics: ImportedTopics,
  nodes: readonly NodeFile[],
): ImportedScenario {
  const notModelled = [...nodes.flatMap((node) => node.notModelled), ...topics.notModelled];
  const unknown = [...nodes.flatMap((node) => node.unknown), ...topics.unknown];
  const assumptions = [...cluster.assumptions, ...topics.assumptions];
  const yaml = writeImportedScenario({ name, cluster, topics, notModelled, unknown, assumptions });
  const parsed = parseScenario(yaml, `${name}.yaml`);
  if (!parsed.ok) return parsed;
  return { ok: true, scenario: parsed.scenario, yaml, notModelled, unknown, assumptions };
}
