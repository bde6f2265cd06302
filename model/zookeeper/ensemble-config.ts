/**
 * How an ensemble is set up: ZooKeeper's sample configuration, and the constants of its source that no key sets.
 *
 * Source: conf/zoo_sample.cfg (tickTime, initLimit, syncLimit), ZooKeeperServer (bounds of a session's timeout),
 * FastLeaderElection (finalizeWait, maxNotificationInterval), QuorumCnxManager (cnxTO), Learner
 * (leaderConnectDelayDuringRetryMs, five attempts); ZooKeeper 3.8.4.
 */

/** `tickTime`: the unit of all that follows. */
export const TICK_US = 2_000_000;
/** `initLimit` 10: how long followers may take to connect to a leader and to sync with it. */
export const INIT_LIMIT_US = 10 * TICK_US;
/** `syncLimit` 5: how long a leader and a follower may hear nothing of one another. */
export const SYNC_LIMIT_US = 5 * TICK_US;
/** `minSessionTimeout`. */
export const MIN_SESSION_TIMEOUT_US = 2 * TICK_US;
/** `maxSessionTimeout`. */
export const MAX_SESSION_TIMEOUT_US = 20 * TICK_US;
/** A leader pings its followers twice a tick. */
export const PING_INTERVAL_US = TICK_US / 2;

/** How long a majority of votes must have stood before it counts (`finalizeWait`). */
export const FINALIZE_WAIT_US = 200_000;
/** How long a server that looks waits before it asks again, doubling up to the maximum. */
export const MIN_NOTIFICATION_INTERVAL_US = 200_000;
export const MAX_NOTIFICATION_INTERVAL_US = 60_000_000;
/** `zookeeper.cnxTimeout`, of connections for elections. */
export const ELECTION_CONNECT_TIMEOUT_US = 5_000_000;
/** Between attempts to reach an elected leader, of which there are `LEADER_CONNECT_ATTEMPTS`. */
export const LEADER_CONNECT_DELAY_US = 100_000;
export const LEADER_CONNECT_ATTEMPTS = 5;

/** The timeout of a session whose client wishes for `wishedUs` (ZooKeeperServer.processConnectRequest). */
export function negotiatedTimeoutUs(wishedUs: number): number {
  return Math.min(Math.max(wishedUs, MIN_SESSION_TIMEOUT_US), MAX_SESSION_TIMEOUT_US);
}

/** More than half of the servers. */
export function isQuorum(count: number, servers: number): boolean {
  return 2 * count > servers;
}
