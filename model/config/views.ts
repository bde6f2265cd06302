/**
 * Typed views: the modelled keys of a configuration as fields, every default filled in.
 *
 * A field is the camel-cased key (`replica.lag.time.max.ms` is `replicaLagTimeMaxMs`) and holds
 * the value in the key's own unit. Defaults are those of a version of Kafka, and values of keys that the version does not
 * have are left out.
 */
import { BROKER_MODELLED_KEYS } from './broker-modelled-keys.js';
import { BROKER_ZOOKEEPER_KEYS } from './broker-zookeeper-keys.js';
import { camelCase, type CamelCase } from './camel-case.js';
import { CLIENT_MODELLED_KEYS } from './client-common-keys.js';
import type { ConfigKey, ConfigKeys, ConfigValue, ConfigValues } from './config-key.js';
import { readConfigValue } from './config-value.js';
import { CONSUMER_MODELLED_KEYS } from './consumer-keys.js';
import { valuesOfVersion } from './key-lifetimes.js';
import { idempotenceOf } from './producer-idempotence.js';
import { PRODUCER_MODELLED_KEYS } from './producer-keys.js';
import { findConfigEntry } from './registry.js';
import { TOPIC_MODELLED_KEYS, TOPIC_SYNONYMS } from './topic-keys.js';
import { VERSION_DEFAULTS } from './version-defaults.js';
import { NEWEST_VERSION, type KafkaVersion } from '../versions.js';

type ConfigView<Keys extends ConfigKeys> = {
  readonly [Key in keyof Keys & string as CamelCase<Key>]: Keys[Key] extends ConfigKey<infer Value>
    ? Value
    : never;
};

/** The modelled keys of `server.properties`, of brokers and controllers alike, in both modes. */
export type BrokerConfig = ConfigView<typeof BROKER_MODELLED_KEYS & typeof BROKER_ZOOKEEPER_KEYS>;

/** The modelled keys of a topic. */
export type TopicConfig = ConfigView<typeof TOPIC_MODELLED_KEYS>;

/** The modelled keys of a producer. */
export type ProducerConfig = ConfigView<
  typeof PRODUCER_MODELLED_KEYS & typeof CLIENT_MODELLED_KEYS
>;

/** The modelled keys of a consumer. */
export type ConsumerConfig = ConfigView<
  typeof CONSUMER_MODELLED_KEYS & typeof CLIENT_MODELLED_KEYS
>;

/** A configuration that Kafka would refuse. Scenarios are checked before; this is for direct use. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * The view of a broker's or controller's own configuration.
 *
 * @throws ConfigError where a value is not valid for its key.
 */
export function brokerConfig(
  values: ConfigValues,
  kafka: KafkaVersion = NEWEST_VERSION,
): BrokerConfig {
  const defaults = VERSION_DEFAULTS[kafka].broker;
  const own = valuesOfVersion('broker', values, kafka);
  return view(
    { ...BROKER_MODELLED_KEYS, ...BROKER_ZOOKEEPER_KEYS },
    (name) => own[name] ?? defaults[name],
  );
}

/**
 * The view of a topic: the topic's own value, else the broker's under its synonym
 * (`log.flush.interval.ms` for `flush.ms`), else the default.
 *
 * @param brokerValues the configuration of the node that asks: brokers may differ.
 * @throws ConfigError where a value is not valid for its key.
 */
export function topicConfig(
  brokerValues: ConfigValues,
  values: ConfigValues,
  kafka: KafkaVersion = NEWEST_VERSION,
): TopicConfig {
  const defaults = VERSION_DEFAULTS[kafka].topic;
  return view(
    TOPIC_MODELLED_KEYS,
    (name) => values[name] ?? topicDefault(name, brokerValues) ?? defaults[name],
  );
}

/**
 * What a topic that does not set `name` gets from the broker: the first synonym that is set, in
 * the topic key's unit; null where the broker sets none of them.
 */
export function topicDefault(name: string, brokerValues: ConfigValues): ConfigValue {
  for (const { brokerKey, factor } of TOPIC_SYNONYMS[name] ?? []) {
    const raw = brokerValues[brokerKey];
    const entry = findConfigEntry('broker', brokerKey);
    if (raw === undefined || raw === null || entry === null) continue;
    const value = readOrThrow(brokerKey, entry, raw);
    // Hours and minutes may say "no limit" as -1, which no factor changes (KafkaConfig).
    return typeof value === 'number' && value >= 0 ? value * factor : value;
  }
  return null;
}

/**
 * The view of a producer. A default delivery timeout is stretched to `linger.ms` + `request.timeout.ms`; what idempotence
 * does to other settings, and they to it, is in `producer-idempotence.ts`.
 *
 * @throws ConfigError where a value is not valid for its key.
 */
export function producerConfig(
  values: ConfigValues,
  kafka: KafkaVersion = NEWEST_VERSION,
): ProducerConfig {
  const defaults = VERSION_DEFAULTS[kafka].producer;
  const own = valuesOfVersion('producer', values, kafka);
  const plain: ProducerConfig = view(
    { ...PRODUCER_MODELLED_KEYS, ...CLIENT_MODELLED_KEYS },
    (name) => own[name] ?? defaults[name],
  );
  const leastTimeoutMs = plain.lingerMs + plain.requestTimeoutMs;
  const stretched = own['delivery.timeout.ms'] === undefined;
  return {
    ...plain,
    ...idempotenceOf(plain, own, kafka),
    deliveryTimeoutMs: stretched
      ? Math.max(plain.deliveryTimeoutMs, leastTimeoutMs)
      : plain.deliveryTimeoutMs,
  };
}

/**
 * The view of a consumer.
 *
 * @throws ConfigError where a value is not valid for its key.
 */
export function consumerConfig(
  values: ConfigValues,
  kafka: KafkaVersion = NEWEST_VERSION,
): ConsumerConfig {
  const defaults = VERSION_DEFAULTS[kafka].consumer;
  const own = valuesOfVersion('consumer', values, kafka);
  return view(
    { ...CONSUMER_MODELLED_KEYS, ...CLIENT_MODELLED_KEYS },
    (name) => own[name] ?? defaults[name],
  );
}

function view<Keys extends ConfigKeys>(
  keys: Keys,
  valueOf: (name: string) => ConfigValue | undefined,
): ConfigView<Keys> {
  const fields: Record<string, ConfigValue> = {};
  for (const [name, key] of Object.entries(keys)) {
    const raw = valueOf(name) ?? null;
    fields[camelCase(name)] = raw === null ? key.defaultValue : readOrThrow(name, key, raw);
  }
  return fields as ConfigView<Keys>;
}

function readOrThrow(name: string, key: ConfigKey, raw: ConfigValue): ConfigValue {
  const read = readConfigValue(key, raw);
  if (!read.ok) throw new ConfigError(`${name} ${read.reason}`);
  return read.value;
}
