/**
 * Random scenarios for the general search: the shape of the cluster, settings, load and faults.
 *
 * Most clusters are such that every promise is due (replication factor 3 or more, 2 <= min.insync.replicas < replication
 * factor, acks=all); some are smaller or laxer: the promises that do not depend on it are due there, too, and the judge
 * knows which. Swarm: each scenario switches off a random half of the kinds of faults and weights the rest wildly, since
 * faults that are always together hide one another.
 */
import { RandomStream } from '../../sim/index.js';
import type { FaultInput } from '../language/fault-parts.js';
import type { Scenario } from '../language/schema.js';
import type { ScenarioVersion } from '../language/version-name.js';
import {
  RACK_VERBS,
  RANDOM_FAULT_VERBS,
  WEIGHTED_FAULT_VERBS,
  ZOOKEEPER_VERBS,
} from '../language/vocabulary.js';
import {
  drawBrokerConfig,
  drawNetwork,
  drawSending,
  type DrawnProducer,
} from '../random-scenario.js';
import {
  drawnConsumerConfig,
  drawnHosts,
  drawnProducerConfig,
  NEWEST,
  restfulBrokerConfig,
  versionKeys,
} from '../random-version.js';
import {
  COSTLY_KINDS,
  drawAimed,
  drawMark,
  possibleKinds,
  type Arena,
  type When,
} from './draw-fault.js';

/** Some thirty times what such a run takes: past it something goes round in circles. */
const EVENTS_MAX = 3_000_000;
/** Time that is given to recover. */
export const SETTLE = '120s';
const AIMED_MAX = 4;

type RandomFaults = NonNullable<Scenario['random-faults']>;

