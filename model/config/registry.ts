/**
 * The registry of Kafka 4.1's configuration keys: every key that a broker, a topic, a producer or
 * a consumer knows, and whether the lab models it.
 *
 * Source: the `ConfigDef`s of Kafka 4.1.1 (`KafkaConfig`, `LogConfig`, `ProducerConfig`,
 * `ConsumerConfig`), internal keys included.
 */
import { BROKER_GROUPS_KEYS } from './broker-groups-keys.js';
import { BROKER_LOG_KEYS } from './broker-log-keys.js';
import { BROKER_METADATA_KEYS } from './broker-metadata-keys.js';
import { BROKER_MODELLED_KEYS, BROKER_STRUCTURE_KEYS } from './broker-modelled-keys.js';
import { BROKER_NETWORK_KEYS } from './broker-network-keys.js';
import { BROKER_OPERATIONS_KEYS } from './broker-operations-keys.js';
import { BROKER_SECURITY_KEYS } from './broker-security-keys.js';
import { BROKER_SHARE_GROUPS_KEYS } from './broker-share-groups-keys.js';
import { BROKER_TIERED_STORAGE_KEYS } from './broker-tiered-storage-keys.js';
import { BROKER_TRANSACTIONS_KEYS } from './broker-transactions-keys.js';
import {
  BROKER_ZOOKEEPER_KEYS,
  BROKER_ZOOKEEPER_KNOWN_KEYS,
  zookeeperConnectProblem,
} from './broker-zookeeper-keys.js';
import { CLIENT_KNOWN_KEYS, CLIENT_MODELLED_KEYS } from './client-common-keys.js';
import { CLIENT_SECURITY_KEYS } from './client-security-keys.js';
import type { ConfigKey, ConfigKeys, ConfigSet, ConfigValue } from './config-key.js';
import { readConfigValue } from './config-value.js';
import { CONSUMER_KNOWN_KEYS, CONSUMER_MODELLED_KEYS } from './consumer-keys.js';
import { interBrokerProtocolProblem } from './inter-broker-protocol.js';
import { hasZooKeeperKeys, type ConfigScope } from './key-lifetimes.js';
import { didYouMean, nearestName } from './nearest-name.js';
import { PRODUCER_KNOWN_KEYS, PRODUCER_MODELLED_KEYS } from './producer-keys.js';
import { TOPIC_KNOWN_KEYS, TOPIC_MODELLED_KEYS } from './topic-keys.js';
import { NEWEST_VERSION } from '../versions.js';

export type { ConfigSet } from './config-key.js';

/** A key with its name. */
export interface ConfigEntry extends ConfigKey {
  readonly name: string;
  /** The lab behaves as this key says. Otherwise it only checks the value. */
  readonly modelled: boolean;
}

const TABLES: Readonly<Record<ConfigSet, { modelled: ConfigKeys[]; known: ConfigKeys[] }>> = {
  broker: {
    modelled: [BROKER_MODELLED_KEYS, BROKER_STRUCTURE_KEYS],
    known: [
      BROKER_LOG_KEYS,
      BROKER_METADATA_KEYS,
      BROKER_NETWORK_KEYS,
      BROKER_GROUPS_KEYS,
      BROKER_SHARE_GROUPS_KEYS,
      BROKER_TRANSACTIONS_KEYS,
      BROKER_TIERED_STORAGE_KEYS,
      BROKER_SECURITY_KEYS,
      BROKER_OPERATIONS_KEYS,
    ],
  },
  topic: { modelled: [TOPIC_MODELLED_KEYS], known: [TOPIC_KNOWN_KEYS] },
  producer: {
    modelled: [PRODUCER_MODELLED_KEYS, CLIENT_MODELLED_KEYS],
    known: [PRODUCER_KNOWN_KEYS, CLIENT_KNOWN_KEYS, CLIENT_SECURITY_KEYS],
  },
  consumer: {
    modelled: [CONSUMER_MODELLED_KEYS, CLIENT_MODELLED_KEYS],
    known: [CONSUMER_KNOWN_KEYS, CLIENT_KNOWN_KEYS, CLIENT_SECURITY_KEYS],
  },
};

const REGISTRY: Readonly<Record<ConfigSet, ReadonlyMap<string, ConfigEntry>>> = {
  broker: index(TABLES.broker),
  topic: index(TABLES.topic),
  producer: index(TABLES.producer),
  consumer: index(TABLES.consumer),
};

