/** Rolling upgrades of whole clusters: which version runs where, when the protocol follows, and what cuts in. */
import { describe, expect, it } from 'vitest';

import { serverStateOf, type KafkaVersion } from '../../model/index.js';
import { SAFE_CLUSTER } from '../catalogue/entry.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import { Run } from '../run/run.js';
import { playScenario } from '../run/run-scenario.js';

const SECOND_US = 1_000_000;

type Faults = NonNullable<Scenario['faults']>;

const SHORT = { down: '2s', pause: '8s' };

function scenarioOf(kafka: string, faults: Faults, parts: Partial<Scenario> = {}): Scenario {
  return {
    ...SAFE_CLUSTER,
    name: 'upgrade',
    kafka,
    faults,
    run: { for: '120s', settle: '30s' },
    ...parts,
  };
}

function runOf(...scenario: Parameters<typeof scenarioOf>): Run {
  return Run.start(resolvePlan(scenarioOf(...scenario)), { seed: 1 });
}

/** `2.8/2.3` for each server: the version of its program and its protocol; `-` where no upgrade touched it. */
function releases(run: Run): string[] {
  return run.definition.nodes.map(({ host }) => {
    const release = run.director.coverage[host]?.release ?? null;
    return release === null ? '-' : `${release.kafka}/${release.protocol}`;
  });
}

/** The features that the server's controller and its broker know as finalized by hand. */
function features(run: Run, node: number): (KafkaVersion | null)[] {
  const { host } = run.definition.node(node);
  const server = serverStateOf(run.simulation.hosts[host]!.state);
  const known = [server?.controller?.metadataVersion, server?.broker?.image.metadataVersion];
  return known.filter((version) => version !== undefined);
}

/** Steps of the upgrade as they struck: second and what, without the hosts' names. */
function steps(run: Run): string[] {
  return run.director.notes.map(({ fromUs, text }) => `${fromUs / SECOND_US} ${text}`);
}