/** The scenario of a seed, for a version of Kafka. */
export function drawScenario(seed: number, version: ScenarioVersion = NEWEST): Scenario {
  const stream = RandomStream.named(String(seed), 'search/scenario');
  const ofVersion = RandomStream.named(String(seed), 'search/version');
  const brokers = stream.chance(0.08) ? stream.between(1, 2) : stream.pick([3, 3, 3, 3, 3, 4, 5]);
  const replicas = brokers > 3 && stream.chance(0.3) ? brokers : Math.min(3, brokers);
  const combined = stream.chance(0.5);
  const controllers = combined ? Math.min(brokers, 3) : stream.pick([1, 3, 3, 3]);
  const hasRacks = brokers >= 3 && stream.chance(0.4);
  const topics = Array.from({ length: stream.pick([1, 2]) }, (_, index) => ({
    name: `topic-${index}`,
    partitions: stream.between(1, 3),
    'replication-factor': replicas,
    ...(stream.chance(0.1) ? { config: { 'flush.messages': stream.pick([1, 10]) } } : {}),
  }));
  const names = topics.map(({ name }) => name);
  const forS = stream.between(20, 50);
  const arena: Arena = {
    brokers: Array.from({ length: brokers }, (_, index) => index + 1),
    controllers: dedicatedHosts(version, controllers, combined),
    onZooKeeper: version.metadata === 'zookeeper',
    partitions: topics.flatMap(({ name, partitions }) =>
      Array.from({ length: partitions }, (_, number) => `${name}-${number}`),
    ),
  };
  return {
    name: `search-${seed}`,
    description: 'A random scenario of the search.',
    ...versionKeys(version),
    cluster: {
      brokers,
      ...(hasRacks ? { racks: ['a', 'b', 'c'] } : {}),
      ...drawnHosts({ controllers, combined }, version),
      config: restfulBrokerConfig(
        { 'min.insync.replicas': drawMinIsr(stream, replicas), ...drawBrokerConfig(stream) },
        version,
      ),
    },
    network: drawNetwork(stream),
    disk: { flush: `${stream.pick([1, 5, 20])}ms` },
    topics,
    producers: Array.from({ length: stream.pick([1, 1, 2, 3]) }, (_, index) => {
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
    ...drawFaultPlan(stream, arena, { hasRacks, forS }),
    run: { for: `${forS}s`, settle: SETTLE, 'shuffle-ties': true, 'max-events': EVENTS_MAX },
  };
}

/** Hosts besides the brokers: voters of their own, or the servers of the ensemble. */
function dedicatedHosts({ metadata }: ScenarioVersion, count: number, combined: boolean): string[] {
  const isEnsemble = metadata === 'zookeeper';
  if (combined && !isEnsemble) return [];
  const name = isEnsemble ? 'zookeeper' : 'controller';
  return Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);
}

/** Random faults and aimed ones. */
export interface FaultPlan {
  readonly faults?: FaultInput[];
  readonly 'random-faults'?: RandomFaults;
}

export interface FaultPlanOptions {
  readonly hasRacks: boolean;
  readonly forS: number;
}

/** Random faults within the survivable budget, and some that wait for a mark or a time. */
export function drawFaultPlan(
  stream: RandomStream,
  arena: Arena,
  { hasRacks, forS }: FaultPlanOptions,
): FaultPlan {
  const random = drawRandomFaults(stream, arena, hasRacks);
  const costs = Object.keys(random.kinds as object).some((verb) => LOSSY.includes(verb));
  // A restart while another broker has lost its memory is past what any promise covers.
  const kinds = possibleKinds(arena).filter(
    (kind) => kind !== 'power-loss' && !(costs && COSTLY_KINDS.includes(kind)),
  );
  const swarm = stream.shuffled(kinds).slice(0, Math.max(1, kinds.length >> 1));
  const faults = Array.from({ length: stream.between(0, AIMED_MAX) }, () => {
    const when: When = stream.chance(0.7)
      ? drawMark(stream, arena)
      : { at: `${stream.between(3000, forS * 1000 - 1000)}ms` };
    return drawAimed(stream, arena, stream.pick(swarm), when, stream.pick([500, 3000, 10_000]));
  });
  return {
    ...(faults.length === 0 ? {} : { faults }),
    ...(stream.chance(0.9) || faults.length === 0 ? { 'random-faults': random } : {}),
  };
}

const LOSSY: readonly string[] = ['power-loss', 'lose-disk', 'rack-power-loss'];

function drawRandomFaults(stream: RandomStream, arena: Arena, hasRacks: boolean): RandomFaults {
  const possible = WEIGHTED_FAULT_VERBS.filter((verb) => {
    if (ZOOKEEPER_VERBS.includes(verb)) return arena.onZooKeeper;
    return RANDOM_FAULT_VERBS.includes(verb) && (hasRacks || !RACK_VERBS.includes(verb));
  });
  const on = possible.filter(() => stream.chance(0.5));
  const swarm = on.length === 0 ? [stream.pick(possible)] : on;
  const everyMs = stream.pick([300, 800, 2000, 5000, 8000]);
  const forMs = stream.pick([1000, 5000, 15_000]);
  return {
    every: `${everyMs / 2}ms..${everyMs}ms`,
    kinds: Object.fromEntries(swarm.map((verb) => [verb, 1 << stream.between(0, 5)])),
    for: `${forMs / 10}ms..${forMs}ms`,
    budget: 'survivable',
  };
}

function drawMinIsr(stream: RandomStream, replicas: number): number {
  if (replicas < 3) return 1;
  if (stream.chance(0.05)) return 1;
  return stream.between(2, replicas - 1);
}

function drawProducer(stream: RandomStream, id: string, topic: string): DrawnProducer {
  const requestTimeoutMs = stream.pick([1000, 5000, 30_000]);
  return {
    id,
    topic,
    rate: `${stream.pick([2, 5, 10, 20, 40])}/s`,
    ...(stream.chance(0.5) ? { keys: stream.between(1, 50) } : {}),
    config: {
      acks: stream.chance(0.95) ? 'all' : 1,
      ...(stream.chance(0.9) ? {} : { 'enable.idempotence': false }),
      ...drawSending(stream, requestTimeoutMs),
    },
  };
}
