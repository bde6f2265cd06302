/**
 * How long a KRaft controller takes to notice a dead broker, on average.
 *
 * A broker sends the next heartbeat one interval after the last answer (BrokerLifecycleManager), so a
 * crash finds the last heartbeat between nothing and one interval plus one round trip old. A session
 * lapses once that heartbeat is older than the session timeout (BrokerHeartbeatTracker), and stale
 * sessions are looked for every eighth of the timeout (QuorumController, maybeFenceStaleBroker). So,
 * counted from the crash, with `age` the age of the last heartbeat and `wait` that for the next look:
 *
 *     detect = timeout - age + wait,   E(age) = (interval + roundTrip) / 2,   E(wait) = timeout / 16
 *
 * then the fencing record is committed, the leader hears of it, and the high watermark moves on.
 */

/** Kafka's own settings, and what the network and the controller add. */
export interface DetectionSettings {
  /** broker.session.timeout.ms; 9000 by default. */
  readonly sessionTimeoutMs: number;
  /** broker.heartbeat.interval.ms; 2000 by default. */
  readonly heartbeatIntervalMs: number;
  /** From a heartbeat's arrival at the controller to the arrival of its answer and back. */
  readonly roundTripUs: number;
  /** From the decision to fence until the partition serves again: commit, metadata fetch, failover. */
  readonly reactionUs: number;
}

/** Mean time from a crash until the partition no longer waits for the dead broker, in microseconds. */
export function meanDetectUs(settings: DetectionSettings): number {
  const timeoutUs = settings.sessionTimeoutMs * 1000;
  const cycleUs = settings.heartbeatIntervalMs * 1000 + settings.roundTripUs;
  const lookEveryUs = Math.max(1000, timeoutUs / 8);
  return timeoutUs - cycleUs / 2 + lookEveryUs / 2 + settings.reactionUs;
}
