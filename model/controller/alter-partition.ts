/** A leader's change of its ISR (ReplicationControlManager.alterPartition; KIP-497, KIP-841, KIP-903). */
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import type { PartitionRegistration } from '../metadata/partition-registration.js';
import type { MetadataRecord } from '../metadata/records.js';
import type { HostContext } from '../../sim/index.js';
import { observerOf } from '../observer.js';
import {
  AlterPartitionResponse,
  type AlterPartitionEntry,
  type AlterPartitionRequest,
  type AlterPartitionResult,
  type IsrMember,
} from '../rpc/index.js';
import { isBrokerActive, type ControllerState } from './controller-state.js';
import { decided, refused, type Decision } from './decision.js';
import { electionOf, isUncleanElectionEnabled } from './leader-and-isr.js';
import { buildPartitionChange } from './partition-change.js';

export function decideAlterPartition(
  definition: ClusterDefinition,
  controller: ControllerState,
  request: AlterPartitionRequest,
  context: HostContext,
): Decision {
  const { correlationId, brokerId, brokerEpoch } = request;
  if (controller.brokers.get(brokerId)?.registration.epoch !== brokerEpoch) {
    return refused(new AlterPartitionResponse(correlationId, ErrorCode.STALE_BROKER_EPOCH, []));
  }
  const records: MetadataRecord[] = [];
  const results = request.entries.map((entry) =>
    decideEntry(definition, controller, brokerId, entry, records, context),
  );
  return decided(records, new AlterPartitionResponse(correlationId, ErrorCode.NONE, results));
}

function decideEntry(
  definition: ClusterDefinition,
  controller: ControllerState,
  brokerId: number,
  entry: AlterPartitionEntry,
  records: MetadataRecord[],
  context: HostContext,
): AlterPartitionResult {
  const partition = controller.partitions[entry.partition] ?? null;
  if (partition === null) return failed(entry, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const error = validate(definition, controller, brokerId, partition, entry);
  if (error === ErrorCode.INELIGIBLE_REPLICA) {
    observerOf(context).mark(context.virtualUs, 'ineligible-replica', entry.partition);
  }
  if (error !== ErrorCode.NONE) return failed(entry, error);
  noteInactiveMembers(controller, partition, entry, context);
  const isUnclean = isUncleanElectionEnabled(definition, entry.partition);
  const record = buildPartitionChange(controller, {
    ...electionOf(definition, controller, partition, isUnclean ? 'unclean' : 'online'),
    targetIsr: entry.newIsr.map((member) => member.brokerId),
    targetLeaderRecoveryState: entry.leaderRecoveryState,
  });
  if (record === null) return succeeded(partition);
  records.push(record);
  const isNewLeader = record.leader !== null && record.leader !== brokerId;
  if (isNewLeader) return failed(entry, ErrorCode.NEW_LEADER_ELECTED);
  return succeeded(partition.merge(record));
}

/** Every check in Kafka's order (`validateAlterPartitionData`). */
function validate(
  definition: ClusterDefinition,
  controller: ControllerState,
  brokerId: number,
  partition: PartitionRegistration,
  entry: AlterPartitionEntry,
): number {
  const { leaderEpoch, partitionEpoch, newIsr, leaderRecoveryState } = entry;
  // A leader that is ahead of this controller speaks of a later one.
  if (leaderEpoch > partition.leaderEpoch) return ErrorCode.NOT_CONTROLLER;
  if (partitionEpoch > partition.partitionEpoch) return ErrorCode.NOT_CONTROLLER;
  if (definition.switches.alterPartitionFencing === 'on') {
    if (leaderEpoch < partition.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
    if (brokerId !== partition.leader) return ErrorCode.INVALID_REQUEST;
    if (partitionEpoch < partition.partitionEpoch) return ErrorCode.INVALID_UPDATE_VERSION;
  }
  if (!isSubsetWithoutRepeats(newIsr, partition.replicas)) return ErrorCode.INVALID_REQUEST;
  if (!newIsr.some((member) => member.brokerId === partition.leader)) {
    return ErrorCode.INVALID_REQUEST;
  }
  const isRecovering = leaderRecoveryState === 'RECOVERING';
  if (isRecovering && newIsr.length > 1) return ErrorCode.INVALID_REQUEST;
  if (isRecovering && partition.leaderRecoveryState === 'RECOVERED') {
    return ErrorCode.INVALID_REQUEST;
  }
  for (const member of newIsr) {
    if (!isEligible(definition, controller, member)) return ErrorCode.INELIGIBLE_REPLICA;
  }
  return ErrorCode.NONE;
}

/** Without `isrEligibility` brokers join an ISR that can neither lead nor keep up (B17): that is noted (I8). */
function noteInactiveMembers(
  controller: ControllerState,
  partition: PartitionRegistration,
  entry: AlterPartitionEntry,
  context: HostContext,
): void {
  const isInactive = ({ brokerId }: IsrMember): boolean =>
    !partition.isr.includes(brokerId) && !isBrokerActive(controller, brokerId);
  if (!entry.newIsr.some(isInactive)) return;
  observerOf(context).mark(context.virtualUs, 'inactive-replica-joined', entry.partition);
}

function isSubsetWithoutRepeats(
  members: readonly IsrMember[],
  replicas: readonly number[],
): boolean {
  for (let index = 0; index < members.length; index++) {
    const { brokerId } = members[index]!;
    if (!replicas.includes(brokerId)) return false;
    for (let earlier = 0; earlier < index; earlier++) {
      if (members[earlier]!.brokerId === brokerId) return false;
    }
  }
  return true;
}

/** Registered, unfenced, not shutting down, and the very incarnation that the leader heard of (-1: not heard yet). */
function isEligible(
  definition: ClusterDefinition,
  controller: ControllerState,
  member: IsrMember,
): boolean {
  const registration = controller.brokers.get(member.brokerId)?.registration;
  if (registration === undefined) return false;
  const { isrEligibility, isrBrokerEpoch } = definition.switches;
  if (isrEligibility === 'on' && !registration.isActive) return false;
  if (isrBrokerEpoch === 'off' || member.brokerEpoch === -1) return true;
  return member.brokerEpoch === registration.epoch;
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

function succeeded(partition: PartitionRegistration): AlterPartitionResult {
  return {
    partition: partition.partition,
    error: ErrorCode.NONE,
    leaderId: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    isr: partition.isr,
    partitionEpoch: partition.partitionEpoch,
    leaderRecoveryState: partition.leaderRecoveryState,
  };
}
