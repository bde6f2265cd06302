/**
 * Blocks of producer ids on ZooKeeper (ZkProducerIdManager): the next block's start is in a znode, which a broker moves
 * on by compare-and-set, and tries again where another broker was faster.
 *
 * Differs from Kafka: the first block is asked for when a producer needs an id; Kafka's brokers get it when they start
 * (ProducerIdManager, 2.6.1; ZkProducerIdManager, 3.9.1).
 */
import type { ClusterDefinition } from '../../definition.js';
import type { ZkClientEvent } from '../../zookeeper/index.js';
import { PRODUCER_ID_BLOCK_PATH } from '../../zookeeper/znodes.js';
import type { HostContext } from '../../../sim/index.js';
import type { BrokerState } from '../state.js';
import { isSentAgain, submit, ZkTag } from './session.js';
import type { ZkBroker } from './state.js';

/** ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE. */
const BLOCK_SIZE = 1000;

/** Asks for the next block. */
export function requestZkProducerIds(
  definition: ClusterDefinition,
  zk: ZkBroker,
  context: HostContext,
): void {
  const operation = { type: 'getData', path: PRODUCER_ID_BLOCK_PATH, watch: false } as const;
  submit(definition, zk, operation, ZkTag.producerIdRead, null, context);
}

/** The znode was read, or written. */
export function onProducerIdAnswer(
  definition: ClusterDefinition,
  broker: BrokerState,
  zk: ZkBroker,
  event: Extract<ZkClientEvent, { type: 'response' }>,
  context: HostContext,
): void {
  const { code, stat, data } = event.result;
  const manager = broker.producerIds;
  if (code === 'SESSIONEXPIRED') {
    manager.requestInFlight = false;
    return;
  }
  if (event.tag === ZkTag.producerIdRead) {
    if (isSentAgain(definition, zk, event, context) || stat === null) return;
    const firstId = typeof data === 'number' ? data : 0;
    const operation = {
      type: 'setData',
      path: PRODUCER_ID_BLOCK_PATH,
      data: firstId + BLOCK_SIZE,
      version: stat.version,
    } as const;
    submit(definition, zk, operation, ZkTag.producerIdWrite, firstId, context);
    return;
  }
  // A write whose answer was lost may have been done: its block is then nobody's, as in Kafka.
  if (code !== 'OK') {
    requestZkProducerIds(definition, zk, context);
    return;
  }
  manager.nextFirstId = event.payload as number;
  manager.nextSize = BLOCK_SIZE;
}
