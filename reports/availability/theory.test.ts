/** Where there is a theory, and whether its times are those of the lab. */
import { describe, expect, it } from 'vitest';
import { resolvePlan, Run, type Plan, type Scenario } from '../../scenarios/index.js';
import { theoryOf, theoryTimes } from './theory.js';

const SECOND_US = 1_000_000;

function planOf(overrides: Partial<Scenario> = {}, config: Record<string, number> = {}): Plan {
  return resolvePlan({
    name: 'timed',
    cluster: { brokers: 3, controllers: 3, config: { 'min.insync.replicas': 2, ...config } },
    topics: [{ name: 'orders', partitions: 1, 'replication-factor': 3 }],
    failures: { 'broker-crash': { mttf: '20h', mttr: '2h' } },
    ...overrides,
  });
}

describe('theoryOf', () => {
  it('is there for independent exponential crashes of brokers, with ELR and without', () => {
    const theory = theoryOf(planOf())!;
    const withoutElr = theoryOf(planOf({ switches: { elr: 'off' } }))!;

    expect(theory.structural.write).toBeGreaterThan(theory.write);
    expect(withoutElr.read).toBeGreaterThan(theory.read);
  });

  it('is that without ELR on ZooKeeper, from 2.3 on, and in KRaft mode before 4.1', () => {
    const onZooKeeper = (kafka: string): Partial<Scenario> => ({
      kafka,
      cluster: { brokers: 3, config: { 'min.insync.replicas': 2 } },
    });
    const { structural } = theoryOf(planOf(onZooKeeper('3.9-zk')))!;

    expect(theoryOf(planOf(onZooKeeper('2.6')))!.structural.read).toBeCloseTo(structural.read, 5);
    expect(theoryOf(planOf({ kafka: '3.9' }))!.structural.read).toBeCloseTo(structural.read, 5);
    expect(theoryOf(planOf())!.structural.read).toBeLessThan(structural.read - 0.0005);
    expect(theoryOf(planOf(onZooKeeper('2.0')))).toBeNull();
    const changed = { ...onZooKeeper('3.9-zk'), switches: { lastIsrMember: 'droppedIfUnclean' } };
    expect(theoryOf(planOf(changed as Partial<Scenario>))).toBeNull();
  });

  it.each<[string, Partial<Scenario>]>([
    ['another kind of failure', { failures: { 'broker-stop': { mttf: '20h', mttr: '2h' } } }],
    [
      'two kinds of failure',
      {
        failures: {
          'broker-crash': { mttf: '20h', mttr: '2h' },
          gray: { mttf: '20h', mttr: '2h' },
        },
      },
    ],
    [
      'repairs that are not exponential',
      { failures: { 'broker-crash': { mttf: '20h', mttr: '2h', distribution: 'deterministic' } } },
    ],
    ['controllers on brokers', { cluster: { brokers: 3, controllers: 3, combined: true } }],
    [
      'topics that differ',
      {
        topics: [
          { name: 'orders', partitions: 1, 'replication-factor': 3 },
          { name: 'audit', partitions: 1, 'replication-factor': 2 },
        ],
      },
    ],
    [
      'sessions that lapse between two heartbeats',
      { cluster: { brokers: 3, controllers: 3, config: { 'broker.session.timeout.ms': 2000 } } },
    ],
    ['a rule that is not Kafka’s', { switches: { hwMinIsrGate: 'off' } }],
    [
      'unclean elections',
      {
        cluster: { brokers: 3, controllers: 3, config: { 'unclean.leader.election.enable': true } },
      },
    ],
    [
      'more replicas than the chain can hold',
      {
        cluster: { brokers: 8, controllers: 3 },
        topics: [{ name: 'orders', partitions: 1, 'replication-factor': 8 }],
      },
    ],
  ])('is null with %s', (_, overrides) => {
    expect(theoryOf(planOf(overrides))).toBeNull();
  });
});

