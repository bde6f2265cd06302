/** Where a closed form exists: independent exponential crashes of brokers and nothing else. */
import { brokerConfig, DEFAULT_COSTS, topicConfig } from '../../model/index.js';
import type { Plan } from '../../scenarios/index.js';
import { meanDetectUs, writeReadTheory } from '../theory/index.js';

/** What the theory says, as availability; see docs/theory.md. */
export interface AvailabilityTheory {
  readonly write: number;
  readonly read: number;
  readonly structural: { readonly write: number; readonly read: number };
  /** Mean time from a crash to the moment that nobody waits for the broker any more, in seconds. */
  readonly detectSeconds: number;
  /** Mean time from a repair to the broker's return into the ISR, in seconds. */
  readonly returnSeconds: number;
}

/** Heartbeat to the controller and back, and from the decision to fence to the first produce served. */
const ROUND_TRIP_US = 3_000;
const REACTION_US = 30_000;
/** Registering, catching up with the metadata, being unfenced: two commits of the quorum. */
const REGISTRATION_US = 80_000;
/** An idle follower asks again when its parked fetch is over: replica.fetch.wait.max.ms / 2 on average. */
const MEAN_FETCH_WAIT_US = 250_000;
/** The leader asks for the ISR change, the quorum commits it, the leader hears of it. */
const ISR_CHANGE_US = 35_000;

/**
 * The theory of a plan, or null where there is none: other failures than crashes of brokers, other distributions than
 * exponential ones, controllers that crash with their brokers, or topics that differ.
 */
export function theoryOf(plan: Plan): AvailabilityTheory | null {
  const [failure, ...others] = plan.failures ?? [];
  const [topic] = plan.topics;
  if (failure?.kind !== 'broker-crash' || others.length > 0 || topic === undefined) return null;
  if (failure.up.kind !== 'exponential' || failure.down.kind !== 'exponential') return null;
  if (plan.controllers.some(({ combined }) => combined)) return null;
  const config = topicConfig(plan.clusterConfig, topic.config);
  const alike = plan.topics.every(
    (other) =>
      other.replicationFactor === topic.replicationFactor &&
      topicConfig(plan.clusterConfig, other.config).minInsyncReplicas === config.minInsyncReplicas,
  );
  if (!alike || config.uncleanLeaderElectionEnable || plan.switches['elr'] === false) return null;
  const broker = brokerConfig(plan.clusterConfig);
  const detectUs = meanDetectUs({
    sessionTimeoutMs: broker.brokerSessionTimeoutMs,
    heartbeatIntervalMs: broker.brokerHeartbeatIntervalMs,
    roundTripUs: ROUND_TRIP_US,
    reactionUs: REACTION_US,
  });
  const returnUs = meanReturnUs();
  const theory = writeReadTheory({
    brokers: plan.brokers.length,
    replicationFactor: topic.replicationFactor,
    minInsyncReplicas: config.minInsyncReplicas,
    acks: 'all',
    mttfUs: failure.up.meanUs,
    mttrUs: failure.down.meanUs,
    detectUs,
    returnUs,
    elr: true,
  });
  return {
    write: theory.write,
    read: theory.read,
    structural: theory.structural,
    detectSeconds: detectUs / 1_000_000,
    returnSeconds: returnUs / 1_000_000,
  };
}

/** Process start, log recovery, registration, catching up with the metadata, unfencing, and the first caught-up fetch. */
function meanReturnUs(): number {
  return DEFAULT_COSTS.brokerStartUs + REGISTRATION_US + MEAN_FETCH_WAIT_US + ISR_CHANGE_US;
}
