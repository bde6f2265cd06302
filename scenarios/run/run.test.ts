import { describe, expect, it } from 'vitest';

import { RandomStreams } from '../../sim/index.js';
import { CATALOGUE, findInCatalogue } from '../catalogue/index.js';
import { resolvePlan } from '../language/index.js';
import { drawScenario } from '../search/draw-scenario.js';
import { finish, playScenario, runScenario, startPlan } from './run-scenario.js';

const leaderCrash = findInCatalogue('leader-crash')!.scenario;

describe('a run', () => {
  it('has the same hash twice, with and without invariants and traces', () => {
    const first = runScenario(leaderCrash, { seed: 42 });
    expect(runScenario(leaderCrash, { seed: 42 })).toEqual(first);
    expect(runScenario(leaderCrash, { seed: 42, invariants: false }).hash).toBe(first.hash);
    expect(playScenario(leaderCrash, { seed: 42, trace: 'full' }).result.hash).toBe(first.hash);
    expect(runScenario(leaderCrash, { seed: 43 }).hash).not.toBe(first.hash);
  });

  it('is the same in slices, and what a mark set off lasts as long as it says', () => {
    let ended = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const plan = resolvePlan(drawScenario(seed));
      const whole = startPlan(plan, { seed });
      whole.advance(plan.run.forUs);
      const sliced = startPlan(plan, { seed });
      for (let us = 0; us < plan.run.forUs; us += 250_000) sliced.advance(us + 250_000);
      expect(sliced.simulation.hash.digest()).toBe(whole.simulation.hash.digest());
      for (const { fromUs, untilUs, forUs, verb } of whole.director.notes) {
        if (untilUs < 0 || untilUs === fromUs || forUs === null || verb === 'hold') continue;
        expect({ seed, verb, lastsUs: untilUs - fromUs }).toEqual({ seed, verb, lastsUs: forUs });
        ended++;
      }
    }
    expect(ended).toBeGreaterThan(50);
  });

  it('can be forked at any moment; both copies go on to the hash of the run that never was', () => {
    const moments = new RandomStreams('forks').stream('moments');
    for (const { scenario } of CATALOGUE.slice(0, 6)) {
      const plan = resolvePlan(scenario);
      const alone = startPlan(plan, { seed: 7 }).play();
      const expected = finish(alone);
      const totalUs = plan.run.forUs;
      const run = startPlan(plan, { seed: 7 });
      const times = Array.from({ length: 3 }, () => moments.below(totalUs)).sort((a, b) => a - b);
      const forks = times.map((atUs) => {
        run.advance(atUs);
        return run.fork();
      });
      run.play();
      expect(finish(run)).toEqual(expected);
      for (const fork of forks) {
        fork.play();
        expect(finish(fork)).toEqual(expected);
      }
    }
  });

  it('forks in a time that does not grow with its history: the chunks of logs are shared', () => {
    const plan = resolvePlan(leaderCrash);
    const run = startPlan(plan, { seed: 1 });
    run.advance(50_000_000);
    const fork = run.fork();
    const broker = run.simulation.hosts[0]!;
    const copy = fork.simulation.hosts[0]!;
    expect(copy.state).not.toBe(broker.state);
    const log = broker.disk.files.get('orders-0')!;
    const logCopy = copy.disk.files.get('orders-0')!;
    expect(logCopy).not.toBe(log);
    expect(logCopy.entries.at(0)).toBe(log.entries.at(0));
  });

  it('names what was pending when it ends at its bound of events', () => {
    const result = runScenario(
      { ...leaderCrash, run: { ...leaderCrash.run, 'max-events': 5000 } },
      { seed: 1 },
    );
    expect(result.ok).toBe(false);
    expect(result.pending[0]).toContain('bound of 5000 events');
  });

  it('measures availability from the end of the warm-up to the end of the faults', () => {
    const { availability } = runScenario(leaderCrash, { seed: 1 });
    const writes = availability.outages.filter(({ kind }) => kind === 'write');
    // A crash at 20 s is noticed within the session timeout of 9 s and a little more.
    for (const { fromMs, toMs, cause } of writes) {
      expect(fromMs).toBe(20_000);
      expect(toMs - fromMs).toBeGreaterThan(6_500);
      expect(toMs - fromMs).toBeLessThan(10_500);
      expect(cause).toContain('crash');
    }
    expect(writes).toHaveLength(3);
    expect(availability.write).toBeLessThan(1);
  });

  it('two brokers with min.insync.replicas 2: NOT_ENOUGH_REPLICAS until the second is back', () => {
    const { clients, availability } = runScenario(findInCatalogue('two-brokers')!.scenario, {
      seed: 1,
    });
    expect(clients.errors['NOT_ENOUGH_REPLICAS']).toBeGreaterThan(10);
    expect(clients.ackedLost).toBe(0);
    const [outage] = availability.outages.filter(({ kind }) => kind === 'write');
    expect(outage!.fromMs).toBe(20_000);
    expect(outage!.toMs).toBeGreaterThan(70_000);
    expect(outage!.toMs).toBeLessThan(75_000);
  });
});
