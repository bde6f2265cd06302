/** Around the lanes of a timeline: marks of faults, axis, legend, and the list of faults. */

import { formatSeconds } from '../markdown/numbers.js';
import { PAPER } from './palette.js';
import { element, text, textWidth, wrapText } from './svg.js';
import { timeTicks, timeToX } from './time-axis.js';
import type { TimelineData } from './timeline-data.js';
import { type Drawing, type Look, LOOKS, SIZES } from './timeline-drawing.js';

const WIDTH = SIZES.width;
const MARGIN = SIZES.margin;
const FONT_SIZE = SIZES.font;
const MARK_RADIUS = SIZES.markRadius;

/** Numbered marks; those that would touch go to the next row. Rows are filled first to last. */
export function drawMarks(drawing: Drawing, data: TimelineData): void {
  const rowEnds: number[] = [];
  const top = drawing.y;
  data.marks.forEach((mark, index) => {
    const x = timeToX(drawing.axis, mark.atUs);
    const free = rowEnds.findIndex((end) => x - MARK_RADIUS >= end + 2);
    const row = free === -1 ? rowEnds.length : free;
    rowEnds[row] = x + MARK_RADIUS;
    const y = top + row * (2 * MARK_RADIUS + 3) + MARK_RADIUS;
    drawing.front.push(
      element('circle', { cx: x, cy: y, r: MARK_RADIUS, fill: PAPER.ink }),
      text(String(index + 1), x, y + 3.5, {
        'font-size': 10,
        'text-anchor': 'middle',
        fill: PAPER.ground,
      }),
    );
  });
  if (rowEnds.length > 0) {
    drawing.front.push(text('faults', MARGIN, top + MARK_RADIUS + 4));
  }
  drawing.y = top + rowEnds.length * (2 * MARK_RADIUS + 3) + 6;
}

/** Thin lines from the strip of marks down through all lanes. */
export function drawMarkLines(drawing: Drawing, data: TimelineData, top: number): void {
  for (const { atUs } of data.marks) {
    const x = timeToX(drawing.axis, atUs);
    drawing.lines.push(
      element('line', {
        x1: x,
        x2: x,
        y1: top - 4,
        y2: drawing.y,
        stroke: PAPER.ink,
        'stroke-dasharray': '2 3',
        'stroke-opacity': 0.55,
      }),
    );
  }
}

/** Grid lines, the axis, and its labels. */
export function drawAxis(drawing: Drawing, top: number): void {
  const { axis } = drawing;
  const y = drawing.y + 4;
  const widest = textWidth(formatSeconds(axis.toUs, 3), FONT_SIZE);
  for (const tick of timeTicks(axis, widest + 16)) {
    drawing.back.push(
      element('line', { x1: tick.x, x2: tick.x, y1: top, y2: y, stroke: PAPER.grid }),
    );
    drawing.front.push(text(tick.label, tick.x, y + 16, { 'text-anchor': 'middle' }));
  }
  drawing.front.push(
    element('line', { x1: axis.leftPx, x2: axis.rightPx, y1: y, y2: y, stroke: PAPER.ink }),
    text('seconds', MARGIN, y + 16),
  );
  drawing.y = y + 34;
}

const LEGEND: readonly (readonly [Look, string])[] = [
  ['up', 'broker up, or replica in ISR'],
  ['down', 'down'],
  ['paused', 'paused'],
  ['fenced', 'fenced by the controller'],
  ['leader', 'leader'],
  ['elr', 'in ELR'],
  ['out', 'in neither ISR nor ELR'],
  ['write', 'writes stopped'],
  ['read', 'reads stopped'],
];

/** Boxes and their meanings, as many to a row as fit. */
export function drawLegend(drawing: Drawing): void {
  let x = MARGIN;
  for (const [look, meaning] of LEGEND) {
    const width = 22 + textWidth(meaning, FONT_SIZE) + 14;
    if (x + width > WIDTH - MARGIN) {
      x = MARGIN;
      drawing.y += 20;
    }
    const height = look === 'fenced' ? 5 : 12;
    const box = { x, y: drawing.y + 12 - height, width: 16, height, ...LOOKS[look] };
    drawing.front.push(element('rect', box), text(meaning, x + 22, drawing.y + 11));
    x += width;
  }
  drawing.y += 28;
}

/** The marks by number, each with its time, wrapped to the width of the drawing. */
export function drawMarkList(drawing: Drawing, data: TimelineData): void {
  data.marks.forEach((mark, index) => {
    const head = `${String(index + 1)}.  ${formatSeconds(mark.atUs)} s  `;
    const indent = Math.max(110, textWidth(head, FONT_SIZE));
    const lines = wrapText(mark.label, FONT_SIZE, WIDTH - 2 * MARGIN - indent);
    lines.forEach((line, row) => {
      drawing.y += 16;
      if (row === 0) {
        drawing.front.push(text(head.trimEnd(), MARGIN, drawing.y));
      }
      drawing.front.push(text(line, MARGIN + indent, drawing.y));
    });
  });
}
