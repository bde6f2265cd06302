/** `run --verify`: one seed is one history. */
import type { Plan } from '../scenarios/index.js';
import { firstDifference } from '../sim/index.js';
import { describeEvent } from './describe-event.js';
import { playOnce, recordRun } from './play-once.js';

const PLAIN = { trace: null, chronicle: false, series: false } as const;

/** Plays once more. Null where the hash is `hash` again, else the first event that differs, in words. */
export function whereRunsPart(plan: Plan, seed: number, hash: string): string | null {
  const again = playOnce(plan, seed, PLAIN).result.hash;
  if (again === hash) return null;
  const [a, b] = [recordRun(plan, seed), recordRun(plan, seed)];
  const parted = firstDifference(a.recorder, b.recorder);
  const hashes = `two runs of seed ${String(seed)} differ: ${hash} and ${again}`;
  if (parted === null) return `${hashes}; two further runs were the same event by event`;
  const told = (event: typeof parted.a): string =>
    event === null ? 'the run is over' : describeEvent(event, a.run.simulation);
  return `${hashes}; the first differing event:\n  ${told(parted.a)}\n  ${told(parted.b)}`;
}
