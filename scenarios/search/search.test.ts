import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../sim/index.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import { runScenario } from '../run/run-scenario.js';
import { Run } from '../run/run.js';
import { arenaOf } from './draw-fault.js';
import { drawScenario } from './draw-scenario.js';
import { failsAs } from './failure.js';
import { forkFuture } from './futures.js';
import { MUTATIONS, mutated } from './mutations.js';
import { PLOTS } from './plots.js';
import { playUnit } from './search-unit.js';
import { Search, searchHere, type SearchReport } from './search.js';
import { stagedScenario } from './staged-scenario.js';
import { varyScenario } from './vary-scenario.js';

const asItIs = (scenario: Scenario): Scenario => scenario;
const never = (): boolean => false;

function generalSearch(from: number, to: number, change = asItIs): Search {
  return new Search({ subject: { kind: 'general', change }, seeds: { from, to } });
}

describe('what a search draws', () => {
  it('is a valid scenario, whatever the seed, and so is every variation of it', () => {
    for (let seed = 0; seed < 60; seed++) {
      const scenario = drawScenario(seed);
      expect(() => resolvePlan(scenario)).not.toThrow();
      const varied = varyScenario(scenario, RandomStream.named(String(seed), 'test'));
      expect(() => resolvePlan(varied)).not.toThrow();
    }
  });

  it('is a swarm: kinds of faults are off and on independently of one another', () => {
    const swarms = Array.from({ length: 200 }, (_, seed) =>
      Object.keys((drawScenario(seed)['random-faults']?.kinds ?? {}) as object),
    );
    const both = swarms.filter((kinds) => kinds.includes('crash') && kinds.includes('pause'));
    const one = swarms.filter((kinds) => kinds.includes('crash') !== kinds.includes('pause'));
    expect(both.length).toBeGreaterThan(20);
    expect(one.length).toBeGreaterThan(40);
  });

  it('has clusters of 1 to 5 brokers, and faults that wait for marks', () => {
    const scenarios = Array.from({ length: 200 }, (_, seed) => drawScenario(seed));
    const sizes = new Set(scenarios.map(({ cluster }) => cluster.brokers));
    expect(sizes).toEqual(new Set([1, 2, 3, 4, 5]));
    const waiting = scenarios.filter(({ faults }) =>
      faults?.some(({ when }) => when !== undefined),
    );
    expect(waiting.length).toBeGreaterThan(50);
  });
});

describe('plots', () => {
  const versions = [undefined, { kafka: '1.1', metadata: 'zookeeper' }] as const;

  it.each(versions)(
    'make valid scenarios, of one topic, and the same ones of the same seed',
    (version) => {
      const staged: Scenario[] = [];
      for (let seed = 0; seed < 150; seed++) {
        const drawn = drawScenario(seed, version);
        const scenario = stagedScenario(drawn, seed);
        expect(stagedScenario(drawn, seed)).toEqual(scenario);
        if (scenario === drawn) continue;
        staged.push(scenario);
        expect(() => resolvePlan(scenario)).not.toThrow();
        expect(scenario.topics).toHaveLength(1);
      }
      // Half of those that have two replicas.
      expect(staged.length).toBeGreaterThan(40);
      expect(staged.length).toBeLessThan(100);
    },
  );

  it('are of all kinds', () => {
    const kinds = PLOTS.map((plot) => {
      const stream = RandomStream.named('0', 'test');
      const stage = { stream, onZooKeeper: true, startMs: 1, partition: 'a-0', cast: [1, 2, 3] };
      return plot({ ...stage, sessionMs: 4000 }).map((fault) => Object.keys(fault).sort().join());
    });
    expect(new Set(kinds.map((verbs) => verbs.join(' '))).size).toBe(PLOTS.length);
  });
});

describe('what a search draws on ZooKeeper', () => {
  const faults = Array.from({ length: 300 }, (_, seed) => {
    const drawn = drawScenario(seed, { kafka: '2.3', metadata: 'zookeeper' });
    const varied = varyScenario(drawn, RandomStream.named(String(seed), 'test'));
    expect(() => resolvePlan(varied)).not.toThrow();
    return varied.faults ?? [];
  }).flat();

  it('holds what its controller and brokers send, and ends sessions', () => {
    const held = new Set(faults.flatMap(({ hold }) => hold?.rpc ?? []));
    expect(held).toContain('LeaderAndIsr');
    expect(held).toContain('StopReplica');
    expect(held).not.toContain('Vote');
    expect(held).not.toContain('BrokerHeartbeat');
    const ended = faults.flatMap((fault) => fault['expire-session'] ?? []);
    expect(ended).toContain('controller');
    expect(ended).toContain('broker 1');
    expect(JSON.stringify(faults)).toContain('zookeeper 1');
  });

  it('waits for marks that are told there: a registration that goes is a broker that is fenced', () => {
    const told = new Set<string>();
    for (const mark of ['broker-registered', 'broker-fenced', 'broker-unfenced'] as const) {
      const run = Run.start(
        resolvePlan({
          name: 'marks',
          kafka: '2.3',
          cluster: { brokers: 3, zookeepers: 3 },
          topics: [{ name: 'orders', partitions: 1, 'replication-factor': 3 }],
          faults: [
            { at: '8s', 'expire-session': 'broker 2' },
            {
              when: `${mark} of broker 2`,
              nth: mark === 'broker-fenced' ? 1 : 2,
              pause: 'broker 3',
            },
          ],
          run: { for: '15s', settle: '10s' },
        }),
        { seed: 1 },
      ).play();
      if (run.director.notes.some(({ verb, skipped }) => verb === 'pause' && !skipped))
        told.add(mark);
    }
    expect(told).toEqual(new Set(['broker-registered', 'broker-fenced', 'broker-unfenced']));
  });
});

