/**
 * Changes of ISRs that leaders ask for or tell of.
 *
 * From 2.7 on a leader asks the controller, who writes (KIP-497; KafkaController.processAlterPartition, processAlterIsr).
 * Before, the leader writes the state itself and leaves a notification, by which the controller learns of it and tells
 * the brokers (processIsrChangeNotification).
 *
 * Differs from Kafka: a request with a leader or partition epoch that is ahead of the controller's is answered
 * NOT_CONTROLLER in every version (3.3; before, the write failed). Left out: LeaderRecoveryState (KIP-704).
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import {
  AlterPartitionResponse,
  type AlterPartitionEntry,
  type AlterPartitionResult,
} from '../rpc/index.js';
import type { ZkOperation, ZkResult } from '../zookeeper/operations.js';
import { ISR_CHANGE_NOTIFICATION_PATH, IsrChangeZnode } from '../zookeeper/znodes.js';
import { brokerOf, isKnown, isLive } from './controller-context.js';
import { writtenLeadership } from './partition-state-machine.js';
import { reply } from './reply.js';
import {
  pushSteps,
  type ControllerEvent,
  type IndexedUpdate,
  type Leadership,
  type Step,
  type ZkControllerState,
} from './state.js';

type StepOf<Type extends Step['type']> = Step & { readonly type: Type };
type AlterPartitionEvent = ControllerEvent & { readonly type: 'AlterPartition' };

/** What the controller does about a leader's request: checks, writes, reads again, tells all brokers, answers. */
export function alterPartitionSteps(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  event: AlterPartitionEvent,
  context: HostContext,
): Step[] {
  const { correlationId, brokerId, brokerEpoch, entries } = event.request;
  const broker = brokerOf(controller.context, brokerId);
  const checksEpoch = definition.switches.brokerGeneration === 'on';
  if (broker === undefined || (checksEpoch && broker.epoch !== brokerEpoch)) {
    const error = ErrorCode.STALE_BROKER_EPOCH;
    reply(event.connection, new AlterPartitionResponse(correlationId, error, []), context);
    return [];
  }
  const answers: AlterPartitionResult[] = [];
  const updates: IndexedUpdate[] = [];
  for (const [index, entry] of entries.entries()) {
    const current = controller.context.leadership[entry.partition] ?? null;
    const error = checkEntry(definition, controller, brokerId, current, entry, context);
    if (error !== ErrorCode.NONE) answers.push(failed(entry, error));
    else if (isDesiredState(current!, brokerId, entry)) answers.push(succeeded(entry, current!));
    else {
      const leadership = asked(event, entry, controller);
      answers.push(failed(entry, ErrorCode.INVALID_UPDATE_VERSION));
      updates.push({ index, partition: entry.partition, recipients: [], leadership });
    }
  }
  const written = updates.map(({ partition }) => partition);
  const partitions = entries.map(({ partition }) => partition);
  return [
    { type: 'WriteIsr', updates, answers },
    { type: 'ReadStates', partitions: written },
    { type: 'UpdateMetadata', brokers: null, partitions },
    { type: 'AnswerAlterPartition', event, answers },
  ];
}

