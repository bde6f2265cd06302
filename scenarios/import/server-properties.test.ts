import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatProblem } from '../language/problem.js';
import { parseProperties } from './server-properties.js';

function pairs(text: string): [string, string][] {
  const parsed = parseProperties(text, 'x.properties');
  expect(parsed.problems.map(formatProblem)).toEqual([]);
  return parsed.properties.map(({ key, value }) => [key, value]);
}

describe('parseProperties', () => {
  it.each<[string, [string, string][]]>([
    ['a=1', [['a', '1']]],
    ['a:1', [['a', '1']]],
    ['a 1', [['a', '1']]],
    ['a\t=\f: 1', [['a', ': 1']]],
    ['a = = 1', [['a', '= 1']]],
    ['a', [['a', '']]],
    ['a=', [['a', '']]],
    ['=1', [['', '1']]],
    ['  a = 1  ', [['a', '1  ']]],
    ['# a=1\n ! b=2\n\n  \t\nc=3', [['c', '3']]],
    [
      'a=1\r\nb=2\rc=3',
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ],
    ],
    // A comment does not go on, and within a value # and ! are nothing special.
    ['# a \\\nb=1', [['b', '1']]],
    ['a=1#2!3', [['a', '1#2!3']]],
    // Continued lines lose their indentation, and are never comments.
    ['a=1,\\\n   2,\\\r\n\t3', [['a', '1,2,3']]],
    ['a=1\\\n#2', [['a', '1#2']]],
    [
      'a=1\\\n\nb=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['a\\\n=1', [['a', '1']]],
    [
      'a=1\\\\\nb=2',
      [
        ['a', '1\\'],
        ['b', '2'],
      ],
    ],
    ['a=1\\\\\\\n2', [['a', '1\\2']]],
    ['a=1\\', [['a', '1']]],
    ['\\\n# x\na=1', [['a', '1']]],
    ['\\\na=1', [['a', '1']]],
    ['\\\n\na=1', [['a', '1']]],
    // Escapes.
    ['a\\ b\\=c\\:d=1', [['a b=c:d', '1']]],
    ['a=\\t\\n\\r\\f\\q\\"\\\\', [['a', '\t\n\r\fq"\\']]],
    ['\\u0061=\\u00e9\\uD83D\\uDE00', [['a', 'é😀']]],
    ['a=\\\\u00e9', [['a', '\\u00e9']]],
    ['a=\\ 1', [['a', ' 1']]],
    ['\\#a=1', [['#a', '1']]],
    ['a=\\u00\\\n41', [['a', 'A']]],
    [
      'a=1\na=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
  ])('%j', (text, expected) => {
    expect(pairs(text)).toEqual(expected);
  });

  it.each([
    [
      'a=1\nb = x\\u12',
      'x.properties:2:6: broken escape "\\u12": \\u needs four hexadecimal digits',
    ],
    ['a=\\u12G4', 'x.properties:1:3: broken escape "\\u12G4": \\u needs four hexadecimal digits'],
    ['a\\u=1', 'x.properties:1:2: broken escape "\\u": \\u needs four hexadecimal digits'],
    [
      'a=1,\\\n  \\uxyz',
      'x.properties:2:3: broken escape "\\uxyz": \\u needs four hexadecimal digits',
    ],
  ])('%j has a broken escape', (text, message) => {
    expect(parseProperties(text, 'x.properties').problems.map(formatProblem)).toEqual([message]);
  });

  it('keeps where keys and values stood', () => {
    const text = '# c\n  num.io.threads = \\\n    8\nempty=\n';
    const [threads, empty] = parseProperties(text, 'x').properties;
    expect(threads).toMatchObject({
      keyPosition: { line: 2, column: 3 },
      valuePosition: { line: 3, column: 5 },
    });
    expect(empty).toMatchObject({
      keyPosition: { line: 4, column: 1 },
      valuePosition: { line: 4, column: 7 },
    });
  });

  it('reads back whatever was escaped', () => {
    const text = fc.string({ unit: 'binary', maxLength: 20 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, text)),
        fc.infiniteStream(fc.nat(5)),
        (entries, style) => {
          const file = entries
            .map(([key, value]) => `${escape(key, style, true)}=${escape(value, style, false)}\n`)
            .join('# between\n\n');
          expect(pairs(file)).toEqual(entries);
        },
      ),
    );
  });
});

/** Writes a string as a properties file may: escapes where needed, and elsewhere as it likes. */
function escape(text: string, style: Iterator<number>, isKey: boolean): string {
  let escaped = '';
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index);
    const choice = style.next().value as number;
    const needed = /[\\\s=:#!]/.test(char) || char < ' ' || (isKey && index === 0);
    if (choice === 0 && index > 0) escaped += '\\\n  \t';
    if (/[\t\n\r\f]/.test(char)) {
      escaped += { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\f': '\\f' }[char] ?? '';
    } else if (choice === 1 || /\s/.test(char) || char < ' ') {
      escaped += `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
    } else if (needed && !/[tnrfu]/.test(char)) {
      escaped += `\\${char}`;
    } else {
      escaped += char;
    }
  }
  return escaped;
}
