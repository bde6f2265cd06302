import { describe, expect, it } from 'vitest';

import { computeClaims } from './claims.js';
import { measureSetting, type Setting } from './experiments.js';

const SETTINGS: readonly Setting[] = [
  { kafka: '3.9', metadata: 'zookeeper', partitions: 60 },
  { kafka: '4.1', metadata: 'kraft', partitions: 60 },
];

describe('what a controller costs in time', () => {
  const figures = SETTINGS.map((setting) => ({ setting, runs: [measureSetting(setting, 1)] }));

  it('is noticed after the session, elected after that, and led after that', () => {
    for (const { runs } of figures) {
      const { noticedMs, electedMs, leadingMs, led } = runs[0]!.crash;
      expect(led).toBeGreaterThan(0);
      expect(noticedMs).toBeGreaterThan(5000);
      expect(electedMs).toBeGreaterThanOrEqual(noticedMs!);
      expect(leadingMs).toBeGreaterThanOrEqual(electedMs!);
    }
  });

  it('has claims that hold of the runs, and do not where a run came to no end', () => {
    expect(computeClaims(figures).filter(({ holds }) => !holds)).toEqual([]);
    const open = figures.map(({ setting, runs }) => ({
      setting,
      runs: runs.map((run) => ({ ...run, failoverMs: null })),
    }));
    expect(computeClaims(open).map(({ holds }) => holds)).toEqual([false, true, false]);
  });
});
