/** Clusters for the tests of long runs. */
import type { Plan } from '../../language/plan.js';
import { resolvePlan } from '../../language/resolve-plan.js';
import type { Scenario } from '../../language/schema.js';

export const HOUR_US = 3_600_000_000;

export interface ClusterOptions {
  /** Default: the newest version, in KRaft mode; else a version on ZooKeeper, with an ensemble of three. */
  readonly kafka?: '3.9-zk' | '2.6';
  readonly brokers?: number;
  readonly replicationFactor?: number;
  readonly minIsr?: number;
  readonly partitions?: number;
  readonly controllers?: number;
  readonly combined?: boolean;
  readonly racks?: readonly string[];
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  readonly failures: NonNullable<Scenario['failures']>;
  readonly maxEvents?: number;
}

/** Three brokers with one partition of three replicas unless told otherwise. */
export function longPlan(options: ClusterOptions): Plan {
  const { kafka, brokers = 3, replicationFactor = brokers, minIsr = 1, racks } = options;
  const { controllers = 3, combined = false } = options;
  return resolvePlan({
    name: 'long',
    ...(kafka === undefined ? {} : { kafka }),
    cluster: {
      brokers,
      ...(kafka === undefined ? { controllers, combined } : { zookeepers: 3 }),
      ...(racks === undefined ? {} : { racks: [...racks] }),
      config: { 'min.insync.replicas': minIsr, ...options.config },
    },
    topics: [
      {
        name: 'orders',
        partitions: options.partitions ?? 1,
        'replication-factor': replicationFactor,
      },
    ],
    failures: options.failures,
    ...(options.maxEvents === undefined ? {} : { run: { 'max-events': options.maxEvents } }),
  });
}
