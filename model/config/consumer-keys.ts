/** Consumer configuration of Kafka 4.1. Keys shared with producers are in `client-common-keys.ts`. */
import { boolean, choice, filledString, int, list, string, type ConfigKeys } from './config-key.js';

/** Keys that become fields of `ConsumerConfig`, besides the common ones. */
export const CONSUMER_MODELLED_KEYS = {
  // Kafka 4 also takes `by_duration:PnDTnHnMn.nS`, which the lab does not.
  'auto.offset.reset': choice('latest', ['latest', 'earliest', 'none'], { ignoreCase: true }),
  'isolation.level': choice('read_uncommitted', ['read_uncommitted', 'read_committed']),
  'fetch.min.bytes': int(1, { min: 0 }),
  'fetch.max.wait.ms': int(500, { min: 0 }),
  'fetch.max.bytes': int(52_428_800, { min: 0 }),
  'max.partition.fetch.bytes': int(1_048_576, { min: 0 }),
  'max.poll.records': int(500, { min: 1 }),
} satisfies ConfigKeys;

/** Keys that the lab checks and does not model: most are about groups. */
export const CONSUMER_KNOWN_KEYS = {
  'enable.auto.commit': boolean(true),
  'auto.commit.interval.ms': int(5000, { min: 0 }),
  'group.id': string(null),
  'group.instance.id': filledString(null),
  'group.protocol': choice('classic', ['classic', 'consumer'], { ignoreCase: true }),
  'group.remote.assignor': string(null),
  'session.timeout.ms': int(45_000),
  'heartbeat.interval.ms': int(3000),
  'max.poll.interval.ms': int(300_000, { min: 1 }),
  'partition.assignment.strategy': list([
    'org.apache.kafka.clients.consumer.RangeAssignor',
    'org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
  ]),
  'client.rack': string(''),
  'receive.buffer.bytes': int(65_536, { min: -1 }),
  'check.crcs': boolean(true),
  'key.deserializer': string(null),
  'value.deserializer': string(null),
  'default.api.timeout.ms': int(60_000, { min: 0 }),
  'exclude.internal.topics': boolean(true),
  'internal.leave.group.on.close': boolean(true),
  'internal.throw.on.fetch.stable.offset.unsupported': boolean(false),
  'allow.auto.create.topics': boolean(true),
  'share.acknowledgement.mode': choice('implicit', ['implicit', 'explicit']),
} satisfies ConfigKeys;
