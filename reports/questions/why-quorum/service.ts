/** When a service was there, from the moments at which it served something. */

/** A service that fell silent and spoke again, in milliseconds. */
export interface Stoppage {
  /** From the act to the last time that it served; below 0 where that was just before the act. */
  readonly lastMs: number;
  /** From the return of the quorum's members to the next time that it served; null where it did not within the run. */
  readonly backMs: number | null;
}

/** A pause longer than this is no pause but a stoppage: brokers and clients retry within a second or two. */
export const SILENCE_US = 5_000_000;

/**
 * The stoppage of a service: its first silence of more than `SILENCE_US` that lasts beyond the act; null where it has none
 * between the act and the return of the quorum's members.
 *
 * @param times moments of service, ascending, in microseconds; the others, too.
 */
export function stoppageOf(
  times: readonly number[],
  { actUs, backUs, endUs }: { actUs: number; backUs: number; endUs: number },
): Stoppage | null {
  for (let at = 0; at < times.length; at++) {
    const fromUs = times[at]!;
    const untilUs = times[at + 1] ?? endUs;
    if (fromUs >= backUs) return null;
    if (untilUs <= actUs || untilUs - fromUs <= SILENCE_US) continue;
    const isBack = at + 1 < times.length;
    return { lastMs: (fromUs - actUs) / 1000, backMs: isBack ? (untilUs - backUs) / 1000 : null };
  }
  return null;
}

/** The longest silence between two moments, in milliseconds; all of the time where nothing was served. */
export function longestGapMs(times: readonly number[], fromUs: number, toUs: number): number {
  let longestUs = 0;
  let lastUs = fromUs;
  for (const atUs of times) {
    if (atUs <= fromUs) continue;
    if (atUs >= toUs) break;
    longestUs = Math.max(longestUs, atUs - lastUs);
    lastUs = atUs;
  }
  return Math.max(longestUs, toUs - lastUs) / 1000;
}
