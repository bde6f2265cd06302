/**
 * Gathers what brokers are to be told within one change, and sends each of them one request of a kind
 * (ControllerBrokerRequestBatch): LeaderAndIsr, then UpdateMetadata, then StopReplica.
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import {
  LeaderAndIsrRequest,
  StopReplicaRequest,
  UpdateMetadataRequest,
  type PartitionStateEntry,
} from '../rpc/index.js';
import { isBefore } from '../versions.js';
import { channelSend } from './channel-manager.js';
import { assignmentOf, electedPartitions, registeredIds } from './controller-context.js';
import type { StoppedPartition } from './request-batch-state.js';
import type { Leadership, ZkControllerState } from './state.js';

/** Tells replicas of a new state of their partition, and every broker of it as metadata. */
export function addLeaderAndIsr(
  controller: ZkControllerState,
  brokers: readonly number[],
  partition: number,
  leadership: Leadership,
  isNew: boolean,
): void {
  const { leaderAndIsr } = controller.requests;
  for (const broker of brokers) {
    let states = leaderAndIsr.get(broker);
    if (states === undefined)
      leaderAndIsr.set(broker, (states = new Map<number, PartitionStateEntry>()));
    const wasNew = states.get(partition)?.isNew ?? false;
    states.set(partition, stateEntry(controller, partition, leadership, isNew || wasNew));
  }
  addUpdateMetadata(controller, registeredIds(controller.context), [partition]);
}

/** Tells brokers of partitions' leaders, those that have been elected, and of all live brokers. */
export function addUpdateMetadata(
  controller: ZkControllerState,
  brokers: readonly number[],
  partitions: readonly number[],
): void {
  const { metadataBrokers, metadataPartitions } = controller.requests;
  for (const broker of brokers) metadataBrokers.add(broker);
  for (const partition of partitions) {
    const leadership = controller.context.leadership[partition] ?? null;
    if (leadership === null) continue;
    metadataPartitions.set(partition, stateEntry(controller, partition, leadership, false));
  }
}

/**
 * Tells a broker to stop copying a partition, and perhaps to delete what it has. Only from `inter.broker.protocol.version`
 * 2.6 on is it said in which leader epoch.
 */
export function addStopReplica(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  broker: number,
  partition: number,
  deletePartition = false,
): void {
  const { stopReplica } = controller.requests;
  let stopped = stopReplica.get(broker);
  if (stopped === undefined)
    stopReplica.set(broker, (stopped = new Map<number, StoppedPartition>()));
  const leaderEpoch = isBefore(definition.plane.protocol, '2.6')
    ? -1
    : (controller.context.leadership[partition]?.leaderEpoch ?? -1);
  stopped.set(partition, { partition, leaderEpoch, deletePartition });
}

/** Queues what has been gathered for the brokers that are registered (sendRequestsToBrokers). */
export function sendRequests(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  context: HostContext,
): void {
  const { leaderAndIsr, stopReplica, metadataBrokers, metadataPartitions } = controller.requests;
  for (const { id, epoch } of controller.context.brokers) {
    const states = leaderAndIsr.get(id);
    if (states === undefined) continue;
    const request = new LeaderAndIsrRequest(
      nextCorrelationId(controller),
      controller.nodeId,
      controller.epoch,
      namedEpoch(definition, epoch),
      inOrder(states),
    );
    channelSend(definition, controller, id, request, context);
  }
  sendUpdateMetadata(definition, controller, context);
  for (const { id, epoch } of controller.context.brokers) {
    const stopped = stopReplica.get(id);
    if (stopped === undefined) continue;
    const request = new StopReplicaRequest(
      nextCorrelationId(controller),
      controller.nodeId,
      controller.epoch,
      namedEpoch(definition, epoch),
      inOrder(stopped),
    );
    channelSend(definition, controller, id, request, context);
  }
  leaderAndIsr.clear();
  stopReplica.clear();
  metadataBrokers.clear();
  metadataPartitions.clear();
}

/** Brokers are told which of their epochs a request is about since protocol 2.2 (KIP-380; switch `requestBrokerEpoch`). */
function namedEpoch({ switches }: ClusterDefinition, epoch: number): number {
  return switches.requestBrokerEpoch === 'named' ? epoch : -1;
}

function sendUpdateMetadata(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  context: HostContext,
): void {
  const { metadataBrokers, metadataPartitions } = controller.requests;
  if (metadataBrokers.size === 0) return;
  const states = inOrder(metadataPartitions);
  const liveBrokers = controller.context.brokers.map(({ id, epoch }) => ({ id, epoch }));
  for (const { id, epoch } of controller.context.brokers) {
    if (!metadataBrokers.has(id)) continue;
    const request = new UpdateMetadataRequest(
      nextCorrelationId(controller),
      controller.nodeId,
      controller.epoch,
      namedEpoch(definition, epoch),
      states,
      liveBrokers,
    );
    channelSend(definition, controller, id, request, context);
  }
}

/**
 * UpdateMetadata to brokers, by itself (KafkaController.sendUpdateMetadataRequest). `brokers` null: all; `partitions`
 * null: all. Before 2.2 an empty list of partitions meant all of them (`updateMetadataScope`, KAFKA-7537).
 */
export function sendMetadata(
  definition: ClusterDefinition,
  controller: ZkControllerState,
  brokers: readonly number[] | null,
  partitions: readonly number[] | null,
  context: HostContext,
): void {
  const { updateMetadataScope } = definition.switches;
  const meansAll = updateMetadataScope === 'everything' && partitions?.length === 0;
  addUpdateMetadata(
    controller,
    brokers ?? registeredIds(controller.context),
    partitions === null || meansAll ? electedPartitions(controller.context) : partitions,
  );
  sendRequests(definition, controller, context);
}

function stateEntry(
  controller: ZkControllerState,
  partition: number,
  leadership: Leadership,
  isNew: boolean,
): PartitionStateEntry {
  const { leader, leaderEpoch, isr, zkVersion, controllerEpoch } = leadership;
  const { context } = controller;
  return {
    partition,
    controllerEpoch,
    leader,
    leaderEpoch,
    isr,
    zkVersion,
    replicas: assignmentOf(context, partition),
    addingReplicas: context.adding[partition]!,
    removingReplicas: context.removing[partition]!,
    isNew,
  };
}

function inOrder<Entry extends { readonly partition: number }>(
  entries: ReadonlyMap<number, Entry>,
): Entry[] {
  return [...entries.values()].sort((a, b) => a.partition - b.partition);
}

function nextCorrelationId(controller: ZkControllerState): number {
  return ++controller.correlationCount;
}

/** Forgets what has been gathered (on resignation). */
export function clearRequests(controller: ZkControllerState): void {
  const { leaderAndIsr, stopReplica, metadataBrokers, metadataPartitions } = controller.requests;
  leaderAndIsr.clear();
  stopReplica.clear();
  metadataBrokers.clear();
  metadataPartitions.clear();
}
