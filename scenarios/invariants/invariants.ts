/** All invariants of one run, as one watcher that a run can have or not. */
import { ModelObserver, type ClusterDefinition } from '../../model/index.js';
import type { Forker, Host, HostStatus } from '../../sim/index.js';
import type { DirectorState } from '../faults/director.js';
import type { InvariantId } from '../language/vocabulary.js';
import { MetadataTruth } from '../run/metadata-truth.js';
import { Watcher, Watchers } from '../run/watcher.js';
import type { Breach } from './breach.js';
import type { Death } from './circumstances.js';
import { InvariantSuite } from './invariant-suite.js';

/** A breach as a result shows it. */
export interface ReportedBreach {
  readonly invariant: InvariantId;
  readonly name: string;
  readonly atMs: number;
  readonly message: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** What the invariants found. */
export interface InvariantsJudgement {
  /** Bugs of the model or of the protocol version. */
  readonly violations: readonly ReportedBreach[];
  /** Breaches whose assumptions did not hold, with the one that was broken. */
  readonly expectedLosses: readonly (ReportedBreach & { readonly broken: string })[];
  /** What had not come about yet. */
  readonly pending: readonly string[];
}

/** What must be known of the run: which faults hold which hosts down. */
export interface Direction {
  readonly director: Pick<DirectorState, 'coverage' | 'notes'>;
}

interface InvariantsState {
  /** By host index: its status when it changed last. */
  statuses: HostStatus[];
  /** Notes of the director that were read. */
  notesSeen: number;
}

/** Which invariants a plan asks for. */
interface Selection {
  readonly invariants: 'all' | readonly InvariantId[];
}

type Method = (...facts: unknown[]) => void;

const METHOD_NAMES = Object.getOwnPropertyNames(ModelObserver.prototype).filter(
  (name) => name !== 'constructor',
) as (keyof ModelObserver)[];

/**
 * The invariants of one run.
 *
 * They have a metadata truth of their own, so that a run needs to know nothing of them: it tells this watcher
 * everything, attaches it, and asks for the judgement at the end.
 */
export class Invariants extends Watcher<InvariantsState> {
  readonly suite: InvariantSuite;
  private readonly selection: Selection;
  private readonly definition: ClusterDefinition;
  private readonly truth: MetadataTruth;
  private direction: Direction | null = null;

  /** @param forked the parts of a copy; nobody but `fork` gives them. */
  constructor(
    selection: Selection,
    definition: ClusterDefinition,
    forked?: {
      readonly truth: MetadataTruth;
      readonly suite: InvariantSuite;
      readonly state: InvariantsState;
    },
  ) {
    super(forked?.state ?? { statuses: [], notesSeen: 0 });
    this.selection = selection;
    this.definition = definition;
    this.truth = forked?.truth ?? new MetadataTruth(definition);
    this.suite =
      forked?.suite ?? InvariantSuite.create(selection.invariants, definition, this.truth);
    this.takeMethods();
  }

  override fork(forker: Forker): this {
    const truth = forker.clone(this.truth);
    truth.listeners = [];
    const suite = this.suite.fork(forker, truth);
    const state = forker.clone(this.state);
    return new Invariants(this.selection, this.definition, { truth, suite, state }) as this;
  }

  /** Points the invariants at the run that they watch. */
  attach(direction: Direction): void {
    this.direction = direction;
  }

  /** A host's status changed: told by the kernel. */
  hostChanged(atUs: number, host: Host): void {
    const { statuses } = this.state;
    while (statuses.length <= host.index) statuses.push('off');
    const before = statuses[host.index]!;
    statuses[host.index] = host.status;
    if (host.status === 'running' && before !== 'paused') this.suite.hostStarted(atUs, host.index);
    else if (host.status === 'off') this.suite.hostDied(atUs, host.index, 'power-loss');
    else if (host.status === 'down')
      this.suite.hostDied(atUs, host.index, this.deathOf(host, before));
  }

  /** A fault began: a lost disk is known from the director's notes alone. */
  faultBegan(atUs: number, _text: string): void {
    const notes = this.direction?.director.notes ?? [];
    for (; this.state.notesSeen < notes.length; this.state.notesSeen++) {
      const { verb, hosts, skipped } = notes[this.state.notesSeen]!;
      if (verb !== 'lose-disk' || skipped) continue;
      for (const host of hosts) this.suite.hostDied(atUs, host, 'disk-loss');
    }
  }

  /** All that was found so far; what is pending counts only when the settling time is over. */
  judgement(): InvariantsJudgement {
    const { violations, expectedLosses } = this.suite.breaches;
    return {
      violations: violations.map(reported),
      expectedLosses: expectedLosses.map(({ breach, broken }) => ({ ...reported(breach), broken })),
      pending: this.suite.pending(),
    };
  }

  /** What no invariant wants to know stays the observer's own method: the run need not call it. */
  private takeMethods(): void {
    const { watchers } = this.suite;
    if (watchers.length === 0) return;
    const all = new Watchers([this.truth, ...watchers]);
    for (const name of METHOD_NAMES) {
      const ignored = Reflect.get(ModelObserver.prototype, name) as Method;
      const method = Reflect.get(all, name) as Method;
      if (method !== ignored) Object.defineProperty(this, name, { value: method });
    }
  }

  /** A process that ended under `stop` shut down in order, unless it stood still or its disk failed it. */
  private deathOf(host: Host, before: HostStatus): Death {
    const cover = this.direction?.director.coverage[host.index];
    if (cover === undefined || cover.stopped === 0) return 'crash';
    const inOrder = cover.crashed === 0 && before === 'running' && host.disk.status === 'ok';
    return inOrder ? 'stop' : 'crash';
  }
}

function reported(breach: Breach): ReportedBreach {
  const { invariant, name, atUs, partition, message, evidence } = breach;
  return {
    invariant,
    name,
    atMs: atUs / 1000,
    message,
    evidence: partition === null ? evidence : { partition, ...evidence },
  };
}
