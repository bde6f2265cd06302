/**
 * The high watermark of a leader, and who hears of it.
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import type { ReplicaLog } from '../log/index.js';
import { observerOf } from '../observer.js';
import { isCaughtUp, isIsrEligible } from './follower-progress.js';
import { noteHighWatermark } from './periodic-tasks.js';
import {
  type FollowerReplica,
  type LeaderRole,
  type Partition,
  type ReplicaManagerState,
} from './state.js';
import { tellReadersOfHighWatermark } from './readers.js';

/**
 * Moves the leader's high watermark up to the lowest log end offset among itself, the maximal ISR, and the replicas
 * outside the ISR that are caught up within the lag window and eligible to join. Returns whether it moved.
 *
 * Why maximal: a follower that we asked to add may be elected before we hear the answer (KIP-497, B07; switch `hwSet`).
 * Why those outside: one that is about to join must not be left behind. While the ISR is smaller than
 * min.insync.replicas the high watermark stands still (KIP-966, 3.7; switch `hwMinIsrGate`).
 *
 * Source: Partition.maybeIncrementLeaderHW.
 */
export function maybeIncrementHighWatermark(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  partition: Partition,
  role: LeaderRole,
  context: HostContext,
): boolean {
  const log = partition.log!;
  if (log.highWatermark === log.logEndOffset) return false;
  const { switches } = definition;
  // The partition's lock is held while ZooKeeper is asked.
  if (switches.isrUpdate === 'compareAndSet' && role.pending !== null) return false;
  if (switches.hwMinIsrGate === 'on' && role.isr.length < role.effectiveMinIsr) return false;
  let highWatermark = log.logEndOffset;
  const { followers } = role;
  if (switches.hwQuorum === 'majority') highWatermark = majorityEndOffset(log, role);
  for (let at = 0; at < followers.length; at++) {
    const follower = followers[at]!;
    if (follower.logEndOffset >= highWatermark) continue;
    if (switches.hwQuorum === 'majority') break;
    const counts =
      follower.inIsr ||
      (follower.isJoining && switches.hwSet === 'maximalIsr') ||
      isAboutToJoin(definition, replicas, log, follower, context);
    if (counts) highWatermark = follower.logEndOffset;
  }
  if (highWatermark <= log.highWatermark) return false;
  log.highWatermark = highWatermark;
  noteHighWatermark(definition, replicas, log, context);
  observerOf(context).highWatermarkMoved(
    context.virtualUs,
    replicas.nodeId,
    partition.index,
    highWatermark,
    true,
  );
  tellReadersOfHighWatermark(replicas, partition);
  if (role.waiting.length > 0) replicas.advanced.push(partition);
  return true;
}

/** Sets the high watermark of a follower, which may also fall. */
export function setFollowerHighWatermark(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  log: ReplicaLog,
  highWatermark: number,
  context: HostContext,
): void {
  if (highWatermark === log.highWatermark) return;
  log.highWatermark = highWatermark;
  noteHighWatermark(definition, replicas, log, context);
  observerOf(context).highWatermarkMoved(
    context.virtualUs,
    replicas.nodeId,
    log.partition,
    highWatermark,
    false,
  );
}

/** The offset that more than half of the ISR has reached (mutation `hwQuorum=majority`). */
function majorityEndOffset(log: ReplicaLog, { followers }: LeaderRole): number {
  const offsets = [log.logEndOffset];
  for (const follower of followers) if (follower.inIsr) offsets.push(follower.logEndOffset);
  offsets.sort((a, b) => b - a);
  return offsets[offsets.length >> 1]!;
}

/** Caught up and fit for the ISR; before 3.6 (KAFKA-15021, switch `hwCaughtUp`) caught up is enough. */
function isAboutToJoin(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  log: ReplicaLog,
  follower: FollowerReplica,
  context: HostContext,
): boolean {
  const { replicaLagTimeMaxMs } = definition.node(replicas.nodeId).config;
  const nowUs = context.wallClockUs();
  return (
    isCaughtUp(follower, log.logEndOffset, nowUs, replicaLagTimeMaxMs) &&
    (definition.switches.hwCaughtUp === 'any' || isIsrEligible(definition, replicas, follower))
  );
}
