/** Reads JSON (RFC 8259) value by value, and knows where it is: `JSON.parse` does neither. */
import { FormMap, type Form } from './form.js';
import { integerOf, Scanner, STRING_ESCAPES, type StringSyntax } from './scanner.js';

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;

const STRINGS: StringSyntax = {
  language: 'JSON',
  escapes: new Map([...STRING_ESCAPES, ['/', '/']]),
  firstPlain: 32,
};

export class JsonReader extends Scanner {
  skipBlanks(): void {
    for (;;) {
      const code = this.code();
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.at++;
    }
  }

  /** Takes a character if it comes next. */
  take(character: string): boolean {
    this.skipBlanks();
    if (this.text.charAt(this.at) !== character) return false;
    this.at++;
    return true;
  }

  /** Reads the next value. Throws where there is none. */
  read(): Form {
    this.skipBlanks();
    switch (this.text.charAt(this.at)) {
      case '':
        return this.fail('the text ends where a value should be');
      case '{':
        return this.object();
      case '[':
        return this.array();
      case '"':
        return this.string(STRINGS);
      case 't':
        return this.literal('true', true);
      case 'f':
        return this.literal('false', false);
      case 'n':
        return this.literal('null', null);
      default:
        return this.number();
    }
  }

  private object(): FormMap {
    const opened = this.at++;
    const keys: Form[] = [];
    const values: Form[] = [];
    this.descend();
    if (!this.take('}')) {
      do {
        this.skipBlanks();
        if (this.code() !== 34) this.fail(`a key in quotes is expected, not ${this.here()}`);
        keys.push(this.string(STRINGS));
        if (!this.take(':')) this.fail(`":" is expected, not ${this.here()}`);
        values.push(this.read());
      } while (this.take(','));
      if (!this.take('}')) this.unclosed('}', opened);
    }
    this.ascend();
    return new FormMap(keys, values);
  }

  private array(): readonly Form[] {
    const opened = this.at++;
    const items: Form[] = [];
    this.descend();
    if (!this.take(']')) {
      do items.push(this.read());
      while (this.take(','));
      if (!this.take(']')) this.unclosed(']', opened);
    }
    this.ascend();
    return items;
  }

  private unclosed(closing: string, opened: number): never {
    if (this.isAtEnd) this.fail('this bracket is never closed', opened);
    this.fail(`"," or "${closing}" is expected, not ${this.here()}`);
  }

  private number(): number | bigint {
    NUMBER.lastIndex = this.at;
    const token = NUMBER.exec(this.text)?.[0];
    if (token === undefined) this.fail(`${this.here()} begins no value of JSON`);
    this.at += token.length;
    return /[.eE]/.test(token) ? Number(token) : integerOf(token);
  }

  private literal<T extends Form>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.fail(`${this.here()} begins no value of JSON`);
    this.at += word.length;
    return value;
  }
}
