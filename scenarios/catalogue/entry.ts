import type { InvariantId } from '../language/invariants.js';
import type { Scenario } from '../language/schema.js';

/** A named scenario with its story in four beats: settle, break, observe, heal. */
export interface CatalogueEntry {
  readonly scenario: Scenario;
  readonly story: readonly [string, string, string, string];
  /** The bug or hazard of the corpus that it is about, such as `B08`. */
  readonly bug?: string;
  /** The invariants that the bug breaks, whether that counts as a violation or as an expected loss. */
  readonly breaks?: readonly InvariantId[];
  /** What is lost in a fixed twin all the same, since the script's faults are more than the settings survive. */
  readonly losesAnyway?: readonly InvariantId[];
}

/** A scenario without what `story` adds to it. */
export type Parts = Omit<Scenario, 'name' | 'description'>;

/** An entry; the story is the scenario's description, one beat a line. */
export function story(name: string, beats: CatalogueEntry['story'], parts: Parts): CatalogueEntry {
  return {
    scenario: { name, description: beats.join('\n'), kafka: '4.1', ...parts },
    story: beats,
  };
}

/** Three brokers, three controllers of their own, one topic that survives one loss, one writer and one reader. */
export const SAFE_CLUSTER = {
  cluster: { brokers: 3, controllers: 3, config: { 'min.insync.replicas': 2 } },
  topics: [{ name: 'orders', partitions: 3, 'replication-factor': 3 }],
  producers: [
    {
      id: 'web',
      topic: 'orders',
      rate: '50/s',
      keys: 100,
      'value-bytes': 200,
      config: { acks: 'all' },
    },
  ],
  consumers: [
    { id: 'billing', topic: 'orders', assign: 'all', config: { 'auto.offset.reset': 'earliest' } },
  ],
} as const satisfies Parts;

/** The same with one partition whose replicas are 1, 2 and 3, in that order. */
export const ONE_PARTITION = {
  ...SAFE_CLUSTER,
  topics: [{ name: 'orders', replicas: [[1, 2, 3]] }],
} as const satisfies Parts;
