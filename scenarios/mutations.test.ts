/**
 * The lab tested: with one rule of the protocol taken out by its switch, a search over random scenarios finds a
 * violation; with the rule in place the same scenarios have none. How soon is measured by `npm run mutations`.
 */
import { describe, expect, it } from 'vitest';
import type { SwitchName } from '../model/index.js';
import { randomScenario } from './random-scenario.js';
import type { RunResult } from './run/result.js';
import { runScenario } from './run/run-scenario.js';
import { drawScenario } from './search/draw-scenario.js';
import { MUTATIONS, mutated } from './search/mutations.js';
import { playUnit } from './search/search-unit.js';

const SEEDS = 500;
/** Seeds that must be clean whatever the mutations come upon. */
const CONTROL_SEEDS = 30;

function run(seed: number, switches: Readonly<Record<string, string>>): RunResult {
  return runScenario({ ...randomScenario(seed, 'survivable'), switches }, { seed });
}

/** The first seed from one on whose run violates an invariant, with the ids; null where no seed does. */
function search(
  switches: Readonly<Record<string, string>>,
  from: number,
): {
  seed: number;
  invariants: string[];
} | null {
  for (let seed = from; seed < SEEDS; seed++) {
    const { violations } = run(seed, switches);
    if (violations.length === 0) continue;
    return { seed, invariants: [...new Set(violations.map(({ invariant }) => invariant))] };
  }
  return null;
}

/** The rarest begins late, for the sake of time: the first of all its seeds is 84. */
const SEARCHED: readonly (readonly [SwitchName, string, string, number])[] = [
  ['produceAck', 'append', 'acks=all is answered before the high watermark moves', 0],
  ['produceIsrCheck', 'off', 'acks=all is accepted while the ISR is too small', 0],
  ['truncation', 'off', 'followers never cut their logs', 0],
  ['leaderEpochFencing', 'off', 'requests of other leader epochs are served', 0],
  ['hwSet', 'committedIsr', 'the high watermark does not wait for joining members', 75],
  ['votePersistence', 'off', 'a vote is given before it is on disk', 0],
];

describe('a mutation is noticed by a search', () => {
  it.each(SEARCHED)(
    '%s=%s: %s',
    (name, value, _story, from) => {
      const found = search({ [name]: value }, from);
      expect(found, `no violation in ${SEEDS} seeds with ${name}=${value}`).not.toBeNull();
      const unmutated = run(found!.seed, {});
      expect({ ...found, unmutated: unmutated.violations }).toEqual({ ...found, unmutated: [] });
    },
    600_000,
  );
});

/** For each mutation the seed of a unit of the search that finds it, and what is broken first. */
const KNOWN: Readonly<Record<string, readonly [number, string]>> = {
  'produceAck=append': [2, 'I22'],
  'produceIsrCheck=off': [1, 'I22'],
  'truncation=off': [34, 'I4'],
  'leaderEpochFencing=off': [85, 'I23'],
  'hwSet=committedIsr': [59, 'I4'],
  'votePersistence=off': [24, 'I7'],
  'hwQuorum=majority': [2, 'I4'],
  'followerProgress=sent': [1, 'I4'],
  'producerRetry=newSequence': [8, 'I10'],
  'producerFailover=forgotten': [9, 'I10'],
  'sequenceCheck=off': [8, 'I10'],
  'voteOnce=off': [16, 'I7'],
  'voteLogCheck=off': [3, 'I24'],
  'metadataDivergence=unchecked': [5, 'I24'],
  'metadataApply=received': [8, 'I24'],
  'metadataFlush=off': [52, 'I24'],
  'metadataCommit=leaderAlone': [5, 'I7'],
  'highWatermarkLoad=logEnd': [16, 'I12'],
  'uncleanRestart=ignored': [60, 'I5'],
  'uncleanElection=always': [16, 'I5'],
  'controllerReply=atOnce': [1, 'I4'],
  'alterPartitionFencing=off': [145, 'I23'],
  'consumerRead=logEnd': [1, 'I12'],
  'produceTimeout=acknowledged': [4, 'I22'],
  'produceResign=acknowledged': [1, 'I22'],
  'isrShrink=atOnce': [12, 'I4'],
  'newLeaderFollowers=assumedCaughtUp': [13, 'I4'],
  'divergingFetch=counted': [34, 'I4'],
};

const CLEAN = [...new Set(Object.values(KNOWN).map(([seed]) => seed))];

describe('a mutation is noticed by a unit of the general search', () => {
  it('of which there is one for each', () => {
    expect(Object.keys(KNOWN).sort()).toEqual(MUTATIONS.map(({ id }) => id).sort());
  });

  it.each(MUTATIONS)(
    '$id',
    (mutation) => {
      const [seed, invariant] = KNOWN[mutation.id]!;
      const scenario = mutated(drawScenario(seed), mutation);
      const { finding } = playUnit({ seed, scenario, runSeed: seed });
      expect(finding?.failure.invariant).toBe(invariant);
    },
    60_000,
  );

  it.each(CLEAN)(
    'and finds nothing without one: seed %i',
    (seed) => {
      const { finding } = playUnit({ seed, scenario: drawScenario(seed), runSeed: seed });
      expect(finding).toBeNull();
    },
    60_000,
  );
});

describe('without a mutation', () => {
  it('nothing is violated, and everything recovers', () => {
    for (let seed = 0; seed < CONTROL_SEEDS; seed++) {
      const { violations, expectedLosses, pending } = run(seed, {});
      expect({ seed, violations, expectedLosses, pending }).toEqual({
        seed,
        violations: [],
        expectedLosses: [],
        pending: [],
      });
    }
  }, 600_000);
});
