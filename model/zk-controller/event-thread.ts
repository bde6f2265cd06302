/**
 * The controller's one thread (ControllerEventManager): it takes the next event when the last one is over.
 *
 * An event costs `controllerEventUs` and the time that ZooKeeper takes for the requests of its steps. So a controller
 * with much to do lags behind what happens, and may act on what is not so any more (B14, B16).
 */
import { NO_EVENT, type HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import type { LeaderAndIsrResponse } from '../rpc/index.js';
import type { ZkClientState } from '../zookeeper/client.js';
import type { ZkResult } from '../zookeeper/operations.js';
import { resignSteps } from './controller-election.js';
import { completeCreations } from './create-topics.js';
import { alterPartitionSteps } from './isr-changes.js';
import { ZkControllerOpcode } from './opcodes.js';
import { reassignmentSteps } from './reassignment-requests.js';
import { controlledShutdownSteps, electLeadersSteps, rebalanceSteps } from './requested-changes.js';
import { refuseEvent } from './resignation.js';
import { isActive, type ControllerEvent, type Step, type ZkControllerState } from './state.js';
import { beginStep, finishStep } from './steps.js';
import { submitBatch, unfencedResults } from './zk-requests.js';

/** Queues an event (ControllerEventManager.put). */
export function putEvent(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  event: ControllerEvent,
  context: HostContext,
): void {
  controller.queue.push(event);
  takeNext(definition, controller, context);
}

/** The time that the event costs is over: its steps begin. */
export function eventDue(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  zk: ZkClientState,
  context: HostContext,
): void {
  const { current } = controller;
  controller.eventTimer = NO_EVENT;
  if (current === null) return;
  current.isDue = true;
  current.steps = stepsOf(definition, controller, current.event, context);
  runSteps(definition, controller, zk, context);
}

/** All answers of the current step are there. */
export function batchAnswered(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  zk: ZkClientState,
  context: HostContext,
): void {
  const { batch, current } = controller;
  const step = current?.step ?? null;
  if (batch === null || current === null || step === null) return;
  const results = unfencedResults(batch);
  controller.batch = null;
  current.step = null;
  if (results === null) moved(controller, context);
  else finishStep(definition, controller, zk, step, results, context);
  runSteps(definition, controller, zk, context);
}

/** Drops the event at hand and all that wait (ControllerEventManager.clearAndPut of Expire). */
export function dropEvents(controller: ZkControllerState, context: HostContext): void {
  if (controller.current !== null) refuseEvent(controller.current.event, context);
  for (const event of controller.queue) refuseEvent(event, context);
  if (controller.eventTimer !== NO_EVENT) context.cancelTimer(controller.eventTimer);
  controller.eventTimer = NO_EVENT;
  controller.queue = [];
  controller.current = null;
  controller.batch = null;
}

function takeNext(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  context: HostContext,
): void {
  if (controller.current !== null) return;
  const event = controller.queue.shift();
  if (event === undefined) return;
  controller.current = { event, isDue: false, steps: [], step: null, outcomes: [] };
  controller.eventTimer = context.setTimer(
    definition.costs.controllerEventUs,
    ZkControllerOpcode.event,
  );
}

function runSteps(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  zk: ZkClientState,
  context: HostContext,
): void {
  const { current } = controller;
  while (current !== null && controller.batch === null) {
    const step = current.steps.shift();
    if (step === undefined) {
      controller.current = null;
      completeCreations(definition, controller, context);
      takeNext(definition, controller, context);
      return;
    }
    const operations = beginStep(definition, controller, step);
    if (operations.length > 0) {
      current.step = step;
      submitBatch(definition, controller, zk, operations, context);
    } else finishStep(definition, controller, zk, step, NO_RESULTS, context);
  }
}

const NO_RESULTS: readonly ZkResult[] = [];

/** A write was fenced off: the event ends, and the controller looks who is it now (ControllerMovedException). */
function moved(controller: ZkControllerState, context: HostContext): void {
  const current = controller.current!;
  refuseEvent(current.event, context);
  current.steps = resignSteps();
}

/** What an event comes to. Only an active controller does more than to look who is the controller. */
function stepsOf(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  event: ControllerEvent,
  context: HostContext,
): Step[] {
  if (event.type === 'Reelect') return [...resignSteps(), { type: 'Compete' }];
  if (event.type === 'ControllerChange') return resignSteps();
  if (!isActive(controller)) {
    refuseEvent(event, context);
    return [];
  }
  switch (event.type) {
    case 'BrokerChange':
      return [{ type: 'ReadBrokerIds', purpose: 'change' }];
    case 'TopicChange':
      return [{ type: 'ReadTopics', purpose: 'change' }];
    case 'PartitionModifications':
      return [{ type: 'ReadAssignments', purpose: 'change', topics: [event.topic] }];
    case 'IsrChangeNotification':
      return [{ type: 'ReadNotifications' }];
    case 'PreferredReplicaElection':
      return [{ type: 'WatchPreferredElection' }, { type: 'ReadPreferredElection' }];
    case 'AutoPreferredReplicaLeaderElection':
      return rebalanced(definition, controller, context);
    case 'LeaderAndIsrResponse':
      return storageErrorSteps(controller, event.broker, event.response);
    case 'AlterPartition':
      return alterPartitionSteps(definition, controller, event, context);
    case 'ControlledShutdown':
      return controlledShutdownSteps(definition, controller, event, context);
    case 'ElectLeaders':
      return electLeadersSteps(definition, controller, event);
    case 'PartitionReassignment':
      return [{ type: 'WatchReassignments' }, { type: 'ReadReassignments', purpose: 'change' }];
    case 'PartitionReassignmentIsrChange':
      return [{ type: 'CheckReassigned', partition: event.partition, onlyIfComplete: true }];
    case 'AlterPartitionReassignments':
      return reassignmentSteps(definition, controller, event);
  }
}

function rebalanced(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  context: HostContext,
): Step[] {
  const { leaderImbalanceCheckIntervalSeconds } = definition.node(controller.nodeId).config;
  controller.rebalanceTimer = context.setTimer(
    leaderImbalanceCheckIntervalSeconds * 1_000_000,
    ZkControllerOpcode.rebalance,
  );
  return rebalanceSteps(definition, controller);
}

/** Replicas whose log directory has failed are as good as gone (processLeaderAndIsrResponseReceived; KIP-112, 1.0). */
function storageErrorSteps(
  controller: ZkControllerState,
  broker: number,
  response: LeaderAndIsrResponse,
): Step[] {
  const cluster = controller.context;
  const failed: number[] = [];
  for (const { partition, error } of response.results) {
    const known = cluster.offlineReplicas.find(
      (replica) => replica.broker === broker && replica.partition === partition,
    );
    if (error === ErrorCode.KAFKA_STORAGE_ERROR && known === undefined) failed.push(partition);
    if (error !== ErrorCode.NONE || known === undefined) continue;
    cluster.offlineReplicas = cluster.offlineReplicas.filter((replica) => replica !== known);
  }
  if (failed.length === 0) return [];
  for (const partition of failed) cluster.offlineReplicas.push({ broker, partition });
  return [{ type: 'ReplicasOffline', replicas: [{ broker, partitions: failed }] }];
}
