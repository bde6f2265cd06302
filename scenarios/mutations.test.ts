/**
 * The lab tested: with one rule of the protocol taken out by its switch, a search over random scenarios finds a
 * violation; with the rule in place the same scenarios have none.
 */
import { describe, expect, it } from 'vitest';
import type { SwitchName } from '../model/index.js';
import { randomScenario } from './random-scenario.js';
import type { RunResult } from './run/result.js';
import { runScenario } from './run/run-scenario.js';

const SEEDS = 500;
/** Seeds that must be clean whatever the mutations come upon. */
const CONTROL_SEEDS = 60;

function run(seed: number, switches: Readonly<Record<string, string>>): RunResult {
  return runScenario({ ...randomScenario(seed, 'survivable'), switches }, { seed });
}

/** The first seed whose run violates an invariant, with the ids; null where no seed does. */
function search(switches: Readonly<Record<string, string>>): {
  seed: number;
  invariants: string[];
} | null {
  for (let seed = 0; seed < SEEDS; seed++) {
    const { violations } = run(seed, switches);
    if (violations.length === 0) continue;
    return { seed, invariants: [...new Set(violations.map(({ invariant }) => invariant))] };
  }
  return null;
}

const MUTATIONS: readonly (readonly [SwitchName, string, string])[] = [
  ['produceAck', 'append', 'acks=all is answered before the high watermark moves'],
  ['produceIsrCheck', 'off', 'acks=all is accepted while the ISR is too small'],
  ['truncation', 'off', 'followers never cut their logs'],
  ['leaderEpochFencing', 'off', 'requests of other leader epochs are served'],
  ['hwSet', 'committedIsr', 'the high watermark does not wait for joining members'],
  ['votePersistence', 'off', 'a vote is given before it is on disk'],
];

describe('a mutation is noticed', () => {
  it.each(MUTATIONS)(
    '%s=%s: %s',
    (name, value) => {
      const found = search({ [name]: value });
      expect(found, `no violation in ${SEEDS} seeds with ${name}=${value}`).not.toBeNull();
      const unmutated = run(found!.seed, {});
      expect({ ...found, unmutated: unmutated.violations }).toEqual({ ...found, unmutated: [] });
    },
    600_000,
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
