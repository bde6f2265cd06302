import { describe, expect, it } from 'vitest';

import { isZooKeeperState, zooKeeperView } from '../../model/index.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import type { Neighbour } from './neighbour.js';
import { resultOf } from './result.js';
import { Run } from './run.js';
import { playScenario, runScenario } from './run-scenario.js';
import { znodesOf, type ZnodeReport } from './znodes.js';

const PRODUCER = { id: 'web', topic: 'orders', rate: '20/s', config: { acks: 'all' } } as const;

/** Two clusters whose brokers, topics and producers have the same names and ids. */
const TWINS = {
  name: 'twins',
  kafka: '2.3',
  cluster: { brokers: 3, zookeepers: 3, config: { 'min.insync.replicas': 2 } },
  topics: [{ name: 'orders', replicas: [[1, 2, 3]] }],
  producers: [PRODUCER],
  neighbours: [
    {
      name: 'audit',
      brokers: 3,
      config: { 'min.insync.replicas': 2 },
      topics: [
        { name: 'trail', replicas: [[3, 1]] },
        { name: 'orders', replicas: [[2, 3, 1]] },
      ],
      producers: [PRODUCER],
    },
  ],
  run: { for: '60s', settle: '60s' },
} satisfies Scenario;

function started(scenario: Scenario, seed = 1): { run: Run; audit: Neighbour } {
  const run = Run.start(resolvePlan(scenario), { seed });
  return { run, audit: run.neighbours[0]! };
}

function znodes(run: Run, isOf: (path: string) => boolean): readonly ZnodeReport[] {
  return znodesOf(run)!.znodes.filter(({ path }) => isOf(path));
}

const ofAudit = (path: string): boolean => path === '/audit' || path.startsWith('/audit/');
const ofMain = (path: string): boolean => !ofAudit(path);

/** Leader, leader epoch and ISR of each partition. */
function leadership({ truth, definition }: Pick<Run, 'truth' | 'definition'>): unknown[] {
  return definition.partitions.map(({ index, name }) => {
    const partition = truth.partition(index);
    return [name, partition?.leader, partition?.leaderEpoch, partition?.isr];
  });
}

