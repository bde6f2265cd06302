/**
 * A new controller takes over (KafkaController.onControllerFailover): it watches, reads brokers, topics and the states of
 * all partitions, tells brokers who is alive, and brings replicas and partitions to where they should be.
 *
 * All of this is one event: the time of a fail-over grows with the number of partitions.
 *
 * Left out: features, delegation tokens, deletions of topics, failed log directories.
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { observerOf } from '../observer.js';
import type { ZkOperation, ZkResult } from '../zookeeper/operations.js';
import {
  ISR_CHANGE_NOTIFICATION_PATH,
  PREFERRED_REPLICA_ELECTION_PATH,
} from '../zookeeper/znodes.js';
import { addChannel } from './channel-manager.js';
import { knownPartitions, registeredIds } from './controller-context.js';
import { ZkControllerOpcode } from './opcodes.js';
import { initializePartitionStates, leadershipOf, readStates } from './partition-state-machine.js';
import { initializeReplicaStates, replicaGroups } from './replica-state-machine.js';
import { pushSteps, type Step, type ZkControllerState } from './state.js';

type StepOf<Type extends Step['type']> = Step & { readonly type: Type };

/** The first comparison of leaders with preferred leaders after a fail-over. */
const FIRST_REBALANCE_US = 5_000_000;

/** Everything that a new controller does, in order. */
export function failoverSteps(): Step[] {
  return [
    { type: 'WatchPreferredElection' },
    { type: 'WatchReassignments' },
    { type: 'DropNotifications' },
    { type: 'ReadBrokerIds', purpose: 'failover' },
    { type: 'ReadTopics', purpose: 'failover' },
    { type: 'ReadStates', partitions: null },
    { type: 'ReadReassignments', purpose: 'failover' },
    { type: 'UpdateMetadata', brokers: null, partitions: [] },
    { type: 'StartReplicas' },
    { type: 'StartPartitions' },
    { type: 'TriggerOnline', partitions: null },
    { type: 'ResumeReassignments', brokers: null },
    { type: 'ReadPreferredElection' },
    { type: 'Ready' },
  ];
}

export function beginWatchPreferredElection(): ZkOperation[] {
  return [{ type: 'exists', path: PREFERRED_REPLICA_ELECTION_PATH, watch: true }];
}

/** Notifications from before are dropped: the states are read anyway. */
export function beginDropNotifications(): ZkOperation[] {
  return [{ type: 'getChildren', path: ISR_CHANGE_NOTIFICATION_PATH, watch: true }];
}

export function finishDropNotifications(
  controller: ZkControllerState,
  results: readonly ZkResult[],
): void {
  const paths = (results[0]?.children ?? []).map(
    (name) => `${ISR_CHANGE_NOTIFICATION_PATH}/${name}`,
  );
  pushSteps(controller, { type: 'DeletePaths', paths });
}

export function beginReadStates(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: StepOf<'ReadStates'>,
): ZkOperation[] {
  return readStates(definition, controller, step.partitions ?? knownPartitions(controller.context));
}

/** Takes states over into memory (updateLeaderAndIsrCache). */
export function finishReadStates(
  controller: ZkControllerState,
  step: StepOf<'ReadStates'>,
  results: readonly ZkResult[],
): void {
  const { context } = controller;
  const partitions = step.partitions ?? knownPartitions(context);
  for (const [index, partition] of partitions.entries()) {
    const leadership = leadershipOf(results[index]!);
    if (leadership !== null) context.leadership[partition] = leadership;
  }
  // A fail-over reads all of them, and is ready to talk to brokers by that (ControllerChannelManager.startup).
  if (step.partitions !== null) return;
  for (const id of registeredIds(context)) addChannel(controller, id);
}

/** Every broker hears the states of its replicas; those on dead brokers leave their ISRs (from 2.3 on). */
export function finishStartReplicas(
  definition: ClusterDefinition,
  controller: ZkControllerState,
): void {
  initializeReplicaStates(controller);
  const steps: Step[] = [
    { type: 'OnlineReplicas', replicas: replicaGroups(controller, true) },
    { type: 'Send' },
  ];
  if (definition.switches.failoverOfflineReplicas === 'removed') {
    steps.push({ type: 'OfflineReplicas', replicas: replicaGroups(controller, false) });
  }
  pushSteps(controller, ...steps);
}

export function finishStartPartitions(controller: ZkControllerState): void {
  initializePartitionStates(controller);
}

/** The controller is ready to serve. */
export function finishReady(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  context: HostContext,
): void {
  const { nodeId, epoch } = controller;
  controller.isReady = true;
  observerOf(context).controllerActivated(context.virtualUs, nodeId, epoch);
  if (!definition.node(nodeId).config.autoLeaderRebalanceEnable) return;
  controller.rebalanceTimer = context.setTimer(FIRST_REBALANCE_US, ZkControllerOpcode.rebalance);
}
