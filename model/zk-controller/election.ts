/**
 * Who leads a partition next (kafka.controller.Election, PartitionLeaderElectionAlgorithms; PartitionLeaderSelector
 * before 1.1, which chooses the same).
 *
 * Left out: LeaderRecoveryState of unclean elections (KIP-704, 3.2), which only followers' recovery would look at.
 */
import { isUncleanElectionEnabled } from '../controller/leader-and-isr.js';
import type { ClusterDefinition } from '../definition.js';
import { assignmentOf, isReplicaOnline, nextLeadership } from './controller-context.js';
import type { ControllerContext, ElectionStrategy, Leadership } from './state.js';

/** The state to write and who is told of it; null where nobody can be elected. */
export interface ElectionResult {
  readonly leadership: Leadership;
  readonly recipients: readonly number[];
}

/** Elects by a strategy, from the state that ZooKeeper has. */
export function electLeader(
  definition: ClusterDefinition,
  context: ControllerContext,
  strategy: ElectionStrategy,
  partition: number,
  current: Leadership,
  controllerEpoch: number,
): ElectionResult | null {
  switch (strategy) {
    case 'offline':
      return leaderForOffline(definition, context, partition, current, controllerEpoch);
    case 'preferred':
      return leaderForPreferredReplica(context, partition, current, controllerEpoch);
    case 'controlledShutdown':
      return leaderForControlledShutdown(context, partition, current, controllerEpoch);
    case 'reassignment':
      return leaderForReassignment(context, partition, current, controllerEpoch);
  }
}

/** The first online replica that is in the ISR; else, where the topic allows it, the first that is online (KIP-106). */
function leaderForOffline(
  definition: ClusterDefinition,
  context: ControllerContext,
  partition: number,
  current: Leadership,
  controllerEpoch: number,
): ElectionResult | null {
  const recipients = assignmentOf(context, partition).filter((replica) =>
    isReplicaOnline(context, replica, partition),
  );
  const clean = recipients.find((replica) => current.isr.includes(replica));
  if (clean !== undefined) {
    const isr = current.isr.filter((replica) => isReplicaOnline(context, replica, partition));
    return { leadership: nextLeadership(current, clean, isr, controllerEpoch), recipients };
  }
  const [unclean] = recipients;
  if (unclean === undefined || !isUncleanElectionEnabled(definition, partition)) return null;
  return { leadership: nextLeadership(current, unclean, [unclean], controllerEpoch), recipients };
}

/** The first replica, where it is online and in the ISR. */
function leaderForPreferredReplica(
  context: ControllerContext,
  partition: number,
  current: Leadership,
  controllerEpoch: number,
): ElectionResult | null {
  if (!canPreferredReplicaLead(context, partition, current)) return null;
  const recipients = assignmentOf(context, partition);
  const leadership = nextLeadership(current, recipients[0]!, current.isr, controllerEpoch);
  return { leadership, recipients };
}

/** The first member of the ISR that stays; who shuts down leaves the ISR, and is told so. */
function leaderForControlledShutdown(
  context: ControllerContext,
  partition: number,
  current: Leadership,
  controllerEpoch: number,
): ElectionResult | null {
  const recipients = assignmentOf(context, partition).filter((replica) =>
    isReplicaOnline(context, replica, partition, true),
  );
  const isr = current.isr.filter((replica) => !context.shuttingDown.includes(replica));
  const leader = recipients.find((replica) => isr.includes(replica));
  if (leader === undefined) return null;
  return { leadership: nextLeadership(current, leader, isr, controllerEpoch), recipients };
}

/** The first of the new replicas that is online and in the ISR; the ISR stays as it is. */
function leaderForReassignment(
  context: ControllerContext,
  partition: number,
  current: Leadership,
  controllerEpoch: number,
): ElectionResult | null {
  const recipients = assignmentOf(context, partition);
  const leader = recipients.find(
    (replica) => isReplicaOnline(context, replica, partition) && current.isr.includes(replica),
  );
  if (leader === undefined) return null;
  return { leadership: nextLeadership(current, leader, current.isr, controllerEpoch), recipients };
}

/** The first replica is online and in the ISR. */
export function canPreferredReplicaLead(
  context: ControllerContext,
  partition: number,
  current: Leadership,
): boolean {
  const preferred = assignmentOf(context, partition)[0];
  if (preferred === undefined) return false;
  return current.isr.includes(preferred) && isReplicaOnline(context, preferred, partition);
}

/**
 * The state of a partition that a replica leaves for good (ReplicaStateMachine.doRemoveReplicasFromIsr): nobody leads
 * where it led, and the last member stays in the ISR, but for topics with unclean elections before 1.1.
 */
export function withoutReplica(
  definition: ClusterDefinition,
  partition: number,
  current: Leadership,
  replica: number,
  controllerEpoch: number,
): Leadership {
  const leader = current.leader === replica ? -1 : current.leader;
  const others = current.isr.filter((member) => member !== replica);
  const dropsLast =
    definition.switches.lastIsrMember === 'droppedIfUnclean' &&
    isUncleanElectionEnabled(definition, partition);
  const isr = others.length > 0 || dropsLast ? others : current.isr;
  return nextLeadership(current, leader, isr, controllerEpoch);
}