describe('theoryTimes', () => {
  const CYCLES = 200;

  /** Crashes one broker after the other at random moments; seconds to notice, to lead, and to join the ISR. */
  function measure(plan: Plan): { detect: number[]; lead: number[]; join: number[] } {
    const run = Run.start(plan, { seed: 5, invariants: false, keepOutages: false });
    while (!run.isWarm) run.advance(run.nowUs + SECOND_US);
    const { stream, truth, simulation, definition } = run;
    const until = (isSo: () => boolean): number => {
      const fromUs = run.nowUs;
      while (!isSo()) simulation.step(run.nowUs + SECOND_US);
      return (run.nowUs - fromUs) / SECOND_US;
    };
    const times = { detect: [] as number[], lead: [] as number[], join: [] as number[] };
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      run.advance(run.nowUs + 15 * SECOND_US + stream.below(20 * SECOND_US));
      const { id, host } = definition.brokers[stream.below(3)]!;
      // Held down: no supervisor restarts it.
      run.director.coverage[host]!.crashed++;
      simulation.crash(simulation.hosts[host]!);
      times.detect.push(until(() => !truth.partition(0)!.isr.includes(id)));
      run.advance(run.nowUs + SECOND_US);
      run.director.coverage[host]!.crashed--;
      simulation.start(simulation.hosts[host]!);
      const lead = until(() => !truth.broker(id).fenced);
      times.lead.push(lead);
      times.join.push(lead + until(() => truth.partition(0)!.isr.includes(id)));
    }
    return times;
  }

  it.each<[string, Record<string, number>]>([
    ['Kafka’s defaults', {}],
    [
      'short sessions and long fetches',
      {
        'broker.session.timeout.ms': 6000,
        'broker.heartbeat.interval.ms': 1000,
        'replica.fetch.wait.max.ms': 2000,
      },
    ],
  ])('are what crashes and returns take in the lab: %s', (_, config) => {
    const plan = planOf({}, config);
    const times = theoryTimes(plan);
    const { detect, lead, join } = measure(plan);
    const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
    const spread = Math.sqrt(
      mean(detect.map((each) => (each - mean(detect)) * (each - mean(detect)))),
    );

    // Detection is spread over seconds: four standard errors. The others vary by milliseconds.
    expect(Math.abs(mean(detect) - times.detectUs / SECOND_US)).toBeLessThan(
      (4 * spread) / Math.sqrt(CYCLES),
    );
    expect(Math.abs(mean(lead) - times.leadUs / SECOND_US)).toBeLessThan(0.01);
    expect(Math.abs(mean(join) - times.joinUs / SECOND_US)).toBeLessThan(0.02);
  });

  /** Crashes brokers on ZooKeeper; seconds to notice, and to lead (one replica) or to join the ISR (more). */
  function measureOnZooKeeper(plan: Plan): { detect: number[]; back: number[] } {
    const run = Run.start(plan, { seed: 5, invariants: false, keepOutages: false });
    while (!run.isWarm) run.advance(run.nowUs + SECOND_US);
    const { stream, truth, simulation, definition, availability } = run;
    const until = (isSo: () => boolean): number => {
      const fromUs = run.nowUs;
      while (!isSo()) run.advance(run.nowUs + 500);
      return (run.nowUs - fromUs) / SECOND_US;
    };
    const isAlone = definition.brokers.length === 1;
    const times = { detect: [] as number[], back: [] as number[] };
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      run.advance(run.nowUs + 25 * SECOND_US + stream.below(20 * SECOND_US));
      const { id, host } = definition.brokers[stream.below(definition.brokers.length)]!;
      const inIsr = (): boolean => truth.partition(0)!.isr.includes(id);
      run.director.coverage[host]!.crashed++;
      simulation.crash(simulation.hosts[host]!);
      times.detect.push(until(() => (isAlone ? truth.broker(id).fenced : !inIsr())));
      run.advance(run.nowUs + SECOND_US);
      run.director.coverage[host]!.crashed--;
      simulation.start(simulation.hosts[host]!);
      const isBack = (): boolean => (isAlone ? availability.servesWrites(0) : inIsr());
      times.back.push(until(isBack));
    }
    return times;
  }

  it.each([
    ['3.9-zk', 1],
    ['3.9-zk', 3],
    ['2.6', 3],
  ] as const)('on ZooKeeper, Kafka %s, brokers: %i', (kafka, brokers) => {
    const plan = planOf({
      kafka,
      cluster: { brokers, zookeepers: 3 },
      topics: [{ name: 'orders', partitions: 1, 'replication-factor': brokers }],
    });
    const times = theoryTimes(plan);
    const { detect, back } = measureOnZooKeeper(plan);
    const mean = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0) / list.length;
    const spread = Math.sqrt(
      mean(detect.map((each) => (each - mean(detect)) * (each - mean(detect)))),
    );
    const backUs = brokers === 1 ? times.leadUs : times.joinUs;

    expect(Math.abs(mean(detect) - times.detectUs / SECOND_US)).toBeLessThan(
      (4 * spread) / Math.sqrt(CYCLES),
    );
    expect(Math.abs(mean(back) - backUs / SECOND_US)).toBeLessThan(0.015);
  });
});
