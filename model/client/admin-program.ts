/**
 * The program of the operator's host: it creates the topics after power-on, asks for elections, reassignments and features
 * when told to, and is silent otherwise.
 *
 *     waiting --all brokers unfenced, or 30 s--> creating --all exist--> confirming --all have leaders--> done
 *
 * A node that does not answer, or is not the active controller, is left for the next one. Whatever fails is tried again
 * after 100 ms: all of these requests may be repeated.
 */
import type { ConnectionId, HostContext, Message, Program } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
  CreateTopicsRequest,
  CreateTopicsResponse,
  ElectLeadersRequest,
  ElectLeadersResponse,
  MetadataRequest,
  MetadataResponse,
  RpcMessage,
  UpdateFeaturesRequest,
  UpdateFeaturesResponse,
} from '../rpc/index.js';
import {
  createAdminState,
  ElectLeadersCommand,
  planAdmin,
  ReassignCommand,
  UpdateFeaturesCommand,
  type AdminCommand,
  type AdminPlan,
  type AdminRequest,
  type AdminState,
} from './admin-state.js';
import { armBy, disarm } from './lazy-timer.js';
import {
  disconnect,
  makeReady,
  nextTimeoutUs,
  nodeOf,
  NodeStatus,
  sendRequest,
  takeAnswered,
  timedOutNode,
} from './network-client.js';
import { ClientOpcode } from './opcodes.js';

/** How long the operator waits for all brokers before creating topics with those that are there. */
const WAIT_FOR_BROKERS_US = 30_000_000;
const ASK_AGAIN_US = 100_000;
/** After this long without leaders for all partitions the operator looks less often. */
const PATIENCE_US = 60_000_000;
const NO_PARTITIONS: readonly number[] = [];
const NO_RESULTS: readonly { readonly error: number }[] = [];

/** Serves the operator's host. */
export class AdminProgram implements Program<AdminState> {
  readonly plan: AdminPlan;

  constructor(definition: ClusterDefinition) {
    this.plan = planAdmin(definition);
  }

  start(context: HostContext): AdminState {
    const state = createAdminState(this.plan, context);
    runAdmin(this.plan, state, context);
    return state;
  }

  receive(
    state: AdminState,
    connection: ConnectionId,
    message: Message,
    context: HostContext,
  ): void {
    const { plan } = this;
    if (!(message instanceof RpcMessage)) throw new Error(`no response: ${message.describe()}`);
    takeAnswered(plan, state.network, nodeOf(plan, connection, context), message, context);
    state.isAsking = false;
    if (message instanceof MetadataResponse) onMetadata(plan, state, message, context);
    else if (message instanceof CreateTopicsResponse) onCreateTopics(plan, state, message, context);
    else if (message instanceof ElectLeadersResponse)
      onCommanded(plan, state, message.error, NO_RESULTS, context);
    else if (message instanceof AlterPartitionReassignmentsResponse)
      onCommanded(plan, state, message.error, message.results, context);
    else if (message instanceof UpdateFeaturesResponse)
      onCommanded(plan, state, message.error, NO_RESULTS, context);
    runAdmin(plan, state, context);
  }

  timer(
    state: AdminState,
    opcode: number,
    _arg: number,
    payload: unknown,
    context: HostContext,
  ): void {
    if (opcode === ClientOpcode.electLeaders) {
      if (!isCommand(payload)) throw new Error('no command to an operator');
      takeCommand(this.plan, state, payload, context);
      return;
    }
    if (opcode === ClientOpcode.wake) disarm(state.network.wake);
    else expireAsked(this.plan, state, context);
    runAdmin(this.plan, state, context);
  }

  closed(state: AdminState, connection: ConnectionId, context: HostContext): void {
    const { connections } = state.network;
    const node = connections.findIndex((candidate) => candidate.connection === connection);
    if (node < 0) return;
    giveUpOn(this.plan, state, node, context);
    runAdmin(this.plan, state, context);
  }
}

function isCommand(payload: unknown): payload is AdminCommand {
  return (
    payload instanceof ElectLeadersCommand ||
    payload instanceof ReassignCommand ||
    payload instanceof UpdateFeaturesCommand
  );
}

/** Asks the active controller, after whatever the operator is at. */
function takeCommand(
  plan: AdminPlan,
  state: AdminState,
  command: AdminCommand,
  context: HostContext,
): void {
  state.commands.push(command);
  runAdmin(plan, state, context);
}

/** Asks for what the phase needs, once the last question is answered and the pause is over. */
function runAdmin(plan: AdminPlan, state: AdminState, context: HostContext): void {
  if (state.isAsking) return;
  if (state.phase === 'done' && state.commands.length === 0) {
    hangUp(plan, state, context);
    return;
  }
  if (context.nowUs() < state.askAtUs) {
    armBy(state.network.wake, state.askAtUs, ClientOpcode.wake, context);
    return;
  }
  switch (state.phase) {
    case 'waiting':
      return ask(plan, state, currentBroker(plan, state), 'metadata', context);
    case 'creating':
      return ask(plan, state, currentVoter(plan, state), 'create-topics', context);
    case 'confirming':
      return ask(plan, state, currentBroker(plan, state), 'metadata', context);
    case 'done':
      return ask(plan, state, currentVoter(plan, state), state.commands[0]!.request, context);
  }
}

