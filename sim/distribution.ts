/**
 * Distributions of durations, drawn from a table of their quantile function.
 *
 * One draw costs one random integer and one interpolation. The table has 1,024 steps with the tail cut
 * at the quantile 1 - 2^-13, so that a draw never exceeds that quantile. Logarithms and exponentials
 * come from single `@stdlib` packages: they give the same bits in every engine.
 */
import exp from '@stdlib/math-base-special-exp';
import ln from '@stdlib/math-base-special-ln';
import normalQuantile from '@stdlib/stats-base-dists-normal-quantile';

import { Immutable } from './fork.js';
import type { RandomStream } from './random.js';

/** A distribution of durations in microseconds, as data. */
export type Distribution =
  | { readonly kind: 'constant'; readonly valueUs: number }
  | { readonly kind: 'uniform'; readonly lowUs: number; readonly highUs: number }
  | { readonly kind: 'exponential'; readonly meanUs: number }
  | { readonly kind: 'lognormal'; readonly p50Us: number; readonly p99Us: number };

const STEPS = 1024;
const TAIL = 1 / 8192;

/** A distribution made ready for drawing. */
export class DurationSampler extends Immutable {
  private readonly quantiles: Float64Array;
  private readonly constantUs: number;

  constructor(distribution: Distribution) {
    super();
    this.constantUs = distribution.kind === 'constant' ? Math.round(distribution.valueUs) : -1;
    this.quantiles = new Float64Array(STEPS + 1);
    for (let step = 0; step <= STEPS; step++) {
      const probability = Math.min(Math.max(step / STEPS, TAIL), 1 - TAIL);
      this.quantiles[step] = quantile(distribution, probability);
    }
  }

  /** A duration in whole microseconds, at least 0. */
  sampleUs(stream: RandomStream): number {
    if (this.constantUs >= 0) return this.constantUs;
    const draw = stream.uint32();
    const step = draw >>> 22;
    const fraction = (draw & 0x3fffff) / 4194304;
    const low = this.quantiles[step]!;
    return Math.round(low + (this.quantiles[step + 1]! - low) * fraction);
  }
}

/** The quantile function of a distribution, in microseconds. */
export function quantile(distribution: Distribution, probability: number): number {
  switch (distribution.kind) {
    case 'constant':
      return distribution.valueUs;
    case 'uniform':
      return distribution.lowUs + (distribution.highUs - distribution.lowUs) * probability;
    case 'exponential':
      return -ln(1 - probability) * distribution.meanUs;
    case 'lognormal': {
      const sigma = (ln(distribution.p99Us) - ln(distribution.p50Us)) / normalQuantile(0.99, 0, 1);
      return exp(ln(distribution.p50Us) + sigma * normalQuantile(probability, 0, 1));
    }
  }
}

/** The mean of a distribution, in microseconds. */
export function meanOf(distribution: Distribution): number {
  switch (distribution.kind) {
    case 'constant':
      return distribution.valueUs;
    case 'uniform':
      return (distribution.lowUs + distribution.highUs) / 2;
    case 'exponential':
      return distribution.meanUs;
    case 'lognormal': {
      const sigma = (ln(distribution.p99Us) - ln(distribution.p50Us)) / normalQuantile(0.99, 0, 1);
      return distribution.p50Us * exp((sigma * sigma) / 2);
    }
  }
}
