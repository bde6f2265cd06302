/** Sessions that ZooKeeper ends although their brokers live, on a whole cluster. */
import { describe, expect, it } from 'vitest';

import { isServerState, type ServerState } from '../../model/index.js';
import { SAFE_CLUSTER } from '../catalogue/entry.js';
import { checkScenario } from '../language/check.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import type { BrokerTruth } from '../run/metadata-truth.js';
import { Run } from '../run/run.js';
import { explicitFault } from '../shrink/explicit-fault.js';

const SECOND_US = 1_000_000;

type Faults = NonNullable<Scenario['faults']>;

function scenarioOf(kafka: string, faults: Faults, parts: Partial<Scenario> = {}): Scenario {
  return {
    ...SAFE_CLUSTER,
    name: 'sessions',
    kafka,
    cluster: { brokers: 3, zookeepers: 3, config: { 'min.insync.replicas': 2 } },
    topics: [{ name: 'orders', replicas: [[1, 2, 3]] }],
    faults,
    run: { for: '40s', settle: '30s' },
    ...parts,
  };
}

function runOf(kafka: string, faults: Faults): Run {
  return Run.start(resolvePlan(scenarioOf(kafka, faults)), { seed: 1 });
}

function serverOf(run: Run, broker: number): ServerState {
  const { state } = run.simulation.hosts[run.definition.node(broker).host]!;
  if (!isServerState(state)) throw new Error(`broker ${broker} is down`);
  return state;
}

/** Every change of a broker's registration, as it is committed. */
function registrations(run: Run, broker: number): BrokerTruth[] {
  const seen: BrokerTruth[] = [];
  run.truth.listeners.push({
    partitionChanged: () => undefined,
    brokerChanged: (_atUs, brokerId, truth) => {
      if (brokerId === broker) seen.push(truth);
    },
  });
  return seen;
}