/** The checks of tryProcessAlterPartition, in its order; NONE for a state that is there already, too. */
function checkEntry(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  brokerId: number,
  current: Leadership | null,
  entry: AlterPartitionEntry,
  context: HostContext,
): number {
  if (current === null) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  const { leaderEpoch, partitionEpoch, newIsr } = entry;
  if (partitionEpoch > current.zkVersion || leaderEpoch > current.leaderEpoch) {
    return ErrorCode.NOT_CONTROLLER;
  }
  if (leaderEpoch < current.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
  if (isDesiredState(current, brokerId, entry)) return ErrorCode.NONE;
  if (partitionEpoch < current.zkVersion) return ErrorCode.INVALID_UPDATE_VERSION;
  const areLive = newIsr.every(({ brokerId }) => isLive(controller.context, brokerId));
  if (definition.switches.isrEligibility === 'off' || areLive) return ErrorCode.NONE;
  observerOf(context).mark(context.virtualUs, 'ineligible-replica', entry.partition);
  return ErrorCode.INELIGIBLE_REPLICA;
}

/** The leader asks for what there is already, maybe because the first answer was lost. */
function isDesiredState(
  current: Leadership,
  brokerId: number,
  entry: AlterPartitionEntry,
): boolean {
  return (
    current.leader === brokerId &&
    current.isr.length === entry.newIsr.length &&
    entry.newIsr.every((member, index) => current.isr[index] === member.brokerId)
  );
}

/** The leader epoch stays: only the controller's own changes raise it. */
function asked(
  event: AlterPartitionEvent,
  entry: AlterPartitionEntry,
  controller: ZkControllerState,
): Leadership {
  return {
    leader: event.request.brokerId,
    leaderEpoch: entry.leaderEpoch,
    isr: entry.newIsr.map(({ brokerId }) => brokerId),
    zkVersion: entry.partitionEpoch,
    controllerEpoch: controller.epoch,
  };
}

export function finishWriteIsr(
  controller: ZkControllerState,
  step: StepOf<'WriteIsr'>,
  results: readonly ZkResult[],
): void {
  for (const [place, update] of step.updates.entries()) {
    const result = results[place]!;
    if (result.code !== 'OK') continue;
    const leadership = writtenLeadership(update, result);
    controller.context.leadership[update.partition] = leadership;
    step.answers[update.index] = succeeded(step.answers[update.index]!, leadership);
  }
}

/** The answer; and what is being reassigned may be complete with an ISR that was written. */
export function finishAnswerAlterPartition(
  controller: ZkControllerState,
  step: StepOf<'AnswerAlterPartition'>,
  context: HostContext,
): void {
  const { connection, request } = step.event;
  const { correlationId } = request;
  reply(
    connection,
    new AlterPartitionResponse(correlationId, ErrorCode.NONE, step.answers),
    context,
  );
  const written = step.answers.filter(({ error }) => error === ErrorCode.NONE);
  pushSteps(
    controller,
    ...written.map(({ partition }): Step => {
      return { type: 'CheckReassigned', partition, onlyIfComplete: true };
    }),
  );
}

function succeeded(
  entry: { readonly partition: number },
  leadership: Leadership,
): AlterPartitionResult {
  const { leader, leaderEpoch, isr, zkVersion } = leadership;
  return {
    partition: entry.partition,
    error: ErrorCode.NONE,
    leaderId: leader,
    leaderEpoch,
    isr,
    partitionEpoch: zkVersion,
    leaderRecoveryState: 'RECOVERED',
  };
}

function failed(entry: AlterPartitionEntry, error: number): AlterPartitionResult {
  return {
    partition: entry.partition,
    error,
    leaderId: -1,
    leaderEpoch: -1,
    isr: [],
    partitionEpoch: -1,
    leaderRecoveryState: 'RECOVERED',
  };
}

// --- notifications ---

export function beginReadNotifications(): ZkOperation[] {
  return [{ type: 'getChildren', path: ISR_CHANGE_NOTIFICATION_PATH, watch: true }];
}

export function finishReadNotifications(
  controller: ZkControllerState,
  results: readonly ZkResult[],
): void {
  const paths = (results[0]?.children ?? []).map(
    (name) => `${ISR_CHANGE_NOTIFICATION_PATH}/${name}`,
  );
  if (paths.length > 0) pushSteps(controller, { type: 'ReadNotified', paths });
}

export function beginReadNotified(step: StepOf<'ReadNotified'>): ZkOperation[] {
  return step.paths.map((path) => ({ type: 'getData', path, watch: false }));
}

export function finishReadNotified(
  controller: ZkControllerState,
  step: StepOf<'ReadNotified'>,
  results: readonly ZkResult[],
): void {
  const partitions: number[] = [];
  for (const { code, data } of results) {
    if (code !== 'OK' || !(data instanceof IsrChangeZnode)) continue;
    for (const partition of data.partitions) {
      if (!isKnown(controller.context, partition) || partitions.includes(partition)) continue;
      partitions.push(partition);
    }
  }
  if (partitions.length > 0) {
    pushSteps(
      controller,
      { type: 'ReadStates', partitions },
      { type: 'UpdateMetadata', brokers: null, partitions },
      { type: 'DeletePaths', paths: step.paths },
    );
  } else pushSteps(controller, { type: 'DeletePaths', paths: step.paths });
}
