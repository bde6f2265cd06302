/** Each anomaly where it is, and where it nearly is. */
import { describe, expect, it } from 'vitest';
import { ANOMALY_NAMES, type AnomalyName } from './anomalies.js';
import { checkHistory, type HistoryVerdict } from './check-history.js';
import { historyOfLines } from './testdata/lines.js';

interface Example {
  readonly what: string;
  readonly lines: readonly string[];
  /** Names that come with it; by default none. */
  readonly also?: readonly AnomalyName[];
  /** Of the first case. */
  readonly evidence?: object;
}

/** For each anomaly: where it is found, and near misses with anomalies of other names only (`also`). */
const EXAMPLES: Readonly<Record<AnomalyName, { found: Example[]; missed: Example[] }>> = {
  'inconsistent-offsets': {
    found: [
      {
        what: 'a poll has another value than the send said',
        lines: ['ok 0 [:send 0 [5 1]]', 'ok 0 [:send 0 [6 2]]', 'ok 1 [:poll {0 [[5 2] [6 2]]}]'],
        also: ['lost-write', 'unseen', 'duplicate', 'int-nonmonotonic-poll'],
        evidence: { key: 0, offsets: [5], values: [1, 2], ops: [0, 2] },
      },
      {
        what: 'two polls disagree, one of them of an operation that failed',
        lines: [
          'info 0 [:send 0 1] [:send 0 2]',
          'ok 1 [:poll {0 [[0 1]]}]',
          'fail 2 [:poll {0 [[0 2]]}]',
        ],
        also: ['lost-write', 'int-nonmonotonic-send'],
      },
    ],
    missed: [
      {
        what: 'the same offset of other keys',
        lines: [
          'ok 0 [:send 0 [5 1]]',
          'ok 0 [:send 1 [5 2]]',
          'ok 1 [:poll {0 [[5 1]], 1 [[5 2]]}]',
        ],
      },
      {
        what: 'an info whose effect nobody saw claims the offset of another',
        lines: [
          'info 0 [:send 0 [5 1]]',
          'ok 1 [:send 0 [5 2]]',
          'ok 1 [:poll {}]',
          'ok 2 [:poll {0 [[5 2]]}]',
        ],
      },
    ],
  },
  'no-writer': {
    found: [
      {
        what: 'nobody sent it',
        lines: ['ok 0 [:poll {0 [[0 1]]}]'],
        evidence: { values: [1], offsets: [0] },
      },
    ],
    missed: [
      {
        what: 'its send never completed',
        lines: ['invoke 0 [:send 0 1]', 'ok 1 [:poll {0 [[0 1]]}]'],
      },
    ],
  },
  G1a: {
    found: [
      {
        what: 'a failed send is polled',
        lines: ['fail 0 [:send 0 1]', 'ok 1 [:poll {0 [[0 1]]}]'],
        evidence: { key: 0, values: [1], ops: [0, 1] },
      },
    ],
    missed: [
      { what: 'an unknown one', lines: ['info 0 [:send 0 1]', 'ok 1 [:poll {0 [[0 1]]}]'] },
      {
        what: 'polled by an operation that failed',
        lines: ['fail 0 [:send 0 1]', 'fail 1 [:poll {0 [[0 1]]}]'],
      },
      {
        what: 'of another key',
        lines: ['fail 0 [:send 0 1]', 'ok 0 [:send 1 [0 1]]', 'ok 1 [:poll {1 [[0 1]]}]'],
      },
    ],
  },
  'lost-write': {
    found: [
      {
        what: 'acknowledged, and passed over for good',
        lines: ['ok 0 [:send 0 [0 1]]', 'ok 0 [:send 0 [1 2]]', 'ok 1 [:poll {0 [[1 2]]}]'],
        also: ['unseen'],
        evidence: { key: 0, values: [1], ops: [0, 2], offsets: [0, 1] },
      },
      {
        what: 'unknown, but another value of the same operation was polled',
        lines: ['info 0 [:send 0 [0 1]] [:send 0 [1 2]]', 'ok 1 [:poll {0 [[1 2]]}]'],
      },
      {
        what: 'another value took its offset',
        lines: ['ok 0 [:send 0 [3 1]]', 'ok 1 [:send 0 [3 2]]', 'ok 2 [:poll {0 [[3 2]]}]'],
        also: ['inconsistent-offsets', 'unseen'],
      },
    ],
    missed: [
      {
        what: 'nothing later was polled',
        lines: ['ok 0 [:send 0 [0 1]]', 'ok 0 [:send 0 [1 2]]', 'ok 1 [:poll {0 [[0 1]]}]'],
        also: ['unseen'],
      },
      {
        what: 'unknown, and nothing of it was polled',
        lines: [
          'info 0 [:send 0 [0 1]]',
          'ok 1 [:send 0 [1 2]]',
          'ok 1 [:poll {}]',
          'ok 2 [:poll {0 [[1 2]]}]',
        ],
      },
      {
        what: 'polled in the end, by another process',
        lines: [
          ...['ok 0 [:send 0 [0 1]]', 'ok 0 [:send 0 [1 2]]'],
          ...['ok 1 [:poll {0 [[1 2]]}]', 'ok 2 [:poll {0 [[0 1] [1 2]]}]'],
        ],
      },
      {
        what: 'polled only by an operation that failed afterwards, and so was all after it',
        lines: ['ok 0 [:send 0 [0 1]]', 'fail 1 [:poll {0 [[0 1] [1 2]]}]', 'ok 0 [:send 0 [1 2]]'],
        also: ['unseen'],
      },
    ],
  },
  unseen: {
    found: [
      {
        what: 'acknowledged and never polled',
        lines: ['ok 0 [:send 0 [0 1]]', 'ok 0 [:send 0 [1 2]]', 'ok 1 [:poll {0 [[0 1]]}]'],
        evidence: { key: 0, values: [2], ops: [1] },
      },
    ],
    missed: [
      { what: 'unknown and never polled', lines: ['info 0 [:send 0 [0 1]]'] },
      {
        what: 'polled before its acknowledgement',
        lines: ['ok 1 [:poll {0 [[0 1]]}]', 'ok 0 [:send 0 [0 1]]'],
      },
    ],
  },
  duplicate: {
    found: [
      {
        what: 'polled at two offsets',
        lines: ['ok 0 [:send 0 [0 1]]', 'ok 1 [:poll {0 [[0 1]]}]', 'ok 2 [:poll {0 [[4 1]]}]'],
        evidence: { key: 0, values: [1], offsets: [0, 4] },
      },
    ],
    missed: [
      {
        what: 'polled twice at one offset',
        lines: ['ok 0 [:send 0 [0 1]]', 'ok 1 [:poll {0 [[0 1]]}]', 'ok 2 [:poll {0 [[0 1]]}]'],
      },
      {
        what: 'the same value in another key',
        lines: [
          'ok 0 [:send 0 [0 1]]',
          'ok 0 [:send 1 [4 1]]',
          'ok 1 [:poll {0 [[0 1]], 1 [[4 1]]}]',
        ],
      },
    ],
  },
  'precommitted-read': {
    found: [
      {
        what: 'an operation polls what it sent',
        lines: ['ok 0 [:send 0 [0 1]] [:poll {0 [[0 1]]}]'],
        evidence: { key: 0, values: [1], ops: [0] },
      },
    ],
    missed: [
      {
        what: 'its process does, later',
        lines: ['ok 0 [:send 0 [0 1]]', 'ok 0 [:poll {0 [[0 1]]}]'],
      },
    ],
  },
  'int-poll-skip': {
    found: [
      {
        what: 'one poll passes over a record',
        lines: [
          'ok 0 [:send 0 [0 1]]',
          'ok 0 [:send 0 [1 2]]',
          'ok 0 [:send 0 [2 3]]',
          'ok 1 [:poll {0 [[0 1] [2 3]]}]',
          'ok 2 [:poll {0 [[1 2]]}]',
        ],
        evidence: { key: 0, values: [1, 3], skipped: [2], ops: [3] },
      },
      {
        what: 'between two polls of one operation',
        lines: [
          'info 0 [:send 0 1] [:send 0 2] [:send 0 3]',
          'ok 1 [:poll {0 [[0 1]]}] [:poll {0 [[2 3]]}]',
          'ok 2 [:poll {0 [[1 2]]}]',
        ],
      },
    ],
    missed: [
      {
        what: 'a gap in the offsets where nobody saw a record',
        lines: ['ok 0 [:send 0 [0 1]]', 'ok 0 [:send 0 [7 3]]', 'ok 1 [:poll {0 [[0 1] [7 3]]}]'],
      },
      {
        what: 'the key was rebalanced meanwhile',
        lines: [
          'info 0 [:send 0 1] [:send 0 2] [:send 0 3]',
          'ok 1 [:poll {0 [[0 1] [2 3]]}] | :rebalance-log [{:keys [0]}]',
          'ok 2 [:poll {0 [[1 2]]}]',
        ],
      },
    ],
  },
  'int-nonmonotonic-poll': {
    found: [
      {
        what: 'backwards',
        lines: ['info 0 [:send 0 1] [:send 0 2]', 'ok 1 [:poll {0 [[1 2] [0 1]]}]'],
        evidence: { key: 0, values: [2, 1], offsets: [1, 0], ops: [1] },
      },
      {
        what: 'the same again',
        lines: ['info 0 [:send 0 1]', 'ok 1 [:poll {0 [[0 1]]}] [:poll {0 [[0 1]]}]'],
      },
    ],
    missed: [
      {
        what: 'forwards',
        lines: ['info 0 [:send 0 1] [:send 0 2]', 'ok 1 [:poll {0 [[0 1]]}] [:poll {0 [[1 2]]}]'],
      },
      {
        what: 'of two keys',
        lines: ['info 0 [:send 0 1] [:send 1 2]', 'ok 1 [:poll {0 [[4 1]]}] [:poll {1 [[3 2]]}]'],
      },
    ],
  },
  'int-send-skip': {
    found: [
      {
        what: 'a record of another lies in between',
        lines: [
          'ok 0 [:send 0 [0 1]] [:send 0 [2 3]]',
          'ok 1 [:send 0 [1 2]]',
          'ok 2 [:poll {0 [[0 1] [1 2] [2 3]]}]',
        ],
        also: ['G0'],
        evidence: { key: 0, values: [1, 3], skipped: [2], ops: [0] },
      },
    ],
    missed: [
      {
        what: 'two operations of one process',
        lines: [
          'ok 0 [:send 0 [0 1]]',
          'ok 1 [:send 0 [1 2]]',
          'ok 0 [:send 0 [2 3]]',
          'ok 2 [:poll {0 [[0 1] [1 2] [2 3]]}]',
        ],
      },
    ],
  },
  'int-nonmonotonic-send': {
    found: [
      {
        what: 'the second lies before the first',
        lines: ['ok 0 [:send 0 [1 1]] [:send 0 [0 2]]', 'ok 1 [:poll {0 [[0 2] [1 1]]}]'],
        evidence: { key: 0, values: [1, 2], offsets: [1, 0], ops: [0] },
      },
    ],
    missed: [
      {
        what: 'in order',
        lines: ['ok 0 [:send 0 [0 1]] [:send 0 [1 2]]', 'ok 1 [:poll {0 [[0 1] [1 2]]}]'],
      },
    ],
  },
  'poll-skip': {
    found: [
      {
        what: 'from one poll of a process to the next',
        lines: [
          'info 0 [:send 0 1] [:send 0 2] [:send 0 3]',
          'ok 1 [:poll {0 [[0 1]]}]',
          'ok 1 [:poll {}]',
          'ok 1 [:poll {0 [[2 3]]}]',
          'ok 2 [:poll {0 [[1 2]]}]',
        ],
        evidence: { key: 0, values: [1, 3], skipped: [2], ops: [1, 3] },
      },
      {
        what: 'although it asked for the same key again',
        lines: [
          'info 0 [:send 0 1] [:send 0 2] [:send 0 3]',
          'ok 1 [:poll {0 [[0 1]]}]',
          'ok 1 assign 0 1',
          'ok 1 [:poll {0 [[2 3]]}]',
          'ok 2 [:poll {0 [[1 2]]}]',
        ],
      },
    ],
    missed: [
      {
        what: 'two processes',
        lines: [
          'info 0 [:send 0 1] [:send 0 2] [:send 0 3]',
          'ok 1 [:poll {0 [[0 1]]}]',
          'ok 2 [:poll {0 [[2 3]]}]',
          'ok 3 [:poll {0 [[1 2]]}]',
        ],
      },
      {
        what: 'the key was given up in between',
        lines: [
          'info 0 [:send 0 1] [:send 0 2] [:send 0 3]',
          'ok 1 [:poll {0 [[0 1]]}]',
          'ok 1 assign 1',
          'ok 1 assign 0',
          'ok 1 [:poll {0 [[2 3]]}]',
          'ok 2 [:poll {0 [[1 2]]}]',
        ],
      },
      {
        what: 'an operation that failed does not move the place',
        lines: [
          'info 0 [:send 0 1] [:send 0 2]',
          'ok 1 [:poll {0 [[0 1]]}]',
          'fail 1 [:poll {0 [[1 2]]}]',
          'ok 1 [:poll {0 [[1 2]]}]',
        ],
      },
    ],
  },
  'nonmonotonic-poll': {
    found: [
      {
        what: 'back to what it had',
        lines: [
          'info 0 [:send 0 1] [:send 0 2]',
          'ok 1 [:poll {0 [[0 1] [1 2]]}]',
          'ok 1 [:poll {0 [[0 1]]}]',
        ],
        evidence: { key: 0, values: [2, 1], offsets: [1, 0], ops: [1, 2] },
      },
    ],
    missed: [
      {
        what: 'a fresh process',
        lines: [
          'info 0 [:send 0 1] [:send 0 2]',
          'ok 1 [:poll {0 [[0 1] [1 2]]}]',
          'ok 2 [:poll {0 [[0 1]]}]',
        ],
      },
      {
        what: 'an unknown outcome does not move the place',
        lines: ['info 0 [:send 0 1]', 'info 1 [:poll {0 [[0 1]]}]', 'ok 1 [:poll {0 [[0 1]]}]'],
      },
    ],
  },
  'nonmonotonic-send': {
    found: [
      {
        what: 'the later operation lies first',
        lines: ['ok 0 [:send 0 [1 1]]', 'ok 0 [:send 0 [0 2]]', 'ok 1 [:poll {0 [[0 2] [1 1]]}]'],
        evidence: { key: 0, values: [1, 2], offsets: [1, 0], ops: [0, 1] },
      },
    ],
    missed: [
      {
        what: 'of two processes',
        lines: ['ok 0 [:send 0 [1 1]]', 'ok 2 [:send 0 [0 2]]', 'ok 1 [:poll {0 [[0 2] [1 1]]}]'],
      },
      {
        what: 'the place of the first is not known',
        lines: ['info 0 [:send 0 1]', 'ok 0 [:send 0 [0 2]]', 'ok 1 [:poll {0 [[0 2]]}]'],
      },
    ],
  },
  G0: {
    found: [
      {
        what: 'two operations write two keys in opposite orders',
        lines: [
          'ok 0 [:send 0 [0 1]] [:send 1 [1 4]]',
          'ok 1 [:send 0 [1 2]] [:send 1 [0 3]]',
          'ok 2 [:poll {0 [[0 1] [1 2]], 1 [[0 3] [1 4]]}]',
        ],
        evidence: { ops: [0, 1] },
      },
    ],
    missed: [
      {
        what: 'in one order',
        lines: [
          'ok 0 [:send 0 [0 1]] [:send 1 [0 3]]',
          'ok 1 [:send 0 [1 2]] [:send 1 [1 4]]',
          'ok 2 [:poll {0 [[0 1] [1 2]], 1 [[0 3] [1 4]]}]',
        ],
      },
    ],
  },
  G1c: {
    found: [
      {
        what: 'each polled what the other sent',
        lines: [
          'ok 0 [:send 0 [0 1]] [:poll {1 [[0 2]]}]',
          'ok 1 [:send 1 [0 2]] [:poll {0 [[0 1]]}]',
        ],
        evidence: { ops: [1, 0] },
      },
      {
        what: 'wrote before the one whose write it polled',
        lines: [
          'ok 0 [:send 0 [0 1]] [:poll {1 [[0 3]]}]',
          'ok 1 [:send 0 [1 2]] [:send 1 [0 3]]',
          'ok 2 [:poll {0 [[0 1] [1 2]]}]',
        ],
      },
    ],
    missed: [
      {
        what: 'one polled what the other sent, and wrote after it',
        lines: [
          'ok 0 [:send 0 [0 1]] [:send 1 [0 3]]',
          'ok 1 [:send 0 [1 2]] [:poll {1 [[0 3]]}]',
          'ok 2 [:poll {0 [[0 1] [1 2]]}]',
        ],
      },
    ],
  },
};

