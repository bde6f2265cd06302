import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ChunkedList } from './chunked-list.js';

type Step =
  | { readonly kind: 'push'; readonly count: number }
  | { readonly kind: 'truncate'; readonly share: number }
  | { readonly kind: 'set'; readonly share: number }
  | { readonly kind: 'fork' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('push' as const), count: fc.integer({ min: 1, max: 700 }) }),
  fc.record({
    kind: fc.constant('truncate' as const),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  fc.record({
    kind: fc.constant('set' as const),
    share: fc.double({ min: 0, max: 0.999, noNaN: true }),
  }),
  fc.record({ kind: fc.constant('fork' as const) }),
);

describe('ChunkedList', () => {
  it('agrees with a plain array, and so do all its forks', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(3)), { maxLength: 40 }), (steps) => {
        const pairs: { list: ChunkedList<number>; array: number[] }[] = [
          { list: new ChunkedList(), array: [] },
        ];
        let next = 0;
        for (const [what, which] of steps) {
          const pair = pairs[which % pairs.length]!;
          const { list, array } = pair;
          if (what.kind === 'push') {
            for (let n = 0; n < what.count; n++) {
              list.push(next);
              array.push(next++);
            }
          } else if (what.kind === 'truncate') {
            const length = Math.floor(what.share * array.length);
            list.truncate(length);
            array.length = length;
          } else if (what.kind === 'set' && array.length > 0) {
            const index = Math.floor(what.share * array.length);
            list.set(index, next);
            array[index] = next++;
          } else if (what.kind === 'fork' && pairs.length < 4) {
            pairs.push({ list: list.fork(), array: array.slice() });
          }
        }
        for (const { list, array } of pairs) expect([...list]).toEqual(array);
      }),
      { numRuns: 200 },
    );
  });

  it('has a last item, or none', () => {
    const list = new ChunkedList<string>();
    expect(list.last()).toBeUndefined();
    list.push('a');
    list.push('b');
    expect(list.last()).toBe('b');
    expect(list.length).toBe(2);
  });
});
