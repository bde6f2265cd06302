/**
 * What a leader knows of its followers' progress (Replica.updateFetchStateOrThrow, resetReplicaState).
 *
 * A follower that fetched up to the leader's log end offset is settled in its session, and its times are read from
 * there; `unsettle` writes them down when something makes them its own again: an append, a new leader epoch, the end of
 * the session.
 *
 * The clock is the wall clock, as in Kafka: a jump of it makes followers look late or early.
 */
import type { ClusterDefinition } from '../definition.js';
import {
  LONG_AGO_US,
  UNKNOWN_BROKER_EPOCH,
  UNKNOWN_OFFSET,
  type FetchSession,
  type FollowerReplica,
  type LeaderRole,
  type Partition,
  type ReplicaManagerState,
} from './state.js';

export function createFollowerReplica(brokerId: number): FollowerReplica {
  return {
    brokerId,
    logEndOffset: UNKNOWN_OFFSET,
    lastFetchLeaderLogEndOffset: UNKNOWN_OFFSET,
    lastFetchTimeUs: LONG_AGO_US,
    lastCaughtUpTimeUs: LONG_AGO_US,
    brokerEpoch: UNKNOWN_BROKER_EPOCH,
    inIsr: false,
    isJoining: false,
    settledIn: null,
  };
}

/** The follower of that broker, or null: it is not a replica. */
export function followerOf(role: LeaderRole, brokerId: number): FollowerReplica | null {
  const { followers } = role;
  for (let at = 0; at < followers.length; at++) {
    if (followers[at]!.brokerId === brokerId) return followers[at]!;
  }
  return null;
}

/**
 * Records a fetch at `fetchOffset` while the leader's log ended at `leaderEndOffset` (R4).
 * The follower had all at the time of the fetch, or at the time of the one before, or it gained nothing.
 */
export function recordFetch(
  follower: FollowerReplica,
  session: FetchSession,
  fetchOffset: number,
  leaderEndOffset: number,
): void {
  unsettle(follower);
  const fetchTimeUs = session.lastFetchTimeUs;
  if (fetchOffset >= leaderEndOffset) {
    follower.lastCaughtUpTimeUs = Math.max(follower.lastCaughtUpTimeUs, fetchTimeUs);
  } else if (fetchOffset >= follower.lastFetchLeaderLogEndOffset) {
    const before = follower.lastFetchTimeUs;
    follower.lastCaughtUpTimeUs = Math.max(follower.lastCaughtUpTimeUs, before);
  }
  follower.logEndOffset = fetchOffset;
  follower.lastFetchLeaderLogEndOffset = Math.max(
    follower.lastFetchLeaderLogEndOffset,
    leaderEndOffset,
  );
  follower.lastFetchTimeUs = fetchTimeUs;
  follower.brokerEpoch = session.replicaEpoch;
}

/** Writes down the times that the follower had from its session. */
export function unsettle(follower: FollowerReplica): void {
  const session = follower.settledIn;
  if (session === null) return;
  follower.settledIn = null;
  follower.lastFetchTimeUs = session.lastFetchTimeUs;
  follower.lastCaughtUpTimeUs = Math.max(follower.lastCaughtUpTimeUs, session.lastFetchTimeUs);
  follower.lastFetchLeaderLogEndOffset = follower.logEndOffset;
}

/**
 * Begins a leader epoch: members of the ISR count as caught up now, others as never. A leader that led before keeps
 * what it knows of log end offsets and broker epochs.
 */
export function resetFollower(
  follower: FollowerReplica,
  nowUs: number,
  leaderEndOffset: number,
  isNewLeader: boolean,
  inIsr: boolean,
): void {
  unsettle(follower);
  follower.lastCaughtUpTimeUs = inIsr ? nowUs : LONG_AGO_US;
  if (isNewLeader) {
    follower.logEndOffset = UNKNOWN_OFFSET;
    follower.lastFetchLeaderLogEndOffset = UNKNOWN_OFFSET;
    follower.lastFetchTimeUs = LONG_AGO_US;
    follower.brokerEpoch = UNKNOWN_BROKER_EPOCH;
  } else {
    follower.lastFetchLeaderLogEndOffset = leaderEndOffset;
    follower.lastFetchTimeUs = follower.lastCaughtUpTimeUs;
  }
}

/** Whether the follower has all, or had all within `replica.lag.time.max.ms`. */
export function isCaughtUp(
  follower: FollowerReplica,
  leaderEndOffset: number,
  nowUs: number,
  maxLagMs: number,
): boolean {
  if (follower.logEndOffset === leaderEndOffset) return true;
  return wasCaughtUpWithin(follower, nowUs, maxLagMs);
}

/** Whether the follower had all within `replica.lag.time.max.ms`. */
export function wasCaughtUpWithin(
  follower: FollowerReplica,
  nowUs: number,
  maxLagMs: number,
): boolean {
  const session = follower.settledIn;
  const lastUs = session === null ? follower.lastCaughtUpTimeUs : session.lastFetchTimeUs;
  return nowUs - lastUs <= maxLagMs * 1000;
}

/**
 * Whether a broker may join the ISR, as far as the leader's metadata cache knows: unfenced and not shutting down
 * (KIP-841), and its last fetch came from the incarnation that is registered (KIP-903).
 *
 * Source: Partition.isReplicaIsrEligible.
 */
export function isIsrEligible(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  follower: FollowerReplica,
): boolean {
  const { brokerId, brokerEpoch } = follower;
  const brokers = replicas.brokers!;
  const { switches } = definition;
  if (switches.isrEligibility === 'on') {
    if (brokers.isFenced(brokerId) || brokers.isShuttingDown(brokerId)) return false;
  }
  if (switches.isrBrokerEpoch === 'off') return true;
  if (brokerEpoch === UNKNOWN_BROKER_EPOCH) return false;
  const registered = brokers.epochOf(brokerId);
  return registered !== -1 && (brokerEpoch === -1 || brokerEpoch === registered);
}

/** The leader's log grew: no follower has everything any more. */
export function unsettleFollowers(
  replicas: ReplicaManagerState,
  partition: Partition,
  role: LeaderRole,
): void {
  const { followers } = role;
  for (let at = 0; at < followers.length; at++) unsettle(followers[at]!);
  noteLaggard(replicas, partition, role);
}

/** Has the members of this partition's ISR looked at by the next check of lags. */
export function noteLaggard(
  replicas: ReplicaManagerState,
  partition: Partition,
  role: LeaderRole,
): void {
  if (role.isLaggard || role.isr.length <= 1) return;
  role.isLaggard = true;
  replicas.laggards.push(partition.index);
}
