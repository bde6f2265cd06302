/**
 * A timeline as a drawing: a strip of numbered faults, a lane for each broker, a group of lanes for
 * each partition (one for each replica, then writes and reads), an axis in seconds, a legend, and the
 * list of faults by number.
 *
 * Nothing overlaps: numbers of faults that lie close together go to further rows, labels have a column
 * of their own, and the list of faults is wrapped. Outages are shaded over their partition's group.
 */

import { FONT, PAPER, COLOURS } from './palette.js';
import { element, text, textWidth, wrapText } from './svg.js';
import { checkTimeline, type TimelineData } from './timeline-data.js';
import { brokerName, type Drawing, SIZES } from './timeline-drawing.js';
import { drawBroker, drawPartition } from './timeline-lanes.js';
import {
  drawAxis,
  drawLegend,
  drawMarkLines,
  drawMarkList,
  drawMarks,
} from './timeline-surroundings.js';

const WIDTH = SIZES.width;
const MARGIN = SIZES.margin;
const FONT_SIZE = SIZES.font;

/** Renders a timeline as SVG text. Same data, same bytes. */
export function renderTimelineSvg(data: TimelineData): string {
  checkTimeline(data);
  const labels = [
    ...data.brokers.map((broker) => brokerName(broker.id)),
    ...data.partitions.map((partition) => partition.name),
    '  on broker 99 ',
  ];
  const labelWidth = Math.max(...labels.map((label) => textWidth(label, FONT_SIZE)));
  const drawing: Drawing = {
    axis: {
      fromUs: data.fromUs,
      toUs: data.toUs,
      leftPx: MARGIN + labelWidth + 12,
      rightPx: WIDTH - MARGIN - 10,
    },
    back: [],
    bars: [],
    lines: [],
    front: [],
    y: MARGIN + 16,
  };
  for (const line of wrapText(data.title, 15, WIDTH - 2 * MARGIN)) {
    drawing.front.push(text(line, MARGIN, drawing.y, { 'font-size': 15 }));
    drawing.y += 20;
  }
  drawing.y += 6;
  drawMarks(drawing, data);
  const lanesTop = drawing.y;
  data.brokers.forEach((broker) => {
    drawBroker(drawing, broker);
  });
  data.partitions.forEach((partition) => {
    drawPartition(drawing, partition);
  });
  drawMarkLines(drawing, data, lanesTop);
  drawAxis(drawing, lanesTop);
  drawLegend(drawing);
  drawMarkList(drawing, data);
  return frame(drawing);
}

/** The svg element with its ground, patterns and all that was drawn. */
function frame(drawing: Drawing): string {
  const height = drawing.y + MARGIN;
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width: WIDTH,
    height,
    viewBox: `0 0 ${String(WIDTH)} ${String(Math.round(height * 100) / 100)}`,
    'font-family': FONT,
    'font-size': FONT_SIZE,
    fill: PAPER.ink,
  };
  const ground = element('rect', { width: WIDTH, height, fill: PAPER.ground });
  const patterns = element(
    'defs',
    {},
    hatch('paused', '#ffffff', '#4d4d4d'),
    hatch('elr', '#ffffff', COLOURS.green),
  );
  const lines = [
    patterns,
    ground,
    ...drawing.back,
    ...drawing.bars,
    ...drawing.lines,
    ...drawing.front,
  ];
  return `${element('svg', attributes, '\n', lines.join('\n'), '\n')}\n`;
}

function hatch(id: string, ground: string, ink: string): string {
  return element(
    'pattern',
    {
      id,
      width: 6,
      height: 6,
      patternUnits: 'userSpaceOnUse',
      patternTransform: 'rotate(45)',
    },
    element('rect', { width: 6, height: 6, fill: ground }),
    element('rect', { width: 3, height: 6, fill: ink }),
  );
}
