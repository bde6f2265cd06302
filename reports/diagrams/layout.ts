/**
 * The layout of a space-time diagram: a lane for each host, time running down, a row for each entry.
 *
 * A row belongs to one entry alone: its text stands on the side of its lane that its message does not come from, the
 * message's label on the other side, beneath the arrow. So no text can lie on another; lines run under the text.
 */
import { inSeconds, type Story, type StoryEntry, type StoryMoment } from '../../scenarios/index.js';
import { boxOf, widthOf, wrapped, type TextBox } from './text-box.js';

/** Sizes in pixels. */
export const SIZES = {
  margin: 16,
  timeColumn: 84,
  font: 11,
  smallFont: 10,
  titleFont: 15,
  gap: 12,
} as const;

export interface LaneLine {
  readonly host: number;
  readonly x: number;
}

/** A point on a lane. */
export interface Knot {
  readonly x: number;
  readonly y: number;
  readonly entry: StoryEntry;
}

export interface Arrow {
  readonly fromX: number;
  readonly fromY: number;
  readonly toX: number;
  readonly toY: number;
  readonly isFocus: boolean;
}

/** A coloured band over the whole width, or a box about what is wrong. */
export interface Band {
  readonly y: number;
  readonly height: number;
  readonly look: 'fault' | 'alarm' | 'gap';
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly top: number;
  readonly bottom: number;
  readonly lanes: readonly LaneLine[];
  readonly knots: readonly Knot[];
  readonly arrows: readonly Arrow[];
  readonly bands: readonly Band[];
  readonly texts: readonly TextBox[];
  /** Where a moment lies. */
  readonly yOf: (moment: StoryMoment) => number;
}

/** A row: an entry, or a sending that no entry tells. */
interface Row extends StoryMoment {
  readonly host: number;
  readonly entry: StoryEntry | null;
}

/** Where a row lies: its knot, and where an arrow leaves it. */
interface Placed extends StoryMoment {
  readonly row: Row;
  readonly y: number;
  readonly exitY: number;
}

interface Draft {
  readonly story: Story;
  readonly column: number;
  readonly width: number;
  readonly xOf: ReadonlyMap<number, number>;
  readonly placed: Placed[];
  readonly knots: Knot[];
  readonly arrows: Arrow[];
  readonly bands: Band[];
  readonly texts: TextBox[];
  y: number;
}

/** Rows further apart than this have a gap drawn between them. */
const GAP_US = 1_000_000;

/** Lays a story out. */
export function layOut(story: Story): Layout {
  const count = Math.max(1, story.lanes.length);
  const column = count <= 3 ? 250 : count === 4 ? 235 : count === 5 ? 220 : 205;
  const left = SIZES.margin + SIZES.timeColumn + column;
  const width = left + column * count + SIZES.margin;
  const xOf = new Map(story.lanes.map(({ host }, index) => [host, left + index * column]));
  const draft: Draft = {
    story,
    column,
    width,
    xOf,
    placed: [],
    knots: [],
    arrows: [],
    bands: [],
    texts: [],
    y: SIZES.margin,
  };
  placeHead(draft);
  const top = draft.y;
  draft.y += 8;
  let before: Row | null = null;
  for (const row of rowsOf(story)) {
    if (before !== null) placeGap(draft, row.atUs - before.atUs);
    placeRow(draft, row);
    before = row;
  }
  const { placed, knots, arrows, bands, texts } = draft;
  const lanesEnd = bands.find(({ look }) => look === 'alarm')?.y ?? draft.y;
  return {
    width,
    height: draft.y,
    top,
    bottom: lanesEnd,
    lanes: story.lanes.map(({ host }) => ({ host, x: xOf.get(host)! })),
    knots,
    arrows,
    bands,
    texts,
    yOf: (moment) => momentY(placed, moment, top, lanesEnd),
  };
}

