/**
 * How a broker connects to an ensemble in which its cluster has a root of its own (`zookeeper.connect` with a chroot).
 *
 * Before the session that it keeps, the broker opens one without the chroot, makes the znodes of the chroot and closes it
 * again. Without a chroot there is one session only.
 *
 * Source: KafkaServer.initZkClient (1.1 to 2.8; initZk with ZkUtils before), KafkaZkClient.apply with
 * `createChrootIfNecessary` from 3.x on, KafkaZkClient.createRecursive, ZooKeeper.close.
 * Differs from Kafka: all znodes of the path are asked for, parents first; Kafka asks for the last, and for its parents
 * only where there are none. ZkUtils, and KafkaZkClient from 3.x on, look first whether the last is there.
 */
import type { ClusterDefinition } from '../../definition.js';
import { createZkClient, zkClose, type ZkClientEvent } from '../../zookeeper/index.js';
import type { HostContext } from '../../../sim/index.js';
import { BrokerOpcode } from '../broker-opcodes.js';
import type { BrokerState } from '../state.js';
import { isSentAgain, submit, ZkTag } from './session.js';
import type { ZkBroker } from './state.js';

/** The client that a broker starts with, and the phase that it starts in. */
export function connectToZooKeeper(
  definition: ClusterDefinition,
  nodeId: number,
  context: HostContext,
): Pick<ZkBroker, 'client' | 'phase'> {
  const client = createZkClient(definition, '', timeoutUsOf(definition, nodeId), context);
  return { client, phase: definition.plane.chroot === '' ? 'connecting' : 'rooting' };
}

/** There is a session without chroot: what is still missing of the chroot is asked for. */
export function makeChroot(
  definition: ClusterDefinition,
  zk: ZkBroker,
  context: HostContext,
): void {
  // The session went on: what was lost with its connection has been sent again.
  if (zk.pathsLeft > 0 || zk.client.isClosed) return;
  const paths = pathsOf(definition.plane.chroot);
  zk.pathsLeft = paths.length;
  for (const path of paths) {
    const operation = { type: 'create', path, data: null, ephemeral: false } as const;
    submit(definition, zk, operation, ZkTag.chroot, null, context);
  }
}

/** One znode of the chroot is there; after the last one the session is closed. */
export function onChrootAnswer(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  event: Extract<ZkClientEvent, { type: 'response' }>,
  context: HostContext,
): void {
  if (zk.phase !== 'rooting' || isSentAgain(definition, zk, event, context)) return;
  if (event.result.code === 'SESSIONEXPIRED') {
    zk.pathsLeft = 0;
    return;
  }
  zk.pathsLeft--;
  if (zk.pathsLeft > 0) return;
  const { isConnected, readTimeoutUs } = zk.client;
  zkClose(definition, zk.client, context);
  if (isConnected) context.setTimer(readTimeoutUs, BrokerOpcode.chrootSessionClosed);
  else onChrootSessionOver(definition, broker, zk, context);
}

/** The session without chroot is closed, or its server says nothing any more: the one below the chroot begins. */
export function onChrootSessionOver(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  context: HostContext,
): void {
  const { connection, wakeHandle, wakeAtUs } = zk.client;
  if (connection >= 0) context.close(connection);
  if (wakeAtUs < Infinity) context.cancelTimer(wakeHandle);
  const { chroot } = definition.plane;
  zk.client = createZkClient(definition, chroot, timeoutUsOf(definition, broker.nodeId), context);
  zk.phase = 'connecting';
}

function timeoutUsOf(definition: ClusterDefinition, nodeId: number): number {
  return definition.node(nodeId).config.zookeeperSessionTimeoutMs * 1000;
}

/** `/a` and `/a/b` of `/a/b`. */
function pathsOf(chroot: string): string[] {
  const names = chroot.split('/').slice(1);
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}
