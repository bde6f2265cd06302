/**
 * Defaults that differ from the registry's in other versions of Kafka. The registry holds 4.1's,
 * so 4.1 has nothing here. This is the one place for the others.
 */
import type { ConfigValues } from './config-key.js';
import type { ConfigSet } from './registry.js';

/** Versions of Kafka that the lab models. */
export const KAFKA_VERSIONS = ['4.1'] as const;

/** A version as scenarios write it under `kafka`. */
export type KafkaVersion = (typeof KAFKA_VERSIONS)[number];

/** What to put over the registry's defaults for that version. */
export const VERSION_DEFAULTS: Readonly<Record<KafkaVersion, Record<ConfigSet, ConfigValues>>> = {
  '4.1': { broker: {}, topic: {}, producer: {}, consumer: {} },
};
