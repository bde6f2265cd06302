/**
 * Whether a request may use a partition of this broker (Partition.localLogWithEpochOrThrow).
 */
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import type { Partition, ReplicaManagerState } from './state.js';

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
  partition: Partition | null,
  currentLeaderEpoch: number,
): ErrorCode {
  if (!partition?.log) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  if (currentLeaderEpoch >= 0 && currentLeaderEpoch !== partition.leaderEpoch) {
    if (definition.switches.leaderEpochFencing === 'on') {
      return currentLeaderEpoch < partition.leaderEpoch
        ? ErrorCode.FENCED_LEADER_EPOCH
        : ErrorCode.UNKNOWN_LEADER_EPOCH;
    }
  }
  return partition.role.kind === 'leader' ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER;
}

/**
 * Whether an error tells the client to look for another leader, so that the answer names the one known here (KIP-951, 3.7;
 * switch `leaderHint`).
 */
export function namesLeader({ namesLeaders }: ReplicaManagerState, error: number): boolean {
  if (!namesLeaders) return false;
  return error === ErrorCode.NOT_LEADER_OR_FOLLOWER || error === ErrorCode.FENCED_LEADER_EPOCH;
}
