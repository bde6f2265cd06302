/**
 * One run of a scenario: power-on, warm-up, faults, heal, settle, and what came of it.
 *
 * A run is data and can be forked at any moment; both copies go on to the same hash.
 */
import type { ClusterDefinition, ModelObserver } from '../../model/index.js';
import {
  Forker,
  type EventQueue,
  type Host,
  type HostStatus,
  type RandomStream,
  type Simulation,
} from '../../sim/index.js';
import {
  act,
  createDirector,
  heal,
  nextActUs,
  onHostDown,
  onMark,
  powerOn,
  type DirectorState,
} from '../faults/director.js';
import type { Field } from '../faults/field.js';
import type { Release } from '../faults/release.js';
import { InvariantSuite } from '../invariants/index.js';
import type { Plan } from '../language/plan.js';
import { assemble } from './assemble.js';
import { Availability, type AvailabilityTotals } from './availability.js';
import { EnsembleObserver, type ChrootView } from './chroot-view.js';
import { ClientHistory } from './client-history.js';
import { MarkCollector } from './marks.js';
import { MetadataTruth } from './metadata-truth.js';
import { isComplete, Neighbour, type NeighbourWatcher } from './neighbour.js';
import { Releases } from './releases.js';
import { watchersClassOf, type Watcher, type WatchersClass } from './watcher.js';

export const DEFAULT_MAX_EVENTS = 50_000_000;

export type Phase = 'warm-up' | 'faults' | 'settle' | 'over';

/** How a plan is run, and who watches. */
export interface RunOptions {
  readonly seed: number;
  readonly queue?: EventQueue;
  /** Watch the scenario's invariants. Default true; watching never changes the hash. */
  readonly invariants?: boolean;
  /** Traces and the like, made anew for each run. */
  readonly watch?: (definition: ClusterDefinition) => readonly RunWatcher[];
  /** Keep every outage and not only their sums. Default true. */
  readonly keepOutages?: boolean;
}

/** A watcher that wants to know the run that it watches. */
export interface RunWatcher extends Watcher<object> {
  /** Called with the run before it serves its first event; the copy in a fork is called with the fork. */
  attach?(run: Run): void;
  /** A host was started, paused, resumed, crashed or cut off from power; `host.status` is what it is now. */
  hostChanged?(atUs: number, host: Host): void;
  /** A fault struck; `text` says which, in the words of the scenario language. Skipped ones are not told. */
  faultBegan?(atUs: number, text: string): void;
  /** Who watches a neighbour on behalf of this watcher, which otherwise hears of the scenario's own cluster alone. */
  ofNeighbour?(name: string, definition: ClusterDefinition): NeighbourWatcher;
}

/** What differs between a run and its forks. */
interface Parts {
  readonly plan: Plan;
  readonly seed: number;
  readonly simulation: Simulation;
  readonly definition: ClusterDefinition;
  readonly adminHost: number;
  readonly director: DirectorState;
  readonly truth: MetadataTruth;
  readonly history: ClientHistory;
  readonly availability: Availability;
  readonly marks: MarkCollector;
  readonly invariants: InvariantSuite;
  readonly extra: readonly RunWatcher[];
  readonly releases: Releases;
  readonly neighbours: readonly Neighbour[];
  /** Of the run that was forked; null for a new one. */
  readonly watchersClass: WatchersClass | null;
}

