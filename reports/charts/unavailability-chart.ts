/**
 * Unavailability over cluster size: one point with an error bar for each cluster and setting, in
 * minutes per year on a logarithmic scale, with the theory as a tick and the nines as thin lines.
 *
 * A logarithmic scale has no zero. Where no outage was seen there is no point: an arrow hangs from the
 * upper bound of the interval, and the legend says so. An interval that reaches down to zero is drawn
 * to the foot of the chart.
 */

import type { TopLevelSpec } from 'vega-lite';

import { MINUTES_PER_YEAR } from '../markdown/numbers.js';
import type { Estimate } from '../statistics/estimate.js';
import { FONT, PAPER, SERIES_COLOURS, SERIES_SHAPES } from './palette.js';
import { renderSpec } from './render-spec.js';

/** One measured figure of the chart. */
export interface UnavailabilityPoint {
  /** Where on the x axis, such as `3`. Categories stand in order of first appearance. */
  readonly category: string;
  /** Which series, such as `acks=all`. At most six. */
  readonly series: string;
  /** Unavailable minutes per year. */
  readonly minutesPerYear: Estimate;
  /** What theory says, in minutes per year; null where there is no closed form. */
  readonly theory: number | null;
}

/** The chart's words and points. */
export interface UnavailabilityChart {
  readonly title: string;
  /** One line below the title: which view, which operation, which interval. */
  readonly subtitle: string;
  readonly xTitle: string;
  readonly points: readonly UnavailabilityPoint[];
}

/** Unavailability in minutes per year and its name. */
const NINES: readonly { readonly minutes: number; readonly label: string }[] = [
  { minutes: MINUTES_PER_YEAR * 0.1, label: '90 %' },
  { minutes: MINUTES_PER_YEAR * 0.01, label: '99 %' },
  { minutes: MINUTES_PER_YEAR * 0.001, label: '99.9 %' },
  { minutes: MINUTES_PER_YEAR * 0.0001, label: '99.99 %' },
  { minutes: MINUTES_PER_YEAR * 0.00001, label: '99.999 %' },
  { minutes: MINUTES_PER_YEAR * 0.000001, label: '99.9999 %' },
];

/** An arrow that hangs from its point. */
const ARROW_DOWN = 'M-0.6,0L0.6,0M0,0L0,1.6M-0.5,1L0,1.6L0.5,1';

/** Renders the chart as SVG text. */
export async function renderUnavailabilityChart(chart: UnavailabilityChart): Promise<string> {
  return renderSpec(unavailabilitySpec(chart));
}

/** The smallest powers of ten that hold all points, at least two decades. */
export function decadesAround(points: readonly UnavailabilityPoint[]): {
  readonly foot: number;
  readonly top: number;
} {
  const positive = points.flatMap((point) => {
    const { mean, low, high } = point.minutesPerYear;
    return [mean, low, high, point.theory ?? 0].filter((value) => value > 0);
  });
  const smallest = Math.min(...positive, MINUTES_PER_YEAR);
  const largest = Math.max(...positive, 1e-9);
  let top = 1e-6;
  while (top < largest) {
    top *= 10;
  }
  let foot = 1e6;
  while (foot > smallest && foot > 1e-6) {
    foot /= 10;
  }
  return { foot: roundDecade(Math.min(foot, top / 100)), top: roundDecade(top) };
}

/** Repeated division leaves 0.09999...; the decade that was meant. */
function roundDecade(value: number): number {
  return Number(value.toPrecision(3));
}

/** Ticks at every power of ten. */
function decades(foot: number, top: number): number[] {
  const ticks: number[] = [];
  for (let tick = foot; tick <= top * 1.001; tick *= 10) {
    ticks.push(roundDecade(tick));
  }
  return ticks;
}

