/** Rules of clients that were other ones in older versions; a part of `SWITCH_DEFINITIONS`. */
import type { SwitchDefinition } from '../switch-definition.js';

/** Switches of area `client` are about producers and consumers alike. */
export const CLIENT_SWITCH_DEFINITIONS = [
  {
    name: 'partitioner',
    kind: 'rule',
    area: 'producer',
    values: ['uniformSticky', 'sticky480', 'roundRobin'],
    description:
      'records without a key fill a partition with batch.size bytes and draw the next one by its load, or go to another one with every batch (B28), or to each in turn',
    source: 'BuiltInPartitioner (KIP-794, 3.3); StickyPartitionCache (KIP-480, 2.4)',
    history: [
      { before: '2.6', value: 'roundRobin' },
      { before: '3.3', value: 'sticky480' },
    ],
  },
  {
    name: 'batchExpiry',
    kind: 'rule',
    area: 'producer',
    values: ['deliveryTimeout', 'requestTimeout'],
    description:
      'a batch is given up delivery.timeout.ms after its making, wherever it is, or when it has waited for longer than request.timeout.ms, and after retries',
    source: 'ProducerBatch.hasReachedDeliveryTimeout (KIP-91, 2.1); ProducerBatch.maybeExpire',
    history: [{ before: '2.3', value: 'requestTimeout' }],
  },
  {
    name: 'retryBackoff',
    kind: 'rule',
    area: 'client',
    values: ['exponential', 'constant'],
    description:
      'clients wait twice as long with every attempt, up to retry.backoff.max.ms, or always for retry.backoff.ms, after every answer to a question for metadata, too',
    source: 'KIP-580 (3.7); Metadata.timeToAllowUpdate, RecordAccumulator',
    history: [{ before: '3.9', value: 'constant' }],
  },
  {
    name: 'newLeaderBackoff',
    kind: 'rule',
    area: 'producer',
    values: ['skipped', 'kept'],
    description: 'a batch whose partition has got a new leader is sent again without waiting',
    source: 'KAFKA-15415 (3.7), ProducerBatch.hasLeaderChangedForTheOngoingRetry',
    history: [{ before: '3.9', value: 'kept' }],
  },
  {
    name: 'reconnectBackoff',
    kind: 'rule',
    area: 'client',
    values: ['exponential', 'constant'],
    description:
      'clients wait twice as long before every attempt to connect, up to reconnect.backoff.max.ms, or always for reconnect.backoff.ms',
    source: 'KIP-144 (0.11), ClusterConnectionStates',
    history: [{ before: '0.11', value: 'constant' }],
  },
  {
    name: 'metadataEpoch',
    kind: 'rule',
    area: 'client',
    values: ['checked', 'unchecked'],
    description:
      'clients know leader epochs and take no metadata that are older than what they have, or believe whatever they heard last',
    source: 'KIP-320 (2.1), Metadata.updateLatestMetadata',
    history: [{ before: '2.3', value: 'unchecked' }],
  },
  {
    name: 'metadataRecovery',
    kind: 'rule',
    area: 'client',
    values: ['rebootstrap', 'none'],
    description:
      'clients that reach none of the brokers they know start over from the bootstrap servers, or try those brokers for ever',
    source: 'KIP-899 and KIP-1102 (default since 4.0), Metadata.rebootstrap',
    history: [{ before: '4.0', value: 'none' }],
  },
] as const satisfies readonly SwitchDefinition[];
