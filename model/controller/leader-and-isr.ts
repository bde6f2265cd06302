/** What the coming and going of brokers does to partitions (ReplicationControlManager.handleBroker...). */
import type { ClusterDefinition } from '../definition.js';
import type { MetadataRecord } from '../metadata/records.js';
import { NO_LEADER, type PartitionRegistration } from '../metadata/partition-registration.js';
import { existingPartition, type BrokerControl, type ControllerState } from './controller-state.js';
import {
  buildPartitionChange,
  type ElectionType,
  type PartitionChange,
} from './partition-change.js';
import { assignmentOf } from './reassignment-replicas.js';

const NO_BROKER = -1;

/** A fenced broker leaves all ISRs and leaderships. */
export function fenceBroker(
  definition: ClusterDefinition,
  controller: ControllerState,
  broker: BrokerControl,
  records: MetadataRecord[],
): void {
  const { id, epoch } = broker.registration;
  leaveIsrs(definition, controller, broker, records);
  records.push({
    type: 'BrokerRegistrationChange',
    brokerId: id,
    brokerEpoch: epoch,
    fenced: true,
    inControlledShutdown: null,
  });
}

/** An unfenced broker may lead what has no leader; into ISRs it is taken by leaders. */
export function unfenceBroker(
  definition: ClusterDefinition,
  controller: ControllerState,
  broker: BrokerControl,
  records: MetadataRecord[],
): void {
  const { id, epoch } = broker.registration;
  records.push({
    type: 'BrokerRegistrationChange',
    brokerId: id,
    brokerEpoch: epoch,
    fenced: false,
    inControlledShutdown: null,
  });
  if (controller.leaderlessCount === 0) return;
  for (const partition of controller.partitions) {
    if (partition?.leader !== NO_LEADER) continue;
    update(definition, controller, partition, { ...NO_ROLES, unfenced: id }, records);
  }
}

/** A broker in controlled shutdown gives up its leaderships while it still serves. */
export function beginControlledShutdown(
  definition: ClusterDefinition,
  controller: ControllerState,
  broker: BrokerControl,
  records: MetadataRecord[],
): void {
  const { id, epoch, inControlledShutdown } = broker.registration;
  if (!inControlledShutdown) {
    records.push({
      type: 'BrokerRegistrationChange',
      brokerId: id,
      brokerEpoch: epoch,
      fenced: null,
      inControlledShutdown: true,
    });
  }
  leaveIsrs(definition, controller, broker, records);
}

/**
 * A new incarnation registers while the log still counts on the old one. After a clean stop (or without ELR) it is
 * as if the old one had been fenced; otherwise its log may have lost its end, and it leaves ISRs and ELRs (KIP-966).
 *
 * Before 4.0 without ELR nothing changes (switch `newIncarnation`): the old one was fenced before, and a sole last member
 * stays in its ISR in all versions (B09).
 */
export function replaceIncarnation(
  definition: ClusterDefinition,
  controller: ControllerState,
  broker: BrokerControl,
  isCleanShutdown: boolean,
  records: MetadataRecord[],
): void {
  const { elr, uncleanRestart, newIncarnation } = definition.switches;
  if (elr === 'off' || isCleanShutdown || uncleanRestart === 'ignored') {
    if (newIncarnation === 'leavesIsr') leaveIsrs(definition, controller, broker, records);
    return;
  }
  const { id } = broker.registration;
  const roles = { ...NO_ROLES, uncleanShutdownReplica: id };
  for (const index of broker.hosted) {
    const partition = existingPartition(controller, index);
    if (!partition.isr.includes(id) && !partition.elr.includes(id)) continue;
    update(definition, controller, partition, roles, records);
  }
}

/** True while the broker leads a partition. */
export function hasLeaderships(controller: ControllerState, broker: BrokerControl): boolean {
  const { id } = broker.registration;
  for (const index of broker.hosted) {
    if (controller.partitions[index]?.leader === id) return true;
  }
  return false;
}

/** The change that brings about nothing but an election, for partitions as they are. */
export function electionOf(
  definition: ClusterDefinition,
  controller: ControllerState,
  partition: PartitionRegistration,
  election: ElectionType,
): PartitionChange {
  return {
    partition,
    targetIsr: partition.isr,
    targetAssignment: assignmentOf(partition),
    completion: definition.switches.reassignmentCompletion,
    targetLeaderRecoveryState: partition.leaderRecoveryState,
    election,
    minIsr: effectiveMinIsr(definition, controller, partition.partition),
    elrEnabled: definition.switches.elr === 'on',
    lastKnownLeaderMustLive: definition.switches.lastKnownLeader === 'alive',
    shrinkRaisesLeaderEpoch: definition.switches.leaderEpochBump === 'anyShrink',
    excluded: NO_BROKER,
    uncleanShutdownReplica: NO_BROKER,
    unfenced: NO_BROKER,
  };
}

/** `unclean.leader.election.enable` of the partition's topic. */
export function isUncleanElectionEnabled(
  definition: ClusterDefinition,
  partition: number,
): boolean {
  if (definition.switches.uncleanElection === 'always') return true;
  return definition.partition(partition).topic.config.uncleanLeaderElectionEnable;
}

/** `min.insync.replicas` of the topic, at most its replication factor. */
function effectiveMinIsr(
  definition: ClusterDefinition,
  controller: ControllerState,
  partition: number,
): number {
  const { topic } = definition.partition(partition);
  const { replicas } = existingPartition(controller, topic.firstPartition);
  return Math.min(topic.config.minInsyncReplicas, replicas.length);
}

/** Brokers with a part in a change; -1 for none. */
interface Roles {
  readonly excluded: number;
  readonly uncleanShutdownReplica: number;
  readonly unfenced: number;
}

const NO_ROLES: Roles = {
  excluded: NO_BROKER,
  uncleanShutdownReplica: NO_BROKER,
  unfenced: NO_BROKER,
};

function leaveIsrs(
  definition: ClusterDefinition,
  controller: ControllerState,
  broker: BrokerControl,
  records: MetadataRecord[],
): void {
  const { id } = broker.registration;
  const roles = { ...NO_ROLES, excluded: id };
  for (const index of broker.hosted) {
    const partition = existingPartition(controller, index);
    if (partition.isr.includes(id)) update(definition, controller, partition, roles, records);
  }
}

/** ReplicationControlManager.generateLeaderAndIsrUpdates for one partition. */
function update(
  definition: ClusterDefinition,
  controller: ControllerState,
  partition: PartitionRegistration,
  roles: Roles,
  records: MetadataRecord[],
): void {
  const isUnclean = isUncleanElectionEnabled(definition, partition.partition);
  const { excluded, uncleanShutdownReplica } = roles;
  const targetIsr = partition.isr.filter(
    (replica) => replica !== excluded && replica !== uncleanShutdownReplica,
  );
  const record = buildPartitionChange(controller, {
    ...electionOf(definition, controller, partition, isUnclean ? 'unclean' : 'online'),
    ...roles,
    targetIsr,
  });
  if (record !== null) records.push(record);
}