describe('an upgrade on ZooKeeper', () => {
  const faults: Faults = [{ at: '10s', upgrade: { to: '2.8', ...SHORT } }];

  it('rolls twice: first the version, under the old protocol, then the protocol', () => {
    const run = runOf('2.3', faults);
    run.advance(11 * SECOND_US);
    expect(releases(run)).toEqual(['-', '-', '-']);
    run.advance(29 * SECOND_US);
    expect(releases(run)).toEqual(['2.8/2.3', '2.8/2.3', '-']);
    run.advance(39 * SECOND_US);
    expect(releases(run)).toEqual(['2.8/2.3', '2.8/2.3', '2.8/2.3']);
    run.advance(59 * SECOND_US);
    expect(releases(run)).toEqual(['2.8/2.8', '2.8/2.8', '2.8/2.3']);
    run.advance(70 * SECOND_US);
    expect(releases(run)).toEqual(['2.8/2.8', '2.8/2.8', '2.8/2.8']);
    expect(steps(run)).toEqual([
      '10 upgrade to 2.8',
      '10 upgrade to 2.8: upgrade broker-1 to 2.8 (protocol 2.3)',
      '20 upgrade to 2.8: upgrade broker-2 to 2.8 (protocol 2.3)',
      '30 upgrade to 2.8: upgrade broker-3 to 2.8 (protocol 2.3)',
      '40 upgrade to 2.8: raise the protocol to 2.8',
      '40 upgrade to 2.8: restart broker-1 with protocol 2.8',
      '50 upgrade to 2.8: restart broker-2 with protocol 2.8',
      '60 upgrade to 2.8: restart broker-3 with protocol 2.8',
    ]);
  });

  it('changes what brokers send with the protocol, and not with the version', () => {
    const run = runOf('2.3', faults);
    const sent = { AlterPartition: [] as number[], OffsetForLeaderEpoch: [] as number[] };
    const { watcher } = run.simulation;
    run.simulation.watcher = {
      hostChanged: (host) => watcher?.hostChanged(host),
      messageDelivered: (from, _to, message) => {
        if (!from.name.startsWith('broker-')) return;
        const [name] = message.describe().split(' ') as [keyof typeof sent];
        if (Object.hasOwn(sent, name)) sent[name].push(run.nowUs / SECOND_US);
      },
    };
    run.advance(80 * SECOND_US);
    // Only once a broker has restarted with the new protocol does it ask the controller, or cut its log by its fetches.
    expect(Math.min(...sent.AlterPartition)).toBeGreaterThan(40);
    expect(Math.max(...sent.OffsetForLeaderEpoch)).toBeGreaterThan(40);
    expect(Math.max(...sent.OffsetForLeaderEpoch)).toBeLessThan(62);
    expect(sent.OffsetForLeaderEpoch.some((atS) => atS < 40)).toBe(true);
  });

  it('goes on in every fork to the same hash', () => {
    const run = runOf('2.3', faults);
    const hashes = [15, 33, 45].map((second) => {
      run.advance(second * SECOND_US);
      return run.fork();
    });
    run.advance(90 * SECOND_US);
    for (const fork of hashes) {
      fork.advance(90 * SECOND_US);
      expect(fork.simulation.hash.digest()).toBe(run.simulation.hash.digest());
      expect(releases(fork)).toEqual(releases(run));
    }
  });

  it('puts the version on a host that is down, whoever starts it', () => {
    const run = runOf('2.3', [...faults, { at: '9s', crash: 'broker 1', for: '25s' }]);
    run.advance(30 * SECOND_US);
    expect(releases(run)).toEqual(['-', '2.8/2.3', '-']);
    run.advance(36 * SECOND_US);
    expect(releases(run)[0]).toBe('2.8/2.3');
  });

  it('keeps what is installed through crashes, and raises the protocol when the last server is up', () => {
    const run = runOf('2.3', [...faults, { at: '35s', 'power-loss': 'broker 2', for: '20s' }]);
    run.advance(54 * SECOND_US);
    expect(releases(run)).toEqual(['2.8/2.3', '2.8/2.3', '2.8/2.3']);
    run.advance(90 * SECOND_US);
    expect(releases(run)).toEqual(['2.8/2.8', '2.8/2.8', '2.8/2.8']);
    expect(steps(run)).toContain('55 upgrade to 2.8: raise the protocol to 2.8');
  });

  it('stays where it is when faults are healed: a mixed cluster settles', () => {
    const { run, result } = playScenario(
      scenarioOf('2.3', faults, { run: { for: '25s', settle: '40s' } }),
      { seed: 3 },
    );
    expect(releases(run)).toEqual(['2.8/2.3', '2.8/2.3', '-']);
    expect(result).toMatchObject({ ok: true, pending: [], clients: { ackedLost: 0 } });
  });

  it('leads on from one version to the next', () => {
    const twice: Faults = [...faults, { at: '75s', upgrade: { to: '3.5', ...SHORT } }];
    const run = runOf('2.3', twice, { run: { for: '180s', settle: '30s' } });
    run.advance(100 * SECOND_US);
    expect(releases(run)).toEqual(['3.5/2.8', '3.5/2.8', '3.5/2.8']);
    run.advance(150 * SECOND_US);
    expect(releases(run)).toEqual(['3.5/3.5', '3.5/3.5', '3.5/3.5']);
  });
});

