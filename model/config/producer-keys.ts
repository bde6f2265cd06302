/** Producer configuration of Kafka 4.1. Keys shared with consumers are in `client-common-keys.ts`. */
import {
  boolean,
  choice,
  filledString,
  int,
  INT_MAX,
  long,
  string,
  type ConfigKeys,
} from './config-key.js';

/** Keys that become fields of `ProducerConfig`, besides the common ones. */
export const PRODUCER_MODELLED_KEYS = {
  acks: choice('all', ['all', '0', '1'], { ignoreCase: true, aliases: { '-1': 'all' } }),
  'enable.idempotence': boolean(true),
  retries: int(INT_MAX, { min: 0 }),
  'delivery.timeout.ms': int(120_000, { min: 0 }),
  'linger.ms': long(5, { min: 0 }),
  'batch.size': int(16_384, { min: 0 }),
  'max.in.flight.requests.per.connection': int(5, { min: 1 }),
  'max.request.size': int(1_048_576, { min: 0 }),
  'max.block.ms': long(60_000, { min: 0 }),
  'buffer.memory': long(33_554_432, { min: 0 }),
  'partitioner.adaptive.partitioning.enable': boolean(true),
  'partitioner.availability.timeout.ms': long(0, { min: 0 }),
  'partitioner.ignore.keys': boolean(false),
} satisfies ConfigKeys;

/** Keys that the lab checks and does not model. */
export const PRODUCER_KNOWN_KEYS = {
  'compression.type': choice('none', ['none', 'gzip', 'snappy', 'lz4', 'zstd']),
  'compression.gzip.level': int(-1, { min: 1, max: 9, alsoNumber: -1 }),
  'compression.lz4.level': int(9, { min: 1, max: 17 }),
  'compression.zstd.level': int(3, { min: -131_072, max: 22 }),
  'receive.buffer.bytes': int(32_768, { min: -1 }),
  'metadata.max.idle.ms': long(300_000, { min: 5000 }),
  'key.serializer': string(null),
  'value.serializer': string(null),
  'partitioner.class': string(null),
  'transaction.timeout.ms': int(60_000),
  'transactional.id': filledString(null),
  'transaction.two.phase.commit.enable': boolean(false),
} satisfies ConfigKeys;
