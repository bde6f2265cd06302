/**
 * Hands out producer ids from blocks that the controller allots (RPCProducerIdManager).
 *
 * The next block is asked for when a broker needs its first id, and again when nine tenths of the present block are
 * used. A producer that comes while there is none is told COORDINATOR_LOAD_IN_PROGRESS and tries again.
 */
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { AllocateProducerIdsRequest, type AllocateProducerIdsResponse } from '../rpc/index.js';
import type { HostContext } from '../../sim/index.js';
import { ChannelIndex, channelSend } from './controller-channel.js';
import type { BrokerState, ProducerIdManager } from './state.js';
import { requestZkProducerIds } from './zookeeper/producer-id-blocks.js';

const RETRY_BACKOFF_US = 50_000;
const PREFETCH_THRESHOLD = 0.9;

export function createProducerIdManager(): ProducerIdManager {
  return {
    firstId: 0,
    size: 0,
    nextId: 0,
    nextFirstId: 0,
    nextSize: 0,
    requestInFlight: false,
    backoffUntilUs: 0,
  };
}

/** A new producer id, or -1 while the broker waits for a block. */
export function generateProducerId(
  definition: ClusterDefinition,
  broker: BrokerState,
  leaderId: number,
  context: HostContext,
): number {
  const manager = broker.producerIds;
  if (manager.nextId === manager.firstId + manager.size && manager.nextSize > 0) {
    manager.firstId = manager.nextFirstId;
    manager.nextId = manager.nextFirstId;
    manager.size = manager.nextSize;
    manager.nextSize = 0;
    manager.requestInFlight = false;
  }
  const exhausted = manager.nextId === manager.firstId + manager.size;
  const producerId = exhausted ? -1 : manager.nextId++;
  const prefetchAt = manager.firstId + Math.floor(manager.size * PREFETCH_THRESHOLD);
  if (exhausted || producerId === prefetchAt) requestBlock(definition, broker, leaderId, context);
  return producerId;
}

/** The controller allots a block, or refuses: then the next need asks again after a backoff. */
export function onProducerIdsAllocated(
  broker: BrokerState,
  response: AllocateProducerIdsResponse,
  context: HostContext,
): void {
  const manager = broker.producerIds;
  if (response.error === ErrorCode.NONE) {
    manager.nextFirstId = response.firstProducerId;
    manager.nextSize = response.count;
    return;
  }
  manager.backoffUntilUs = context.nowUs() + RETRY_BACKOFF_US;
  manager.requestInFlight = false;
}

/** The channel gave the request up. */
export function onProducerIdsTimedOut(broker: BrokerState): void {
  broker.producerIds.requestInFlight = false;
}

function requestBlock(
  definition: ClusterDefinition,
  broker: BrokerState,
  leaderId: number,
  context: HostContext,
): void {
  const manager = broker.producerIds;
  if (manager.requestInFlight || manager.nextSize > 0) return;
  if (context.nowUs() < manager.backoffUntilUs) return;
  manager.requestInFlight = true;
  if (broker.zk !== null) {
    requestZkProducerIds(definition, broker.zk, context);
    return;
  }
  const request = new AllocateProducerIdsRequest(
    broker.nextCorrelationId++,
    broker.nodeId,
    broker.lifecycle.brokerEpoch,
  );
  channelSend(definition, broker.channels[ChannelIndex.forwarding]!, leaderId, request, context);
}
