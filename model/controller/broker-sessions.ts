/**
 * Registration, heartbeats, sessions and controlled shutdown of brokers (ClusterControlManager,
 * BrokerHeartbeatManager, BrokerHeartbeatTracker).
 *
 * Before 4.0 (switch `brokerSessions`) a session is a thing of unfenced brokers: it ends with the fence, so that a broker
 * that stopped in order may come back at once, and it is renewed when the heartbeat is handled, not when it comes.
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import type { MetadataRecord } from '../metadata/records.js';
import { observerOf } from '../observer.js';
import {
  BrokerHeartbeatResponse,
  BrokerRegistrationResponse,
  type BrokerHeartbeatRequest,
  type BrokerRegistrationRequest,
} from '../rpc/index.js';
import type { BrokerControl, ControllerState } from './controller-state.js';
import { decided, refused, type Decision } from './decision.js';
import {
  beginControlledShutdown,
  fenceBroker,
  hasLeaderships,
  replaceIncarnation,
  unfenceBroker,
} from './leader-and-isr.js';

/** BrokerControlState: what a heartbeat leaves a broker in. */
type BrokerControlState = 'FENCED' | 'UNFENCED' | 'CONTROLLED_SHUTDOWN' | 'SHUTDOWN_NOW';

/** `broker.session.timeout.ms` of the controller. */
export function sessionTimeoutUs(
  definition: ClusterDefinition,
  controller: ControllerState,
): number {
  return definition.node(controller.nodeId).config.brokerSessionTimeoutMs * 1000;
}

/** A new active controller gives every unfenced broker a full session. */
export function activateSessions(controller: ControllerState, nowUs: number): void {
  for (const broker of controller.brokers.values()) {
    const { fenced } = broker.registration;
    broker.fenced = fenced;
    broker.metadataOffset = -1;
    broker.controlledShutdownOffset = -1;
    broker.lastContactUs = fenced ? -1 : nowUs;
  }
}

/** Notes a heartbeat on its arrival, before it waits in the queue (`trackBrokerHeartbeat`). */
export function trackHeartbeat(
  { switches }: ClusterDefinition,
  controller: ControllerState,
  request: BrokerHeartbeatRequest,
  nowUs: number,
): void {
  if (switches.brokerSessions !== 'tracked') return;
  const broker = controller.brokers.get(request.brokerId);
  if (broker?.registration.epoch === request.brokerEpoch) broker.lastContactUs = nowUs;
}

/**
 * A broker whose session ran out: the first in order of registration, before 4.0 the one that was heard of least
 * recently; or null. It has no session any more.
 */
export function takeExpired(
  definition: ClusterDefinition,
  controller: ControllerState,
  timeoutUs: number,
  nowUs: number,
): BrokerControl | null {
  let expired: BrokerControl | null = null;
  for (const broker of controller.brokers.values()) {
    if (!hasSession(definition, broker) || broker.lastContactUs + timeoutUs >= nowUs) continue;
    if (expired === null || broker.lastContactUs < expired.lastContactUs) expired = broker;
    if (definition.switches.brokerSessions === 'tracked') break;
  }
  if (expired !== null) expired.lastContactUs = -1;
  return expired;
}

/** When the first session runs out unless a heartbeat comes; infinite without sessions. */
export function earliestExpiryUs(
  definition: ClusterDefinition,
  controller: ControllerState,
  timeoutUs: number,
): number {
  let earliestUs = Infinity;
  for (const broker of controller.brokers.values()) {
    if (!hasSession(definition, broker)) continue;
    earliestUs = Math.min(earliestUs, broker.lastContactUs + timeoutUs);
  }
  return earliestUs;
}

function hasSession({ switches }: ClusterDefinition, broker: BrokerControl): boolean {
  return broker.lastContactUs >= 0 && (switches.brokerSessions === 'tracked' || !broker.fenced);
}

/** ClusterControlManager.registerBroker. The broker epoch is the offset that the next record gets. */
export function decideRegistration(
  definition: ClusterDefinition,
  controller: ControllerState,
  request: BrokerRegistrationRequest,
  context: HostContext,
): Decision {
  const { correlationId, brokerId, incarnationId, rack, previousBrokerEpoch } = request;
  const existing = controller.brokers.get(brokerId) ?? null;
  const isSameIncarnation = existing?.registration.incarnationId === incarnationId;
  if (
    existing !== null &&
    !isSameIncarnation &&
    hasValidSession(definition, controller, existing, context)
  ) {
    observerOf(context).mark(context.virtualUs, 'duplicate-broker-registration', brokerId);
    const error = ErrorCode.DUPLICATE_BROKER_REGISTRATION;
    return refused(new BrokerRegistrationResponse(correlationId, error, -1));
  }
  const records: MetadataRecord[] = [];
  if (existing !== null && !isSameIncarnation) {
    const isClean = existing.registration.epoch === previousBrokerEpoch;
    if (!isClean) observerOf(context).mark(context.virtualUs, 'unclean-broker-restart', brokerId);
    replaceIncarnation(definition, controller, existing, isClean, records);
  }
  // Before 3.8 a registration that is repeated because its answer was lost leaves the broker with an epoch of the past.
  const isAmended = isSameIncarnation && definition.switches.reregistration === 'amended';
  if (isSameIncarnation && !isAmended)
    observerOf(context).mark(context.virtualUs, 'broker-registered-anew', brokerId);
  const kept = existing !== null && isAmended ? existing.registration : null;
  const brokerEpoch = kept?.epoch ?? controller.nextWriteOffset;
  // Last, so that a controller that dies in the middle leaves the clean-up to the next registration.
  records.push({
    type: 'RegisterBroker',
    brokerId,
    incarnationId,
    brokerEpoch,
    rack,
    fenced: kept?.fenced ?? true,
    inControlledShutdown: kept?.inControlledShutdown ?? false,
  });
  return decided(
    records,
    new BrokerRegistrationResponse(correlationId, ErrorCode.NONE, brokerEpoch),
  );
}

