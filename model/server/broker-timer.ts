/** Timers of a broker, by opcode. */
import type { ClusterDefinition } from '../definition.js';
import { NO_EVENT, type HostContext } from '../../sim/index.js';
import { maybePropagateIsrChanges } from './alter-partition-manager.js';
import { communicate } from './broker-lifecycle.js';
import { BrokerOpcode } from './broker-opcodes.js';
import { shutDownNow } from './broker-server.js';
import { channelRetry } from './controller-channel.js';
import { onChannelTimeout } from './controller-responses.js';
import { onConnectionFree, onHandlerFree } from './kafka-apis.js';
import type { KnownController } from './known-controller.js';
import type { BrokerState } from './state.js';

/** Serves a timer of the broker role; those of a broker that shuts down mean nothing any more. */
export function brokerTimer(
  definition: ClusterDefinition,
  known: KnownController,
  broker: BrokerState,
  opcode: number,
  arg: number,
  context: HostContext,
): void {
  if (broker.lifecycle.state === 'SHUTTING_DOWN') return;
  switch (opcode) {
    case BrokerOpcode.handlerFree:
      onHandlerFree(definition, known, broker, context);
      return;
    case BrokerOpcode.connectionFree:
      onConnectionFree(definition, known, broker, arg, context);
      return;
    case BrokerOpcode.communication:
      broker.lifecycle.communicationTimer = NO_EVENT;
      communicate(definition, broker, known.leaderId, context);
      return;
    case BrokerOpcode.channelTimeout:
      onChannelTimeout(definition, known, broker, arg, context);
      return;
    case BrokerOpcode.channelRetry:
      channelRetry(definition, broker.channels[arg]!, known.leaderId, context);
      return;
    case BrokerOpcode.alterPartitionRetry:
      broker.alterPartition.retryTimer = NO_EVENT;
      maybePropagateIsrChanges(definition, broker, known.leaderId, context);
      return;
    case BrokerOpcode.shutdownTimeout:
      shutDownNow(definition, broker, context);
      return;
    default:
      throw new Error(`a broker has no timer ${opcode}`);
  }
}
