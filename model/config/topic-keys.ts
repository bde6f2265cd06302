/**
 * Topic configuration of Kafka 4.1, and where a topic gets the value of a key that it does not set:
 * from the broker, under another name (Kafka's `ServerTopicConfigSynonyms`).
 */
import {
  boolean,
  choice,
  double,
  int,
  list,
  long,
  LONG_MAX,
  type ConfigKeys,
} from './config-key.js';

/** Keys that become fields of `TopicConfig`. */
export const TOPIC_MODELLED_KEYS = {
  'min.insync.replicas': int(1, { min: 1 }),
  'unclean.leader.election.enable': boolean(false),
  'flush.messages': long(LONG_MAX, { min: 1 }),
  'flush.ms': long(LONG_MAX, { min: 0 }),
  'max.message.bytes': int(1_048_588, { min: 0 }),
} satisfies ConfigKeys;

/** Keys that the lab checks and does not model. */
export const TOPIC_KNOWN_KEYS = {
  'segment.bytes': int(1_073_741_824, { min: 1_048_576 }),
  'segment.ms': long(604_800_000, { min: 1 }),
  'segment.jitter.ms': long(0, { min: 0 }),
  'segment.index.bytes': int(10_485_760, { min: 4 }),
  'retention.bytes': long(-1),
  'retention.ms': long(604_800_000, { min: -1 }),
  'index.interval.bytes': int(4096, { min: 0 }),
  'delete.retention.ms': long(86_400_000, { min: 0 }),
  'min.compaction.lag.ms': long(0, { min: 0 }),
  'max.compaction.lag.ms': long(LONG_MAX, { min: 1 }),
  'file.delete.delay.ms': long(60_000, { min: 0 }),
  'min.cleanable.dirty.ratio': double(0.5, { min: 0, max: 1 }),
  'cleanup.policy': list(['delete'], ['compact', 'delete']),
  'compression.type': choice('producer', [
    'uncompressed',
    'zstd',
    'lz4',
    'snappy',
    'gzip',
    'producer',
  ]),
  'compression.gzip.level': int(-1, { min: 1, max: 9, alsoNumber: -1 }),
  'compression.lz4.level': int(9, { min: 1, max: 17 }),
  'compression.zstd.level': int(3, { min: -131_072, max: 22 }),
  preallocate: boolean(false),
  'message.timestamp.type': choice('CreateTime', ['CreateTime', 'LogAppendTime']),
  'message.timestamp.before.max.ms': long(LONG_MAX, { min: 0 }),
  'message.timestamp.after.max.ms': long(3_600_000, { min: 0 }),
  'leader.replication.throttled.replicas': list([]),
  'follower.replication.throttled.replicas': list([]),
  'remote.storage.enable': boolean(false),
  'local.retention.ms': long(-2, { min: -2 }),
  'local.retention.bytes': long(-2, { min: -2 }),
  'remote.log.copy.disable': boolean(false),
  'remote.log.delete.on.disable': boolean(false),
  'internal.segment.bytes': int(null),
} satisfies ConfigKeys;

/** A broker key that stands in for a topic key, and what to multiply its value with. */
export interface ConfigSynonym {
  readonly brokerKey: string;
  readonly factor: number;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

function same(brokerKey: string): readonly ConfigSynonym[] {
  return [{ brokerKey, factor: 1 }];
}

/** Per topic key, the broker keys that give its default, the first one that is set winning. */
export const TOPIC_SYNONYMS: Readonly<Record<string, readonly ConfigSynonym[]>> = {
  'segment.bytes': same('log.segment.bytes'),
  'segment.ms': [
    { brokerKey: 'log.roll.ms', factor: 1 },
    { brokerKey: 'log.roll.hours', factor: HOUR_MS },
  ],
  'segment.jitter.ms': [
    { brokerKey: 'log.roll.jitter.ms', factor: 1 },
    { brokerKey: 'log.roll.jitter.hours', factor: HOUR_MS },
  ],
  'segment.index.bytes': same('log.index.size.max.bytes'),
  'flush.messages': same('log.flush.interval.messages'),
  'flush.ms': [
    { brokerKey: 'log.flush.interval.ms', factor: 1 },
    { brokerKey: 'log.flush.scheduler.interval.ms', factor: 1 },
  ],
  'retention.bytes': same('log.retention.bytes'),
  'retention.ms': [
    { brokerKey: 'log.retention.ms', factor: 1 },
    { brokerKey: 'log.retention.minutes', factor: MINUTE_MS },
    { brokerKey: 'log.retention.hours', factor: HOUR_MS },
  ],
  'max.message.bytes': same('message.max.bytes'),
  'index.interval.bytes': same('log.index.interval.bytes'),
  'delete.retention.ms': same('log.cleaner.delete.retention.ms'),
  'min.compaction.lag.ms': same('log.cleaner.min.compaction.lag.ms'),
  'max.compaction.lag.ms': same('log.cleaner.max.compaction.lag.ms'),
  'file.delete.delay.ms': same('log.segment.delete.delay.ms'),
  'min.cleanable.dirty.ratio': same('log.cleaner.min.cleanable.ratio'),
  'cleanup.policy': same('log.cleanup.policy'),
  'unclean.leader.election.enable': same('unclean.leader.election.enable'),
  'min.insync.replicas': same('min.insync.replicas'),
  'compression.type': same('compression.type'),
  'compression.gzip.level': same('compression.gzip.level'),
  'compression.lz4.level': same('compression.lz4.level'),
  'compression.zstd.level': same('compression.zstd.level'),
  preallocate: same('log.preallocate'),
  'message.timestamp.type': same('log.message.timestamp.type'),
  'message.timestamp.before.max.ms': same('log.message.timestamp.before.max.ms'),
  'message.timestamp.after.max.ms': same('log.message.timestamp.after.max.ms'),
  'local.retention.ms': same('log.local.retention.ms'),
  'local.retention.bytes': same('log.local.retention.bytes'),
};
