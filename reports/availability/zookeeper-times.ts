/** How long a crash goes unnoticed on ZooKeeper, and how long a return takes; derived in docs/theory.md. */
import {
  brokerConfig,
  DEFAULT_COSTS,
  FINALIZE_WAIT_US,
  negotiatedTimeoutUs,
  PING_INTERVAL_US,
  pingIntervalUs,
  TICK_US,
} from '../../model/index.js';
import type { Plan } from '../../scenarios/index.js';
import { meanOf } from '../../sim/index.js';
import type { TheoryTimes } from './theory-times.js';

/** One way each: to the controller's server and to it, then four requests and answers, the last of them a write. */
const REACTION_HOPS = 9;
/** The next controller takes /controller over and reads the cluster's state. */
const FAILOVER_HOPS = 16;
/** A connection, a session, the persistent znodes, the registration; writes are on their way to the leader, too. */
const REGISTRATION_HOPS = 9;
const REGISTRATION_COMMITS = 3;
/** LeaderAndIsr, the epoch's end, a fetch, and the change of the ISR: what follows on a registration that is known. */
const JOIN_HOPS = 7;

/** The times that follow from a plan's configuration, network and disks. */
export function zooKeeperTimes(plan: Plan): TheoryTimes {
  const hopUs = meanOf(plan.network.latency);
  const { flushUs } = plan.disk;
  const followers = 1 - 1 / plan.zookeepers.length;
  // A server's log is flushed, and followers say so.
  const commitUs = flushUs + 2 * hopUs;
  // A client's server passes its writes on to the leader.
  const reactionUs = commitUs + (REACTION_HOPS + followers) * hopUs;
  const failoverUs = commitUs + FAILOVER_HOPS * hopUs;
  const brokers = plan.brokers.length;
  const registeredUs =
    DEFAULT_COSTS.brokerStartUs +
    REGISTRATION_COMMITS * commitUs +
    // The persistent znodes do not fit into one flush.
    flushUs +
    (REGISTRATION_HOPS + 2 * followers) * hopUs;
  return {
    detectUs: meanExpiryUs(plan, hopUs) + commitUs + reactionUs + failoverUs / brokers + hopUs,
    // Where there is no other broker the one that is back becomes the controller first.
    leadUs: registeredUs + reactionUs + hopUs + (brokers === 1 ? failoverUs : 0),
    joinUs: registeredUs + reactionUs + JOIN_HOPS * hopUs,
  };
}

/**
 * From a crash to the end of the session: its timeout after the last ping that the ensemble's leader heard of, and then
 * the next tick. Followers tell the leader of pings when it pings them, twice a tick.
 */
function meanExpiryUs(plan: Plan, hopUs: number): number {
  const { zookeeperSessionTimeoutMs } = brokerConfig(plan.clusterConfig, plan.kafka);
  const wishedUs = zookeeperSessionTimeoutMs * 1000;
  const timeoutUs = negotiatedTimeoutUs(wishedUs);
  const followers = 1 - 1 / plan.zookeepers.length;
  // The leader is elected so long after power-on, from when it counts ticks, too: its pings keep their distance to them.
  const pingPhaseUs = FINALIZE_WAIT_US + 3 * hopUs;
  const pings = Array.from({ length: TICK_US / PING_INTERVAL_US }, (_, n) => n);
  const restUs = pings.map((n) => restOfTick(pingPhaseUs + n * PING_INTERVAL_US + timeoutUs));
  const toldRestUs = restUs.reduce((sum, each) => sum + each, 0) / pings.length;
  return (
    timeoutUs -
    pingIntervalUs(wishedUs) / 2 +
    hopUs +
    followers * (PING_INTERVAL_US / 2 + hopUs + toldRestUs) +
    ((1 - followers) * TICK_US) / 2
  );
}

/** From a moment to the tick after it. */
function restOfTick(atUs: number): number {
  return TICK_US - (atUs % TICK_US);
}
