/** What never changes about one consumer. */
import type { ClusterDefinition, ConsumerDefinition } from '../definition.js';
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP } from '../rpc/index.js';
import { planClient } from './client-core.js';
import type { MetadataPlan } from './client-metadata.js';

/** Consumers put no bound on the requests of a connection (ConsumerUtils). */
const MAX_IN_FLIGHT = 100;

export interface ConsumerPlan extends MetadataPlan {
  readonly consumer: ConsumerDefinition;
  /** The timestamp to ask ListOffsets for, or null with `auto.offset.reset=none`. */
  readonly resetTimestamp: number | null;
  /** Positions carry leader epochs, and are checked against new leaders (KIP-320; switch `consumerValidation`). */
  readonly validatesPositions: boolean;
  /** A position whose epoch the leader does not know is given up, too (switch `consumerValidation=strict`). */
  readonly needsSameEpoch: boolean;
  /** Fetches carry the leader epoch (KIP-320; switch `fetchEpochFencing`). */
  readonly namesLeaderEpochs: boolean;
}

export function planConsumer(
  definition: ClusterDefinition,
  consumer: ConsumerDefinition,
): ConsumerPlan {
  const { config, partitions } = consumer;
  const { consumerValidation, epochReply, fetchEpochFencing } = definition.switches;
  return {
    ...planClient(definition, definition.brokers, partitions, config, MAX_IN_FLIGHT, true),
    consumer,
    resetTimestamp: resetTimestamp(config.autoOffsetReset),
    // An answer that does not name the epoch is of no use to a consumer (hasUsableOffsetForLeaderEpochVersion).
    validatesPositions: consumerValidation !== 'off' && epochReply === 'epochAndOffset',
    needsSameEpoch: consumerValidation === 'strict',
    namesLeaderEpochs: fetchEpochFencing === 'on',
  };
}

function resetTimestamp(policy: 'earliest' | 'latest' | 'none'): number | null {
  if (policy === 'none') return null;
  return policy === 'earliest' ? EARLIEST_TIMESTAMP : LATEST_TIMESTAMP;
}
