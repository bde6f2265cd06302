/**
 * Defaults that were other ones in older versions of Kafka, of modelled keys. The registry holds 4.1's
 * (`broker-zookeeper-keys.ts` those of 3.9); this is the one place for the others.
 *
 * Each line holds until the first modelled version that has the next value; the comment names the release that changed
 * it where that is not a modelled one. Read at the tags 0.10.2.1, 0.11.0.2, 1.1.0, 2.0.0, 2.3.1, 2.6.1, 2.8.1, 3.3.1,
 * 3.5.1, 3.6.0, 3.9.1, 4.0.0 and 4.1.1: KafkaConfig (from 3.9 ServerConfigs, ServerLogConfigs, ReplicationConfigs,
 * KRaftConfigs, QuorumConfig, ZkConfigs), LogConfig, ProducerConfig, ConsumerConfig and CommonClientConfigs.
 */
import { isBefore, KAFKA_VERSIONS, type KafkaVersion } from '../versions.js';
import { INT_MAX, type ConfigSet, type ConfigValue, type ConfigValues } from './config-key.js';

/** Some seventy years, in milliseconds: past the end of every run, and no more than a timer takes. */
const NEVER_MS = 2_251_799_813_685;

const WEEK_MS = 604_800_000;

/** A default that held before a version. */
interface OlderDefault {
  readonly set: ConfigSet;
  readonly key: string;
  readonly before: KafkaVersion;
  readonly value: Exclude<ConfigValue, null>;
}

/** Of a key with several lines the oldest comes first. */
const OLDER_DEFAULTS: readonly OlderDefault[] = [
  // KIP-106.
  { set: 'broker', key: 'unclean.leader.election.enable', before: '0.11', value: true },
  { set: 'topic', key: 'unclean.leader.election.enable', before: '0.11', value: true },
  // KIP-537, in 2.5.
  { set: 'broker', key: 'replica.lag.time.max.ms', before: '2.6', value: 10_000 },
  { set: 'broker', key: 'zookeeper.session.timeout.ms', before: '2.6', value: 6000 },
  // KAFKA-4203, in 2.5: a million and the 12 bytes that an entry of the oldest format begins with.
  { set: 'broker', key: 'message.max.bytes', before: '2.6', value: 1_000_012 },
  { set: 'topic', key: 'max.message.bytes', before: '2.6', value: 1_000_012 },
  // Before there was a bound (KIP-541, in 2.5), a broker answered with as much as it was asked for.
  { set: 'broker', key: 'fetch.max.bytes', before: '2.6', value: INT_MAX },
  // Producer ids were forgotten after transactional.id.expiration.ms (KIP-854, in 3.4).
  { set: 'broker', key: 'producer.id.expiration.ms', before: '3.5', value: WEEK_MS },
  // Snapshots were written by size alone (KIP-876, in 3.4); 0 is never.
  { set: 'broker', key: 'metadata.log.max.snapshot.interval.ms', before: '3.5', value: 0 },
  // The controller looked for unclean elections only when a replica came or went (in 3.8).
  { set: 'broker', key: 'unclean.leader.election.interval.ms', before: '3.9', value: NEVER_MS },

  // KIP-679, in 3.0.
  { set: 'producer', key: 'acks', before: '3.3', value: '1' },
  { set: 'producer', key: 'enable.idempotence', before: '3.3', value: false },
  // KIP-91, in 2.1.
  { set: 'producer', key: 'retries', before: '2.3', value: 0 },
  // KIP-1030.
  { set: 'producer', key: 'linger.ms', before: '4.0', value: 0 },

  // KIP-266: until then it had to outlast a rebalance.
  { set: 'consumer', key: 'request.timeout.ms', before: '2.0', value: 305_000 },
];

function defaultsOf(set: ConfigSet, version: KafkaVersion): ConfigValues {
  const values: Record<string, ConfigValue> = {};
  for (const older of OLDER_DEFAULTS) {
    if (older.set !== set || !isBefore(version, older.before)) continue;
    values[older.key] ??= older.value;
  }
  return values;
}

/** What to put over the registry's defaults for that version. */
export const VERSION_DEFAULTS = Object.fromEntries(
  KAFKA_VERSIONS.map((version) => [
    version,
    {
      broker: defaultsOf('broker', version),
      topic: defaultsOf('topic', version),
      producer: defaultsOf('producer', version),
      consumer: defaultsOf('consumer', version),
    },
  ]),
) as unknown as Readonly<Record<KafkaVersion, Readonly<Record<ConfigSet, ConfigValues>>>>;
