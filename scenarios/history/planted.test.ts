/** The checker checked: what is clean is called clean, and each planted anomaly is called by its name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findInCatalogue } from '../catalogue/index.js';
import { playScenario } from '../run/run-scenario.js';
import { checkHistory } from './check-history.js';
import type { Operation } from './operation.js';
import { historyOf } from './run-history.js';
import { PLANTS } from './testdata/plant.js';
import { cleanHistory } from './testdata/synthetic-history.js';

/** What synthetic histories are made of. */
const choices = fc.array(fc.nat(), { minLength: 20, maxLength: 300, size: 'max' });

/** Short runs of catalogue scenarios that lose nothing. */
const CLEAN_RUNS = [
  'leader-crash',
  'isolated-leader',
  'rolling-restart',
  'last-replica-standing',
].map((name) => {
  const scenario = findInCatalogue(name)!.scenario;
  const producers = scenario.producers!.map((producer) => ({ ...producer, rate: '10/s' }));
  return { name, history: historyOf(playScenario({ ...scenario, producers }, { seed: 5 }).run) };
});

describe('clean histories', () => {
  it('synthetic ones have no anomaly', () => {
    fc.assert(
      fc.property(choices, (steps) => {
        expect(checkHistory(cleanHistory(steps)).anomalies).toEqual({});
      }),
    );
  });

  it.each(CLEAN_RUNS)('a run of $name has no anomaly', ({ history }) => {
    expect(history.filter(({ f, type }) => f === 'send' && type === 'ok').length).toBeGreaterThan(
      100,
    );
    expect(checkHistory(history).anomalies).toEqual({});
  });
});

describe.each(PLANTS)('$name', ({ shows, plant }) => {
  function isFlagged(history: readonly Operation[], key: unknown): boolean {
    const { valid, anomalies } = checkHistory(history);
    return !valid && anomalies[shows]?.some((each) => each.key === key) === true;
  }

  it(`is ${shows} in synthetic histories`, () => {
    let plantedCount = 0;
    fc.assert(
      fc.property(choices, fc.infiniteStream(fc.nat()), (steps, places) => {
        const planted = plant(cleanHistory(steps), chooserOf(places));
        if (planted === null) return true;
        plantedCount++;
        return isFlagged(planted.history, planted.key);
      }),
    );
    expect(plantedCount).toBeGreaterThan(50);
  });

  it.each(CLEAN_RUNS)(`is ${shows} in a run of $name`, ({ history }) => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (places) => {
        const planted = plant(history, chooserOf(places));
        return planted !== null && isFlagged(planted.history, planted.key);
      }),
      { numRuns: 5 },
    );
  });
});

function chooserOf(places: Iterator<number>): (count: number) => number {
  return (count) => (places.next().value as number) % count;
}
