/**
 * Reads a properties file exactly as Java does, keeping where every key and value stood.
 *
 * Source: the format described at `java.util.Properties.load`: comments with `#` and `!`, keys
 * ended by `=`, `:` or white space, lines continued by a backslash, and the escapes `\t`, `\n`,
 * `\r`, `\f`, `\uXXXX`; any other escaped character stands for itself.
 */
import { positionAt, type InputProblem, type Position } from '../language/problem.js';

/** One key of the file, in the order of the file. Java lets the last of several win. */
export interface Property {
  readonly key: string;
  readonly value: string;
  readonly keyPosition: Position;
  /** Where the value begins; the end of the line where it is empty. */
  readonly valuePosition: Position;
}

export interface ParsedProperties {
  readonly properties: readonly Property[];
  readonly problems: readonly InputProblem[];
}

/** A character of a logical line with the place it came from. */
interface Place {
  readonly char: string;
  readonly line: number;
  readonly column: number;
}

/** Parses the text of a properties file. */
export function parseProperties(text: string, fileName: string): ParsedProperties {
  const properties: Property[] = [];
  const problems: InputProblem[] = [];
  for (const { places, end } of logicalLines(text)) {
    const { keyEnd, valueStart } = splitKey(places);
    const key = unescape(places.slice(0, keyEnd), fileName, problems);
    const value = unescape(places.slice(valueStart), fileName, problems);
    if (key === null || value === null) continue;
    properties.push({
      key,
      value,
      keyPosition: positionOf(places[0], end),
      valuePosition: positionOf(places[valueStart], end),
    });
  }
  return { properties, problems };
}

interface LogicalLine {
  readonly places: readonly Place[];
  /** Where the line ends, for values that are empty. */
  readonly end: Position;
}

/** Joins continued lines, drops comments and blank lines. */
function logicalLines(text: string): LogicalLine[] {
  const natural = text.split(/\r\n|\n|\r/);
  const lines: LogicalLine[] = [];
  for (let index = 0; index < natural.length; index++) {
    if (!hasContent(natural[index] ?? '')) continue;
    const places: Place[] = [];
    let end: Position = { line: index + 1, column: 1 };
    for (; index < natural.length; index++) {
      const line = natural[index] ?? '';
      const continued = endsInBackslash(line);
      const stop = continued ? line.length - 1 : line.length;
      for (let column = indentOf(line); column < stop; column++) {
        places.push({ char: line[column] ?? '', line: index + 1, column: column + 1 });
      }
      end = { line: index + 1, column: stop + 1 };
      // Nothing but a backslash so far: the next line is as good as a first one.
      if (!continued || (places.length === 0 && !hasContent(natural[index + 1] ?? ''))) break;
    }
    if (places.length > 0 || endsInLoneBackslash(text, end)) lines.push({ places, end });
  }
  return lines;
}

/** Java makes an empty key of a lone backslash at the very end of a file. */
function endsInLoneBackslash(text: string, end: Position): boolean {
  if (!/(?:^|[\r\n])[ \t\f]*\\[\r\n]?$/.test(text)) return false;
  const body = text.replace(/[\r\n]$/, '');
  return positionAt(body, body.length).line === end.line;
}

function indentOf(line: string): number {
  return line.length - line.replace(/^[ \t\f]+/, '').length;
}

function hasContent(line: string): boolean {
  const first = line[indentOf(line)];
  return first !== undefined && first !== '#' && first !== '!';
}

function endsInBackslash(line: string): boolean {
  const backslashes = /\\*$/.exec(line)?.[0].length ?? 0;
  return backslashes % 2 === 1;
}

/** The key ends at the first `=`, `:` or white space that is not escaped. */
function splitKey(places: readonly Place[]): { keyEnd: number; valueStart: number } {
  let keyEnd = 0;
  while (keyEnd < places.length) {
    const char = places[keyEnd]?.char ?? '';
    if (char === '\\') keyEnd++;
    else if (isSeparator(char) || isBlank(char)) break;
    keyEnd++;
  }
  keyEnd = Math.min(keyEnd, places.length);
  let valueStart = keyEnd;
  let separated = false;
  while (valueStart < places.length) {
    const char = places[valueStart]?.char ?? '';
    if (isSeparator(char) && !separated) separated = true;
    else if (!isBlank(char)) break;
    valueStart++;
  }
  return { keyEnd, valueStart };
}

function isSeparator(char: string): boolean {
  return char === '=' || char === ':';
}

function isBlank(char: string): boolean {
  return char === ' ' || char === '\t' || char === '\f';
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/** The text that escapes stand for, or null after reporting a broken `\u`. */
function unescape(places: readonly Place[], file: string, problems: InputProblem[]): string | null {
  let text = '';
  for (let index = 0; index < places.length; index++) {
    const place = places[index];
    if (place?.char !== '\\') {
      text += place?.char ?? '';
      continue;
    }
    index++;
    const escaped = places[index]?.char ?? '';
    if (escaped !== 'u') {
      text += ESCAPES[escaped] ?? escaped;
      continue;
    }
    const digits = places
      .slice(index + 1, index + 5)
      .map(({ char }) => char)
      .join('');
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
      const position = { line: place.line, column: place.column };
      const message = `broken escape "\\u${digits}": \\u needs four hexadecimal digits`;
      problems.push({ file, position, path: [], message });
      return null;
    }
    text += String.fromCharCode(Number.parseInt(digits, 16));
    index += 4;
  }
  return text;
}

function positionOf(place: Place | undefined, end: Position): Position {
  return place === undefined ? end : { line: place.line, column: place.column };
}
