/** Which version of Kafka a scenario is about, and where its metadata is kept. */
import {
  defaultMetadata,
  isKafkaVersion,
  NEWEST_VERSION,
  versionProfile,
  type KafkaVersion,
  type MetadataMode,
} from '../../model/versions.js';
import type { Findings } from './findings.js';
import type { Scenario } from './schema.js';

/** `3.9-zk` is 3.9 on ZooKeeper. */
const ZOOKEEPER_SUFFIX = '-zk';

/** A version in one mode. */
export interface ScenarioVersion {
  readonly kafka: KafkaVersion;
  readonly metadata: MetadataMode;
}

/** The version that a scenario names, or the newest one; it must have passed `checkVersion`. */
export function resolveVersion(scenario: Pick<Scenario, 'kafka' | 'metadata'>): ScenarioVersion {
  const written = scenario.kafka ?? NEWEST_VERSION;
  const onZooKeeper = written.endsWith(ZOOKEEPER_SUFFIX);
  const bare = onZooKeeper ? written.slice(0, -ZOOKEEPER_SUFFIX.length) : written;
  const kafka = isKafkaVersion(bare) ? bare : NEWEST_VERSION;
  const byVersion = onZooKeeper ? 'zookeeper' : defaultMetadata(kafka);
  return { kafka, metadata: scenario.metadata ?? byVersion };
}

/** Tells a version of the language, with or without its mode, from any other text. */
export function isVersionName(text: string): boolean {
  if (isKafkaVersion(text)) return true;
  if (!text.endsWith(ZOOKEEPER_SUFFIX)) return false;
  const bare = text.slice(0, -ZOOKEEPER_SUFFIX.length);
  return isKafkaVersion(bare) && versionProfile(bare, 'zookeeper') !== null;
}

/** Checks that the version has the mode, and that what is said of hosts fits the mode. */
export function checkVersion(scenario: Scenario, findings: Findings): void {
  const { kafka, metadata } = resolveVersion(scenario);
  if (versionProfile(kafka, metadata) === null) {
    const other = metadata === 'kraft' ? 'zookeeper' : 'kraft';
    findings.problem(
      ['metadata'],
      `Kafka ${kafka} has no metadata: ${metadata} that the lab models; it has ${other}`,
    );
  } else if (scenario.kafka?.endsWith(ZOOKEEPER_SUFFIX) === true && metadata === 'kraft') {
    findings.problem(['metadata'], `kafka "${scenario.kafka}" is on ZooKeeper, not kraft`);
  }
  const { controllers, combined, zookeepers } = scenario.cluster;
  if (metadata === 'kraft' && zookeepers !== undefined) {
    findings.warning(['cluster', 'zookeepers'], 'zookeepers has no effect with metadata: kraft');
  }
  if (metadata === 'kraft') return;
  for (const [key, value] of Object.entries({ controllers, combined })) {
    if (value === undefined) continue;
    findings.warning(
      ['cluster', key],
      `${key} has no effect with metadata: zookeeper: the controller is one of the brokers`,
    );
  }
}
