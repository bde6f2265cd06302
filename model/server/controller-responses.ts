/** What the active controller answers, and what its silence means, to the parts of a broker that asked. */
import type { ClusterDefinition } from '../definition.js';
import {
  AllocateProducerIdsResponse,
  AlterPartitionResponse,
  BrokerHeartbeatResponse,
  BrokerRegistrationResponse,
} from '../rpc/index.js';
import type { ConnectionId, HostContext } from '../../sim/index.js';
import { maybePropagateIsrChanges, onAlterPartitionResponse } from './alter-partition-manager.js';
import {
  onCommunicationTimedOut,
  onHeartbeatResponse,
  onRegistrationResponse,
} from './broker-lifecycle.js';
import { advanceBroker } from './broker-server.js';
import {
  ChannelIndex,
  channelReceive,
  channelTimedOut,
  type ControllerResponse,
} from './controller-channel.js';
import { drainReplicas } from './kafka-apis.js';
import type { KnownController } from './known-controller.js';
import { onProducerIdsAllocated, onProducerIdsTimedOut } from './producer-id-manager.js';
import type { BrokerState } from './state.js';

/** Takes an answer, unless it is stale. */
export function receiveControllerResponse(
  definition: ClusterDefinition,
  known: KnownController,
  broker: BrokerState,
  connection: ConnectionId,
  response: ControllerResponse,
  context: HostContext,
): void {
  const { leaderId } = known;
  const channel = broker.channels.find((candidate) => candidate.connection === connection);
  if (channel === undefined) return;
  if (!channelReceive(definition, channel, leaderId, connection, response, context)) return;
  if (response instanceof BrokerHeartbeatResponse) {
    onHeartbeatResponse(definition, broker, leaderId, response, context);
    advanceBroker(definition, known, broker, context);
  } else if (response instanceof BrokerRegistrationResponse) {
    onRegistrationResponse(definition, broker, leaderId, response, context);
  } else if (response instanceof AlterPartitionResponse) {
    if (broker.replicas === null) return;
    onAlterPartitionResponse(definition, broker, broker.replicas, response, context);
    drainReplicas(definition, known, broker, broker.replicas, 0, context);
    if (response.error === 0) maybePropagateIsrChanges(definition, broker, leaderId, context);
  } else if (response instanceof AllocateProducerIdsResponse) {
    onProducerIdsAllocated(broker, response, context);
  }
}

/** The oldest request of a channel is due. */
export function onChannelTimeout(
  definition: ClusterDefinition,
  known: KnownController,
  broker: BrokerState,
  channelIndex: number,
  context: HostContext,
): void {
  const channel = broker.channels[channelIndex]!;
  const given = channelTimedOut(definition, channel, known.leaderId, context);
  if (given === null) return;
  if (channelIndex === ChannelIndex.heartbeat) {
    onCommunicationTimedOut(definition, broker, known.leaderId, context);
  } else if (channelIndex === ChannelIndex.forwarding) {
    onProducerIdsTimedOut(broker);
  }
}
