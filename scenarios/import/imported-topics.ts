/** Holds described topics against the brokers and the registry. */
import type { ConfigValue, ConfigValues } from '../../model/config/config-key.js';
import { brokenConfigRules } from '../../model/config/config-rules.js';
import { checkConfigEntry, nearestConfigName } from '../../model/config/registry.js';
import type { InputProblem, Position } from '../language/problem.js';
import { topicNameProblem } from '../language/topic-name.js';
import { shownValue } from './hidden.js';
import type { Setting } from './setting.js';
import type { DescribedConfig, DescribedTopic } from './topics-description.js';

export interface ImportedTopic {
  readonly name: string;
  /** Broker ids per partition, preferred leader first. */
  readonly replicas: readonly (readonly number[])[];
  /** Modelled keys only. */
  readonly config: ConfigValues;
  /** Kafka's own: no clients are made up for it. */
  readonly isInternal: boolean;
}

export interface ImportedTopics {
  readonly topics: readonly ImportedTopic[];
  readonly notModelled: readonly Setting[];
  readonly unknown: readonly Setting[];
  readonly assumptions: readonly string[];
  readonly problems: readonly InputProblem[];
}

const SLIP_DISTANCE = 2;

interface Lists {
  readonly notModelled: Setting[];
  readonly unknown: Setting[];
  readonly assumptions: string[];
  readonly problems: InputProblem[];
}

/** Checks every topic; the lists are in the order of the output. */
export function readTopics(
  described: readonly DescribedTopic[],
  brokerIds: ReadonlySet<number>,
  fileName: string,
): ImportedTopics {
  const lists: Lists = { notModelled: [], unknown: [], assumptions: [], problems: [] };
  const topics = described.map((topic) => {
    checkTopic(topic, brokerIds, fileName, lists);
    return {
      name: topic.name,
      replicas: topic.partitions.map(({ replicas }) => replicas.map(({ id }) => id)),
      config: readConfigs(topic.configs, fileName, lists),
      isInternal: topic.name.startsWith('__'),
    };
  });
  return { topics, ...lists };
}

function checkTopic(
  topic: DescribedTopic,
  brokerIds: ReadonlySet<number>,
  fileName: string,
  lists: Lists,
): void {
  const complain = (position: Position, message: string): void => {
    lists.problems.push({ file: fileName, position, path: [], message });
  };
  const nameProblem = topicNameProblem(topic.name);
  if (nameProblem !== null) complain(topic.position, nameProblem);
  for (const { partition, replicas, addingReplicas, removingReplicas } of topic.partitions) {
    const name = `${topic.name}-${String(partition)}`;
    for (const { id, position } of replicas) {
      if (brokerIds.has(id)) continue;
      const known = [...brokerIds].sort((a, b) => a - b).join(', ');
      complain(
        position,
        `${name} has a replica on broker ${String(id)}, of which there is no properties file: the brokers are ${known}`,
      );
    }
    if (addingReplicas.length + removingReplicas.length > 0) {
      lists.assumptions.push(
        `A reassignment of ${name} was under way: all its replicas are taken as assigned.`,
      );
    }
  }
}

function readConfigs(
  configs: readonly DescribedConfig[],
  fileName: string,
  lists: Lists,
): ConfigValues {
  const modelled: Record<string, ConfigValue> = {};
  const all: Record<string, ConfigValue> = {};
  for (const { key, value, position } of configs) {
    const complain = (message: string): void => {
      lists.problems.push({ file: fileName, position, path: [], message });
    };
    const setting = {
      key,
      value: shownValue(key, value),
      where: `${fileName}:${String(position.line)}:${String(position.column)}`,
    };
    const check = checkConfigEntry('topic', key, value);
    switch (check.kind) {
      case 'valid':
        all[key] = check.value;
        if (check.entry.modelled) modelled[key] = check.value;
        else lists.notModelled.push(setting);
        break;
      case 'invalid':
        complain(check.message);
        break;
      case 'unknown': {
        const nearest = nearestConfigName('topic', key, SLIP_DISTANCE);
        if (nearest === null) lists.unknown.push(setting);
        else complain(`unknown topic config "${key}" (did you mean "${nearest}"?)`);
      }
    }
  }
  for (const breach of brokenConfigRules('topic', all)) {
    const config = configs.find(({ key }) => breach.keys.includes(key));
    if (config === undefined) continue;
    lists.problems.push({
      file: fileName,
      position: config.position,
      path: [],
      message: breach.message,
    });
  }
  return modelled;
}
