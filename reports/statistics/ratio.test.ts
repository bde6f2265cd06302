import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { covers, relativeHalfWidth } from './estimate.js';
import { type Batch, downShareEstimate } from './ratio.js';
import {
  type DownTime,
  NOTICES_AND_REPAIRS,
  REPAIRS,
  simulateBatches,
  uniformStream,
} from './simulated-renewal.js';
import { cubeRoot, hallLimits } from './skewness.js';

const options = { assumedOutageUs: 2 };

/** Share of replications whose 99 % interval covers the true share of down time. */
function coverage(
  down: DownTime,
  size: { readonly batches: number; readonly outages: number },
): number {
  const upMean = 20;
  const truth = down.mean / (upMean + down.mean);
  const uniform = uniformStream(size.batches * 7919 + size.outages);
  const batchLength = (size.outages * (upMean + down.mean)) / size.batches;
  const replications = 1000;
  let covered = 0;
  for (let i = 0; i < replications; i++) {
    const batches = simulateBatches(uniform, { upMean, down, batches: size.batches, batchLength });
    covered += covers(downShareEstimate(batches, options), truth) ? 1 : 0;
  }
  return covered / replications;
}

describe('downShareEstimate', () => {
  it.each([
    ['repairs', 100, 50, REPAIRS],
    ['repairs', 300, 100, REPAIRS],
    ['repairs', 1000, 200, REPAIRS],
    ['repairs', 3000, 1000, REPAIRS],
    ['notices and repairs', 500, 50, NOTICES_AND_REPAIRS],
    ['notices and repairs', 1000, 100, NOTICES_AND_REPAIRS],
    ['notices and repairs', 5000, 1000, NOTICES_AND_REPAIRS],
  ] as const)('covers: %s, %d outages expected, %d batches', (_, outages, batches, down) => {
    const share = coverage(down, { batches, outages });
    expect(share).toBeGreaterThanOrEqual(0.98);
    expect(share).toBeLessThanOrEqual(0.998);
  });

  it.each([
    [REPAIRS, 3, 30],
    [REPAIRS, 8, 30],
    [REPAIRS, 30, 50],
  ] as const)('covers with few outages, then rather too wide (%#)', (down, outages, batches) => {
    expect(coverage(down, { batches, outages })).toBeGreaterThanOrEqual(0.98);
  });

  it('depends on the order of the run only through its groups, and adds up', () => {
    const batch = fc.record({
      lengthUs: fc.integer({ min: 1000, max: 2000 }),
      downUs: fc.integer({ min: 0, max: 1000 }),
      outages: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(batch, { minLength: 1, maxLength: 200 }), (batches: Batch[]) => {
        const share = downShareEstimate(batches, options);
        expect(share.low).toBeGreaterThanOrEqual(0);
        expect(share.low).toBeLessThanOrEqual(share.mean);
        expect(share.mean).toBeLessThanOrEqual(share.high);
        expect(share.high).toBeLessThanOrEqual(1);
        const wider = downShareEstimate(batches, { ...options, confidence: 0.999 });
        expect(wider.high).toBeGreaterThanOrEqual(share.high);
        expect(wider.low).toBeLessThanOrEqual(share.low);
      }),
    );
  });

  it('is scale free: microseconds and hours give the same share', () => {
    const batches = simulateBatches(uniformStream(3), {
      upMean: 20,
      down: REPAIRS,
      batches: 60,
      batchLength: 100,
    });
    const scaled = batches.map((b) => ({
      ...b,
      lengthUs: b.lengthUs * 1024,
      downUs: b.downUs * 1024,
    }));
    const share = downShareEstimate(batches, options);
    const other = downShareEstimate(scaled, options);
    expect(other.low).toBeCloseTo(share.low, 14);
    expect(other.high).toBeCloseTo(share.high, 14);
  });

  it('knows only an upper bound when there was no outage', () => {
    const quiet = [{ lengthUs: 1000, downUs: 0, outages: 0 }];
    const share = downShareEstimate(quiet, options);
    expect([share.mean, share.low]).toEqual([0, 0]);
    expect(share.high).toBeCloseTo((5.298317366548036 / 1000) * 2, 12);
    expect(relativeHalfWidth(share)).toBe(Infinity);
  });

  it('says nothing from a single batch with outages, and refuses impossible ones', () => {
    const share = downShareEstimate([{ lengthUs: 100, downUs: 10, outages: 20 }], options);
    expect([share.low, share.high]).toEqual([0, 1]);
    expect(() => downShareEstimate([], options)).toThrow(/no length/);
    expect(() => downShareEstimate([{ lengthUs: 1, downUs: 2, outages: 1 }], options)).toThrow(
      /longer than it lasts/,
    );
  });
});

describe('skewness', () => {
  it('cubeRoot inverts the cube', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), (x) => {
        const root = cubeRoot(x);
        expect(Math.abs(root * root * root - x)).toBeLessThanOrEqual(Math.abs(x) * 1e-14);
      }),
    );
  });

  it('hallLimits: symmetric samples give the usual limits, skewed ones lean upwards', () => {
    const sample = { mean: 10, standardError: 1, skewness: 0, size: 30 };
    expect(hallLimits(sample, 2)).toEqual([8, 12]);
    const [low, high] = hallLimits({ ...sample, skewness: 2 }, 2);
    expect(high - 10).toBeGreaterThan(2);
    expect(10 - low).toBeLessThan(2);
  });
});
