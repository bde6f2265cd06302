/**
 * Consumers as written: by themselves (`id`), or the members of a group (`group`).
 *
 * A group of this release holds fixed partitions: they are dealt once, as Kafka's default assignor would deal
 * them, and stay. There is no coordinator, no rebalance, and no committed offset.
 */
import { countedIds } from './cluster.js';
import type { ConsumerPlan, TopicPlan } from './plan.js';
import type { Scenario } from './schema.js';

export type ConsumerInput = NonNullable<Scenario['consumers']>[number];

/** A client that is counted out: `web` with count 2 is `web-0` and `web-1`. */
export interface CountedClient {
  readonly id: string;
  readonly count?: number | undefined;
}

/** The name of a consumer in the scenario, or of its group, and how many hosts it stands for. */
export function countedConsumer(consumer: ConsumerInput): CountedClient {
  if (consumer.group !== undefined) return { id: consumer.group, count: consumer.members };
  return { id: consumer.id ?? '', count: consumer.count };
}

type AssignedTopics = ConsumerPlan['topics'];

/** What each of a consumer's hosts reads, by the host's id, in ascending order of their numbers. */
export function assignedTopics(
  consumer: ConsumerInput,
  topics: readonly TopicPlan[],
): ReadonlyMap<string, AssignedTopics> {
  const ids = countedIds(countedConsumer(consumer));
  const whole = consumer.topics ?? (consumer.topic === undefined ? [] : [consumer.topic]);
  if (consumer.group !== undefined) return rangeAssignment(ids, whole, topics);
  const own = Array.isArray(consumer.assign)
    ? listedPartitions(consumer.assign)
    : whole.map((topic) => ({ topic, partitions: 'all' as const }));
  return new Map(ids.map((id) => [id, own]));
}

/** Topics in the order of their first mention, partitions ascending. */
function listedPartitions(pairs: readonly (readonly [string, number])[]): AssignedTopics {
  const topics = [...new Set(pairs.map(([topic]) => topic))];
  return topics.map((topic) => ({
    topic,
    partitions: pairs
      .filter((pair) => pair[0] === topic)
      .map((pair) => pair[1])
      .sort((a, b) => a - b),
  }));
}

/**
 * Deals the partitions of each topic in contiguous ranges to the members, sorted by id as text (`billing-10` comes
 * before `billing-2`); the first ones get one more where the division leaves a rest. Members beyond the number of
 * partitions have none.
 *
 * Source: RangeAssignor.assignRanges, without racks.
 */
function rangeAssignment(
  ids: readonly string[],
  subscribed: readonly string[],
  topics: readonly TopicPlan[],
): ReadonlyMap<string, AssignedTopics> {
  const assignment = new Map(ids.map((id) => [id, [] as AssignedTopics[number][]]));
  const sorted = [...ids].sort();
  for (const name of subscribed) {
    const count = topics.find((topic) => topic.name === name)?.partitions ?? 0;
    const each = Math.floor(count / sorted.length);
    const rest = count - each * sorted.length;
    let next = 0;
    for (const [place, id] of sorted.entries()) {
      const share = each + (place < rest ? 1 : 0);
      if (share === 0) break;
      const partitions = Array.from({ length: share }, (_, step) => next + step);
      assignment.get(id)?.push({ topic: name, partitions });
      next += share;
    }
  }
  return assignment;
}
