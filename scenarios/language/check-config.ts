/** Checks every `config` of a scenario against the registry and Kafka's own rules between keys. */
import { BROKER_STRUCTURE_KEYS } from '../../model/config/broker-modelled-keys.js';
import {
  brokenConfigRules,
  brokenProducerRules,
  type ConfigRuleBreach,
} from '../../model/config/config-rules.js';
import type { ConfigValues } from '../../model/config/config-key.js';
import { keyWithoutEffect, type ConfigScope } from '../../model/config/key-lifetimes.js';
import { checkConfigEntry, type ConfigSet } from '../../model/config/registry.js';
import { normalConfig, type RawConfig } from './normal-config.js';
import { Findings } from './findings.js';
import type { Path } from './problem.js';
import type { Scenario } from './schema.js';
import { writtenUpgrade } from './upgrade.js';
import { readVersionName, resolveVersion } from './version-name.js';

/**
 * Checks the configurations of hosts, topics and clients for the version that the scenario is about, and those of hosts and
 * topics for the versions that it upgrades to.
 */
export function checkConfigs(scenario: Scenario, findings: Findings): void {
  const version = resolveVersion(scenario);
  checkClientConfigs(scenario, new ConfigChecks(version, findings));
  checkServerConfigs(scenario, new ConfigChecks(version, findings));
  const known = new Set(findings.problems.map(({ path }) => path.join('/')));
  for (const fault of scenario.faults ?? []) {
    if (fault.upgrade === undefined) continue;
    const { kafka } = readVersionName(writtenUpgrade(fault).to);
    const upgraded = new Findings();
    checkServerConfigs(scenario, new ConfigChecks({ ...version, kafka }, upgraded));
    for (const { path, message } of upgraded.problems) {
      if (known.has(path.join('/'))) continue;
      known.add(path.join('/'));
      findings.problem(path, `after the upgrade to ${kafka}: ${message}`);
    }
  }
}

function checkServerConfigs(scenario: Scenario, check: ConfigChecks): void {
  const { cluster } = scenario;
  const shared = normalConfig('broker', cluster.config);
  check.one('broker', cluster.config, ['cluster', 'config']);
  for (const role of ['brokers', 'controllers'] as const) {
    const nodes = cluster[role];
    if (!Array.isArray(nodes)) continue;
    nodes.forEach((node, index) => {
      check.one('broker', node.config, ['cluster', role, index, 'config'], shared);
    });
  }
  scenario.topics?.forEach((topic, index) => {
    check.one('topic', topic.config, ['topics', index, 'config']);
  });
}

function checkClientConfigs(scenario: Scenario, check: ConfigChecks): void {
  scenario.producers?.forEach((producer, index) => {
    check.one('producer', producer.config, ['producers', index, 'config']);
  });
  scenario.consumers?.forEach((consumer, index) => {
    check.one('consumer', consumer.config, ['consumers', index, 'config']);
  });
}

class ConfigChecks {
  constructor(
    private readonly scope: ConfigScope,
    private readonly findings: Findings,
  ) {}

  /** `inherited` are values that hold where this config says nothing. */
  one(set: ConfigSet, raw: RawConfig | undefined, path: Path, inherited: ConfigValues = {}): void {
    if (raw === undefined) return;
    for (const [name, value] of Object.entries(raw)) {
      this.entry(set, name, value, [...path, name]);
    }
    const own = normalConfig(set, raw);
    for (const breach of this.breaches(set, { ...inherited, ...own })) {
      const key = breach.keys.find((candidate) => own[candidate] !== undefined);
      if (key !== undefined) this.findings.problem([...path, key], breach.message);
    }
  }

  private entry(set: ConfigSet, name: string, value: unknown, path: Path): void {
    const { findings, scope } = this;
    if (set === 'broker' && Object.hasOwn(BROKER_STRUCTURE_KEYS, name) && name !== 'listeners') {
      findings.problem(
        path,
        `${name} is not set in a config: brokers, controllers and racks of the cluster say it`,
        true,
      );
      return;
    }
    const check = checkConfigEntry(set, name, value, scope);
    if (check.kind === 'unknown') return findings.problem(path, check.message, true);
    if (check.kind === 'invalid') return findings.problem(path, check.message);
    const vain = keyWithoutEffect(set, name, scope);
    if (vain !== null) findings.warning(path, vain);
    else if (!check.entry.modelled) findings.warning(path, `${name} is known and not modelled yet`);
  }

  private breaches(set: ConfigSet, values: ConfigValues): readonly ConfigRuleBreach[] {
    const { kafka } = this.scope;
    switch (set) {
      case 'broker':
      case 'topic':
        return brokenConfigRules(set, values, kafka);
      case 'producer':
        return brokenProducerRules(values, kafka);
      case 'consumer':
        return [];
    }
  }
}