function found({ lines }: Example): HistoryVerdict['anomalies'] {
  return checkHistory(historyOfLines(...lines)).anomalies;
}

describe.each(ANOMALY_NAMES)('%s', (name) => {
  it.each(EXAMPLES[name].found)('is found: $what', (example) => {
    const anomalies = found(example);
    expect(Object.keys(anomalies).sort()).toEqual([name, ...(example.also ?? [])].sort());
    expect(anomalies[name]![0]!.message).toMatch(/\S/);
    expect(anomalies[name]![0]).toMatchObject(example.evidence ?? {});
  });

  it.each(EXAMPLES[name].missed)('is not found: $what', (example) => {
    expect(Object.keys(found(example)).sort()).toEqual([...(example.also ?? [])].sort());
  });
});

describe('what a mode allows', () => {
  const rereading = historyOfLines(
    'info 0 [:send 0 1] [:send 0 2]',
    'ok 1 [:poll {0 [[0 1] [1 2]]}]',
    'ok 1 [:poll {0 [[0 1]]}]',
  );

  it('assign: consumers go on where they were', () => {
    const { valid, allowed } = checkHistory(rereading, { mode: 'assign' });
    expect({ valid, allowed }).toEqual({ valid: false, allowed: ['int-send-skip', 'G0', 'G1c'] });
  });

  it('subscribe: a rebalance may take them elsewhere', () => {
    const { valid, anomalies, allowed } = checkHistory(rereading, { mode: 'subscribe' });
    expect(valid).toBe(true);
    expect(Object.keys(anomalies)).toEqual(['nonmonotonic-poll']);
    expect(allowed).toEqual(['int-send-skip', 'poll-skip', 'nonmonotonic-poll', 'G0', 'G1c']);
  });

  it('by default what the history does', () => {
    const subscribed = [...historyOfLines('invoke 1 subscribe 0'), ...rereading];
    expect(checkHistory(rereading).valid).toBe(false);
    expect(checkHistory(subscribed).valid).toBe(true);
  });

  it('without write-write dependencies G1c is no longer allowed, and less of it is found', () => {
    const [mutual, crossed] = EXAMPLES.G1c.found.map(({ lines }) => historyOfLines(...lines));
    const without = { wwDependencies: false } as const;
    expect(checkHistory(mutual!).valid).toBe(true);
    expect(checkHistory(mutual!, without)).toMatchObject({
      valid: false,
      allowed: ['int-send-skip', 'G0'],
    });
    expect(checkHistory(crossed!, without).anomalies).toEqual({});
    const opposite = historyOfLines(...EXAMPLES.G0.found[0]!.lines);
    expect(checkHistory(opposite, without).anomalies).toEqual({});
  });
});

describe('incomplete histories', () => {
  it('an info without a value has that of its invocation', () => {
    const history = historyOfLines('invoke 0 [:send 0 1]', 'ok 1 [:poll {0 [[0 1]]}]');
    const info = { ...history[0]!, type: 'info', mops: null } as const;
    expect(checkHistory([...history, info]).anomalies).toEqual({});
  });

  it('an empty one is valid', () => {
    expect(checkHistory([]).anomalies).toEqual({});
  });
});
