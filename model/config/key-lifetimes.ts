/**
 * In which versions of Kafka a modelled key exists, and in which mode it has an effect.
 *
 * A version that does not know a key takes no notice of it but for a line in its log
 * (`AbstractConfig.logUnused`), and so does the lab: the views leave such values out, and scenarios are warned.
 *
 * Versions are the first modelled ones that have the key; where that is not the first release, the comment says which
 * was. Source: the ConfigDefs of the tags named in `version-defaults.ts`.
 */
import { isBefore, type KafkaVersion, type MetadataMode } from '../versions.js';
import { BROKER_ZOOKEEPER_KEYS, BROKER_ZOOKEEPER_KNOWN_KEYS } from './broker-zookeeper-keys.js';
import type { ConfigSet, ConfigValues } from './config-key.js';

/** Which Kafka a configuration is for. */
export interface ConfigScope {
  readonly kafka: KafkaVersion;
  readonly metadata: MetadataMode;
}

/** Keys of KRaft's quorum and of brokers that register with it. */
const KRAFT_KEYS: Readonly<Record<string, KafkaVersion>> = {
  'broker.heartbeat.interval.ms': '2.8',
  'broker.session.timeout.ms': '2.8',
  'initial.broker.registration.timeout.ms': '2.8',
  'controller.quorum.election.timeout.ms': '2.8', // 2.7, with the raft module
  'controller.quorum.fetch.timeout.ms': '2.8',
  'controller.quorum.election.backoff.max.ms': '2.8',
  'controller.quorum.request.timeout.ms': '2.8',
  'controller.quorum.retry.backoff.ms': '2.8',
  'controller.quorum.append.linger.ms': '2.8',
  'metadata.max.idle.interval.ms': '3.3',
  'metadata.log.max.snapshot.interval.ms': '3.5', // 3.4, KIP-876
  'unclean.leader.election.interval.ms': '3.9', // 3.8
};

/** Keys that both clients have. */
const CLIENT_KEYS: Readonly<Record<string, KafkaVersion>> = {
  'reconnect.backoff.max.ms': '0.11', // KIP-144
  'retry.backoff.max.ms': '3.9', // 3.7, KIP-580
};

const SINCE: Readonly<Record<ConfigSet, Readonly<Record<string, KafkaVersion>>>> = {
  broker: {
    ...KRAFT_KEYS,
    'fetch.max.bytes': '2.6', // 2.5, KIP-541
    'producer.id.expiration.ms': '3.5', // 3.4, KIP-854
  },
  topic: {},
  producer: {
    ...CLIENT_KEYS,
    'enable.idempotence': '0.11', // KIP-98
    'delivery.timeout.ms': '2.3', // 2.1, KIP-91
    'partitioner.adaptive.partitioning.enable': '3.3', // KIP-794
    'partitioner.availability.timeout.ms': '3.3',
    'partitioner.ignore.keys': '3.3',
  },
  consumer: {
    ...CLIENT_KEYS,
    'isolation.level': '0.11', // KIP-98
  },
};

/** The first version without ZooKeeper, and without its keys. */
const WITHOUT_ZOOKEEPER: KafkaVersion = '4.0';

/** True where the version still has the keys of `broker-zookeeper-keys.ts`. */
export function hasZooKeeperKeys(kafka: KafkaVersion): boolean {
  return isBefore(kafka, WITHOUT_ZOOKEEPER);
}

/** Whether a version has a key of a set; true for names that are no modelled keys. */
export function hasConfigKey(set: ConfigSet, name: string, kafka: KafkaVersion): boolean {
  if (set === 'broker' && isZooKeeperKey(name)) return hasZooKeeperKeys(kafka);
  const since = SINCE[set][name];
  return since === undefined || !isBefore(kafka, since);
}

/** Why a valid key has no effect, as a sentence; null where it has one. */
export function keyWithoutEffect(set: ConfigSet, name: string, scope: ConfigScope): string | null {
  const { kafka, metadata } = scope;
  if (!hasConfigKey(set, name, kafka)) return `Kafka ${kafka} has no ${name}; it has no effect`;
  if (set !== 'broker') return null;
  const isOthers = metadata === 'kraft' ? isZooKeeperKey(name) : Object.hasOwn(KRAFT_KEYS, name);
  return isOthers ? `${name} has no effect with metadata: ${metadata}` : null;
}

/** The values of keys that the version has. */
export function valuesOfVersion(
  set: ConfigSet,
  values: ConfigValues,
  kafka: KafkaVersion,
): ConfigValues {
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => hasConfigKey(set, name, kafka)),
  );
}

function isZooKeeperKey(name: string): boolean {
  return (
    Object.hasOwn(BROKER_ZOOKEEPER_KEYS, name) || Object.hasOwn(BROKER_ZOOKEEPER_KNOWN_KEYS, name)
  );
}
