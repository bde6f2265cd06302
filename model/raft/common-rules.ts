/** What every request and response teaches about epochs and leaders (KafkaRaftClient.maybeHandleCommonResponse). */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { RaftRole, type RaftState } from './raft-state.js';
import { becomeFollower, becomeUnattached, halt } from './transitions.js';

/** True where a response is dealt with by its error, epoch and leader alone. */
export function handledByCommonRules(
  definition: ClusterDefinition,
  raft: RaftState,
  error: number,
  leaderId: number,
  epoch: number,
  context: HostContext,
): boolean {
  if (epoch < raft.epoch || error === ErrorCode.UNKNOWN_LEADER_EPOCH) return true;
  const isStale =
    error === ErrorCode.FENCED_LEADER_EPOCH || error === ErrorCode.NOT_LEADER_OR_FOLLOWER;
  if (epoch > raft.epoch || isStale) {
    maybeTransition(definition, raft, leaderId, epoch, context);
    return true;
  }
  if (leaderId >= 0 && raft.leaderId < 0 && leaderId !== raft.nodeId) {
    becomeFollower(definition, raft, epoch, leaderId, context);
    return error !== ErrorCode.NONE;
  }
  return false;
}

/**
 * Follows a leader that was not known, or takes over a higher epoch. Two leaders of one epoch, or a leader that is this
 * node without its knowing (its disk was lost), end the process.
 */
export function maybeTransition(
  definition: ClusterDefinition,
  raft: RaftState,
  leaderId: number,
  epoch: number,
  context: HostContext,
): void {
  if (!isConsistentLeader(raft, leaderId, epoch)) {
    halt(raft, 'inconsistent-quorum-leader', context);
    return;
  }
  if (epoch > raft.epoch) {
    if (leaderId >= 0) becomeFollower(definition, raft, epoch, leaderId, context);
    else becomeUnattached(definition, raft, epoch, context);
  } else if (leaderId >= 0 && raft.leaderId < 0) {
    becomeFollower(definition, raft, epoch, leaderId, context);
  }
}

function isConsistentLeader(raft: RaftState, leaderId: number, epoch: number): boolean {
  if (leaderId === raft.nodeId) return raft.role === RaftRole.leader && epoch === raft.epoch;
  return epoch !== raft.epoch || leaderId < 0 || raft.leaderId < 0 || leaderId === raft.leaderId;
}
