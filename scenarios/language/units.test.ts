import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DURATION_US_MAX, SIZE_BYTES_MAX } from './limits.js';
import { readDurationRange } from './ranges.js';
import {
  readBandwidth,
  readDuration,
  readProbability,
  readRate,
  readSize,
  writeDuration,
  writeSize,
} from './units.js';

describe('durations', () => {
  it.each([
    ['200us', 200],
    ['5ms', 5000],
    ['1.5s', 1_500_000],
    ['0.5ms', 500],
    ['1.1s', 1_100_000],
    ['10s', 10_000_000],
    [' 2 m ', 120_000_000],
    ['1h', 3_600_000_000],
    ['30d', 2_592_000_000_000],
    ['36525d', DURATION_US_MAX],
    ['0s', 0],
  ])('%s is %d us', (text, value) => {
    expect(readDuration(text)).toEqual({ ok: true, value });
  });

  it.each([
    ['10', '10 has no unit: a duration is written like 10s'],
    [10, '10 has no unit: a duration is written like 10s'],
    ['10sec', '"10sec" has an unknown unit: a duration ends in one of us, ms, s, m, h, d'],
    ['10 S', '"10 S" has an unknown unit: a duration ends in one of us, ms, s, m, h, d'],
    ['-1s', 'a time cannot be negative: "-1s"'],
    ['0.5us', '"0.5us" is not a whole number of microseconds'],
    ['36526d', '"36526d" is above 100 years'],
    ['1e3s', '"1e3s" is not a duration such as 10s'],
    ['1..2s', '"1..2s" is not a duration such as 10s'],
    ['s', '"s" is not a duration such as 10s'],
    ['', '"" is not a duration such as 10s'],
    [null, 'null is not a duration such as 10s'],
    [['10s'], '["10s"] is not a duration such as 10s'],
  ])('%j is refused', (raw, reason) => {
    expect(readDuration(raw)).toEqual({ ok: false, reason });
  });

  it('may be negative where a clock jumps', () => {
    expect(readDuration('-5s', true)).toEqual({ ok: true, value: -5_000_000 });
  });

  it('survive being written and read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: DURATION_US_MAX }), (us) => {
        expect(readDuration(writeDuration(us))).toEqual({ ok: true, value: us });
      }),
    );
  });

  it.each([
    [1_500_000, '1500ms'],
    [60_000_000, '1m'],
    [86_400_000_000, '1d'],
    [0, '0us'],
  ])('%d us is written %s', (us, text) => {
    expect(writeDuration(us)).toBe(text);
  });
});

describe('spans', () => {
  it('have two ends, or one', () => {
    expect(readDurationRange('5s..40s')).toEqual({
      ok: true,
      value: { fromUs: 5_000_000, toUs: 40_000_000 },
    });
    expect(readDurationRange('5s')).toEqual({
      ok: true,
      value: { fromUs: 5_000_000, toUs: 5_000_000 },
    });
  });

  it.each([
    ['40s..5s', '"40s..5s" ends before it begins'],
    ['5..40s', '5 has no unit: a duration is written like 10s'],
    ['1s..2s..3s', '1s..2s..3s is not a span such as 5s..40s'],
    [5, '5 has no unit: a duration is written like 10s'],
  ])('%j is refused', (raw, reason) => {
    expect(readDurationRange(raw)).toEqual({ ok: false, reason });
  });
});

describe('sizes', () => {
  it.each([
    ['0B', 0],
    ['200B', 200],
    ['16KiB', 16_384],
    ['16kB', 16_000],
    ['1.5MiB', 1_572_864],
    ['10MB', 10_000_000],
    ['1GiB', 1_073_741_824],
    ['1TB', 1_000_000_000_000],
  ])('%s is %d bytes', (text, value) => {
    expect(readSize(text)).toEqual({ ok: true, value });
  });

  it.each([
    ['10', '10 has no unit: a size is written like 16KiB'],
    [
      '1gb',
      '"1gb" has an unknown unit: a size ends in one of B, kB, KiB, MB, MiB, GB, GiB, TB, TiB',
    ],
    ['-1KiB', 'a size cannot be negative: "-1KiB"'],
    ['2000TiB', '"2000TiB" is above the limit of 1 PiB'],
    ['0.3B', '"0.3B" is not a whole number of bytes'],
  ])('%j is refused', (raw, reason) => {
    expect(readSize(raw)).toEqual({ ok: false, reason });
  });

  it('survive being written and read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: SIZE_BYTES_MAX }), (bytes) => {
        expect(readSize(writeSize(bytes))).toEqual({ ok: true, value: bytes });
      }),
    );
  });
});

describe('rates', () => {
  it.each([
    ['100/s', 100],
    ['30/m', 0.5],
    ['7200/h', 2],
    ['1/ms', 1000],
    ['0.5/s', 0.5],
  ])('%s is %d per second', (text, value) => {
    expect(readRate(text)).toEqual({ ok: true, value });
  });

  it.each([
    [100, '100 is not a rate: write 100/s'],
    ['100', '"100" is not a rate: write 100/s'],
    ['100/sec', '"100/sec" is not a rate such as 100/s'],
    ['0/s', 'a rate must be above 0: "0/s"'],
    ['-5/s', 'a rate must be above 0: "-5/s"'],
    ['2/us', '"2/us" is above a million a second'],
  ])('%j is refused', (raw, reason) => {
    expect(readRate(raw)).toEqual({ ok: false, reason });
  });
});

describe('bandwidths', () => {
  it.each([
    ['1Gbit/s', 125_000_000],
    ['8kbit/s', 1000],
    ['200MiB/s', 209_715_200],
    ['1B/s', 1],
  ])('%s is %d bytes a second', (text, value) => {
    expect(readBandwidth(text)).toEqual({ ok: true, value });
  });

  it.each([
    ['1Gbit', '"1Gbit" is not a bandwidth such as 1Gbit/s'],
    [
      '1Gbps/s',
      '"1Gbps/s" has an unknown unit: a bandwidth ends in one of B/s, kB/s, KiB/s, MB/s, MiB/s, GB/s, GiB/s, TB/s, TiB/s',
    ],
    ['0B/s', 'a bandwidth must be at least 1B/s: "0B/s"'],
    [5, '5 has no unit: a bandwidth is written like 1Gbit/s'],
  ])('%j is refused', (raw, reason) => {
    expect(readBandwidth(raw)).toEqual({ ok: false, reason });
  });
});

describe('probabilities', () => {
  it.each([
    [0.01, 0.01],
    ['1%', 0.01],
    ['0.5', 0.5],
    [0, 0],
    ['100 %', 1],
  ])('%j is %d', (raw, value) => {
    expect(readProbability(raw)).toEqual({ ok: true, value });
  });

  it.each([
    [2, 'a probability lies between 0 and 1: 2'],
    ['101%', 'a probability lies between 0 and 1: "101%"'],
    ['-1%', 'a probability lies between 0 and 1: "-1%"'],
    ['often', '"often" is not a probability such as 0.01 or 1%'],
    [null, 'null is not a probability such as 0.01 or 1%'],
  ])('%j is refused', (raw, reason) => {
    expect(readProbability(raw)).toEqual({ ok: false, reason });
  });
});
