/** The time axis of a drawing: where a moment lies, and ticks whose labels have room. */

import { formatSeconds } from '../markdown/numbers.js';
import type { Span } from './timeline-data.js';

/** A linear scale from time to pixels. */
export interface TimeAxis extends Span {
  readonly leftPx: number;
  readonly rightPx: number;
}

/** One tick with its label, in seconds. */
export interface Tick {
  readonly x: number;
  readonly label: string;
}

/** The x of a moment, held within the axis. */
export function timeToX(axis: TimeAxis, atUs: number): number {
  const share = (atUs - axis.fromUs) / (axis.toUs - axis.fromUs);
  return axis.leftPx + Math.max(0, Math.min(1, share)) * (axis.rightPx - axis.leftPx);
}

/** Ticks at 1, 2 or 5 times a power of ten seconds, no closer than `closestPx`. */
export function timeTicks(axis: TimeAxis, closestPx: number): Tick[] {
  const usPerPx = (axis.toUs - axis.fromUs) / (axis.rightPx - axis.leftPx);
  const stepUs = niceStep(closestPx * usPerPx);
  const decimals = stepUs >= 1_000_000 ? 0 : stepUs >= 100_000 ? 1 : stepUs >= 10_000 ? 2 : 3;
  const ticks: Tick[] = [];
  for (let step = Math.ceil(axis.fromUs / stepUs); step * stepUs <= axis.toUs; step++) {
    const atUs = step * stepUs;
    ticks.push({ x: timeToX(axis, atUs), label: formatSeconds(atUs, decimals) });
  }
  return ticks;
}

/** The smallest of 1, 2, 5, 10, 20, ... milliseconds that is at least so long. */
function niceStep(atLeastUs: number): number {
  let decadeUs = 1000;
  for (;;) {
    for (const factor of [1, 2, 5]) {
      if (decadeUs * factor >= atLeastUs) {
        return decadeUs * factor;
      }
    }
    decadeUs *= 10;
  }
}
