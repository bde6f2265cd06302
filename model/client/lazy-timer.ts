/**
 * A timer that is armed for the earliest of many things to wait for, and looks again when it fires.
 *
 * What is put off is not moved: the timer fires early, and whoever serves it arms it anew for what is left. So a
 * client that sends a thousand requests a second, each with a timeout of 30 s, has one timer event in 30 s.
 */
import { NO_EVENT, type EventHandle, type HostContext } from '../../sim/index.js';
import { FOREVER_US } from './durations.js';

export interface LazyTimer {
  handle: EventHandle;
  /** When it fires, by the host's monotonic clock; `FOREVER_US` while it is not armed. */
  atUs: number;
}

export function createLazyTimer(): LazyTimer {
  return { handle: NO_EVENT, atUs: FOREVER_US };
}

/** Makes sure that the timer fires at the given time or earlier. */
export function armBy(timer: LazyTimer, atUs: number, opcode: number, context: HostContext): void {
  if (atUs >= timer.atUs) return;
  if (timer.atUs < FOREVER_US) context.cancelTimer(timer.handle);
  timer.atUs = atUs;
  timer.handle = context.setTimer(Math.max(0, atUs - context.nowUs()), opcode);
}

/** To be called when the timer fires. */
export function disarm(timer: LazyTimer): void {
  timer.atUs = FOREVER_US;
}
