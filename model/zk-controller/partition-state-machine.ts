/**
 * States of partitions (kafka.controller.PartitionStateMachine).
 *
 * ```text
 * NonExistent -> New       the controller has read the topic's assignment
 * New -> Online            the first state is written: first live replica leads, live replicas are the ISR
 * Online -> Offline        the leader's broker is gone
 * Offline, Online -> Online  a leader has been elected and written
 * ```
 *
 * A state is written where its znode still has the version that was read; where a leader changed its ISR meanwhile it is
 * read again, and the election is held again (doElectLeaderForPartitions).
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import type { ZkOperation, ZkResult } from '../zookeeper/operations.js';
import {
  partitionPath,
  partitionStateOf,
  partitionStatePath,
  PartitionStateZnode,
  topicPartitionsPath,
} from '../zookeeper/znodes.js';
import {
  assignmentOf,
  isReplicaOnline,
  knownPartitions,
  leadershipIn,
} from './controller-context.js';
import { electLeader } from './election.js';
import { addLeaderAndIsr } from './request-batch.js';
import {
  pushSteps,
  type ElectionStrategy,
  type Leadership,
  type StateUpdate,
  type Step,
  type ZkControllerState,
} from './state.js';

type StepOf<Type extends Step['type']> = Step & { readonly type: Type };

/** The initial states of all partitions after they have been read (initializePartitionState). */
export function initializePartitionStates(controller: ZkControllerState): void {
  const { context } = controller;
  for (const partition of knownPartitions(context)) {
    const leadership = leadershipIn(context, partition);
    if (leadership === null) context.partitionStates[partition] = 'New';
    else {
      const isOnline = isReplicaOnline(context, leadership.leader, partition);
      context.partitionStates[partition] = isOnline ? 'Online' : 'Offline';
    }
  }
}

/** Tries to bring partitions online that are new or offline (triggerOnlinePartitionStateChange); null: all of them. */
export function finishTriggerOnline(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: StepOf<'TriggerOnline'>,
): void {
  const { context } = controller;
  const candidates = step.partitions ?? knownPartitions(context);
  const fresh = candidates.filter((partition) => context.partitionStates[partition] === 'New');
  const offline = candidates.filter(
    (partition) => context.partitionStates[partition] === 'Offline',
  );
  pushSteps(
    controller,
    ...initialSteps(definition, controller, fresh),
    ...electSteps(definition, 'offline', offline),
    { type: 'Send' },
  );
}

/** Elections of several partitions: read together and written together, or one after the other before 1.1. */
export function electSteps(
  definition: ClusterDefinition,
  strategy: ElectionStrategy,
  partitions: readonly number[],
): Step[] {
  if (partitions.length === 0) return [];
  if (definition.switches.zkRequests === 'pipelined')
    return [{ type: 'Elect', strategy, partitions }];
  return partitions.map((partition) => ({ type: 'Elect', strategy, partitions: [partition] }));
}

/** First states of new partitions with a live replica (initializeLeaderAndIsrForPartitions); the others stay new. */
function initialSteps(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  partitions: readonly number[],
): Step[] {
  const { context, epoch } = controller;
  const updates: StateUpdate[] = [];
  for (const partition of partitions) {
    const isr = assignmentOf(context, partition).filter((replica) =>
      isReplicaOnline(context, replica, partition),
    );
    const [leader] = isr;
    if (leader === undefined) continue;
    const leadership: Leadership = {
      leader,
      leaderEpoch: 0,
      isr,
      zkVersion: 0,
      controllerEpoch: epoch,
    };
    updates.push({ partition, leadership, recipients: isr });
  }
  if (updates.length === 0) return [];
  const topics = [...new Set(updates.map((one) => definition.partition(one.partition).topic))];
  return [
    {
      type: 'CreatePaths',
      paths: topics.map((topic) => topicPartitionsPath(definition, topic.index)),
    },
    {
      type: 'CreatePaths',
      paths: updates.map(({ partition }) => partitionPath(definition, partition)),
    },
    { type: 'WriteInitial', updates },
  ];
}

export function beginWriteInitial(
  definition: ClusterDefinition,
  step: StepOf<'WriteInitial'>,
): ZkOperation[] {
  return step.updates.map(({ partition, leadership }) => ({
    type: 'create',
    path: partitionStatePath(definition, partition),
    data: znodeOf(partition, leadership),
    ephemeral: false,
  }));
}

/**
 * What is there already is left alone, and the partition stays new to this controller (StateChangeFailedException): another
 * controller has created it, or this one did, and the answer was lost.
 */
