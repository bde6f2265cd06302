import { describe, expect, it } from 'vitest';

import { covers } from './estimate.js';
import type { Batch } from './ratio.js';
import {
  NOTICES_AND_REPAIRS,
  REPAIRS,
  simulateBatches,
  uniformStream,
} from './simulated-renewal.js';
import { type Look, lookAtMilestone, type StoppingRule } from './stopping.js';

const rule: StoppingRule = {
  assumedOutageUs: 2,
  targetRelativeHalfWidth: 0.1,
  mostBatches: 20_000,
};

/** Runs to the verdict and reports every look. */
function runUntilStopped(nextBatches: (count: number) => Batch[], stopping: StoppingRule): Look[] {
  const batches: Batch[] = [];
  const looks: Look[] = [];
  let milestone = 40;
  for (;;) {
    batches.push(...nextBatches(milestone - batches.length));
    const look = lookAtMilestone(batches, stopping);
    looks.push(look);
    if (look.verdict !== 'continue') {
      return looks;
    }
    milestone = look.nextMilestone;
  }
}

describe('lookAtMilestone', () => {
  it.each([
    ['repairs', 0.1, 110, REPAIRS],
    ['notices and repairs', 0.2, 300, NOTICES_AND_REPAIRS],
  ] as const)(
    '%s to a half width of %d: covers in 98 to 99.8 %% of 1,000 runs',
    (_, target, length, down) => {
      const truth = down.mean / (20 + down.mean);
      const uniform = uniformStream(11);
      let covered = 0;
      let mostLooks = 0;
      for (let i = 0; i < 1000; i++) {
        const looks = runUntilStopped(
          (batches) => simulateBatches(uniform, { upMean: 20, down, batches, batchLength: length }),
          { ...rule, targetRelativeHalfWidth: target },
        );
        const last = looks[looks.length - 1];
        expect(last?.verdict).toBe('reached');
        expect(last?.relativeHalfWidth).toBeLessThanOrEqual(target);
        covered += last !== undefined && covers(last.share, truth) ? 1 : 0;
        mostLooks = Math.max(mostLooks, looks.length);
      }
      expect(covered / 1000).toBeGreaterThanOrEqual(0.98);
      expect(covered / 1000).toBeLessThanOrEqual(0.998);
      expect(mostLooks).toBeLessThanOrEqual(8);
    },
  );

  it('goes on at least by half and at most fourfold, and gives up at the limit', () => {
    const quiet = Array.from({ length: 100 }, () => ({ lengthUs: 10, downUs: 0, outages: 0 }));
    expect(lookAtMilestone(quiet, rule)).toMatchObject({ verdict: 'continue', nextMilestone: 400 });
    expect(lookAtMilestone(quiet, { ...rule, mostBatches: 100 }).verdict).toBe('exhausted');
    const steady = quiet.map((batch) => ({ ...batch, downUs: 1, outages: 1 }));
    expect(lookAtMilestone(steady, rule).verdict).toBe('reached');
    expect(lookAtMilestone(steady, { ...rule, fewestOutages: 101 })).toMatchObject({
      verdict: 'continue',
      nextMilestone: 150,
    });
    expect(() => lookAtMilestone(steady, { ...rule, targetRelativeHalfWidth: 0 })).toThrow();
  });
});
