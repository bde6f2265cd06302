/**
 * Backoff that doubles with each attempt up to a bound, with a jitter of a fifth.
 *
 * Source: ExponentialBackoff (KIP-144, KIP-580), CommonClientConfigs.RETRY_BACKOFF_JITTER.
 */
import type { RandomStream } from '../../sim/index.js';

const JITTER = 0.2;

export interface BackoffPolicy {
  readonly initialUs: number;
  readonly maxUs: number;
}

/**
 * How long to wait after `attempts` earlier failures (0 for the first), in microseconds.
 * Where the bound leaves no room to grow, the wait is constant and draws nothing.
 */
export function exponentialBackoffUs(
  policy: BackoffPolicy,
  attempts: number,
  random: RandomStream,
): number {
  const { initialUs, maxUs } = policy;
  if (maxUs <= initialUs) return maxUs;
  let termUs = initialUs;
  for (let left = attempts; left > 0 && termUs < maxUs && termUs > 0; left--) termUs *= 2;
  termUs = Math.min(termUs, maxUs);
  const factor = 1 - JITTER + 2 * JITTER * random.uniform();
  return Math.min(Math.floor(termUs * factor), maxUs);
}
