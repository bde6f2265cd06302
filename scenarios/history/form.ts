/** What a history file is made of, once read: the values of EDN, with those of JSON among them. */

/** `:ok`. */
export class Keyword {
  constructor(readonly name: string) {}
}

/** A bare word that is neither `nil`, `true`, `false` nor a number. */
export class Word {
  constructor(readonly name: string) {}
}

/** A map, its entries in the order of the text. */
export class FormMap {
  constructor(
    readonly keys: readonly Form[],
    readonly values: readonly Form[],
  ) {}

  /** What a keyword or a string of that name maps to; undefined where there is none. The last of several counts. */
  get(name: string): Form | undefined {
    for (let index = this.keys.length - 1; index >= 0; index--) {
      const key = this.keys[index];
      if (key === name || (key instanceof Keyword && key.name === name)) return this.values[index];
    }
    return undefined;
  }
}

/** Lists, vectors and sets are arrays. Integers that a double cannot hold are bigints. */
export type Form =
  null | boolean | number | bigint | string | Keyword | Word | FormMap | readonly Form[];

/** True for lists, vectors and sets. */
export function isSequence(form: Form | undefined): form is readonly Form[] {
  return Array.isArray(form);
}

/** The text of a keyword or a string; null for anything else. */
export function nameOf(form: Form | undefined): string | null {
  if (typeof form === 'string') return form;
  return form instanceof Keyword ? form.name : null;
}

/** The form as EDN. */
export function ednText(form: Form): string {
  if (form === null) return 'nil';
  if (typeof form === 'string') return ednString(form);
  if (form instanceof Keyword) return `:${form.name}`;
  if (form instanceof Word) return form.name;
  if (isSequence(form)) return `[${form.map(ednText).join(' ')}]`;
  if (form instanceof FormMap) {
    const entries = form.keys.map(
      (key, index) => `${ednText(key)} ${ednText(form.values[index] ?? null)}`,
    );
    return `{${entries.join(', ')}}`;
  }
  if (typeof form === 'number' && !Number.isFinite(form)) {
    if (Number.isNaN(form)) return '##NaN';
    return form > 0 ? '##Inf' : '##-Inf';
  }
  return String(form);
}

/** The form as JSON: keywords, words and keys of maps become strings. Entries keep their order, integers their digits. */
export function jsonText(form: Form): string {
  if (form === null || typeof form === 'boolean') return String(form);
  if (typeof form === 'string') return JSON.stringify(form);
  if (typeof form === 'bigint') return String(form);
  if (typeof form === 'number') return JSON.stringify(form);
  if (isSequence(form)) return `[${form.map(jsonText).join(',')}]`;
  if (!(form instanceof FormMap)) return JSON.stringify(form.name);
  const entries = form.keys.map((key, index) => {
    const name = JSON.stringify(nameOf(key) ?? ednText(key));
    return `${name}:${jsonText(form.values[index] ?? null)}`;
  });
  return `{${entries.join(',')}}`;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', String.raw`\"`],
  ['\\', String.raw`\\`],
  ['\n', String.raw`\n`],
  ['\r', String.raw`\r`],
  ['\t', String.raw`\t`],
]);

function ednString(text: string): string {
  return `"${text.replaceAll(/["\\\n\r\t]/g, (character) => ESCAPES.get(character) ?? character)}"`;
}
