/**
 * Numbers in words: the same characters on every machine, no locale, no more digits than are known.
 *
 * The digits of a measured figure follow its interval: the half width is shown to two digits and the
 * figure to the same place.
 */

import type { Estimate } from '../statistics/estimate.js';

/** Minutes of a mean year of 365.25 days. */
export const MINUTES_PER_YEAR = 525_960;

/** Most decimals that are ever printed. */
const MOST_DECIMALS = 12;

/** A fixed number of decimals, thousands apart: `12,345.60`. Never `-0`. */
export function formatFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) {
    return value > 0 ? 'infinite' : value < 0 ? '-infinite' : 'unknown';
  }
  if (Math.abs(value) >= 1e15) {
    return String(value);
  }
  const text = Math.abs(value).toFixed(decimals);
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const isZero = !/[1-9]/.test(text);
  const sign = value < 0 && !isZero ? '-' : '';
  return sign + grouped + (fraction === undefined ? '' : `.${fraction}`);
}

/** So many significant digits, never as a power of ten: `0.0123`, `4.57`, `12,300`. */
export function formatSignificant(value: number, digits = 3): string {
  if (value === 0 || !Number.isFinite(value)) {
    return formatFixed(value, 0);
  }
  const rounded = Number(value.toPrecision(digits));
  return formatFixed(rounded, decimalsFor(rounded, digits));
}

/** How many decimals show `digits` significant digits of a value. */
function decimalsFor(value: number, digits: number): number {
  const exponent = Number(value.toExponential(digits - 1).split('e')[1]);
  return Math.min(MOST_DECIMALS, Math.max(0, digits - 1 - exponent));
}

/** Decimals that suit an interval: two digits of its half width, none if it has no width. */
function decimalsOf(estimate: Estimate): number | null {
  const halfWidth = (estimate.high - estimate.low) / 2;
  return halfWidth > 0 && Number.isFinite(halfWidth) ? decimalsFor(halfWidth, 2) : null;
}

/** A figure with its interval: `12.34 (12.01 to 12.67)`; without width the figure alone. */
export function formatEstimate(estimate: Estimate): string {
  const decimals = decimalsOf(estimate);
  if (decimals === null) {
    return formatSignificant(estimate.mean, 6);
  }
  if (estimate.mean === 0 && estimate.low === 0) {
    return `none seen, at most ${formatSignificant(estimate.high, 2)}`;
  }
  const [mean, low, high] = [estimate.mean, estimate.low, estimate.high].map((value) =>
    formatFixed(value, decimals),
  );
  return `${mean ?? ''} (${low ?? ''} to ${high ?? ''})`;
}

/** A share as percent with its interval: `99.123 % (99.101 to 99.145)`. */
export function formatPercent(share: Estimate): string {
  const { mean, low, high, confidence } = share;
  const percent = { mean: mean * 100, low: low * 100, high: high * 100, confidence };
  const decimals = decimalsOf(percent);
  if (decimals === null) {
    return `${formatSignificant(percent.mean, 8)} %`;
  }
  const text = (value: number): string => formatFixed(value, decimals);
  if (mean === 1) {
    return `no outage seen, at least ${formatFixed(floorAt(percent.low, decimals), decimals)} %`;
  }
  return `${text(percent.mean)} % (${text(percent.low)} to ${text(percent.high)})`;
}

/** Rounded down: a bound must not become better by rounding. */
function floorAt(value: number, decimals: number): number {
  const rounded = Number(value.toFixed(decimals));
  if (rounded <= value) {
    return rounded;
  }
  return Number((value - Number(`1e-${String(decimals)}`) / 2).toFixed(decimals));
}

/** A plain share as percent, precise enough to tell it from 100 %: `99.99952 %`. */
export function formatShare(share: number): string {
  const missing = Math.abs(1 - share) * 100;
  const decimals = missing > 0 && missing < 1 ? decimalsFor(missing, 3) : 3;
  return `${formatFixed(share * 100, decimals)} %`;
}

/** An unavailable share of time in minutes per year, with its interval. */
export function minutesPerYear(unavailable: Estimate): Estimate {
  return {
    mean: unavailable.mean * MINUTES_PER_YEAR,
    low: unavailable.low * MINUTES_PER_YEAR,
    high: unavailable.high * MINUTES_PER_YEAR,
    confidence: unavailable.confidence,
  };
}

/** How often a nine stands at the front: `3 nines` for 0.9995, `no nines` for 0.85. */
export function formatNines(available: number): string {
  if (available >= 1) {
    return 'all nines';
  }
  let nines = 0;
  let bound = 0.1;
  // The tolerance keeps 0.999 at three: 1 - 0.999 is a little more than 0.001 in binary.
  while (1 - available <= bound * (1 + 1e-9) && nines < 15) {
    nines++;
    bound /= 10;
  }
  return nines === 0 ? 'no nines' : nines === 1 ? '1 nine' : `${String(nines)} nines`;
}

/** A length of time in the unit that suits it: `850 us`, `3.2 ms`, `8.56 s`, `2.5 h`, `3.2 d`. */
export function formatDuration(us: number): string {
  const units: readonly (readonly [string, number, number])[] = [
    ['us', 1, 1000],
    ['ms', 1000, 1000],
    ['s', 1_000_000, 120],
    ['min', 60_000_000, 120],
    ['h', 3_600_000_000, 48],
    ['d', 86_400_000_000, 1000],
  ];
  for (const [unit, lengthUs, limit] of units) {
    if (Math.abs(us) < lengthUs * limit) {
      return `${trimZeros(formatSignificant(us / lengthUs, 3))} ${unit}`;
    }
  }
  return `${trimZeros(formatSignificant(us / 31_557_600_000_000, 3))} years`;
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** A moment on a timeline in seconds, to the millisecond: `10.000`. */
export function formatSeconds(us: number, decimals = 3): string {
  return formatFixed(us / 1_000_000, decimals);
}
