/**
 * A broker's start and end (BrokerServer), in Kafka's order.
 *
 * Start: read the clean-shutdown marker; register; load the metadata up to the high watermark; recover the logs; publish
 * the metadata, which makes leaders and followers; be told that it has caught up; ask to be unfenced; once unfenced,
 * take requests. End: ask the controller to move leaderships away; close the connections; flush the logs; write the
 * clean-shutdown marker with the broker epoch; leave.
 *
 * Differs from Kafka: a connection that comes before the broker takes requests is accepted, and closed with its first
 * request, where Kafka's port is not open yet.
 */
import type { ClusterDefinition } from '../definition.js';
import { readCleanShutdownEpoch } from '../log/index.js';
import { readSnapshot } from '../metadata/snapshot.js';
import type { RaftState } from '../raft/index.js';
import { applyThrottle, createReplicaManager, shutDownReplicas } from '../replication/index.js';
import { observerOf } from '../observer.js';
import type { HostContext } from '../../sim/index.js';
import { createAlterPartitionManager } from './alter-partition-manager.js';
import { BrokerImage } from './broker-image.js';
import { beginControlledShutdown, setReadyToUnfence, startLifecycle } from './broker-lifecycle.js';
import { BrokerOpcode } from './broker-opcodes.js';
import { ChannelIndex, closeChannel, createControllerChannel } from './controller-channel.js';
import { drainReplicas } from './kafka-apis.js';
import type { KnownController } from './known-controller.js';
import { createLifecycle } from './lifecycle-state.js';
import {
  createMetadataPublisher,
  hasReachedHighWatermark,
  loadMetadata,
  publishImage,
  publishMetadata,
} from './metadata-publisher.js';
import { createProducerIdManager } from './producer-id-manager.js';
import { createRequestChannel, stopProcessingRequests } from './request-channel.js';
import type { BrokerState } from './state.js';

/** BrokerServer.shutdown waits this long for the controller to let the broker go. */
const CONTROLLED_SHUTDOWN_TIMEOUT_US = 300_000_000;

/** Starts the broker role; it registers as soon as the leader of the quorum is known. */
export function startBroker(
  definition: ClusterDefinition,
  raft: RaftState,
  nodeId: number,
  context: HostContext,
): BrokerState {
  const { config } = definition.node(nodeId);
  const heartbeatMs = config.brokerHeartbeatIntervalMs;
  const snapshot = readSnapshot<BrokerImage>(context.host.disk, raft.log);
  const broker: BrokerState = {
    nodeId,
    image:
      snapshot === null
        ? BrokerImage.empty(definition.partitions.length)
        : BrokerImage.fromSnapshot(snapshot.image),
    publisher: createMetadataPublisher(snapshot, context.nowUs()),
    lifecycle: createLifecycle(readCleanShutdownEpoch(context.host.disk), context),
    channels: [
      createControllerChannel(ChannelIndex.heartbeat, heartbeatMs),
      createControllerChannel(ChannelIndex.alterPartition, heartbeatMs),
      createControllerChannel(ChannelIndex.forwarding, heartbeatMs),
    ],
    alterPartition: createAlterPartitionManager(definition.partitions.length),
    producerIds: createProducerIdManager(),
    requests: createRequestChannel(config.numIoThreads),
    replicas: null,
    throttle: null,
    zk: null,
    nextCorrelationId: 0,
  };
  startLifecycle(definition, broker, raft.leaderId, context);
  return broker;
}

/** The raft client may have learnt of more: replay it, and publish it where the broker is that far. */
export function brokerOnRaft(
  definition: ClusterDefinition,
  raft: RaftState,
  broker: BrokerState,
  context: HostContext,
): void {
  const { publisher, replicas } = broker;
  if (publisher.nextIndex === raft.committedCount) return;
  if (publisher.phase === 'published') {
    publishMetadata(definition, broker, raft, replicas!, context);
    drainReplicas(definition, raft, broker, replicas!, 0, context);
  } else if (publisher.phase === 'loading') {
    if (!loadMetadata(definition, broker, raft, context)) return;
    if (definition.switches.firstPublication === 'afterCatchUp') {
      publisher.appliedOffset = publisher.nextOffset - 1;
    } else if (hasReachedHighWatermark(publisher, raft)) recoverLogs(definition, broker, context);
  }
}