describe('a neighbour', () => {
  it('is a cluster of its own: the same ids and names, other znodes, leaders and records', () => {
    const { run, audit } = started(TWINS);
    run.play();
    expect(leadership(run)).toEqual([['orders-0', 1, 0, [1, 2, 3]]]);
    expect(leadership(audit)).toEqual([
      ['trail-0', 3, 0, [3, 1]],
      ['orders-0', 2, 0, [2, 3, 1]],
    ]);
    const own = znodes(run, ofMain).map(({ path }) => path);
    const others = znodes(run, ofAudit).map(({ path }) => path);
    expect(own).toContain('/brokers/topics/orders/partitions/0/state');
    expect(own).not.toContain('/brokers/topics/trail');
    expect(others).toContain('/audit/brokers/topics/trail/partitions/0/state');
    expect(others).toContain('/audit/controller');
    for (const path of own.filter((one) => !one.startsWith('/brokers/topics/')))
      expect(others).toContain(`/audit${path}`);
    const result = resultOf(run);
    expect(result.ok).toBe(true);
    expect(result.clients).toMatchObject({ sent: 1200, ok: 1200, ackedLost: 0 });
    expect(result.neighbours).toMatchObject([
      { name: 'audit', chroot: '/audit', clients: { sent: 1200, ok: 1200, ackedLost: 0 } },
    ]);
  });

  it.each(['2.3', '0.10', '3.9-zk'])(
    'Kafka %s: what befalls one leaves the other alone',
    (kafka) => {
      const strikes = { at: '20s', for: '25s' };
      const { run, audit } = started({
        ...TWINS,
        kafka,
        faults: [{ ...strikes, crash: ['broker 2 of audit', 'controller of audit'] }],
      });
      run.advance(15_000_000);
      const before = { leaders: leadership(run), znodes: znodes(run, ofMain) };
      const auditBefore = leadership(audit);
      run.advance(44_000_000);
      expect(leadership(audit)).not.toEqual(auditBefore);
      expect({ leaders: leadership(run), znodes: znodes(run, ofMain) }).toEqual(before);
      const result = resultOf(run.play());
      expect(result.availability.outages).toEqual([]);
      expect(result.neighbours![0]!.availability.outages).not.toEqual([]);
      expect(result.ok).toBe(true);
    },
  );

  it('is left alone by what befalls the scenario’s own cluster', () => {
    const faults: Scenario['faults'] = [
      { at: '20s', crash: ['controller', 'leader of orders-0'], for: '25s' },
      { at: '25s', 'expire-session': 'broker 3' },
    ];
    const { run, audit } = started({ ...TWINS, faults });
    run.advance(15_000_000);
    const before = { leaders: leadership(audit), znodes: znodes(run, ofAudit) };
    const own = leadership(run);
    run.advance(44_000_000);
    expect(leadership(run)).not.toEqual(own);
    expect({ leaders: leadership(audit), znodes: znodes(run, ofAudit) }).toEqual(before);
    const result = resultOf(run.play());
    expect(result.neighbours![0]!.availability.outages).toEqual([]);
    expect(result.ok).toBe(true);
  });

  it('shares the ensemble: without a quorum neither elects, and with it both do', () => {
    const { run, audit } = started({
      ...TWINS,
      faults: [
        { at: '15s', crash: ['zookeeper 1', 'zookeeper 3'], for: '25s' },
        { at: '20s', crash: ['leader of orders-0', 'broker 2 of audit'], for: '40s' },
      ],
    });
    run.advance(16_000_000);
    const before = [leadership(run), leadership(audit)];
    run.advance(40_000_000);
    // More than three session timeouts after the crashes.
    expect([leadership(run), leadership(audit)]).toEqual(before);
    run.advance(56_000_000);
    expect(run.truth.partition(0)?.leader).not.toBe(1);
    expect(run.truth.partition(0)?.isr).toEqual([2, 3]);
    expect(audit.truth.partition(1)?.leader).not.toBe(2);
    expect(audit.truth.partition(1)?.isr).toEqual([3, 1]);
    expect(resultOf(run.play()).ok).toBe(true);
  });

  it('has sessions and controlled shutdowns that faults reach by its name', () => {
    const { run, audit } = started({
      ...TWINS,
      faults: [
        { at: '15s', 'expire-session': 'broker 3 of audit' },
        { at: '30s', stop: 'broker 2 of audit', for: '10s' },
      ],
    });
    run.advance(14_000_000);
    const owners = (): unknown[] =>
      ['/audit/brokers/ids/3', '/brokers/ids/3'].map(
        (at) => znodes(run, (path) => path === at)[0]?.ephemeralOwner?.session,
      );
    const [ofNeighbour, own] = owners();
    run.advance(29_000_000);
    expect(owners()[0]).not.toBe(ofNeighbour);
    expect(owners()[1]).toBe(own);
    run.advance(34_000_000);
    // Led over before the process ends: no session has to lapse.
    expect(audit.truth.partition(1)).toMatchObject({ leader: 3, isr: [1, 3] });
    expect(leadership(run)).toEqual([['orders-0', 1, 0, [1, 2, 3]]]);
    const hosts = run.simulation.hosts.filter(({ status }) => status === 'down');
    expect(hosts.map(({ name }) => name)).toEqual(['audit-broker-2']);
    expect(resultOf(run.play()).ok).toBe(true);
  });

  it('keeps the promises of its own settings, and what it breaks is told under its name', () => {
    const neighbour = {
      name: 'audit',
      brokers: 1,
      topics: [{ name: 'trail', replicas: [[1]] }],
      producers: [{ ...PRODUCER, topic: 'trail' }],
    };
    const result = runScenario(
      {
        ...TWINS,
        neighbours: [neighbour],
        faults: [{ at: '20s', 'lose-disk': 'broker 1 of audit', for: '5s' }],
      },
      { seed: 1 },
    );
    expect(result.clients.ackedLost).toBe(0);
    expect(result.neighbours![0]!.clients.ackedLost).toBeGreaterThan(0);
    expect(result.violations).toEqual([]);
    expect(result.expectedLosses.map(({ invariant }) => invariant)).toContain('I1');
    for (const { message } of result.expectedLosses) expect(message).toMatch(/^audit: /);
  });

  it('does not recover: that is a liveness failure of the run', () => {
    const scenario: Scenario = {
      ...TWINS,
      faults: [{ at: '58s', crash: 'broker 1 of audit', for: '2s' }],
      run: { for: '60s', settle: '1s' },
    };
    const result = runScenario(scenario, { seed: 1 });
    expect(result.ok).toBe(false);
    expect(result.pending.length).toBeGreaterThan(0);
    for (const line of result.pending) expect(line).toMatch(/^audit: /);
  });

  it('goes along when the run is forked: both copies and the trace come to the same end', () => {
    const scenario: Scenario = {
      ...TWINS,
      faults: [{ at: '30s', crash: ['zookeeper 2', 'controller of audit'], for: '10s' }],
    };
    const whole = playScenario(scenario, { seed: 5 });
    const { run } = started(scenario, 5);
    run.advance(33_000_000);
    const fork = run.fork();
    expect(resultOf(fork.play())).toEqual(whole.result);
    expect(resultOf(run.play())).toEqual(whole.result);
    expect(fork.neighbours[0]!.truth.state.changes).toBe(run.neighbours[0]!.truth.state.changes);
  });

  it('leaves the draws of the scenario’s own hosts as they were', () => {
    const { neighbours, ...alone } = TWINS;
    const traceOf = (scenario: Scenario): readonly string[] =>
      playScenario(scenario, { seed: 3, trace: 'story' }).trace.filter(
        (line) => !line.includes(`${neighbours[0]!.name}-`),
      );
    const names = (lines: readonly string[]): string[] =>
      lines.filter((line) => line.includes(' up')).map((line) => line.slice(14));
    expect(names(traceOf(TWINS))).toEqual(names(traceOf(alone)));
    const shared = traceOf(TWINS).find((line) => line.includes('zookeeper-leader-elected'));
    expect(traceOf(alone)).toContain(shared);
  });
});

