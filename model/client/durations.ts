/**
 * Times of clients: configuration is in milliseconds, the model works in microseconds of the host's monotonic clock.
 */

/** Stands for "no limit": later than any run ends, and small enough that the present can be added to it. */
export const FOREVER_US = 2_251_799_813_685_248;

/** A configured duration in microseconds; what is longer than any run is `FOREVER_US`. */
export function microseconds(ms: number): number {
  return Math.min(ms * 1000, FOREVER_US);
}
