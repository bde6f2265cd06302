/**
 * A space-time diagram of a causal story as SVG: lanes, knots, arrows, and what is wrong in the accent colour.
 *
 * The ground is opaque and light, so that it reads the same in a dark viewer. The same story gives the same bytes.
 */
import type { Story, StorySpan } from '../../scenarios/index.js';
import { COLOURS, FONT, PAPER } from '../charts/palette.js';
import { element, text } from '../charts/svg.js';
import { layOut, SIZES, type Arrow, type Band, type Knot, type Layout } from './layout.js';
import { baseline, boxOf, wrapped, type TextBox } from './text-box.js';

const LOOKS = {
  title: { fill: PAPER.ink, 'font-weight': 'bold' },
  plain: { fill: PAPER.ink },
  strong: { fill: PAPER.ink, 'font-weight': 'bold' },
  faint: { fill: PAPER.faintInk },
  alarm: { fill: '#a33c00', 'font-weight': 'bold' },
  label: { fill: COLOURS.blue },
} as const;

const BANDS = {
  fault: { fill: '#fdeed0', stroke: 'none' },
  alarm: { fill: '#fde6da', stroke: COLOURS.vermilion },
} as const;

/** Draws a story. */
export function spaceTimeSvg(story: Story): string {
  const layout = layOut(story);
  const legend = legendBoxes(story, layout);
  const height = (legend.at(-1)?.y ?? layout.height) + 16 + SIZES.margin;
  const { width } = layout;
  const parts = [
    element('rect', { width, height, fill: PAPER.ground }),
    ...layout.bands.filter(({ look }) => look === 'fault').map((band) => drawBand(band, width)),
    ...layout.bands.filter(({ look }) => look === 'gap').map((band) => drawGap(band, width)),
    ...layout.lanes.flatMap(({ host, x }) => drawLane(x, host, story, layout)),
    ...layout.bands.filter(({ look }) => look === 'alarm').map((band) => drawBand(band, width)),
    ...layout.arrows.map(drawArrow),
    ...[...layout.texts, ...legend].map((box) => drawGround(box, layout)),
    ...layout.arrows.map(drawHead),
    ...layout.knots.map(drawKnot),
    ...[...layout.texts, ...legend].flatMap(drawText),
  ].filter((part) => part !== '');
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${String(Math.round(width))} ${String(Math.round(height * 100) / 100)}`,
    'font-family': FONT,
    fill: PAPER.ink,
  };
  return `${element('svg', attributes, '\n', parts.join('\n'), '\n')}\n`;
}

function drawBand({ y, height, look }: Band, width: number): string {
  if (look === 'gap') return '';
  const x = SIZES.margin;
  return element('rect', { x, y, width: width - 2 * x, height, rx: 3, ...BANDS[look] });
}

function drawGap({ y }: Band, width: number): string {
  const x1 = SIZES.margin + SIZES.timeColumn;
  return element('line', {
    x1,
    y1: y,
    x2: width - SIZES.margin,
    y2: y,
    stroke: PAPER.grid,
    'stroke-dasharray': '2 5',
  });
}

/** A lane: solid while the process runs, thick while it leads, broken while it is down, dotted while it is paused. */
function drawLane(x: number, host: number, story: Story, layout: Layout): string[] {
  const { top, bottom, yOf } = layout;
  const line = (y1: number, y2: number, look: Record<string, string | number>): string =>
    y2 - y1 < 0.5 ? '' : element('line', { x1: x, y1, x2: x, y2, ...look });
  const extent = ({ from, to }: StorySpan): readonly [number, number] => [
    yOf(from),
    to === null ? bottom : yOf(to),
  ];
  const own = story.spans.filter((span) => span.host === host);
  const leading = own
    .filter(({ state }) => state === 'leader')
    .map((span) => line(...extent(span), { stroke: '#8fc1e3', 'stroke-width': 8 }));
  const away = own
    .filter(({ state }) => state !== 'leader')
    .flatMap((span) => [
      line(...extent(span), { stroke: PAPER.ground, 'stroke-width': 4 }),
      line(...extent(span), {
        stroke: span.state === 'down' ? '#8c8c8c' : COLOURS.orange,
        'stroke-width': 2,
        'stroke-dasharray': span.state === 'down' ? '3 7' : '2 3',
      }),
    ]);
  const whole = line(top, bottom, { stroke: '#4d4d4d', 'stroke-width': 2 });
  return [...leading, whole, ...away];
}

function drawArrow({ fromX, fromY, toX, toY, isFocus }: Arrow): string {
  return element('line', {
    x1: fromX,
    y1: fromY,
    x2: toX,
    y2: toY,
    stroke: isFocus ? COLOURS.vermilion : COLOURS.blue,
    'stroke-width': isFocus ? 1.8 : 1.2,
  });
}

/** The head of an arrow, and a dot where it leaves. */
function drawHead({ fromX, fromY, toX, toY, isFocus }: Arrow): string {
  const length = Math.sqrt((toX - fromX) * (toX - fromX) + (toY - fromY) * (toY - fromY));
  const unit = length === 0 ? 1 : length;
  const [ux, uy] = [(toX - fromX) / unit, (toY - fromY) / unit];
  const tip = [toX - 5 * ux, toY - 5 * uy] as const;
  const base = [tip[0] - 9 * ux, tip[1] - 9 * uy] as const;
  const points = [
    tip,
    [base[0] - 4 * uy, base[1] + 4 * ux] as const,
    [base[0] + 4 * uy, base[1] - 4 * ux] as const,
  ];
  const fill = isFocus ? COLOURS.vermilion : COLOURS.blue;
  const path = points.map(([x, y]) => `${hundredths(x)},${hundredths(y)}`).join(' ');
  return (
    element('polygon', { points: path, fill }) +
    element('circle', { cx: fromX, cy: fromY, r: 2.5, fill })
  );
}

function drawKnot({ x, y, entry }: Knot): string {
  const { kind } = entry;
  if (kind === 'violation' || kind === 'pending') {
    const points = `${hundredths(x)},${hundredths(y - 9)} ${hundredths(x + 9)},${hundredths(y)} ${hundredths(x)},${hundredths(y + 9)} ${hundredths(x - 9)},${hundredths(y)}`;
    return element('polygon', { points, fill: COLOURS.vermilion, stroke: PAPER.ink });
  }
  if (kind === 'died') {
    const path = `M${hundredths(x - 6)} ${hundredths(y - 6)}l12 12m0 -12l-12 12`;
    return element('path', { d: path, stroke: COLOURS.black, 'stroke-width': 3, fill: 'none' });
  }
  const fill = entry.isFocus ? COLOURS.vermilion : PAPER.ink;
  if (kind === 'leads' || kind === 'elected' || kind === 'quorum-leader') {
    return element('rect', { x: x - 5, y: y - 5, width: 10, height: 10, fill: COLOURS.blue });
  }
  return element('circle', { cx: x, cy: y, r: 4.5, fill });
}

/** What lies under text, so that no line crosses it. */
function drawGround(box: TextBox, { bands }: Layout): string {
  const isOnBand = bands.some(
    ({ y, height, look }) => look !== 'gap' && box.y >= y && box.y <= y + height,
  );
  const { x, y, width, height } = box;
  const fill = isOnBand && box.look === 'strong' ? BANDS.fault.fill : PAPER.ground;
  if (isOnBand && box.look !== 'strong') return '';
  return element('rect', { x: x - 2, y: y - 1, width: width + 4, height: height + 1, fill });
}

function drawText(box: TextBox): string[] {
  return box.lines.map((line, index) =>
    text(line, box.anchor === 'end' ? box.x + box.width : box.x, baseline(box, index), {
      'font-size': box.fontSize,
      ...(box.anchor === 'end' ? { 'text-anchor': 'end' } : {}),
      ...LOOKS[box.look],
    }),
  );
}

/** Words under the picture: no sample of a line is needed where the word says how it looks. */
function legendBoxes({ omitted }: Story, { width, height }: Layout): TextBox[] {
  const left =
    omitted > 0 ? ` ${String(omitted)} lesser changes of the causal past are left out.` : '';
  const content = [
    'Thick blue lane: leads, as far as it knows; broken: process down; dotted orange: paused.',
    'Arrow: a message, from its sending to its reading. Cross: the process dies. Square: an election.',
    'Red: the records or offsets that the breach is about. #n: record n; [a,b): offsets a to b-1;',
    'LEO: log end offset; HW: high watermark; metadata HW n: the metadata log is committed up to n.',
  ].join(' ');
  const lines = wrapped(`${content}${left}`, SIZES.smallFont, width - 2 * SIZES.margin);
  let y = height + 6;
  return lines.map((line) => {
    const box = boxOf([line], { x: SIZES.margin, y, fontSize: SIZES.smallFont, look: 'faint' });
    y += box.height;
    return box;
  });
}

function hundredths(value: number): string {
  return String(Math.round(value * 100) / 100);
}