function hasValidSession(
  definition: ClusterDefinition,
  controller: ControllerState,
  broker: BrokerControl,
  context: HostContext,
): boolean {
  if (!hasSession(definition, broker)) return false;
  return broker.lastContactUs + sessionTimeoutUs(definition, controller) >= context.nowUs();
}

/** ReplicationControlManager.processBrokerHeartbeat. */
export function decideHeartbeat(
  definition: ClusterDefinition,
  controller: ControllerState,
  request: BrokerHeartbeatRequest,
  nowUs: number,
): Decision {
  const broker = controller.brokers.get(request.brokerId);
  if (broker?.registration.epoch !== request.brokerEpoch) {
    const error = ErrorCode.STALE_BROKER_EPOCH;
    return refused(new BrokerHeartbeatResponse(request.correlationId, error, false, true, false));
  }
  const current = currentState(broker);
  const next = nextState(controller, broker, current, request);
  const records: MetadataRecord[] = [];
  if (next !== current) {
    if (next === 'UNFENCED') unfenceBroker(definition, controller, broker, records);
    else if (next === 'CONTROLLED_SHUTDOWN') {
      beginControlledShutdown(definition, controller, broker, records);
    } else fenceBroker(definition, controller, broker, records);
  }
  const isFenced = next === 'FENCED' || next === 'SHUTDOWN_NOW';
  touch(broker, isFenced, request.currentMetadataOffset);
  if (definition.switches.brokerSessions !== 'tracked') broker.lastContactUs = nowUs;
  const isCaughtUp = request.currentMetadataOffset >= broker.registration.recordOffset;
  const response = new BrokerHeartbeatResponse(
    request.correlationId,
    ErrorCode.NONE,
    isCaughtUp,
    isFenced,
    next === 'SHUTDOWN_NOW',
  );
  return decided(records, response);
}

/** True where a heartbeat asks for a controlled shutdown that goes on: all active brokers must then reach an offset. */
export function isShuttingDown(
  request: BrokerHeartbeatRequest,
  response: BrokerHeartbeatResponse,
): boolean {
  return request.wantShutDown && response.error === ErrorCode.NONE && !response.isFenced;
}

/**
 * The offset that all active brokers must reach before the broker may stop: that of its first heartbeat that asked for it
 * (before 3.5 of its latest one, switch `controlledShutdownOffset`).
 */
export function noteControlledShutdown(
  { switches }: ClusterDefinition,
  controller: ControllerState,
  brokerId: number,
  offset: number,
): void {
  const broker = controller.brokers.get(brokerId);
  if (broker === undefined) return;
  if (broker.controlledShutdownOffset < 0 || switches.controlledShutdownOffset === 'latest')
    broker.controlledShutdownOffset = offset;
}

function currentState(broker: BrokerControl): BrokerControlState {
  if (broker.controlledShutdownOffset >= 0) return 'CONTROLLED_SHUTDOWN';
  return broker.fenced ? 'FENCED' : 'UNFENCED';
}

/** BrokerHeartbeatManager.calculateNextBrokerState. */
function nextState(
  controller: ControllerState,
  broker: BrokerControl,
  current: BrokerControlState,
  request: BrokerHeartbeatRequest,
): BrokerControlState {
  const { wantFence, wantShutDown, currentMetadataOffset } = request;
  if (current === 'FENCED') {
    if (wantShutDown) return 'SHUTDOWN_NOW';
    const isReady = !wantFence && currentMetadataOffset >= broker.registration.recordOffset;
    return isReady ? 'UNFENCED' : 'FENCED';
  }
  if (current === 'UNFENCED') {
    if (wantFence) return wantShutDown ? 'SHUTDOWN_NOW' : 'FENCED';
    if (!wantShutDown) return 'UNFENCED';
    return hasLeaderships(controller, broker) ? 'CONTROLLED_SHUTDOWN' : 'SHUTDOWN_NOW';
  }
  if (hasLeaderships(controller, broker)) return 'CONTROLLED_SHUTDOWN';
  const mayStop = broker.controlledShutdownOffset <= lowestActiveOffset(controller);
  return mayStop ? 'SHUTDOWN_NOW' : 'CONTROLLED_SHUTDOWN';
}

/** How far the slowest broker is that is neither fenced nor shutting down; infinite where there is none. */
function lowestActiveOffset(controller: ControllerState): number {
  let lowest = Infinity;
  for (const { fenced, controlledShutdownOffset, metadataOffset } of controller.brokers.values()) {
    if (!fenced && controlledShutdownOffset < 0) lowest = Math.min(lowest, metadataOffset);
  }
  return lowest;
}

function touch(broker: BrokerControl, fenced: boolean, metadataOffset: number): void {
  broker.fenced = fenced;
  broker.metadataOffset = metadataOffset;
  if (fenced) broker.controlledShutdownOffset = -1;
}