/** A scenario under way: the simulation, the director of its faults, and those who watch. */
export class Run implements Field {
  readonly plan: Plan;
  readonly seed: number;
  readonly simulation: Simulation;
  readonly definition: ClusterDefinition;
  readonly adminHost: number;
  readonly director: DirectorState;
  readonly truth: MetadataTruth;
  readonly history: ClientHistory;
  readonly availability: Availability;
  readonly invariants: InvariantSuite;
  readonly extra: readonly RunWatcher[];
  /** Other clusters on the same ensemble, in the order of the plan. */
  readonly neighbours: readonly Neighbour[];
  phase: Phase = 'warm-up';
  /** When the warm-up ended, or -1. */
  warmUpEndedUs = -1;
  /** The bound on events was reached: the run ended early, as a liveness failure. */
  exhausted = false;
  /** Calendar time minus active time (`longrun`). */
  calendarOffsetUs = 0;
  /** Availability from the end of the warm-up to the end of the faults; null before. */
  endOfFaults: AvailabilityTotals | null = null;
  private readonly marks: MarkCollector;
  private readonly releases: Releases;
  private watchersClass: WatchersClass | null;
  private readonly hasWhenFaults: boolean;
  /** The director has something new to do, perhaps before what `advance` waits for. */
  private agendaGrew = false;
  /** By host index, to tell a start from the end of a pause. */
  private readonly hostStatus: HostStatus[];
  private constructor(parts: Parts) {
    this.plan = parts.plan;
    this.seed = parts.seed;
    this.simulation = parts.simulation;
    this.definition = parts.definition;
    this.adminHost = parts.adminHost;
    this.director = parts.director;
    this.truth = parts.truth;
    this.history = parts.history;
    this.availability = parts.availability;
    this.marks = parts.marks;
    this.invariants = parts.invariants;
    this.extra = parts.extra;
    this.releases = parts.releases;
    this.neighbours = parts.neighbours;
    this.watchersClass = parts.watchersClass;
    this.hasWhenFaults = parts.plan.faults.some(({ trigger }) => trigger.kind === 'when');
    this.hostStatus = parts.simulation.hosts.map(({ status }) => status);
    this.connect();
  }

  /** Makes a run and powers all hosts on. */
  static start(plan: Plan, options: RunOptions): Run {
    const seed = String(options.seed);
    const assembly = assemble(plan, seed, plan.run.shuffleTies, options.queue);
    const { simulation, definition, adminHost } = assembly;
    const truth = new MetadataTruth(definition);
    const watched = options.invariants === false ? [] : plan.invariants;
    const keepOutages = options.keepOutages ?? true;
    const extra = options.watch?.(definition) ?? [];
    const neighbours = assembly.neighbours.map((part, index) => {
      const own = plan.neighbours[index]!;
      const watchers = extra.flatMap(
        (watcher) => watcher.ofNeighbour?.(own.name, part.definition) ?? [],
      );
      return Neighbour.create(own, part, watched, keepOutages, watchers);
    });
    const run = new Run({
      plan,
      seed: options.seed,
      simulation,
      definition,
      adminHost,
      director: createDirector(plan, simulation.hosts.length),
      truth,
      history: new ClientHistory(),
      availability: new Availability(definition, keepOutages),
      marks: new MarkCollector(definition),
      invariants: InvariantSuite.create(watched, definition, truth),
      extra,
      releases: new Releases(plan),
      neighbours,
      watchersClass: null,
    });
    powerOn(plan, run.director, run);
    return run;
  }

  /** The stream that random faults are drawn from. */
  get stream(): RandomStream {
    return this.simulation.streams.stream('faults');
  }

  /** The rules of servers that an upgrade gave a release: `definition` keeps those of the scenario's own version. */
  definitionOf(release: Release): ClusterDefinition {
    return this.releases.definitionOf(release);
  }

  /** Puts a release on a host that is down. */
  install(host: number, release: Release): void {
    const { simulation } = this;
    simulation.install(simulation.hosts[host]!, this.releases.programIndex(simulation, release));
  }

  /** A disk was replaced by an empty one. */
  diskLost(host: number): void {
    this.invariants.hostDied(this.nowUs, host, 'disk-loss');
    for (const { invariants } of this.neighbours)
      invariants.hostDied(this.nowUs, host, 'disk-loss');
  }

  get nowUs(): number {
    return this.simulation.nowUs;
  }

  /** Plays all phases to the end. */
  play(): this {
    const { forUs, settleUs } = this.plan.run;
    this.advance(forUs);
    this.heal();
    this.advance(forUs + settleUs);
    this.phase = 'over';
    return this;
  }

  /** Lifts every fault; measurement of availability ends here. */
  heal(): void {
    this.endOfFaults = this.availability.totals(this.nowUs, this.calendarOffsetUs);
    this.phase = 'settle';
    heal(this.director, this);
    this.availability.disturbed('heal');
    for (const neighbour of this.neighbours) {
      const { availability } = neighbour;
      neighbour.endOfFaults = availability.totals(this.nowUs, this.calendarOffsetUs);
      availability.disturbed('heal');
    }
  }

