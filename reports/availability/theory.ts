/** Where a closed form exists: independent exponential crashes of brokers and nothing else. */
import {
  brokerConfig,
  DEFAULT_COSTS,
  resolveSwitches,
  topicConfig,
  type BrokerConfig,
  type Switches,
} from '../../model/index.js';
import type { Plan } from '../../scenarios/index.js';
import { meanOf } from '../../sim/index.js';
import { LARGEST_REPLICATION_FACTOR, meanDetectUs, writeReadTheory } from '../theory/index.js';
import type { TheoryTimes } from './theory-times.js';
import { zooKeeperTimes } from './zookeeper-times.js';

/** What the theory says, as availability; see docs/theory.md. */
export interface AvailabilityTheory {
  readonly write: number;
  readonly read: number;
  readonly structural: { readonly write: number; readonly read: number };
  /** Mean time from a crash to the moment that nobody waits for the broker any more, in seconds. */
  readonly detectSeconds: number;
  /** Mean time from a repair to the broker's return into the ISR, or to leading where it is the only replica, in seconds. */
  readonly returnSeconds: number;
}

/** A heartbeat of a broker that is starting and was told that it has not caught up follows after this. */
const CATCHING_UP_US = 10_000;

/**
 * The theory of a plan, or null where there is none: other failures than crashes of brokers, other distributions than
 * exponential ones, KRaft controllers that crash with their brokers, topics that differ, sessions that lapse between two
 * heartbeats, rules of the protocol other than Kafka's, or, on ZooKeeper, versions before 2.3, where a new controller
 * leaves dead replicas in their ISRs.
 */
export function theoryOf(plan: Plan): AvailabilityTheory | null {
  const [failure, ...others] = plan.failures ?? [];
  const [topic] = plan.topics;
  if (failure?.kind !== 'broker-crash' || others.length > 0 || topic === undefined) return null;
  if (failure.up.kind !== 'exponential' || failure.down.kind !== 'exponential') return null;
  if (plan.controllers.some(({ combined }) => combined)) return null;
  const { brokerHeartbeatIntervalMs, brokerSessionTimeoutMs } = brokerConfig(
    plan.clusterConfig,
    plan.kafka,
  );
  const isKraft = plan.metadata === 'kraft';
  if (isKraft && brokerHeartbeatIntervalMs >= brokerSessionTimeoutMs) return null;
  if (topic.replicationFactor > LARGEST_REPLICATION_FACTOR) return null;
  const config = topicConfig(plan.clusterConfig, topic.config, plan.kafka);
  const alike = plan.topics.every(
    (other) =>
      other.replicationFactor === topic.replicationFactor &&
      topicConfig(plan.clusterConfig, other.config, plan.kafka).minInsyncReplicas ===
        config.minInsyncReplicas,
  );
  const elr = elrOf(plan);
  if (!alike || config.uncleanLeaderElectionEnable || elr === null) return null;
  const times = theoryTimes(plan);
  const returnUs = topic.replicationFactor === 1 ? times.leadUs : times.joinUs;
  const theory = writeReadTheory({
    brokers: plan.brokers.length,
    replicationFactor: topic.replicationFactor,
    minInsyncReplicas: config.minInsyncReplicas,
    acks: 'all',
    mttfUs: failure.up.meanUs,
    mttrUs: failure.down.meanUs,
    detectUs: times.detectUs,
    returnUs,
    elr,
  });
  return {
    write: theory.write,
    read: theory.read,
    structural: theory.structural,
    detectSeconds: times.detectUs / 1_000_000,
    returnSeconds: returnUs / 1_000_000,
  };
}

/** Whether eligible leader replicas are on; null where any other rule is not Kafka's, or has no theory. */
function elrOf(plan: Plan): boolean | null {
  const { kafka, metadata } = plan;
  const switches = resolveSwitches(plan.switches, kafka, metadata);
  if (metadata === 'zookeeper') {
    const isOwn = isSame(switches, resolveSwitches({}, kafka, metadata));
    return isOwn && switches.failoverOfflineReplicas === 'removed' ? false : null;
  }
  const kafkas = resolveSwitches({ elr: switches.elr }, kafka, metadata);
  return isSame(switches, kafkas) ? switches.elr === 'on' : null;
}

function isSame(switches: Switches, kafkas: Switches): boolean {
  const names = Object.keys(kafkas) as (keyof Switches)[];
  return names.every((name) => switches[name] === kafkas[name]);
}

/** The times that follow from a plan's configuration, network and disks. */
export function theoryTimes(plan: Plan): TheoryTimes {
  if (plan.metadata === 'zookeeper') return zooKeeperTimes(plan);
  const config = brokerConfig(plan.clusterConfig, plan.kafka);
  const hopUs = meanOf(plan.network.latency);
  const commitUs = commitOf(config, plan.disk.flushUs, hopUs);
  const startUs = DEFAULT_COSTS.brokerStartUs;
  // Registering is a request with a commit; so is the heartbeat that asks to be unfenced. In between, one is too early.
  const leadUs = startUs + 2 * (commitUs + 2 * hopUs) + CATCHING_UP_US;
  // The first fetch comes while the broker is fenced and is parked; the next one counts, and costs a commit.
  const firstFetchUs = startUs + 3 * hopUs;
  const fetchedUs = Math.max(leadUs, firstFetchUs + config.replicaFetchWaitMaxMs * 1000);
  return {
    detectUs: meanDetectUs({
      sessionTimeoutMs: config.brokerSessionTimeoutMs,
      heartbeatIntervalMs: config.brokerHeartbeatIntervalMs,
      roundTripUs: 2 * hopUs + DEFAULT_COSTS.controllerEventUs,
      reactionUs: commitUs + hopUs,
    }),
    leadUs,
    joinUs: fetchedUs + commitUs + 2 * hopUs,
  };
}

/** A record of the controller's lingers, is flushed by the voters, and the followers' next fetch confirms it. */
function commitOf(config: BrokerConfig, flushUs: number, hopUs: number): number {
  return config.controllerQuorumAppendLingerMs * 1000 + flushUs + 2 * hopUs;
}
