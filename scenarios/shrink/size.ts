/** How large a scenario is, in what a reader must hold in mind. */
import type { Scenario } from '../language/schema.js';

export type TopicInput = NonNullable<Scenario['topics']>[number];

/** Counts of what a scenario lists. */
export interface ScenarioSize {
  readonly brokers: number;
  readonly topics: number;
  readonly partitions: number;
  readonly faults: number;
  /** Null where a rate says how many. */
  readonly records: number | null;
}

/** As much as a person holds in mind at once. */
const SMALL = { brokers: 3, topics: 1, partitions: 1, faults: 6, records: 6 } as const;

/** The size of a scenario as it is written; random faults have none. */
export function sizeOf(scenario: Scenario): ScenarioSize {
  const topics = scenario.topics ?? [];
  return {
    brokers: brokerCount(scenario),
    topics: topics.length,
    partitions: topics.reduce((sum, topic) => sum + partitionCount(topic), 0),
    faults: scenario.faults?.length ?? 0,
    records: recordsOf(scenario),
  };
}

/** At most 3 brokers, 1 topic, 1 partition, 6 faults and 6 records. */
export function isSmall(scenario: Scenario): boolean {
  const { brokers, topics, partitions, faults, records } = sizeOf(scenario);
  return (
    brokers <= SMALL.brokers &&
    topics <= SMALL.topics &&
    partitions <= SMALL.partitions &&
    faults <= SMALL.faults &&
    records !== null &&
    records <= SMALL.records
  );
}

export function brokerCount({ cluster: { brokers } }: Scenario): number {
  return typeof brokers === 'number' ? brokers : brokers.length;
}

export function partitionCount(topic: TopicInput | undefined): number {
  return topic?.replicas?.length ?? topic?.partitions ?? 1;
}

/** Records that the producers of a scenario send; null where a rate says how many. */
export function recordsOf(scenario: Scenario): number | null {
  let records = 0;
  for (const { sends, count } of scenario.producers ?? []) {
    if (sends === undefined) return null;
    for (const send of sends) records += send.records * (count ?? 1);
  }
  return records;
}
