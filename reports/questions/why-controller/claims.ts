/** The sentences of the answer: each is computed from the figures and may fail to hold. */
import type { Claim } from '../lab.js';
import type { Setting, SettingTimes } from './experiments.js';

/** Median, smallest and largest of some runs; null where none of them came to it. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The spread of one figure over the seeds of a setting; null where a seed lacks it. */
export function spreadOf(
  runs: readonly SettingTimes[],
  figure: (run: SettingTimes) => number | null,
): Spread | null {
  const values = runs.map(figure);
  if (values.length === 0 || values.some((value) => value === null)) return null;
  const sorted = (values as number[]).slice().sort((a, b) => a - b);
  return { median: sorted[sorted.length >> 1]!, low: sorted[0]!, high: sorted.at(-1)! };
}

/** The runs of one setting. */
export interface SettingRuns {
  readonly setting: Setting;
  readonly runs: readonly SettingTimes[];
}

export function nameOfMode({ kafka, metadata }: Setting): string {
  return `Kafka ${kafka} ${metadata === 'kraft' ? 'in KRaft mode' : 'on ZooKeeper'}`;
}

export function computeClaims(figures: readonly SettingRuns[]): Claim[] {
  return [complete(figures), stopsAreShort(figures), failoverGrows(figures)];
}

/** Every election came to its end in every run. */
function complete(figures: readonly SettingRuns[]): Claim {
  const open = figures.flatMap(({ runs }) =>
    runs.filter(
      ({ crash, stop, failoverMs }) =>
        crash.leadingMs === null || stop.leadingMs === null || failoverMs === null,
    ),
  );
  return {
    id: 'all-elected',
    text: 'Within a minute of each blow every partition of the broker had a new leader, and each dead controller a successor.',
    holds: open.length === 0,
    evidence: { open: open.map(({ setting, seed }) => ({ ...setting, seed })) },
  };
}

/** A controlled shutdown leaves a partition without a leader for less time than a crash does. */
function stopsAreShort(figures: readonly SettingRuns[]): Claim {
  const pairs = figures.map(({ setting, runs }) => ({
    setting,
    crash: spreadOf(runs, ({ crash }) => crash.meanGapMs),
    stop: spreadOf(runs, ({ stop }) => stop.meanGapMs),
  }));
  return {
    id: 'stop-is-shorter',
    text: 'In every cluster a controlled shutdown is over sooner than what follows a crash: the crash has to be noticed first.',
    holds: pairs.every(
      ({ crash, stop }) => crash !== null && stop !== null && stop.median < crash.median,
    ),
    evidence: { pairs },
  };
}

/** With the most partitions, ZooKeeper's controller takes longer to fail over than KRaft's. */
function failoverGrows(figures: readonly SettingRuns[]): Claim {
  const most = figures.reduce((max, { setting }) => Math.max(max, setting.partitions), 0);
  const of = (metadata: Setting['metadata']): Spread[] =>
    figures.flatMap(({ setting, runs }) => {
      if (setting.partitions !== most || setting.metadata !== metadata) return [];
      return spreadOf(runs, ({ failoverMs }) => failoverMs) ?? [];
    });
  const kraft = of('kraft');
  const zookeeper = of('zookeeper');
  return {
    id: 'kraft-fails-over-sooner',
    text: `With ${String(most)} partitions a new controller is at work sooner in KRaft mode than on ZooKeeper, where it first reads everything.`,
    holds:
      kraft.length > 0 &&
      zookeeper.length > 0 &&
      kraft.every((k) => zookeeper.every((z) => k.median < z.median)),
    evidence: { partitions: most, kraft, zookeeper },
  };
}