/** Entries, and sendings that have no row of their own yet, in order of time. */
function rowsOf(story: Story): Row[] {
  const rows: Row[] = story.entries.map((entry) => ({
    atUs: entry.atUs,
    step: entry.step,
    host: entry.host,
    entry,
  }));
  for (const { message } of story.entries) {
    if (message === null) continue;
    const { from: host, sentStep: step, sentAtUs: atUs } = message;
    if (!rows.some((row) => isSending(row, message))) rows.push({ atUs, step, host, entry: null });
  }
  return rows.sort(
    (a, b) =>
      a.atUs - b.atUs || a.step - b.step || Number(a.entry !== null) - Number(b.entry !== null),
  );
}

function isSending(
  row: Row,
  { from, sentStep, sentAtUs }: NonNullable<StoryEntry['message']>,
): boolean {
  return row.host === from && row.step === sentStep && row.atUs === sentAtUs;
}

function placeHead(draft: Draft): void {
  const { story, width, column, texts } = draft;
  const room = width - 2 * SIZES.margin;
  const title = `${story.scenario}, seed ${String(story.seed)}: ${story.headline}`;
  const about = `${story.subject ?? 'the quorum of controllers'}; time runs down, not to scale`;
  for (const [content, fontSize, look] of [
    [title, SIZES.titleFont, 'title'],
    [about, SIZES.font, 'faint'],
  ] as const) {
    const lines = wrapped(content, fontSize, room);
    const box = boxOf(lines, { x: SIZES.margin, y: draft.y, fontSize, look });
    texts.push(box);
    draft.y += box.height + 4;
  }
  draft.y += 8;
  let height = 0;
  for (const { host, name } of story.lanes) {
    const lines = wrapped(name, SIZES.font, column - 24);
    const lineWidth = Math.max(...lines.map((line) => widthOf(line, SIZES.font)));
    const x = draft.xOf.get(host)! - lineWidth / 2;
    const box = boxOf(lines, { x, y: draft.y, fontSize: SIZES.font, look: 'strong' });
    texts.push(box);
    height = Math.max(height, box.height);
  }
  draft.y += height + 6;
}

function placeGap(draft: Draft, us: number): void {
  if (us < GAP_US) return;
  const seconds = Math.floor(us / 100_000) / 10;
  draft.bands.push({ y: draft.y + 8, height: 0, look: 'gap' });
  const lines = [`... ${String(seconds)} s`];
  const place = {
    x: SIZES.margin,
    y: draft.y + 1,
    fontSize: SIZES.smallFont,
    look: 'faint',
  } as const;
  draft.texts.push(boxOf(lines, place));
  draft.y += 18;
}

function placeRow(draft: Draft, row: Row): void {
  const { entry, atUs, step } = row;
  if (entry === null) {
    draft.placed.push({ atUs, step, row, y: draft.y + 4, exitY: draft.y + 4 });
    draft.y += 10;
    return;
  }
  const place = { x: SIZES.margin, y: draft.y, fontSize: SIZES.smallFont, look: 'faint' } as const;
  draft.texts.push(boxOf([inSeconds(atUs)], place));
  if (entry.kind === 'violation' || entry.kind === 'pending') placeEnd(draft, row, entry);
  else if (entry.host < 0) placeFault(draft, row, entry);
  else placeEntry(draft, row, entry);
}

function placeEntry(draft: Draft, row: Row, entry: StoryEntry): void {
  const x = draft.xOf.get(entry.host)!;
  const y = draft.y + 7;
  const fromLeft = entry.message === null || draft.xOf.get(entry.message.from)! < x;
  const room = draft.column - 26;
  const lines = entry.texts.flatMap((text) => wrapped(text, SIZES.font, room));
  const small = entry.state === '' ? [] : wrapped(entry.state, SIZES.smallFont, room);
  const body = boxOf(lines, { x: 0, y: draft.y, fontSize: SIZES.font, look: 'plain' });
  const foot = boxOf(small, {
    x: 0,
    y: draft.y + body.height,
    fontSize: SIZES.smallFont,
    look: 'faint',
  });
  for (const box of [body, foot]) {
    if (box.lines.length === 0) continue;
    draft.texts.push(
      fromLeft ? { ...box, x: x + 13 } : { ...box, x: x - 13 - box.width, anchor: 'end' },
    );
  }
  const labelHeight = placeMessage(draft, entry, { x, y, fromLeft });
  const height = Math.max(body.height + foot.height, labelHeight);
  draft.knots.push({ x, y, entry });
  draft.placed.push({ atUs: row.atUs, step: row.step, row, y, exitY: draft.y + height + 2 });
  draft.y += height + SIZES.gap;
}

