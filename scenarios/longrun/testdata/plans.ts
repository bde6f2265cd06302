/** Clusters for the tests of long runs. */
import type { Plan } from '../../language/plan.js';
import { resolvePlan } from '../../language/resolve-plan.js';
import type { Scenario } from '../../language/schema.js';

export const HOUR_US = 3_600_000_000;

export interface ClusterOptions {
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
  const { brokers = 3, replicationFactor = brokers, minIsr = 1, racks } = options;
  return resolvePlan({
    name: 'long',
    cluster: {
      brokers,
      controllers: options.controllers ?? 3,
      combined: options.combined ?? false,
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
