/**
 * Random streams, one for each named concern of a run.
 *
 * A stream depends on the run's seed and on its own name alone, so that taking out one fault or one
 * client shifts no other stream: shrinking depends on it. The generator is `tychei` of `seedrandom`.
 */
import ln from '@stdlib/math-base-special-ln';
import tychei from 'seedrandom/lib/tychei.js';

import type { Forker } from './fork.js';

/** One stream of random numbers. */
export class RandomStream {
  private readonly generator: ReturnType<typeof tychei>;

  private constructor(generator: ReturnType<typeof tychei>) {
    this.generator = generator;
  }

  /** The stream of a seed and a name, from its first number on. */
  static named(seed: string, name: string): RandomStream {
    return new RandomStream(tychei(`${seed}/${name}`, { state: true }));
  }

  /** A uniform integer in [0, 2^32). */
  uint32(): number {
    return this.generator.int32() >>> 0;
  }

  /** A uniform real in [0, 1), in steps of 2^-32. */
  uniform(): number {
    return (this.generator.int32() >>> 0) / 4294967296;
  }

  /** A uniform integer in [0, bound); the bias is below bound / 2^32. */
  below(bound: number): number {
    return Math.floor(((this.generator.int32() >>> 0) / 4294967296) * bound);
  }

  /** A uniform integer in [low, high]. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return (this.generator.int32() >>> 0) / 4294967296 < probability;
  }

  /** An exponential draw with the given mean, rounded to a whole number (of the mean's unit). */
  exponential(mean: number): number {
    // (u + 2^-33) lies in (0, 1), so that the logarithm is finite; two draws make 53 bits.
    const high = (this.generator.int32() >>> 0) / 4294967296;
    const low = ((this.generator.int32() >>> 11) + 0.5) / 9007199254740992;
    return Math.round(-ln(high + low) * mean);
  }

  /** One of the items, uniformly. Throws on an empty list. */
  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('RandomStream.pick: the list is empty');
    return items[this.below(items.length)]!;
  }

  /** A shuffled copy (Fisher and Yates). */
  shuffled<T>(items: readonly T[]): T[] {
    const copy = items.slice();
    for (let last = copy.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      const kept = copy[last]!;
      copy[last] = copy[other]!;
      copy[other] = kept;
    }
    return copy;
  }

  /** A stream that goes on by itself, with the numbers that this one will give. */
  fork(_forker?: Forker): RandomStream {
    const state = this.generator.state();
    return new RandomStream(tychei('', { state }));
  }
}

/** All streams of one run, made when first asked for. */
export class RandomStreams {
  readonly seed: string;
  private readonly streams: Map<string, RandomStream>;

  constructor(seed: string, streams = new Map<string, RandomStream>()) {
    this.seed = seed;
    this.streams = streams;
  }

  /** The stream of that name; asking again returns the same stream where it stands. */
  stream(name: string): RandomStream {
    let stream = this.streams.get(name);
    if (stream === undefined) {
      stream = RandomStream.named(this.seed, name);
      this.streams.set(name, stream);
    }
    return stream;
  }

  /** The same streams, each where it stands, to be drawn from independently. */
  fork(forker: Forker): RandomStreams {
    const copies = new Map<string, RandomStream>();
    for (const [name, stream] of this.streams) copies.set(name, forker.clone(stream));
    return new RandomStreams(this.seed, copies);
  }
}
