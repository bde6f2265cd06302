/**
 * The cluster that is explored: a controller, two or three brokers, one partition, one producer.
 *
 * A version without KRaft is on ZooKeeper: one server of an ensemble, and a broker that is there first and so is the
 * controller, which has no replica. Neither fails, as the one controller of KRaft mode does not.
 *
 * Whatever would only add chatter is switched off by configuration (no-op metadata records, rebalancing), requests are
 * served in no time, and timeouts that break requests are so long that they never come.
 */
import {
  ClusterDefinition,
  DEFAULT_COSTS,
  defaultMetadata,
  isBefore,
  NEWEST_VERSION,
  type KafkaVersion,
} from '../../model/index.js';
import { resolvePlan, type Scenario } from '../language/index.js';
import { defineCluster } from '../run/assemble.js';
import { START_US } from './abstract-clock.js';

export interface TinyCluster {
  /** Brokers with a replica. */
  readonly brokers: number;
  readonly minInsyncReplicas: number;
  readonly switches: Readonly<Record<string, string>>;
  /** Whose rules and defaults hold; the newest where nothing is said. On ZooKeeper where it has no KRaft mode. */
  readonly kafka?: KafkaVersion;
  /** Who leads at the start: the preferred leader, or the second replica because the first one was away. */
  readonly startsWith?: 'preferredLeader' | 'otherLeader';
  /**
   * `any`, where nothing is said: messages of different connections arrive in every order, each whenever the explorer
   * chooses. `prompt`: they arrive one after another in a fixed order before anything else happens, but for what is held
   * back.
   */
  readonly delivery?: 'any' | 'prompt';
  /** Records that are on all replicas and acknowledged at the start; none where nothing is said. */
  readonly firstRecords?: number;
  /**
   * Whose log must have what was acknowledged and committed: everybody’s who may be elected, where nothing is said, or only
   * that of the present leader, for counterexamples that go on until the loss is done.
   */
  readonly judged?: 'candidates' | 'leaders';
}

/** More than a day: an exploration never gets there. */
const NEVER_MS = 2_000_000_000;

/** The definition: hosts are the brokers, the controller or ZooKeeper, the operator and the producer, in this order. */
export function defineTinyCluster(tiny: TinyCluster): ClusterDefinition {
  const kafka = tiny.kafka ?? NEWEST_VERSION;
  const isZooKeeper = defaultMetadata(kafka) === 'zookeeper';
  const scenario: Scenario = {
    name: 'tiny',
    kafka,
    metadata: isZooKeeper ? 'zookeeper' : 'kraft',
    cluster: isZooKeeper ? zooKeeperCluster(tiny) : kraftCluster(tiny),
    topics: [isZooKeeper ? topicOf(tiny) : { ...TOPIC, 'replication-factor': tiny.brokers }],
    producers: [
      {
        id: 'web',
        topic: 'orders',
        // The explorer gives it its records; the last one never comes.
        sends: [
          ...Array.from({ length: tiny.firstRecords ?? 0 }, () => FIRST_RECORD),
          { at: '190s', partition: 0, records: 1 },
        ],
        config: producerConfigOf(kafka),
      },
    ],
    run: { for: '200s' },
    switches: tiny.switches,
  };
  const {
    nodes,
    topics,
    producers,
    consumers,
    switches: rules,
    plane,
  } = defineCluster(resolvePlan(scenario));
  const shifted = producers.map((producer) => ({
    ...producer,
    startUs: START_US + producer.startUs,
    stopUs: START_US + producer.stopUs,
    sends: producer.sends?.map((send) => ({ ...send, atUs: START_US + send.atUs })) ?? null,
  }));
  const costs = { ...DEFAULT_COSTS, requestUs: 0, perKibUs: 0, controllerEventUs: 0 };
  return new ClusterDefinition(nodes, topics, shifted, consumers, rules, costs, plane);
}

/** Comes in the warm-up. */
const FIRST_RECORD = { at: '60s', partition: 0, records: 1 } as const;
const TOPIC = { name: 'orders', partitions: 1 } as const;

/** Its replicas are on all brokers but the first, which is the controller. */
function topicOf({ brokers }: TinyCluster): NonNullable<Scenario['topics']>[number] {
  return { name: 'orders', replicas: [Array.from({ length: brokers }, (_, index) => index + 2)] };
}

function kraftCluster({ brokers, minInsyncReplicas }: TinyCluster): Scenario['cluster'] {
  return {
    brokers,
    controllers: 1,
    config: {
      'min.insync.replicas': minInsyncReplicas,
      'auto.leader.rebalance.enable': false,
      'metadata.max.idle.interval.ms': 0,
      'controller.quorum.append.linger.ms': 0,
      'controller.quorum.fetch.timeout.ms': NEVER_MS,
      'controller.quorum.request.timeout.ms': NEVER_MS,
      'replica.socket.timeout.ms': NEVER_MS,
      'num.io.threads': 1,
      'initial.broker.registration.timeout.ms': NEVER_MS,
    },
  };
}

function zooKeeperCluster({ brokers, minInsyncReplicas }: TinyCluster): Scenario['cluster'] {
  return {
    brokers: brokers + 1,
    zookeepers: 1,
    config: {
      'min.insync.replicas': minInsyncReplicas,
      'unclean.leader.election.enable': false,
      'auto.leader.rebalance.enable': false,
      'replica.socket.timeout.ms': NEVER_MS,
      'num.io.threads': 1,
    },
  };
}

function producerConfigOf(
  kafka: KafkaVersion,
): NonNullable<NonNullable<Scenario['producers']>[number]['config']> {
  const config = {
    acks: 'all',
    'linger.ms': 0,
    'max.in.flight.requests.per.connection': 1,
    'request.timeout.ms': NEVER_MS,
    'metadata.max.age.ms': NEVER_MS,
  } as const;
  if (isBefore(kafka, '2.3')) return config;
  return {
    ...config,
    'delivery.timeout.ms': 2_147_483_647,
    'reconnect.backoff.max.ms': 50,
    'retry.backoff.max.ms': 100,
  };
}
