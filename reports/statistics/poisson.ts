/**
 * Rates of rare events: so many in so long, with the exact interval of Garwood.
 *
 * The ends are the Poisson means at which the count seen would just be a surprise:
 * `P(X >= count | low) = tail` and `P(X <= count | high) = tail`. They are found by bisection on the
 * tail sums themselves, which is the chi-square form of the textbooks without its quantile function.
 */

import exp from '@stdlib/math-base-special-exp';
import ln from '@stdlib/math-base-special-ln';

import { assertConfidence, DEFAULT_CONFIDENCE, type Estimate } from './estimate.js';

/** Half of ln(2 pi). */
const HALF_LN_TWO_PI = 0.9189385332046728;

/** Beyond this count the terms below lose digits; nothing rare is as frequent. */
const LARGEST_COUNT = 1e9;

/** ln(n!), exact sum for small n, Stirling's series beyond. */
function lnFactorial(n: number): number {
  if (n < 30) {
    let product = 1;
    for (let i = 2; i <= n; i++) {
      product *= i;
    }
    return ln(product);
  }
  const x = n + 1;
  const inverse = 1 / x;
  const square = inverse * inverse;
  const series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
  return (x - 0.5) * ln(x) - x + HALF_LN_TWO_PI + series;
}

/** P(X = count) for a Poisson mean above zero. */
function poissonMass(count: number, mean: number): number {
  return exp(count * ln(mean) - mean - lnFactorial(count));
}

/** P(X <= count). Precise where it is small, which is where the bisection looks: `mean > count`. */
function lowerTail(count: number, mean: number): number {
  let term = 1;
  let sum = 1;
  for (let i = count; i > 0 && term > sum * 1e-17; i--) {
    term *= i / mean;
    sum += term;
  }
  return poissonMass(count, mean) * sum;
}

/** P(X >= count). Precise where it is small: `mean < count`. */
function upperTail(count: number, mean: number): number {
  let term = 1;
  let sum = 1;
  for (let i = count + 1; term > sum * 1e-17; i++) {
    term *= mean / i;
    sum += term;
  }
  return poissonMass(count, mean) * sum;
}

/** Where `isBelow` turns from true to false between the two ends, to the last bit. */
function bisect(from: number, to: number, isBelow: (x: number) => boolean): number {
  let low = from;
  let high = to;
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) {
      return middle;
    }
    if (isBelow(middle)) {
      low = middle;
    } else {
      high = middle;
    }
  }
}

/**
 * Garwood's interval of a Poisson mean, from one count.
 *
 * @param count A whole number from 0 to 1e9. For 0, `low` is 0.
 * @throws RangeError for other counts.
 */
export function poissonMeanEstimate(
  count: number,
  confidence: number = DEFAULT_CONFIDENCE,
): Estimate {
  assertConfidence(confidence);
  if (!Number.isSafeInteger(count) || count < 0 || count > LARGEST_COUNT) {
    throw new RangeError(`poissonMeanEstimate: ${String(count)} is not a count up to 1e9`);
  }
  const tail = (1 - confidence) / 2;
  const spread = Math.sqrt(count + 1);
  const farAbove = count + 40 * spread + 1000 * (count < 10 ? 1 : 0);
  return {
    mean: count,
    low: count === 0 ? 0 : bisect(0, count, (mean) => upperTail(count, mean) < tail),
    high: bisect(count, farAbove, (mean) => lowerTail(count, mean) > tail),
    confidence,
  };
}

/**
 * A rate: `count` events in `exposure` units (partition-years, hours, ...), per unit of exposure.
 *
 * @throws RangeError unless the exposure is positive.
 */
export function rateEstimate(
  events: { readonly count: number; readonly exposure: number },
  confidence: number = DEFAULT_CONFIDENCE,
): Estimate {
  const { count, exposure } = events;
  if (!(exposure > 0)) {
    throw new RangeError(`rateEstimate: exposure must be positive, got ${String(exposure)}`);
  }
  const mean = poissonMeanEstimate(count, confidence);
  return {
    mean: count / exposure,
    low: mean.low / exposure,
    high: mean.high / exposure,
    confidence,
  };
}
