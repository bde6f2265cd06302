import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  formatDuration,
  formatEstimate,
  formatFixed,
  formatNines,
  formatPercent,
  formatSeconds,
  formatShare,
  formatSignificant,
  minutesPerYear,
} from './numbers.js';

const confidence = 0.99;

describe('numbers in words', () => {
  it.each([
    [0, 2, '0.00'],
    [1234567.891, 1, '1,234,567.9'],
    [-0.001, 2, '0.00'],
    [-1234.5, 0, '-1,235'],
    [999.5, 0, '1,000'],
    [Infinity, 2, 'infinite'],
  ])('formatFixed(%d, %d) = %s', (value, decimals, text) => {
    expect(formatFixed(value, decimals)).toBe(text);
  });

  it.each([
    [0, '0'],
    [0.0123456, '0.0123'],
    [4.5678, '4.57'],
    [12345, '12,300'],
    [9.999, '10.0'],
    [1e-9, '0.00000000100'],
  ])('formatSignificant(%d) = %s', (value, text) => {
    expect(formatSignificant(value)).toBe(text);
  });

  it('shows an estimate to two digits of its half width', () => {
    expect(formatEstimate({ mean: 12.3456, low: 12.1, high: 12.6, confidence })).toBe(
      '12.35 (12.10 to 12.60)',
    );
    expect(formatEstimate({ mean: 13_000, low: 10_000, high: 17_000, confidence })).toBe(
      '13,000 (10,000 to 17,000)',
    );
    expect(formatEstimate({ mean: 0, low: 0, high: 0.0321, confidence })).toBe(
      'none seen, at most 0.032',
    );
    expect(formatEstimate({ mean: 2.5, low: 2.5, high: 2.5, confidence })).toBe('2.50000');
  });

  it('shows availability as percent, bounds never rounded up', () => {
    expect(formatPercent({ mean: 0.991234, low: 0.99101, high: 0.99145, confidence })).toBe(
      '99.123 % (99.101 to 99.145)',
    );
    expect(formatPercent({ mean: 1, low: 0.9999876, high: 1, confidence })).toBe(
      'no outage seen, at least 99.99876 %',
    );
    expect(formatShare(0.9999952)).toBe('99.999520 %');
    expect(formatShare(20 / 22)).toBe('90.909 %');
    expect(formatShare(1)).toBe('100.000 %');
    expect(minutesPerYear({ mean: 0.001, low: 0, high: 0.01, confidence })).toMatchObject({
      mean: 525.96,
      low: 0,
    });
  });

  it.each([
    [0.85, 'no nines'],
    [0.9, '1 nine'],
    [0.999, '3 nines'],
    [0.9995, '3 nines'],
    [0.99999, '5 nines'],
    [1, 'all nines'],
  ])('formatNines(%d) = %s', (share, text) => {
    expect(formatNines(share)).toBe(text);
  });

  it.each([
    [850, '850 us'],
    [3200, '3.2 ms'],
    [8_562_500, '8.56 s'],
    [90_000_000, '90 s'],
    [7_200_000_000, '2 h'],
    [604_800_000_000, '7 d'],
    [315_576_000_000_000, '10 years'],
    [0, '0 us'],
  ])('formatDuration(%d) = %s', (us, text) => {
    expect(formatDuration(us)).toBe(text);
  });

  it('never prints an exponent, a minus zero or NaN for finite numbers', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e12, max: 1e12, noNaN: true }), (value) => {
        expect(formatSignificant(value)).toMatch(/^-?\d{1,3}(,\d{3})*(\.\d+)?$/);
        expect(formatSeconds(value)).not.toMatch(/^-0\.000$/);
      }),
    );
  });
});
