/**
 * Long-run availability of a scenario with `failures`: how many years, which intervals, and the theory beside them.
 *
 * A batch is one independent run with a seed of its own, so that the figures depend on the first seed and the number of
 * batches alone, never on the number of workers. It lasts a simulated year, less where less was asked for or where
 * failures are so frequent that a year holds thousands.
 */
import type { LongRunOptions, LongRunResult, Plan, ProbeCounts } from '../../scenarios/index.js';
import { meanOf } from '../../sim/index.js';
import {
  complement,
  DEFAULT_CONFIDENCE,
  downShareEstimate,
  lookAtMilestone,
  rateEstimate,
  relativeHalfWidth,
  scaleEstimate,
  type Batch,
  type Estimate,
} from '../statistics/index.js';
import { MINUTES_PER_YEAR } from '../markdown/index.js';
import { theoryOf, type AvailabilityTheory } from './theory.js';

export const YEAR_US = 365.25 * 24 * 3_600_000_000;
/** Batches before the first look at the precision, and the fewest that a number of years is dealt into. */
const FIRST_BATCHES = 24;
/** A batch holds about so many failures at most: more would only make fewer and larger pieces of work. */
const FAILURES_PER_BATCH = 1500;
/** Where no precision is reached, it stops here. */
const MOST_YEARS = 5000;