function ask(
  plan: AdminPlan,
  state: AdminState,
  node: number,
  what: AdminRequest,
  context: HostContext,
): void {
  const { network } = state;
  if (!makeReady(plan, network, node, context)) {
    moveOn(plan, state);
    askLater(state, context);
    return;
  }
  const message = requestFor(plan, state, what);
  state.isAsking = true;
  sendRequest(plan, network, node, message, what, context);
}

function requestFor(plan: AdminPlan, state: AdminState, what: AdminRequest): RpcMessage {
  const correlationId = state.network.nextCorrelationId++;
  switch (what) {
    case 'metadata':
      return new MetadataRequest(
        correlationId,
        state.phase === 'waiting' ? NO_PARTITIONS : plan.partitions,
      );
    case 'create-topics':
      return new CreateTopicsRequest(correlationId, state.topics.slice());
    case 'elect-leaders': {
      const { partitions, electionType } = state.commands[0] as ElectLeadersCommand;
      return new ElectLeadersRequest(correlationId, partitions, electionType);
    }
    case 'update-features': {
      const { metadataVersion } = state.commands[0] as UpdateFeaturesCommand;
      return new UpdateFeaturesRequest(correlationId, metadataVersion);
    }
    case 'reassign': {
      const targets = [state.commands[0] as ReassignCommand];
      return new AlterPartitionReassignmentsRequest(correlationId, targets, true);
    }
  }
}

function onMetadata(
  plan: AdminPlan,
  state: AdminState,
  response: MetadataResponse,
  context: HostContext,
): void {
  const waitedUs = context.nowUs() - state.startedUs;
  if (state.phase === 'waiting') {
    const isComplete = response.brokers.length === plan.brokers.length;
    if (isComplete || waitedUs >= WAIT_FOR_BROKERS_US) state.phase = 'creating';
    else askLater(state, context);
    return;
  }
  const led = response.partitions.filter((partition) => partition.leaderId >= 0);
  if (led.length >= plan.partitions.length) {
    state.phase = 'done';
  } else {
    moveOn(plan, state);
    askLater(state, context, waitedUs < PATIENCE_US ? ASK_AGAIN_US : 10 * ASK_AGAIN_US);
  }
}

function onCreateTopics(
  plan: AdminPlan,
  state: AdminState,
  response: CreateTopicsResponse,
  context: HostContext,
): void {
  if (response.error !== ErrorCode.NONE) {
    reportError(response.error, context);
    moveOn(plan, state);
    askLater(state, context);
    return;
  }
  state.topics = state.topics.filter((_, index) => {
    const error = response.topicErrors[index] ?? ErrorCode.NONE;
    if (error === ErrorCode.NONE || error === ErrorCode.TOPIC_ALREADY_EXISTS) return false;
    reportError(error, context);
    return true;
  });
  if (state.topics.length === 0) state.phase = 'confirming';
  else askLater(state, context);
}

/** The controller carried the command out, or refused a partition for good: that is noted, and not asked for again. */
function onCommanded(
  plan: AdminPlan,
  state: AdminState,
  error: number,
  results: readonly { readonly error: number }[],
  context: HostContext,
): void {
  if (error === ErrorCode.NONE) {
    state.commands.shift();
    for (const result of results) {
      if (result.error !== ErrorCode.NONE) reportError(result.error, context);
    }
    return;
  }
  reportError(error, context);
  moveOn(plan, state);
  askLater(state, context);
}

function reportError(error: number, context: HostContext): void {
  observerOf(context).clientError(context.virtualUs, error);
}

/** The deadline timer fired: whoever did not answer in time is given up. */
function expireAsked(plan: AdminPlan, state: AdminState, context: HostContext): void {
  const { network } = state;
  const node = timedOutNode(network, context.nowUs());
  if (node >= 0) giveUpOn(plan, state, node, context);
  disarm(network.deadline);
  armBy(network.deadline, nextTimeoutUs(network), ClientOpcode.deadline, context);
}

function giveUpOn(plan: AdminPlan, state: AdminState, node: number, context: HostContext): void {
  const lost = disconnect(plan, state.network, node, context);
  if (lost.length === 0) return;
  state.isAsking = false;
  const waitedUs = context.nowUs() - state.startedUs;
  if (state.phase === 'waiting' && waitedUs >= WAIT_FOR_BROKERS_US) state.phase = 'creating';
  moveOn(plan, state);
  askLater(state, context);
}

/** The next question goes to another node. */
function moveOn(plan: AdminPlan, state: AdminState): void {
  if (state.phase === 'waiting' || state.phase === 'confirming') {
    state.broker = (state.broker + 1) % plan.brokers.length;
  } else {
    state.voter = (state.voter + 1) % plan.voters.length;
  }
}

function askLater(state: AdminState, context: HostContext, pauseUs = ASK_AGAIN_US): void {
  state.askAtUs = context.nowUs() + pauseUs;
  armBy(state.network.wake, state.askAtUs, ClientOpcode.wake, context);
}

function currentBroker(plan: AdminPlan, state: AdminState): number {
  return plan.brokers[state.broker]!;
}

function currentVoter(plan: AdminPlan, state: AdminState): number {
  return plan.voters[state.voter]!;
}

/** Nothing is left to do: no connection and no timer stays behind. */
function hangUp(plan: AdminPlan, state: AdminState, context: HostContext): void {
  const { network } = state;
  for (let node = 0; node < network.connections.length; node++) {
    if (network.connections[node]!.status === NodeStatus.disconnected) continue;
    disconnect(plan, network, node, context);
  }
  context.cancelTimer(network.wake.handle);
  context.cancelTimer(network.deadline.handle);
  disarm(network.wake);
  disarm(network.deadline);
}
