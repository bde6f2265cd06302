/**
 * Places the replicas of new partitions as clusters on ZooKeeper do (AdminUtils.assignReplicasToBrokers): first replicas
 * go round the brokers, the others follow at a distance that grows by one with each round. With racks the brokers are
 * put into an order that goes round the racks first, and no two replicas share a rack (or broker) while one has none.
 */
import type { RandomStream } from '../../sim/index.js';

export interface PlaceableBroker {
  readonly id: number;
  readonly rack: string | null;
}

/**
 * Broker ids for each partition, the preferred leader first; null where there are fewer brokers than replicas
 * (INVALID_REPLICATION_FACTOR). Racks count only where every broker has one (RackAwareMode.Safe).
 */
export function assignReplicasToBrokers(
  brokers: readonly PlaceableBroker[],
  partitionCount: number,
  replicationFactor: number,
  stream: RandomStream,
): number[][] | null {
  if (replicationFactor <= 0 || replicationFactor > brokers.length) return null;
  const isRackAware = brokers.every(({ rack }) => rack !== null);
  const circle = isRackAware ? rackAlternated(brokers) : brokersInOrder(brokers);
  const rackCount = isRackAware ? new Set(brokers.map(({ rack }) => rack)).size : 1;
  const startIndex = stream.below(circle.length);
  let shift = stream.below(circle.length);
  return Array.from({ length: partitionCount }, (_, partition) => {
    if (partition > 0 && partition % circle.length === 0) shift++;
    const first = (partition + startIndex) % circle.length;
    return isRackAware
      ? placeAcrossRacks(circle, first, shift * rackCount, rackCount, replicationFactor)
      : placeInCircle(circle, first, shift, replicationFactor);
  });
}

function brokersInOrder(brokers: readonly PlaceableBroker[]): PlaceableBroker[] {
  return [...brokers].sort((a, b) => a.id - b.id);
}

/** Brokers by taking one of each rack in turn, racks by name and brokers by id (getRackAlternatedBrokerList). */
function rackAlternated(brokers: readonly PlaceableBroker[]): PlaceableBroker[] {
  const names = [...new Set(brokers.map(({ rack }) => rack!))].sort((a, b) => (a < b ? -1 : 1));
  const racks = names.map((name) => brokersInOrder(brokers.filter(({ rack }) => rack === name)));
  const alternated: PlaceableBroker[] = [];
  for (let round = 0; alternated.length < brokers.length; round++) {
    for (const rack of racks) if (round < rack.length) alternated.push(rack[round]!);
  }
  return alternated;
}

function placeInCircle(
  circle: readonly PlaceableBroker[],
  first: number,
  shift: number,
  replicationFactor: number,
): number[] {
  const placed = [circle[first]!.id];
  for (let replica = 0; replica < replicationFactor - 1; replica++) {
    placed.push(circle[replicaIndex(first, shift, replica, circle.length)]!.id);
  }
  return placed;
}

function placeAcrossRacks(
  circle: readonly PlaceableBroker[],
  first: number,
  shift: number,
  rackCount: number,
  replicationFactor: number,
): number[] {
  const leader = circle[first]!;
  const placed = [leader.id];
  const racks = [leader.rack];
  for (let tried = 0; placed.length < replicationFactor; tried++) {
    const broker = circle[replicaIndex(first, shift, tried, circle.length)]!;
    if (racks.includes(broker.rack) && racks.length < rackCount) continue;
    if (placed.includes(broker.id)) continue;
    placed.push(broker.id);
    if (!racks.includes(broker.rack)) racks.push(broker.rack);
  }
  return placed;
}

/** Never the first replica's own place (AdminUtils.replicaIndex). */
function replicaIndex(first: number, shift: number, replica: number, brokers: number): number {
  return (first + 1 + ((shift + replica) % (brokers - 1))) % brokers;
}
