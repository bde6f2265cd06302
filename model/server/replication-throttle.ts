/**
 * How a broker learns of replication throttles (KIP-73).
 *
 * Differs from Kafka: they are dynamic configurations of brokers and topics there, which the controller keeps and hands out
 * (TopicConfigHandler, BrokerConfigHandler); here whoever directs the run tells each broker, and tells it again when its
 * process starts.
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { observerOf } from '../observer.js';
import { applyThrottle, type ReplicationThrottle } from '../replication/index.js';
import { BrokerOpcode } from './broker-opcodes.js';
import type { ServerState } from './state.js';

/** A process that is still starting takes the throttle in after this long. */
const STARTING_US = 10_000;

/** Has the broker of a host throttle replication, or let it go (null), with its next event. */
export function configureThrottle(
  throttle: ReplicationThrottle | null,
  context: HostContext,
  delayUs = 0,
): void {
  context.setTimer(delayUs, BrokerOpcode.throttleChanged, 0, throttle);
}

/** The broker is told of a throttle, or of its end. */
export function onThrottleChanged(
  definition: ClusterDefinition,
  { nodeId, broker }: ServerState,
  throttle: ReplicationThrottle | null,
  context: HostContext,
): void {
  if (!definition.node(nodeId).isBroker) return;
  if (broker === null) {
    configureThrottle(throttle, context, STARTING_US);
    return;
  }
  const mark = throttle === null ? 'replication-unthrottled' : 'replication-throttled';
  observerOf(context).mark(context.virtualUs, mark, nodeId);
  broker.throttle = throttle;
  if (broker.replicas !== null) applyThrottle(definition, broker.replicas, throttle, context);
}