/** Broker keys of versions before 4.0, which 4.1 does not know. */
const OLDER_BROKER_KEYS = index({
  modelled: [BROKER_ZOOKEEPER_KEYS],
  known: [BROKER_ZOOKEEPER_KNOWN_KEYS],
});

const NEWEST_SCOPE: ConfigScope = { kafka: NEWEST_VERSION, metadata: 'kraft' };

function index(tables: {
  readonly modelled: readonly ConfigKeys[];
  readonly known: readonly ConfigKeys[];
}): ReadonlyMap<string, ConfigEntry> {
  const entries: ConfigEntry[] = [];
  for (const [modelled, group] of [
    [true, tables.modelled],
    [false, tables.known],
  ] as const) {
    for (const table of group) {
      for (const [name, key] of Object.entries(table)) entries.push({ ...key, name, modelled });
    }
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(entries.map((entry) => [entry.name, entry]));
}

/** All keys of a set in 4.1, by name. */
export function configEntries(set: ConfigSet): readonly ConfigEntry[] {
  return [...REGISTRY[set].values()];
}

/** The keys of a set that versions before 4.0 have besides, by name. */
export function olderConfigEntries(set: ConfigSet): readonly ConfigEntry[] {
  return set === 'broker' ? [...OLDER_BROKER_KEYS.values()] : [];
}

/** 4.1's key of that exact name, or null. */
export function findConfigEntry(set: ConfigSet, name: string): ConfigEntry | null {
  return REGISTRY[set].get(name) ?? null;
}

/** The key nearest to a misspelt name within `limit` edits, or null. */
export function nearestConfigName(set: ConfigSet, name: string, limit: number): string | null {
  return nearestName(name, [...REGISTRY[set].keys()], limit);
}

/** The verdict on one line of configuration. Messages are sentences that name key and value. */
export type ConfigCheck =
  | {
      readonly kind: 'valid';
      readonly entry: ConfigEntry;
      readonly value: Exclude<ConfigValue, null>;
    }
  | { readonly kind: 'invalid'; readonly entry: ConfigEntry; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string };

/**
 * Checks one key and value on their own, for a version of Kafka. What depends on other keys is in `config-rules.ts`;
 * whether the key has an effect there in `key-lifetimes.ts`.
 */
export function checkConfigEntry(
  set: ConfigSet,
  name: string,
  raw: unknown,
  scope: ConfigScope = NEWEST_SCOPE,
): ConfigCheck {
  const entry = findConfigEntry(set, name) ?? olderEntry(set, name, scope);
  if (entry === null) {
    return { kind: 'unknown', message: `unknown ${set} config "${name}"${hint(set, name, scope)}` };
  }
  const read = readConfigValue(entry, raw);
  if (!read.ok) return { kind: 'invalid', entry, message: `${name} ${read.reason}` };
  const problem = olderProblem(name, read.value, scope);
  if (problem !== null) return { kind: 'invalid', entry, message: `${name} ${problem}` };
  return { kind: 'valid', entry, value: read.value };
}

function olderEntry(set: ConfigSet, name: string, { kafka }: ConfigScope): ConfigEntry | null {
  if (set !== 'broker' || !hasZooKeeperKeys(kafka)) return null;
  return OLDER_BROKER_KEYS.get(name) ?? null;
}

/** What types do not tell of the values of older keys. */
function olderProblem(name: string, value: ConfigValue, { kafka }: ConfigScope): string | null {
  if (name === 'zookeeper.connect') return zookeeperConnectProblem(String(value));
  if (name === 'inter.broker.protocol.version') {
    return interBrokerProtocolProblem(String(value), kafka);
  }
  return null;
}

/** The nearest key of the set, else the set that does know the key. */
function hint(set: ConfigSet, name: string, { kafka }: ConfigScope): string {
  const older = hasZooKeeperKeys(kafka) ? olderConfigEntries(set) : [];
  const nearest = didYouMean(name, [...REGISTRY[set].keys(), ...older.map((entry) => entry.name)]);
  if (nearest !== '') return nearest;
  const others = (['broker', 'topic', 'producer', 'consumer'] as const).filter(
    (other) => other !== set && REGISTRY[other].has(name),
  );
  return others.length === 0 ? '' : ` (it is a ${others.join(' and ')} config)`;
}