/** The logs are recovered: the broker publishes what it has loaded, and then what came meanwhile. */
export function onLogsRecovered(
  definition: ClusterDefinition,
  raft: RaftState,
  broker: BrokerState,
  context: HostContext,
): void {
  if (broker.lifecycle.state === 'SHUTTING_DOWN') return;
  publishImage(definition, broker, raft, broker.replicas!, context);
  publishMetadata(definition, broker, raft, broker.replicas!, context);
  drainReplicas(definition, raft, broker, broker.replicas!, 0, context);
  advanceBroker(definition, raft, broker, context);
}

/** Takes the steps that the broker's state now allows; called when the controller has answered. */
export function advanceBroker(
  definition: ClusterDefinition,
  known: KnownController,
  broker: BrokerState,
  context: HostContext,
): void {
  const { lifecycle, publisher, requests } = broker;
  switch (lifecycle.state) {
    case 'RECOVERY':
      // Before 3.5 only now, when the controller says that the broker has read its own registration.
      if (publisher.phase === 'loading' && definition.switches.firstPublication === 'afterCatchUp')
        recoverLogs(definition, broker, context);
      if (lifecycle.readyToUnfence || publisher.phase !== 'published') return;
      setReadyToUnfence(definition, broker, known.leaderId, context);
      return;
    case 'RUNNING':
      if (requests.enabled) return;
      requests.enabled = true;
      observerOf(context).brokerServing(context.virtualUs, broker.nodeId, true);
      return;
    case 'SHUTTING_DOWN':
      closeBroker(definition, broker, context);
      return;
    case 'STARTING':
    case 'PENDING_CONTROLLED_SHUTDOWN':
  }
}

/** The operator stops the broker. */
export function stopBroker(
  definition: ClusterDefinition,
  known: KnownController,
  broker: BrokerState,
  context: HostContext,
): void {
  if (definition.node(broker.nodeId).config.controlledShutdownEnable) {
    context.setTimer(CONTROLLED_SHUTDOWN_TIMEOUT_US, BrokerOpcode.shutdownTimeout);
    if (broker.replicas !== null) broker.replicas.isInControlledShutdown = true;
    beginControlledShutdown(definition, broker, known.leaderId, context);
  } else {
    broker.lifecycle.state = 'SHUTTING_DOWN';
  }
  advanceBroker(definition, known, broker, context);
}

/** The broker has waited long enough for the controller to let it go. */
export function shutDownNow(
  definition: ClusterDefinition,
  broker: BrokerState,
  context: HostContext,
): void {
  if (broker.lifecycle.state === 'SHUTTING_DOWN') return;
  broker.lifecycle.state = 'SHUTTING_DOWN';
  closeBroker(definition, broker, context);
}

/** Opens the logs; those that were not closed cleanly are read again, which takes its time. */
function recoverLogs(
  definition: ClusterDefinition,
  broker: BrokerState,
  context: HostContext,
): void {
  const { publisher } = broker;
  publisher.phase = 'recovering';
  publisher.appliedOffset = publisher.nextOffset - 1;
  const replicas = createReplicaManager(definition, broker.nodeId, context);
  broker.replicas = replicas;
  if (broker.throttle !== null) applyThrottle(definition, replicas, broker.throttle, context);
  replicas.brokerEpoch = broker.lifecycle.brokerEpoch;
  if (replicas.failed) {
    context.exit();
    return;
  }
  const scanUs = (replicas.recoveryBytes * 1_000_000) / definition.costs.recoveryBytesPerSecond;
  context.setTimer(Math.ceil(scanUs * context.host.disk.slowFactor), BrokerOpcode.logsRecovered);
}

/** Stops taking requests, and flushes the logs; `replicas.isShutDown` says when that is done. */
export function closeBroker(
  definition: ClusterDefinition,
  broker: BrokerState,
  context: HostContext,
): void {
  stopProcessingRequests(broker.requests, context);
  observerOf(context).brokerServing(context.virtualUs, broker.nodeId, false);
  for (const channel of broker.channels) closeChannel(channel, context);
  if (broker.replicas === null) return;
  shutDownReplicas(definition, broker.replicas, broker.lifecycle.brokerEpoch, context);
}