/** An estimate with its interval. */
export interface Figure {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface AvailabilityOptions {
  /** Seed of the first batch; the next have the next seeds. */
  readonly seed: number;
  /** Relative half width of the interval of write unavailability at which to stop; null: `years` says. */
  readonly precision: number | null;
  /** Simulated years; with a precision it is the most. */
  readonly years: number | null;
  readonly confidence?: number;
  /** The command that gives the same figures again. */
  readonly reproduce: string;
  /** Called with the number of finished batches and of those that are planned so far. */
  readonly onProgress?: (done: number, planned: number) => void;
}

/** Runs batches, in any order or place; the results are in the order of the tasks. */
export type BatchRunner = (tasks: readonly LongRunOptions[]) => Promise<readonly LongRunResult[]>;

/** The document of `availability --json`. */
export interface AvailabilityReport {
  readonly schema: 1;
  readonly scenario: string;
  readonly confidence: number;
  readonly write: Figure;
  readonly read: Figure;
  readonly anyPartitionWrite: Figure;
  readonly structural: { readonly write: Figure; readonly read: Figure };
  readonly outageMinutesPerYear: { readonly write: Figure; readonly read: Figure };
  readonly outagesPerYear: { readonly write: Figure; readonly read: Figure };
  readonly lossPerPartitionYear: Figure;
  readonly simulatedYears: number;
  /** Failures of components that were simulated. */
  readonly cycles: number;
  readonly runs: number;
  /** Relative half width of the interval of write unavailability; null where no outage was seen. */
  readonly precision: number | null;
  readonly theory: AvailabilityTheory | null;
  /** Records that probing clients wrote where the state said that they could; `disagreements` were not acknowledged. */
  readonly probes: ProbeCounts;
  readonly reproduce: string;
}

export async function measureAvailability(
  plan: Plan,
  options: AvailabilityOptions,
  runBatches: BatchRunner,
): Promise<AvailabilityReport> {
  const results: LongRunResult[] = [];
  const confidence = options.confidence ?? DEFAULT_CONFIDENCE;
  const yearsPerBatch = batchYears(plan, options);
  const mostBatches = Math.ceil((options.years ?? MOST_YEARS) / yearsPerBatch);
  let planned = options.precision === null ? mostBatches : Math.min(FIRST_BATCHES, mostBatches);
  for (;;) {
    results.push(
      ...(await runBatches(tasksUpTo(planned, results.length, options.seed, yearsPerBatch))),
    );
    options.onProgress?.(results.length, planned);
    if (options.precision === null || results.length >= mostBatches) break;
    const look = lookAtMilestone(batchesOf(results, plan, 'write'), {
      confidence,
      assumedOutageUs: meanRepairUs(plan),
      targetRelativeHalfWidth: options.precision,
      mostBatches,
    });
    if (look.verdict !== 'continue') break;
    planned = look.nextMilestone;
  }
  return reportOf(plan, results, confidence, options.reproduce);
}

/** Length of a batch. Where a precision is asked for, too, there must be something to stop short of. */
function batchYears(plan: Plan, { years, precision }: AvailabilityOptions): number {
  let failuresPerYear = 0;
  for (const { up, down } of plan.failures ?? []) {
    failuresPerYear += (plan.brokers.length * YEAR_US) / (meanOf(up) + meanOf(down));
  }
  const fewestBatches = precision === null ? FIRST_BATCHES : 4 * FIRST_BATCHES;
  const asked = years === null ? 1 : years / fewestBatches;
  return Math.min(1, asked, FAILURES_PER_BATCH / failuresPerYear);
}

function tasksUpTo(planned: number, done: number, seed: number, years: number): LongRunOptions[] {
  return Array.from({ length: planned - done }, (_, index) => ({
    seed: seed + done + index,
    measureUs: Math.round(years * YEAR_US),
  }));
}

type Kind = keyof LongRunResult['totals']['downUs'];

/** Batches of a kind: the mean over partitions. */
function batchesOf(results: readonly LongRunResult[], plan: Plan, kind: Kind): Batch[] {
  const partitions = partitionCount(plan);
  return results.map(({ totals }) => ({
    lengthUs: totals.measuredUs,
    downUs: totals.downUs[kind] / partitions,
    outages: totals.outages[kind],
  }));
}

/** Batches of the time with at least one partition down. */
function anyBatchesOf(results: readonly LongRunResult[]): Batch[] {
  return results.map(({ totals }) => ({
    lengthUs: totals.measuredUs,
    downUs: totals.anyDownUs.write,
    outages: totals.outages.write,
  }));
}

function reportOf(
  plan: Plan,
  results: readonly LongRunResult[],
  confidence: number,
  reproduce: string,
): AvailabilityReport {
  const options = { confidence, assumedOutageUs: meanRepairUs(plan) };
  const share = (kind: Kind): Estimate =>
    downShareEstimate(batchesOf(results, plan, kind), options);
  const [write, read] = [share('write'), share('read')];
  const any = downShareEstimate(anyBatchesOf(results), options);
  const measuredUs = results.reduce((sum, { totals }) => sum + totals.measuredUs, 0);
  const partitionYears = (measuredUs / YEAR_US) * partitionCount(plan);
  const outages = (kind: Kind): Figure => {
    const count = results.reduce((sum, { totals }) => sum + totals.outages[kind], 0);
    return figure(rateEstimate({ count, exposure: partitionYears }, confidence));
  };
  const losses = results.reduce((sum, result) => sum + result.losses, 0);
  return {
    schema: 1,
    scenario: plan.name,
    confidence,
    write: figure(complement(write)),
    read: figure(complement(read)),
    anyPartitionWrite: figure(complement(any)),
    structural: {
      write: figure(complement(share('structuralWrite'))),
      read: figure(complement(share('structuralRead'))),
    },
    outageMinutesPerYear: {
      write: figure(scaleEstimate(write, MINUTES_PER_YEAR)),
      read: figure(scaleEstimate(read, MINUTES_PER_YEAR)),
    },
    outagesPerYear: { write: outages('write'), read: outages('read') },
    lossPerPartitionYear: figure(
      rateEstimate({ count: losses, exposure: partitionYears }, confidence),
    ),
    simulatedYears: measuredUs / YEAR_US,
    cycles: results.reduce((sum, { failures }) => sum + failures, 0),
    runs: results.length,
    precision: write.mean === 0 ? null : relativeHalfWidth(write),
    theory: theoryOf(plan),
    probes: sumOfProbes(results),
    reproduce,
  };
}

function figure({ mean, low, high }: Estimate): Figure {
  return { mean, low, high };
}

function partitionCount(plan: Plan): number {
  return plan.topics.reduce((sum, { partitions }) => sum + partitions, 0);
}

function sumOfProbes(results: readonly LongRunResult[]): ProbeCounts {
  const sum = { sent: 0, acknowledged: 0, disagreements: 0 };
  for (const { probes } of results) {
    sum.sent += probes.sent;
    sum.acknowledged += probes.acknowledged;
    sum.disagreements += probes.disagreements;
  }
  return sum;
}

/** The longest mean repair: what an outage is assumed to last where none was seen. */
function meanRepairUs(plan: Plan): number {
  return Math.max(1, ...(plan.failures ?? []).map(({ down }) => meanOf(down)));
}
