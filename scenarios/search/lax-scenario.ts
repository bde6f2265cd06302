/**
 * Settings and faults past what the promises cover, for searches that ask for losses that are expected, too: unclean
 * elections, min.insync.replicas of 1, acks=1, two replicas, any number of lossy faults. Each is put on by chance, so that
 * some scenarios are lax in one thing only.
 */
import { RandomStream } from '../../sim/index.js';
import type { Scenario } from '../language/schema.js';

/** The scenario, perhaps laxer; the same seed changes it in the same way. */
export function laxScenario(scenario: Scenario, seed: number): Scenario {
  const stream = RandomStream.named(String(seed), 'search/lax');
  const config: Record<string, unknown> = { ...scenario.cluster.config };
  if (stream.chance(0.25)) config['unclean.leader.election.enable'] = true;
  if (stream.chance(0.25)) config['min.insync.replicas'] = 1;
  const withOne = stream.chance(0.25);
  const withTwo = stream.chance(0.15);
  const random = scenario['random-faults'];
  const isUnlimited = stream.chance(0.4);
  return {
    ...scenario,
    cluster: { ...scenario.cluster, config } as Scenario['cluster'],
    topics: (scenario.topics ?? []).map((topic) =>
      withTwo && (topic['replication-factor'] ?? 0) > 2
        ? { ...topic, 'replication-factor': 2 }
        : topic,
    ),
    producers: (scenario.producers ?? []).map((producer) =>
      withOne
        ? { ...producer, config: { ...producer.config, acks: 1, 'enable.idempotence': false } }
        : producer,
    ),
    ...(random === undefined || !isUnlimited
      ? {}
      : { 'random-faults': { ...random, budget: 'unlimited' as const } }),
  };
}
