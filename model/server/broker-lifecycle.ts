/**
 * Registers the broker with the controller, sends its heartbeats and follows its states (BrokerLifecycleManager).
 *
 * ```text
 * STARTING --caught up--> RECOVERY --unfenced--> RUNNING --stop--> PENDING_CONTROLLED_SHUTDOWN
 *     \_______________________|_____________ stop __|___________________________ let go __|
 *                                                                                         v
 *                                                                                  SHUTTING_DOWN
 * ```
 *
 * One request is under way at a time. Where something wants to be told at once meanwhile, the next follows on the
 * heels of the answer; after a failure the next comes a heartbeat interval later, never at once.
 *
 * Differs from Kafka: before 3.8 what wants to be told at once is sent beside the request that is under way.
 */
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import {
  BrokerHeartbeatRequest,
  BrokerRegistrationRequest,
  type BrokerHeartbeatResponse,
  type BrokerRegistrationResponse,
} from '../rpc/index.js';
import { NO_EVENT, type HostContext } from '../../sim/index.js';
import { BrokerOpcode } from './broker-opcodes.js';
import { ChannelIndex, channelSend } from './controller-channel.js';
import type { BrokerState } from './state.js';

/** The first wait after a failure, until 3.9. */
const RESEND_BACKOFF_US = 100_000;
/** After an answer to a broker that is not caught up yet. */
const CATCHING_UP_INTERVAL_US = 10_000;
/** After the first answer to a broker that wants to shut down. */
const FIRST_SHUTDOWN_INTERVAL_US = 50_000;

/** Sends the registration, and sets the time by which it must have succeeded. */
export function startLifecycle(
  definition: ClusterDefinition,
  broker: BrokerState,
  leaderId: number,
  context: HostContext,
): void {
  const timeoutMs = definition.node(broker.nodeId).config.initialBrokerRegistrationTimeoutMs;
  context.setTimer(timeoutMs * 1000, BrokerOpcode.registrationTimeout);
  communicate(definition, broker, leaderId, context);
}

/** Sends the registration or a heartbeat, unless a request is under way. */
export function communicate(
  definition: ClusterDefinition,
  broker: BrokerState,
  leaderId: number,
  context: HostContext,
): void {
  const { lifecycle, nodeId } = broker;
  if (lifecycle.state === 'SHUTTING_DOWN') return;
  if (lifecycle.communicationTimer !== NO_EVENT) {
    context.cancelTimer(lifecycle.communicationTimer);
    lifecycle.communicationTimer = NO_EVENT;
  }
  if (lifecycle.communicationInFlight) {
    lifecycle.nextSchedulingShouldBeImmediate = true;
    return;
  }
  lifecycle.communicationInFlight = true;
  const correlationId = broker.nextCorrelationId++;
  const request = lifecycle.registered
    ? new BrokerHeartbeatRequest(
        correlationId,
        nodeId,
        lifecycle.brokerEpoch,
        broker.publisher.appliedOffset,
        !lifecycle.readyToUnfence,
        lifecycle.state === 'PENDING_CONTROLLED_SHUTDOWN',
      )
    : new BrokerRegistrationRequest(
        correlationId,
        nodeId,
        lifecycle.incarnationId,
        definition.node(nodeId).rack,
        lifecycle.previousBrokerEpoch,
      );
  channelSend(definition, broker.channels[ChannelIndex.heartbeat]!, leaderId, request, context);
}

/** The controller answers a registration; a refusal is tried again. */
export function onRegistrationResponse(
  definition: ClusterDefinition,
  broker: BrokerState,
  leaderId: number,
  response: BrokerRegistrationResponse,
  context: HostContext,
): void {
  const { lifecycle } = broker;
  lifecycle.communicationInFlight = false;
  if (response.error !== ErrorCode.NONE) {
    scheduleAfterFailure(definition, broker, leaderId, context);
    return;
  }
  lifecycle.failedAttempts = 0;
  lifecycle.brokerEpoch = response.brokerEpoch;
  lifecycle.registered = true;
  if (broker.replicas !== null) broker.replicas.brokerEpoch = response.brokerEpoch;
  schedule(definition, broker, leaderId, 0, context);
}

