/** The only writer of what the metadata log says, live and on load (`replay` of the control managers). */
import { NO_LEADER, PartitionRegistration } from '../metadata/partition-registration.js';
import type {
  BrokerRegistrationChangeRecord,
  MetadataRecord,
  RegisterBrokerRecord,
} from '../metadata/records.js';
import type { KafkaVersion } from '../versions.js';
import {
  BrokerRegistration,
  isActiveController,
  type ControllerState,
  type UndoEntry,
} from './controller-state.js';

const NOBODY: readonly number[] = [];

/**
 * Applies one record. An active controller remembers what it changed until the offset is committed. False, and nothing
 * is changed, where the record changes what does not exist: the log then mixes two histories.
 */
export function replay(
  controller: ControllerState,
  record: MetadataRecord,
  offset: number,
): boolean {
  switch (record.type) {
    case 'LeaderChange':
    case 'NoOp':
      return true;
    case 'RegisterBroker':
      replayRegistration(controller, record, offset);
      return true;
    case 'BrokerRegistrationChange':
      return replayRegistrationChange(controller, record, offset);
    case 'Topic':
      remember(controller, { offset, kind: 'topic', key: record.topic, previous: 0 });
      controller.topics[record.topic] = 1;
      return true;
    case 'Partition':
      remember(controller, { offset, kind: 'partition', key: record.partition, previous: null });
      setPartition(controller, record.partition, PartitionRegistration.fromRecord(record));
      return true;
    case 'PartitionChange': {
      const previous = controller.partitions[record.partition] ?? null;
      if (previous === null) return false;
      remember(controller, { offset, kind: 'partition', key: record.partition, previous });
      setPartition(controller, record.partition, previous.merge(record));
      return true;
    }
    case 'ProducerIds':
      remember(controller, {
        offset,
        kind: 'producerIds',
        key: 0,
        previous: controller.nextProducerId,
      });
      controller.nextProducerId = record.nextProducerId;
      return true;
    case 'FeatureLevel': {
      const previous = controller.metadataVersion;
      remember(controller, { offset, kind: 'features', key: 0, previous });
      controller.metadataVersion = record.metadataVersion;
      return true;
    }
  }
}

/** What is at or past an uncommitted offset is taken back, the latest first. True where there was anything. */
export function revertUncommitted(controller: ControllerState): boolean {
  const { undo } = controller;
  const hadAny = undo.length > 0;
  for (let entry = undo.pop(); entry !== undefined; entry = undo.pop()) revert(controller, entry);
  return hadAny;
}

/** What lies below the high watermark cannot be taken back any more. */
export function forgetCommitted(controller: ControllerState, highWatermark: number): void {
  const { undo } = controller;
  let count = 0;
  while (count < undo.length && undo[count]!.offset < highWatermark) count++;
  if (count > 0) undo.splice(0, count);
}

function remember(controller: ControllerState, entry: UndoEntry): void {
  if (isActiveController(controller)) controller.undo.push(entry);
}

function revert(controller: ControllerState, entry: UndoEntry): void {
  const { kind, key, previous } = entry;
  if (kind === 'topic') controller.topics[key] = 0;
  else if (kind === 'producerIds') controller.nextProducerId = previous as number;
  else if (kind === 'features') controller.metadataVersion = previous as KafkaVersion | null;
  else if (kind === 'partition') {
    setPartition(controller, key, previous as PartitionRegistration | null);
  } else {
    setRegistration(controller, key, previous as BrokerRegistration | null);
  }
}

function replayRegistration(
  controller: ControllerState,
  record: RegisterBrokerRecord,
  offset: number,
): void {
  const { brokerId } = record;
  const previous = controller.brokers.get(brokerId)?.registration ?? null;
  remember(controller, { offset, kind: 'broker', key: brokerId, previous });
  const registration = new BrokerRegistration(
    brokerId,
    record.brokerEpoch,
    record.incarnationId,
    record.rack,
    record.fenced,
    record.inControlledShutdown,
    offset,
  );
  setRegistration(controller, brokerId, registration);
  const broker = controller.brokers.get(brokerId)!;
  broker.fenced = record.fenced;
  broker.metadataOffset = -1;
  broker.controlledShutdownOffset = -1;
  // The old incarnation's session is not the new one's.
  if (previous?.epoch !== record.brokerEpoch) broker.lastContactUs = -1;
}

function replayRegistrationChange(
  controller: ControllerState,
  record: BrokerRegistrationChangeRecord,
  offset: number,
): boolean {
  const broker = controller.brokers.get(record.brokerId);
  if (broker?.registration.epoch !== record.brokerEpoch) return false;
  const previous = broker.registration;
  remember(controller, { offset, kind: 'broker', key: record.brokerId, previous });
  broker.registration = previous.with(record.fenced, record.inControlledShutdown);
  noteFenced(controller, record.brokerId, broker.registration.fenced);
  return true;
}

/**
 * BrokerHeartbeatManager.register: where the fence did not move, the metadata offset is forgotten until the next
 * heartbeat. It is so in Kafka since 4.0, and delays the controlled shutdown of another broker by up to one heartbeat.
 */
function noteFenced(controller: ControllerState, brokerId: number, fenced: boolean): void {
  const broker = controller.brokers.get(brokerId)!;
  if (broker.fenced === fenced && controller.forgetsMetadataOffset) broker.metadataOffset = -1;
  broker.fenced = fenced;
  if (fenced) broker.controlledShutdownOffset = -1;
}

function setRegistration(
  controller: ControllerState,
  brokerId: number,
  registration: BrokerRegistration | null,
): void {
  const broker = controller.brokers.get(brokerId);
  if (registration === null) controller.brokers.delete(brokerId);
  else if (broker !== undefined) broker.registration = registration;
  else {
    controller.brokers.set(brokerId, {
      registration,
      hosted: [],
      fenced: registration.fenced,
      metadataOffset: -1,
      controlledShutdownOffset: -1,
      lastContactUs: -1,
    });
  }
}

/** Replaces a partition and keeps the indexes in step. */
function setPartition(
  controller: ControllerState,
  index: number,
  next: PartitionRegistration | null,
): void {
  const previous = controller.partitions[index] ?? null;
  controller.partitions[index] = next;
  count(controller, previous, -1);
  count(controller, next, 1);
  if (previous?.replicas === next?.replicas) return;
  for (const brokerId of next?.replicas ?? NOBODY) {
    if (previous?.replicas.includes(brokerId) === true) continue;
    controller.brokers.get(brokerId)?.hosted.push(index);
  }
  for (const brokerId of previous?.replicas ?? NOBODY) {
    if (next?.replicas.includes(brokerId) === true) continue;
    const hosted = controller.brokers.get(brokerId)?.hosted;
    const position = hosted?.lastIndexOf(index) ?? -1;
    if (position >= 0) hosted!.splice(position, 1);
  }
}

function count(
  controller: ControllerState,
  partition: PartitionRegistration | null,
  step: number,
): void {
  if (partition === null) return;
  if (partition.leader === NO_LEADER) controller.leaderlessCount += step;
  if (partition.leader !== partition.replicas[0]) controller.imbalancedCount += step;
}
