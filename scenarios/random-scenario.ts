/**
 * Random scenarios for the search: a cluster whose promises are safe, with settings, load and faults drawn at random.
 *
 * Three brokers, replication factor 3, min.insync.replicas 2, acks=all; what is drawn is everything around that:
 * where the controllers are, how slow network and disks are, which timeouts are short, what clients do, and which kinds
 * of faults strike (a random few of all, a *swarm*: faults that are always together hide one another).
 */
import { RandomStream } from '../sim/index.js';
import type { Scenario } from './language/schema.js';
import type { ScenarioVersion } from './language/version-name.js';
import { RACK_VERBS, RANDOM_FAULT_VERBS } from './language/vocabulary.js';
import {
  drawnConsumerConfig,
  drawnHosts,
  drawnProducerConfig,
  NEWEST,
  restfulBrokerConfig,
  versionKeys,
} from './random-version.js';

/** Some thirty times what such a run takes: past it something goes round in circles. */
const EVENTS_MAX = 3_000_000;

type RandomFaults = NonNullable<Scenario['random-faults']>;

/**
 * The random scenario of a seed.
 *
 * @param budget `survivable`: every violation is a bug, and nothing may be lost. `unlimited`: losses are to be expected.
 */
export function randomScenario(
  seed: number,
  budget: 'survivable' | 'unlimited',
  version: ScenarioVersion = NEWEST,
): Scenario {
  const stream = RandomStream.named(String(seed), 'random-scenario');
  const ofVersion = RandomStream.named(String(seed), 'random-scenario/version');
  const racks = stream.chance(0.5) ? { racks: ['a', 'b', 'c'] } : {};
  const combined = stream.chance(0.5);
  const topics = drawTopics(stream);
  const names = topics.map(({ name }) => name);
  return {
    name: `random-${seed}`,
    description: `A random scenario within the ${budget} budget.`,
    ...versionKeys(version),
    cluster: {
      brokers: 3,
      ...racks,
      ...drawnHosts({ controllers: stream.chance(0.8) ? 3 : 1, combined }, version),
      config: restfulBrokerConfig(
        { 'min.insync.replicas': 2, ...drawBrokerConfig(stream) },
        version,
      ),
    },
    network: drawNetwork(stream),
    disk: { flush: `${stream.pick([1, 5, 20])}ms` },
    topics,
    producers: Array.from({ length: stream.between(1, 3) }, (_, index) => {
      const producer = drawProducer(stream, `writer-${index}`, stream.pick(names));
      return { ...producer, config: drawnProducerConfig(producer.config, version, ofVersion) };
    }),
    consumers: [
      {
        id: 'reader',
        topics: names,
        assign: 'all',
        config: drawnConsumerConfig(
          { 'auto.offset.reset': 'earliest', 'fetch.max.wait.ms': stream.pick([50, 500]) },
          version,
        ),
      },
    ],
    'random-faults': drawFaults(stream, { hasRacks: 'racks' in racks, budget }),
    run: {
      for: `${stream.between(30, 60)}s`,
      settle: '120s',
      'shuffle-ties': true,
      'max-events': EVENTS_MAX,
    },
  };
}

function drawTopics(stream: RandomStream): NonNullable<Scenario['topics']> {
  return Array.from({ length: stream.between(1, 2) }, (_, index) => ({
    name: `topic-${index}`,
    partitions: stream.between(1, 3),
    'replication-factor': 3,
    ...(stream.chance(0.1) ? { config: { 'flush.messages': stream.pick([1, 10]) } } : {}),
  }));
}

/**
 * Timeouts from much shorter than Kafka's, so that much happens in a short run, up to Kafka's own. The quorum's fetch
 * timeout stays above the 500 ms for which a leader may hold a fetch back.
 */
export function drawBrokerConfig(stream: RandomStream): Record<string, number | boolean> {
  const sessionMs = stream.pick([2000, 4000, 9000]);
  const lagMs = stream.pick([200, 400, 1000, 3000, 30_000]);
  return {
    'broker.session.timeout.ms': sessionMs,
    'broker.heartbeat.interval.ms': stream.pick([100, 250, 400]),
    'replica.lag.time.max.ms': lagMs,
    'replica.fetch.wait.max.ms': Math.min(lagMs, stream.pick([50, 200, 500])),
    'replica.fetch.backoff.ms': stream.pick([50, 200, 1000]),
    'replica.socket.timeout.ms': stream.pick([1000, 5000, 30_000]),
    'replica.high.watermark.checkpoint.interval.ms': stream.pick([200, 1000, 5000]),
    'controller.quorum.election.timeout.ms': stream.pick([100, 300, 1000]),
    'controller.quorum.election.backoff.max.ms': stream.pick([50, 200, 1000]),
    'controller.quorum.fetch.timeout.ms': stream.pick([1000, 2000]),
    'controller.quorum.request.timeout.ms': stream.pick([500, 2000]),
    'leader.imbalance.check.interval.seconds': stream.pick([5, 30, 300]),
  };
}

export function drawNetwork(stream: RandomStream): NonNullable<Scenario['network']> {
  // A long tail and short sessions would make healthy brokers lose their sessions now and then.
  const p50Us = stream.pick([100, 500, 2000, 5000]);
  return {
    latency: {
      distribution: 'lognormal',
      p50: `${p50Us}us`,
      p99: `${p50Us * stream.pick([2, 5, 10])}us`,
    },
    loss: stream.pick([0, 0.001, 0.01]),
  };
}

/** A producer with a configuration. */
export type DrawnProducer = NonNullable<Scenario['producers']>[number] & {
  readonly config: Record<string, string | number | boolean>;
};

function drawProducer(stream: RandomStream, id: string, topic: string): DrawnProducer {
  const requestTimeoutMs = stream.pick([1000, 5000, 30_000]);
  return {
    id,
    topic,
    rate: `${stream.between(2, 40)}/s`,
    ...(stream.chance(0.5) ? { keys: stream.between(1, 50) } : {}),
    config: { acks: 'all', ...drawSending(stream, requestTimeoutMs) },
  };
}

/** How a producer batches and waits. */
export function drawSending(
  stream: RandomStream,
  requestTimeoutMs: number,
): Record<string, number> {
  return {
    'linger.ms': stream.pick([0, 5, 50]),
    'request.timeout.ms': requestTimeoutMs,
    'delivery.timeout.ms': requestTimeoutMs + stream.pick([1000, 10_000, 60_000]),
    'max.in.flight.requests.per.connection': stream.between(1, 5),
    'metadata.max.age.ms': stream.pick([2000, 300_000]),
  };
}

interface FaultChoice {
  readonly hasRacks: boolean;
  readonly budget: 'survivable' | 'unlimited';
}

function drawFaults(stream: RandomStream, choice: FaultChoice): RandomFaults {
  const { hasRacks, budget } = choice;
  const possible = RANDOM_FAULT_VERBS.filter((verb) => hasRacks || !RACK_VERBS.includes(verb));
  const swarm = stream.shuffled(possible).slice(0, stream.between(1, possible.length));
  const everyMs = stream.pick([500, 1500, 4000, 8000]);
  const forMs = stream.pick([1000, 5000, 15_000]);
  return {
    every: `${everyMs / 2}ms..${everyMs}ms`,
    kinds: Object.fromEntries(swarm.map((verb) => [verb, stream.between(1, 3)])),
    for: `${forMs / 10}ms..${forMs}ms`,
    budget,
  };
}
