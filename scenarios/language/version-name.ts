/** How versions of Kafka are written under `kafka`, and which one a scenario is about. */
import {
  defaultMetadata,
  isKafkaVersion,
  NEWEST_VERSION,
  VERSION_PROFILES,
  versionProfile,
  type KafkaVersion,
  type MetadataMode,
} from '../../model/versions.js';

/** `3.9-zk` is 3.9 on ZooKeeper. */
export const ZOOKEEPER_SUFFIX = '-zk';

/** What a scenario says of it. */
interface WrittenVersion {
  readonly kafka?: string | undefined;
  readonly metadata?: MetadataMode | undefined;
}

/** A version in one mode. */
export interface ScenarioVersion {
  readonly kafka: KafkaVersion;
  readonly metadata: MetadataMode;
}

/**
 * The version that a scenario names, or the newest one. What has not passed the checks is taken for the newest one, too,
 * so that they can go on.
 */
export function resolveVersion(scenario: WrittenVersion): ScenarioVersion {
  const written = scenario.kafka ?? NEWEST_VERSION;
  const onZooKeeper = withoutSuffix(written);
  const kafka = onZooKeeper ?? (isKafkaVersion(written) ? written : NEWEST_VERSION);
  const byVersion = onZooKeeper === null ? defaultMetadata(kafka) : 'zookeeper';
  return { kafka, metadata: scenario.metadata ?? byVersion };
}

/** Tells a version of the language, with or without its mode, from any other text. */
export function isVersionName(text: string): boolean {
  if (isKafkaVersion(text)) return true;
  const bare = withoutSuffix(text);
  return bare !== null && versionProfile(bare, 'zookeeper') !== null;
}

/** Why a text that is no version of the language is none, in words of its own; null where it is just unknown. */
export function versionNameProblem(text: string): string | null {
  const bare = withoutSuffix(text);
  if (bare === null || isVersionName(text)) return null;
  return `kafka "${text}": ${onlyMode(bare, 'zookeeper')}`;
}

/** How a version in a mode is written under `kafka`: with the mode only where the version has two. */
export function versionName({ kafka, metadata }: ScenarioVersion): string {
  return metadata === defaultMetadata(kafka) ? kafka : `${kafka}${ZOOKEEPER_SUFFIX}`;
}

/** The keys of a scenario that say which version it is about: `metadata` only where the version has both modes. */
export function writtenVersion(version: ScenarioVersion): {
  readonly kafka: KafkaVersion;
  readonly metadata?: MetadataMode;
} {
  const { kafka, metadata } = version;
  const other = metadata === 'kraft' ? 'zookeeper' : 'kraft';
  return versionProfile(kafka, other) === null ? { kafka } : { kafka, metadata };
}

/** The scenario for another version. */
export function withVersion<S extends WrittenVersion>(scenario: S, version: ScenarioVersion): S {
  const others = Object.entries(scenario).filter(([key]) => key !== 'kafka' && key !== 'metadata');
  return { ...(Object.fromEntries(others) as S), ...writtenVersion(version) };
}

/** The names of all versions in all modes, in order of release. */
export const VERSION_NAMES: readonly string[] = VERSION_PROFILES.map(({ version, metadata }) =>
  versionName({ kafka: version, metadata }),
);

/**
 * The version that a scenario's `kafka` alone stands for: `3.9-zk` is 3.9 on ZooKeeper.
 *
 * @throws Error where the text is no version of the language.
 */
export function readVersionName(text: string): ScenarioVersion {
  if (!isVersionName(text)) throw new Error(`there is no version named ${text}`);
  return resolveVersion({ kafka: text });
}

/** That a version has not both modes, as a sentence. */
export function onlyMode(kafka: KafkaVersion, refused: MetadataMode): string {
  const other = refused === 'kraft' ? 'zookeeper' : 'kraft';
  return `Kafka ${kafka} is modelled with metadata: ${other} only, not ${refused}`;
}

/** The version before `-zk`, or null where the text does not end so. */
function withoutSuffix(text: string): KafkaVersion | null {
  if (!text.endsWith(ZOOKEEPER_SUFFIX)) return null;
  const bare = text.slice(0, -ZOOKEEPER_SUFFIX.length);
  return isKafkaVersion(bare) ? bare : null;
}
