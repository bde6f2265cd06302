import { describe, expect, it } from 'vitest';

import { readInputText, sizeProblem } from './input-text.js';
import { formatPath, formatProblem, positionAt } from './problem.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('readInputText', () => {
  it('decodes UTF-8 and drops a byte order mark', () => {
    expect(readInputText('x', bytes('\uFEFFname: é 😀 한'), 100)).toEqual({
      ok: true,
      text: 'name: é 😀 한',
    });
  });

  it.each([
    [
      'a lone continuation',
      [0x61, 0x0a, 0x62, 0x80],
      'x:2:2: the file is not UTF-8: byte 0x80 at offset 3',
    ],
    ['Latin-1', [0x63, 0x61, 0x66, 0xe9], 'x:1:4: the file is not UTF-8: byte 0xe9 at offset 3'],
    ['an overlong slash', [0xc0, 0xaf], 'x:1:1: the file is not UTF-8: byte 0xc0 at offset 0'],
    [
      'an overlong form of three',
      [0xe0, 0x80, 0xaf],
      'x:1:1: the file is not UTF-8: byte 0xe0 at offset 0',
    ],
    ['a surrogate', [0xed, 0xa0, 0x80], 'x:1:1: the file is not UTF-8: byte 0xed at offset 0'],
    [
      'past the last code point',
      [0xf4, 0x90, 0x80, 0x80],
      'x:1:1: the file is not UTF-8: byte 0xf4 at offset 0',
    ],
    [
      'an end in the middle',
      [0xf0, 0x9f, 0x98],
      'x:1:1: the file is not UTF-8: byte 0xf0 at offset 0',
    ],
    ['UTF-16', [0xff, 0xfe, 0x61, 0x00], 'x:1:1: the file is not UTF-8: byte 0xff at offset 0'],
  ])('points at %s', (_, content, message) => {
    const read = readInputText('x', Uint8Array.from(content), 100);
    expect(read.ok ? '' : formatProblem(read.problem)).toBe(message);
  });

  it('refuses a file above its limit by size alone', () => {
    const problem = sizeProblem('big.yaml', 200_000_000, 1_048_576);
    expect(problem === null ? '' : formatProblem(problem)).toBe(
      'big.yaml:1:1: the file has 200000000 bytes, above the limit of 1048576 bytes',
    );
    expect(readInputText('x', bytes('abc'), 2).ok).toBe(false);
    expect(sizeProblem('x', 2, 2)).toBeNull();
  });
});

describe('positions and paths', () => {
  it('count lines of all three kinds', () => {
    const text = 'a\r\nb\nc\rd';
    expect(positionAt(text, text.indexOf('d'))).toEqual({ line: 4, column: 1 });
    expect(positionAt(text, text.indexOf('b'))).toEqual({ line: 2, column: 1 });
  });

  it('are written as code', () => {
    expect(formatPath(['topics', 0, 'config', 'min.insync.replicas'])).toBe(
      'topics[0].config["min.insync.replicas"]',
    );
    expect(formatPath([])).toBe('');
  });
});
