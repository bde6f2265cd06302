/** The Markdown report of `availability`: the figures, what each of them means, and how to get them again. */
import { topicConfig } from '../../model/index.js';
import type { Plan } from '../../scenarios/index.js';
import type { Distribution } from '../../sim/index.js';
import { renderUnavailabilityChart, type UnavailabilityPoint } from '../charts/index.js';
import {
  code,
  formatDuration,
  formatEstimate,
  formatFixed,
  formatPercent,
  formatShare,
  formatSignificant,
  heading,
  image,
  list,
  MINUTES_PER_YEAR,
  paragraph,
  quote,
  renderDocument,
  table,
  type Block,
} from '../markdown/index.js';
import type { Estimate } from '../statistics/index.js';
import type { AvailabilityReport, Figure } from './measure.js';

/** The report and the chart that it shows, both as text. */
export interface AvailabilityDocument {
  readonly markdown: string;
  readonly chart: string;
}

/** One availability figure with all that tells it from the others. */
export interface FigureRow {
  readonly operation: string;
  /** Whose time it is: the mean over partitions, or that of the worst off. */
  readonly view: string;
  /** Whether the time until a failure is noticed counts as down. */
  readonly includesNotice: boolean;
  readonly available: Estimate;
  readonly theory: number | null;
}

/** The five figures, in the order in which they are shown. */
export function figureRows(report: AvailabilityReport): FigureRow[] {
  const { theory } = report;
  const estimate = (figure: Figure): Estimate => ({ ...figure, confidence: report.confidence });
  const mean = 'mean over partitions';
  const [write, read] = ['acks=all write', 'read'];
  return [
    {
      operation: write,
      view: mean,
      includesNotice: true,
      available: estimate(report.write),
      theory: theory?.write ?? null,
    },
    {
      operation: read,
      view: mean,
      includesNotice: true,
      available: estimate(report.read),
      theory: theory?.read ?? null,
    },
    {
      operation: write,
      view: 'any partition',
      includesNotice: true,
      available: estimate(report.anyPartitionWrite),
      theory: null,
    },
    {
      operation: write,
      view: mean,
      includesNotice: false,
      available: estimate(report.structural.write),
      theory: theory?.structural.write ?? null,
    },
    {
      operation: read,
      view: mean,
      includesNotice: false,
      available: estimate(report.structural.read),
      theory: theory?.structural.read ?? null,
    },
  ];
}

/** Writes the report. The same figures give the same bytes. `chartFile` is how the report links the chart. */
export async function availabilityDocument(
  plan: Plan,
  report: AvailabilityReport,
  chartFile: string,
): Promise<AvailabilityDocument> {
  const blocks: Block[] = [
    heading(1, `How available is ${plan.name}?`),
    quote(shortAnswer(report)),
    heading(2, 'What was measured'),
    ...figureTables(report),
    image(chartFile, `Minutes per year without service, with ${level(report)} intervals`),
    heading(2, 'How each figure is defined'),
    list(DEFINITIONS),
    heading(2, 'What was assumed'),
    list(assumptions(plan, report)),
    heading(2, 'What was not modelled'),
    list(NOT_MODELLED),
    heading(2, 'To get these numbers again'),
    code(report.reproduce, 'sh'),
  ];
  return { markdown: renderDocument(blocks), chart: await chartOf(plan, report) };
}

function shortAnswer(report: AvailabilityReport): string {
  const { write, read } = report.outageMinutesPerYear;
  const minutes = (figure: Figure): string =>
    formatEstimate({ ...figure, confidence: report.confidence });
  return [
    `A new acks=all write was served ${formatShare(report.write.mean)} of the time, a read ${formatShare(report.read.mean)}:`,
    `${minutes(write)} and ${minutes(read)} minutes a year without service, as means over partitions,`,
    `the time until a failure is noticed included, with ${level(report)} intervals.`,
  ].join(' ');
}

function figureTables(report: AvailabilityReport): Block[] {
  const figures = figureRows(report).map(
    ({ operation, view, includesNotice, available, theory }) => [
      operation,
      view,
      includesNotice ? 'included' : 'not included',
      formatPercent(available),
      formatEstimate(unavailableMinutes(available)),
      theory === null ? 'none' : `${formatShare(theory)}${covered(available, theory)}`,
    ],
  );
  const { outagesPerYear, lossPerPartitionYear, confidence } = report;
  const rate = (figure: Figure): string => formatEstimate({ ...figure, confidence });
  const rates = [
    ['outages of acks=all writes, per partition and year', rate(outagesPerYear.write)],
    ['outages of reads, per partition and year', rate(outagesPerYear.read)],
    ['losses of committed records, per partition and year', rate(lossPerPartitionYear)],
    ['simulated years', plain(report.simulatedYears)],
    ['independent runs', formatFixed(report.runs, 0)],
    ['failures of components', formatFixed(report.cycles, 0)],
    ['relative half width of write unavailability', precisionText(report.precision)],
  ];
  return [
    table(
      ['operation', 'view', 'time to notice', 'available', 'minutes per year without', 'theory'],
      figures,
    ),
    paragraph(`Intervals in parentheses, ${level(report)}.`),
    table(['rates and effort', ''], rates, ['left', 'right']),
  ];
}

