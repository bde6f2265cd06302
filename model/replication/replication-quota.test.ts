/** Bytes per second in a window of samples, held against what SampledStat and SimpleRate of Kafka 4.1 do. */
import { describe, expect, it } from 'vitest';

import {
  byteRate,
  createQuota,
  fillWithSilence,
  isListed,
  isQuotaExceeded,
  recordBytes,
} from './replication-quota.js';

describe('a replication quota', () => {
  it('counts its first second as a whole one: what the bound allows in it may go at once', () => {
    const quota = createQuota(1000, [3]);
    expect(isQuotaExceeded(quota, 5000)).toBe(false);
    recordBytes(quota, 1000, 5001);
    expect(isQuotaExceeded(quota, 5002)).toBe(false);
    recordBytes(quota, 1, 5003);
    expect(isQuotaExceeded(quota, 5004)).toBe(true);
    expect(isQuotaExceeded(quota, 6001)).toBe(false);
  });

  it('is the average since the oldest sample began', () => {
    const quota = createQuota(1000, []);
    for (let atMs = 0; atMs < 5000; atMs += 100) recordBytes(quota, 100, atMs);
    expect(byteRate(quota, 5000)).toBe(1000);
    expect(byteRate(quota, 10_000)).toBe(500);
  });

  it('forgets a sample 11 seconds after the last record in it', () => {
    const quota = createQuota(1000, []);
    recordBytes(quota, 5000, 0);
    recordBytes(quota, 600, 900);
    recordBytes(quota, 400, 1000);
    expect(byteRate(quota, 11_899)).toBeCloseTo(6000 / 11.899, 9);
    // The second sample is 10.9 s old now, and the oldest.
    expect(byteRate(quota, 11_900)).toBeCloseTo(400 / 10.9, 9);
    expect(byteRate(quota, 12_000)).toBe(0);
  });

  it('keeps twelve samples: the window of 11, and the one that overlaps its begin', () => {
    const quota = createQuota(1000, []);
    for (let second = 0; second < 40; second++) {
      recordBytes(quota, 1000, second * 1000);
      recordBytes(quota, 0, second * 1000 + 999);
      expect(quota.samples.length).toBeLessThanOrEqual(12);
    }
    expect(byteRate(quota, 39_998)).toBeCloseTo(12_000 / 11.998, 9);
    // The oldest is forgotten: its last record is 11 s ago.
    expect(byteRate(quota, 39_999)).toBeCloseTo(11_000 / 10.999, 9);
  });

  it('allows the whole window at once after a silence that was recorded', () => {
    const quota = createQuota(1000, []);
    fillWithSilence(quota, 0, 60_000);
    recordBytes(quota, 11_000, 60_000);
    expect(isQuotaExceeded(quota, 60_000)).toBe(false);
    recordBytes(quota, 1, 60_000);
    expect(isQuotaExceeded(quota, 60_000)).toBe(true);
    const young = createQuota(1000, []);
    fillWithSilence(young, 57_500, 60_000);
    recordBytes(young, 2501, 60_000);
    expect(isQuotaExceeded(young, 60_000)).toBe(true);
    expect(isQuotaExceeded(young, 60_001)).toBe(false);
  });

  it('knows its partitions', () => {
    const quota = createQuota(1000, [3, 5]);
    expect([2, 3, 4, 5].map((partition) => isListed(quota, partition))).toEqual([
      false,
      true,
      false,
      true,
    ]);
  });
});
