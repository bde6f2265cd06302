/**
 * ISR changes by compare-and-set, as leaders made them until KIP-497 (ReplicationUtils.updateLeaderAndIsr,
 * KafkaZkClient.conditionalUpdatePath), and the notifications by which the controller learns of them
 * (ReplicaManager.maybePropagateIsrChanges, KAFKA-2722).
 *
 * A leader writes the partition's state under the version that it knows. Where ZooKeeper has another version the write
 * fails, the leader keeps its ISR, and says so in its log. A write whose answer was lost is sent again, and may have been
 * done: then the second one fails, and the znode holds just what the leader wanted. (The server that says so has seen the
 * first; to read only would not do, since servers answer reads with what they have.)
 *
 * Kafka holds the partition's lock during the write, and with it one of its request handlers: fetches of the partition wait
 * and its high watermark stands still. Differs from Kafka: appends go on, and other partitions are not held up.
 */
import type { ClusterDefinition } from '../../definition.js';
import { onIsrCompareAndSet } from '../../replication/index.js';
import type { AlterPartitionEntry } from '../../rpc/index.js';
import type { ZkClientEvent } from '../../zookeeper/index.js';
import {
  IsrChangeZnode,
  ISR_CHANGE_NOTIFICATION_PATH,
  PartitionStateZnode,
  partitionStatePath,
} from '../../zookeeper/znodes.js';
import { NO_EVENT, type HostContext } from '../../../sim/index.js';
import { BrokerOpcode } from '../broker-opcodes.js';
import type { BrokerState } from '../state.js';
import { submit, ZkTag } from './session.js';
import type { IsrWrite, ZkBroker } from './state.js';

/** ReplicaManager: how often it looks, how long changes must have ceased, and how long they may wait at most. */
const CHECK_INTERVAL_US = 2_500_000;
const BLACKOUT_US = 5_000_000;
const MAX_DELAY_US = 60_000_000;

/** Sends what the replicas want changed since the last call. */
export function writeIsrChanges(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  context: HostContext,
): void {
  const { isrOutbox } = broker.replicas!;
  for (const entry of isrOutbox) {
    const { partition, partitionEpoch } = entry;
    const write: IsrWrite = {
      entry,
      controllerEpoch: zk.partitionControllerEpochs[partition]!,
    };
    const operation = {
      type: 'setData',
      path: partitionStatePath(definition, partition),
      data: stateAfter(broker.nodeId, write),
      version: partitionEpoch,
    } as const;
    submit(definition, zk, operation, ZkTag.isrWrite, write, context);
  }
  isrOutbox.length = 0;
}

/** ZooKeeper answers a write, or says what the znode holds after a write that failed. */
export function onIsrWriteAnswer(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  event: Extract<ZkClientEvent, { type: 'response' }>,
  context: HostContext,
): void {
  const write = event.payload as IsrWrite;
  const { code, stat, data } = event.result;
  const { partition } = write.entry;
  if (code === 'SESSIONEXPIRED' && definition.switches.zkSessionExpiry === 'queued') {
    zk.heldIsrRequests.push({ operation: event.operation, tag: event.tag, write });
    return;
  }
  if (event.tag === ZkTag.isrWrite) {
    if (code === 'CONNECTIONLOSS') {
      submit(definition, zk, event.operation, ZkTag.isrWrite, write, context);
    } else if (code === 'BADVERSION') {
      const path = partitionStatePath(definition, partition);
      const operation = { type: 'getData', path, watch: false } as const;
      submit(definition, zk, operation, ZkTag.isrCheck, write, context);
    } else if (code === 'OK') {
      succeed(definition, broker, zk, write.entry, stat!.version, context);
    } else {
      fail(definition, broker, write.entry, 'error', context);
    }
    return;
  }
  if (code === 'CONNECTIONLOSS') {
    submit(definition, zk, event.operation, ZkTag.isrCheck, write, context);
  } else if (code === 'OK' && isWhatWasWritten(broker.nodeId, write, data)) {
    succeed(definition, broker, zk, write.entry, stat!.version, context);
  } else {
    fail(definition, broker, write.entry, code === 'OK' ? 'conflict' : 'error', context);
  }
}

/** In a new session: what the end of the old one cut short goes out again (ZkClient.retryUntilConnected, before 1.1). */
export function resendIsrRequests(
  definition: ClusterDefinition,
  zk: ZkBroker,
  context: HostContext,
): void {
  const held = zk.heldIsrRequests;
  if (held.length === 0) return;
  zk.heldIsrRequests = [];
  for (const { operation, tag, write } of held)
    submit(definition, zk, operation, tag, write, context);
}

/** The timer of `maybePropagateIsrChanges`. */
export function propagateIsrChanges(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  context: HostContext,
): void {
  zk.isrPropagationTimer = NO_EVENT;
  if (zk.isrChanges.length === 0) return;
  const nowUs = context.nowUs();
  const isQuiet = zk.lastIsrChangeUs + BLACKOUT_US < nowUs;
  if (isQuiet || zk.lastIsrPropagationUs + MAX_DELAY_US < nowUs) {
    const data = new IsrChangeZnode(zk.isrChanges.slice());
    // Kafka has ZooKeeper number them (a sequential znode); any name that nobody else has will do.
    const name = `isr_change_${broker.nodeId}_${nowUs}`;
    const path = `${ISR_CHANGE_NOTIFICATION_PATH}/${name}`;
    const operation = { type: 'create', path, data, ephemeral: false } as const;
    submit(definition, zk, operation, ZkTag.isrNotification, null, context);
    zk.isrChanges = [];
    zk.lastIsrPropagationUs = nowUs;
  } else {
    armPropagation(zk, context);
  }
}

function succeed(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  entry: AlterPartitionEntry,
  version: number,
  context: HostContext,
): void {
  const { partition } = entry;
  if (!zk.isrChanges.includes(partition)) zk.isrChanges.push(partition);
  zk.lastIsrChangeUs = context.nowUs();
  armPropagation(zk, context);
  const replica = broker.replicas?.partitions[partition] ?? null;
  if (replica === null) return;
  onIsrCompareAndSet(definition, broker.replicas!, replica, entry, 'ok', version, context);
}

function fail(
  definition: ClusterDefinition,
  broker: BrokerState,
  entry: AlterPartitionEntry,
  outcome: 'conflict' | 'error',
  context: HostContext,
): void {
  const replica = broker.replicas?.partitions[entry.partition] ?? null;
  if (replica === null) return;
  onIsrCompareAndSet(definition, broker.replicas!, replica, entry, outcome, -1, context);
}

function stateAfter(nodeId: number, { entry, controllerEpoch }: IsrWrite): PartitionStateZnode {
  const { partition, leaderEpoch, newIsr } = entry;
  const isr = newIsr.map(({ brokerId }) => brokerId);
  return new PartitionStateZnode(partition, nodeId, leaderEpoch, isr, controllerEpoch);
}

/** ReplicationUtils.checkLeaderAndIsrZkData. */
function isWhatWasWritten(nodeId: number, write: IsrWrite, data: unknown): boolean {
  if (!(data instanceof PartitionStateZnode)) return false;
  const wanted = stateAfter(nodeId, write);
  return (
    data.leader === wanted.leader &&
    data.leaderEpoch === wanted.leaderEpoch &&
    data.isr.join() === wanted.isr.join()
  );
}

function armPropagation(zk: ZkBroker, context: HostContext): void {
  if (zk.isrPropagationTimer !== NO_EVENT) return;
  zk.isrPropagationTimer = context.setTimer(CHECK_INTERVAL_US, BrokerOpcode.isrPropagation);
}
