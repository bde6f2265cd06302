/**
 * What an active controller does from time to time (PeriodicTaskControlManager).
 *
 * Kafka runs every task in every period. Here a task whose run would find nothing is not woken: the run happens at the
 * first of its times at which it can find something, so that the outcome is the same.
 */
import type { HostContext } from '../../sim/index.js';
import type { BrokerConfig } from '../config/views.js';
import type { ClusterDefinition } from '../definition.js';
import type { MetadataRecord } from '../metadata/records.js';
import { observerOf } from '../observer.js';
import { CONTROLLER_OPCODES } from '../opcodes.js';
import type { RaftState } from '../raft/index.js';
import { earliestExpiryUs, sessionTimeoutUs, takeExpired } from './broker-sessions.js';
import {
  isActiveController,
  type ControllerState,
  type PeriodicTaskState,
} from './controller-state.js';
import { balanceLeaders, electUncleanLeaders, MAX_ELECTIONS_PER_RUN } from './elections.js';
import { fenceBroker } from './leader-and-isr.js';
import { appendRecords } from './writes.js';

export const ControllerOpcode = {
  /** The thread is free for the next queued request. */
  nextRequest: CONTROLLER_OPCODES,
  noOp: CONTROLLER_OPCODES + 1,
  fenceStaleBroker: CONTROLLER_OPCODES + 2,
  electPreferred: CONTROLLER_OPCODES + 3,
  electUnclean: CONTROLLER_OPCODES + 4,
} as const;

const NO_OP_RECORDS: readonly MetadataRecord[] = [{ type: 'NoOp' }];

/** A task that has more to do runs again after this (PeriodicTask.DEFAULT_IMMEDIATE_PERIOD_NS). */
const IMMEDIATE_PERIOD_US = 10_000;

/** All tasks count their periods from the moment of activation. */
export function activateTasks(
  definition: ClusterDefinition,
  controller: ControllerState,
  context: HostContext,
): void {
  const nowUs = context.nowUs();
  const { noOp, fenceStaleBroker, electPreferred, electUnclean } = controller.tasks;
  for (const task of [noOp, fenceStaleBroker, electPreferred, electUnclean]) task.baseUs = nowUs;
  const idleUs = configOf(definition, controller).metadataMaxIdleIntervalMs * 1000;
  if (idleUs > 0) arm(noOp, nowUs + idleUs, ControllerOpcode.noOp, context);
  armTasks(definition, controller, context);
}

/** Wakes those tasks that now have something to do. */
export function armTasks(
  definition: ClusterDefinition,
  controller: ControllerState,
  context: HostContext,
): void {
  if (!isActiveController(controller)) return;
  const { fenceStaleBroker, electPreferred, electUnclean } = controller.tasks;
  if (!fenceStaleBroker.isArmed) armSessionCheck(definition, controller, context);
  const { uncleanElectionRetry } = definition.switches;
  if (controller.imbalancedCount > 0 && !electPreferred.isArmed) {
    const { autoLeaderRebalanceEnable, leaderImbalanceCheckIntervalSeconds } = configOf(
      definition,
      controller,
    );
    const periodUs = leaderImbalanceCheckIntervalSeconds * 1_000_000;
    if (autoLeaderRebalanceEnable) {
      armElection(definition, electPreferred, periodUs, ControllerOpcode.electPreferred, context);
    }
  }
  const isRetried = uncleanElectionRetry === 'periodic';
  if (isRetried && controller.leaderlessCount > 0 && !electUnclean.isArmed) {
    const periodUs = configOf(definition, controller).uncleanLeaderElectionIntervalMs * 1000;
    armElection(definition, electUnclean, periodUs, ControllerOpcode.electUnclean, context);
  }
}

/** Runs the task that a timer woke. */
export function runTask(
  definition: ClusterDefinition,
  controller: ControllerState,
  raft: RaftState,
  opcode: number,
  context: HostContext,
): void {
  const { noOp, fenceStaleBroker, electPreferred, electUnclean } = controller.tasks;
  switch (opcode) {
    case ControllerOpcode.noOp:
      return runNoOp(definition, controller, raft, noOp, context);
    case ControllerOpcode.fenceStaleBroker:
      return runFenceStaleBroker(definition, controller, raft, fenceStaleBroker, context);
    case ControllerOpcode.electPreferred:
      electPreferred.isArmed = false;
      return runElections(definition, controller, raft, opcode, electPreferred, context);
    case ControllerOpcode.electUnclean:
      electUnclean.isArmed = false;
      return runElections(definition, controller, raft, opcode, electUnclean, context);
    default:
      throw new Error(`the controller has no task ${opcode}`);
  }
}

