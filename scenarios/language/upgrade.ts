/** Looks into an `upgrade` as written, which is a version or a map with one. */
import type { FaultInput, WrittenTarget } from './fault-parts.js';
import type { Path } from './problem.js';

/** The parts of an upgrade, its defaults filled in but for the hosts. */
export interface WrittenUpgrade {
  readonly to: string;
  /** Of `to`, from the fault. */
  readonly path: Path;
  /** Empty: all servers. */
  readonly on: readonly WrittenTarget[];
  readonly down: string;
  readonly pause: string;
}

const DOWN_DEFAULT = '5s';
/** Longer than that of a restart: replicas are to be back in sync before the next host goes down. */
const PAUSE_DEFAULT = '20s';

/** The upgrade of a fault; an empty version where the fault is none. */
export function writtenUpgrade({ upgrade }: FaultInput): WrittenUpgrade {
  if (typeof upgrade !== 'object') {
    const to = upgrade ?? '';
    return { to, path: ['upgrade'], on: [], down: DOWN_DEFAULT, pause: PAUSE_DEFAULT };
  }
  const { to, on = [], down = DOWN_DEFAULT, pause = PAUSE_DEFAULT } = upgrade;
  const texts =
    typeof on === 'string'
      ? [{ text: on, path: ['upgrade', 'on'] }]
      : on.map((text, index) => ({ text, path: ['upgrade', 'on', index] }));
  return { to, path: ['upgrade', 'to'], on: texts, down, pause };
}
