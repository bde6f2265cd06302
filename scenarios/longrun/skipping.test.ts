/**
 * Skipping held against not skipping. Failures come every few minutes here, so that simulating everything is affordable;
 * both runs of a pair have the same failures at the same calendar times. Where nothing is skipped, the controllers write
 * no-op records, too, which a run that skips leaves out.
 */
import { describe, expect, it } from 'vitest';
import type { Plan } from '../language/plan.js';
import type { AvailabilityKind } from '../run/availability.js';
import { runLong, type LongRunResult } from './long-run.js';
import { HOUR_US, longPlan } from './testdata/plans.js';

const failures = { 'broker-crash': { mttf: '10m', mttr: '2m' } } as const;
const PAIRS = 24;
/** Student's t with 23 degrees of freedom: beyond this once in a thousand, were both runs alike. */
const QUANTILE = 3.768;

interface Pair {
  readonly skipping: LongRunResult;
  readonly whole: LongRunResult;
}

function pairs(plan: Plan, count: number, hours: number, skippingPlan = plan): Pair[] {
  return Array.from({ length: count }, (_, index) => {
    const options = { seed: 100 + index, measureUs: hours * HOUR_US };
    return {
      skipping: runLong(skippingPlan, options),
      whole: runLong(plan, { ...options, withoutSkipping: true }),
    };
  });
}

/** Mean difference of the down times, in standard errors: Student's t. */
function tOf(list: readonly Pair[], kind: AvailabilityKind): number {
  const differences = list.map(
    ({ skipping, whole }) => skipping.totals.downUs[kind] - whole.totals.downUs[kind],
  );
  const mean = differences.reduce((sum, each) => sum + each, 0) / list.length;
  const squares = differences.reduce((sum, each) => sum + (each - mean) * (each - mean), 0);
  // Where no pair differs at all there is nothing to judge.
  return mean === 0 ? 0 : mean / Math.sqrt(squares / (list.length - 1) / list.length);
}

describe('skipping against not skipping', () => {
  const plan = longPlan({ minIsr: 2, failures });
  const threeReplicas = pairs(plan, PAIRS, 1);

  it('has the same failures at the same times, and simulates a fraction', () => {
    for (const { skipping, whole } of threeReplicas) {
      expect(skipping.failures).toBe(whole.failures);
      expect(whole.activeUs).toBeGreaterThan(HOUR_US);
      expect(skipping.activeUs).toBeLessThan(whole.activeUs / 3);
    }
  });

  it.each(['write', 'read', 'structuralWrite', 'structuralRead'] as const)(
    '%s: the down times of 24 pairs differ by chance only (level 0.001)',
    (kind) => {
      const downUs = threeReplicas.reduce((sum, { whole }) => sum + whole.totals.downUs[kind], 0);

      expect(downUs).toBeGreaterThan(0);
      expect(Math.abs(tOf(threeReplicas, kind))).toBeLessThan(QUANTILE);
    },
  );

  it('would tell if skipping changed how long a crash goes unnoticed by three seconds', () => {
    const slower = longPlan({
      minIsr: 2,
      failures,
      config: { 'broker.session.timeout.ms': 12_000 },
    });
    const unlike = threeReplicas.map(({ skipping, whole }) => ({
      whole,
      skipping: runLong(slower, { seed: skipping.seed, measureUs: HOUR_US }),
    }));

    expect(tOf(unlike, 'write')).toBeGreaterThan(QUANTILE);
  });

  it('one replica: no pair differs by more than when a session lapses, for each failure', () => {
    const single = longPlan({ brokers: 1, failures });
    for (const { skipping, whole } of pairs(single, 6, 1)) {
      const apartUs = Math.abs(skipping.totals.downUs.write - whole.totals.downUs.write);

      expect(skipping.totals.outages.write).toBe(whole.totals.outages.write);
      // A broker that is back before its old session has lapsed asks every heartbeat interval whether it may register.
      expect(apartUs / whole.failures).toBeLessThan(2_000_000 + 1_125_000);
    }
  });

  it('two replicas that must both be up: no pair differs by more than when sessions lapse', () => {
    const both = longPlan({ brokers: 2, minIsr: 2, failures });
    for (const { skipping, whole } of pairs(both, 4, 1)) {
      const apartUs = Math.abs(skipping.totals.downUs.write - whole.totals.downUs.write);

      expect(apartUs / whole.failures).toBeLessThan(2_000_000 + 1_125_000);
    }
  });
});
