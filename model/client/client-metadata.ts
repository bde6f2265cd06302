/**
 * What a client knows of the cluster: the brokers, and the leader of each of its partitions.
 *
 * It is asked for again when a leader is unknown, when a connection breaks, when a response says that the metadata
 * is stale, and when it is old; with backoff while the answers bring nothing new. An older leader epoch never
 * replaces a newer one (KIP-320; before, the last answer won: switch `metadataEpoch`), and a response that names the new
 * leader is believed at once (KIP-951).
 *
 * Source: Metadata, NetworkClient.DefaultMetadataUpdater.
 * Differs from Kafka: metadata is asked for all of the client's partitions at once, never for new topics only, and the
 * bootstrap servers are the brokers themselves.
 */
import type { HostContext, RandomStream } from '../../sim/index.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import type { MetadataResponse, PartitionMetadata } from '../rpc/index.js';
import { exponentialBackoffUs, type BackoffPolicy } from './exponential-backoff.js';
import type { NetworkPlan } from './network-client.js';

/** Which partitions a client wants to know of; a *slot* is a partition's place among them. */
export interface MetadataPlan extends NetworkPlan {
  /** Partition indexes by slot. */
  readonly partitions: readonly number[];
  /** Slots by partition index, counted from `firstPartition`; -1 where the client does not care. */
  readonly slots: Int32Array;
  readonly firstPartition: number;
  readonly retryBackoff: BackoffPolicy;
  /** After an answer with something new there is no wait before the next question (switch `retryBackoff`). */
  readonly asksAgainAtOnce: boolean;
  /** Answers name leader epochs, and older ones count for nothing (switch `metadataEpoch`). */
  readonly knowsLeaderEpochs: boolean;
  /** Starts over where no known broker can be asked (switch `metadataRecovery`). */
  readonly rebootstraps: boolean;
  readonly metadataMaxAgeUs: number;
}

export interface ClientMetadata {
  /** Leader by slot: an index into the plan's nodes, or -1. */
  readonly leaders: number[];
  /** Largest leader epoch seen, by slot; -1 before the first, and where the client knows none. Never falls. */
  readonly leaderEpochs: number[];
  /** The partitions exist, as far as the client knows. */
  isKnown: boolean;
  /** Nodes that may be asked. */
  brokers: number[];
  /** True until the first answer, and again after a rebootstrap. */
  isBootstrap: boolean;
  needsUpdate: boolean;
  isUpdating: boolean;
  /** No request before then. */
  allowedAtUs: number;
  lastSuccessUs: number;
  failedAttempts: number;
  /** Answers in a row that brought no newer epoch. */
  equivalentAnswers: number;
  /** Counts changes, so that others can see that there was one. */
  version: number;
}

export function createMetadata(plan: MetadataPlan): ClientMetadata {
  return {
    leaders: plan.partitions.map(() => -1),
    leaderEpochs: plan.partitions.map(() => -1),
    isKnown: false,
    brokers: bootstrapServers(plan),
    isBootstrap: true,
    needsUpdate: true,
    isUpdating: false,
    allowedAtUs: 0,
    lastSuccessUs: 0,
    failedAttempts: 0,
    equivalentAnswers: 0,
    version: 0,
  };
}

/** The slot of a partition, or -1. */
export function slotOf(plan: MetadataPlan, partition: number): number {
  return plan.slots[partition - plan.firstPartition] ?? -1;
}

/** Asks for metadata soon; `isUrgent` forgets that the last answers brought nothing new. */
export function requestMetadataUpdate(
  metadata: ClientMetadata,
  nowUs: number,
  isUrgent = false,
): void {
  metadata.needsUpdate = true;
  if (!isUrgent || metadata.equivalentAnswers === 0) return;
  metadata.equivalentAnswers = 0;
  metadata.allowedAtUs = Math.min(metadata.allowedAtUs, nowUs);
}

/** When the next request for metadata is due. */
export function metadataDueUs(plan: MetadataPlan, metadata: ClientMetadata): number {
  if (metadata.needsUpdate) return metadata.allowedAtUs;
  return Math.max(metadata.lastSuccessUs + plan.metadataMaxAgeUs, metadata.allowedAtUs);
}

