/** A controller ceases to be it (KafkaController.onControllerResignation). */
import { NO_EVENT, type HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import {
  AlterPartitionReassignmentsResponse,
  AlterPartitionResponse,
  ControlledShutdownResponse,
  ElectLeadersResponse,
} from '../rpc/index.js';
import { removeChannel } from './channel-manager.js';
import { timeOutCreations } from './create-topics.js';
import { reply } from './reply.js';
import { clearRequests } from './request-batch.js';
import { emptyContext, type ControllerEvent, type ZkControllerState } from './state.js';

/**
 * Closes the connections to brokers and forgets what it knows. Events stay queued: they come to nothing while the
 * broker is not the controller. Who is the controller now is for the caller to say.
 */
export function resign(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  context: HostContext,
): void {
  if (controller.isReady) {
    observerOf(context).controllerResigned(context.virtualUs, controller.nodeId, controller.epoch);
  }
  for (const { broker } of controller.channels) removeChannel(controller, broker, context);
  if (controller.rebalanceTimer !== NO_EVENT) context.cancelTimer(controller.rebalanceTimer);
  controller.rebalanceTimer = NO_EVENT;
  controller.isReady = false;
  controller.epoch = 0;
  controller.epochZkVersion = -1;
  controller.context = emptyContext(definition);
  clearRequests(controller);
  timeOutCreations(controller, context);
}

/** Answers a request that comes to nothing (ControllerEvent.preempt). */
export function refuseEvent(event: ControllerEvent, context: HostContext): void {
  const error = ErrorCode.NOT_CONTROLLER;
  switch (event.type) {
    case 'AlterPartition': {
      const { correlationId } = event.request;
      reply(event.connection, new AlterPartitionResponse(correlationId, error, []), context);
      break;
    }
    case 'ControlledShutdown': {
      const { correlationId } = event.request;
      reply(event.connection, new ControlledShutdownResponse(correlationId, error, []), context);
      break;
    }
    case 'ElectLeaders': {
      const { correlationId } = event.request;
      reply(event.connection, new ElectLeadersResponse(correlationId, error, []), context);
      break;
    }
    case 'AlterPartitionReassignments': {
      const { correlationId } = event.request;
      const response = new AlterPartitionReassignmentsResponse(correlationId, error, []);
      reply(event.connection, response, context);
      break;
    }
    default:
  }
}