describe('an upgrade in KRaft mode', () => {
  const faults: Faults = [{ at: '10s', upgrade: { to: '4.1', ...SHORT } }];

  it('rolls once, controllers first; then features are finalized without a restart', () => {
    const run = runOf('3.5', faults);
    run.advance(39 * SECOND_US);
    expect(releases(run)).toEqual(['-', '-', '-', '4.1/3.5', '4.1/3.5', '4.1/3.5']);
    run.advance(69 * SECOND_US);
    expect(releases(run)).toEqual(Array.from({ length: 6 }, () => '4.1/3.5'));
    expect([1, 4].map((node) => features(run, node))).toEqual([[null], [null]]);
    const incarnations = run.simulation.hosts.map(({ incarnation }) => incarnation);
    run.advance(72 * SECOND_US);
    for (const { id } of run.definition.nodes) expect(features(run, id)).toEqual(['4.1']);
    expect(run.simulation.hosts.map(({ incarnation }) => incarnation)).toEqual(incarnations);
    expect(steps(run).at(-1)).toBe('70 upgrade to 4.1: raise metadata.version to 4.1');
  });

  it('has eligible leader replicas from then on, and not before', () => {
    const shrink = (at: string): Faults => [
      { at, crash: 'broker 2', for: '18s' },
      { at, crash: 'broker 3', for: '18s' },
    ];
    const elrAt = (second: number, more: Faults): readonly number[] => {
      const run = runOf('3.5', [...faults, ...more], { run: { for: '140s', settle: '30s' } });
      run.advance(second * SECOND_US);
      const { isr, elr } = run.truth.partition(0)!;
      expect(isr).toHaveLength(1);
      return elr;
    };
    expect(elrAt(99, shrink('82s'))).toHaveLength(1);
    expect(elrAt(66, shrink('48s'))).toEqual([]);
  });

  it('keeps finalized features in the metadata log: who starts later knows them', () => {
    const more: Faults = [
      { at: '80s', 'power-loss': 'broker 1', for: '5s' },
      { at: '80s', crash: 'controller', for: '5s' },
    ];
    const run = runOf('3.5', [...faults, ...more]);
    run.advance(110 * SECOND_US);
    for (const { id } of run.definition.nodes) expect(features(run, id)).toEqual(['4.1']);
    expect(releases(run)).toEqual(Array.from({ length: 6 }, () => '4.1/3.5'));
  });

  it('of combined nodes restarts each once', () => {
    const cluster = { ...SAFE_CLUSTER.cluster, combined: true };
    const run = runOf('3.9', [{ at: '10s', upgrade: { to: '4.0', ...SHORT } }], { cluster });
    run.advance(60 * SECOND_US);
    // A start, an end, a start.
    expect(run.simulation.hosts.slice(0, 3).map(({ incarnation }) => incarnation)).toEqual([
      3, 3, 3,
    ]);
    expect(features(run, 1)).toEqual(['4.0', '4.0']);
  });

  it('of part of the cluster finalizes nothing; the rest completes it', () => {
    const canary: Faults = [
      { at: '10s', upgrade: { to: '4.1', on: 'broker 1', ...SHORT } },
      { at: '40s', upgrade: { to: '4.1', ...SHORT } },
    ];
    const run = runOf('3.9', canary);
    run.advance(39 * SECOND_US);
    expect(releases(run)).toEqual(['4.1/3.9', '-', '-', '-', '-', '-']);
    expect(steps(run)).toHaveLength(2);
    run.advance(110 * SECOND_US);
    expect(features(run, 1)).toEqual(['4.1']);
    // Broker 1 had the version: it was not restarted again.
    expect(steps(run).filter((step) => step.includes('broker-1'))).toHaveLength(1);
  });
});

describe('a quorum of two versions', () => {
  it('elects without pre-vote as long as a voter of 3.9 is asked', () => {
    const faults: Faults = [
      { at: '10s', upgrade: { to: '4.0', on: ['controller 1', 'controller 2'], ...SHORT } },
      { at: '35s', crash: 'controller', for: '20s' },
    ];
    const marks = (seed: number, kafka: string, listed: Faults): string[] => {
      const { result, trace } = playScenario(
        scenarioOf(kafka, listed, { run: { for: '60s', settle: '30s' } }),
        { seed, trace: 'story' },
      );
      expect(result).toMatchObject({ ok: true, pending: [] });
      return trace.filter((line) => line.includes('pre-vote-skipped'));
    };
    const seeds = [1, 2, 3, 4];
    expect(seeds.flatMap((seed) => marks(seed, '3.9', faults)).length).toBeGreaterThan(0);
    expect(marks(1, '3.9', faults.slice(1))).toEqual([]);
    expect(marks(1, '4.0', faults.slice(1))).toEqual([]);
  });
});
