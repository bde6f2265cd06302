/**
 * Requests of a broker to ZooKeeper that must come to an end (KafkaZkClient.retryRequestsUntilConnected): one whose
 * answer was lost with its connection is sent again, and may find that it was done the first time.
 */
import type { ClusterDefinition } from '../../definition.js';
import { zkSubmit, type ZkClientEvent, type ZkOperation } from '../../zookeeper/index.js';
import type { HostContext } from '../../../sim/index.js';
import type { ZkBroker } from './state.js';

/** Tags of the broker's own requests; those of the controller are from 1000 on. */
export const ZkTag = {
  path: 1,
  register: 2,
  checkRegistration: 3,
  isrWrite: 4,
  isrCheck: 5,
  isrNotification: 6,
  producerIdRead: 7,
  producerIdWrite: 8,
  shutdownController: 9,
  chroot: 10,
} as const;

/** Sends an operation; its answer comes with the tag and the payload. */
export function submit(
  definition: ClusterDefinition,
  zk: ZkBroker,
  operation: ZkOperation,
  tag: number,
  payload: unknown,
  context: HostContext,
): void {
  zkSubmit(definition, zk.client, operation, tag, payload, context);
}

/** True where the answer was lost, and the request is under way again. */
export function isSentAgain(
  definition: ClusterDefinition,
  zk: ZkBroker,
  event: Extract<ZkClientEvent, { type: 'response' }>,
  context: HostContext,
): boolean {
  if (event.result.code !== 'CONNECTIONLOSS') return false;
  submit(definition, zk, event.operation, event.tag, event.payload, context);
  return true;
}
