import { describe, expect, it } from 'vitest';

import { describe as describeState, partitionChain } from './partition-chain.js';
import {
  comeBack,
  fence,
  healthyPartition,
  type PartitionState,
  servesReads,
  servesWrites,
  setHost,
} from './partition-protocol.js';

const rules = { effectiveMinIsr: 2, elr: true };

function only(outcomes: readonly { readonly state: PartitionState }[]): PartitionState {
  expect(outcomes).toHaveLength(1);
  return outcomes[0]?.state ?? healthyPartition(1);
}

function crash(state: PartitionState, index: number): PartitionState {
  return only(fence(setHost(state, index, 'down'), index, rules));
}

function restart(state: PartitionState, index: number): PartitionState {
  return only(comeBack(setHost(state, index, 'back'), index, rules));
}

describe('a partition of three replicas, min ISR 2, ELR on', () => {
  it('loses followers, then its leader, and is led again only by the last leader', () => {
    const unnoticed = setHost(healthyPartition(3), 2, 'down');
    expect(servesWrites(unnoticed, 'all', rules)).toBe(false);
    expect(servesWrites(unnoticed, 1, rules)).toBe(true);

    const two = only(fence(unnoticed, 2, rules));
    expect(describeState(two)).toBe('down+fenced up+isr up+isr+leads');
    expect(servesWrites(two, 'all', rules)).toBe(true);

    const one = crash(two, 1);
    expect(describeState(one)).toBe('down+fenced down+fenced+elr up+isr+leads');
    expect([servesWrites(one, 'all', rules), servesReads(one)]).toEqual([false, true]);

    const none = crash(one, 0);
    expect(describeState(none)).toBe(
      'down+fenced down+fenced+elr down+fenced+elr+leads leaderless',
    );

    // The last leader is back, but the ELR still waits for replica 1: no election.
    const leaderBack = restart(restart(none, 2), 0);
    expect(describeState(leaderBack)).toBe('down+fenced+elr up up+leads leaderless');

    // Replica 1 registers (uncleanly), the ELR is empty, the last known leader is elected.
    expect(describeState(restart(leaderBack, 1))).toBe('up+isr up+isr up+isr+leads');
  });

  it('two of three up and still no leader: the last leader is missing', () => {
    const none = crash(crash(crash(healthyPartition(3), 2), 1), 0);
    const others = restart(restart(none, 1), 2);
    expect(describeState(others)).toBe('down+fenced+elr+leads up up leaderless');
    expect(servesReads(others)).toBe(false);
    expect(describeState(restart(others, 0))).toBe('up+isr up+isr up+isr+leads');
  });

  it('the ELR is cleared once the ISR is back at min ISR', () => {
    const one = crash(crash(healthyPartition(3), 2), 1);
    expect(describeState(restart(one, 2))).toBe('down+fenced up+isr up+isr+leads');
  });

  it('a dead follower may be elected while it is not yet fenced, each with equal chance', () => {
    const bothDead = setHost(setHost(healthyPartition(3), 0, 'down'), 1, 'down');
    const outcomes = fence(bothDead, 0, rules);
    expect(outcomes.map(({ probability }) => probability)).toEqual([0.5, 0.5]);
    expect(outcomes.map(({ state }) => servesReads(state))).toEqual([false, true]);
  });
});

describe('without ELR', () => {
  const classic = { effectiveMinIsr: 2, elr: false };

  it('the last member stays in the ISR and alone can lead', () => {
    let state = healthyPartition(2);
    state = only(fence(setHost(state, 1, 'down'), 1, classic));
    state = only(fence(setHost(state, 0, 'down'), 0, classic));
    expect(describeState(state)).toBe('down+fenced down+fenced+isr+leads leaderless');
    state = only(comeBack(setHost(state, 1, 'back'), 1, classic));
    expect(servesReads(state)).toBe(false);
    state = only(comeBack(setHost(state, 0, 'back'), 0, classic));
    expect(describeState(state)).toBe('up+isr up+isr+leads');
  });
});

describe('partitionChain', () => {
  const phases = { mttfUs: 100, mttrUs: 10, detectUs: 1, leaderDetectUs: 2, returnUs: 0.5 };

  it('one replica: healthy, dead, fenced, and the two ways back', () => {
    const chain = partitionChain(1, { effectiveMinIsr: 1, elr: true }, phases);
    expect(chain.states.map(describeState).sort()).toEqual([
      'back+fenced+elr+leads leaderless',
      'back+isr+leads',
      'down+fenced+elr+leads leaderless',
      'down+isr+leads',
      'up+isr+leads',
    ]);
  });

  it('has one leading replica in every state, ELR only below min ISR, no ISR member fenced', () => {
    for (const replicas of [2, 3, 4]) {
      const { states } = partitionChain(replicas, rules, phases);
      expect(states.length).toBeGreaterThan(20);
      for (const state of states) {
        const isr = state.replicas.filter((replica) => replica.inIsr);
        const elr = state.replicas.filter((replica) => replica.inElr);
        expect(state.replicas.filter((replica) => replica.leads)).toHaveLength(1);
        expect(isr.some((replica) => replica.fenced)).toBe(false);
        expect(elr.some((replica) => replica.inIsr)).toBe(false);
        expect(isr.length >= rules.effectiveMinIsr && elr.length > 0).toBe(false);
        expect(state.leaderless).toBe(!isr.some((replica) => replica.leads));
      }
    }
  });
});
