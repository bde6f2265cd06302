/**
 * A broker on ZooKeeper asks the controller to move its leaderships away before it ends
 * (KafkaServer.controlledShutdown): it finds the controller in ZooKeeper, asks up to `controlled.shutdown.max.retries`
 * times `controlled.shutdown.retry.backoff.ms` apart, and goes in any case.
 */
import type { ClusterDefinition } from '../../definition.js';
import { ErrorCode } from '../../errors.js';
import { ControlledShutdownRequest, type ControlledShutdownResponse } from '../../rpc/index.js';
import type { ZkClientEvent } from '../../zookeeper/index.js';
import { CONTROLLER_PATH, ControllerZnode } from '../../zookeeper/znodes.js';
import { NO_EVENT, type ConnectionId, type HostContext } from '../../../sim/index.js';
import { BrokerOpcode } from '../broker-opcodes.js';
import type { BrokerState } from '../state.js';
import { submit, ZkTag } from './session.js';
import type { ControlledShutdownState, ZkBroker } from './state.js';

/** `controller.socket.timeout.ms`: how long an answer may take. */
const SOCKET_TIMEOUT_US = 30_000_000;

export function createControlledShutdown(): ControlledShutdownState {
  return { retriesLeft: -1, isAsking: false, connection: -1, correlationId: -1, timer: NO_EVENT };
}

/** Begins to ask. */
export function beginZkControlledShutdown(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  context: HostContext,
): void {
  const { controlledShutdownMaxRetries } = definition.node(broker.nodeId).config;
  zk.shutdown.retriesLeft = Math.max(controlledShutdownMaxRetries, 1);
  findController(definition, zk, context);
}

/** What /controller holds. */
export function onControllerFound(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  event: Extract<ZkClientEvent, { type: 'response' }>,
  context: HostContext,
): void {
  if (zk.shutdown.retriesLeft <= 0 || !zk.shutdown.isAsking) return;
  const { code, data } = event.result;
  if (code !== 'OK' || !(data instanceof ControllerZnode)) {
    tryAgain(definition, broker, zk, context);
    return;
  }
  const { shutdown } = zk;
  shutdown.connection = context.connect(definition.node(data.brokerId).host, SOCKET_TIMEOUT_US);
  shutdown.correlationId = broker.nextCorrelationId++;
  const knowsEpoch = definition.switches.requestBrokerEpoch === 'named';
  const brokerEpoch = knowsEpoch ? broker.lifecycle.brokerEpoch : -1;
  const request = new ControlledShutdownRequest(shutdown.correlationId, broker.nodeId, brokerEpoch);
  context.send(shutdown.connection, request);
  arm(shutdown, SOCKET_TIMEOUT_US, context);
}

/** True where the answer ends the wait: all leaderships are elsewhere, or it was the last attempt. */
export function onControlledShutdownResponse(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  connection: ConnectionId,
  response: ControlledShutdownResponse,
  context: HostContext,
): void {
  const { shutdown } = zk;
  if (connection !== shutdown.connection || response.correlationId !== shutdown.correlationId)
    return;
  if (response.error === ErrorCode.NONE && response.remaining.length === 0) {
    end(shutdown, context);
    broker.lifecycle.state = 'SHUTTING_DOWN';
    return;
  }
  tryAgain(definition, broker, zk, context);
}

/** True where the connection was that of the request. */
export function controlledShutdownClosed(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  connection: ConnectionId,
  context: HostContext,
): boolean {
  if (connection !== zk.shutdown.connection) return false;
  zk.shutdown.connection = -1;
  tryAgain(definition, broker, zk, context);
  return true;
}

/** The request is overdue, or the backoff is over. */
export function onControlledShutdownTimer(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  context: HostContext,
): void {
  zk.shutdown.timer = NO_EVENT;
  if (zk.shutdown.isAsking) tryAgain(definition, broker, zk, context);
  else findController(definition, zk, context);
}

function findController(definition: ClusterDefinition, zk: ZkBroker, context: HostContext): void {
  zk.shutdown.isAsking = true;
  const operation = { type: 'getData', path: CONTROLLER_PATH, watch: false } as const;
  submit(definition, zk, operation, ZkTag.shutdownController, null, context);
  // Without a session nobody answers: that is an attempt, too.
  arm(zk.shutdown, SOCKET_TIMEOUT_US, context);
}

function tryAgain(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  context: HostContext,
): void {
  const { shutdown } = zk;
  end(shutdown, context);
  shutdown.retriesLeft--;
  if (shutdown.retriesLeft <= 0) {
    broker.lifecycle.state = 'SHUTTING_DOWN';
    return;
  }
  const { controlledShutdownRetryBackoffMs } = definition.node(broker.nodeId).config;
  arm(shutdown, controlledShutdownRetryBackoffMs * 1000, context);
}

function end(shutdown: ControlledShutdownState, context: HostContext): void {
  if (shutdown.connection >= 0) context.close(shutdown.connection);
  shutdown.connection = -1;
  shutdown.isAsking = false;
  if (shutdown.timer !== NO_EVENT) context.cancelTimer(shutdown.timer);
  shutdown.timer = NO_EVENT;
}

function arm(shutdown: ControlledShutdownState, delayUs: number, context: HostContext): void {
  if (shutdown.timer !== NO_EVENT) context.cancelTimer(shutdown.timer);
  shutdown.timer = context.setTimer(delayUs, BrokerOpcode.controlledShutdownRetry);
}
