/**
 * Which partitions a fetcher leaves out since they are throttled (RemoteLeaderEndPoint.buildFetch; before 3.3
 * ReplicaFetcherThread.buildFetch; KIP-73).
 *
 * It is decided anew for each request: a partition that is throttled, lags, and finds the quota exceeded is dropped from the
 * fetch session until that is over. A fetcher that has no other partition looks again after `replica.fetch.backoff.ms`.
 *
 * Source: shouldFollowerThrottle, PartitionFetchState.isReplicaInSync, AbstractFetcherThread.maybeFetch (4.1.1, 2.6.1).
 */
import type { HostContext } from '../../sim/index.js';
import { throttleMember, unthrottleMember } from './fetcher-members.js';
import { isQuotaExceeded } from './replication-quota.js';
import type { Fetcher, FollowerRole, Partition, ReplicaManagerState } from './state.js';
import { wallClockMs } from './throttle.js';

/** Decides for the next request of a fetcher; returns whether a partition is left out. */
export function throttleMembers(
  replicas: ReplicaManagerState,
  fetcher: Fetcher,
  context: HostContext,
): boolean {
  const { throttles } = replicas;
  if (throttles === null || throttles.follower.partitions.length === 0) return false;
  const isExceeded = isQuotaExceeded(throttles.follower, wallClockMs(context));
  let leavesOut = false;
  for (const index of throttles.follower.partitions) {
    const partition = replicas.partitions[index] ?? null;
    const role = partition === null ? null : memberRole(fetcher, partition);
    if (partition === null || role === null) continue;
    if (isExceeded && role.lag !== 0) throttleMember(fetcher, partition, role);
    else unthrottleMember(fetcher, partition, role);
    leavesOut ||= role.status === 'throttled';
  }
  return leavesOut;
}

/** Has all partitions fetched again that were left out: the lists have changed, and are looked at again. */
export function unthrottleAll(replicas: ReplicaManagerState): void {
  for (const fetcher of replicas.fetchers) {
    if (fetcher === null) continue;
    for (const index of fetcher.members) {
      const partition = replicas.partitions[index]!;
      const role = memberRole(fetcher, partition);
      if (role !== null) unthrottleMember(fetcher, partition, role);
    }
  }
}

function memberRole(fetcher: Fetcher, { role }: Partition): FollowerRole | null {
  return role.kind === 'follower' && role.fetcher === fetcher.index ? role : null;
}
