/**
 * Brokers that come and go (KafkaController.processBrokerChange, onBrokerStartup, onBrokerFailure).
 *
 * A broker is what is registered under /brokers/ids. One that is there again under another epoch has been away
 * meanwhile: with `brokerGeneration` it fails and starts, before KIP-380 nothing happens (B16).
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import type { ZkOperation, ZkResult } from '../zookeeper/operations.js';
import { BROKER_IDS_PATH, brokerPath, BrokerZnode, parseBrokerId } from '../zookeeper/znodes.js';
import { addChannel, removeChannel } from './channel-manager.js';
import {
  brokerOf,
  partitionsWithOfflineLeader,
  registeredIds,
  replicasOnBrokers,
} from './controller-context.js';
import { sendMetadata } from './request-batch.js';
import { pushSteps, type LiveBrokerEntry, type Step, type ZkControllerState } from './state.js';

type StepOf<Type extends Step['type']> = Step & { readonly type: Type };

/** Reads who is registered, and watches it. */
export function beginReadBrokerIds(): ZkOperation[] {
  return [{ type: 'getChildren', path: BROKER_IDS_PATH, watch: true }];
}

export function finishReadBrokerIds(
  controller: ZkControllerState,
  step: StepOf<'ReadBrokerIds'>,
  results: readonly ZkResult[],
): void {
  const ids = (results[0]?.children ?? []).map(parseBrokerId).filter((id) => id >= 0);
  ids.sort((a, b) => a - b);
  pushSteps(controller, { type: 'ReadBrokers', purpose: step.purpose, ids });
}

export function beginReadBrokers(step: StepOf<'ReadBrokers'>): ZkOperation[] {
  return step.ids.map((id) => ({ type: 'getData', path: brokerPath(id), watch: false }));
}

/** The registrations that were read: a new controller takes them as they are, another compares. */
export function finishReadBrokers(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: StepOf<'ReadBrokers'>,
  results: readonly ZkResult[],
): void {
  const brokers: LiveBrokerEntry[] = [];
  for (const result of results) {
    if (result.code !== 'OK' || !(result.data instanceof BrokerZnode)) continue;
    const { brokerId, rack } = result.data;
    const knowsEpochs = definition.switches.brokerGeneration === 'on';
    brokers.push({ id: brokerId, epoch: knowsEpochs ? result.stat!.czxid : -1, rack });
  }
  if (step.purpose === 'failover') controller.context.brokers = brokers;
  else pushSteps(controller, ...changeSteps(definition, controller, brokers));
}

function changeSteps(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  brokers: readonly LiveBrokerEntry[],
): Step[] {
  const { context } = controller;
  const started = brokers.filter(({ id }) => brokerOf(context, id) === undefined);
  const bounced = brokers.filter(
    ({ id, epoch }) => epoch > (brokerOf(context, id)?.epoch ?? epoch),
  );
  const dead = registeredIds(context).filter((id) => brokers.every((broker) => broker.id !== id));
  const idsOf = (entries: readonly LiveBrokerEntry[]): number[] => entries.map(({ id }) => id);
  const steps: Step[] = [];
  if (definition.switches.brokerGeneration === 'off') {
    steps.push({ type: 'RemoveBrokers', ids: dead }, { type: 'AddBrokers', brokers: started });
    if (started.length > 0) steps.push({ type: 'BrokerStartup', ids: idsOf(started) });
    if (dead.length > 0) steps.push({ type: 'BrokerFailure', ids: dead });
    return steps;
  }
  if (started.length > 0) {
    steps.push(
      { type: 'AddBrokers', brokers: started },
      { type: 'BrokerStartup', ids: idsOf(started) },
    );
  }
  if (bounced.length > 0) {
    steps.push(
      { type: 'RemoveBrokers', ids: idsOf(bounced) },
      { type: 'BrokerFailure', ids: idsOf(bounced) },
      { type: 'AddBrokers', brokers: bounced },
      { type: 'BrokerStartup', ids: idsOf(bounced) },
    );
  }
  if (dead.length > 0) {
    steps.push({ type: 'RemoveBrokers', ids: dead }, { type: 'BrokerFailure', ids: dead });
  }
  return steps;
}

export function finishAddBrokers(controller: ZkControllerState, step: StepOf<'AddBrokers'>): void {
  const { context } = controller;
  const brokers = [...context.brokers, ...step.brokers];
  context.brokers = brokers.sort((a, b) => a.id - b.id);
  for (const { id } of step.brokers) addChannel(controller, id);
}

export function finishRemoveBrokers(
  controller: ZkControllerState,
  step: StepOf<'RemoveBrokers'>,
  context: HostContext,
): void {
  const { ids } = step;
  const cluster = controller.context;
  cluster.brokers = cluster.brokers.filter(({ id }) => !ids.includes(id));
  for (const id of ids) removeChannel(controller, id, context);
}

/** New brokers hear everything, the others of the new brokers; partitions without a leader may get one now. */
export function finishBrokerStartup(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  step: StepOf<'BrokerStartup'>,
  context: HostContext,
): void {
  const { ids } = step;
  const cluster = controller.context;
  cluster.offlineReplicas = cluster.offlineReplicas.filter(({ broker }) => !ids.includes(broker));
  if (definition.switches.updateMetadataScope === 'everything') {
    sendMetadata(definition, controller, null, [], context);
  } else {
    const others = registeredIds(cluster).filter((id) => !ids.includes(id));
    sendMetadata(definition, controller, others, [], context);
    sendMetadata(definition, controller, ids, null, context);
  }
  pushSteps(
    controller,
    { type: 'OnlineReplicas', replicas: replicasOnBrokers(cluster, ids) },
    { type: 'Send' },
    { type: 'TriggerOnline', partitions: null },
    { type: 'ResumeReassignments', brokers: ids },
  );
}

export function finishBrokerFailure(
  controller: ZkControllerState,
  step: StepOf<'BrokerFailure'>,
): void {
  const { ids } = step;
  const cluster = controller.context;
  cluster.offlineReplicas = cluster.offlineReplicas.filter(({ broker }) => !ids.includes(broker));
  cluster.shuttingDown = cluster.shuttingDown.filter((id) => !ids.includes(id));
  pushSteps(controller, { type: 'ReplicasOffline', replicas: replicasOnBrokers(cluster, ids) });
}

/** First new leaders, then ISRs without the replicas that are gone (onReplicasBecomeOffline). */
export function finishReplicasOffline(
  controller: ZkControllerState,
  step: StepOf<'ReplicasOffline'>,
): void {
  const cluster = controller.context;
  const leaderless = partitionsWithOfflineLeader(cluster);
  for (const partition of leaderless) cluster.partitionStates[partition] = 'Offline';
  const steps: Step[] = [
    { type: 'TriggerOnline', partitions: null },
    { type: 'OfflineReplicas', replicas: step.replicas },
  ];
  if (leaderless.length === 0) {
    steps.push({ type: 'UpdateMetadata', brokers: null, partitions: [] });
  }
  pushSteps(controller, ...steps);
}
