import { describe, expect, it } from 'vitest';

import {
  decadesAround,
  renderUnavailabilityChart,
  type UnavailabilityChart,
} from './unavailability-chart.js';

const confidence = 0.99;

const chart: UnavailabilityChart = {
  title: 'Why three brokers?',
  subtitle: 'writes as clients see them, mean over partitions, 99 % interval',
  xTitle: 'brokers (replication factor, min.insync.replicas)',
  points: ['1 (1, 1)', '2 (2, 1)', '2 (2, 2)', '3 (3, 2)', '5 (3, 2)'].flatMap((category, i) => {
    const mean = [47_800, 8_300, 91_000, 13_000, 12_000][i] ?? 0;
    return [
      {
        category,
        series: 'acks=all',
        minutesPerYear: { mean, low: mean * 0.8, high: mean * 1.2, confidence },
        theory: mean * 1.05,
      },
      {
        category,
        series: 'acks=1',
        minutesPerYear:
          i === 4
            ? { mean: 0, low: 0, high: 3, confidence }
            : { mean: mean / 40, low: i === 3 ? 0 : mean / 80, high: mean / 10, confidence },
        theory: null,
      },
    ];
  }),
};

describe('renderUnavailabilityChart', () => {
  it('gives the same bytes each time, whatever was drawn before', async () => {
    const first = await renderUnavailabilityChart(chart);
    await renderUnavailabilityChart({ ...chart, points: chart.points.slice(0, 3) });
    expect(await renderUnavailabilityChart(chart)).toBe(first);
  });

  it('is one opaque SVG that shows every point, bar, bound and theory', async () => {
    const svg = await renderUnavailabilityChart(chart);
    expect(svg.startsWith('<svg')).toBe(true);
    expect(svg).toContain('fill="#ffffff"');
    const marks = (name: string) => svg.split(`aria-roledescription="${name}"`).length - 1;
    const nines = svg.split('stroke-dasharray="4,4"').length - 1;
    expect(nines).toBe(5);
    // Nine measured points and one arrow, nine bars, five theories.
    expect([marks('point'), marks('rule mark') - nines, marks('tick')]).toEqual([10, 9, 5]);
    expect(svg).toContain('no outage was seen, at most this');
    expect(svg).toContain('minutes per year not available');
    for (const word of ['Why three brokers?', 'acks=all', 'acks=1', '99.9 %', '3 (3, 2)']) {
      expect(svg).toContain(word);
    }
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    expect(svg).not.toMatch(/ (transform|d|x2|y2)="[^"]*\.\d{4}/);
  });
});

describe('decadesAround', () => {
  const point = (mean: number, low: number, high: number) => ({
    category: '1',
    series: 'a',
    minutesPerYear: { mean, low, high, confidence },
    theory: null,
  });

  it('holds all ends, and upper bounds of zeros', () => {
    expect(decadesAround([point(50, 20, 200)])).toEqual({ foot: 10, top: 1000 });
    expect(decadesAround([point(0, 0, 0.02), point(5, 0, 9)])).toEqual({ foot: 0.01, top: 10 });
    expect(decadesAround([point(100, 100, 100)])).toEqual({ foot: 1, top: 100 });
  });
});
