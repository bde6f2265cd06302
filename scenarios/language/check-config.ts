/** Checks every `config` of a scenario against the registry and Kafka's own rules between keys. */
import { BROKER_STRUCTURE_KEYS } from '../../model/config/broker-modelled-keys.js';
import {
  brokenConfigRules,
  brokenProducerRules,
  type ConfigRuleBreach,
} from '../../model/config/config-rules.js';
import type { ConfigValues } from '../../model/config/config-key.js';
import { checkConfigEntry, type ConfigSet } from '../../model/config/registry.js';
import { normalConfig, type RawConfig } from './normal-config.js';
import type { Findings } from './findings.js';
import type { Path } from './problem.js';
import type { Scenario } from './schema.js';

/** Checks the configurations of hosts, topics and clients. */
export function checkConfigs(scenario: Scenario, findings: Findings): void {
  const { cluster } = scenario;
  const shared = normalConfig('broker', cluster.config);
  checkOne('broker', cluster.config, ['cluster', 'config'], {}, findings);
  for (const role of ['brokers', 'controllers'] as const) {
    const nodes = cluster[role];
    if (!Array.isArray(nodes)) continue;
    nodes.forEach((node, index) => {
      checkOne('broker', node.config, ['cluster', role, index, 'config'], shared, findings);
    });
  }
  scenario.topics?.forEach((topic, index) => {
    checkOne('topic', topic.config, ['topics', index, 'config'], {}, findings);
  });
  scenario.producers?.forEach((producer, index) => {
    checkOne('producer', producer.config, ['producers', index, 'config'], {}, findings);
  });
  scenario.consumers?.forEach((consumer, index) => {
    checkOne('consumer', consumer.config, ['consumers', index, 'config'], {}, findings);
  });
}

/** `inherited` are values that hold where this config says nothing. */
function checkOne(
  set: ConfigSet,
  raw: RawConfig | undefined,
  path: Path,
  inherited: ConfigValues,
  findings: Findings,
): void {
  if (raw === undefined) return;
  for (const [name, value] of Object.entries(raw)) {
    checkEntry(set, name, value, [...path, name], findings);
  }
  const own = normalConfig(set, raw);
  for (const breach of breaches(set, { ...inherited, ...own })) {
    const key = breach.keys.find((candidate) => own[candidate] !== undefined);
    if (key !== undefined) findings.problem([...path, key], breach.message);
  }
}

function checkEntry(
  set: ConfigSet,
  name: string,
  value: unknown,
  path: Path,
  findings: Findings,
): void {
  if (set === 'broker' && Object.hasOwn(BROKER_STRUCTURE_KEYS, name) && name !== 'listeners') {
    findings.problem(
      path,
      `${name} is not set in a config: brokers, controllers and racks of the cluster say it`,
      true,
    );
    return;
  }
  const check = checkConfigEntry(set, name, value);
  switch (check.kind) {
    case 'unknown':
      findings.problem(path, check.message, true);
      return;
    case 'invalid':
      findings.problem(path, check.message);
      return;
    case 'valid':
      if (!check.entry.modelled) findings.warning(path, `${name} is known and not modelled yet`);
  }
}

function breaches(set: ConfigSet, values: ConfigValues): readonly ConfigRuleBreach[] {
  switch (set) {
    case 'broker':
    case 'topic':
      return brokenConfigRules(set, values);
    case 'producer':
      return brokenProducerRules(values);
    case 'consumer':
      return [];
  }
}
