/** Histories as text: what is read, what is written, and where broken text is broken. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../language/problem.js';
import { checkHistory } from './check-history.js';
import { ednText } from './form.js';
import type { Operation } from './operation.js';
import { historyFormatOf, parseHistory, type HistoryFormat } from './read-history.js';
import { cleanHistory } from './testdata/synthetic-history.js';
import { ednHistory, jsonHistory, jsonLinesHistory } from './write-history.js';

function read(text: string, format: HistoryFormat = 'edn'): readonly Operation[] {
  const parsed = parseHistory(text, format, 'h');
  if (!parsed.ok) throw new Error(formatProblem(parsed.problem));
  return parsed.operations;
}

function problemOf(text: string, format: HistoryFormat = 'edn'): string {
  const parsed = parseHistory(text, format, 'h');
  return parsed.ok ? 'none' : formatProblem(parsed.problem);
}

describe('EDN', () => {
  it("reads what Jepsen's store has: one operation a line, of every kind", () => {
    const operations = read(`
{:type :invoke, :f :subscribe, :value [5 7], :process 1, :time 1000, :index 0}
{:type :ok, :f :subscribe, :value [5 7], :process 1, :time 2000, :index 1}
{:type :info, :f :start-partition, :value [:isolated {"n1" #{"n2" "n3"}}], :process :nemesis, :time 2500, :index 2}
{:type :ok, :f :txn, :value [[:send 5 [12 3]] [:poll {5 [[10 1] [11 2]] 7 []}]], :process 1, :time 3000, :index 3, :rebalance-log [{:keys (5 7), :at 1}]}
{:type :info, :f :send, :value [[:send 7 [nil 4]]], :process 1, :time 4000, :index 4, :error [:timeout "after 5 s"]}
{:type :ok, :f :assign, :value (7), :seek-to-beginning? true, :process 11, :time 5000, :index 5}
`);
    expect(operations.map(({ index, type, process, f }) => [index, type, process, f])).toEqual([
      [0, 'invoke', 1, 'subscribe'],
      [1, 'ok', 1, 'subscribe'],
      [3, 'ok', 1, 'txn'],
      [4, 'info', 1, 'send'],
      [5, 'ok', 11, 'assign'],
    ]);
    expect(operations[1]!.keys).toEqual([5, 7]);
    expect(operations[2]!.rebalanced).toEqual([5, 7]);
    expect(operations[2]!.mops).toEqual([
      { f: 'send', key: 5, value: 3, offset: 12 },
      {
        f: 'poll',
        reads: [
          { key: 5, offsets: [10, 11], values: [1, 2] },
          { key: 7, offsets: [], values: [] },
        ],
      },
    ]);
    expect(operations[3]).toMatchObject({
      mops: [{ f: 'send', key: 7, value: 4, offset: null }],
      error: '[:timeout "after 5 s"]',
    });
    expect(operations[4]).toMatchObject({ seekToBeginning: true, timeNs: 5000 });
  });

  it('takes a vector of operations, tagged maps, comments, and a step by itself', () => {
    const text = `; a history
      [#jepsen.history.Op{:index 0 :type :invoke :f :poll :process 0 :value [[:poll]]}
       #_{:this "is left out"} ^{:meta data}
       {:type "ok", :f "send", :process 0 :value [:send :x [0 :a]]}]`;
    expect(read(text)).toMatchObject([
      { type: 'invoke', mops: [{ f: 'poll', reads: null }] },
      { index: 1, type: 'ok', mops: [{ key: ':x', value: ':a', offset: 0 }] },
    ]);
  });

  it.each([
    ['{"a" nil, :b/c true}', '{"a" nil, :b/c true}'],
    [String.raw`["\n\"A" \newline \x \u0041]`, String.raw`["\n\"A" "\n" "x" "A"]`],
    [
      '(1 -2 +3 4N 5.5 1e3 0x1f 123456789012345678901)',
      '[1 -2 3 4 5.5 1000 31 123456789012345678901]',
    ],
    ['#{a b/c ##NaN ##-Inf ##Inf}', '[a b/c ##NaN ##-Inf ##Inf]'],
    ['#inst "2020-01-01" ', '"2020-01-01"'],
    ['#object[a.b.C 0x1f "x"]', '[a.b.C 31 "x"]'],
  ])('%s', (form, printed) => {
    const [operation] = read(`{:type :info :f :other :process 0 :value ${form}}`);
    expect(ednText(operation!.value)).toBe(printed);
  });

  it.each([
    ['{:type :ok\n  :f :send :process 0 :value [[:send 0', '2:31: this bracket is never closed'],
    ['\n[{:type :ok}', '2:2: "f" is missing: what the operation does'],
    ['{:type :okay, :f :x}', '1:1: "type" is :okay; it must be invoke, ok, fail or info'],
    ['{:f :x}', '1:1: "type" is missing; it must be invoke, ok, fail or info'],
    ['{:type :ok :f}', '1:1: a map has a key without a value'],
    ['{:type :ok :f :x]', '1:17: "]" closes nothing'],
    ['{:type :ok :f :x}\n 5', '2:2: 5 is no operation'],
    ['{:type "ok', '1:8: this string is never closed'],
    [String.raw`{:type "\q"}`, String.raw`1:9: \q is no escape of EDN`],
    ['{:type 12ab}', '1:8: "12ab" is no number of EDN'],
    ['{:type 1/2}', '1:8: "1/2" is no number of EDN'],
    ['{:type : }', '1:8: a keyword has no name'],
    ['{:type ##Nope}', '1:8: ##Nope is no value of EDN'],
    [
      '{:type :ok :f :send :value [[:push 0 1]]}',
      '1:1: [:push 0 1] is neither [send key value] nor [poll {...}]',
    ],
    [
      '{:type :ok :f :send :value [[:send 0 [1 2 3]]]}',
      '1:1: [1 2 3] is sent; it must be a value or [offset value]',
    ],
    [
      '{:type :ok :f :send :value [[:send 0 [-1 2]]]}',
      '1:1: the offset -1 is neither nil nor an integer from 0 on',
    ],
    [
      '{:type :ok :f :poll :value [[:poll [1]]]}',
      '1:1: [1] is polled; it must map keys to [offset value] pairs',
    ],
    [
      '{:type :ok :f :poll :value [[:poll {0 [[1]]}]]}',
      '1:1: [1] is polled; it must be [offset value]',
    ],
    ['{:type :ok :f :x :process 1.5}', '1:1: "process" is 1.5; it must be an integer'],
    ['['.repeat(500), '1:203: more than 200 brackets in one another'],
    ['#a '.repeat(500), '1:603: more than 200 brackets in one another'],
  ])('%j is refused', (text, message) => {
    expect(problemOf(text)).toBe(`h:${message}`);
  });
});

describe('JSON', () => {
  const entry =
    '{"type":"ok","f":"txn","process":3,"value":[["send","0",[1,7]],["poll",{"0":[[0,6]]}]]}';

  it('has keys of digits as numbers, in polls and sends alike', () => {
    const [operation] = read(`[${entry}]`, 'json');
    expect(operation!.mops).toEqual([
      { f: 'send', key: 0, value: 7, offset: 1 },
      { f: 'poll', reads: [{ key: 0, offsets: [0], values: [6] }] },
    ]);
  });

  it('is an array, or one object after the other', () => {
    expect(read(`${entry}\n${entry}\n`, 'json')).toHaveLength(2);
    expect(read(`[${entry}, ${entry}]`, 'json')).toHaveLength(2);
    expect(read('[]', 'json')).toEqual([]);
    expect(read('', 'json')).toEqual([]);
  });

  it.each([
    ['[{"type":"ok","f":"x"},]', '1:24: "]" begins no value of JSON'],
    ['[{"type":"ok","f":"x"} 5]', '1:24: "," or "]" is expected, not "5"'],
    ['[{"type":"ok","f":"x"}', '1:1: this bracket is never closed'],
    ['[] []', '1:4: nothing may follow the array, but there is "["'],
    ['{"type":"ok"\n "f":1}', '2:2: "," or "}" is expected, not "\\""'],
    ['{"type" "ok"}', '1:9: ":" is expected, not "\\""'],
    ['{type:1}', '1:2: a key in quotes is expected, not "t"'],
    [
      '{"type":"ok","f":"x"}\n{"f":"x"}',
      '2:1: "type" is missing; it must be invoke, ok, fail or info',
    ],
    ['[truth]', '1:2: "t" begins no value of JSON'],
    ['["\\x"]', '1:3: \\x is no escape of JSON'],
    ['["\\u12"]', '1:5: \\u needs four hexadecimal digits'],
    ['["a\nb"]', '1:4: a control character in a string must be escaped'],
    ['["a', '1:2: this string is never closed'],
    ['[{"f":01}]', '1:8: "," or "}" is expected, not "1"'],
    ['['.repeat(500), '1:203: more than 200 brackets in one another'],
  ])('%j is refused', (text, message) => {
    expect(problemOf(text, 'json')).toBe(`h:${message}`);
  });
});

describe('written and read again', () => {
  const writers = [
    ['edn', ednHistory],
    ['json', jsonHistory],
    ['json', jsonLinesHistory],
  ] as const;

  it.each(writers)('%s: the same history', (format, write) => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { size: 'max', maxLength: 300 }), (choices) => {
        const history = cleanHistory(choices);
        expect(read(write(history), format)).toEqual(history);
      }),
      { numRuns: 30 },
    );
    expect(read(write([]), format)).toEqual([]);
  });

  it('JSON is what JSON.parse takes it for', () => {
    const anything = fc.json({ depthSize: 'large' });
    fc.assert(
      fc.property(anything, (text) => {
        const [operation] = read(`{"type":"ok","f":"x","value":${text}}`, 'json');
        const written = JSON.parse(jsonLinesHistory([operation!])) as { value: unknown };
        // Negative zero has no text of its own in JSON.
        expect(written.value).toEqual(JSON.parse(JSON.stringify(JSON.parse(text))));
      }),
    );
  });

  it('no text makes the reader fail but with a place in it', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('{}[]()#_:\\"^;, 01ae\n-+.')) });
    fc.assert(
      fc.property(text, fc.constantFrom<HistoryFormat>('edn', 'json'), (anything, format) => {
        const parsed = parseHistory(anything, format, 'h');
        return parsed.ok || (parsed.problem.position?.line ?? 0) >= 1;
      }),
      { numRuns: 2000 },
    );
  });
});

it('files are told by their names', () => {
  const names = ['a.edn', 'a.EDN', 'a.json', 'a.jsonl', 'a.yaml', 'edn'];
  expect(names.map(historyFormatOf)).toEqual(['edn', 'edn', 'json', 'json', null, null]);
});

/** Machine time says nothing here; only that all is judged, and that nothing in it is quadratic enough to be felt. */
it('a long history is judged', () => {
  const lines: string[] = [];
  for (let value = 0; value < 20_000; value++) {
    lines.push(
      `{:type :ok, :process ${value % 50}, :f :send, :value [[:send ${value % 7} [${Math.floor(value / 7)} ${value}]]]}`,
    );
  }
  for (let value = 0; value < 20_000; value++) {
    const pair = `[${Math.floor(value / 7)} ${value}]`;
    lines.push(`{:type :ok, :process 99, :f :poll, :value [[:poll {${value % 7} [${pair}]}]]}`);
  }
  const history = read(lines.join('\n'));
  expect(history).toHaveLength(40_000);
  expect(checkHistory(history).anomalies).toEqual({});
});
