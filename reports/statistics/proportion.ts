/**
 * The share of trials that had some outcome, with the exact interval of Clopper and Pearson.
 *
 * Exact means: the interval covers the true share with at least the stated probability, for every
 * number of trials and every share, however rare the outcome. For long runs of availability use
 * `ratio.ts`; this one is for counts (seeds that lost a record, of all seeds).
 */

import betaQuantile from '@stdlib/stats-base-dists-beta-quantile';

import { assertConfidence, DEFAULT_CONFIDENCE, type Estimate } from './estimate.js';

/**
 * Clopper-Pearson interval of a proportion.
 *
 * @param counts `hits` of `trials`, both whole numbers, `0 <= hits <= trials`, `trials >= 1`.
 * @throws RangeError for other counts.
 */
export function proportionEstimate(
  counts: { readonly hits: number; readonly trials: number },
  confidence: number = DEFAULT_CONFIDENCE,
): Estimate {
  assertConfidence(confidence);
  const { hits, trials } = counts;
  if (!Number.isSafeInteger(hits) || !Number.isSafeInteger(trials)) {
    throw new RangeError(`proportionEstimate: ${String(hits)} of ${String(trials)} are not counts`);
  }
  if (hits < 0 || trials < 1 || hits > trials) {
    throw new RangeError(`proportionEstimate: ${String(hits)} of ${String(trials)} is no share`);
  }
  const tail = (1 - confidence) / 2;
  return {
    mean: hits / trials,
    low: hits === 0 ? 0 : betaQuantile(tail, hits, trials - hits + 1),
    high: hits === trials ? 1 : betaQuantile(1 - tail, hits + 1, trials - hits),
    confidence,
  };
}
