/** From the bytes of a file to its text: size and encoding, before anything parses it. */
import type { InputProblem } from './problem.js';

/** The text of a file, or why it is refused: it is too large, or not UTF-8. */
export type ReadText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: InputProblem };

/**
 * The problem of a file that is too large, or null. For callers that know the size before they
 * read: a 200 MB file must not be read to be refused.
 */
export function sizeProblem(file: string, bytes: number, limitBytes: number): InputProblem | null {
  if (bytes <= limitBytes) return null;
  return {
    file,
    position: { line: 1, column: 1 },
    path: [],
    message: `the file has ${String(bytes)} bytes, above the limit of ${String(limitBytes)} bytes`,
  };
}

/** Decodes UTF-8 strictly, without a byte order mark; the problem points at the first bad byte. */
export function readInputText(file: string, bytes: Uint8Array, limitBytes: number): ReadText {
  const tooLarge = sizeProblem(file, bytes.length, limitBytes);
  if (tooLarge !== null) return { ok: false, problem: tooLarge };
  const scan = scanUtf8(bytes);
  if (scan.badOffset !== null) {
    const byte = (bytes[scan.badOffset] ?? 0).toString(16).padStart(2, '0');
    return {
      ok: false,
      problem: {
        file,
        position: { line: scan.line, column: scan.column },
        path: [],
        message: `the file is not UTF-8: byte 0x${byte} at offset ${String(scan.badOffset)}`,
      },
    };
  }
  return { ok: true, text: new TextDecoder('utf-8').decode(bytes) };
}

interface Scan {
  readonly badOffset: number | null;
  readonly line: number;
  readonly column: number;
}

/** Walks the bytes up to the first that is no UTF-8 (RFC 3629), counting lines and columns. */
function scanUtf8(bytes: Uint8Array): Scan {
  let line = 1;
  let column = 1;
  let offset = 0;
  while (offset < bytes.length) {
    const length = sequenceLength(bytes, offset);
    if (length === 0) return { badOffset: offset, line, column };
    if (bytes[offset] === 0x0a) {
      line++;
      column = 1;
    } else {
      column += length === 4 ? 2 : 1;
    }
    offset += length;
  }
  return { badOffset: null, line, column };
}

/** Length of the well-formed sequence at `offset`, or 0. */
function sequenceLength(bytes: Uint8Array, offset: number): number {
  const first = bytes[offset] ?? 0;
  if (first < 0x80) return 1;
  const second = bytes[offset + 1] ?? 0;
  const continues = (index: number): boolean => ((bytes[offset + index] ?? 0) & 0xc0) === 0x80;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    if (first === 0xe0 && second < 0xa0) return 0; // overlong
    if (first === 0xed && second > 0x9f) return 0; // surrogate
    return continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    if (first === 0xf0 && second < 0x90) return 0; // overlong
    if (first === 0xf4 && second > 0x8f) return 0; // above U+10FFFF
    return continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}
