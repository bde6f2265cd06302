/**
 * What a cluster costs: events, simulated seconds, growth with brokers and partitions, forks, a simulated year.
 *
 * Ratios are to one hold operation of the bare heap, measured right before and after what is compared with it; figures
 * are medians of nine such pairs.
 */
import { resolvePlan, runLong, startPlan, type Run, type Scenario } from '../scenarios/index.js';

const ROUNDS = 9;

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
  readonly eventsPerSecond: number;
  readonly simulatedSecondsPerSecond: number;
}

/** Cost of a protocol event of the busy cluster. */
export function measureBusy(
  unit: () => number,
): Record<'invariantsOff' | 'invariantsOn' | 'fullTrace', BusyFigures> {
  const figures = (watched: { invariants: boolean; trace?: 'full' }): BusyFigures => {
    const run = startPlan(resolvePlan(busyScenario()), { seed: 1, ...watched });
    run.advance(120_000_000);
    const { ns, units, events, simulatedSeconds } = measureAdvance(run, 20_000_000, unit);
    return {
      nsPerEvent: ns / events,
      unitsPerEvent: units / events,
      eventsPerSecond: (events * 1e9) / ns,
      simulatedSecondsPerSecond: (simulatedSeconds * 1e9) / ns,
    };
  };
  return {
    invariantsOff: figures({ invariants: false }),
    invariantsOn: figures({ invariants: true }),
    fullTrace: figures({ invariants: false, trace: 'full' }),
  };
}

export interface SizedFigures {
  readonly brokers: number;
  readonly partitions: number;
  readonly loaded: boolean;
  readonly nsPerSimulatedSecond: number;
  readonly unitsPerSimulatedSecond: number;
  readonly eventsPerSimulatedSecond: number;
  readonly simulatedSecondsPerSecond: number;
  /** Ordered pairs of brokers of which one replicates from the other. */
  readonly replicatingPairs: number;
  readonly unitsPerSecondAndPair: number;
}

/** Cost of a simulated second by size. */
export function measureSized(
  unit: () => number,
  brokers: number,
  partitions: number,
  loaded: boolean,
): SizedFigures {
  const run = startPlan(resolvePlan(sizedScenario(brokers, partitions, loaded)), {
    seed: 1,
    invariants: false,
  });
  while (!run.isWarm && run.nowUs < 120_000_000) run.advance(run.nowUs + 1_000_000);
  // Long enough for the machine code to be the optimised one: past 2^31 microseconds where that is cheap.
  const isSmall = brokers <= 10 && partitions <= 100 && !loaded;
  run.advance(run.nowUs + (isSmall ? 3_000_000_000 : 20_000_000));
  const chunkUs = isSmall
    ? 200_000_000
    : brokers * Math.sqrt(partitions) > 1000
      ? 2_000_000
      : 10_000_000;
  const { ns, units, events, simulatedSeconds } = measureAdvance(run, chunkUs, unit);
  const pairs = replicatingPairs(run);
  return {
    brokers,
    partitions,
    loaded,
    nsPerSimulatedSecond: ns / simulatedSeconds,
    unitsPerSimulatedSecond: units / simulatedSeconds,
    eventsPerSimulatedSecond: events / simulatedSeconds,
    simulatedSecondsPerSecond: (simulatedSeconds * 1e9) / ns,
    replicatingPairs: pairs,
    unitsPerSecondAndPair: units / simulatedSeconds / pairs,
  };
}

/**
 * One simulated year of the RF 3 availability run: crashes every 20 h, repairs in 2 h, with skipping. The first year of
 * a process is told apart: until then the engine compiles.
 */
export function measureYear(): {
  readonly firstSeconds: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly failures: number;
  readonly events: number;
  readonly activeSeconds: number;
} {
  const plan = resolvePlan({
    name: 'bench-year',
    cluster: { brokers: 3, controllers: 3, config: { 'min.insync.replicas': 2 } },
    topics: [{ name: 'orders', partitions: 1, 'replication-factor': 3 }],
    failures: { 'broker-crash': { mttf: '20h', mttr: '2h' } },
  });
  const years = [1, 2, 3, 4, 5].map((seed) => {
    const cpu = process.cpuUsage();
    const started = process.hrtime.bigint();
    const result = runLong(plan, { seed, measureUs: 365.25 * 86_400_000_000 });
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    return { result, seconds, cpuSeconds: cpuNs(cpu) / 1e9 };
  });
  const [first, ...later] = years;
  const { result, seconds, cpuSeconds } = later.sort((a, b) => a.seconds - b.seconds)[1]!;
  return {
    firstSeconds: first!.seconds,
    seconds,
    cpuSeconds,
    failures: result.failures,
    events: result.events,
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
  run.advance(1_000_000);
  // Until then the engine compiles.
  for (let round = 0; round < 300; round++) run.fork();
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

/** Advances a run by chunks, each beside a measurement of the unit; the medians by time, and by units, of the chunks. */
function measureAdvance(
  run: Run,
  chunkUs: number,
  unit: () => number,
): { ns: number; units: number; events: number; simulatedSeconds: number } {
  const samples: { ns: number; units: number; events: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = unit();
    const { eventCount } = run.simulation;
    const started = process.hrtime.bigint();
    run.advance(run.nowUs + chunkUs);
    const ns = Number(process.hrtime.bigint() - started);
    const units = (2 * ns) / (before + unit());
    samples.push({ ns, units, events: run.simulation.eventCount - eventCount });
  }
  const events = median(samples.map((each) => each.events));
  return {
    ns: median(samples.map((each) => each.ns / each.events)) * events,
    units: median(samples.map((each) => each.units / each.events)) * events,
    events,
    simulatedSeconds: chunkUs / 1_000_000,
  };
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
