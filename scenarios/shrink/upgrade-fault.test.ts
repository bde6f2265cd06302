/** An upgrade under other names, and beside faults that were drawn. */
import { describe, expect, it } from 'vitest';

import { SAFE_CLUSTER } from '../catalogue/entry.js';
import type { FaultInput } from '../language/fault-parts.js';
import type { Scenario } from '../language/schema.js';
import { runScenario } from '../run/run-scenario.js';
import { realise } from './realise.js';
import { rewriteFault, without } from './rewrite-targets.js';

const SHORT: FaultInput = { at: '5s', upgrade: '4.1' };
const NAMED: FaultInput = {
  at: '5s',
  upgrade: { to: '4.1', on: ['broker 2', 'broker 3'], down: '1s', pause: '3s' },
};

describe('rewriting an upgrade', () => {
  it('keeps its version, and leaves out a broker that is gone', () => {
    expect(rewriteFault(SHORT, without('broker', 2))).toEqual(SHORT);
    expect(rewriteFault({ at: '5s', upgrade: { to: '4.1' } }, without('broker', 2))).toEqual({
      at: '5s',
      upgrade: { to: '4.1' },
    });
    expect(rewriteFault(NAMED, without('broker', 2))).toEqual({
      at: '5s',
      upgrade: { to: '4.1', on: 'broker 2', down: '1s', pause: '3s' },
    });
    const only = { at: '5s', upgrade: { to: '4.1', on: 'broker 2' } };
    expect(rewriteFault(only, without('broker', 2))).toBeNull();
  });
});

describe('realising random faults beside an upgrade', () => {
  it('leaves the upgrade as it was written, and gives the same run', () => {
    const scenario: Scenario = {
      ...SAFE_CLUSTER,
      name: 'upgrade',
      kafka: '3.9',
      faults: [NAMED],
      'random-faults': { every: '3s..5s', for: '1s..4s', kinds: { pause: 1 } },
      run: { for: '25s', settle: '10s' },
    };
    const explicit = realise(scenario, 2);
    expect(explicit.faults?.[0]).toEqual(NAMED);
    expect(explicit.faults?.filter(({ stop }) => stop !== undefined)).toEqual([]);
    expect(explicit.faults!.length).toBeGreaterThan(2);
    expect(runScenario(explicit, { seed: 2 }).hash).toBe(runScenario(scenario, { seed: 2 }).hash);
  });
});
