/** Timers of a broker, by opcode. */
import type { ClusterDefinition } from '../definition.js';
import type { RaftState } from '../raft/index.js';
import { NO_EVENT, type HostContext } from '../../sim/index.js';
import { maybePropagateIsrChanges } from './alter-partition-manager.js';
import { communicate } from './broker-lifecycle.js';
import { BrokerOpcode } from './broker-opcodes.js';
import { onLogsRecovered, shutDownNow } from './broker-server.js';
import { channelRetry } from './controller-channel.js';
import { onChannelTimeout } from './controller-responses.js';
import { onConnectionFree, onHandlerFree } from './kafka-apis.js';
import type { BrokerState } from './state.js';

/** Serves a timer of the broker role; those of a broker that shuts down mean nothing any more. */
export function brokerTimer(
  definition: ClusterDefinition,
  raft: RaftState,
  broker: BrokerState,
  opcode: number,
  arg: number,
  context: HostContext,
): void {
  if (broker.lifecycle.state === 'SHUTTING_DOWN') return;
  switch (opcode) {
    case BrokerOpcode.handlerFree:
      onHandlerFree(definition, raft, broker, context);
      return;
    case BrokerOpcode.connectionFree:
      onConnectionFree(definition, raft, broker, arg, context);
      return;
    case BrokerOpcode.communication:
      broker.lifecycle.communicationTimer = NO_EVENT;
      communicate(definition, broker, raft.leaderId, context);
      return;
    case BrokerOpcode.channelTimeout:
      onChannelTimeout(definition, raft, broker, arg, context);
      return;
    case BrokerOpcode.channelRetry:
      channelRetry(definition, broker.channels[arg]!, raft.leaderId, context);
      return;
    case BrokerOpcode.alterPartitionRetry:
      broker.alterPartition.retryTimer = NO_EVENT;
      maybePropagateIsrChanges(definition, broker, raft.leaderId, context);
      return;
    case BrokerOpcode.logsRecovered:
      onLogsRecovered(definition, raft, broker, context);
      return;
    case BrokerOpcode.shutdownTimeout:
      shutDownNow(definition, broker, context);
      return;
    default:
      throw new Error(`a broker has no timer ${opcode}`);
  }
}
