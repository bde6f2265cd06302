import type { InvariantId } from '../language/invariants.js';

/** A moment at which a promise did not hold. Plain data; what it means is judged apart (`judge.ts`). */
export interface Breach {
  readonly invariant: InvariantId;
  /** The invariant's name: `AckedDurable`. */
  readonly name: string;
  /** Virtual microseconds. */
  readonly atUs: number;
  /** Number of the event at which it was noticed: what `--until-event` takes to stop there. */
  readonly event: number;
  /** `orders-0`, or null where no partition is concerned. */
  readonly partition: string | null;
  /** The partition's index in the cluster definition, or -1. */
  readonly partitionIndex: number;
  /** One sentence: values, offsets, and the last step. */
  readonly message: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** What an invariant is about, for `list invariants` and reports. */
export interface InvariantDoc {
  readonly id: InvariantId;
  readonly name: string;
  /** The claim. */
  readonly promise: string;
  /** What must hold for a breach to be a bug; the words that a verdict uses. */
  readonly assumptions: readonly string[];
  /** KIP, JIRA or class that the promise comes from. */
  readonly source: string;
}

/** Virtual time in milliseconds, as messages show it. */
export function inMs(atUs: number): string {
  return `t=${Math.round(atUs / 1000)}ms`;
}

/** A half-open range of offsets: `[38,41)`. */
export function range(from: number, to: number): string {
  return `[${from},${to})`;
}

/** At most `limit` of the numbers: `114 115 116 (and 7 more)`. */
export function listed(numbers: readonly number[], limit = 10): string {
  const shown = numbers.slice(0, limit).join(' ');
  return numbers.length <= limit ? shown : `${shown} (and ${numbers.length - limit} more)`;
}

/** What the older versions bear of losses of power and disks, as the invariants that depend on it say it. */
export const LOSSY_WITHOUT_ELR =
  'without ELR (before 4.1): no loss of power or disk of the last member of an ISR; without broker epochs (before 3.5): nor while an ISR expansion names it; on ZooKeeper: nor does the broker come back, under another controller, before it was taken out of the ISR';
