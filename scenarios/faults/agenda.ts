/**
 * What the laboratory will do and when: plain data, in order of time and then of entry.
 */
import type { FaultAction } from '../language/plan.js';
import type { ActiveFault } from './effects.js';
import type { Release } from './release.js';

/** A fault about to strike, its targets not yet resolved. */
export interface Blow {
  readonly action: FaultAction;
  /** Null: until all faults are healed. */
  readonly forUs: number | null;
  readonly text: string;
  readonly id: string | null;
  /** Refuse it where it leaves the survivable budget. */
  readonly survivable: boolean;
  /** What the hosts that it takes down run from their next start on; null: what they ran. */
  readonly release: Release | null;
}

/** A rolling upgrade under way: plain data. */
export interface Upgrade {
  readonly action: Extract<FaultAction, { verb: 'upgrade' }>;
  /** The fault as written. */
  readonly text: string;
}

export type Act =
  /** A fault of the scenario, by index. */
  | { readonly kind: 'strike'; readonly fault: number }
  /** The end of an active fault. */
  | { readonly kind: 'end'; readonly fault: ActiveFault }
  | { readonly kind: 'random-fault' }
  /** A step of a rolling restart or upgrade. */
  | { readonly kind: 'blow'; readonly blow: Blow }
  /** The end of the first roll of an upgrade: the protocol follows when all servers run the new version. */
  | { readonly kind: 'raise-protocol'; readonly upgrade: Upgrade }
  /** A process that ended by itself is started by its supervisor. */
  | { readonly kind: 'supervise'; readonly host: number }
  /** The operator looks whether the throttled reassignments are over. */
  | { readonly kind: 'verify-throttles' }
  /** A component of the long run fails or is repaired. */
  | { readonly kind: 'renewal'; readonly component: number };

export interface Entry {
  readonly atUs: number;
  readonly act: Act;
}

/** Adds an entry behind all that are due at the same time or earlier. */
export function schedule(agenda: Entry[], atUs: number, act: Act): void {
  let index = agenda.length;
  while (index > 0 && agenda[index - 1]!.atUs > atUs) index--;
  agenda.splice(index, 0, { atUs, act });
}
