/**
 * Years of operation at protocol fidelity.
 *
 * Two clocks: *calendar* time, in which failures are drawn and availability is integrated, and *active* time, in which
 * the cluster is simulated. While the cluster is quiescent the calendar jumps to just before the next failure or repair,
 * by whole heartbeat intervals, so that a failure finds the heartbeats in any phase; active time never jumps, so no
 * timestamp of the protocol needs to be shifted. (The repair of a dead broker finds none of its heartbeats: there the
 * phase of parked fetches is enough.) Every transition is simulated in full. On ZooKeeper the heartbeats are the pings of
 * sessions.
 *
 * Before each jump probing clients write a record where the state says that they can.
 */
import { pingIntervalUs, type ClusterDefinition } from '../../model/index.js';
import type { BrokerPlan, ControllerPlan, Plan } from '../language/plan.js';
import type { AvailabilityTotals } from '../run/availability.js';
import { Run } from '../run/run.js';
import { creditWriteBack, SnapshotCredit } from './calendar.js';
import { createComponents, drawStayUs, type Component } from './components.js';
import { LivenessFailure, whatIsMissing } from './liveness-failure.js';
import { pauseProducers, Prober, withProbes, type ProbeCounts } from './probes.js';
import {
  ActivityWatch,
  IDLE_PERIOD_US,
  longestLookUs,
  STEP_US,
  whatIsUnderWay,
} from './quiescence.js';
import { repair, strike } from './strike.js';

/** Calendar time before measurement begins, so that it does not begin with a cluster as new: this many repair times. */
const BURN_IN_REPAIRS = 10;
/** A run must warm up within this time. */
const WARM_UP_LIMIT_US = 120_000_000;
const NOT_WARM = `the cluster does not warm up within ${WARM_UP_LIMIT_US / 1_000_000} s`;
/** What a cluster does over and over, heartbeats aside: fetches that find nothing, parked for this long. */
const PARKED_US = 500_000;
/** Bound on events where the scenario names none: some hundred years of three brokers that fail every day. */
const DEFAULT_MAX_EVENTS = 1_000_000_000;

/** What to measure in one long run, and with which seed. */
export interface LongRunOptions {
  readonly seed: number;
  /** Calendar time to measure. */
  readonly measureUs: number;
  /** Simulate everything, no-op records of the metadata log included, for holding skipping against not skipping. */
  readonly withoutSkipping?: boolean;
}

/** What one long run measured. */
export interface LongRunResult {
  readonly seed: number;
  readonly totals: AvailabilityTotals;
  /** Failures of components during the measured time. */
  readonly failures: number;
  /** Simulated (active) time. */
  readonly activeUs: number;
  readonly events: number;
  readonly hash: string;
  /**
   * Moments at which a partition lost acknowledged records, each partition counted by itself; all of them where the
   * controllers lost the metadata.
   */
  readonly losses: number;
  /** Acknowledged records lost: as many as were probed since the replica that survived fell behind. */
  readonly lostRecords: number;
  readonly probes: ProbeCounts;
}

/**
 * Runs a plan with `failures` for a length of calendar time.
 *
 * @throws LivenessFailure where the cluster does not warm up, or the bound on events is reached.
 */
export function runLong(plan: Plan, options: LongRunOptions): LongRunResult {
  return new LongRun(plan, options).measure();
}

class LongRun {
  private readonly run: Run;
  private readonly activity = new ActivityWatch();
  private readonly prober = new Prober();
  private readonly components: Component[];
  private readonly options: LongRunOptions;
  /** Jumps go by whole intervals of heartbeats. */
  private readonly heartbeatUs: number;
  private readonly snapshots = new SnapshotCredit();
  private failures = 0;
  /** The state since the last failure or repair has been probed. */
  private isProbed = false;
  private lastProbeUs = 0;