function unavailabilitySpec(chart: UnavailabilityChart): TopLevelSpec {
  const { foot, top } = decadesAround(chart.points);
  const categories = [...new Set(chart.points.map((point) => point.category))];
  const series = [...new Set(chart.points.map((point) => point.series))];
  const rows = chart.points.map(({ category, series: name, minutesPerYear, theory }) => ({
    category,
    series: name,
    mean: minutesPerYear.mean > 0 ? minutesPerYear.mean : null,
    bound: minutesPerYear.mean > 0 ? null : minutesPerYear.high,
    low: Math.max(foot, minutesPerYear.low),
    high: minutesPerYear.high,
    theory,
  }));
  const x = {
    field: 'category',
    type: 'ordinal' as const,
    sort: categories,
    scale: { paddingInner: 0.25 },
    axis: { title: chart.xTitle, labelAngle: 0 },
  };
  const xOffset = { field: 'series', type: 'nominal' as const, sort: series };
  const y = (field: string) => ({
    field,
    type: 'quantitative' as const,
    scale: { type: 'log' as const, domain: [foot, top], nice: false },
    axis: {
      title: 'minutes per year not available (log scale)',
      values: decades(foot, top),
      format: ',~g',
      gridColor: PAPER.grid,
    },
  });
  const colour = {
    field: 'series',
    type: 'nominal' as const,
    scale: { domain: series, range: [...SERIES_COLOURS] },
    legend: { title: null, orient: 'top' as const, symbolSize: 120 },
  };
  const shape = {
    ...colour,
    scale: { domain: series, range: [...SERIES_SHAPES] },
  };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: PAPER.ground,
    padding: 16,
    width: Math.max(360, categories.length * Math.max(80, series.length * 34)),
    height: 320,
    title: { text: chart.title, subtitle: subtitleOf(chart), anchor: 'start', offset: 12 },
    data: { values: rows },
    layer: [
      ...ninesLayers(foot, top),
      {
        mark: { type: 'rule', strokeWidth: 2 },
        encoding: { x, xOffset, y: y('low'), y2: { field: 'high' }, color: colour },
        transform: [{ filter: 'datum.mean !== null' }],
      },
      {
        mark: { type: 'point', filled: true, size: 80, opacity: 1 },
        encoding: {
          x,
          xOffset,
          y: y('mean'),
          color: colour,
          shape,
        },
        transform: [{ filter: 'datum.mean !== null' }],
      },
      {
        mark: { type: 'point', shape: ARROW_DOWN, size: 220, strokeWidth: 2, opacity: 1 },
        encoding: { x, xOffset, y: y('bound'), color: colour },
        transform: [{ filter: 'datum.bound !== null' }],
      },
      {
        mark: { type: 'tick', color: PAPER.ink, thickness: 2, size: 22 },
        encoding: { x, xOffset, y: y('theory') },
        transform: [{ filter: 'datum.theory !== null' }],
      },
    ],
    config: chartConfig(),
  };
}

/** What the marks mean, for those marks that occur. */
function subtitleOf(chart: UnavailabilityChart): string[] {
  const hasTheory = chart.points.some((point) => point.theory !== null);
  const hasBounds = chart.points.some((point) => !(point.minutesPerYear.mean > 0));
  return [
    chart.subtitle,
    `point and bar: measured, with its interval${hasTheory ? '; black line: theory' : ''}`,
    ...(hasBounds ? ['arrow: no outage was seen, at most this'] : []),
  ];
}

/** Thin lines at 99 %, 99.9 %, ... with their names at the right edge. */
function ninesLayers(foot: number, top: number) {
  const values = NINES.filter(({ minutes }) => minutes >= foot && minutes <= top);
  const y = { field: 'minutes', type: 'quantitative' as const };
  return [
    {
      data: { values },
      mark: { type: 'rule' as const, strokeDash: [4, 4], color: PAPER.faintInk, opacity: 0.6 },
      encoding: { y },
    },
    {
      data: { values },
      mark: {
        type: 'text' as const,
        align: 'left' as const,
        dx: 6,
        color: PAPER.faintInk,
        x: 'width' as const,
      },
      encoding: { y, text: { field: 'label' } },
    },
  ];
}

function chartConfig() {
  const text = { labelColor: PAPER.ink, titleColor: PAPER.ink };
  return {
    font: FONT,
    axis: { ...text, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 'normal' as const },
    legend: { ...text, labelFontSize: 12, labelLimit: 0 },
    title: { color: PAPER.ink, subtitleColor: PAPER.faintInk, fontSize: 15, subtitleFontSize: 12 },
    view: { stroke: PAPER.grid },
  };
}