  /** Serves events and acts of the director up to a time. */
  advance(toUs: number): void {
    const { simulation, director } = this;
    while (!this.exhausted) {
      const dueUs = nextActUs(director);
      const boundUs = dueUs >= 0 && dueUs < toUs ? dueUs : toUs;
      if (!this.serve(boundUs)) continue;
      simulation.advanceClock(boundUs);
      if (dueUs < 0 || dueUs > boundUs) return;
      const { length } = director.notes;
      act(this.plan, director, this);
      this.afterActs(length);
    }
  }

  /** What was broken so far, in all clusters: in the scenario's own first. */
  get breaches(): Pick<InvariantSuite['breaches'], 'violations' | 'expectedLosses'> {
    const { breaches } = this.invariants;
    if (this.neighbours.length === 0) return breaches;
    const all = [breaches, ...this.neighbours.map(({ invariants }) => invariants.breaches)];
    return {
      violations: all.flatMap(({ violations }) => violations),
      expectedLosses: all.flatMap(({ expectedLosses }) => expectedLosses),
    };
  }

  /** The warm-up is over. */
  get isWarm(): boolean {
    return this.warmUpEndedUs >= 0;
  }

  /**
   * A run that goes on by itself, with the same future unless it is told otherwise.
   *
   * @param plan what the copy goes by: this run's plan, or one that differs in faults that its director is told of.
   */
  fork(plan: Plan = this.plan): Run {
    const forker = new Forker();
    const simulation = this.simulation.forkWith(forker);
    const truth = forker.clone(this.truth);
    truth.listeners = [];
    const copy = new Run({
      plan,
      seed: this.seed,
      simulation,
      definition: this.definition,
      adminHost: this.adminHost,
      director: forker.clone(this.director),
      truth,
      history: forker.clone(this.history),
      availability: forker.clone(this.availability),
      marks: forker.clone(this.marks),
      invariants: this.invariants.fork(forker, truth),
      extra: this.extra.map((watcher) => forker.clone(watcher)),
      releases: this.releases,
      neighbours: this.neighbours.map((neighbour) => neighbour.fork(forker)),
      watchersClass: this.watchersClass,
    });
    copy.phase = this.phase;
    copy.warmUpEndedUs = this.warmUpEndedUs;
    copy.endOfFaults = this.endOfFaults;
    copy.exhausted = this.exhausted;
    copy.calendarOffsetUs = this.calendarOffsetUs;
    return copy;
  }

  /** Serves events up to a time. False where the agenda or the bound on events must be looked at first. */
  private serve(boundUs: number): boolean {
    const { simulation, availability } = this;
    const { pending } = this.marks.state;
    const maxEvents = this.plan.run.maxEvents ?? DEFAULT_MAX_EVENTS;
    this.agendaGrew = false;
    // What the director does counts as events, too.
    while (simulation.eventCount < maxEvents) {
      if (!simulation.step(boundUs)) return true;
      if (availability.hasWork || this.neighboursHaveWork()) this.lookAgain();
      if (pending.length > 0) this.giveMarks();
      if (this.agendaHasGrown()) return false;
    }
    this.exhausted = true;
    return false;
  }

  /** A producer or consumer of the scenario's own cluster. */
  private isClient(host: number): boolean {
    return host > this.adminHost && !this.neighbours.some((neighbour) => neighbour.owns(host));
  }

  private neighboursHaveWork(): boolean {
    for (const { availability } of this.neighbours) if (availability.hasWork) return true;
    return false;
  }

  private agendaHasGrown(): boolean {
    return this.agendaGrew;
  }

  private lookAgain(): void {
    const { neighbours } = this;
    if (!this.isWarm && isComplete(this) && neighbours.every(isComplete)) {
      this.warmUpEndedUs = this.nowUs;
      this.phase = 'faults';
      this.availability.begin(this.nowUs + this.calendarOffsetUs);
      for (const { availability } of neighbours)
        availability.begin(this.nowUs + this.calendarOffsetUs);
      this.marks.add('warm-up-ended', '');
    }
    this.availability.evaluate(this.nowUs, this.calendarOffsetUs);
    for (const { availability } of neighbours)
      availability.evaluate(this.nowUs, this.calendarOffsetUs);
  }

  private giveMarks(): void {
    const { pending } = this.marks.state;
    while (pending.length > 0) {
      const mark = pending.shift()!;
      if (!this.hasWhenFaults) continue;
      const { length } = this.director.notes;
      const dueUs = nextActUs(this.director);
      onMark(this.plan, this.director, this, mark.name, mark.subject);
      if (nextActUs(this.director) !== dueUs) this.agendaGrew = true;
      this.afterActs(length);
    }
  }

