/** From which versions on a switch has had which rule. */
import type { SwitchDefinition } from './switch-definition.js';
import { ruleOf } from './switches.js';
import {
  KAFKA_VERSIONS,
  versionProfile,
  type KafkaVersion,
  type MetadataMode,
} from './versions.js';

/** A rule, and the first version modelled that has it. */
export interface RuleSince {
  readonly since: KafkaVersion;
  readonly value: string;
}

const MODES = ['zookeeper', 'kraft'] as const;

/** The rules that a switch has had in a mode, oldest first; empty where no version modelled has the mode. */
export function rulesSince(definition: SwitchDefinition, metadata: MetadataMode): RuleSince[] {
  const rules: RuleSince[] = [];
  for (const version of KAFKA_VERSIONS) {
    if (versionProfile(version, metadata) === null) continue;
    const value = ruleOf(definition, version, metadata);
    if (rules.at(-1)?.value !== value) rules.push({ since: version, value });
  }
  return rules;
}

/**
 * The history of a switch in one line: `roundRobin until 2.3, sticky480 from 2.6, uniformSticky from 3.3`. Modes that
 * differ where both exist are told one by one.
 */
export function ruleHistory(definition: SwitchDefinition): string {
  if (!dependsOnMode(definition)) return told(rulesOfAll(definition));
  return MODES.map((mode) => {
    const rules = rulesSince(definition, mode);
    return `${mode}: ${rules.length > 1 ? told(rules) : `always ${rules[0]?.value ?? ''}`}`;
  }).join('; ');
}

/** True where a version has one rule on ZooKeeper and another one in KRaft mode. */
export function dependsOnMode(definition: SwitchDefinition): boolean {
  return KAFKA_VERSIONS.some(
    (version) =>
      MODES.every((mode) => versionProfile(version, mode) !== null) &&
      ruleOf(definition, version, 'zookeeper') !== ruleOf(definition, version, 'kraft'),
  );
}

function rulesOfAll(definition: SwitchDefinition): RuleSince[] {
  const rules: RuleSince[] = [];
  for (const version of KAFKA_VERSIONS) {
    const mode = versionProfile(version, 'kraft') === null ? 'zookeeper' : 'kraft';
    const value = ruleOf(definition, version, mode);
    if (rules.at(-1)?.value !== value) rules.push({ since: version, value });
  }
  return rules;
}

function told(rules: readonly RuleSince[]): string {
  const [first, ...later] = rules;
  const firstUntil = later[0] === undefined ? null : before(later[0].since);
  if (first === undefined || firstUntil === null) return `always ${first?.value ?? ''}`;
  const since = later.map((rule) => `${rule.value} from ${rule.since}`);
  return [`${first.value} until ${firstUntil}`, ...since].join(', ');
}

function before(version: KafkaVersion): KafkaVersion | null {
  return KAFKA_VERSIONS[KAFKA_VERSIONS.indexOf(version) - 1] ?? null;
}