describe('expire-session', () => {
  it.each(['0.10', '1.1', '2.3', '2.8', '3.6-zk'])(
    'kafka %s: the broker lives, its registration goes, and it registers anew',
    (kafka) => {
      const run = runOf(kafka, [{ at: '10s', 'expire-session': 'broker 2' }]);
      run.advance(9 * SECOND_US);
      const { epoch } = run.truth.broker(2);
      const server = serverOf(run, 2);
      const seen = registrations(run, 2);
      run.advance(30 * SECOND_US);
      expect(serverOf(run, 2)).toBe(server);
      const [gone, back] = seen;
      expect(gone).toMatchObject({ epoch, fenced: true });
      expect(back!.fenced).toBe(false);
      expect(back!.epoch).toBeGreaterThan(epoch);
      expect(back!.registeredAtUs - 10 * SECOND_US).toBeLessThan(5 * SECOND_US);
      run.advance(40 * SECOND_US);
      expect([...run.truth.partition(0)!.isr].sort((a, b) => a - b)).toEqual([1, 2, 3]);
    },
  );

  it('of the leader: another leads, and nothing acknowledged is lost', () => {
    const run = runOf('2.3', [{ at: '10s', 'expire-session': 'leader of orders-0' }]);
    run.advance(10 * SECOND_US);
    const { leader, leaderEpoch } = run.truth.partition(0)!;
    run.advance(12 * SECOND_US);
    const next = run.truth.partition(0)!;
    expect(next.leader).not.toBe(leader);
    expect(next.leaderEpoch).toBeGreaterThan(leaderEpoch);
    run.play();
    expect(run.invariants.breaches.violations).toEqual([]);
  });

  it('of the controller: another broker is the controller, and this one resigns', () => {
    const run = runOf('2.3', [{ at: '10s', 'expire-session': 'controller' }]);
    run.advance(9 * SECOND_US);
    const { activeController, controllerEpoch } = run.truth.state;
    run.advance(20 * SECOND_US);
    expect(run.truth.state.controllerEpoch).toBeGreaterThan(controllerEpoch);
    expect(run.director.notes).toMatchObject([
      { skipped: false, hosts: [run.definition.node(activeController).host] },
    ]);
  });

  it('is skipped where no server leads the ensemble, and where the broker is not registered', () => {
    const run = runOf('2.3', [
      { at: '10s', crash: ['zookeeper 1', 'zookeeper 2'], for: '15s' },
      { at: '13s', 'expire-session': 'broker 1' },
      { at: '30s', crash: 'broker 3', for: '9s' },
      { at: '38s', 'expire-session': 'broker 3' },
      { at: '38s', 'expire-session': 'broker 1' },
    ]);
    run.advance(40 * SECOND_US);
    const skipped = run.director.notes.map(({ text, skipped }) => [text, skipped]);
    expect(skipped).toEqual([
      ['crash zookeeper 1, zookeeper 2', false],
      ['expire-session broker 1', true],
      ['crash broker 3', false],
      ['expire-session broker 3', true],
      ['expire-session broker 1', false],
    ]);
  });

  it('forks with the run, and is written down with its time and target', () => {
    const run = runOf('2.3', [{ at: '10s', 'expire-session': 'leader of orders-0' }]);
    run.advance(9 * SECOND_US);
    const fork = run.fork();
    run.play();
    fork.play();
    expect(fork.simulation.hash.digest()).toBe(run.simulation.hash.digest());
    expect(explicitFault(run.director.notes[0]!, run.definition)).toEqual({
      at: '10s',
      'expire-session': 'broker 1',
    });
  });

  it('is drawn by random faults on ZooKeeper, and nowhere else', () => {
    const random = { every: '1s..2s', for: '1s..2s' };
    const kindsOf = (kafka: string): string[] => {
      const scenario = scenarioOf(kafka, [], { 'random-faults': random });
      if (kafka === '4.1') scenario.cluster = { brokers: 3, controllers: 3 };
      return resolvePlan(scenario).randomFaults!.kinds.map(({ verb }) => verb);
    };
    expect(kindsOf('2.3')).toContain('expire-session');
    expect(kindsOf('4.1')).toEqual(kindsOf('2.3').filter((verb) => verb !== 'expire-session'));
    const only = { ...random, kinds: { 'expire-session': 1 } };
    const plan = resolvePlan(scenarioOf('2.3', [], { 'random-faults': only }));
    const run = Run.start(plan, { seed: 1 }).play();
    const struck = run.director.notes.filter(({ skipped }) => !skipped);
    expect(struck.length).toBeGreaterThan(10);
    expect(new Set(struck.map(({ hosts }) => hosts.join())).size).toBe(3);
    expect(run.invariants.breaches.violations).toEqual([]);
    expect(run.invariants.unfinished(run.nowUs).pending).toEqual([]);
  });
});

describe('expire-session, misspelt', () => {
  const messageOf = (scenario: Scenario): string | undefined => {
    const checked = checkScenario(scenario);
    return checked.ok ? undefined : checked.problems[0]?.message;
  };

  it('strikes brokers of a cluster on ZooKeeper, at once', () => {
    const at = '1s';
    expect(messageOf(scenarioOf('2.3', [{ at, 'expire-session': ['broker 1'] }]))).toBeUndefined();
    const server = scenarioOf('2.3', [{ at, 'expire-session': 'zookeeper 1' }]);
    expect(messageOf(server)).toBe('expire-session strikes brokers, not "zookeeper 1"');
    const producer = scenarioOf('2.3', [{ at, 'expire-session': 'producer web' }]);
    expect(messageOf(producer)).toBe('expire-session strikes brokers, not "producer web"');
    const lasting = scenarioOf('2.3', [{ at, 'expire-session': 'broker 1', for: '1s' }]);
    expect(messageOf(lasting)).toBe('expire-session does not last: it takes no "for"');
  });

  it('is refused in KRaft mode, listed or drawn', () => {
    const cluster = { brokers: 3, controllers: 3 };
    const refused = 'expire-session needs a cluster on ZooKeeper: this one is in KRaft mode';
    const listed: Faults = [{ at: '1s', 'expire-session': 'broker 1' }];
    expect(messageOf(scenarioOf('4.1', listed, { cluster }))).toBe(refused);
    const kinds = { 'expire-session': 1 };
    const drawn = { 'random-faults': { every: '1s..2s', for: '1s..2s', kinds } };
    expect(messageOf(scenarioOf('4.1', [], { ...drawn, cluster }))).toBe(refused);
  });
});
