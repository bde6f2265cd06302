/** Two bugs of older versions of Kafka, on ZooKeeper, each found in the rules of its version and not in those of the fix. */
import { describe, expect, it } from 'vitest';
import { explore, type Exploration, type ExploreOptions } from './explore.js';
import type { TinyCluster } from './tiny-cluster.js';

const NOTHING: ExploreOptions['allowance'] = {
  records: 1,
  crashes: 0,
  powerLosses: 0,
  lagChecks: 0,
  falseExpiries: 0,
  elections: 0,
  refreshes: 0,
  holds: 0,
};

type Rules = Pick<TinyCluster, 'kafka' | 'judged'> & Partial<Pick<TinyCluster, 'switches'>>;

/** KIP-101, scenario 1: min.insync.replicas 2 of three replicas, two of which crash. */
function highWatermarkTruncation(rules: Rules): Exploration {
  return explore({
    cluster: { brokers: 3, minInsyncReplicas: 2, switches: {}, ...rules },
    allowance: { ...NOTHING, crashes: 2 },
    restarts: false,
    order: 'breadth-first',
    maxStates: 50_000,
  });
}

/** KIP-279: leadership goes back to the preferred leader, which crashes at once. */
function fastFailOver(rules: Rules, firstRecords = 1): Exploration {
  return explore({
    cluster: {
      brokers: 2,
      minInsyncReplicas: 1,
      switches: {},
      startsWith: 'otherLeader',
      delivery: 'prompt',
      firstRecords,
      ...rules,
    },
    allowance: { ...NOTHING, records: 3, crashes: 1, elections: 1, holds: 2 },
    restarts: true,
    order: 'breadth-first',
    maxStates: 40_000,
  });
}

describe('B01, truncation to the high watermark (KIP-101)', () => {
  it('is found in the rules of Kafka 0.10: a leader without a committed record', () => {
    const { counterexample } = highWatermarkTruncation({ kafka: '0.10', judged: 'leaders' });
    expect(counterexample?.invariant).toBe('LeaderCompleteness');
    expect(counterexample?.message).toContain('which leads in epoch 2');
    expect(counterexample?.steps).toHaveLength(17);
  }, 180_000);

  it.each([
    ['the rules of 0.11', { kafka: '0.11' }],
    ['KIP-101 alone', { kafka: '0.10', switches: { truncate: 'epochRequest' } }],
  ] as const)(
    'is not there with %s: the same space closes',
    (_name, rules) => {
      const exploration = highWatermarkTruncation(rules);
      expect(exploration).toMatchObject({ closed: true, counterexample: null });
      expect(exploration.states).toBeGreaterThan(7000);
    },
    180_000,
  );
});

describe('B03, divergence after a fast fail-over (KIP-279)', () => {
  it('is found in the rules of Kafka 1.1: two logs that differ below both high watermarks', () => {
    const { counterexample } = fastFailOver({ kafka: '1.1', judged: 'leaders' });
    expect(counterexample?.invariant).toBe('LogMatching');
    expect(counterexample?.steps).toHaveLength(12);
    expect(counterexample?.story.join('\n')).toContain('OffsetForLeaderEpochResponse 0 -1/2');
  }, 180_000);

  it('is not there with 2.0, nor anything else in as many steps', () => {
    // `npm run explore -- B03` closes the space, which takes longer.
    const { counterexample, depth } = fastFailOver({ kafka: '2.0' });
    expect(counterexample).toBeNull();
    // Breadth first: whatever is 13 steps away was looked at.
    expect(depth).toBeGreaterThan(13);
  }, 180_000);

  it('is still there with 2.0 in a log that begins with the epoch that is to be cut', () => {
    const { counterexample } = fastFailOver({ kafka: '2.0', judged: 'leaders' }, 0);
    expect(counterexample?.invariant).toBe('LogMatching');
  }, 180_000);
});