  constructor(plan: Plan, options: LongRunOptions) {
    this.options = options;
    const probed = withProbes(plan);
    const played = options.withoutSkipping === true ? probed : withoutNoOps(probed);
    const maxEvents = plan.run.maxEvents ?? DEFAULT_MAX_EVENTS;
    this.run = Run.start(
      { ...played, run: { ...plan.run, maxEvents } },
      {
        seed: options.seed,
        keepOutages: false,
        watch: () => [this.activity, this.prober.watch],
      },
    );
    while (!this.run.isWarm) {
      if (this.run.nowUs > WARM_UP_LIMIT_US) this.fail(NOT_WARM, whatIsMissing(this.run));
      this.simulate(IDLE_PERIOD_US);
    }
    pauseProducers(this.run);
    this.heartbeatUs = heartbeatOf(this.run.definition);
    this.components = createComponents(plan, this.run);
    for (const component of this.components) component.nextUs += this.calendarUs;
  }

  measure(): LongRunResult {
    const { run } = this;
    const repairUs = Math.max(0, ...this.components.map(({ down }) => down.meanUs));
    const fromUs = this.calendarUs + Math.ceil(BURN_IN_REPAIRS * repairUs);
    this.playUntil(fromUs);
    const before = this.figures();
    this.playUntil(fromUs + this.options.measureUs);
    const after = this.figures();
    return {
      seed: this.options.seed,
      totals: difference(after.totals, before.totals),
      failures: after.failures - before.failures,
      activeUs: run.nowUs,
      events: run.simulation.eventCount,
      hash: run.simulation.hash.digest(),
      losses: after.losses - before.losses,
      lostRecords: after.lostRecords - before.lostRecords,
      probes: this.prober.counts,
    };
  }

  private get calendarUs(): number {
    return this.run.nowUs + this.run.calendarOffsetUs;
  }

  private figures(): Pick<LongRunResult, 'totals' | 'failures' | 'losses' | 'lostRecords'> {
    const { availability, invariants, truth, nowUs, calendarOffsetUs } = this.run;
    return {
      totals: availability.totals(nowUs, calendarOffsetUs),
      failures: this.failures,
      losses: invariants.losses + truth.state.lostPartitions.length,
      lostRecords: invariants.lostRecords,
    };
  }

  private playUntil(untilUs: number): void {
    for (;;) {
      const component = earliest(this.components);
      if (component === null || component.nextUs >= untilUs) {
        this.moveTo(untilUs, null);
        return;
      }
      this.moveTo(component.nextUs, component);
      this.flip(component);
    }
  }

  /** Lets calendar time pass, by simulating and, while nothing happens, by jumping; `next` fails or is repaired then. */
  private moveTo(calendarUs: number, next: Component | null): void {
    const phaseUs = next !== null && this.isDead(next) ? PARKED_US : this.heartbeatUs;
    while (this.calendarUs < calendarUs) {
      const leftUs = calendarUs - this.calendarUs;
      if (leftUs < phaseUs) this.simulate(leftUs);
      else if (whatIsUnderWay(this.run, this.activity) !== null) this.simulateActivity(leftUs);
      else if (!this.isProbed) this.probe(leftUs);
      else if (this.options.withoutSkipping === true) this.simulate(leftUs);
      else this.jump(Math.floor(leftUs / phaseUs) * phaseUs, next);
    }
  }

  private jump(lengthUs: number, next: Component | null): void {
    this.run.calendarOffsetUs += lengthUs;
    if (next?.isDown === false) this.snapshots.credit(this.run, next.hosts);
  }

  /** Simulates until it is worth to look again what is under way. */
  private simulateActivity(leftUs: number): void {
    const { run, activity } = this;
    const untilUs = run.nowUs + Math.min(leftUs, longestLookUs(run, activity));
    const { lastUs } = activity.state;
    do this.simulate(Math.min(STEP_US, untilUs - run.nowUs));
    while (run.nowUs < untilUs && activity.state.lastUs === lastUs);
  }

  /** Brokers and neither controllers nor servers of the ensemble, whose processes are gone: their return has to do with nobody's heartbeats. */
  private isDead({ hosts, isDown }: Component): boolean {
    const { definition, simulation } = this.run;
    const others = [...definition.voters, ...definition.plane.zookeepers];
    if (!isDown || others.some(({ host }) => hosts.includes(host))) return false;
    return hosts.every((host) => ['down', 'off'].includes(simulation.hosts[host]!.status));
  }

