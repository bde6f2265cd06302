/** Random scenarios for older versions; those for 4.1 are what they always were. */
import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { VERSION_PROFILES, type KafkaVersion } from '../model/versions.js';
import { checkScenario } from './language/check.js';
import { resolvePlan } from './language/resolve-plan.js';
import { versionName, type ScenarioVersion } from './language/version-name.js';
import { randomScenario } from './random-scenario.js';
import { runScenario } from './index.js';
import { drawScenario } from './search/draw-scenario.js';

const SEEDS = Array.from({ length: 500 }, (_, seed) => seed);

function digest(values: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 16);
}

describe('random scenarios of 4.1', () => {
  it('do not change: seeds that are written down somewhere stand for them', () => {
    expect(digest(SEEDS.map((seed) => drawScenario(seed)))).toBe('256ed0cba8265a0b');
    expect(digest(SEEDS.map((seed) => randomScenario(seed, 'survivable')))).toBe(
      'e10de6a1150063e5',
    );
    expect(digest(SEEDS.map((seed) => randomScenario(seed, 'unlimited')))).toBe('fe51729f4a8b40a0');
  });
});

const VERSIONS = VERSION_PROFILES.map(({ version: kafka, metadata }): ScenarioVersion => {
  return { kafka, metadata };
});

describe('random scenarios of older versions', () => {
  it.each(VERSIONS.map((version) => [versionName(version), version] as const))(
    '%s: are valid, say their version, and set nothing that it does not have',
    (_, version) => {
      for (const seed of SEEDS.slice(0, 60)) {
        for (const drawn of [
          drawScenario(seed, version),
          randomScenario(seed, 'survivable', version),
          randomScenario(seed, 'unlimited', version),
        ]) {
          expect(checkScenario(drawn)).toMatchObject({ ok: true, warnings: [] });
          const plan = resolvePlan(drawn);
          expect(plan).toMatchObject(version);
          expect(plan.controllers.length > 0).toBe(version.metadata === 'kraft');
          expect(plan.zookeepers.length > 0).toBe(version.metadata === 'zookeeper');
        }
      }
    },
  );

  it('name the mode where there are two', () => {
    const written = (version: ScenarioVersion): unknown => {
      const { kafka, metadata } = drawScenario(1, version);
      return { kafka, metadata };
    };
    expect(written({ kafka: '2.3', metadata: 'zookeeper' })).toEqual({ kafka: '2.3' });
    expect(written({ kafka: '3.9', metadata: 'zookeeper' })).toEqual({
      kafka: '3.9',
      metadata: 'zookeeper',
    });
    expect(written({ kafka: '3.9', metadata: 'kraft' })).toEqual({
      kafka: '3.9',
      metadata: 'kraft',
    });
    expect(written({ kafka: '4.0', metadata: 'kraft' })).toEqual({ kafka: '4.0' });
    expect(written({ kafka: '4.1', metadata: 'kraft' })).toEqual({});
  });

  it('tell the story of their seed: faults, topics, network and load are those of 4.1', () => {
    for (const seed of SEEDS.slice(0, 60)) {
      const newest = randomScenario(seed, 'survivable');
      const old = randomScenario(seed, 'survivable', { kafka: '2.3', metadata: 'zookeeper' });
      expect(old['random-faults']).toEqual(newest['random-faults']);
      expect(old.topics).toEqual(newest.topics);
      expect(old.network).toEqual(newest.network);
      expect(old.producers?.map(({ rate }) => rate)).toEqual(
        newest.producers?.map(({ rate }) => rate),
      );
    }
  });

  it('leave room to recover: members of the ISR fetch in time, and clients do not wait for longer than a run', () => {
    for (const seed of SEEDS.slice(0, 60)) {
      const { cluster, consumers } = randomScenario(seed, 'survivable', {
        kafka: '1.1',
        metadata: 'zookeeper',
      });
      const lagMs = Number(cluster.config!['replica.lag.time.max.ms']);
      expect(lagMs).toBeGreaterThanOrEqual(1000);
      expect(Number(cluster.config!['replica.fetch.wait.max.ms'])).toBeLessThanOrEqual(lagMs / 4);
      expect(consumers![0]!.config!['request.timeout.ms']).toBe(30_000);
    }
  });

  it('are safe where the defaults are not, and ask for idempotence now and then', () => {
    const producersOf = (kafka: '0.10' | '0.11' | '2.0'): { config?: object | undefined }[] =>
      SEEDS.flatMap((seed) => {
        const drawn = randomScenario(seed, 'survivable', { kafka, metadata: 'zookeeper' });
        if (kafka === '0.10')
          expect(drawn.cluster.config?.['unclean.leader.election.enable']).toBe(false);
        return drawn.producers ?? [];
      });
    const asking = (kafka: '0.10' | '0.11' | '2.0'): number => {
      const producers = producersOf(kafka);
      const asked = producers.filter(({ config }) => 'enable.idempotence' in (config ?? {}));
      return asked.length / producers.length;
    };
    expect(asking('0.10')).toBe(0);
    expect(Math.abs(asking('0.11') - 0.5)).toBeLessThan(0.1);
    expect(Math.abs(asking('2.0') - 0.5)).toBeLessThan(0.1);
  });
});

