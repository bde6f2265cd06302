/**
 * Whether a request may use a partition of this broker (Partition.localLogWithEpochOrThrow).
 */
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import type { ReplicaManagerState } from './state.js';

/**
 * The error with which a request for a led partition is refused, or NONE.
 *
 * A request of another leader epoch is refused (KIP-320; switch `leaderEpochFencing`): an older one is fenced, a newer
 * one is of a leadership that this broker has not heard of.
 *
 * @param currentLeaderEpoch the leader epoch that the client knows; -1 where it does not say.
 */
export function leaderAccessError(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  index: number,
  currentLeaderEpoch: number,
): ErrorCode {
  const partition = replicas.partitions[index] ?? null;
  if (!partition?.log) return unhostedError(replicas, index);
  if (currentLeaderEpoch >= 0 && currentLeaderEpoch !== partition.leaderEpoch) {
    if (definition.switches.leaderEpochFencing === 'on') {
      return currentLeaderEpoch < partition.leaderEpoch
        ? ErrorCode.FENCED_LEADER_EPOCH
        : ErrorCode.UNKNOWN_LEADER_EPOCH;
    }
  }
  return partition.role.kind === 'leader' ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER;
}

/** The error for a partition that this broker is no replica of (ReplicaManager.getPartitionOrError). */
export function unhostedError(replicas: ReplicaManagerState, index: number): ErrorCode {
  const registration = replicas.brokers?.registrationOf(index) ?? null;
  return registration === null
    ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    : ErrorCode.NOT_LEADER_OR_FOLLOWER;
}

/** Who leads a partition in which epoch, as far as this broker knows. */
export interface KnownLeader {
  readonly leaderId: number;
  readonly leaderEpoch: number;
}

const UNKNOWN_LEADER: KnownLeader = { leaderId: -1, leaderEpoch: -1 };

/** The leader that an answer with this error names, or -1 (KafkaApis.getCurrentLeader; KIP-951). */
export function namedLeader(
  replicas: ReplicaManagerState,
  index: number,
  error: number,
): KnownLeader {
  if (!namesLeader(replicas, error)) return UNKNOWN_LEADER;
  const known = knownLeader(replicas, index);
  return known.leaderId < 0 ? UNKNOWN_LEADER : known;
}

/** The replica knows; a broker that is none has its metadata cache. */
function knownLeader(replicas: ReplicaManagerState, index: number): KnownLeader {
  const partition = replicas.partitions[index] ?? null;
  if (partition?.log) return partition;
  const registration = replicas.brokers?.registrationOf(index) ?? null;
  if (registration === null) return UNKNOWN_LEADER;
  return { leaderId: registration.leader, leaderEpoch: registration.leaderEpoch };
}

/**
 * Whether an error tells the client to look for another leader, so that the answer names the one known here (KIP-951, 3.7;
 * switch `leaderHint`).
 */
function namesLeader({ namesLeaders }: ReplicaManagerState, error: number): boolean {
  if (!namesLeaders) return false;
  return error === ErrorCode.NOT_LEADER_OR_FOLLOWER || error === ErrorCode.FENCED_LEADER_EPOCH;
}
