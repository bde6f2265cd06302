/**
 * Replicas of partitions as znodes say them, and reassignments on their way, for the truth of a cluster on ZooKeeper.
 *
 * From 2.4 on a topic's znode says which replicas are added and removed. Before, /admin/reassign_partitions says where
 * a partition goes: who is added and who will go follows from where it came from.
 */
import type { ReassignPartitionsZnode, TopicZnode } from '../../model/index.js';
import { type ClusterDefinition } from '../../model/index.js';

/** Replicas of a partition, the preferred leader first; who is being added and removed is among them. */
export interface ReplicaTruth {
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

/** What /admin/reassign_partitions says of a partition. */
interface Move {
  readonly origin: readonly number[];
  readonly target: readonly number[];
}

/** By partition; plain data. */
export interface ReplicasOnZooKeeper {
  /** null before the topic is there. */
  readonly assignments: (ReplicaTruth | null)[];
  readonly moves: (Move | null)[];
}

export function createReplicas({ partitions }: ClusterDefinition): ReplicasOnZooKeeper {
  return { assignments: partitions.map(() => null), moves: partitions.map(() => null) };
}

/** Follows a topic's znode; returns the partitions for which something is different now. */
export function followTopic(
  definition: ClusterDefinition,
  { assignments, moves }: ReplicasOnZooKeeper,
  { topic, replicas, adding, removing }: TopicZnode,
): number[] {
  const { firstPartition } = definition.topics[topic]!;
  const changed: number[] = [];
  for (const [number, list] of replicas.entries()) {
    const partition = firstPartition + number;
    const written = {
      replicas: list,
      adding: adding[number] ?? [],
      removing: removing[number] ?? [],
    };
    const next = onTheMove(written, moves[partition] ?? null);
    if (!isSame(assignments[partition] ?? null, next)) changed.push(partition);
    assignments[partition] = next;
  }
  return changed;
}

/** Follows /admin/reassign_partitions, null where it is gone; returns the partitions that are changed by it. */
export function followReassignments(
  { assignments, moves }: ReplicasOnZooKeeper,
  znode: ReassignPartitionsZnode | null,
): number[] {
  const changed: number[] = [];
  for (const [partition, current] of assignments.entries()) {
    const target = znode?.targets.find((one) => one.partition === partition)?.replicas;
    if (current === null || (target === undefined && moves[partition] === null)) continue;
    const origin = moves[partition]?.origin ?? current.replicas;
    moves[partition] = target === undefined ? null : { origin, target };
    const { replicas } = current;
    const next = onTheMove({ replicas, adding: [], removing: [] }, moves[partition]);
    if (!isSame(current, next)) changed.push(partition);
    assignments[partition] = next;
  }
  return changed;
}

function onTheMove(written: ReplicaTruth, move: Move | null): ReplicaTruth {
  if (move === null) return written;
  const { replicas } = written;
  return {
    replicas,
    adding: replicas.filter((id) => move.target.includes(id) && !move.origin.includes(id)),
    removing: replicas.filter((id) => !move.target.includes(id)),
  };
}

function isSame(a: ReplicaTruth | null, b: ReplicaTruth): boolean {
  return (
    a !== null &&
    a.replicas.join() === b.replicas.join() &&
    a.adding.join() === b.adding.join() &&
    a.removing.join() === b.removing.join()
  );
}