  private afterActs(notesBefore: number): void {
    const { notes } = this.director;
    for (let index = notesBefore; index < notes.length; index++) {
      const note = notes[index]!;
      if (note.skipped) continue;
      this.disturb(note.text);
      for (const watcher of this.extra) watcher.faultBegan?.(this.nowUs, note.text);
    }
    if (notes.length === notesBefore) this.disturb(null);
    this.lookAgain();
  }

  private disturb(cause: string | null): void {
    this.availability.disturbed(cause);
    for (const { availability } of this.neighbours) availability.disturbed(cause);
  }

  private connect(): void {
    const { simulation, truth, availability, marks, extra } = this;
    const base = [truth, ...this.invariants.watchers, this.history, availability];
    const list = [...base, ...(this.hasWhenFaults ? [marks] : []), ...extra];
    this.watchersClass ??= watchersClassOf(list);
    simulation.observer = new this.watchersClass(list);
    simulation.watcher = {
      hostChanged: (host) => {
        this.onHostChanged(host);
      },
    };
    truth.simulation = simulation;
    this.invariants.breaches.simulation = simulation;
    truth.listeners.push(availability);
    if (this.hasWhenFaults) truth.listeners.push(marks);
    availability.simulation = simulation;
    availability.truth = truth;
    availability.coverage = this.director.coverage;
    availability.clientHost = this.adminHost;
    if (this.neighbours.length > 0 || this.definition.plane.chroot !== '')
      this.connectEnsemble(simulation.observer as ModelObserver);
    for (const watcher of extra) watcher.attach?.(this);
  }

  /** Hosts of a neighbour are watched by that neighbour's watchers, and the ensemble by each cluster's, as it sees it. */
  private connectEnsemble(observer: ModelObserver): void {
    const { simulation, definition } = this;
    const observers: unknown[] = simulation.hosts.map(() => null);
    const views: ChrootView[] = [{ chroot: definition.plane.chroot, observer }];
    for (const neighbour of this.neighbours) {
      const { own, ensemble } = neighbour.connect(simulation, this.director.coverage);
      views.push({ chroot: neighbour.definition.plane.chroot, observer: ensemble });
      for (const { index } of simulation.hosts) if (neighbour.owns(index)) observers[index] = own;
    }
    const shared = new EnsembleObserver(views);
    for (const { host } of definition.plane.zookeepers) observers[host] = shared;
    simulation.hostObservers = observers;
  }

  private onHostChanged(host: Host): void {
    const before = this.hostStatus[host.index];
    this.hostStatus[host.index] = host.status;
    this.tellOfHost(this, host, before, this.isClient(host.index));
    for (const neighbour of this.neighbours)
      this.tellOfHost(neighbour, host, before, neighbour.isClient(host.index));
    if (onHostDown(this.director, this, host)) this.agendaGrew = true;
    for (const watcher of this.extra) watcher.hostChanged?.(this.nowUs, host);
  }

  /** Each cluster's watchers hear of every host, and take no notice of those that are not theirs. */
  private tellOfHost(
    {
      availability,
      invariants,
      history,
    }: Pick<Neighbour, 'availability' | 'invariants' | 'history'>,
    host: Host,
    before: HostStatus | undefined,
    isClient: boolean,
  ): void {
    availability.hostChanged(host);
    if (host.status === 'running' && before !== 'paused') {
      invariants.hostStarted(this.nowUs, host.index);
      if (isClient) history.clientStarted(this.nowUs, host.index);
    }
    if (host.status === 'down')
      invariants.hostDied(this.nowUs, host.index, this.deathOf(host, before));
    if (host.status === 'off') invariants.hostDied(this.nowUs, host.index, 'power-loss');
  }

  /** A process that ended under `stop` shut down in order, unless it stood still or its disk failed it. */
  private deathOf(host: Host, before: HostStatus | undefined): 'stop' | 'crash' {
    const cover = this.director.coverage[host.index]!;
    const inOrder =
      cover.stopped > 0 && cover.crashed === 0 && before === 'running' && host.disk.status === 'ok';
    return inOrder ? 'stop' : 'crash';
  }
}
