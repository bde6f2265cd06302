/** The happened-before past of a moment (Lamport, 1978): program order in each host, and each message after its sending. */
import type { Delivery } from './fact.js';

/** For each host, the last step that could have had an influence; -1 where none could. */
export type Cut = number[];

/**
 * Walks back over deliveries.
 *
 * A host's own order runs through its incarnations, since its disk does. Messages that were read after the cut of the
 * host that read them are not in the past, nor is what only they brought.
 *
 * @param roots the last step that counts, by host.
 */
export function pastOf(
  deliveries: readonly Delivery[],
  roots: ReadonlyMap<number, number>,
  hosts: number,
): Cut {
  const cut: Cut = Array.from({ length: hosts }, (_, host) => roots.get(host) ?? -1);
  for (let index = deliveries.length - 1; index >= 0; index--) {
    const { step, to, from, sentStep } = deliveries[index]!;
    if (step > cut[to]!) continue;
    cut[from] = Math.max(cut[from]!, sentStep);
  }
  return cut;
}