/** The controller answers a heartbeat: the broker's state moves on. */
export function onHeartbeatResponse(
  definition: ClusterDefinition,
  broker: BrokerState,
  leaderId: number,
  response: BrokerHeartbeatResponse,
  context: HostContext,
): void {
  const { lifecycle } = broker;
  lifecycle.communicationInFlight = false;
  if (response.error !== ErrorCode.NONE) {
    scheduleAfterFailure(definition, broker, leaderId, context);
    return;
  }
  lifecycle.failedAttempts = 0;
  const intervalUs = heartbeatIntervalUs(definition, broker);
  switch (lifecycle.state) {
    case 'STARTING':
      if (response.isCaughtUp) lifecycle.state = 'RECOVERY';
      schedule(definition, broker, leaderId, CATCHING_UP_INTERVAL_US, context);
      return;
    case 'RECOVERY':
      if (!response.isFenced) lifecycle.state = 'RUNNING';
      schedule(definition, broker, leaderId, intervalUs, context);
      return;
    case 'RUNNING':
      schedule(definition, broker, leaderId, intervalUs, context);
      return;
    case 'PENDING_CONTROLLED_SHUTDOWN':
      if (response.shouldShutDown) {
        lifecycle.state = 'SHUTTING_DOWN';
        return;
      }
      schedule(
        definition,
        broker,
        leaderId,
        lifecycle.gotControlledShutdownResponse ? intervalUs : FIRST_SHUTDOWN_INTERVAL_US,
        context,
      );
      lifecycle.gotControlledShutdownResponse = true;
      return;
    case 'SHUTTING_DOWN':
  }
}

/** The channel gave the request up. */
export function onCommunicationTimedOut(
  definition: ClusterDefinition,
  broker: BrokerState,
  leaderId: number,
  context: HostContext,
): void {
  broker.lifecycle.communicationInFlight = false;
  scheduleAfterFailure(definition, broker, leaderId, context);
}

/** The broker's logs are recovered and it has caught up: heartbeats no longer ask for the fence. */
export function setReadyToUnfence(
  definition: ClusterDefinition,
  broker: BrokerState,
  leaderId: number,
  context: HostContext,
): void {
  broker.lifecycle.readyToUnfence = true;
  schedule(definition, broker, leaderId, 0, context);
}

/** Asks the controller for a controlled shutdown; a broker that never ran goes at once. */
export function beginControlledShutdown(
  definition: ClusterDefinition,
  broker: BrokerState,
  leaderId: number,
  context: HostContext,
): void {
  const { lifecycle } = broker;
  if (lifecycle.state === 'PENDING_CONTROLLED_SHUTDOWN') return;
  if (lifecycle.state !== 'RUNNING') {
    lifecycle.state = 'SHUTTING_DOWN';
    return;
  }
  lifecycle.state = 'PENDING_CONTROLLED_SHUTDOWN';
  schedule(definition, broker, leaderId, 0, context);
}

function heartbeatIntervalUs(definition: ClusterDefinition, broker: BrokerState): number {
  return definition.node(broker.nodeId).config.brokerHeartbeatIntervalMs * 1000;
}

function scheduleAfterFailure(
  definition: ClusterDefinition,
  broker: BrokerState,
  leaderId: number,
  context: HostContext,
): void {
  broker.lifecycle.nextSchedulingShouldBeImmediate = false;
  const intervalUs =
    definition.switches.lifecycleRetry === 'heartbeatInterval'
      ? heartbeatIntervalUs(definition, broker)
      : resendBackoffUs(definition, broker, context);
  schedule(definition, broker, leaderId, intervalUs, context);
}

/** ExponentialBackoff(100, 2, broker.session.timeout.ms, 0.02), until 3.9. */
function resendBackoffUs(
  definition: ClusterDefinition,
  { lifecycle, nodeId }: BrokerState,
  context: HostContext,
): number {
  const maxUs = definition.node(nodeId).config.brokerSessionTimeoutMs * 1000;
  let termUs = RESEND_BACKOFF_US;
  for (let left = lifecycle.failedAttempts; left > 0 && termUs < maxUs; left--) termUs *= 2;
  lifecycle.failedAttempts++;
  const factor = 0.98 + 0.04 * context.random('lifecycle').uniform();
  return Math.min(Math.floor(Math.min(termUs, maxUs) * factor), maxUs);
}

function schedule(
  definition: ClusterDefinition,
  broker: BrokerState,
  leaderId: number,
  intervalUs: number,
  context: HostContext,
): void {
  const { lifecycle } = broker;
  if (intervalUs === 0 || lifecycle.nextSchedulingShouldBeImmediate) {
    lifecycle.nextSchedulingShouldBeImmediate = false;
    communicate(definition, broker, leaderId, context);
    return;
  }
  if (lifecycle.communicationTimer !== NO_EVENT) context.cancelTimer(lifecycle.communicationTimer);
  lifecycle.communicationTimer = context.setTimer(intervalUs, BrokerOpcode.communication);
}
