/** Figures of several seeds in a line: spreads, and in how many of the runs something stopped. */
import { formatDuration, formatFixed } from '../../markdown/index.js';
import type { Act, QuorumTimes, Setting } from './experiments.js';
import type { Stoppage } from './service.js';

/** Median, smallest and largest of some runs, in milliseconds. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The runs of one setting, a seed each. */
export interface SettingRuns {
  readonly setting: Setting;
  readonly runs: readonly QuorumTimes[];
}

/** A figure of a run, in milliseconds; null where the run has none. */
export type Figure = (run: QuorumTimes) => number | null;

/** The part of a run that a service played. */
export type Service = (run: QuorumTimes) => Stoppage | null;

export const writesOf: Service = ({ writes }) => writes;
export const readsOf: Service = ({ reads }) => reads;

/** The spread of one figure; null where a run lacks it. */
export function spreadOf(runs: readonly QuorumTimes[], figure: Figure): Spread | null {
  const values = runs.map(figure).filter((value) => value !== null);
  if (values.length === 0 || values.length < runs.length) return null;
  const sorted = values.sort((a, b) => a - b);
  return { median: sorted[sorted.length >> 1]!, low: sorted[0]!, high: sorted.at(-1)! };
}

/** `1.20 s (1.10 s to 1.50 s)`, or `120.00 s` where all are alike. */
export function spreadText(spread: Spread | null): string {
  if (spread === null) return 'not in every run';
  const [median, low, high] = [spread.median, spread.low, spread.high].map(durationText);
  return low === high ? median! : `${median!} (${low!} to ${high!})`;
}

/** A length of time that is given in milliseconds; in seconds from one on, to the hundredth, so that outages compare. */
export function durationText(ms: number): string {
  if (Math.abs(ms) < 1000) return formatDuration(Math.round(ms * 1000));
  return `${formatFixed(ms / 1000, 2)} s`;
}

/** The runs of a mode that something befell while its quorum was lost, or was not. */
export function runsOf(
  figures: readonly SettingRuns[],
  mode: Pick<Setting, 'kafka' | 'metadata'>,
  act: Act,
  quorum: Setting['quorum'] = 'lost',
): readonly QuorumTimes[] {
  const found = figures.find(
    ({ setting }) =>
      setting.kafka === mode.kafka &&
      setting.metadata === mode.metadata &&
      setting.act === act &&
      setting.quorum === quorum,
  );
  return found?.runs ?? [];
}

/** The modes that there are figures of, in their order. */
export function modesOf(
  figures: readonly SettingRuns[],
): readonly Pick<Setting, 'kafka' | 'metadata'>[] {
  const modes: Pick<Setting, 'kafka' | 'metadata'>[] = [];
  for (const { setting } of figures) {
    const { kafka, metadata } = setting;
    if (modes.some((mode) => mode.kafka === kafka && mode.metadata === metadata)) continue;
    modes.push({ kafka, metadata });
  }
  return modes;
}

export function nameOfMode({ kafka, metadata }: Pick<Setting, 'kafka' | 'metadata'>): string {
  return `Kafka ${kafka} ${metadata === 'kraft' ? 'in KRaft mode' : 'on ZooKeeper'}`;
}
