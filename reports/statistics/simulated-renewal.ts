/**
 * Alternating renewal processes with a known share of down time: what the interval's coverage is
 * measured on. For tests alone; has its own small random stream so that it depends on nothing.
 */

import ln from '@stdlib/math-base-special-ln';

import type { Batch } from './ratio.js';

/** A stream of uniform numbers in (0, 1), a pure function of its seed (a mixing counter). */
export function uniformStream(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
}

/** An exponential draw. */
export function exponential(uniform: () => number, mean: number): number {
  return -mean * ln(uniform());
}

/** How long an outage lasts: a draw and its mean. */
export interface DownTime {
  readonly mean: number;
  readonly draw: (uniform: () => number) => number;
}

/** Outages of an exponential two hours, in hours. */
export const REPAIRS: DownTime = { mean: 2, draw: (uniform) => exponential(uniform, 2) };

/** Nine in ten outages last some seconds (a failure is noticed), one in ten lasts hours. */
export const NOTICES_AND_REPAIRS: DownTime = {
  mean: 0.9 * 0.0024 + 0.1 * 2,
  draw: (uniform) => (uniform() < 0.9 ? 0.0048 * uniform() : exponential(uniform, 2)),
};

/** The same batch length throughout; outages that cross a border are down in both batches. */
export function simulateBatches(
  uniform: () => number,
  setup: {
    readonly upMean: number;
    readonly down: DownTime;
    readonly batches: number;
    readonly batchLength: number;
  },
): Batch[] {
  const { batches, batchLength } = setup;
  const downUs = Array.from({ length: batches }, () => 0);
  const outages = Array.from({ length: batches }, () => 0);
  const end = batches * batchLength;
  let time = exponential(uniform, setup.upMean);
  while (time < end) {
    const until = Math.min(end, time + setup.down.draw(uniform));
    const first = Math.floor(time / batchLength);
    outages[first] = (outages[first] ?? 0) + 1;
    for (let batch = first; batch < batches && batch * batchLength < until; batch++) {
      const from = Math.max(time, batch * batchLength);
      const to = Math.min(until, (batch + 1) * batchLength);
      downUs[batch] = (downUs[batch] ?? 0) + Math.max(0, to - from);
    }
    time = until + exponential(uniform, setup.upMean);
  }
  return downUs.map((down, batch) => ({
    lengthUs: batchLength,
    downUs: Math.min(down, batchLength),
    outages: outages[batch] ?? 0,
  }));
}
