/**
 * What the scripts of the corpus are played on: three brokers, one controller (its quorum plays no part in these bugs),
 * one partition that broker 1 leads, a network without chance, and a producer that sends what the script says.
 *
 * A broker is fenced 7 to 9 s after it went silent, and back about 1 s after its start.
 */
import type { Parts } from '../entry.js';

type Sends = NonNullable<NonNullable<Parts['producers']>[number]['sends']>;
type Config = NonNullable<Parts['cluster']['config']>;

/** Three replicas, of which two must be in sync, unless `config` says otherwise. */
export function clusterWith(config: Config = {}): Parts['cluster'] {
  return { brokers: 3, controllers: 1, config: { 'min.insync.replicas': 2, ...config } };
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
