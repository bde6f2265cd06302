/**
 * A clock with two hands: now and later.
 *
 * Time has no place in an explored state: what matters of it is which deadlines are still ahead. Every time that a
 * host remembers is put into one of three classes, and stands for its class by one number:
 *
 * - `NOW_US`: now or past;
 * - `LATER_US`: a deadline that is ahead, and that its timer will find passed;
 * - `NEVER_US`: more than a day ahead: no timer of an exploration gets there.
 *
 * A message is served at `NOW_US`, a timer at `FIRED_US`, when everything that was ahead (but for `NEVER_US`) is past.
 * The virtual times of an exploration begin at `START_US`, so large that a time is told from a duration or a count by
 * its size alone. Sentinels (-1, a moment long ago, infinity, the largest safe integer) lie outside and are kept.
 */
export const START_US = 100_000_000_000_000;
export const NOW_US = START_US + 1_000_000_000;
export const LATER_US = NOW_US + 3_600_000_000;
/** When a timer is served. */
export const FIRED_US = LATER_US + 1;
export const NEVER_US = START_US + 10_000_000_000_000;

const DAY_US = 86_400_000_000;
const LAST_TIME_US = 9 * START_US;

/** The number that stands for a time's class, as seen at `nowUs`; what is no time stays as it is. */
export function timeClass(value: number, nowUs: number): number {
  if (value < START_US || value > LAST_TIME_US) return value;
  if (value > nowUs + DAY_US) return NEVER_US;
  return value <= nowUs && value !== LATER_US ? NOW_US : LATER_US;
}
