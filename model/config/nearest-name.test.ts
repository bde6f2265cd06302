import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { didYouMean, editDistance, nearestName } from './nearest-name.js';

/** The definition, word for word: slow, and right. */
function naiveDistance(from: string, to: string): number {
  if (from === '') return to.length;
  if (to === '') return from.length;
  const [a, b] = [from.slice(1), to.slice(1)];
  if (from.codePointAt(0) === to.codePointAt(0)) return naiveDistance(a, b);
  return 1 + Math.min(naiveDistance(a, to), naiveDistance(from, b), naiveDistance(a, b));
}

const word = fc.string({ maxLength: 6, unit: fc.constantFrom('a', 'b', '.') });

describe('editDistance', () => {
  it('is the distance of the definition', () => {
    fc.assert(
      fc.property(word, word, (from, to) => {
        expect(editDistance(from, to)).toBe(naiveDistance(from, to));
      }),
    );
  });

  it('stops counting past its limit', () => {
    fc.assert(
      fc.property(word, word, fc.nat(4), (from, to, limit) => {
        expect(editDistance(from, to, limit)).toBe(Math.min(naiveDistance(from, to), limit + 1));
      }),
    );
  });
});

describe('nearestName', () => {
  it('takes the first of equally near names', () => {
    expect(nearestName('log.dirx', ['log.dir', 'log.dirs'], 2)).toBe('log.dir');
    expect(nearestName('log.dirs', ['log.dir', 'log.dirs'], 2)).toBe('log.dirs');
    expect(nearestName('far', ['log.dir'], 2)).toBeNull();
  });
});

describe('didYouMean', () => {
  it.each([
    ['rakc', ['rack', 'id'], ' (did you mean "rack"?)'],
    ['Rack', ['id', 'rack'], ' (did you mean "rack"?)'],
    ['xyz', ['rack', 'id'], ''],
    ['brokesr', ['brokers'], ' (did you mean "brokers"?)'],
  ])('%s among %j', (name, candidates, hint) => {
    expect(didYouMean(name, candidates)).toBe(hint);
  });
});
