/**
 * The program of producer hosts.
 *
 *     application --record--> accumulator --batch--> sender --Produce--> leader
 *          ^                       ^                    |
 *          +------- outcome -------+------ retry -------+
 */
import type { ConnectionId, HostContext, Message, Program } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import { InitProducerIdResponse, Kind, ProduceResponse } from '../rpc/index.js';
import {
  connectionClosed,
  expireRequests,
  rearmDeadline,
  receiveResponse,
  type FailedRequests,
} from './client-core.js';
import { armBy, disarm } from './lazy-timer.js';
import { ClientOpcode } from './opcodes.js';
import { onProduceDisconnected, onProduceResponse } from './produce-outcome.js';
import {
  runApplication,
  runCommand,
  SendCommand,
  startApplication,
} from './producer-application.js';
import type { ProducerBatch } from './producer-batch.js';
import { planProducer, type ProducerPlan } from './producer-plan.js';
import { blockedCount, createProducerState, type ProducerState } from './producer-state.js';
import { askLater, runSender } from './sender.js';

/** Serves all producers of a definition, each on its own host. */
export class ProducerProgram implements Program<ProducerState> {
  /** By host; undefined where the host is no producer. */
  private readonly plans: (ProducerPlan | undefined)[] = [];

  constructor(definition: ClusterDefinition) {
    for (const producer of definition.producers) {
      this.plans[producer.host] = planProducer(definition, producer);
    }
  }

  start(context: HostContext): ProducerState {
    const plan = this.planOf(context);
    const state = createProducerState(plan, context);
    startApplication(plan, state, context);
    return state;
  }

  receive(
    state: ProducerState,
    connection: ConnectionId,
    message: Message,
    context: HostContext,
  ): void {
    const plan = this.planOf(context);
    const request = receiveResponse(plan, state.core, connection, message, context);
    if (request !== null && message instanceof ProduceResponse) {
      onProduceResponse(plan, state, request, message, context);
    } else if (message instanceof InitProducerIdResponse) {
      onProducerId(plan, state, message, context);
    }
    runSender(plan, state, context);
  }

  timer(
    state: ProducerState,
    opcode: number,
    _arg: number,
    payload: unknown,
    context: HostContext,
  ): void {
    const plan = this.planOf(context);
    switch (opcode) {
      case ClientOpcode.application: {
        const isFirst = state.core.network.nextCorrelationId === 0;
        if (runApplication(plan, state, context) || isFirst) runSender(plan, state, context);
        return;
      }
      case ClientOpcode.wake:
        disarm(state.core.network.wake);
        runSender(plan, state, context);
        return;
      case ClientOpcode.deadline:
        onDeadline(plan, state, context);
        return;
      case ClientOpcode.send:
        if (!(payload instanceof SendCommand)) throw new Error('no send command');
        if (runCommand(plan, state, payload, context)) runSender(plan, state, context);
        return;
      default:
        throw new Error(`a producer has no timer ${opcode}`);
    }
  }

  closed(state: ProducerState, connection: ConnectionId, context: HostContext): void {
    const plan = this.planOf(context);
    onFailedRequests(plan, state, connectionClosed(plan, state.core, connection, context), context);
    runSender(plan, state, context);
  }

  private planOf(context: HostContext): ProducerPlan {
    const plan = this.plans[context.host.index];
    if (plan === undefined) throw new Error(`${context.host.name} is no producer`);
    return plan;
  }
}

function onDeadline(plan: ProducerPlan, state: ProducerState, context: HostContext): void {
  const { core } = state;
  let failed = expireRequests(plan, core, context);
  while (failed !== null) {
    onFailedRequests(plan, state, failed, context);
    failed = expireRequests(plan, core, context);
  }
  rearmDeadline(plan, core, context);
  runSender(plan, state, context);
  armBy(core.network.deadline, state.nextExpiryUs, ClientOpcode.deadline, context);
  if (blockedCount(state) > 0) {
    const { deadlineUs } = state.blocked[state.blockedFrom]!;
    armBy(core.network.deadline, deadlineUs, ClientOpcode.deadline, context);
  }
}

function onFailedRequests(
  plan: ProducerPlan,
  state: ProducerState,
  failed: FailedRequests<readonly ProducerBatch[]> | null,
  context: HostContext,
): void {
  if (failed === null) return;
  for (const request of failed.requests) {
    if (request.kind === Kind.ProduceRequest) {
      onProduceDisconnected(plan, state, request, failed.timedOut, context);
    } else if (state.idempotence !== null) {
      askLater(plan, state.idempotence, context);
    }
  }
}

function onProducerId(
  plan: ProducerPlan,
  state: ProducerState,
  response: InitProducerIdResponse,
  context: HostContext,
): void {
  const { idempotence } = state;
  if (idempotence === null) return;
  if (response.error !== ErrorCode.NONE) {
    observerOf(context).clientError(context.virtualUs, response.error);
    askLater(plan, idempotence, context);
    return;
  }
  idempotence.isAskingForId = false;
  idempotence.producerId = response.producerId;
  idempotence.producerEpoch = response.producerEpoch;
}
