/**
 * Years of operation at protocol fidelity.
 *
 * Two clocks: *calendar* time, in which failures are drawn and availability is integrated, and *active* time, in which
 * the cluster is simulated. While the cluster is quiescent the calendar jumps to just before the next failure or repair,
 * by whole heartbeat intervals; active time never jumps, so no timestamp of the protocol needs to be shifted. Every
 * transition is simulated in full.
 *
 * A jump also passes over Kafka's slow periodic work (preferred leader election every 5 minutes): it happens in active
 * time, later on the calendar than it would.
 */
import { isServerState, snapshotMetadata } from '../../model/index.js';
import { cover, uncover, type CoverKind } from '../faults/coverage.js';
import { loseDisk } from '../faults/effects.js';
import type { FailureKind, Plan } from '../language/plan.js';
import type { AvailabilityTotals } from '../run/availability.js';
import { Run } from '../run/run.js';
import { createComponents, drawStayUs, type Component } from './components.js';
import { ActivityWatch, IDLE_PERIOD_US, whatIsUnderWay } from './quiescence.js';

/** Jumps go by whole heartbeat intervals (broker.heartbeat.interval.ms, default 2 s). */
const HEARTBEAT_US = 2_000_000;
/** Calendar time before measurement begins, so that it does not begin with a cluster as new: this many repair times. */
const BURN_IN_REPAIRS = 10;
/** A run must warm up within this time. */
const WARM_UP_LIMIT_US = 120_000_000;
const GRAY_FACTOR = 1000;

export interface LongRunOptions {
  readonly seed: number;
  /** Calendar time to measure. */
  readonly measureUs: number;
  /** Simulate everything, for holding skipping against not skipping. */
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
  /** Acknowledged records lost. */
  readonly lostRecords: number;
}

/** Runs a plan with `failures` for a length of calendar time. Throws where the cluster does not warm up. */
export function runLong(plan: Plan, options: LongRunOptions): LongRunResult {
  return new LongRun(plan, options).measure();
}

class LongRun {
  private readonly run: Run;
  private readonly activity = new ActivityWatch();
  private readonly components: Component[];
  private readonly options: LongRunOptions;
  private failures = 0;

  constructor(plan: Plan, options: LongRunOptions) {
    this.options = options;
    this.run = Run.start(plan, {
      seed: options.seed,
      keepOutages: false,
      watch: () => [this.activity],
    });
    while (!this.run.isWarm) {
      if (this.run.nowUs > WARM_UP_LIMIT_US)
        throw new Error('the cluster does not warm up: no partition has a full ISR');
      this.run.advance(this.run.nowUs + IDLE_PERIOD_US);
    }
    this.components = createComponents(plan, this.run);
    for (const component of this.components) component.nextUs += this.calendarUs;
  }

  measure(): LongRunResult {
    const burnInUs = BURN_IN_REPAIRS * Math.max(0, ...this.components.map(meanRepairUs));
    const fromUs = this.calendarUs + burnInUs;
    this.playUntil(fromUs);
    const before = this.totals();
    this.failures = 0;
    this.playUntil(fromUs + this.options.measureUs);
    const { simulation } = this.run;
    return {
      seed: this.options.seed,
      totals: difference(this.totals(), before),
      failures: this.failures,
      activeUs: this.run.nowUs,
      events: simulation.eventCount,
      hash: simulation.hash.digest(),
      lostRecords: this.run.invariants.lostRecords,
    };
  }

  private get calendarUs(): number {
    return this.run.nowUs + this.run.calendarOffsetUs;
  }

  private totals(): AvailabilityTotals {
    return this.run.availability.totals(this.run.nowUs, this.run.calendarOffsetUs);
  }

  private playUntil(untilUs: number): void {
    for (;;) {
      const component = earliest(this.components);
      if (component === null || component.nextUs >= untilUs) {
        this.moveTo(untilUs);
        return;
      }
      this.moveTo(component.nextUs);
      this.flip(component);
    }
  }

  /** Lets calendar time pass, by simulating and, while nothing happens, by jumping. */
  private moveTo(calendarUs: number): void {
    const { run } = this;
    while (this.calendarUs < calendarUs) {
      const leftUs = calendarUs - this.calendarUs;
      if (leftUs > HEARTBEAT_US && this.options.withoutSkipping !== true) {
        if (whatIsUnderWay(run, this.activity) === null) {
          this.jump(Math.floor(leftUs / HEARTBEAT_US) * HEARTBEAT_US);
        } else {
          run.advance(run.nowUs + IDLE_PERIOD_US / 2);
        }
        continue;
      }
      run.advance(run.nowUs + leftUs);
    }
  }

  /** The calendar goes on without the cluster; what the calendar alone rules is made up for. */
  private jump(lengthUs: number): void {
    const { run } = this;
    run.calendarOffsetUs += lengthUs;
    for (const { host, config } of run.definition.brokers) {
      const server = run.simulation.hosts[host]!;
      if (server.status !== 'running' || lengthUs < config.metadataLogMaxSnapshotIntervalMs * 1000)
        continue;
      run.simulation.act(server, (state, context) => {
        if (isServerState(state)) snapshotMetadata(state, context);
      });
    }
  }

  private flip(component: Component): void {
    component.isDown = !component.isDown;
    if (component.isDown) this.failures++;
    for (const host of component.hosts) this.apply(component, host);
    component.nextUs = this.calendarUs + drawStayUs(component);
    this.activity.touch(this.run.nowUs);
    this.run.availability.disturbed(null);
    this.run.availability.evaluate(this.run.nowUs, this.run.calendarOffsetUs);
  }

  private apply(component: Component, host: number): void {
    const { run } = this;
    const kind = COVER_KINDS[component.kind];
    if (kind === undefined) {
      this.disturb(component, host);
    } else if (component.isDown) {
      cover(run, run.director.coverage, host, kind);
      if (component.kind === 'disk-loss') loseDisk(run, host);
    } else {
      uncover(run, run.director.coverage, host, kind);
    }
  }

  /** Failures that leave the process running. */
  private disturb(component: Component, host: number): void {
    const { simulation } = this.run;
    if (component.kind === 'gray') {
      simulation.hosts[host]!.disk.slowFactor = component.isDown ? GRAY_FACTOR : 1;
      return;
    }
    for (const other of simulation.hosts) {
      if (other.index === host) continue;
      for (const [from, to] of [
        [host, other.index],
        [other.index, host],
      ] as const) {
        if (component.isDown) simulation.transport.block(from, to);
        else simulation.transport.unblock(from, to);
      }
    }
  }
}

const COVER_KINDS: Partial<Record<FailureKind, CoverKind>> = {
  'broker-crash': 'crashed',
  'controller-crash': 'crashed',
  'rack-outage': 'crashed',
  'cluster-outage': 'crashed',
  'broker-power-loss': 'unpowered',
  'rack-power-loss': 'unpowered',
  'disk-loss': 'unpowered',
  'broker-stop': 'stopped',
};

function earliest(components: readonly Component[]): Component | null {
  let first: Component | null = null;
  for (const component of components) {
    if (first === null || component.nextUs < first.nextUs) first = component;
  }
  return first;
}

function meanRepairUs(component: Component): number {
  return component.downMeanUs > 0
    ? component.downMeanUs
    : component.down.sampleUs(component.stream);
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