/** The arrow and its label; returns the height that they take from the top of the row. */
function placeMessage(
  draft: Draft,
  { message, isFocus }: StoryEntry,
  at: { readonly x: number; readonly y: number; readonly fromLeft: boolean },
): number {
  if (message === null) return 0;
  const sender = draft.placed.find(({ row }) => isSending(row, message));
  const fromX = draft.xOf.get(message.from)!;
  if (sender !== undefined) {
    const { x: toX, y: toY } = at;
    draft.arrows.push({ fromX, fromY: sender.exitY, toX, toY, isFocus });
  }
  const lines = wrapped(message.label, SIZES.smallFont, draft.column - 30);
  const y = at.y + 5;
  const box = boxOf(lines, { x: 0, y, fontSize: SIZES.smallFont, look: 'label' });
  draft.texts.push(
    at.fromLeft ? { ...box, x: at.x - 12 - box.width, anchor: 'end' } : { ...box, x: at.x + 12 },
  );
  return 12 + box.height;
}

function placeFault(draft: Draft, row: Row, entry: StoryEntry): void {
  const x = SIZES.margin + SIZES.timeColumn;
  const room = draft.width - x - SIZES.margin;
  const prefix = entry.kind === 'fault-over' ? '' : 'fault: ';
  const lines = entry.texts.flatMap((text) => wrapped(`${prefix}${text}`, SIZES.font, room));
  const box = boxOf(lines, { x, y: draft.y, fontSize: SIZES.font, look: 'strong' });
  draft.texts.push(box);
  draft.bands.push({ y: draft.y - 3, height: box.height + 6, look: 'fault' });
  const y = draft.y + 7;
  draft.placed.push({ atUs: row.atUs, step: row.step, row, y, exitY: y });
  draft.y += box.height + SIZES.gap;
}

function placeEnd(draft: Draft, row: Row, entry: StoryEntry): void {
  const x = draft.xOf.get(entry.host);
  const y = draft.y + 7;
  if (x !== undefined) {
    const from = entry.message === null ? undefined : draft.xOf.get(entry.message.from);
    const labelHeight = placeMessage(draft, entry, { x, y, fromLeft: (from ?? 0) < x });
    draft.knots.push({ x, y, entry });
    draft.y += Math.max(20, labelHeight + 6);
  }
  draft.placed.push({ atUs: row.atUs, step: row.step, row, y, exitY: y });
  const left = SIZES.margin + 8;
  const room = draft.width - 2 * left;
  const top = draft.y;
  draft.y += 6;
  for (const [index, text] of entry.texts.entries()) {
    const look = index === 0 ? 'alarm' : 'plain';
    const fontSize = index === 0 ? 13 : SIZES.font;
    const box = boxOf(wrapped(text, fontSize, room), { x: left, y: draft.y, fontSize, look });
    draft.texts.push(box);
    draft.y += box.height + 4;
  }
  draft.bands.push({ y: top, height: draft.y - top + 4, look: 'alarm' });
  draft.y += 8 + SIZES.gap;
}

function momentY(
  placed: readonly Placed[],
  { atUs, step }: StoryMoment,
  top: number,
  bottom: number,
): number {
  const next = placed.find((each) => each.atUs > atUs || (each.atUs === atUs && each.step >= step));
  if (next === undefined) return bottom;
  const isExact = next.atUs === atUs && next.step === step;
  return isExact ? next.y : Math.max(top, next.y - 9);
}