function runNoOp(
  definition: ClusterDefinition,
  controller: ControllerState,
  raft: RaftState,
  task: PeriodicTaskState,
  context: HostContext,
): void {
  task.isArmed = false;
  if (!appendRecords(definition, controller, raft, NO_OP_RECORDS, context)) return;
  const idleUs = configOf(definition, controller).metadataMaxIdleIntervalMs * 1000;
  arm(task, context.nowUs() + idleUs, ControllerOpcode.noOp, context);
}

/** Fences one broker whose session ran out; the next one in a run of its own (`maybeFenceOneStaleBroker`). */
function runFenceStaleBroker(
  definition: ClusterDefinition,
  controller: ControllerState,
  raft: RaftState,
  task: PeriodicTaskState,
  context: HostContext,
): void {
  task.isArmed = false;
  const nowUs = context.nowUs();
  task.baseUs = nowUs;
  const timeoutUs = sessionTimeoutUs(definition, controller);
  const broker = takeExpired(definition, controller, timeoutUs, nowUs);
  if (broker === null) {
    armSessionCheck(definition, controller, context);
    return;
  }
  observerOf(context).mark(context.virtualUs, 'broker-session-expired', broker.registration.id);
  const records: MetadataRecord[] = [];
  fenceBroker(definition, controller, broker, records);
  if (!appendRecords(definition, controller, raft, records, context)) return;
  if (definition.switches.brokerSessions !== 'tracked') return;
  task.baseUs = nowUs + IMMEDIATE_PERIOD_US;
  arm(task, task.baseUs, ControllerOpcode.fenceStaleBroker, context);
}

function runElections(
  definition: ClusterDefinition,
  controller: ControllerState,
  raft: RaftState,
  opcode: number,
  task: PeriodicTaskState,
  context: HostContext,
): void {
  const records =
    opcode === ControllerOpcode.electPreferred
      ? balanceLeaders(definition, controller)
      : electUncleanLeaders(definition, controller);
  if (records.length === 0) return;
  if (!appendRecords(definition, controller, raft, records, context)) return;
  if (records.length < MAX_ELECTIONS_PER_RUN) return;
  task.baseUs = context.nowUs() + IMMEDIATE_PERIOD_US;
  arm(task, task.baseUs, opcode, context);
}

/**
 * Sessions are checked eight times in a session timeout: the first check after the first possible expiry. Before 4.0
 * (switch `brokerSessions`) at that very moment.
 */
function armSessionCheck(
  definition: ClusterDefinition,
  controller: ControllerState,
  context: HostContext,
): void {
  const timeoutUs = sessionTimeoutUs(definition, controller);
  const expiryUs = earliestExpiryUs(definition, controller, timeoutUs);
  if (expiryUs === Infinity) return;
  const task = controller.tasks.fenceStaleBroker;
  if (definition.switches.brokerSessions !== 'tracked') {
    arm(task, expiryUs + 1, ControllerOpcode.fenceStaleBroker, context);
    return;
  }
  const periodUs = Math.max(1000, Math.floor(timeoutUs / 8));
  const atUs = firstOnGrid(task.baseUs, periodUs, Math.max(expiryUs, context.nowUs()));
  arm(task, atUs, ControllerOpcode.fenceStaleBroker, context);
}

/** In the next period; before 4.0 (switch `periodicElections`) one period from now. */
function armElection(
  { switches }: ClusterDefinition,
  task: PeriodicTaskState,
  periodUs: number,
  opcode: number,
  context: HostContext,
): void {
  const nowUs = context.nowUs();
  if (switches.periodicElections === 'onDemand') task.baseUs = nowUs;
  arm(task, firstOnGrid(task.baseUs, periodUs, nowUs), opcode, context);
}

/** The first of the times `baseUs` + n periods after a moment. */
function firstOnGrid(baseUs: number, periodUs: number, afterUs: number): number {
  return baseUs + (Math.floor((afterUs - baseUs) / periodUs) + 1) * periodUs;
}

function arm(task: PeriodicTaskState, atUs: number, opcode: number, context: HostContext): void {
  task.isArmed = true;
  task.handle = context.setTimer(Math.max(0, atUs - context.nowUs()), opcode);
}

function configOf(definition: ClusterDefinition, controller: ControllerState): BrokerConfig {
  return definition.node(controller.nodeId).config;
}
