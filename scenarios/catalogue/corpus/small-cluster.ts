/**
 * What the scripts of the corpus are played on: three brokers, one controller (its quorum plays no part in these bugs),
 * one partition that broker 1 leads, a network without chance, and a producer that sends what the script says.
 *
 * A broker is fenced 7 to 9 s after it went silent, and back about 1 s after its start.
 */
import type { Parts } from '../entry.js';

type Sends = NonNullable<NonNullable<Parts['producers']>[number]['sends']>;
type ProducerConfig = NonNullable<NonNullable<Parts['producers']>[number]['config']>;
type Config = NonNullable<Parts['cluster']['config']>;

/** Three replicas, of which two must be in sync, unless `config` says otherwise. */
export function clusterWith(config: Config = {}): Parts['cluster'] {
  return { brokers: 3, controllers: 1, config: { 'min.insync.replicas': 2, ...config } };
}

/**
 * The same on ZooKeeper: one server, no elections but those that the script asks for. Broker 1 is there first and so is the
 * controller. A broker that dies is noticed when its session is over, 6 to 8 s later.
 */
export function zooKeeperClusterWith(config: Config = {}, brokers = 3): Parts['cluster'] {
  return {
    brokers,
    zookeepers: 1,
    config: {
      'min.insync.replicas': 2,
      'unclean.leader.election.enable': false,
      'auto.leader.rebalance.enable': false,
      ...config,
    },
  };
}

/** A producer whose retries make no duplicates, and that asks often who leads: older clients give up, and believe the past. */
export function idempotentProducer(
  id: string,
  sends: Sends,
  config: ProducerConfig = {},
): NonNullable<Parts['producers']>[number] {
  const retrying = { acks: 'all', retries: 1000, 'enable.idempotence': true } as const;
  return {
    id,
    topic: 'orders',
    'value-bytes': 10_000,
    sends,
    config: { ...retrying, 'metadata.max.age.ms': 500, ...config },
  };
}

/** One producer of acks=all, unless told otherwise. */
export function producerOf(sends: Sends, acks: '1' | 'all' = 'all'): Parts['producers'] {
  // Five fit into a batch, and are large enough for a loss of power to take some of them with any seed.
  return [{ id: 'web', topic: 'orders', 'value-bytes': 3000, sends, config: { acks } }];
}

/** Single records for orders-0, at these times. */
export function recordsAt(...times: readonly string[]): Sends {
  return times.map((at) => ({ at, partition: 0, records: 1 }));
}

/** The parts that most scripts have in common. */
export const SMALL_CLUSTER = {
  cluster: clusterWith(),
  network: { latency: '1ms' },
  topics: [{ name: 'orders', replicas: [[1, 2, 3]] }],
} satisfies Parts;
