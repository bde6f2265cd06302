/**
 * A measured figure with its error bar, and the few things one does with it.
 *
 * Everything that `reports` prints about a measurement is an `Estimate`: there is no figure without
 * an interval. How the interval was made is the business of the estimator (`ratio.ts`,
 * `proportion.ts`, `poisson.ts`).
 */

/** A point estimate and the two ends of its confidence interval, all in the same unit. */
export interface Estimate {
  /** The point estimate. Lies within `[low, high]`. */
  readonly mean: number;
  /** Lower end of the interval. */
  readonly low: number;
  /** Upper end of the interval. */
  readonly high: number;
  /** Probability with which the procedure covers the true value, such as 0.99. */
  readonly confidence: number;
}

/** The level that every report uses unless it is told otherwise. */
export const DEFAULT_CONFIDENCE = 0.99;

/** An estimate known without error: `low`, `mean` and `high` are one. */
export function exactly(value: number, confidence: number = DEFAULT_CONFIDENCE): Estimate {
  return { mean: value, low: value, high: value, confidence };
}

/**
 * Half the length of the interval, relative to the mean.
 *
 * Returns `Infinity` where the mean is zero and the interval is not a point, 0 for a point at zero.
 */
export function relativeHalfWidth(estimate: Estimate): number {
  const half = (estimate.high - estimate.low) / 2;
  if (estimate.mean === 0) {
    return half === 0 ? 0 : Infinity;
  }
  return half / Math.abs(estimate.mean);
}

/** The same figure in another unit. `factor` must be positive. */
export function scaleEstimate(estimate: Estimate, factor: number): Estimate {
  if (!(factor > 0)) {
    throw new RangeError(`scaleEstimate: factor must be positive, got ${String(factor)}`);
  }
  return {
    mean: estimate.mean * factor,
    low: estimate.low * factor,
    high: estimate.high * factor,
    confidence: estimate.confidence,
  };
}

/** One minus the figure: an unavailability becomes an availability, and the ends change places. */
export function complement(estimate: Estimate): Estimate {
  return {
    mean: 1 - estimate.mean,
    low: 1 - estimate.high,
    high: 1 - estimate.low,
    confidence: estimate.confidence,
  };
}

/** Whether `value` lies within the closed interval. */
export function covers(estimate: Estimate, value: number): boolean {
  return estimate.low <= value && value <= estimate.high;
}

/** The shortest interval that holds both intervals; the mean and the level of the first are kept. */
export function hull(first: Estimate, second: Estimate): Estimate {
  return {
    mean: first.mean,
    low: Math.min(first.low, second.low),
    high: Math.max(first.high, second.high),
    confidence: first.confidence,
  };
}

/** Throws a RangeError unless `0 < confidence < 1`. */
export function assertConfidence(confidence: number): void {
  if (!(confidence > 0 && confidence < 1)) {
    throw new RangeError(`confidence must lie between 0 and 1, got ${String(confidence)}`);
  }
}
