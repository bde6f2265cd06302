import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyBytes, murmur2, partitionForKey } from './murmur2.js';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

describe('murmur2', () => {
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %s as Kafka does (UtilsTest.testMurmur2)', (text, hash) => {
    expect(murmur2(ascii(text))).toBe(hash);
  });

  it('agrees with a second version, written byte by byte with BigInt', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(murmur2(bytes)).toBe(slowMurmur2(bytes));
      }),
    );
  });
});

describe('partitionForKey', () => {
  it('takes the hash without its sign, modulo all partitions', () => {
    // -790332482 & 0x7fffffff = 1357151166
    expect(partitionForKey(ascii('foobar'), 7)).toBe(1357151166 % 7);
    expect(partitionForKey(ascii('abc'), 1000)).toBe(479470107 % 1000);
  });

  it('spreads the keys of the lab evenly', () => {
    const counts = new Array<number>(8).fill(0);
    for (let key = 0; key < 8000; key++) counts[partitionForKey(keyBytes(key), 8)]!++;
    for (const count of counts) {
      expect(count).toBeGreaterThan(850);
      expect(count).toBeLessThan(1150);
    }
  });

  it('hashes the text key-<k>', () => {
    expect(keyBytes(42)).toEqual(ascii('key-42'));
  });
});

function slowMurmur2(bytes: Uint8Array): number {
  const word = (value: bigint): bigint => BigInt.asUintN(32, value);
  const m = 0x5bd1e995n;
  let h = word(0x9747b28cn ^ BigInt(bytes.length));
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    let k = 0n;
    for (let byte = 3; byte >= 0; byte--) k = (k << 8n) + BigInt(bytes[at + byte]!);
    k = word(k * m);
    k = word((k ^ (k >> 24n)) * m);
    h = word(h * m) ^ k;
  }
  if (at < bytes.length) {
    let tail = 0n;
    for (let byte = bytes.length - 1; byte >= at; byte--)
      tail = (tail << 8n) + BigInt(bytes[byte]!);
    h = word((h ^ tail) * m);
  }
  h = word((h ^ (h >> 13n)) * m);
  return Number(BigInt.asIntN(32, h ^ (h >> 15n)));
}
