/**
 * Applies the committed metadata to the broker's image and its replicas (MetadataLoader, BrokerMetadataPublisher,
 * ReplicaManager.applyDelta).
 *
 * Nothing is published before the broker has reached the high watermark that its raft client knows of. Then the logs
 * are recovered, which may take long and keeps the loader waiting; then all of the image is published at once, and
 * from there on every run of committed batches as it comes: first to the cache, then to the partitions that the broker
 * is no replica of, then to those that it leads, then to those that it follows, each at its last state.
 *
 * A snapshot each hour lets a restart begin there.
 */
import type { ClusterDefinition } from '../definition.js';
import type { PartitionRegistration } from '../metadata/partition-registration.js';
import { observerOf } from '../observer.js';
import { MetadataSnapshot, readSnapshot, writeSnapshot } from '../metadata/snapshot.js';
import { halt, type RaftState } from '../raft/index.js';
import { applyPartition, type ReplicaManagerState } from '../replication/index.js';
import type { HostContext } from '../../sim/index.js';
import type { BrokerImage } from './broker-image.js';
import type { BrokerState, MetadataPublisher } from './state.js';

/** Begins where the node's snapshot ends, or with the log. */
export function createMetadataPublisher(
  snapshot: MetadataSnapshot<BrokerImage> | null,
  nowUs: number,
): MetadataPublisher {
  return {
    phase: 'loading',
    nextIndex: snapshot?.batchCount ?? 0,
    nextOffset: snapshot?.endOffset ?? 0,
    appliedOffset: -1,
    lastSnapshotUs: nowUs,
  };
}

/** Writes a snapshot once an hour (metadata.log.max.snapshot.interval.ms) when metadata is published (SnapshotGenerator). */
function maybeWriteSnapshot(
  definition: ClusterDefinition,
  broker: BrokerState,
  context: HostContext,
): void {
  const { publisher } = broker;
  const intervalMs = definition.node(broker.nodeId).config.metadataLogMaxSnapshotIntervalMs;
  if (intervalMs === 0 || context.nowUs() - publisher.lastSnapshotUs < intervalMs * 1000) return;
  takeMetadataSnapshot(broker, context);
}

/**
 * Writes a snapshot now, if anything has been published. For long runs: where the calendar jumps by more than the
 * interval, this is what the broker would have done meanwhile.
 */
export function takeMetadataSnapshot(broker: BrokerState, context: HostContext): void {
  const { publisher, image } = broker;
  if (publisher.phase !== 'published') return;
  publisher.lastSnapshotUs = context.nowUs();
  const { nextOffset, nextIndex } = publisher;
  writeSnapshot(context.host.disk, new MetadataSnapshot(nextOffset, nextIndex, image.fork()));
}

/** True once all that is known to be committed has been replayed. */
export function hasReachedHighWatermark(publisher: MetadataPublisher, raft: RaftState): boolean {
  return raft.highWatermark > 0 && publisher.nextOffset >= raft.highWatermark;
}

/**
 * Replays what was committed since the last call into the image only; false where that ended the process. A record that does not fit ends a process that
 * is a controller, too; a mere broker logs it and goes on without it (SharedServer.metadataLoaderFaultHandler).
 */
export function loadMetadata(
  definition: ClusterDefinition,
  broker: BrokerState,
  raft: RaftState,
  context: HostContext,
): boolean {
  const { publisher, image } = broker;
  const { entries } = raft.log;
  while (publisher.nextIndex < raft.committedCount) {
    const batch = entries.at(publisher.nextIndex);
    for (let at = 0; at < batch.records.length; at++) {
      if (image.replay(batch.records[at]!)) continue;
      if (definition.node(broker.nodeId).isVoter) {
        halt(raft, 'metadata-replay-fault', context);
        return false;
      }
      observerOf(context).mark(context.virtualUs, 'metadata-record-skipped', broker.nodeId);
    }
    publisher.nextIndex++;
    publisher.nextOffset = batch.nextOffset;
  }
  return true;
}

/** The first publication: everything in the image. */
export function publishImage(
  definition: ClusterDefinition,
  broker: BrokerState,
  raft: RaftState,
  replicas: ReplicaManagerState,
  context: HostContext,
): void {
  broker.publisher.phase = 'published';
  const snapshot = readSnapshot(context.host.disk, raft.log);
  publish(definition, broker, raft, replicas, snapshot?.batchCount ?? 0, context);
}

/** Replays and publishes what was committed since the last call. */
export function publishMetadata(
  definition: ClusterDefinition,
  broker: BrokerState,
  raft: RaftState,
  replicas: ReplicaManagerState,
  context: HostContext,
): void {
  const firstIndex = broker.publisher.nextIndex;
  if (firstIndex === raft.committedCount) return;
  if (!loadMetadata(definition, broker, raft, context)) return;
  publish(definition, broker, raft, replicas, firstIndex, context);
}

function publish(
  definition: ClusterDefinition,
  broker: BrokerState,
  raft: RaftState,
  replicas: ReplicaManagerState,
  firstIndex: number,
  context: HostContext,
): void {
  const { publisher, image, nodeId } = broker;
  if (image.changed.length > 0) {
    applyChanged(definition, broker, replicas, 'elsewhere', context);
    applyChanged(definition, broker, replicas, 'led', context);
    applyChanged(definition, broker, replicas, 'followed', context);
    image.clearChanged();
  }
  publisher.appliedOffset = publisher.nextOffset - 1;
  maybeWriteSnapshot(definition, broker, context);
  const observer = observerOf(context);
  for (let index = firstIndex; index < publisher.nextIndex; index++) {
    observer.metadataApplied(context.virtualUs, nodeId, raft.log.entries.at(index));
  }
}

/** What a broker is to a partition by its metadata. */
type Place = 'elsewhere' | 'led' | 'followed';

/** Hands the changed partitions of one kind to the replicas. */
function applyChanged(
  definition: ClusterDefinition,
  broker: BrokerState,
  replicas: ReplicaManagerState,
  place: Place,
  context: HostContext,
): void {
  const { image, nodeId } = broker;
  for (let at = 0; at < image.changed.length; at++) {
    const registration: PartitionRegistration = image.partitions[image.changed[at]!]!;
    if (placeOf(registration, nodeId) !== place) continue;
    applyPartition(definition, replicas, registration, image, context);
  }
}

function placeOf({ replicas, leader }: PartitionRegistration, nodeId: number): Place {
  if (!replicas.includes(nodeId)) return 'elsewhere';
  return leader === nodeId ? 'led' : 'followed';
}