describe('a future', () => {
  it('has the history of its scenario played from the start', () => {
    let compared = 0;
    for (const seed of [7, 8]) {
      const drawn = drawScenario(seed);
      const scenario = { ...drawn, run: { ...drawn.run, for: '9s', settle: '1s' }, faults: [] };
      const plan = resolvePlan(scenario);
      const run = Run.start(plan, { seed });
      for (let nowUs = 0; nowUs < 5_000_000; nowUs += 5000) run.advance(nowUs);
      const stream = RandomStream.named(String(seed), 'test');
      const future = forkFuture(run, scenario, arenaOf(plan), stream);
      const played = future!.run.play().simulation.hash.digest();
      expect(played).toBe(runScenario(future!.scenario, { seed }).hash);
      // The run that was forked knows nothing of it.
      const whole = runScenario(scenario, { seed }).hash;
      expect(run.play().simulation.hash.digest()).toBe(whole);
      if (played !== whole) compared++;
    }
    expect(compared).toBeGreaterThan(0);
  });
});

describe('a search', () => {
  const mutation = MUTATIONS.find(({ id }) => id === 'produceTimeout=acknowledged')!;
  const change = (scenario: Scenario): Scenario => mutated(scenario, mutation);

  it('finds what a plain run of the scenario shows again', () => {
    const { finding } = searchHere(generalSearch(1, 100, change), never);
    const { scenario, runSeed, failure } = finding!;
    expect(failsAs(runScenario(scenario, { seed: runSeed }), failure)).toBe(true);
    expect(scenario.switches).toEqual({ produceTimeout: 'acknowledged' });
  });

  it('finds the same in whatever order units are played', () => {
    const backwards = (search: Search): SearchReport => {
      for (;;) {
        const units = search.deal();
        if (units.length === 0) return search.report();
        const results = units.toReversed().map(playUnit).reverse();
        const first = results.findIndex(({ finding }) => finding !== null);
        search.take(first < 0 ? results : results.slice(0, first + 1));
      }
    };
    expect(backwards(generalSearch(1, 6, change))).toEqual(
      searchHere(generalSearch(1, 6, change), never),
    );
  });

  it('stops when time is up, and goes on from where it was', () => {
    let asked = 0;
    const report = searchHere(generalSearch(1, 100), () => asked++ >= 2);
    expect(report).toMatchObject({ units: 2, nextSeed: 3, finding: null });
  });

  it('names rare marks that it never reached', () => {
    const { neverReached, marks, covered } = searchHere(generalSearch(1, 2), never);
    expect(neverReached).toContain('metadata-truncated');
    expect(marks).toContain('quorum-leader-elected');
    expect(covered).toBeGreaterThan(20);
  });

  it('of a scenario keeps its cluster and looks for the promises that it names', () => {
    const scenario: Scenario = {
      name: 'mine',
      cluster: { brokers: 3, config: { 'min.insync.replicas': 2 } },
      topics: [{ name: 'orders', partitions: 1, 'replication-factor': 3 }],
      producers: [{ id: 'web', topic: 'orders', rate: '20/s', config: { acks: 'all' } }],
      run: { for: '20s', settle: '60s' },
      invariants: ['I22'],
      switches: { produceIsrCheck: 'off' },
    };
    const search = new Search({
      subject: { kind: 'scenario', scenario },
      seeds: { from: 1, to: 200 },
    });
    const { finding } = searchHere(search, never);
    expect(finding!.failure.invariant).toBe('I22');
    expect(finding!.scenario).toMatchObject({ name: 'mine', cluster: scenario.cluster });
  });
});

describe('the list of mutations', () => {
  it('has at least 18, over all parts of the cluster, each with its source', () => {
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(18);
    expect(new Set(MUTATIONS.map(({ id }) => id)).size).toBe(MUTATIONS.length);
    const areas = new Set(MUTATIONS.map(({ area }) => area));
    for (const area of ['replication', 'controller', 'quorum', 'recovery', 'producer']) {
      expect(areas).toContain(area);
    }
    for (const { source } of MUTATIONS) expect(source.length).toBeGreaterThan(5);
  });
});
