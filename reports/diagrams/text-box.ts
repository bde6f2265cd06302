/** Boxes of text: how a diagram knows that nothing hides anything. */

/** Lines of one size at a place; `x` and `y` are the upper left corner. */
export interface TextBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly string[];
  readonly fontSize: number;
  /** Which edge the lines keep to. */
  readonly anchor?: 'start' | 'end';
  readonly look: 'title' | 'plain' | 'strong' | 'faint' | 'alarm' | 'label';
}

const LINE = 1.25;

/**
 * An upper estimate of a text's width in pixels, for wide faces (DejaVu Sans and Serif): names of error codes are all
 * capitals, which the mean of a text does not foresee.
 */
export function widthOf(content: string, fontSize: number): number {
  let ems = 0;
  for (const character of content) ems += emsOf(character);
  return ems * fontSize;
}

function emsOf(character: string): number {
  if (/[MWmw@%]/.test(character)) return 1.05;
  if (/[A-Z#+<>=~]/.test(character)) return 0.84;
  if (/[ .,:;'|ijlI!]/.test(character)) return 0.4;
  return /[\u0000-\u024f]/.test(character) ? 0.66 : 1.1;
}

/** Height of so many lines. */
export function linesHeight(count: number, fontSize: number): number {
  return count * fontSize * LINE;
}

/** Breaks text at spaces, and words that are too long behind `_`, `,` or anywhere. */
export function wrapped(content: string, fontSize: number, width: number): string[] {
  const pieces = content.split(' ').flatMap((word) => pieceUp(word, fontSize, width));
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines[lines.length - 1];
    if (last !== undefined && widthOf(`${last} ${piece}`, fontSize) <= width)
      lines[lines.length - 1] = `${last} ${piece}`;
    else lines.push(piece);
  }
  return lines;
}

function pieceUp(word: string, fontSize: number, width: number): string[] {
  if (widthOf(word, fontSize) <= width) return [word];
  const most = Math.max(1, Math.floor(width / widthOf('x', fontSize)));
  const head = word.slice(0, most);
  const seam = Math.max(head.lastIndexOf('_'), head.lastIndexOf(','), head.lastIndexOf('-'));
  const cut = seam > 0 ? seam + 1 : most;
  return [word.slice(0, cut), ...pieceUp(word.slice(cut), fontSize, width)];
}

/** A box for lines that were wrapped. */
export function boxOf(
  lines: readonly string[],
  place: Pick<TextBox, 'x' | 'y' | 'fontSize' | 'look'>,
): TextBox {
  const width = Math.max(0, ...lines.map((line) => widthOf(line, place.fontSize)));
  return { ...place, lines, width, height: linesHeight(lines.length, place.fontSize) };
}

/** Baseline of a line of a box. */
export function baseline(box: TextBox, index: number): number {
  return box.y + box.fontSize * (LINE * index + 0.95);
}
