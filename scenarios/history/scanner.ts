/** A text that is read from front to back, and errors that say where it went wrong. */
import { positionAt, type Position } from '../language/problem.js';

/** What is wrong with the text of a history, and where. */
export class HistoryTextError extends Error {
  override readonly name = 'HistoryTextError';

  constructor(
    message: string,
    readonly position: Position,
  ) {
    super(message);
  }
}

/** How deep lists and maps may lie in one another. */
export const NESTING_MAX = 200;

/** Escapes of strings that EDN and JSON have in common, but for `\\u`. */
export const STRING_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['b', '\b'],
  ['f', '\f'],
  ['"', '"'],
  ['\\', '\\'],
]);

const QUOTE = 34;
const BACKSLASH = 92;

/** How a language writes strings. */
export interface StringSyntax {
  readonly language: string;
  readonly escapes: ReadonlyMap<string, string>;
  /** The smallest code unit that may stand for itself. */
  readonly firstPlain: number;
}

/** What readers of EDN and JSON share: a place in a text. */
export class Scanner {
  at = 0;
  private depth = 0;

  constructor(readonly text: string) {}

  /** The code unit at the present place, or NaN at the end. */
  code(): number {
    return this.text.charCodeAt(this.at);
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Throws an error that points at an offset of the text. */
  fail(message: string, offset = this.at): never {
    throw new HistoryTextError(message, positionAt(this.text, offset));
  }

  /** Enters a bracket; throws where brackets lie too deep. */
  descend(): void {
    if (++this.depth > NESTING_MAX) this.fail(`more than ${NESTING_MAX} brackets in one another`);
  }

  ascend(): void {
    this.depth--;
  }

  /** What stands here, for messages. */
  here(): string {
    return this.isAtEnd ? 'the end of the text' : JSON.stringify(this.text.charAt(this.at));
  }

  /** The string whose quotation mark stands here. */
  protected string(syntax: StringSyntax): string {
    const opened = this.at++;
    let result = '';
    let from = this.at;
    for (;;) {
      const code = this.code();
      if (code === QUOTE) {
        result += this.text.slice(from, this.at++);
        return result;
      }
      if (code === BACKSLASH) {
        result += this.text.slice(from, this.at) + this.escape(syntax);
        from = this.at;
      } else if (this.isAtEnd) this.fail('this string is never closed', opened);
      else if (code < syntax.firstPlain) {
        this.fail('a control character in a string must be escaped');
      } else this.at++;
    }
  }

  private escape({ language, escapes }: StringSyntax): string {
    const start = this.at++;
    const letter = this.text.charAt(this.at++);
    if (letter === 'u') return this.unicodeEscape();
    return escapes.get(letter) ?? this.fail(`\\${letter} is no escape of ${language}`, start);
  }

  /** Four hexadecimal digits after `\u`, as the character that they name. */
  unicodeEscape(): string {
    const digits = this.text.slice(this.at, this.at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail(String.raw`\u needs four hexadecimal digits`);
    this.at += 4;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }
}

/** An integer as a number where a double holds it exactly. */
export function integerOf(digits: string): number | bigint {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt(digits);
}
