/**
 * Confidence limits for the mean of skewed data, by Hall's transformation.
 *
 * Down times are skewed: most are seconds, a few are hours. The usual `mean +- t * error` then fails
 * on one side, since a sample that happens to miss the long outages has both a low mean and a small
 * error. Hall (1992, "On the removal of skewness by transformation") maps the t statistic with a
 * monotone cubic that takes the leading skewness term out; the limits come from its inverse.
 */

/** Real cube root, by Newton's steps: the same bits on every engine, unlike `Math.cbrt`. */
export function cubeRoot(value: number): number {
  if (value === 0 || !Number.isFinite(value)) {
    return value;
  }
  const magnitude = Math.abs(value);
  let root = 1;
  while (root * root * root > magnitude) {
    root /= 2;
  }
  while (root * root * root < magnitude) {
    root *= 2;
  }
  for (let step = 0; step < 200; step++) {
    const next = (2 * root + magnitude / (root * root)) / 3;
    if (!(next < root)) {
      break;
    }
    root = next;
  }
  return value < 0 ? -root : root;
}

/** What the transformation needs to know of a sample. */
export interface SkewedSample {
  /** The estimate around which the limits lie. */
  readonly mean: number;
  /** Its standard error. */
  readonly standardError: number;
  /** Skewness of the single observations (0 when symmetric). */
  readonly skewness: number;
  /** How many observations there were. */
  readonly size: number;
}

/**
 * Hall's limits: `[low, high]` around the mean at plus and minus `quantile`, skewness corrected.
 *
 * With no skewness these are the usual t limits.
 */
export function hallLimits(sample: SkewedSample, quantile: number): readonly [number, number] {
  const { mean, standardError, size } = sample;
  const skew = sample.skewness / Math.sqrt(size);
  const untransform = (limit: number): number => {
    if (Math.abs(skew) < 1e-9) {
      return limit;
    }
    return (3 / skew) * (cubeRoot(1 + skew * (limit - skew / 6)) - 1);
  };
  return [
    mean - standardError * untransform(quantile),
    mean - standardError * untransform(-quantile),
  ];
}
