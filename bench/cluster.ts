/**
 * What a cluster costs: events, simulated seconds, growth with brokers and partitions, forks, a simulated year.
 *
 * Times are of the processor as the process counts them, not of the wall, so that another process on the same machine
 * disturbs less; ratios are to one hold operation of the bare heap, measured in the same run.
 */
import { resolvePlan, runLong, startPlan, type Run, type Scenario } from '../scenarios/index.js';

const CPU_ROUNDS = 5;

/** The busy cluster of the speed figures: 3 brokers, RF 3, min ISR 2, 3 partitions, 3 producers, 3 consumers. */
export function busyScenario(): Scenario {
  return {
    name: 'bench-busy',
    cluster: { brokers: 3, controllers: 3, config: { 'min.insync.replicas': 2 } },
    network: { loss: '0.1%' },
    topics: [{ name: 'orders', partitions: 3, 'replication-factor': 3 }],
    producers: [
      {
        id: 'web',
        count: 3,
        topic: 'orders',
        rate: '200/s',
        keys: 100,
        'value-bytes': 200,
        config: { acks: 'all' },
      },
    ],
    consumers: [{ id: 'billing', count: 3, topic: 'orders', assign: 'all' }],
    run: { for: '10m', settle: '10s' },
  };
}

/** A cluster without clients, or with the same load whatever its size. */
function sizedScenario(brokers: number, partitions: number, loaded: boolean): Scenario {
  const idle: Scenario = {
    name: 'bench-sized',
    cluster: { brokers, controllers: 3, config: { 'min.insync.replicas': 2 } },
    topics: [{ name: 'orders', partitions, 'replication-factor': 3 }],
    run: { for: '60m', settle: '1s' },
  };
  if (!loaded) return idle;
  return {
    ...idle,
    producers: [{ id: 'web', count: 3, topic: 'orders', rate: '100/s', config: { acks: 'all' } }],
  };
}

export interface BusyFigures {
  readonly nsPerEvent: number;
  readonly unitsPerEvent: number;
  readonly simulatedSecondsPerSecond: number;
}

/** Cost of a protocol event of the busy cluster. */
export function measureBusy(
  unitNs: number,
): Record<'invariantsOff' | 'invariantsOn' | 'fullTrace', BusyFigures> {
  const figures = (watched: { invariants: boolean; trace?: 'full' }): BusyFigures => {
    const run = startPlan(resolvePlan(busyScenario()), { seed: 1, ...watched });
    run.advance(60_000_000);
    const { ns, events, simulatedSeconds } = measureAdvance(run, 20_000_000);
    return {
      nsPerEvent: ns / events,
      unitsPerEvent: ns / events / unitNs,
      simulatedSecondsPerSecond: (simulatedSeconds * 1e9) / ns,
    };
  };
  return {
    invariantsOff: figures({ invariants: false }),
    invariantsOn: figures({ invariants: true }),
    fullTrace: figures({ invariants: false, trace: 'full' }),
  };
}

export interface IdleFigures {
  readonly brokers: number;
  readonly partitions: number;
  readonly loaded: boolean;
  readonly nsPerSimulatedSecond: number;
  readonly unitsPerSimulatedSecond: number;
  readonly eventsPerSimulatedSecond: number;
  /** Ordered pairs of brokers of which one replicates from the other. */
  readonly replicatingPairs: number;
  readonly unitsPerSecondAndPair: number;
}

/** Cost of a simulated second by size. */
export function measureSized(
  unitNs: number,
  brokers: number,
  partitions: number,
  loaded: boolean,
): IdleFigures {
  const run = startPlan(resolvePlan(sizedScenario(brokers, partitions, loaded)), {
    seed: 1,
    invariants: false,
  });
  while (!run.isWarm && run.nowUs < 120_000_000) run.advance(run.nowUs + 1_000_000);
  // Long enough for the machine code to be the optimised one.
  run.advance(run.nowUs + (brokers > 10 || partitions > 100 ? 20_000_000 : 1_000_000_000));
  const chunkUs =
    brokers * Math.sqrt(partitions) > 1000 ? 5_000_000 : brokers > 10 ? 20_000_000 : 200_000_000;
  const { ns, events, simulatedSeconds } = measureAdvance(run, chunkUs);
  const pairs = replicatingPairs(run);
  const units = ns / simulatedSeconds / unitNs;
  return {
    brokers,
    partitions,
    loaded,
    nsPerSimulatedSecond: ns / simulatedSeconds,
    unitsPerSimulatedSecond: units,
    eventsPerSimulatedSecond: events / simulatedSeconds,
    replicatingPairs: pairs,
    unitsPerSecondAndPair: units / pairs,
  };
}

/** One simulated year of the RF 3 availability run: crashes every 20 h, repairs in 2 h, with skipping. */
export function measureYear(): {
  readonly cpuSeconds: number;
  readonly failures: number;
  readonly activeSeconds: number;
} {
  const plan = resolvePlan({
    name: 'bench-year',
    cluster: { brokers: 3, controllers: 3, config: { 'min.insync.replicas': 2 } },
    topics: [{ name: 'orders', partitions: 1, 'replication-factor': 3 }],
    failures: { 'broker-crash': { mttf: '20h', mttr: '2h' } },
  });
  runLong(plan, { seed: 1, measureUs: 20 * 86_400_000_000 });
  const started = process.cpuUsage();
  const result = runLong(plan, { seed: 2, measureUs: 365.25 * 86_400_000_000 });
  return {
    cpuSeconds: cpuNs(started) / 1e9,
    failures: result.failures,
    activeSeconds: result.activeUs / 1e6,
  };
}

/** A fork of the busy cluster, early and late in its history. */
export function measureFork(): {
  readonly earlyMs: number;
  readonly lateMs: number;
  readonly historySeconds: readonly [number, number];
} {
  const run = startPlan(resolvePlan(busyScenario()), { seed: 1, invariants: false });
  const times = [20, 300] as const;
  const [earlyMs, lateMs] = times.map((seconds) => {
    run.advance(seconds * 1_000_000);
    const samples: number[] = [];
    for (let round = 0; round < 50; round++) {
      const started = process.hrtime.bigint();
      run.fork();
      samples.push(Number(process.hrtime.bigint() - started) / 1e6);
    }
    return median(samples);
  });
  return { earlyMs: earlyMs!, lateMs: lateMs!, historySeconds: times };
}

function measureAdvance(
  run: Run,
  chunkUs: number,
): { ns: number; events: number; simulatedSeconds: number } {
  const samples: { ns: number; events: number }[] = [];
  for (let round = 0; round < CPU_ROUNDS; round++) {
    const events = run.simulation.eventCount;
    const started = process.cpuUsage();
    run.advance(run.nowUs + chunkUs);
    samples.push({ ns: cpuNs(started), events: run.simulation.eventCount - events });
  }
  samples.sort((a, b) => a.ns / a.events - b.ns / b.events);
  const { ns, events } = samples[Math.floor(CPU_ROUNDS / 2)]!;
  return { ns, events, simulatedSeconds: chunkUs / 1_000_000 };
}

function replicatingPairs(run: Run): number {
  const pairs = new Set<string>();
  for (const { index } of run.definition.partitions) {
    const partition = run.truth.partition(index);
    for (const id of partition?.replicas ?? []) {
      if (id !== partition!.leader) pairs.add(`${String(id)}<${String(partition!.leader)}`);
    }
  }
  return pairs.size;
}

function cpuNs(started: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(started);
  return (user + system) * 1000;
}

function median(values: readonly number[]): number {
  return values.slice().sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
