/**
 * A cluster beside the scenario's own on the same ensemble, and those who watch it.
 *
 * Its brokers, partitions and clients are as real as those of the scenario's cluster, and so are its promises: it has a
 * metadata truth, invariants, a client history and availability of its own. It has no director: faults strike it by name
 * (`broker 1 of audit`), and through the ensemble.
 */
import type { ClusterDefinition, ModelObserver } from '../../model/index.js';
import type { Forker, Simulation } from '../../sim/index.js';
import type { Coverage } from '../faults/coverage.js';
import type { NeighbourField } from '../faults/field.js';
import { InvariantSuite } from '../invariants/index.js';
import type { InvariantId } from '../language/invariants.js';
import type { Plan } from '../language/plan.js';
import type { ClusterAssembly } from './assemble.js';
import { Availability, type AvailabilityTotals } from './availability.js';
import { ClientHistory } from './client-history.js';
import { MetadataTruth, type TruthListener } from './metadata-truth.js';
import { watchersOf, type Watcher } from './watcher.js';

/** Watches a neighbour on behalf of a watcher of the run. */
export type NeighbourWatcher = Watcher<object> & TruthListener;

interface Parts {
  readonly plan: Plan;
  readonly definition: ClusterDefinition;
  readonly adminHost: number;
  readonly truth: MetadataTruth;
  readonly history: ClientHistory;
  readonly availability: Availability;
  readonly invariants: InvariantSuite;
  readonly extra: readonly NeighbourWatcher[];
}

export class Neighbour implements NeighbourField {
  readonly plan: Plan;
  readonly definition: ClusterDefinition;
  readonly truth: MetadataTruth;
  readonly history: ClientHistory;
  readonly availability: Availability;
  readonly invariants: InvariantSuite;
  readonly extra: readonly NeighbourWatcher[];
  /** Of the run that it is part of; set by `connect`. */
  simulation!: Simulation;
  /** Availability from the end of the warm-up to the end of the faults; null before. */
  endOfFaults: AvailabilityTotals | null = null;
  private readonly adminHost: number;

  private constructor(parts: Parts) {
    this.plan = parts.plan;
    this.definition = parts.definition;
    this.adminHost = parts.adminHost;
    this.truth = parts.truth;
    this.history = parts.history;
    this.availability = parts.availability;
    this.invariants = parts.invariants;
    this.extra = parts.extra;
  }

  /** The neighbour of that plan, in a run that has yet to be connected. */
  static create(
    plan: Plan,
    { definition, adminHost }: ClusterAssembly,
    watched: 'all' | readonly InvariantId[],
    keepOutages: boolean,
    extra: readonly NeighbourWatcher[],
  ): Neighbour {
    const truth = new MetadataTruth(definition);
    return new Neighbour({
      plan,
      definition,
      adminHost,
      truth,
      history: new ClientHistory(),
      availability: new Availability(definition, keepOutages),
      invariants: InvariantSuite.create(watched, definition, truth),
      extra,
    });
  }

  /** As the scenario names it. */
  get name(): string {
    return this.plan.name;
  }

  get nowUs(): number {
    return this.simulation.nowUs;
  }

  /** The neighbour in a fork of the run; to be connected there. */
  fork(forker: Forker): Neighbour {
    const truth = forker.clone(this.truth);
    truth.listeners = [];
    const copy = new Neighbour({
      plan: this.plan,
      definition: this.definition,
      adminHost: this.adminHost,
      truth,
      history: forker.clone(this.history),
      availability: forker.clone(this.availability),
      invariants: this.invariants.fork(forker, truth),
      extra: this.extra.map((watcher) => forker.clone(watcher)),
    });
    copy.endOfFaults = this.endOfFaults;
    return copy;
  }

  /**
   * Lets the watchers hear of the run. Returns who is to be told by the neighbour's own hosts, and who by the servers of the
   * ensemble: all but those who watch on behalf of a watcher of the run, which hears of the ensemble itself.
   */
  connect(
    simulation: Simulation,
    coverage: Coverage,
  ): { readonly own: ModelObserver; readonly ensemble: ModelObserver } {
    const { truth, availability, extra } = this;
    this.simulation = simulation;
    truth.simulation = simulation;
    this.invariants.breaches.simulation = simulation;
    truth.listeners.push(availability, ...extra);
    Object.assign(availability, { simulation, truth, coverage, clientHost: this.adminHost });
    const base = [truth, ...this.invariants.watchers, this.history, availability];
    return { own: watchersOf([...base, ...extra]), ensemble: watchersOf(base) };
  }

  /** A server or client of this cluster, or its operator. */
  owns(host: number): boolean {
    const { nodes, producers, consumers } = this.definition;
    const first = this.adminHost - nodes.length;
    return host >= first && host <= this.adminHost + producers.length + consumers.length;
  }

  /** One of this cluster's producers or consumers. */
  isClient(host: number): boolean {
    return this.owns(host) && host > this.adminHost;
  }

  /** Every partition has a leader and a full ISR, and the brokers have heard of it. */
  get isComplete(): boolean {
    return isComplete(this);
  }
}

/** True where every partition of a cluster has a leader and a full ISR, and the brokers have heard of it. */
export function isComplete(
  cluster: Pick<Neighbour, 'definition' | 'truth' | 'availability'>,
): boolean {
  for (let index = 0; index < cluster.definition.partitions.length; index++) {
    const partition = cluster.truth.partition(index);
    if (partition === null || partition.leader < 0) return false;
    if (partition.isr.length < partition.replicas.length) return false;
  }
  return cluster.availability.allServe;
}
