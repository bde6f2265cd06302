import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type MarkovChain, steadyState, type Transition } from './markov-chain.js';

describe('steadyState', () => {
  it('a queue with room for n: geometric', () => {
    const arrivals = 1;
    const services = 1000;
    const chain: MarkovChain = Array.from({ length: 8 }, (_, i) => [
      ...(i < 7 ? [{ to: i + 1, rate: arrivals }] : []),
      ...(i > 0 ? [{ to: i - 1, rate: services }] : []),
    ]);
    const shares = steadyState(chain);
    // Seven in the queue has probability 1e-21, and is still known to all digits.
    expect((shares[7] ?? 0) / (shares[6] ?? 0)).toBeCloseTo(0.001, 15);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 14);
  });

  it('what flows into a state flows out of it, whatever the order of states', () => {
    const chains = fc.integer({ min: 2, max: 12 }).chain((size) =>
      fc
        .array(
          fc.tuple(
            fc.nat(size - 1),
            fc.nat(size - 1),
            fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
          ),
          { maxLength: 40 },
        )
        .map((extra) => {
          const rows = Array.from({ length: size }, (_, i): Transition[] => [
            { to: (i + 1) % size, rate: 1 },
          ]);
          for (const [from, to, rate] of extra) {
            rows[from]?.push({ to, rate });
          }
          return rows;
        }),
    );
    fc.assert(
      fc.property(chains, (chain) => {
        const shares = steadyState(chain);
        const inflow = new Array<number>(chain.length).fill(0);
        const outflow = new Array<number>(chain.length).fill(0);
        chain.forEach((row, from) => {
          for (const { to, rate } of row) {
            inflow[to] = (inflow[to] ?? 0) + rate * (shares[from] ?? 0);
            outflow[from] = (outflow[from] ?? 0) + rate * (shares[from] ?? 0);
          }
        });
        inflow.forEach((flow, state) => {
          expect(Math.abs(flow / (outflow[state] ?? 0) - 1)).toBeLessThan(1e-10);
        });
      }),
    );
  });

  it('refuses traps and impossible rates', () => {
    expect(() => steadyState([[{ to: 1, rate: 1 }], []])).toThrow(/cannot be left/);
    expect(() => steadyState([[{ to: 1, rate: 0 }], [{ to: 0, rate: 1 }]])).toThrow(RangeError);
    expect(() => steadyState([[{ to: 2, rate: 1 }], [{ to: 0, rate: 1 }]])).toThrow(RangeError);
  });
});
