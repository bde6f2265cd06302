import { describe, expect, it } from 'vitest';

import { Forker } from './fork.js';
import { RandomStreams } from './random.js';

describe('RandomStreams', () => {
  it('gives the same stream for the same seed and name, whatever else was drawn', () => {
    const alone = new RandomStreams('42').stream('disk/broker-1');
    const streams = new RandomStreams('42');
    for (let n = 0; n < 10; n++) streams.stream('network/a>b').uint32();
    const among = streams.stream('disk/broker-1');
    const draws = Array.from({ length: 50 }, () => alone.uint32());
    expect(Array.from({ length: 50 }, () => among.uint32())).toEqual(draws);
  });

  it('gives other streams for other seeds and other names', () => {
    const first = (seed: string, name: string): number =>
      new RandomStreams(seed).stream(name).uint32();
    const seen = new Set<number>();
    for (let seed = 0; seed < 100; seed++) {
      for (const name of ['faults', 'workload/web-0', 'network/a>b'])
        seen.add(first(String(seed), name));
    }
    expect(seen.size).toBeGreaterThan(298);
  });

  it('goes on from where it was forked', () => {
    const streams = new RandomStreams('7');
    const stream = streams.stream('faults');
    stream.uint32();
    const copy = new Forker().clone(streams).stream('faults');
    const draws = Array.from({ length: 20 }, () => stream.uint32());
    expect(Array.from({ length: 20 }, () => copy.uint32())).toEqual(draws);
  });

  it('draws exponentials with the mean asked for, and integers within bounds', () => {
    const stream = new RandomStreams('1').stream('test');
    let sum = 0;
    for (let n = 0; n < 20_000; n++) sum += stream.exponential(1000);
    // The standard error of the mean is 1000 / sqrt(20000), about 7.
    expect(Math.abs(sum / 20_000 - 1000)).toBeLessThan(30);
    for (let n = 0; n < 1000; n++) {
      const draw = stream.between(3, 5);
      expect(draw).toBeGreaterThanOrEqual(3);
      expect(draw).toBeLessThanOrEqual(5);
    }
  });

  it('shuffles to a permutation', () => {
    const stream = new RandomStreams('1').stream('test');
    const shuffled = stream.shuffled([1, 2, 3, 4, 5]);
    expect(shuffled.slice().sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  });
});
