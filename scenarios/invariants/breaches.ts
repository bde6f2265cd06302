/** The breaches of a run, judged as they are found. */
import type { ClusterDefinition } from '../../model/index.js';
import { Watcher } from '../run/watcher.js';
import type { Breach } from './breach.js';
import type { Circumstances } from './circumstances.js';
import { judge } from './judge.js';

/** Breaches of each kind that are kept; the others are counted. */
const KEPT = 100;
/** Keys remembered, so that one breach is told once; past that every further one counts. */
const KEYS = 10_000;

/** A loss that the broken assumption explains. */
export interface ExpectedLoss {
  readonly breach: Breach;
  readonly broken: string;
}

interface BreachesState {
  violations: Breach[];
  expectedLosses: ExpectedLoss[];
  /** All, those not kept included. */
  violationCount: number;
  expectedLossCount: number;
  /** By invariant, partition, and the offset or epoch in question. */
  keys: Set<string>;
}

export class Breaches extends Watcher<BreachesState> {
  /** Whose events are counted: the run that owns the watcher. */
  simulation: { readonly eventCount: number } = { eventCount: 0 };
  private readonly definition: ClusterDefinition;
  private circumstances: Circumstances;

  constructor(definition: ClusterDefinition, circumstances: Circumstances) {
    super({
      violations: [],
      expectedLosses: [],
      violationCount: 0,
      expectedLossCount: 0,
      keys: new Set(),
    });
    this.definition = definition;
    this.circumstances = circumstances;
  }

  attach(circumstances: Circumstances): void {
    this.circumstances = circumstances;
  }

  get violations(): readonly Breach[] {
    return this.state.violations;
  }

  get expectedLosses(): readonly ExpectedLoss[] {
    return this.state.expectedLosses;
  }

  /** Notes a breach unless one of the same key was noted before. */
  add(key: string, describe: () => Omit<Breach, 'event'>): void {
    const { state } = this;
    if (state.keys.has(key)) return;
    if (state.keys.size < KEYS) state.keys.add(key);
    const breach = { ...describe(), event: this.simulation.eventCount };
    const verdict = judge(breach, this.circumstances, this.definition);
    if (verdict.kind === 'violation') {
      state.violationCount++;
      if (state.violations.length < KEPT) state.violations.push(breach);
    } else {
      state.expectedLossCount++;
      if (state.expectedLosses.length < KEPT)
        state.expectedLosses.push({ breach, broken: verdict.broken });
    }
  }
}