/** A request for metadata failed, or the answer was that of a broker that knows nothing yet. */
export function metadataUpdateFailed(
  plan: MetadataPlan,
  metadata: ClientMetadata,
  nowUs: number,
  random: RandomStream,
): void {
  metadata.isUpdating = false;
  metadata.equivalentAnswers = 0;
  metadata.allowedAtUs =
    nowUs + exponentialBackoffUs(plan.retryBackoff, metadata.failedAttempts++, random);
}

/** Takes over what a broker answered. */
export function applyMetadata(
  plan: MetadataPlan,
  metadata: ClientMetadata,
  response: MetadataResponse,
  random: RandomStream,
  context: HostContext,
): void {
  const nowUs = context.nowUs();
  if (response.brokers.length === 0) {
    metadataUpdateFailed(plan, metadata, nowUs, random);
    return;
  }
  metadata.isUpdating = false;
  metadata.needsUpdate = false;
  metadata.isBootstrap = false;
  metadata.lastSuccessUs = nowUs;
  metadata.failedAttempts = 0;
  metadata.equivalentAnswers++;
  metadata.version++;
  metadata.isKnown = true;
  metadata.brokers = nodesOf(plan, response.brokers);
  for (const partition of response.partitions) {
    applyPartition(plan, metadata, partition, response.brokers, context);
  }
  if (!plan.asksAgainAtOnce) metadata.equivalentAnswers = 0;
  const { equivalentAnswers } = metadata;
  metadata.allowedAtUs =
    equivalentAnswers === 0 && plan.asksAgainAtOnce
      ? nowUs
      : nowUs + exponentialBackoffUs(plan.retryBackoff, Math.max(0, equivalentAnswers - 1), random);
}

/**
 * Believes a response that names the leader of a newer epoch (KIP-951); false where it says nothing new.
 *
 * Source: Metadata.updatePartitionLeadership.
 */
export function applyLeaderHint(
  plan: MetadataPlan,
  metadata: ClientMetadata,
  slot: number,
  leaderId: number,
  leaderEpoch: number,
): boolean {
  if (leaderId < 0 || !plan.knowsLeaderEpochs) return false;
  if (leaderEpoch <= metadata.leaderEpochs[slot]!) return false;
  const node = plan.nodeOfId.get(leaderId);
  if (node === undefined) return false;
  metadata.leaders[slot] = node;
  metadata.leaderEpochs[slot] = leaderEpoch;
  if (!metadata.brokers.includes(node)) metadata.brokers.push(node);
  metadata.version++;
  return true;
}

/**
 * Starts again from the bootstrap servers, knowing no leader any more.
 *
 * Source: Metadata.rebootstrap (KIP-1102, the default since 4.0).
 */
export function rebootstrap(plan: MetadataPlan, metadata: ClientMetadata): void {
  metadata.brokers = bootstrapServers(plan);
  metadata.isBootstrap = true;
  metadata.isKnown = false;
  metadata.leaders.fill(-1);
  metadata.needsUpdate = true;
  metadata.version++;
}

function applyPartition(
  plan: MetadataPlan,
  metadata: ClientMetadata,
  partition: PartitionMetadata,
  brokers: readonly number[],
  context: HostContext,
): void {
  const slot = slotOf(plan, partition.partition);
  if (slot < 0) return;
  const { error, leaderId, leaderEpoch } = partition;
  if (error !== ErrorCode.NONE) {
    observerOf(context).clientError(context.virtualUs, error);
    metadata.needsUpdate = true;
  }
  if (error === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
    metadata.isKnown = false;
    metadata.leaders[slot] = -1;
    return;
  }
  if (plan.knowsLeaderEpochs) {
    const seenEpoch = metadata.leaderEpochs[slot]!;
    if (leaderEpoch < seenEpoch) return;
    if (leaderEpoch > seenEpoch) metadata.equivalentAnswers = 0;
    metadata.leaderEpochs[slot] = leaderEpoch;
  }
  metadata.leaders[slot] = brokers.includes(leaderId) ? (plan.nodeOfId.get(leaderId) ?? -1) : -1;
}

function nodesOf(plan: MetadataPlan, brokerIds: readonly number[]): number[] {
  const nodes: number[] = [];
  for (const id of brokerIds) {
    const node = plan.nodeOfId.get(id);
    if (node !== undefined) nodes.push(node);
  }
  return nodes;
}

function bootstrapServers(plan: MetadataPlan): number[] {
  const nodes: number[] = [];
  for (let node = 0; node < plan.nodes.length; node++) {
    if (plan.nodes[node]!.isBroker) nodes.push(node);
  }
  return nodes;
}
