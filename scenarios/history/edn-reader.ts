/**
 * Reads EDN (https://github.com/edn-format/edn), as far as histories have it.
 *
 * Tags are dropped and what they tag is kept: `#jepsen.history.Op{...}` reads as the map. So is metadata (`^...`).
 * Comments (`;` and `#_`) are skipped. Ratios are refused.
 */
import { FormMap, Keyword, Word, type Form } from './form.js';
import { integerOf, Scanner, STRING_ESCAPES, type StringSyntax } from './scanner.js';

const CODE = {
  tab: 9,
  newline: 10,
  carriageReturn: 13,
  space: 32,
  quote: 34,
  hash: 35,
  open: 40,
  close: 41,
  comma: 44,
  minus: 45,
  zero: 48,
  nine: 57,
  colon: 58,
  semicolon: 59,
  openVector: 91,
  backslash: 92,
  closeVector: 93,
  caret: 94,
  underscore: 95,
  openMap: 123,
  closeMap: 125,
} as const;

const NAMED_CHARACTERS: ReadonlyMap<string, string> = new Map([
  ['newline', '\n'],
  ['return', '\r'],
  ['space', ' '],
  ['tab', '\t'],
]);

const STRINGS: StringSyntax = { language: 'EDN', escapes: STRING_ESCAPES, firstPlain: 0 };

export class EdnReader extends Scanner {
  /** Keywords are few and repeat: each is made once. */
  private readonly keywords = new Map<string, Keyword>();

  /** Skips blanks, commas and comments. */
  skipBlanks(): void {
    while (!this.isAtEnd) {
      const code = this.code();
      if (isBlank(code)) this.at++;
      else if (code === CODE.semicolon) this.skipLine();
      else if (code === CODE.hash && this.text.charCodeAt(this.at + 1) === CODE.underscore) {
        this.at += 2;
        this.readWithin();
      } else return;
    }
  }

  /** True where a list or vector begins here; it is entered. */
  enterSequence(): boolean {
    const code = this.code();
    if (code !== CODE.open && code !== CODE.openVector) return false;
    this.at++;
    return true;
  }

  /** True where the sequence that was entered ends here; it is left. */
  leaveSequence(): boolean {
    const code = this.code();
    if (code !== CODE.close && code !== CODE.closeVector) return false;
    this.at++;
    return true;
  }

  /** Reads the next form. Throws where there is none. */
  read(): Form {
    this.skipBlanks();
    if (this.isAtEnd) this.fail('the text ends where a value should be');
    switch (this.code()) {
      case CODE.openVector:
        return this.sequence(CODE.closeVector);
      case CODE.open:
        return this.sequence(CODE.close);
      case CODE.openMap:
        return this.map();
      case CODE.quote:
        return this.string(STRINGS);
      case CODE.colon:
        return this.keyword();
      case CODE.hash:
        return this.dispatch();
      case CODE.backslash:
        return this.character();
      case CODE.caret:
        return this.withMetadata();
      case CODE.close:
      case CODE.closeVector:
      case CODE.closeMap:
        return this.fail(`${this.here()} closes nothing`);
      default:
        return this.atom();
    }
  }

  private sequence(closing: number): readonly Form[] {
    const opened = this.at++;
    const items: Form[] = [];
    this.descend();
    for (;;) {
      this.skipBlanks();
      if (this.isAtEnd) this.fail('this bracket is never closed', opened);
      if (this.code() === closing) break;
      items.push(this.read());
    }
    this.ascend();
    this.at++;
    return items;
  }

  private map(): FormMap {
    const opened = this.at;
    const items = this.sequence(CODE.closeMap);
    if (items.length % 2 !== 0) this.fail('a map has a key without a value', opened);
    const keys: Form[] = [];
    const values: Form[] = [];
    for (let index = 0; index < items.length; index += 2) {
      keys.push(items[index] ?? null);
      values.push(items[index + 1] ?? null);
    }
    return new FormMap(keys, values);
  }

  private keyword(): Keyword {
    const start = this.at++;
    const name = this.token();
    if (name === '') this.fail('a keyword has no name', start);
    let keyword = this.keywords.get(name);
    if (keyword === undefined) {
      keyword = new Keyword(name);
      this.keywords.set(name, keyword);
    }
    return keyword;
  }

