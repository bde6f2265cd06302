/**
 * Visits every state that the tiny cluster can reach within its bounds, breadth first or depth first.
 *
 * Breadth first the first breach that is found is one with the fewest steps.
 */
import type { Breach } from './ghost.js';
import { StateSet } from './state-set.js';
import { describeSteps } from './describe-steps.js';
import type { TinyCluster } from './tiny-cluster.js';
import { TinyWorld } from './tiny-world.js';
import type { Allowance } from './world.js';

export interface ExploreOptions {
  readonly cluster: TinyCluster;
  readonly allowance: Allowance;
  /** Brokers that died may start again. */
  readonly restarts: boolean;
  readonly order: 'breadth-first' | 'depth-first';
  /** Gives up after so many states. */
  readonly maxStates: number;
  /** Told of progress, now and then. */
  readonly onProgress?: (states: number, frontier: number) => void;
}

export interface Counterexample {
  readonly invariant: string;
  readonly message: string;
  /** A line for each step, from the end of the warm-up. */
  readonly steps: readonly string[];
  /** The same with what arrived promptly in between, indented. */
  readonly story: readonly string[];
}

export interface Exploration {
  /** Distinct states. */
  readonly states: number;
  /** Steps between states, those back to known states included. */
  readonly transitions: number;
  /** Of the state that is farthest from the start, in steps; depth first: along the path that found it. */
  readonly depth: number;
  /** Every reachable state was visited. */
  readonly closed: boolean;
  /** Distinct states of single hosts, and distinct messages. */
  readonly hostStates: number;
  readonly messages: number;
  /** Null where every promise held. */
  readonly counterexample: Counterexample | null;
}

const PROGRESS_EVERY = 1 << 14;

/** Explores until nothing new is left, a promise is broken, or there are too many states. */
export function explore(options: ExploreOptions): Exploration {
  return new Explorer(options).run();
}

class Explorer {
  private readonly world: TinyWorld;
  private readonly seen = new StateSet();
  /** States that are known and not looked at, with their numbers and depths. */
  private readonly frontier: (Int32Array | null)[] = [];
  private readonly numbers: number[] = [];
  private readonly depths: number[] = [];
  private head = 0;
  private transitions = 0;
  private depth = 0;

  constructor(private readonly options: ExploreOptions) {
    const { cluster, allowance, restarts } = options;
    this.world = new TinyWorld(cluster, allowance, restarts);
  }

  run(): Exploration {
    const { world, seen, options } = this;
    this.push(world.start, seen.add(world.start, -1, 0), 0);
    for (let served = 1; this.head < this.frontier.length; served++) {
      const { words, number, depth } = this.take();
      if (served % PROGRESS_EVERY === 0) {
        options.onProgress?.(seen.size, this.frontier.length - this.head);
      }
      const found = this.expand(words, number, depth);
      if (found !== null) return this.result(false, found);
      if (seen.size > options.maxStates) return this.result(false, null);
    }
    return this.result(true, null);
  }

  /** Takes every step that a state allows; returns the first breach with the choices that lead to it. */
  private expand(words: Int32Array, number: number, depth: number): Counterexample | null {
    const { world, seen } = this;
    const choices = world.choices(world.unpack(words));
    for (let at = 0; at < choices.length; at++) {
      const next = world.apply(words, choices[at]!);
      if (next === null) continue;
      this.transitions++;
      if (!(next instanceof Int32Array)) return this.explain(number, at, next);
      const added = seen.add(next, number, at);
      if (added < 0) continue;
      const breach = world.verdict(next);
      if (breach !== null) return this.explain(number, at, breach);
      this.push(next, added, depth + 1);
    }
    return null;
  }

  private explain(number: number, last: number, breach: Breach): Counterexample {
    const choices = [...this.seen.choicesTo(number), last];
    return { ...breach, ...describeSteps(this.world, choices) };
  }

  private push(words: Int32Array, number: number, depth: number): void {
    this.frontier.push(words);
    this.numbers.push(number);
    this.depths.push(depth);
    this.depth = Math.max(this.depth, depth);
  }

  private take(): { words: Int32Array; number: number; depth: number } {
    if (this.options.order === 'depth-first') {
      const words = this.frontier.pop()!;
      return { words: words, number: this.numbers.pop()!, depth: this.depths.pop()! };
    }
    const at = this.head++;
    const taken = { words: this.frontier[at]!, number: this.numbers[at]!, depth: this.depths[at]! };
    this.frontier[at] = null;
    if (this.head >= 65536) this.dropServed();
    return taken;
  }

  private dropServed(): void {
    this.frontier.splice(0, this.head);
    this.numbers.splice(0, this.head);
    this.depths.splice(0, this.head);
    this.head = 0;
  }

  private result(closed: boolean, counterexample: Counterexample | null): Exploration {
    const { hostStates, messageCount } = this.world.steps;
    return {
      states: this.seen.size,
      transitions: this.transitions,
      depth: this.depth,
      closed,
      hostStates,
      messages: messageCount,
      counterexample,
    };
  }
}
