/**
 * Defaults that differ from the registry's in other versions of Kafka. The registry holds 4.1's,
 * so 4.1 has nothing here. This is the one place for the others.
 */
import type { ConfigValues } from './config-key.js';
import type { ConfigSet } from './registry.js';
import { KAFKA_VERSIONS, type KafkaVersion } from '../versions.js';

/** What to put over the registry's defaults for that version. */
export const VERSION_DEFAULTS: Readonly<
  Record<KafkaVersion, Readonly<Record<ConfigSet, ConfigValues>>>
> = Object.fromEntries(
  KAFKA_VERSIONS.map((version) => [version, { broker: {}, topic: {}, producer: {}, consumer: {} }]),
) as unknown as Readonly<Record<KafkaVersion, Readonly<Record<ConfigSet, ConfigValues>>>>;
