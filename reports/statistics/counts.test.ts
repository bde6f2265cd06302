import exp from '@stdlib/math-base-special-exp';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { complement, covers, exactly, hull, relativeHalfWidth, scaleEstimate } from './estimate.js';
import { poissonMeanEstimate, rateEstimate } from './poisson.js';
import { proportionEstimate } from './proportion.js';

/** P(X <= count), by plain summation. */
function poissonAtMost(count: number, mean: number): number {
  let term = exp(-mean);
  let sum = term;
  for (let i = 1; i <= count; i++) {
    term *= mean / i;
    sum += term;
  }
  return sum;
}

/** P(X <= hits) of a binomial, by plain summation. */
function binomialAtMost(hits: number, trials: number, share: number): number {
  let sum = 0;
  for (let k = 0; k <= hits; k++) {
    let term = 1;
    for (let i = 0; i < k; i++) {
      term *= ((trials - i) / (i + 1)) * share;
    }
    for (let i = 0; i < trials - k; i++) {
      term *= 1 - share;
    }
    sum += term;
  }
  return sum;
}

describe('poissonMeanEstimate', () => {
  it('has the ends at which the count is just a surprise', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (count) => {
        const { low, high } = poissonMeanEstimate(count);
        expect(poissonAtMost(count, high)).toBeCloseTo(0.005, 9);
        expect(1 - poissonAtMost(count - 1, low)).toBeCloseTo(0.005, 9);
      }),
    );
  });

  it('agrees with the published table (95 %: 0, 1, 10, 100)', () => {
    const ends = [0, 1, 10, 100].map((count) => poissonMeanEstimate(count, 0.95));
    expect(ends.map((e) => e.low.toFixed(3))).toEqual(['0.000', '0.025', '4.795', '81.364']);
    expect(ends.map((e) => e.high.toFixed(3))).toEqual(['3.689', '5.572', '18.390', '121.627']);
  });

  it('works for a million events and refuses what is no count', () => {
    const million = poissonMeanEstimate(1_000_000);
    expect(million.high - 1_000_000).toBeGreaterThan(2575);
    expect(million.high - 1_000_000).toBeLessThan(2580);
    expect(() => poissonMeanEstimate(0.5)).toThrow(RangeError);
    expect(() => poissonMeanEstimate(-1)).toThrow(RangeError);
    expect(() => poissonMeanEstimate(1, 1)).toThrow(RangeError);
    expect(() => rateEstimate({ count: 1, exposure: 0 })).toThrow(RangeError);
  });

  it('gives rates per unit of exposure', () => {
    const rate = rateEstimate({ count: 3, exposure: 100 });
    expect(rate.mean).toBe(0.03);
    expect(covers(rate, 0.03)).toBe(true);
    expect(rate.high).toBeCloseTo(poissonMeanEstimate(3).high / 100, 12);
  });
});

describe('proportionEstimate', () => {
  it('has the ends at which the count is just a surprise', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.nat({ max: 58 }), (trials, some) => {
        const hits = 1 + (some % (trials - 1));
        const { low, high } = proportionEstimate({ hits, trials });
        expect(binomialAtMost(hits, trials, high)).toBeCloseTo(0.005, 8);
        expect(1 - binomialAtMost(hits - 1, trials, low)).toBeCloseTo(0.005, 8);
      }),
    );
  });

  it('is one-sided at the borders and refuses impossible counts', () => {
    const none = proportionEstimate({ hits: 0, trials: 2000 });
    expect([none.mean, none.low]).toEqual([0, 0]);
    expect(none.high).toBeCloseTo(0.002646, 5);
    expect(proportionEstimate({ hits: 5, trials: 5 }).high).toBe(1);
    expect(() => proportionEstimate({ hits: 2, trials: 1 })).toThrow(RangeError);
    expect(() => proportionEstimate({ hits: 0.5, trials: 1 })).toThrow(RangeError);
  });
});

describe('estimates', () => {
  const estimate = { mean: 0.1, low: 0.05, high: 0.2, confidence: 0.99 };

  it('scale, turn round and join', () => {
    expect(scaleEstimate(estimate, 10)).toEqual({ mean: 1, low: 0.5, high: 2, confidence: 0.99 });
    expect(complement(estimate)).toMatchObject({ mean: 0.9, low: 0.8, high: 0.95 });
    expect(hull(estimate, exactly(0.3))).toMatchObject({ mean: 0.1, low: 0.05, high: 0.3 });
    expect(relativeHalfWidth(estimate)).toBeCloseTo(0.75, 12);
    expect(relativeHalfWidth(exactly(0))).toBe(0);
    expect(() => scaleEstimate(estimate, 0)).toThrow(RangeError);
  });
});
