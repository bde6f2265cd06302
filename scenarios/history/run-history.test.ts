/** Histories of runs: well formed, complete, judged as the lab's own invariants judge. */
import { describe, expect, it } from 'vitest';
import { findInCatalogue } from '../catalogue/index.js';
import type { Scenario } from '../language/schema.js';
import { randomScenario } from '../random-scenario.js';
import { playScenario, type PlayedScenario } from '../run/run-scenario.js';
import { checkHistory } from './check-history.js';
import { drain } from './drain.js';
import { missingFromFinalReads } from './final-reads.js';
import type { Operation, Value } from './operation.js';
import { historyOf } from './run-history.js';
import { historyOfLines } from './testdata/lines.js';

const SMALL: Scenario = {
  name: 'small',
  cluster: { brokers: 3, controllers: 1, config: { 'min.insync.replicas': 2 } },
  topics: [{ name: 'orders', partitions: 2, 'replication-factor': 3 }],
  producers: [{ id: 'web', topic: 'orders', rate: '20/s', config: { acks: 'all' } }],
  consumers: [
    { id: 'reader', topic: 'orders', assign: 'all', config: { 'auto.offset.reset': 'earliest' } },
  ],
  run: { for: '10s', settle: '10s' },
};

function play(more: Partial<Scenario>, seed = 1): PlayedScenario & { history: Operation[] } {
  const played = playScenario({ ...SMALL, ...more }, { seed });
  return { ...played, history: historyOf(played.run) };
}

/** Each process does one thing at a time, each entry has its place, and time never goes back. */
function expectWellFormed(history: readonly Operation[]): void {
  const pending = new Map<number, string>();
  const gone = new Set<number>();
  for (const [place, { index, process, type, f, timeNs }] of history.entries()) {
    expect(index).toBe(place);
    expect(timeNs).toBeGreaterThanOrEqual(history[place - 1]?.timeNs ?? 0);
    expect(gone.has(process!)).toBe(false);
    expect(pending.get(process!)).toBe(type === 'invoke' ? undefined : f);
    if (type === 'invoke') pending.set(process!, f);
    else pending.delete(process!);
    if (type === 'info') gone.add(process!);
  }
  expect([...pending]).toEqual([]);
}

function values(history: readonly Operation[], type: string): Value[] {
  return history.flatMap(({ mops, ...operation }) =>
    operation.type === type
      ? (mops ?? []).flatMap((mop) => (mop.f === 'send' ? mop.value : []))
      : [],
  );
}

describe('the history of a run', () => {
  it('has every send with its outcome, and ends with a drain of all partitions by a fresh process', () => {
    const { history, result } = play({
      faults: [{ at: '4s', crash: 'leader of orders-0', for: '4s' }],
    });

    expectWellFormed(history);
    const invoked = values(history, 'invoke');
    expect(new Set(invoked).size).toBe(result.clients.sent);
    expect(values(history, 'ok')).toHaveLength(result.clients.ok);
    expect(values(history, 'info')).toHaveLength(result.clients.unknown);

    const assigned = history.find(({ seekToBeginning }) => seekToBeginning === true)!;
    const before = history.slice(0, assigned.index);
    const named = before.findLast(({ f }) => f === 'debug-topic-partitions')!;
    expect(assigned.keys).toEqual([0, 1]);
    expect(named.process).toBe(assigned.process);
    expect(before.filter(({ process }) => process === assigned.process)).toHaveLength(2);
    expect(missingFromFinalReads(history)).toEqual([]);
    expect(missingFromFinalReads(before)).toBeNull();
  });

  it('changes nothing of the run: its hash, its history, and what it does next', () => {
    const { run } = playScenario(SMALL, { seed: 2 });
    const hash = run.simulation.hash.digest();
    const { delivered } = run.history.state;
    const drained = drain(run);
    expect(drained.caughtUp).toBe(true);
    expect(drained.history.state.delivered).toBeGreaterThan(delivered);
    expect(run.simulation.hash.digest()).toBe(hash);
    expect(run.history.state.delivered).toBe(delivered);
    expect(historyOf(run)).toEqual(historyOf(run));

    const other = playScenario(SMALL, { seed: 2 }).run;
    run.simulation.runUntil(run.nowUs + 5_000_000);
    other.simulation.runUntil(other.nowUs + 5_000_000);
    expect(run.simulation.hash.digest()).toBe(other.simulation.hash.digest());
  });

  it('a consumer that dies and comes back is another process, which begins anew', () => {
    const { history } = play({ faults: [{ at: '5s', crash: 'consumer reader', for: '2s' }] });

    expectWellFormed(history);
    const crash = history.findIndex(({ f, type }) => f === 'crash' && type === 'info');
    const [again] = history.slice(crash + 1).filter(({ f }) => f === 'assign');
    expect(history[crash]!.timeNs).toBe(7_000_000_000);
    expect(again!.process).toBeGreaterThan(history[crash]!.process!);
    expect(checkHistory(history).anomalies).toEqual({});
  });

  it('what a producer had under way when it died has no known outcome', () => {
    const { history } = play({
      producers: [{ ...SMALL.producers![0]!, config: { acks: 'all', 'linger.ms': 500 } }],
      faults: [{ at: '5s', crash: 'producer web', for: '2s' }],
    });

    expectWellFormed(history);
    const unknown = history.filter(({ f, type }) => f === 'send' && type === 'info');
    expect(unknown.length).toBeGreaterThan(0);
    expect(new Set(unknown.map(({ timeNs }) => timeNs))).toEqual(new Set([7_000_000_000]));
    expect(checkHistory(history).valid).toBe(true);
  });

  it('acks=0: nobody acknowledged anything', () => {
    const { history, result } = play({
      producers: [{ ...SMALL.producers![0]!, config: { acks: '0', 'enable.idempotence': false } }],
    });
    expect(result.clients.ok).toBeGreaterThan(100);
    expect(values(history, 'ok')).toEqual([]);
    expect(checkHistory(history).valid).toBe(true);
  });
});