  private simulate(lengthUs: number): void {
    const { run } = this;
    run.advance(run.nowUs + lengthUs);
    if (!run.exhausted) return;
    const reached = `it reached its bound of ${run.simulation.eventCount} events`;
    const underWay = whatIsUnderWay(run, this.activity) ?? 'nothing in particular';
    this.fail(reached, run.isWarm ? [`under way: ${underWay}`] : whatIsMissing(run));
  }

  private fail(reason: string, missing: readonly string[]): never {
    throw new LivenessFailure(this.options.seed, [reason, ...missing]);
  }

  private probe(leftUs: number): void {
    this.isProbed = true;
    creditWriteBack(this.run, this.calendarUs - this.lastProbeUs);
    this.prober.probe(this.run, this.run.nowUs + leftUs);
    this.lastProbeUs = this.calendarUs;
  }

  private flip(component: Component): void {
    const { run } = this;
    component.isDown = !component.isDown;
    if (component.isDown) this.failures++;
    for (const host of component.hosts) {
      if (component.isDown) strike(run, component.kind, host);
      else repair(run, component.kind, host);
    }
    component.nextUs = this.calendarUs + drawStayUs(component);
    this.isProbed = false;
    this.activity.disturbed(run.nowUs, run.nowUs + restUs(component, run.definition));
    run.availability.disturbed(null);
    run.availability.evaluate(run.nowUs, run.calendarOffsetUs);
  }
}

/** How often every broker is heard of: by its heartbeats, or on ZooKeeper by the pings of its session. */
function heartbeatOf({ brokers, plane }: ClusterDefinition): number {
  const intervalsUs = brokers.map(({ config }) =>
    plane.mode === 'zookeeper'
      ? pingIntervalUs(config.zookeeperSessionTimeoutMs * 1000)
      : config.brokerHeartbeatIntervalMs * 1000,
  );
  return Math.max(...intervalsUs);
}

/**
 * Leaves out the records that tell an idle metadata log from one that has stopped (metadata.max.idle.interval.ms): a
 * third of all events, on which nothing depends that is measured.
 */
function withoutNoOps(plan: Plan): Plan {
  if (plan.metadata === 'zookeeper') return plan;
  const quiet = <T extends BrokerPlan | ControllerPlan>(node: T): T => ({
    ...node,
    config: { ...node.config, 'metadata.max.idle.interval.ms': 0 },
  });
  return { ...plan, brokers: plan.brokers.map(quiet), controllers: plan.controllers.map(quiet) };
}

/**
 * How long requests may be under way that a failure leaves without an answer. A host that is cut off keeps its
 * connections until its requests time out; an hour of the calendar later none of them is left, so that much is simulated.
 */
function restUs({ kind, isDown }: Component, { brokers }: ClusterDefinition): number {
  if (kind !== 'network-partition' || !isDown) return 0;
  return Math.max(...brokers.map(({ config }) => config.replicaSocketTimeoutMs)) * 1000;
}

function earliest(components: readonly Component[]): Component | null {
  let first: Component | null = null;
  for (const component of components) {
    if (first === null || component.nextUs < first.nextUs) first = component;
  }
  return first;
}

function difference(after: AvailabilityTotals, before: AvailabilityTotals): AvailabilityTotals {
  const minus = (
    a: AvailabilityTotals['downUs'],
    b: AvailabilityTotals['downUs'],
  ): AvailabilityTotals['downUs'] => ({
    write: a.write - b.write,
    read: a.read - b.read,
    structuralWrite: a.structuralWrite - b.structuralWrite,
    structuralRead: a.structuralRead - b.structuralRead,
  });
  return {
    measuredUs: after.measuredUs - before.measuredUs,
    downUs: minus(after.downUs, before.downUs),
    outages: minus(after.outages, before.outages),
    anyDownUs: minus(after.anyDownUs, before.anyDownUs),
  };
}
