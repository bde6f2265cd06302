/**
 * A host's own clocks, which need not agree with the run's virtual time.
 *
 * - The *monotonic* clock runs fast or slow by its drift; timers are set on it.
 * - The *wall* clock is the monotonic clock plus an offset (skew), which a fault may make jump.
 */
export interface HostClock {
  /** How much faster the host's clock runs, in parts per million. */
  driftPpm: number;
  /** Virtual time at which the drift last changed, and the monotonic time then. */
  anchorUs: number;
  anchorMonotonicUs: number;
  /** Wall clock minus monotonic clock. */
  offsetUs: number;
}

/** A clock whose monotonic time is 0 at the run's start, and whose wall clock is `offsetUs` then. */
export function createClock(offsetUs = 0, driftPpm = 0): HostClock {
  return { driftPpm, anchorUs: 0, anchorMonotonicUs: 0, offsetUs };
}

/** The monotonic clock's reading at a virtual time. */
export function monotonicUs(clock: HostClock, virtualUs: number): number {
  if (clock.driftPpm === 0) return clock.anchorMonotonicUs + virtualUs - clock.anchorUs;
  const elapsedUs = virtualUs - clock.anchorUs;
  return clock.anchorMonotonicUs + elapsedUs + Math.floor((elapsedUs * clock.driftPpm) / 1000000);
}

/** How long a delay on the host's monotonic clock takes in virtual time. */
export function virtualDelayUs(clock: HostClock, delayUs: number): number {
  if (clock.driftPpm === 0) return delayUs;
  return Math.ceil((delayUs * 1000000) / (1000000 + clock.driftPpm));
}

/** Lets the clock run at another pace from a virtual time on. */
export function setDrift(clock: HostClock, virtualUs: number, driftPpm: number): void {
  clock.anchorMonotonicUs = monotonicUs(clock, virtualUs);
  clock.anchorUs = virtualUs;
  clock.driftPpm = driftPpm;
}
