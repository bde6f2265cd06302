/** SVG by hand: elements, escaped text, and an estimate of how wide text is. */

/** Attributes of an element; numbers are written to a hundredth of a pixel. */
export type Attributes = Readonly<Record<string, string | number>>;

/** One element; children are written as they are. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const list = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeXml(typeof value === 'number' ? pixels(value) : value)}"`,
  );
  const open = `<${name}${list.join('')}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`;
}

/** A line of text at its baseline. */
export function text(content: string, x: number, y: number, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeXml(content));
}

/** A number for an attribute: at most two decimals, no `-0`. */
function pixels(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return String(rounded === 0 ? 0 : rounded);
}

/** Text for XML. */
function escapeXml(content: string): string {
  return content
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}

/**
 * An upper estimate of a text's width in pixels: wide sans-serif faces need some 0.62 of the size for
 * a letter on average. Layout leaves this much room, so text never overlaps.
 */
export function textWidth(content: string, fontSize: number): number {
  return content.length * fontSize * 0.62;
}

/** Breaks text into lines of at most so many pixels, at spaces; longer words stand alone. */
export function wrapText(content: string, fontSize: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of content.split(' ')) {
    const last = lines[lines.length - 1];
    if (last !== undefined && textWidth(`${last} ${word}`, fontSize) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}
