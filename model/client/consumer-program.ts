/**
 * The program of consumer hosts: a consumer without a group, reading the partitions that it was assigned.
 *
 * The application polls, is busy for `processingUs` with each record, and polls again. While there is nothing to read,
 * one fetch is parked at each leader and nothing else happens.
 *
 * Source: ClassicKafkaConsumer.poll (manual assignment).
 * Differs from Kafka: the network is served while the application is busy, not only within `poll`.
 */
import type { ConnectionId, HostContext, Message, Program } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import {
  FetchResponse,
  Kind,
  ListOffsetsResponse,
  OffsetForLeaderEpochResponse,
} from '../rpc/index.js';
import {
  connectionClosed,
  expireRequests,
  maybeUpdateMetadata,
  rearmDeadline,
  receiveResponse,
  type FailedRequests,
} from './client-core.js';
import { planConsumer, type ConsumerPlan } from './consumer-plan.js';
import { collectFetch, onFetchFailed, onFetchResponse, sendFetches } from './fetcher.js';
import { disarm } from './lazy-timer.js';
import {
  onListOffsets,
  onOffsetForLeaderEpoch,
  onPositionRequestFailed,
  settlePositions,
  validateOnNewMetadata,
} from './offset-fetcher.js';
import { ClientOpcode } from './opcodes.js';
import {
  createConsumerState,
  type ConsumerState,
  type PositionRequest,
} from './subscription-state.js';

/** Serves all consumers of a definition, each on its own host. */
export class ConsumerProgram implements Program<ConsumerState> {
  /** By host; undefined where the host is no consumer. */
  private readonly plans: (ConsumerPlan | undefined)[] = [];

  constructor(definition: ClusterDefinition) {
    for (const consumer of definition.consumers) {
      this.plans[consumer.host] = planConsumer(definition, consumer);
    }
  }

  start(context: HostContext): ConsumerState {
    const plan = this.planOf(context);
    const state = createConsumerState(plan, context);
    runConsumer(plan, state, context);
    return state;
  }

  receive(
    state: ConsumerState,
    connection: ConnectionId,
    message: Message,
    context: HostContext,
  ): void {
    const plan = this.planOf(context);
    const request = receiveResponse(plan, state.core, connection, message, context);
    if (request !== null) {
      if (message instanceof FetchResponse) {
        onFetchResponse(plan, state, request.node, message, context);
      } else if (message instanceof ListOffsetsResponse) {
        onListOffsets(plan, state, request, message, context);
      } else if (message instanceof OffsetForLeaderEpochResponse) {
        onOffsetForLeaderEpoch(plan, state, request, message, context);
      }
    }
    runConsumer(plan, state, context);
  }

  timer(
    state: ConsumerState,
    opcode: number,
    _arg: number,
    _payload: unknown,
    context: HostContext,
  ): void {
    const plan = this.planOf(context);
    switch (opcode) {
      case ClientOpcode.application:
        state.isProcessing = false;
        break;
      case ClientOpcode.wake:
        disarm(state.core.network.wake);
        break;
      case ClientOpcode.deadline:
        onDeadline(plan, state, context);
        break;
      default:
        throw new Error(`a consumer has no timer ${opcode}`);
    }
    runConsumer(plan, state, context);
  }

  closed(state: ConsumerState, connection: ConnectionId, context: HostContext): void {
    const plan = this.planOf(context);
    onFailedRequests(plan, state, connectionClosed(plan, state.core, connection, context), context);
    runConsumer(plan, state, context);
  }

  private planOf(context: HostContext): ConsumerPlan {
    const plan = this.plans[context.host.index];
    if (plan === undefined) throw new Error(`${context.host.name} is no consumer`);
    return plan;
  }
}

/** Does all that can be done now; to be called after everything that changed something. */
function runConsumer(plan: ConsumerPlan, state: ConsumerState, context: HostContext): void {
  const { core } = state;
  maybeUpdateMetadata(plan, core, context);
  validateOnNewMetadata(plan, state);
  settlePositions(plan, state, context);
  poll(plan, state, context);
  sendFetches(plan, state, context);
  if (core.metadata.needsUpdate) maybeUpdateMetadata(plan, core, context);
}

/** Polls until there is nothing left, or the application is busy. */
function poll(plan: ConsumerPlan, state: ConsumerState, context: HostContext): void {
  const { processingUs } = plan.consumer;
  while (!state.isProcessing && state.buffer.length > 0) {
    const count = collectFetch(plan, state, context);
    if (count === 0 || processingUs === 0) continue;
    state.isProcessing = true;
    context.setTimer(count * processingUs, ClientOpcode.application);
  }
}

function onDeadline(plan: ConsumerPlan, state: ConsumerState, context: HostContext): void {
  const { core } = state;
  let failed = expireRequests(plan, core, context);
  while (failed !== null) {
    onFailedRequests(plan, state, failed, context);
    failed = expireRequests(plan, core, context);
  }
  rearmDeadline(plan, core, context);
}

function onFailedRequests(
  plan: ConsumerPlan,
  state: ConsumerState,
  failed: FailedRequests<PositionRequest> | null,
  context: HostContext,
): void {
  if (failed === null) return;
  for (const request of failed.requests) {
    if (request.kind === Kind.FetchRequest) onFetchFailed(state, request.node);
    else onPositionRequestFailed(plan, state, request, context);
  }
}
