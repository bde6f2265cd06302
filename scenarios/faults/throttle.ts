/**
 * Replication throttles of a reassignment, as the operator's tool sets them and takes them away
 * (ReassignPartitionsCommand; KIP-73).
 *
 * `--execute --throttle` names the sources of all moves on the leaders' side and the brokers that are new on the followers',
 * gives all of them the rate, and then asks for the reassignment. `--verify` takes all throttles of the cluster away when
 * no partition is being reassigned any more; `--cancel` takes them away at once.
 *
 * Source: calculateProposedMoveMap, calculateLeaderThrottles, calculateFollowerThrottles, modifyInterBrokerThrottle,
 * verifyAssignment, cancelAssignment, clearAllThrottles (4.1.1).
 *
 * Differs from Kafka: the tool that every version has is that of 4.1; the throttle is set at once and everywhere, without a
 * request that may fail (a broker that is down has it from its next start); the operator runs --verify every second.
 */
import { adminIsDone, ReplicationThrottle, type AdminState } from '../../model/index.js';
import type { FaultAction } from '../language/plan.js';
import { setThrottle, type Coverage } from './coverage.js';
import type { Field } from './field.js';
import { partitionIndex } from './resolve-target.js';

/** The operator runs --verify so often. */
export const VERIFY_US = 1_000_000;

/** A partition on its way: from these brokers to those. */
interface Move {
  readonly partition: number;
  readonly sources: readonly number[];
  readonly destinations: readonly number[];
}

/** Sets the throttle of a reassignment that is about to be asked for. */
export function throttleMove(
  field: Field,
  coverage: Coverage,
  action: Extract<FaultAction, { verb: 'reassign' }>,
): void {
  const { throttleBytesPerSecond, to } = action;
  if (throttleBytesPerSecond === null || to === null) return;
  const moves = movesWith(field, partitionIndex(field, action.topic, action.partition), to);
  for (const { id, host } of field.definition.brokers) {
    const leads = moves.filter(({ sources }) => sources.includes(id));
    const follows = moves.filter(({ destinations }) => destinations.includes(id));
    if (leads.length === 0 && follows.length === 0) continue;
    const throttle = new ReplicationThrottle(
      throttleBytesPerSecond,
      leads.map(({ partition }) => partition),
      follows.map(({ partition }) => partition),
    );
    setThrottle(field, coverage, host, throttle);
  }
}

/** Takes the throttles away if all reassignments are over; returns whether there are none any more. */
export function verifyThrottles(field: Field, coverage: Coverage): boolean {
  const { state } = field.simulation.hosts[field.adminHost]!;
  // What the operator has not been answered for may still begin.
  if (state !== null && !adminIsDone(state as AdminState)) return false;
  const { partitions } = field.definition;
  if (partitions.some(({ index }) => field.truth.partition(index)?.isReassigning === true))
    return false;
  clearThrottles(field, coverage);
  return true;
}

/** Takes all throttles away. */
export function clearThrottles(field: Field, coverage: Coverage): void {
  for (const { host } of field.definition.brokers) {
    if (coverage[host]!.throttle !== null) setThrottle(field, coverage, host, null);
  }
}

/** The moves under way, and the new one. Replicas from before a move are its sources, those that it adds are not. */
function movesWith({ definition, truth }: Field, moved: number, to: readonly number[]): Move[] {
  return definition.partitions.flatMap(({ index }): Move[] => {
    const known = truth.partition(index);
    if (known === null) return [];
    const { replicas, addingReplicas } = known;
    if (index !== moved && !known.isReassigning) return [];
    const sources = replicas.filter((id) => !addingReplicas.includes(id));
    const targets = index === moved ? to : addingReplicas;
    const destinations = targets.filter((id) => !sources.includes(id));
    return [{ partition: index, sources, destinations }];
  });
}
