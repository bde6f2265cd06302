/** Bugs of the corpus in pairs: one script, played where the bug is and where it is not. */
import type { InvariantId } from '../../language/invariants.js';
import { story, type CatalogueEntry, type Parts } from '../entry.js';

/** One script, and the two places where it is played. */
interface Twins {
  /** The fixed twin's name is the same with `-fixed` behind it. */
  readonly name: string;
  /** `B08`. */
  readonly bug: string;
  /** All invariants that the bug breaks, whatever the seed. */
  readonly breaks: readonly InvariantId[];
  /** What both have in common: clients, faults and their times above all. */
  readonly script: Parts;
  readonly broken: Twin;
  /** `losesAnyway`: what the fix does not save, if anything; an expected loss. */
  readonly fixed: Twin & { readonly losesAnyway?: readonly InvariantId[] };
}

/** One of the two: its story, and the version, switch or setting that makes it what it is. */
interface Twin {
  readonly story: CatalogueEntry['story'];
  readonly parts: Partial<Parts>;
}

/** The scenario that has the bug, and its fixed twin: they differ in nothing but `parts`. */
export function twins(both: Twins): readonly [CatalogueEntry, CatalogueEntry] {
  const { name, bug, breaks, script, broken, fixed } = both;
  return [
    { ...story(name, broken.story, { ...script, ...broken.parts }), bug, breaks },
    {
      ...story(`${name}-fixed`, fixed.story, { ...script, ...fixed.parts }),
      bug,
      ...(fixed.losesAnyway !== undefined && { losesAnyway: fixed.losesAnyway }),
    },
  ];
}
