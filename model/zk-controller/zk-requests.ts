/**
 * Requests of the controller to ZooKeeper: a step waits for all of its own (KafkaZkClient.retryRequestsUntilConnected).
 *
 * With `zkWriteFencing` every write is a multi that checks the version of /controller_epoch first (KAFKA-6082): where a
 * newer controller has raised it nothing is written, and this controller learns that it is none any more. Ten requests
 * are in flight, or one before 1.1 (`zkRequests`). What a broken connection may have lost is sent again.
 *
 * Differs from Kafka: a lost request is sent again at once, not when the others of its batch have been answered.
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { zkSubmit, type ZkClientEvent, type ZkClientState } from '../zookeeper/client.js';
import type { ZkOperation, ZkResult } from '../zookeeper/operations.js';
import { CONTROLLER_EPOCH_PATH } from '../zookeeper/znodes.js';
import { isActive, type ZkBatch, type ZkControllerState } from './state.js';

/** Tags of the controller's requests are in [1000, 2000). */
export const ZkTag = { step: 1000, topicCreation: 1001 } as const;

/** `zookeeper.max.in.flight.requests`. */
const MAX_IN_FLIGHT = 10;

/** What a request of a step carries: which batch it is of, and its place there. */
export interface BatchPayload {
  readonly batch: number;
  readonly index: number;
}

/** Sends the operations of a step, writes of an active controller fenced. At least one. */
export function submitBatch(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  zk: ZkClientState,
  operations: readonly ZkOperation[],
  context: HostContext,
): void {
  controller.batch = {
    number: ++controller.batchCount,
    operations: operations.map((operation) => fenced(definition, controller, operation)),
    results: operations.map(() => null),
    sent: 0,
    answered: 0,
    held: [],
  };
  sendMore(definition, controller.batch, zk, context);
}

/** Takes the answer to one request: true where it was the last of its batch. */
export function takeAnswer(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  zk: ZkClientState,
  event: ZkClientEvent & { readonly type: 'response' },
  context: HostContext,
): boolean {
  const { batch } = controller;
  const { batch: number, index } = event.payload as BatchPayload;
  // What an event asked for that was cut short by a resignation.
  if (batch?.number !== number) return false;
  if (event.result.code === 'CONNECTIONLOSS') {
    resend(definition, batch, index, zk, context);
    return false;
  }
  if (event.result.code === 'SESSIONEXPIRED') {
    batch.held.push(index);
    return false;
  }
  batch.results[index] = event.result;
  batch.answered++;
  sendMore(definition, batch, zk, context);
  return batch.answered === batch.operations.length;
}

/** In a new session: what the end of the old one cut short goes out again (ZkClient.retryUntilConnected, before 1.1). */
export function resendHeld(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  zk: ZkClientState,
  context: HostContext,
): void {
  const { batch } = controller;
  if (batch === null || batch.held.length === 0) return;
  const held = batch.held;
  batch.held = [];
  for (const index of held) resend(definition, batch, index, zk, context);
}

/** The results of a batch as if its writes had not been fenced; null where another broker is the controller by now. */
export function unfencedResults(batch: ZkBatch): ZkResult[] | null {
  const results: ZkResult[] = [];
  for (const [index, operation] of batch.operations.entries()) {
    const result = batch.results[index]!;
    if (!isFencedWrite(operation)) {
      results.push(result);
      continue;
    }
    const [check, write] = result.results;
    if (isFailure(check)) return null;
    results.push(write ?? result);
  }
  return results;
}

/** What made a multi fail, or OK. */
export function multiCode(result: ZkResult): ZkResult['code'] {
  if (result.code === 'OK') return 'OK';
  return result.results.find(isFailure)?.code ?? result.code;
}

function isFailure(result: ZkResult | undefined): boolean {
  return result !== undefined && result.code !== 'OK' && result.code !== 'RUNTIMEINCONSISTENCY';
}

/** The wrapped form has a check first, and nothing else that the controller sends has. */
function isFencedWrite(operation: ZkOperation): boolean {
  return operation.type === 'multi' && operation.writes[0]?.type === 'check';
}

function fenced(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  operation: ZkOperation,
): ZkOperation {
  const { type } = operation;
  if (type !== 'create' && type !== 'setData' && type !== 'delete') return operation;
  if (definition.switches.zkWriteFencing === 'off' || !isActive(controller)) return operation;
  const version = controller.epochZkVersion;
  return {
    type: 'multi',
    writes: [{ type: 'check', path: CONTROLLER_EPOCH_PATH, version }, operation],
  };
}

function sendMore(
  definition: ClusterDefinition,
  batch: ZkBatch,
  zk: ZkClientState,
  context: HostContext,
): void {
  const window = definition.switches.zkRequests === 'oneByOne' ? 1 : MAX_IN_FLIGHT;
  while (batch.sent < batch.operations.length && batch.sent - batch.answered < window) {
    resend(definition, batch, batch.sent++, zk, context);
  }
}

function resend(
  definition: ClusterDefinition,
  batch: ZkBatch,
  index: number,
  zk: ZkClientState,
  context: HostContext,
): void {
  const payload: BatchPayload = { batch: batch.number, index };
  zkSubmit(definition, zk, batch.operations[index]!, ZkTag.step, payload, context);
}
