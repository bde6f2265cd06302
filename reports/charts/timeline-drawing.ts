/**
 * What the parts of a timeline's drawing share: sizes, looks, bars and labels on a time axis.
 */

import { COLOURS } from './palette.js';
import { element, text } from './svg.js';
import { timeToX, type TimeAxis } from './time-axis.js';
import { clip, type Span } from './timeline-data.js';

/** Sizes in pixels. */
export const SIZES = {
  width: 960,
  margin: 20,
  font: 12,
  smallFont: 11,
  lane: 18,
  laneGap: 6,
  groupGap: 14,
  markRadius: 8,
} as const;

/** How states look. Patterns tell them apart where colours do not. */
export const LOOKS = {
  up: { fill: '#a9d3ee' },
  down: { fill: '#4d4d4d' },
  paused: { fill: 'url(#paused)' },
  fenced: { fill: COLOURS.orange },
  leader: { fill: COLOURS.blue },
  isr: { fill: '#a9d3ee' },
  elr: { fill: 'url(#elr)' },
  out: { fill: '#ffffff', stroke: '#bfbfbf' },
  write: { fill: COLOURS.vermilion },
  read: { fill: '#7a3b69' },
} as const;

/** One of them. */
export type Look = keyof typeof LOOKS;

/** What has been drawn so far, in layers, and where the next lane goes. */
export interface Drawing {
  readonly axis: TimeAxis;
  /** Shades and grid lines. */
  readonly back: string[];
  /** Bars. */
  readonly bars: string[];
  /** Lines over the bars. */
  readonly lines: string[];
  /** Text and marks, above all else. */
  readonly front: string[];
  y: number;
}

/** A bar from one moment to another; a short one is still a pixel and a half wide. */
export function bar(
  drawing: Drawing,
  span: Span,
  look: Look,
  place: { readonly y: number; readonly height: number },
): void {
  const clipped = clip(span, drawing.axis);
  if (clipped === null) {
    return;
  }
  const x = timeToX(drawing.axis, clipped.fromUs);
  const width = Math.max(1.5, timeToX(drawing.axis, clipped.toUs) - x);
  drawing.bars.push(
    element('rect', { x, y: place.y, width, height: place.height, ...LOOKS[look] }),
  );
}

/** A lane's name at its left. */
export function label(drawing: Drawing, content: string, x: number, weight = 'normal'): void {
  drawing.front.push(text(content, x, drawing.y + SIZES.lane - 5, { 'font-weight': weight }));
}

/** How lanes and lists call a broker. */
export function brokerName(id: number): string {
  return `broker ${String(id)}`;
}
