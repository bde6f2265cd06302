/**
 * Steady state of a finite continuous-time Markov chain, by the elimination of Grassmann, Taksar and
 * Heyman (1985).
 *
 * States are taken out one by one; whatever passed through the state taken out is redirected to where
 * it would have gone next. No step subtracts, so every probability, however small, is precise to
 * nearly all digits. That matters here: the probability of "three brokers down at once" is wanted as
 * exactly as that of "all is well", and the rates span seconds to months.
 *
 * The rates are kept sparse. States that are left quickly have few neighbours; when the caller lists
 * them last they are eliminated first and little fills in.
 */

/** One way out of a state. */
export interface Transition {
  /** Index of the state that it leads to. */
  readonly to: number;
  /** Events per unit of time, above zero. */
  readonly rate: number;
}

/** For each state, the ways out of it. Several transitions to one state add up. */
export type MarkovChain = readonly (readonly Transition[])[];

interface Elimination {
  readonly state: number;
  /** Where it was entered from, of the states then left, with rate divided by its own exit rate. */
  readonly entries: readonly (readonly [from: number, weight: number])[];
}

/**
 * Long-run share of time in each state. The chain must be irreducible: every state is reached from
 * every other, else an Error names a state that cannot be left.
 */
export function steadyState(chain: MarkovChain): Float64Array {
  const rates = new RateTable(chain);
  const eliminations: Elimination[] = [];
  for (let state = chain.length - 1; state >= 1; state--) {
    eliminations.push({ state, entries: rates.eliminate(state) });
  }
  const weights = new Float64Array(chain.length);
  weights[0] = 1;
  let total = 1;
  for (const { state, entries } of eliminations.reverse()) {
    let weight = 0;
    for (const [from, share] of entries) {
      weight += (weights[from] ?? 0) * share;
    }
    weights[state] = weight;
    total += weight;
  }
  return weights.map((weight) => weight / total);
}

/** The rates among the states that are left, by row and by column. */
class RateTable {
  private readonly rows: Map<number, number>[];
  private readonly columns: Set<number>[];

  constructor(chain: MarkovChain) {
    this.rows = chain.map(() => new Map<number, number>());
    this.columns = chain.map(() => new Set<number>());
    chain.forEach((transitions, from) => {
      for (const { to, rate } of transitions) {
        if (!(rate > 0) || !Number.isFinite(rate) || to < 0 || to >= chain.length) {
          throw new RangeError(`transition ${String(from)} to ${String(to)} at ${String(rate)}`);
        }
        this.add(from, to, rate);
      }
    });
  }

  private add(from: number, to: number, rate: number): void {
    const row = this.rows[from];
    if (row === undefined || from === to) {
      return;
    }
    row.set(to, (row.get(to) ?? 0) + rate);
    this.columns[to]?.add(from);
  }

  /** Takes the highest state left out of the table and returns how it was entered. */
  eliminate(state: number): Elimination['entries'] {
    const exits = this.rows[state] ?? new Map<number, number>();
    let exitRate = 0;
    for (const rate of exits.values()) {
      exitRate += rate;
    }
    if (!(exitRate > 0)) {
      throw new Error(`state ${String(state)} of the Markov chain cannot be left`);
    }
    const entries: [number, number][] = [];
    for (const from of this.columns[state] ?? []) {
      const row = this.rows[from];
      const weight = (row?.get(state) ?? 0) / exitRate;
      row?.delete(state);
      entries.push([from, weight]);
      for (const [to, rate] of exits) {
        this.add(from, to, weight * rate);
      }
    }
    for (const to of exits.keys()) {
      this.columns[to]?.delete(state);
    }
    exits.clear();
    return entries;
  }
}
