/** Puts plots into scenarios of the general search. */
import { brokerConfig } from '../../model/index.js';
import { RandomStream } from '../../sim/index.js';
import type { FaultInput } from '../language/fault-parts.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import { arenaOf } from './draw-fault.js';
import { PLOTS } from './plots.js';

type TopicInput = NonNullable<Scenario['topics']>[number];

const EARLIEST_MS = 3000;
/** What comes of a plot shows within this time. */
const AFTER_MS = 8000;

/**
 * The scenario, perhaps with a plot: then it is played on one topic of few partitions, whose replicas are listed, and mostly
 * without other faults. The same seed changes it in the same way.
 */
export function stagedScenario(scenario: Scenario, seed: number): Scenario {
  const stream = RandomStream.named(String(seed), 'search/plot');
  const [topic] = scenario.topics ?? [];
  const replicas = topic?.['replication-factor'] ?? 0;
  if (topic === undefined || replicas < 2 || stream.chance(0.5)) return scenario;
  const plan = resolvePlan(scenario);
  const { brokers, onZooKeeper } = arenaOf(plan);
  const config = brokerConfig(plan.brokers[0]!.config, plan.kafka);
  const sessionMs = onZooKeeper ? config.zookeeperSessionTimeoutMs : config.brokerSessionTimeoutMs;
  const placed = Array.from({ length: stream.pick([1, 1, 2, 3]) }, () =>
    stream.shuffled(brokers).slice(0, replicas),
  );
  const partition = `${topic.name}-0`;
  const startMs = EARLIEST_MS + stream.between(0, 3000);
  const stage = { stream, onZooKeeper, startMs, partition, cast: placed[0]!, sessionMs };
  const faults = stream.pick(PLOTS)(stage);
  const forMs = Math.max(...faults.map(endOf)) + AFTER_MS;
  const rate = stream.pick([null, null, '1/s', '5/s']);
  const played: Scenario = {
    ...scenario,
    topics: [placedTopic(topic, placed)],
    producers: (scenario.producers ?? []).slice(0, 2).map((producer) => ({
      ...producer,
      topic: topic.name,
      ...(rate === null ? {} : { rate }),
    })),
    consumers: (scenario.consumers ?? []).map((consumer) => ({
      ...consumer,
      topics: [topic.name],
    })),
    faults,
    run: { ...scenario.run, for: `${forMs}ms` },
  };
  if (stream.chance(0.8)) delete played['random-faults'];
  return played;
}

function placedTopic(topic: TopicInput, replicas: number[][]): TopicInput {
  const placed = { ...topic, replicas };
  delete placed.partitions;
  delete placed['replication-factor'];
  return placed;
}

function endOf({ at = '0', for: lasts = '0' }: FaultInput): number {
  return Number.parseInt(at, 10) + Number.parseInt(lasts, 10);
}