describe('a chroot', () => {
  const CHROOTED = {
    ...TWINS,
    neighbours: [],
    cluster: { ...TWINS.cluster, chroot: '/prod/kafka' },
    faults: [{ at: '20s', crash: 'leader of orders-0', for: '10s' }],
  } satisfies Scenario;

  it.each(['0.10', '1.1', '2.3', '2.8', '3.9-zk'])(
    'Kafka %s: all of the cluster is below it, and its brokers keep one session each',
    (kafka) => {
      const { run, result } = playScenario({ ...CHROOTED, kafka }, { seed: 2 });
      expect(result.ok).toBe(true);
      expect(result.cluster.leaderElections).toBeGreaterThan(0);
      const { server, znodes: all } = znodesOf(run)!;
      const paths = all.map(({ path }) => path);
      expect(paths.filter((path) => !path.startsWith('/prod/kafka/'))).toEqual([
        '/prod',
        '/prod/kafka',
      ]);
      expect(paths).toContain('/prod/kafka/brokers/topics/orders/partitions/0/state');
      const { host } = run.definition.plane.zookeepers[server! - 1]!;
      const { state } = run.simulation.hosts[host]!;
      expect(isZooKeeperState(state) && zooKeeperView(state).sessions).toBe(3);
    },
  );

  it('is the same whether chroot or zookeeper.connect says it', () => {
    const config = { ...TWINS.cluster.config, 'zookeeper.connect': 'zk1:2181,zk2:2181/prod/kafka' };
    const connected: Scenario = { ...CHROOTED, cluster: { brokers: 3, zookeepers: 3, config } };
    const hashOf = (scenario: Scenario): string => runScenario(scenario, { seed: 2 }).hash;
    expect(hashOf(connected)).toBe(hashOf(CHROOTED));
    const atRoot: Scenario = { ...CHROOTED, cluster: TWINS.cluster };
    expect(hashOf(atRoot)).not.toBe(hashOf(CHROOTED));
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'seed %i: brokers that find no quorum, or lose their server, make it later',
    (seed) => {
      const faults: Scenario['faults'] = [
        { at: '0s', crash: ['zookeeper 1', 'zookeeper 2'], for: '9s' },
        { at: '9500ms', pause: 'zookeeper 3', for: '9s' },
        { at: '10s', crash: 'broker 1', for: '1s' },
      ];
      const { result, run } = playScenario(withBoth(faults), { seed });
      expect(result.pending).toEqual([]);
      expect(result.violations).toEqual([]);
      expect(znodes(run, (path) => path.endsWith('/brokers/ids/1'))).toHaveLength(2);
    },
  );

  /** Both clusters below a chroot. */
  function withBoth(faults: Scenario['faults']): Scenario {
    return { ...TWINS, cluster: CHROOTED.cluster, faults };
  }

  it('the session that made it ends although its server stands still', () => {
    for (const server of [1, 2, 3]) {
      for (let at = 1006; at <= 1030; at += 4) {
        const pause = `zookeeper ${server}`;
        const { run, audit } = started(withBoth([{ at: `${at}ms`, pause, for: '50s' }]));
        run.advance(30_000_000);
        for (const { truth } of [run, audit])
          expect([1, 2, 3].map((id) => truth.broker(id).epoch > 0)).toEqual([true, true, true]);
      }
    }
  });
});
