/** Runs the experiments and gathers their figures. */
import {
  Chronicle,
  finish,
  resolvePlan,
  startPlan,
  Watcher,
  type Plan,
  type Run,
  type RunResult,
  type Scenario,
} from '../../../scenarios/index.js';
import { ErrorCode, type RecordBatch } from '../../../model/index.js';
import { measureAvailability, type AvailabilityReport } from '../../availability/index.js';
import type { Lab } from '../lab.js';
import {
  CONFIGURATIONS,
  crashOf,
  powerLossOf,
  secondLossOf,
  yearsOf,
  type Acks,
  type Configuration,
} from './configurations.js';

/** Acknowledged records lost in a number of runs. */
export interface LossCount {
  readonly runs: number;
  readonly runsWithLoss: number;
  readonly recordsLost: number;
  readonly violations: number;
}

export interface ConfigurationFigures {
  readonly configuration: Configuration;
  readonly availability: AvailabilityReport;
  /** By acks: a power loss of the leader alone, and one while another replica is down already. */
  readonly powerLoss: Readonly<Record<Acks, LossCount>>;
  readonly secondLoss: Readonly<Record<Acks, LossCount>>;
}

/** One crash under load, told with its times. */
export interface CrashStory {
  readonly configuration: Configuration;
  readonly victim: string;
  readonly run: Run;
  readonly chronicle: Chronicle;
  readonly result: RunResult;
  readonly crashMs: number;
  readonly backMs: number;
  /** When the dead broker left the ISR and when it was in it again. */
  readonly isrShrunkMs: number | null;
  readonly isrFullMs: number | null;
  /** NOT_ENOUGH_REPLICAS as the leader answered it. */
  readonly refusals: {
    readonly count: number;
    readonly firstMs: number | null;
    readonly lastMs: number | null;
  };
  /** When no acks=all write would have been served. */
  readonly writeOutageMs: { readonly fromMs: number; readonly toMs: number } | null;
}

export interface Effort {
  readonly years: number;
  readonly seeds: number;
}

export const FIRST_SEED = 1;

/** All figures, one configuration after the other. */
export async function runExperiments(
  lab: Lab,
  effort: Effort,
  configurations: readonly Configuration[] = CONFIGURATIONS,
): Promise<ConfigurationFigures[]> {
  const figures: ConfigurationFigures[] = [];
  const steps = configurations.length * 5;
  const step = (): void => {
    lab.onProgress(++done, steps);
  };
  let done = 0;
  for (const configuration of configurations) {
    const plan = resolvePlan(yearsOf(configuration));
    const availability = await measureAvailability(
      plan,
      { seed: FIRST_SEED, precision: null, years: effort.years, reproduce: '' },
      (tasks) => lab.runLong(plan, tasks),
    );
    step();
    const losses = async (scenario: Scenario): Promise<LossCount> => {
      const count = await countLosses(lab, resolvePlan(scenario), effort.seeds);
      step();
      return count;
    };
    figures.push({
      configuration,
      availability,
      powerLoss: {
        all: await losses(powerLossOf(configuration, 'all')),
        '1': await losses(powerLossOf(configuration, '1')),
      },
      secondLoss: {
        all: await losses(secondLossOf(configuration, 'all')),
        '1': await losses(secondLossOf(configuration, '1')),
      },
    });
  }
  return figures;
}

async function countLosses(lab: Lab, plan: Plan, seeds: number): Promise<LossCount> {
  const results = await lab.playSeeds(
    plan,
    Array.from({ length: seeds }, (_, index) => FIRST_SEED + index),
  );
  return {
    runs: results.length,
    runsWithLoss: results.filter(({ clients }) => clients.ackedLost > 0).length,
    recordsLost: results.reduce((sum, { clients }) => sum + clients.ackedLost, 0),
    violations: results.reduce((sum, { violations }) => sum + violations.length, 0),
  };
}

/** Plays one crash and notes its times. */
export function tellCrash(
  configuration: Configuration,
  victim: 'broker 1' | 'broker 2',
): CrashStory {
  const plan = resolvePlan(crashOf(configuration, victim));
  const refusals = new RefusalWatch();
  const chronicle = new Chronicle();
  const run = startPlan(plan, { seed: FIRST_SEED, watch: () => [chronicle, refusals] });
  run.play();
  const id = Number(victim.split(' ')[1]);
  const note = run.director.notes[0];
  const crashMs = (note?.fromUs ?? 0) / 1000;
  const changes = chronicle.state.partitions;
  const shrunk = changes.find(
    ({ atUs, registration }) => atUs / 1000 >= crashMs && !registration.isr.includes(id),
  );
  const full = changes.find(
    ({ atUs, registration }) =>
      shrunk !== undefined && atUs > shrunk.atUs && registration.isr.includes(id),
  );
  const outage = run.availability.state.outages.find(({ kind }) => kind === 'write');
  return {
    configuration,
    victim,
    run,
    chronicle,
    result: finish(run),
    crashMs,
    backMs: (note?.untilUs ?? 0) / 1000,
    isrShrunkMs: shrunk === undefined ? null : shrunk.atUs / 1000,
    isrFullMs: full === undefined ? null : full.atUs / 1000,
    refusals: refusals.summary(),
    writeOutageMs:
      outage === undefined ? null : { fromMs: outage.fromUs / 1000, toMs: outage.untilUs / 1000 },
  };
}

/** When leaders answered NOT_ENOUGH_REPLICAS. */
class RefusalWatch extends Watcher<{ count: number; firstUs: number; lastUs: number }> {
  constructor() {
    super({ count: 0, firstUs: -1, lastUs: -1 });
  }

  override produceAnswered(
    atUs: number,
    _broker: number,
    _partition: number,
    _acks: number,
    _batch: RecordBatch | null,
    error: number,
  ): void {
    if (error !== ErrorCode.NOT_ENOUGH_REPLICAS) return;
    if (this.state.count++ === 0) this.state.firstUs = atUs;
    this.state.lastUs = atUs;
  }

  summary(): CrashStory['refusals'] {
    const { count, firstUs, lastUs } = this.state;
    return {
      count,
      firstMs: count === 0 ? null : firstUs / 1000,
      lastMs: count === 0 ? null : lastUs / 1000,
    };
  }
}
