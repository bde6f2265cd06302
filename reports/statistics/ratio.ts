/**
 * The share of time that something was down, from a series of batches of a long run.
 *
 * The estimate is a ratio of sums, total down time over total time, so batches need not be of equal
 * length: they may be stretches of calendar time or regenerative cycles. Its error comes from the
 * spread between groups of neighbouring batches (delta method: the residuals `down - ratio * length`),
 * for within a batch and across a border outages are correlated, while groups of several outages each
 * hardly are.
 *
 * The interval has to be honest when few, unequal outages were seen. It is the hull of
 *  1. Student's t limits on the logarithm of the ratio (a share is positive, its error grows with it),
 *  2. Hall's limits, which take the skewness of the groups into account (`skewness.ts`),
 *  3. with fewer than ten outages, the limits for a Poisson number of exponential outages,
 * which all but agree once some hundred outages were seen. Measured coverage: see `ratio.test.ts`.
 */

import exp from '@stdlib/math-base-special-exp';
import tQuantile from '@stdlib/stats-base-dists-t-quantile';

import { assertConfidence, DEFAULT_CONFIDENCE, type Estimate } from './estimate.js';
import { poissonMeanEstimate } from './poisson.js';
import { hallLimits } from './skewness.js';

/** One stretch of a run, as the run reports it. Times are calendar microseconds. */
export interface Batch {
  /** Length of the stretch. */
  readonly lengthUs: number;
  /** How much of it was down (for a mean over partitions: their mean, so it may be fractional). */
  readonly downUs: number;
  /** Outages that began in it. */
  readonly outages: number;
}

/** How `downShareEstimate` is to judge. */
export interface RatioOptions {
  /** Level of the interval; 0.99 unless given. */
  readonly confidence?: number;
  /**
   * Mean length of an outage to assume when none was seen, such as the mean time to repair: no data
   * can tell it. The upper limit is then this times the upper limit of the outage rate.
   */
  readonly assumedOutageUs: number;
}

/** A share of time and what it rests on. */
export interface DownShare extends Estimate {
  /** Outages seen. With none, `mean` and `low` are 0 and `high` is an upper bound only. */
  readonly outages: number;
  readonly lengthUs: number;
  readonly downUs: number;
  /** Groups of neighbouring batches that the error was computed from. */
  readonly groups: number;
}

const FEWEST_GROUPS = 20;
const MOST_GROUPS = 100;
const OUTAGES_PER_GROUP = 10;
const FEW_OUTAGES = 10;

/**
 * The share of time down with its interval. Batches must be given in the order of the run.
 *
 * @throws RangeError when there is no time at all, or a batch is impossible.
 */
export function downShareEstimate(batches: readonly Batch[], options: RatioOptions): DownShare {
  const confidence = options.confidence ?? DEFAULT_CONFIDENCE;
  assertConfidence(confidence);
  const total = sumOf(batches);
  if (!(total.lengthUs > 0)) {
    throw new RangeError('downShareEstimate: the batches have no length');
  }
  const groups = groupBatches(batches, groupCount(batches.length, total.outages));
  const base = { ...total, confidence, groups: groups.length };
  if (total.downUs === 0) {
    const rate = poissonMeanEstimate(total.outages, confidence).high / total.lengthUs;
    return { ...base, mean: 0, low: 0, high: Math.min(1, rate * options.assumedOutageUs) };
  }
  const mean = total.downUs / total.lengthUs;
  const limits = [
    ...groupLimits(groups, mean, confidence),
    ...fewOutagesLimits(mean, total.outages, confidence),
  ];
  return {
    ...base,
    mean,
    low: Math.max(0, Math.min(mean, ...limits)),
    high: Math.min(1, Math.max(mean, ...limits)),
  };
}

/** Adds up batches, checking each. */
export function sumOf(batches: readonly Batch[]): Batch {
  let lengthUs = 0;
  let downUs = 0;
  let outages = 0;
  for (const batch of batches) {
    if (!(batch.lengthUs >= 0 && batch.downUs >= 0 && batch.outages >= 0)) {
      throw new RangeError(`batch with a negative figure: ${JSON.stringify(batch)}`);
    }
    if (batch.downUs > batch.lengthUs * (1 + 1e-9)) {
      throw new RangeError(`batch that is down longer than it lasts: ${JSON.stringify(batch)}`);
    }
    lengthUs += batch.lengthUs;
    downUs += batch.downUs;
    outages += batch.outages;
  }
  return { lengthUs, downUs, outages };
}

/** Many outages allow many groups; a group should hold several outages. */
function groupCount(batches: number, outages: number): number {
  const wanted = Math.floor(outages / OUTAGES_PER_GROUP);
  return Math.min(batches, Math.max(FEWEST_GROUPS, Math.min(MOST_GROUPS, wanted)));
}

/** Neighbouring batches put together; sizes differ by one batch at most. */
function groupBatches(batches: readonly Batch[], count: number): Batch[] {
  return Array.from({ length: count }, (_, group) => {
    const from = Math.floor((group * batches.length) / count);
    const to = Math.floor(((group + 1) * batches.length) / count);
    return sumOf(batches.slice(from, to));
  });
}

/** Limits 1 and 2 of the file's head. With a single group nothing is known: the whole of [0, 1]. */
function groupLimits(groups: readonly Batch[], mean: number, confidence: number): number[] {
  const size = groups.length;
  if (size < 2) {
    return [0, 1];
  }
  const meanLength = sumOf(groups).lengthUs / size;
  let squares = 0;
  let cubes = 0;
  for (const group of groups) {
    const residual = (group.downUs - mean * group.lengthUs) / meanLength;
    squares += residual * residual;
    cubes += residual * residual * residual;
  }
  const deviation = Math.sqrt(squares / size);
  const standardError = Math.sqrt(squares / (size - 1) / size);
  const skewness = deviation === 0 ? 0 : cubes / size / (deviation * deviation * deviation);
  const quantile = tQuantile(1 - (1 - confidence) / 2, size - 1);
  const factor = exp((quantile * standardError) / mean);
  return [
    mean / factor,
    mean * factor,
    ...hallLimits({ mean, standardError, skewness, size }, quantile),
  ];
}

/**
 * Limits 3: the number of outages is Poisson, their total length Gamma distributed.
 *
 * The Gamma quantiles with whole shape are those of Garwood's interval, read the other way round.
 */
function fewOutagesLimits(mean: number, outages: number, confidence: number): number[] {
  const count = Math.floor(outages);
  if (count >= FEW_OUTAGES) {
    return [];
  }
  if (count === 0) {
    return [0, 1];
  }
  const interval = poissonMeanEstimate(count, confidence);
  const lengthHigh = poissonMeanEstimate(count - 1, confidence).high;
  return [(mean * interval.low) / lengthHigh, (mean * interval.high) / interval.low];
}