describe('missingFromFinalReads', () => {
  it('has what was acknowledged and is gone, although somebody had polled it', () => {
    const history = historyOfLines(
      'ok 0 [:send 0 [0 1]] [:send 0 [1 2]]',
      'info 0 [:send 0 3]',
      'ok 1 [:poll {0 [[0 1] [1 2]]}]',
      'ok 2 assign 0 | :seek-to-beginning? true',
      'ok 2 [:poll {0 [[0 1]]}]',
    );
    expect(checkHistory(history).anomalies).toEqual({});
    expect(missingFromFinalReads(history)).toEqual([{ key: 0, value: 2, acknowledgedBy: 0 }]);
  });
});

describe('state and history agree', () => {
  const acks1 = findInCatalogue('acks-1')!.scenario;
  const sample: readonly (readonly [string, Scenario, number])[] = [
    ['acks-1', acks1, 1],
    ['unclean-election', findInCatalogue('unclean-election')!.scenario, 1],
    ...[1, 2, 5, 9].map(
      (seed) => [`unlimited ${seed}`, randomScenario(seed, 'unlimited'), seed] as const,
    ),
    ...[3, 4].map(
      (seed) => [`survivable ${seed}`, randomScenario(seed, 'survivable'), seed] as const,
    ),
  ];
  let losses = 0;

  it.each(sample)('%s: what the logs lack is what the drain did not find', (_, scenario, seed) => {
    const { run, result } = playScenario(scenario, { seed });
    const history = historyOf(run);
    const verdict = checkHistory(history);
    const missing = missingFromFinalReads(history)!;
    losses += missing.length;

    expect(result.pending).toEqual([]);
    expect(missing).toHaveLength(result.clients.ackedLost);
    expect(verdict.anomalies.duplicate ?? []).toHaveLength(result.clients.duplicates);

    // A lost record is a lost write or unseen, unless somebody had polled it before it was lost.
    const told = [...(verdict.anomalies['lost-write'] ?? []), ...(verdict.anomalies.unseen ?? [])];
    const toldValues = new Set(told.flatMap((each) => each.values));
    const polled = new Set(
      history.flatMap(({ type, mops }) =>
        (type === 'ok' ? (mops ?? []) : []).flatMap((mop) =>
          mop.f === 'poll' ? (mop.reads ?? []).flatMap((read) => read.values) : [],
        ),
      ),
    );
    const missingValues = new Set(missing.map(({ value }) => value));
    for (const value of missingValues) expect(toldValues.has(value)).toBe(!polled.has(value));
    for (const value of toldValues) expect(missingValues.has(value)).toBe(true);

    // Losses that the invariants tell of are no surprise to the history, and the other way round.
    const lostByInvariants = result.expectedLosses.some(({ invariant }) => invariant === 'I1');
    expect(result.violations).toEqual([]);
    expect(lostByInvariants).toBe(missing.length > 0);
    if (missing.length === 0) expect(verdict.anomalies).toEqual({});
  });

  it('the sample has losses', () => {
    expect(losses).toBeGreaterThan(100);
  });
});
