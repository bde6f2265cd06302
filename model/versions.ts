/**
 * Versions of Kafka that the lab models, and where each keeps its metadata.
 *
 * A version is a preset: of defaults (`config/version-defaults.ts`) and of switches (`switches.ts`), each of which says
 * until which version a rule was another one.
 */

/** In order of release: a rule that holds until one of them holds for all before. */
export const KAFKA_VERSIONS = [
  '0.10',
  '0.11',
  '1.1',
  '2.0',
  '2.3',
  '2.6',
  '2.8',
  '3.3',
  '3.5',
  '3.6',
  '3.9',
  '4.0',
  '4.1',
] as const;

/** A version as scenarios write it under `kafka`. */
export type KafkaVersion = (typeof KAFKA_VERSIONS)[number];

/** The version whose rules and defaults hold where nothing else is said. */
export const NEWEST_VERSION: KafkaVersion = '4.1';

/** Where the cluster's metadata is kept: in a ZooKeeper ensemble, or by a quorum of controllers (KIP-500). */
export type MetadataMode = 'zookeeper' | 'kraft';

/** A version in one mode, under the name of its era. */
export interface VersionProfile {
  readonly version: KafkaVersion;
  readonly metadata: MetadataMode;
  /** `E0` to `E4` on ZooKeeper, `K1` to `K4` in KRaft mode. */
  readonly era: string;
  /** What is new in the era, in one line. */
  readonly story: string;
}

const ERAS: Readonly<Record<string, string>> = {
  E0: 'followers cut their logs to the high watermark',
  E1: 'followers ask the leader where its epoch ends (KIP-101)',
  E2: 'the leader says which epoch it means, too (KIP-279)',
  E3: 'fetches carry the leader epoch (KIP-320); the ISR is changed in ZooKeeper',
  E4: 'the ISR is changed by the controller (KIP-497); logs are cut on fetch',
  K1: 'a quorum of controllers; fenced brokers may not join an ISR (KIP-841)',
  K2: 'ISR changes name broker epochs (KIP-903)',
  K3: 'the high watermark waits for min.insync.replicas; eligible leader replicas are off',
  K4: 'eligible leader replicas (KIP-966)',
};

const ERAS_OF: readonly (readonly [KafkaVersion, string | null, string | null])[] = [
  ['0.10', 'E0', null],
  ['0.11', 'E1', null],
  ['1.1', 'E1', null],
  ['2.0', 'E2', null],
  ['2.3', 'E3', null],
  ['2.6', 'E3', null],
  ['2.8', 'E4', null],
  ['3.3', 'E4', 'K1'],
  ['3.5', 'E4', 'K2'],
  ['3.6', 'E4', 'K2'],
  ['3.9', 'E4', 'K3'],
  ['4.0', null, 'K3'],
  ['4.1', null, 'K4'],
];

/** Every version in every mode that it has, in order of release. */
export const VERSION_PROFILES: readonly VersionProfile[] = ERAS_OF.flatMap(
  ([version, zookeeper, kraft]) => [
    ...(zookeeper === null
      ? []
      : [{ version, metadata: 'zookeeper' as const, era: zookeeper, story: ERAS[zookeeper]! }]),
    ...(kraft === null
      ? []
      : [{ version, metadata: 'kraft' as const, era: kraft, story: ERAS[kraft]! }]),
  ],
);

/** Tells a version that the lab models from any other text. */
export function isKafkaVersion(text: string): text is KafkaVersion {
  return (KAFKA_VERSIONS as readonly string[]).includes(text);
}

/** The profile of a version in a mode, or null where Kafka had none (or called it an early access). */
export function versionProfile(
  version: KafkaVersion,
  metadata: MetadataMode,
): VersionProfile | null {
  return (
    VERSION_PROFILES.find((one) => one.version === version && one.metadata === metadata) ?? null
  );
}

/** KRaft where the version has it, ZooKeeper before. */
export function defaultMetadata(version: KafkaVersion): MetadataMode {
  return versionProfile(version, 'kraft') === null ? 'zookeeper' : 'kraft';
}

/** True where `version` was released before `other`. */
export function isBefore(version: KafkaVersion, other: KafkaVersion): boolean {
  return KAFKA_VERSIONS.indexOf(version) < KAFKA_VERSIONS.indexOf(other);
}