  /** What begins with `#`: sets, tags, `##Inf`, and the strings of regular expressions. */
  private dispatch(): Form {
    const start = this.at++;
    const code = this.code();
    if (code === CODE.openMap) return this.sequence(CODE.closeMap);
    if (code === CODE.quote) return this.string(STRINGS);
    if (code === CODE.hash) {
      this.at++;
      const name = this.token();
      if (name === 'Inf') return Number.POSITIVE_INFINITY;
      if (name === '-Inf') return Number.NEGATIVE_INFINITY;
      if (name === 'NaN') return Number.NaN;
      this.fail(`##${name} is no value of EDN`, start);
    }
    if (this.token() === '') this.fail('a tag has no name', start);
    return this.readWithin();
  }

  private withMetadata(): Form {
    this.at++;
    this.readWithin();
    return this.readWithin();
  }

  /** Tags, metadata and discards can nest as brackets do. */
  private readWithin(): Form {
    this.descend();
    const form = this.read();
    this.ascend();
    return form;
  }

  private character(): string {
    const start = this.at++;
    const first = this.text.charAt(this.at++);
    if (first === '') this.fail('a character is missing', start);
    const name = first + this.token();
    if (name.length === 1) return name;
    if (/^u[0-9a-fA-F]{4}$/.test(name))
      return String.fromCharCode(Number.parseInt(name.slice(1), 16));
    return NAMED_CHARACTERS.get(name) ?? this.fail(`\\${name} is no character of EDN`, start);
  }

  /** `nil`, `true`, `false`, a number or a word. */
  private atom(): Form {
    const start = this.at;
    const small = this.smallInteger();
    if (small >= 0) return small;
    const token = this.token();
    const first = token.charCodeAt(0);
    const second = token.charCodeAt(1);
    if (isDigit(first) || ((first === CODE.minus || token.startsWith('+')) && isDigit(second)))
      return this.number(token, start);
    if (token === 'nil') return null;
    if (token === 'true') return true;
    if (token === 'false') return false;
    if (token === '') this.fail(`${this.here()} begins no value of EDN`);
    return new Word(token);
  }

  /** Most of a history is integers from 0 on of a few digits: those at once. -1, and nothing taken, for all else. */
  private smallInteger(): number {
    const { text, at } = this;
    let value = 0;
    let end = at;
    for (; end - at < 15; end++) {
      const code = text.charCodeAt(end);
      if (!isDigit(code)) break;
      value = value * 10 + code - CODE.zero;
    }
    if (end === at || (end < text.length && !endsToken(text.charCodeAt(end)))) return -1;
    this.at = end;
    return value;
  }

  private number(token: string, start: number): number | bigint {
    if (/^[-+]?\d+N?$/.test(token)) return integerOf(token.replace(/^\+/, '').replace('N', ''));
    if (/^[-+]?\d+(\.\d*)?([eE][-+]?\d+)?M?$/.test(token)) return Number(token.replace('M', ''));
    if (/^[-+]?0x[0-9a-fA-F]+$/.test(token)) return integerOf(String(Number(token)));
    return this.fail(`"${token}" is no number of EDN`, start);
  }

  private token(): string {
    const start = this.at;
    while (!this.isAtEnd && !endsToken(this.code())) this.at++;
    return this.text.slice(start, this.at);
  }

  private skipLine(): void {
    const end = this.text.indexOf('\n', this.at);
    this.at = end < 0 ? this.text.length : end + 1;
  }
}

function isBlank(code: number): boolean {
  return (
    code === CODE.space ||
    code === CODE.newline ||
    code === CODE.comma ||
    code === CODE.carriageReturn ||
    code === CODE.tab
  );
}

function isDigit(code: number): boolean {
  return code >= CODE.zero && code <= CODE.nine;
}

function endsToken(code: number): boolean {
  if (isBlank(code)) return true;
  switch (code) {
    case CODE.quote:
    case CODE.semicolon:
    case CODE.open:
    case CODE.close:
    case CODE.openVector:
    case CODE.closeVector:
    case CODE.openMap:
    case CODE.closeMap:
    case CODE.backslash:
      return true;
    default:
      return false;
  }
}
