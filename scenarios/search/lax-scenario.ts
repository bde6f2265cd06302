/**
 * Settings and faults past what the promises cover, for searches that ask for losses that are expected, too: unclean
 * elections, min.insync.replicas of 1, acks=1, two replicas, any number of lossy faults, and messages that are kept back for
 * long between those who really send them. Each is put on by chance, so that some scenarios are lax in one thing only.
 */
import { RandomStream } from '../../sim/index.js';
import type { FaultInput } from '../language/fault-parts.js';
import { resolvePlan } from '../language/resolve-plan.js';
import type { Scenario } from '../language/schema.js';
import { arenaOf, drawMark, type Arena } from './draw-fault.js';

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
  const holds = drawHolds(stream, arenaOf(resolvePlan(scenario)));
  const faults = [...(scenario.faults ?? []), ...holds];
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
    ...(faults.length === 0 ? {} : { faults }),
    ...(random === undefined || !isUnlimited
      ? {}
      : { 'random-faults': { ...random, budget: 'unlimited' as const } }),
  };
}

function drawHolds(stream: RandomStream, arena: Arena): FaultInput[] {
  if (arena.partitions.length === 0 || stream.chance(0.5)) return [];
  return Array.from({ length: stream.between(1, 2) }, () => {
    const partition = stream.pick(arena.partitions);
    const leader = `leader of ${partition}`;
    const isControl = stream.chance(0.6);
    const rpc = isControl ? 'AlterPartition' : 'Fetch';
    const from = isControl ? leader : `follower of ${partition}`;
    const to = isControl ? 'controller' : leader;
    const response = stream.chance(0.3);
    const ends = response ? { from: to, to: from } : { from, to };
    return {
      ...drawMark(stream, arena),
      hold: { rpc, ...ends, response },
      for: `${stream.between(1000, 15_000)}ms`,
    };
  });
}
