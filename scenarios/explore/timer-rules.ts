/**
 * When an exploration lets a timer fire.
 *
 * - `atOnce`: with the step that armed it: it stands for work that takes no time.
 * - `anytime`: whenever the explorer chooses.
 * - `lag`, `session`: whenever it chooses, as often as the bounds allow.
 * - `heartbeat`: while the controller has the broker fenced, or does not know its present life. A running, unfenced
 *   broker's heartbeats change nothing but clocks.
 * - `never`: it only ends what waits in vain (long polls, request timeouts), tells what is read anyway (notifications of ISR
 *   changes in ZooKeeper), or is switched off.
 */
import { ClientOpcode } from '../../model/client/opcodes.js';
import { ControllerOpcode } from '../../model/controller/periodic-tasks.js';
import { ReplicaOpcode } from '../../model/replication/replica-opcodes.js';
import { BrokerOpcode } from '../../model/server/broker-opcodes.js';
import { ZkControllerOpcode } from '../../model/zk-controller/opcodes.js';
import { ZkClientOpcode } from '../../model/zookeeper/client-opcodes.js';

export type TimerRule = 'atOnce' | 'anytime' | 'lag' | 'session' | 'heartbeat' | 'never';

/** Opcode of the end of a flush: the kernel's own. */
export const FLUSHED = 5;

const RULES: ReadonlyMap<number, TimerRule> = new Map<number, TimerRule>([
  [FLUSHED, 'atOnce'],
  [ControllerOpcode.nextRequest, 'atOnce'],
  [ControllerOpcode.fenceStaleBroker, 'session'],
  [BrokerOpcode.processStarted, 'atOnce'],
  [BrokerOpcode.logsRecovered, 'atOnce'],
  [BrokerOpcode.communication, 'heartbeat'],
  [BrokerOpcode.channelRetry, 'anytime'],
  [BrokerOpcode.handlerFree, 'atOnce'],
  [BrokerOpcode.connectionFree, 'atOnce'],
  [BrokerOpcode.alterPartitionRetry, 'anytime'],
  [ReplicaOpcode.isrExpiration, 'lag'],
  [ReplicaOpcode.fetchersChanged, 'atOnce'],
  [ReplicaOpcode.fetcherBackoff, 'anytime'],
  [ClientOpcode.wake, 'anytime'],
  [ZkClientOpcode.connect, 'anytime'],
  [ZkControllerOpcode.event, 'atOnce'],
  [ZkControllerOpcode.channelRetry, 'anytime'],
]);

/** Work that takes no time sees the same clock as what it follows; all other timers find their deadline passed. */
export function timerRule(opcode: number): TimerRule {
  return RULES.get(opcode) ?? 'never';
}