export function finishWriteInitial(
  controller: ZkControllerState,
  step: StepOf<'WriteInitial'>,
  results: readonly ZkResult[],
  context: HostContext,
): void {
  for (const [index, { partition, leadership, recipients }] of step.updates.entries()) {
    const { code } = results[index]!;
    if (code === 'NODEEXISTS')
      observerOf(context).mark(context.virtualUs, 'partition-state-exists', partition);
    if (code !== 'OK') continue;
    controller.context.leadership[partition] = leadership;
    controller.context.partitionStates[partition] = 'Online';
    addLeaderAndIsr(controller, recipients, partition, leadership, true);
  }
}

/**
 * Reads the states of partitions. Where leaders write their ISRs themselves, those of partitions that are being reassigned
 * are watched (PartitionReassignmentIsrChangeHandler).
 */
export function readStates(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  partitions: readonly number[],
): ZkOperation[] {
  const watches = definition.switches.isrUpdate === 'compareAndSet';
  return partitions.map((partition) => ({
    type: 'getData',
    path: partitionStatePath(definition, partition),
    watch: watches && controller.context.targets[partition] !== null,
  }));
}

/** Writes the states of partitions, each where its znode has the version that it was read at (updateLeaderAndIsr). */
export function writeStates(
  definition: ClusterDefinition,
  updates: readonly StateUpdate[],
): ZkOperation[] {
  return updates.map(({ partition, leadership }) => ({
    type: 'setData',
    path: partitionStatePath(definition, partition),
    data: znodeOf(partition, leadership),
    version: leadership.zkVersion,
  }));
}

/** The state that a read found, or null where there is none. */
export function leadershipOf(result: ZkResult): Leadership | null {
  const znode = result.code === 'OK' ? partitionStateOf(result.data) : null;
  if (znode === null) return null;
  const { leader, leaderEpoch, isr, controllerEpoch } = znode;
  return { leader, leaderEpoch, isr, controllerEpoch, zkVersion: result.stat?.version ?? 0 };
}

function znodeOf(partition: number, leadership: Leadership): PartitionStateZnode {
  const { leader, leaderEpoch, isr, controllerEpoch } = leadership;
  return new PartitionStateZnode(partition, leader, leaderEpoch, isr, controllerEpoch);
}

/** Elects from the states that were read; a state of a newer controller ends the election of its partition. */
export function finishElect(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: StepOf<'Elect'>,
  results: readonly ZkResult[],
  context: HostContext,
): void {
  const { strategy } = step;
  const updates: StateUpdate[] = [];
  for (const [index, partition] of step.partitions.entries()) {
    const current = leadershipOf(results[index]!);
    const { epoch } = controller;
    const elected =
      current === null || current.controllerEpoch > epoch
        ? null
        : electLeader(definition, controller.context, strategy, partition, current, epoch);
    if (elected === null) {
      noteOutcome(controller, partition, ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE);
      continue;
    }
    if (!current!.isr.includes(elected.leadership.leader)) {
      observerOf(context).mark(context.virtualUs, 'unclean-election', partition);
    }
    updates.push({ partition, ...elected });
  }
  if (updates.length > 0) pushSteps(controller, { type: 'WriteElected', strategy, updates });
}

export function finishWriteElected(
  controller: ZkControllerState,
  step: StepOf<'WriteElected'>,
  results: readonly ZkResult[],
): void {
  const retried: number[] = [];
  for (const [index, update] of step.updates.entries()) {
    const { partition, recipients } = update;
    const result = results[index]!;
    if (result.code === 'BADVERSION') retried.push(partition);
    else if (result.code !== 'OK')
      noteOutcome(controller, partition, ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE);
    else {
      const leadership = writtenLeadership(update, result);
      controller.context.leadership[partition] = leadership;
      controller.context.partitionStates[partition] = 'Online';
      addLeaderAndIsr(controller, recipients, partition, leadership, false);
      noteOutcome(controller, partition, ErrorCode.NONE);
    }
  }
  if (retried.length === 0) return;
  pushSteps(controller, { type: 'Elect', strategy: step.strategy, partitions: retried });
}

/** A state with the version that its write left behind. */
export function writtenLeadership(update: StateUpdate, result: ZkResult): Leadership {
  const zkVersion = result.stat?.version ?? update.leadership.zkVersion + 1;
  return { ...update.leadership, zkVersion };
}

function noteOutcome(controller: ZkControllerState, partition: number, error: number): void {
  controller.current?.outcomes.push({ partition, error });
}
