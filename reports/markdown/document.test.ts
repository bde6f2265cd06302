import { describe, expect, it } from 'vitest';

import {
  code,
  details,
  heading,
  image,
  list,
  paragraph,
  quote,
  renderDocument,
  table,
} from './document.js';

describe('renderDocument', () => {
  it('writes every kind of block', () => {
    const text = renderDocument([
      heading(1, 'Why three brokers?'),
      quote('With three, **one may fail**.'),
      paragraph('Set `min.insync.replicas` to 2;\n  see below.'),
      table(
        ['brokers', 'writes'],
        [
          ['1', '90.9 %'],
          ['3 | more', '97.5 %'],
        ],
        ['right', 'right'],
      ),
      image('chart.svg', 'Unavailability over brokers'),
      list(['one', 'two']),
      list(['first', 'second'], true),
      ...details('How <it> was run', [code('brokerlab why brokers', 'sh')]),
    ]);
    expect(text).toBe(
      [
        '# Why three brokers?',
        '',
        '> With three, **one may fail**.',
        '',
        'Set `min.insync.replicas` to 2; see below.',
        '',
        '|   brokers | writes |',
        '| --------: | -----: |',
        '|         1 | 90.9 % |',
        '| 3 \\| more | 97.5 % |',
        '',
        '![Unavailability over brokers](chart.svg)',
        '',
        '- one',
        '- two',
        '',
        '1. first',
        '2. second',
        '',
        '<details>',
        '<summary>How &lt;it&gt; was run</summary>',
        '',
        '```sh',
        'brokerlab why brokers',
        '```',
        '',
        '</details>',
        '',
      ].join('\n'),
    );
  });

  it('keeps what looks like markup as text, and names readable', () => {
    const text = renderDocument([paragraph('a*b*c <script> NOT_ENOUGH_REPLICAS [x](y) # 1')]);
    expect(text).toBe('a\\*b\\*c \\<script> NOT_ENOUGH_REPLICAS \\[x]\\(y) # 1\n');
  });

  it('refuses rows that do not fit the head', () => {
    expect(() => table(['a', 'b'], [['1']])).toThrow(RangeError);
  });
});