/** Seeds that once failed, and why. */
const ONCE_FAILED: readonly (readonly [KafkaVersion, number, string])[] = [
  [
    '1.1',
    305,
    'a consumer waits 305 s for a leader that lost its power: longer than there is to recover',
  ],
  [
    '2.0',
    320,
    'healthy followers fetched too seldom for replica.lag.time.max.ms, and left the ISR again and again',
  ],
  [
    '2.3',
    1052,
    'an ISR write whose answer was lost was not sent again: its effect came after the look at the znode',
  ],
  [
    '3.9',
    1381,
    'the answer to the creation of a partition’s state was lost, and the controller takes it for new',
  ],
  [
    '3.9',
    307,
    'the controller lost its disk and was back before there was another: no survivable fault',
  ],
  ['3.3', 408, 'an epoch whose checkpoint could not be written was not recovered from the log'],
  ['0.11', 821, 'an ISR write that the end of a session cut short was not sent again'],
];

describe('random scenarios on ZooKeeper that once failed', () => {
  it.each(ONCE_FAILED)('%s, seed %i: %s', (kafka, seed) => {
    const scenario = randomScenario(seed, 'survivable', { kafka, metadata: 'zookeeper' });
    const { violations, pending, clients } = runScenario(scenario, { seed });
    expect(violations).toEqual([]);
    expect(pending).toEqual([]);
    expect(clients.ackedLost).toBe(0);
  });

  it('before 4.0 a new incarnation that registers before the old one is fenced stays in the ISR: 3.5, seed 560', () => {
    const scenario = randomScenario(560, 'survivable', { kafka: '3.5', metadata: 'kraft' });
    const { violations, pending, expectedLosses } = runScenario(scenario, { seed: 560 });
    expect([violations, pending]).toEqual([[], []]);
    const reasons = expectedLosses.map(({ invariant, broken }) => `${invariant}: ${broken}`);
    expect(reasons.join('\n')).toContain('registered as a new incarnation before the old one');
  });

  it('lose what a broker lost that came back into an ISR it had never left, under another controller', () => {
    const scenario = randomScenario(307, 'unlimited', { kafka: '3.9', metadata: 'zookeeper' });
    const { violations, expectedLosses, clients } = runScenario(scenario, { seed: 307 });
    expect(violations).toEqual([]);
    expect(clients.ackedLost).toBeGreaterThan(0);
    const lost = expectedLosses.find(({ invariant }) => invariant === 'I1')!;
    expect(lost.broken).toMatch(
      /^by t=\d+ms broker 2, which lost power or disk, was back in the ISR of topic-0-0 that it had never left/,
    );
  });
});
