import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  emptyHistogram,
  HISTOGRAM_RELATIVE_ERROR,
  mergeHistogram,
  quantileOf,
  recordValue,
} from './histogram.js';

const values = fc.array(fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 2 ** 31 - 1 })), {
  minLength: 1,
  maxLength: 200,
});

function histogramOf(list: readonly number[]) {
  const histogram = emptyHistogram();
  for (const value of list) {
    recordValue(histogram, value);
  }
  return histogram;
}

describe('histogram', () => {
  it('quantiles never understate and overstate by the stated error at most', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 1000 }), (list, perMille) => {
        const sorted = [...list].sort((a, b) => a - b);
        const rank = Math.max(1, Math.ceil((list.length * perMille) / 1000));
        const exact = sorted[rank - 1] ?? NaN;
        const quantile = quantileOf(histogramOf(list), perMille) ?? NaN;
        expect(quantile).toBeGreaterThanOrEqual(exact);
        expect(quantile).toBeLessThanOrEqual(exact * (1 + HISTOGRAM_RELATIVE_ERROR));
      }),
    );
  });

  it('parts add up to the whole, in any order', () => {
    fc.assert(
      fc.property(values, values, (left, right) => {
        const forward = histogramOf(left);
        mergeHistogram(forward, histogramOf(right));
        const backward = histogramOf(right);
        mergeHistogram(backward, histogramOf(left));
        expect(forward).toEqual(histogramOf([...left, ...right]));
        expect(backward).toEqual(forward);
      }),
    );
  });

  it('reaches to the largest whole number and knows what is none', () => {
    const histogram = histogramOf([Number.MAX_SAFE_INTEGER]);
    expect(quantileOf(histogram, 500)).toBe(Number.MAX_SAFE_INTEGER);
    expect(quantileOf(emptyHistogram(), 500)).toBeNull();
    expect(() => {
      recordValue(histogram, 0.5);
    }).toThrow(RangeError);
    expect(() => quantileOf(histogram, 0)).toThrow(RangeError);
  });

  it('counts equal values at once', () => {
    const histogram = emptyHistogram();
    recordValue(histogram, 7, 3);
    recordValue(histogram, 9, 0);
    expect(histogram).toMatchObject({ total: 3, sum: 21, max: 7 });
  });
});
