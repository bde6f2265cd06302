/** Questions to what the controller holds in memory (kafka.controller.ControllerContext). */
import type { ClusterDefinition } from '../definition.js';
import type { ControllerContext, Leadership, LiveBrokerEntry, ReplicaGroup } from './state.js';

/** A registered broker, shutting down or not; undefined where it is not registered as far as the controller knows. */
export function brokerOf(context: ControllerContext, id: number): LiveBrokerEntry | undefined {
  return context.brokers.find((broker) => broker.id === id);
}

/** Registered brokers, those that shut down among them, in ascending order (liveOrShuttingDownBrokerIds). */
export function registeredIds(context: ControllerContext): number[] {
  return context.brokers.map(({ id }) => id);
}

/** Registered and not shutting down (liveBrokerIds). */
export function isLive(context: ControllerContext, id: number): boolean {
  return brokerOf(context, id) !== undefined && !context.shuttingDown.includes(id);
}

/** The replica's broker is live and reported no storage error for it (isReplicaOnline). */
export function isReplicaOnline(
  context: ControllerContext,
  broker: number,
  partition: number,
  includeShuttingDown = false,
): boolean {
  const isUp = includeShuttingDown
    ? brokerOf(context, broker) !== undefined
    : isLive(context, broker);
  if (!isUp) return false;
  return !context.offlineReplicas.some(
    (replica) => replica.broker === broker && replica.partition === partition,
  );
}

/** Replicas of a partition; empty where it is unknown. */
export function assignmentOf(context: ControllerContext, partition: number): readonly number[] {
  return context.assignments[partition] ?? [];
}

/** Partitions that the controller knows of, in order. */
export function knownPartitions(context: ControllerContext): number[] {
  const known: number[] = [];
  for (const [partition, replicas] of context.assignments.entries()) {
    if (replicas !== null) known.push(partition);
  }
  return known;
}

/** The controller knows of such a partition. */
export function isKnown(context: ControllerContext, partition: number): boolean {
  return (context.assignments[partition] ?? null) !== null;
}

/** What the controller holds for a partition's state; null where it has none yet. */
export function leadershipIn(context: ControllerContext, partition: number): Leadership | null {
  return context.leadership[partition] ?? null;
}

/** Partitions that have been elected a leader once, in order. */
export function electedPartitions(context: ControllerContext): number[] {
  return knownPartitions(context).filter((partition) => leadershipIn(context, partition) !== null);
}

/** Partitions with a replica on a broker (partitionsOnBroker). */
export function partitionsOnBroker(context: ControllerContext, broker: number): number[] {
  return knownPartitions(context).filter((partition) =>
    context.assignments[partition]!.includes(broker),
  );
}

/** The replicas on each of the brokers (replicasOnBrokers). */
export function replicasOnBrokers(
  context: ControllerContext,
  brokers: readonly number[],
): ReplicaGroup[] {
  return brokers.map((broker) => ({ broker, partitions: partitionsOnBroker(context, broker) }));
}

/** Known partitions whose leader is not online; those without one count (partitionsWithOfflineLeader). */
export function partitionsWithOfflineLeader(context: ControllerContext): number[] {
  return electedPartitions(context).filter(
    (partition) => !isReplicaOnline(context, context.leadership[partition]!.leader, partition),
  );
}

/** Takes a partition into the context, its replicas in no state yet. */
export function addPartition(
  context: ControllerContext,
  partition: number,
  replicas: readonly number[],
): void {
  context.assignments[partition] = replicas;
  context.replicaStates[partition] = replicas.map(() => 'NonExistent');
}

/** True where every partition of the topic has a leader. */
export function isTopicElected(
  definition: ClusterDefinition,
  context: ControllerContext,
  topic: number,
): boolean {
  const { firstPartition, partitionCount } = definition.topics[topic]!;
  for (let number = 0; number < partitionCount; number++) {
    if ((context.leadership[firstPartition + number]?.leader ?? -1) < 0) return false;
  }
  return true;
}

/** The topic is known to the controller. */
export function isTopicKnown(
  definition: ClusterDefinition,
  context: ControllerContext,
  topic: number,
): boolean {
  return isKnown(context, definition.topics[topic]!.firstPartition);
}

/** The next state of a partition under another leader or ISR: its leader epoch is one higher (newLeaderAndIsr). */
export function nextLeadership(
  current: Leadership,
  leader: number,
  isr: readonly number[],
  controllerEpoch: number,
): Leadership {
  const { leaderEpoch, zkVersion } = current;
  return { leader, leaderEpoch: leaderEpoch + 1, isr, zkVersion, controllerEpoch };
}