/** Whether theory and measurement agree is said, not left to the reader. */
function covered({ low, high }: Estimate, theory: number): string {
  return theory >= low && theory <= high ? ' (within)' : ' (outside)';
}

function precisionText(precision: number | null): string {
  return precision === null || !Number.isFinite(precision)
    ? 'no outage was seen'
    : `${formatSignificant(precision * 100, 3)} %`;
}

async function chartOf(plan: Plan, report: AvailabilityReport): Promise<string> {
  const points = figureRows(report).map(
    ({ operation, view, includesNotice, available, theory }): UnavailabilityPoint => ({
      category: includesNotice ? view.replace(/ over .*/, '') : 'mean, noticed at once',
      series: operation,
      minutesPerYear: unavailableMinutes(available),
      theory: theory === null ? null : (1 - theory) * MINUTES_PER_YEAR,
    }),
  );
  return renderUnavailabilityChart({
    title: `Minutes per year without service: ${plan.name}`,
    subtitle: `acks=all writes and reads; ${level(report)} intervals; ${plain(report.simulatedYears)} simulated years`,
    xTitle: 'mean over partitions; any partition down; mean, were failures noticed at once',
    points,
  });
}

function unavailableMinutes({ mean, low, high, confidence }: Estimate): Estimate {
  return {
    mean: (1 - mean) * MINUTES_PER_YEAR,
    low: (1 - high) * MINUTES_PER_YEAR,
    high: (1 - low) * MINUTES_PER_YEAR,
    confidence,
  };
}

function level({ confidence }: AvailabilityReport): string {
  return `${plain(confidence * 100)} %`;
}

/** At most six significant digits and no zeros at the end. */
function plain(value: number): string {
  return String(Number(value.toPrecision(6)));
}

const DEFINITIONS: readonly string[] = [
  'acks=all write: the share of calendar time in which a new acks=all produce sent at that moment would be served without waiting for a failure to be noticed or repaired.',
  'read: the same for a fetch up to the high watermark; acks=1 writes ask for no more either.',
  'mean over partitions: averaged over all partitions. any partition: a moment counts as down when at least one partition is.',
  'time to notice, included: as clients see it. Not included (structural): what would be served were every failure noticed at once; without a quorum of controllers a dead member of the ISR stops acks=all writes.',
  'theory: the steady state of a Markov chain over the states of one partition (docs/theory.md). It exists where brokers crash independently with exponential times and nothing else fails; "within" means within the interval of the measurement.',
  'losses: partitions whose new leader lacked committed records, counted once for each loss.',
];

const NOT_MODELLED: readonly string[] = [
  'Segments, retention and compaction; consumer groups; transactions; quotas; security; the load of clients while years are skipped.',
  'Operators: nobody moves replicas off a broker that is down for long, and nobody makes mistakes.',
];

function assumptions(plan: Plan, report: AvailabilityReport): string[] {
  const dedicated = plan.controllers.filter(({ combined }) => !combined).length;
  const combined = plan.controllers.length - dedicated;
  const topics = plan.topics.map((topic) => {
    const { minInsyncReplicas } = topicConfig(plan.clusterConfig, topic.config, plan.kafka);
    return `\`${topic.name}\` (${topic.partitions} partitions, replication factor ${topic.replicationFactor}, min.insync.replicas ${minInsyncReplicas})`;
  });
  const failures = (plan.failures ?? []).map(
    ({ kind, up, down }) =>
      `\`${kind}\`: up ${distributionText(up)}, down ${distributionText(down)}; independent for each component, in calendar time.`,
  );
  return [
    `Kafka ${plan.kafka} in KRaft mode: ${plan.brokers.length} brokers; ${dedicated} controllers of their own and ${combined} on brokers.`,
    `Topics: ${topics.join(', ')}.`,
    ...failures,
    `One-way network delay ${distributionText(plan.network.latency)}; no other load than the cluster's own.`,
    `${plain(report.simulatedYears)} simulated years; while nothing changes but clocks the calendar jumps, and every failure and repair is simulated in full.`,
  ];
}

/** `exponential, mean 20 h`. */
export function distributionText(distribution: Distribution): string {
  switch (distribution.kind) {
    case 'constant':
      return `always ${formatDuration(distribution.valueUs)}`;
    case 'uniform':
      return `uniform, ${formatDuration(distribution.lowUs)} to ${formatDuration(distribution.highUs)}`;
    case 'exponential':
      return `exponential, mean ${formatDuration(distribution.meanUs)}`;
    case 'lognormal':
      return `lognormal, median ${formatDuration(distribution.p50Us)}, 99th percentile ${formatDuration(distribution.p99Us)}`;
  }
}
