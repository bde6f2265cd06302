/**
 * Latencies counted into buckets that grow with the value: a log-linear histogram.
 *
 * Values below 2^8 have a bucket each. Above, every power of two is cut into 2^7 equal buckets, so a
 * bucket is never wider than 1/128 of the values in it (0.8 %). Buckets and counts are whole numbers
 * and the arithmetic is exact, so histograms of parts add up to the histogram of the whole, whatever
 * the order. The state is plain data and can be forked, sent to a worker or written as JSON.
 *
 * Differs from HdrHistogram: no largest value to declare, nothing is ever rounded into range.
 */

/** Powers of two are cut into this many buckets. */
const BUCKETS_PER_OCTAVE = 128;
/** Values below this are exact. */
const EXACT_BELOW = 2 * BUCKETS_PER_OCTAVE;

/** The largest share of its value by which a quantile may overstate. */
export const HISTOGRAM_RELATIVE_ERROR = 1 / BUCKETS_PER_OCTAVE;

/** Counts by bucket. `counts[i]` is how many values fell into bucket `i`; trailing zeros are absent. */
export interface Histogram {
  readonly counts: number[];
  /** How many values were recorded. */
  total: number;
  /** Sum of all values, exact up to 2^53. */
  sum: number;
  /** Largest value recorded, 0 while empty. */
  max: number;
}

/** A histogram without values. */
export function emptyHistogram(): Histogram {
  return { counts: [], total: 0, sum: 0, max: 0 };
}

/** The bucket of a value: exact integer arithmetic, by halving. */
function bucketOf(value: number): number {
  let shift = 0;
  let scaled = value;
  while (scaled >= EXACT_BELOW) {
    scaled = Math.floor(scaled / 2);
    shift++;
  }
  return shift * BUCKETS_PER_OCTAVE + scaled;
}

/** The largest whole number that falls into a bucket. */
function largestIn(bucket: number): number {
  if (bucket < EXACT_BELOW) {
    return bucket;
  }
  const shift = Math.floor(bucket / BUCKETS_PER_OCTAVE) - 1;
  let width = 1;
  for (let i = 0; i < shift; i++) {
    width *= 2;
  }
  return (bucket - shift * BUCKETS_PER_OCTAVE + 1) * width - 1;
}

/**
 * Counts one value, or several equal ones.
 *
 * @param value A whole number of some unit (microseconds, bytes), zero or more.
 * @throws RangeError for a negative or fractional value.
 */
export function recordValue(histogram: Histogram, value: number, times = 1): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`recordValue: ${String(value)} is not a whole number of zero or more`);
  }
  if (times === 0) {
    return;
  }
  const bucket = bucketOf(value);
  while (histogram.counts.length <= bucket) {
    histogram.counts.push(0);
  }
  histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + times;
  histogram.total += times;
  histogram.sum += value * times;
  histogram.max = Math.max(histogram.max, value);
}

/** Adds all that `part` counted to `whole`. */
export function mergeHistogram(whole: Histogram, part: Histogram): void {
  part.counts.forEach((count, bucket) => {
    while (whole.counts.length <= bucket) {
      whole.counts.push(0);
    }
    whole.counts[bucket] = (whole.counts[bucket] ?? 0) + count;
  });
  whole.total += part.total;
  whole.sum += part.sum;
  whole.max = Math.max(whole.max, part.max);
}

/**
 * The smallest value that at least `perMille` in a thousand of the recorded values do not exceed.
 *
 * Never understates, and overstates by at most `HISTOGRAM_RELATIVE_ERROR`. Returns null when empty.
 *
 * @param perMille 1 to 1000: 500 is the median, 999 the 99.9th percentile. May be fractional.
 */
export function quantileOf(histogram: Histogram, perMille: number): number | null {
  if (!(perMille > 0 && perMille <= 1000)) {
    throw new RangeError(`quantileOf: perMille must lie in (0, 1000], got ${String(perMille)}`);
  }
  if (histogram.total === 0) {
    return null;
  }
  const rank = Math.max(1, Math.ceil((histogram.total * perMille) / 1000));
  let seen = 0;
  for (let bucket = 0; bucket < histogram.counts.length; bucket++) {
    seen += histogram.counts[bucket] ?? 0;
    if (seen >= rank) {
      return Math.min(largestIn(bucket), histogram.max);
    }
  }
  return histogram.max;
}
