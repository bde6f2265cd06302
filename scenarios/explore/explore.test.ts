/** A small exploration, in both orders, and two mutations that it must notice. */
import { describe, expect, it } from 'vitest';
import { explore, type Exploration, type ExploreOptions } from './explore.js';

function small(
  order: ExploreOptions['order'],
  switches: Readonly<Record<string, string>> = {},
): Exploration {
  return explore({
    cluster: { brokers: 2, minInsyncReplicas: 1, switches },
    allowance: {
      records: 2,
      crashes: 1,
      powerLosses: 0,
      lagChecks: 1,
      falseExpiries: 0,
      elections: 0,
      refreshes: 0,
      holds: 0,
    },
    restarts: false,
    order,
    maxStates: 100_000,
  });
}

describe('a small exploration', () => {
  it('closes with the same number of states in either order, and every promise holds', () => {
    const breadthFirst = small('breadth-first');
    const depthFirst = small('depth-first');
    expect(breadthFirst).toMatchObject({ closed: true, counterexample: null });
    expect(depthFirst).toMatchObject({ closed: true, counterexample: null });
    expect(breadthFirst.states).toBeGreaterThan(10_000);
    expect({ states: depthFirst.states, transitions: depthFirst.transitions }).toEqual({
      states: breadthFirst.states,
      transitions: breadthFirst.transitions,
    });
  }, 60_000);

  it('finds an acknowledgement before the high watermark moves, in three steps', () => {
    const { counterexample } = small('breadth-first', { produceAck: 'append' });
    expect(counterexample?.invariant).toBe('AckedDurable');
    expect(counterexample?.steps).toHaveLength(3);
  });

  it('says so where it gives up', () => {
    const { closed, states } = explore({
      cluster: { brokers: 2, minInsyncReplicas: 1, switches: {} },
      allowance: {
        records: 1,
        crashes: 1,
        powerLosses: 0,
        lagChecks: 0,
        falseExpiries: 1,
        elections: 0,
        refreshes: 0,
        holds: 0,
      },
      restarts: true,
      order: 'breadth-first',
      maxStates: 500,
    });
    expect(closed).toBe(false);
    expect(states).toBeGreaterThan(500);
  });
});
