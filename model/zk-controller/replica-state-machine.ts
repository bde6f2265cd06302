/**
 * States of replicas (kafka.controller.ReplicaStateMachine), the deletion of topics left out.
 *
 * A replica that comes online hears the state of its partition. One that goes offline is told to stop, in case that it
 * lives, and leaves the ISR; the others hear of that. The last member stays in the ISR, without leading.
 */
import type { ClusterDefinition } from '../definition.js';
import type { ZkResult } from '../zookeeper/operations.js';
import {
  assignmentOf,
  isReplicaOnline,
  knownPartitions,
  leadershipIn,
  registeredIds,
} from './controller-context.js';
import { withoutReplica } from './election.js';
import { leadershipOf, writtenLeadership } from './partition-state-machine.js';
import { addLeaderAndIsr, addStopReplica, addUpdateMetadata } from './request-batch.js';
import {
  pushSteps,
  type Leadership,
  type MachineState,
  type ReplicaGroup,
  type StateUpdate,
  type Step,
  type ZkControllerState,
} from './state.js';

type StepOf<Type extends Step['type']> = Step & { readonly type: Type };

/** The initial states of all replicas after a fail-over (initializeReplicaState). */
export function initializeReplicaStates(controller: ZkControllerState): void {
  const { context } = controller;
  for (const partition of knownPartitions(context)) {
    context.replicaStates[partition] = assignmentOf(context, partition).map((replica) =>
      isReplicaOnline(context, replica, partition) ? 'Online' : 'Offline',
    );
  }
}

/** All replicas that are online (true) or not, by broker in ascending order. */
export function replicaGroups(controller: ZkControllerState, online: boolean): ReplicaGroup[] {
  const { context } = controller;
  const byBroker = new Map<number, number[]>();
  for (const partition of knownPartitions(context)) {
    for (const replica of assignmentOf(context, partition)) {
      if (isReplicaOnline(context, replica, partition) !== online) continue;
      const partitions = byBroker.get(replica);
      if (partitions === undefined) byBroker.set(replica, [partition]);
      else partitions.push(partition);
    }
  }
  return [...byBroker.entries()]
    .sort(([a], [b]) => a - b)
    .map(([broker, partitions]) => ({ broker, partitions }));
}

/** Replicas come online: those that are not brand-new hear the states of their partitions. */
export function finishOnlineReplicas(
  controller: ZkControllerState,
  step: StepOf<'OnlineReplicas'>,
): void {
  const { context } = controller;
  for (const { broker, partitions } of step.replicas) {
    for (const partition of partitions) {
      const leadership = context.leadership[partition] ?? null;
      if (stateOf(controller, broker, partition) !== 'New' && leadership !== null) {
        addLeaderAndIsr(controller, [broker], partition, leadership, false);
      }
      setState(controller, broker, partition, 'Online');
    }
  }
}

/** A replica that a reassignment adds is told of its partition, unless it knows of it already. */
export function finishNewReplica(
  controller: ZkControllerState,
  { broker, partition }: StepOf<'NewReplica'>,
): void {
  const leadership = leadershipIn(controller.context, partition);
  if (stateOf(controller, broker, partition) !== 'NonExistent') return;
  if (leadership !== null && leadership.leader !== broker)
    addLeaderAndIsr(controller, [broker], partition, leadership, true);
  setState(controller, broker, partition, 'New');
}

/** Replicas go offline, broker by broker; the requests go out together at the end. */
export function finishOfflineReplicas(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: StepOf<'OfflineReplicas'>,
): void {
  const { context } = controller;
  const steps: Step[] = [];
  for (const { broker, partitions } of step.replicas) {
    for (const partition of partitions) addStopReplica(definition, controller, broker, partition);
    const elected = partitions.filter((partition) => leadershipIn(context, partition) !== null);
    for (const partition of partitions) {
      if (elected.includes(partition)) continue;
      addUpdateMetadata(controller, registeredIds(context), [partition]);
      setState(controller, broker, partition, 'Offline');
    }
    steps.push(...removalSteps(definition, { broker, partitions: elected }));
  }
  pushSteps(controller, ...steps, { type: 'Send' });
}

function removalSteps(definition: ClusterDefinition, group: ReplicaGroup): Step[] {
  const { broker, partitions } = group;
  if (partitions.length === 0) return [];
  if (definition.switches.zkRequests === 'pipelined') return [{ type: 'RemoveFromIsr', group }];
  return partitions.map((partition) => ({
    type: 'RemoveFromIsr',
    group: { broker, partitions: [partition] },
  }));
}

/** Takes a broker out of the ISRs that were read (doRemoveReplicasFromIsr); it need not be in them. */
export function finishRemoveFromIsr(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: StepOf<'RemoveFromIsr'>,
  results: readonly ZkResult[],
): void {
  const { epoch } = controller;
  const { broker, partitions } = step.group;
  const updates: StateUpdate[] = [];
  for (const [index, partition] of partitions.entries()) {
    const current = leadershipOf(results[index]!);
    if (current === null || current.controllerEpoch > epoch) continue;
    if (!current.isr.includes(broker)) {
      removed(controller, broker, partition, { ...current, controllerEpoch: epoch });
      continue;
    }
    const leadership = withoutReplica(definition, partition, current, broker, epoch);
    updates.push({ partition, leadership, recipients: [] });
  }
  if (updates.length > 0) pushSteps(controller, { type: 'WriteRemoved', broker, updates });
}

export function finishWriteRemoved(
  controller: ZkControllerState,
  step: StepOf<'WriteRemoved'>,
  results: readonly ZkResult[],
): void {
  const { broker } = step;
  const retried: number[] = [];
  for (const [index, update] of step.updates.entries()) {
    const result = results[index]!;
    if (result.code === 'BADVERSION') retried.push(update.partition);
    else if (result.code === 'OK')
      removed(controller, broker, update.partition, writtenLeadership(update, result));
  }
  if (retried.length === 0) return;
  pushSteps(controller, { type: 'RemoveFromIsr', group: { broker, partitions: retried } });
}

/** The other replicas hear of the ISR without the one that is offline. */
function removed(
  controller: ZkControllerState,
  broker: number,
  partition: number,
  leadership: Leadership,
): void {
  const { context } = controller;
  context.leadership[partition] = leadership;
  const recipients = assignmentOf(context, partition).filter((replica) => replica !== broker);
  addLeaderAndIsr(controller, recipients, partition, leadership, false);
  setState(controller, broker, partition, 'Offline');
}

function stateOf(controller: ZkControllerState, broker: number, partition: number): MachineState {
  const place = assignmentOf(controller.context, partition).indexOf(broker);
  return controller.context.replicaStates[partition]?.[place] ?? 'NonExistent';
}

function setState(
  controller: ZkControllerState,
  broker: number,
  partition: number,
  state: MachineState,
): void {
  const place = assignmentOf(controller.context, partition).indexOf(broker);
  if (place >= 0) controller.context.replicaStates[partition]![place] = state;
}
