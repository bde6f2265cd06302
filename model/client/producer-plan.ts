/** What never changes about one producer: its definition, in the units and shapes that the sender works with. */
import { BATCH_OVERHEAD_BYTES } from '../records.js';
import type { ClusterDefinition, ProducerDefinition } from '../definition.js';
import type { Switches } from '../switches.js';
import { planClient } from './client-core.js';
import type { MetadataPlan } from './client-metadata.js';
import { microseconds } from './durations.js';
import { keyBytes, partitionForKey } from './murmur2.js';

/** Partitions of this many keys are remembered; the hash of others is computed each time. */
const REMEMBERED_KEYS = 1_000_000;

export interface ProducerPlan extends MetadataPlan {
  readonly producer: ProducerDefinition;
  /** Number of producers, which spaces the values. */
  readonly producerCount: number;
  readonly partitionCount: number;
  /** -1 (all), 0 or 1. */
  readonly acks: number;
  readonly isIdempotent: boolean;
  /** A batch that is sent again gets a new sequence number (mutation `producerRetry=newSequence`). */
  readonly renumbersRetries: boolean;
  /** One request at a time keeps the order of a partition (max.in.flight.requests.per.connection = 1). */
  readonly keepsOrder: boolean;
  readonly lingerUs: number;
  readonly batchSize: number;
  readonly bufferMemory: number;
  readonly maxBlockUs: number;
  readonly maxRequestSize: number;
  /** When batches are given up. */
  readonly batchExpiry: Switches['batchExpiry'];
  readonly deliveryTimeoutUs: number;
  readonly availabilityTimeoutUs: number;
  /** A batch whose partition has got a new leader does not back off (switch `newLeaderBackoff`). */
  readonly followsNewLeaders: boolean;
  /** Without keys, or told to ignore them: the partitioner chooses. */
  readonly isKeyless: boolean;
  /** What chooses partitions of records without a key. */
  readonly partitioner: Switches['partitioner'];
  /** Bytes of a record without its key. */
  readonly bareRecordBytes: number;
  /** Partition by key, or -1 where it was not computed yet: a memo, not state. */
  readonly slotOfKey: Int32Array;
}

export function planProducer(
  definition: ClusterDefinition,
  producer: ProducerDefinition,
): ProducerPlan {
  const { config, topic, keys } = producer;
  const { switches } = definition;
  const partitions = Array.from(
    { length: topic.partitionCount },
    (_, number) => topic.firstPartition + number,
  );
  const maxInFlight = config.maxInFlightRequestsPerConnection;
  return {
    ...planClient(definition, definition.brokers, partitions, config, maxInFlight, true),
    producer,
    producerCount: definition.producers.length,
    partitionCount: topic.partitionCount,
    acks: config.acks === 'all' ? -1 : Number(config.acks),
    isIdempotent: config.enableIdempotence,
    renumbersRetries: switches.producerRetry === 'newSequence',
    keepsOrder: maxInFlight === 1,
    lingerUs: microseconds(config.lingerMs),
    // BuiltInPartitioner and BufferPool take no batch.size of 0 (KafkaProducer: Math.max(1, batchSize)).
    batchSize: Math.max(1, config.batchSize),
    bufferMemory: config.bufferMemory,
    maxBlockUs: microseconds(config.maxBlockMs),
    maxRequestSize: config.maxRequestSize,
    batchExpiry: switches.batchExpiry,
    deliveryTimeoutUs: microseconds(config.deliveryTimeoutMs),
    availabilityTimeoutUs: microseconds(config.partitionerAvailabilityTimeoutMs),
    followsNewLeaders: switches.newLeaderBackoff === 'skipped',
    isKeyless: keys === null || config.partitionerIgnoreKeys,
    partitioner: switches.partitioner,
    bareRecordBytes: recordBytes(producer.valueBytes),
    slotOfKey: new Int32Array(keys === null ? 0 : Math.min(keys, REMEMBERED_KEYS)).fill(-1),
  };
}

/** The partition number of a key. */
export function slotForKey(plan: ProducerPlan, key: number): number {
  const known = plan.slotOfKey[key];
  if (known !== undefined && known >= 0) return known;
  const slot = partitionForKey(keyBytes(key), plan.partitionCount);
  if (known !== undefined) plan.slotOfKey[key] = slot;
  return slot;
}

/** Bytes of a key; -1 is the null key. */
export function keyLength(key: number): number {
  let length = 4;
  for (let left = key; left >= 0; left = left < 10 ? -1 : Math.floor(left / 10)) length++;
  return key < 0 ? 0 : length;
}

/** The largest size a record can have in a request of its own. */
export function aloneInRequestBytes(recordSizeBytes: number): number {
  return recordSizeBytes + BATCH_OVERHEAD_BYTES;
}

/**
 * A record without a key: length, attributes, timestamp delta, offset delta, key length, value length, header count,
 * and the value. Deltas are counted as one and two bytes, as they are in batches of a linger of milliseconds.
 */
function recordBytes(valueBytes: number): number {
  const body = 1 + 1 + 2 + 1 + varintBytes(valueBytes) + valueBytes + 1;
  return varintBytes(body) + body;
}

/** Bytes of a signed variable-length integer (ByteUtils.sizeOfVarint). */
function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = value * 2; left >= 128; left = Math.floor(left / 128)) bytes++;
  return bytes;
}
