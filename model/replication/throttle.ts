/**
 * Replication throttles: how fast followers outside the ISR may copy (KIP-73).
 *
 * A leader leaves the records of a throttled partition out of its answer while its quota is exceeded, unless the follower is
 * in the ISR; a follower leaves such a partition out of its fetch unless it lags behind nothing (fetcher-throttle.ts). Each
 * counts what goes through it of throttled partitions, from and to members of the ISR as well.
 *
 * Source: ReplicaManager.shouldLeaderThrottle and readFromLog, KafkaApis.handleFetchRequest (4.1.1, 3.9.1, 2.6.1).
 *
 * Differs from Kafka: a throttle is no configuration that the controller hands out, but is told to the broker by whoever
 * directs the run (`configureThrottle`); the leader counts records, and not the headers of its answers; what it sent before
 * the throttle was set counts as nothing.
 */
import { Immutable, type HostContext } from '../../sim/index.js';
import type { FetchResult } from '../rpc/index.js';
import {
  createQuota,
  fillWithSilence,
  isListed,
  isQuotaExceeded,
  recordBytes,
  type ReplicaThrottles,
} from './replication-quota.js';
import type { FetchSession, ReplicaManagerState, SessionPartition } from './state.js';

/** What one broker is configured with while partitions move. */
export class ReplicationThrottle extends Immutable {
  /**
   * @param bytesPerSecond `leader.replication.throttled.rate` and `follower.replication.throttled.rate`.
   * @param leaderPartitions indexes of those for which `leader.replication.throttled.replicas` names this broker.
   * @param followerPartitions the same of `follower.replication.throttled.replicas`.
   */
  constructor(
    readonly bytesPerSecond: number,
    readonly leaderPartitions: readonly number[],
    readonly followerPartitions: readonly number[],
  ) {
    super();
  }
}

/** Takes over what the broker is configured with: what was recorded before goes on to count. */
export function updateThrottles(
  replicas: ReplicaManagerState,
  throttle: ReplicationThrottle | null,
  context: HostContext,
): void {
  if (throttle === null) {
    replicas.throttles = null;
    return;
  }
  const { bytesPerSecond, leaderPartitions, followerPartitions } = throttle;
  const known = replicas.throttles;
  if (known === null) {
    const leader = createQuota(bytesPerSecond, leaderPartitions);
    if (hasFollowers(replicas)) {
      const nowMs = wallClockMs(context);
      const ageMs = Math.floor((context.nowUs() - replicas.startedUs) / 1000);
      fillWithSilence(leader, nowMs - ageMs, nowMs);
    }
    replicas.throttles = { leader, follower: createQuota(bytesPerSecond, followerPartitions) };
    return;
  }
  known.leader.bytesPerSecond = bytesPerSecond;
  known.leader.partitions = leaderPartitions;
  known.follower.bytesPerSecond = bytesPerSecond;
  known.follower.partitions = followerPartitions;
}

/** Whether a leader gives a follower no records of this partition now (ReplicaManager.shouldLeaderThrottle). */
export function shouldLeaderThrottle(
  { leader }: ReplicaThrottles,
  { partition, follower }: SessionPartition,
  context: HostContext,
): boolean {
  if (follower === null || follower.inIsr) return false;
  return isListed(leader, partition) && isQuotaExceeded(leader, wallClockMs(context));
}

/** Counts an answer to a follower. */
export function recordAnswer(
  { leader }: ReplicaThrottles,
  session: FetchSession,
  results: readonly FetchResult[],
  context: HostContext,
): void {
  if (session.replicaId < 0) return;
  let bytes = 0;
  for (const { partition, batches } of results) {
    if (!isListed(leader, partition)) continue;
    for (const { sizeBytes } of batches) bytes += sizeBytes;
  }
  recordBytes(leader, bytes, wallClockMs(context));
}

/** The clock of Kafka's metrics, in whole milliseconds. */
export function wallClockMs(context: HostContext): number {
  return Math.floor(context.wallClockUs() / 1000);
}

/** Somebody copies from this broker. */
function hasFollowers({ sessions }: ReplicaManagerState): boolean {
  return sessions.some((session) => session !== null && session.replicaId >= 0);
}
