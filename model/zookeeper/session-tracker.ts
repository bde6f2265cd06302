/**
 * Which sessions live, as the leader of the ensemble knows (SessionTrackerImpl, LeaderSessionTracker, ExpiryQueue).
 *
 * A session expires at the first multiple of the tick after its timeout has passed since it was last heard of. Followers
 * tell of the sessions of their clients with their pings, so that a session may live as much longer.
 */
import type { HostContext } from '../../sim/index.js';
import { TICK_US } from './ensemble-config.js';
import { ZkServerOpcode } from './server-opcodes.js';
import type { LeadingState } from './server-state.js';

/** ExpiryQueue.roundToNextInterval. */
function roundToNextTick(atUs: number): number {
  return (Math.floor(atUs / TICK_US) + 1) * TICK_US;
}

/** Begins to track a session from now on. `ownerId` is the server whose client it is, or 0. */
export function trackSession(
  leading: LeadingState,
  session: number,
  timeoutUs: number,
  ownerId: number,
  context: HostContext,
): void {
  const expiresAtUs = roundToNextTick(context.nowUs() + timeoutUs);
  leading.sessions.set(session, { timeoutUs, expiresAtUs, ownerId, isClosing: false });
  armExpiry(leading, expiresAtUs, context);
}

/** The session was heard of; false where it is over or about to end. */
export function touchSession(
  leading: LeadingState,
  session: number,
  context: HostContext,
): boolean {
  const tracked = leading.sessions.get(session);
  if (tracked === undefined || tracked.isClosing) return false;
  const expiresAtUs = roundToNextTick(context.nowUs() + tracked.timeoutUs);
  tracked.expiresAtUs = Math.max(tracked.expiresAtUs, expiresAtUs);
  return true;
}

/** May the server's client write in that session? */
export function checkSession(
  leading: LeadingState,
  session: number,
  ownerId: number,
): 'OK' | 'SESSIONEXPIRED' | 'SESSIONMOVED' {
  const tracked = leading.sessions.get(session);
  if (tracked === undefined || tracked.isClosing) return 'SESSIONEXPIRED';
  if (tracked.ownerId === 0) tracked.ownerId = ownerId;
  return tracked.ownerId === ownerId ? 'OK' : 'SESSIONMOVED';
}

/** Takes out the sessions that are due, in order of their beginning, marks them, and arms the timer for the rest. */
export function takeExpired(leading: LeadingState, context: HostContext): number[] {
  const nowUs = context.nowUs();
  const expired: number[] = [];
  let earliestUs = Infinity;
  for (const [session, tracked] of leading.sessions) {
    if (tracked.isClosing) continue;
    if (tracked.expiresAtUs <= nowUs) {
      tracked.isClosing = true;
      expired.push(session);
    } else {
      earliestUs = Math.min(earliestUs, tracked.expiresAtUs);
    }
  }
  leading.expiryTimerAtUs = Infinity;
  if (earliestUs < Infinity) armExpiry(leading, earliestUs, context);
  return expired;
}

/** Timers are not taken back: one that fires early finds nothing due. */
function armExpiry(leading: LeadingState, atUs: number, context: HostContext): void {
  if (atUs >= leading.expiryTimerAtUs) return;
  leading.expiryTimerAtUs = atUs;
  context.setTimer(atUs - context.nowUs(), ZkServerOpcode.expiry, leading.epoch);
}
