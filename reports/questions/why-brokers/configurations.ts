/** The clusters that are compared, and the scenarios that they are put through. */
import type { Scenario } from '../../../scenarios/index.js';

export interface Configuration {
  readonly brokers: number;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
}

/** Brokers 1 to 5, each with the settings that people choose for that number. */
export const CONFIGURATIONS: readonly Configuration[] = [
  { brokers: 1, replicationFactor: 1, minInsyncReplicas: 1 },
  { brokers: 2, replicationFactor: 2, minInsyncReplicas: 1 },
  { brokers: 2, replicationFactor: 2, minInsyncReplicas: 2 },
  { brokers: 3, replicationFactor: 3, minInsyncReplicas: 2 },
  { brokers: 4, replicationFactor: 3, minInsyncReplicas: 2 },
  { brokers: 5, replicationFactor: 3, minInsyncReplicas: 2 },
  { brokers: 5, replicationFactor: 5, minInsyncReplicas: 3 },
];

/** `3 brokers, RF 3, min ISR 2`. */
export function nameOf({ brokers, replicationFactor, minInsyncReplicas }: Configuration): string {
  const noun = brokers === 1 ? 'broker' : 'brokers';
  return `${String(brokers)} ${noun}, RF ${String(replicationFactor)}, min ISR ${String(minInsyncReplicas)}`;
}

/** `3/3/2`: brokers, replication factor, min.insync.replicas. */
export function shortNameOf({
  brokers,
  replicationFactor,
  minInsyncReplicas,
}: Configuration): string {
  return [brokers, replicationFactor, minInsyncReplicas].join('/');
}

export type Acks = 'all' | '1';

/** A broker crashes about once a month and is back after an hour: the assumption behind the availability table. */
export const CRASHES = { mttf: '30d', mttr: '1h' } as const;

const RATE = '25/s';

function clusterOf(configuration: Configuration): Pick<Scenario, 'kafka' | 'cluster'> {
  return {
    kafka: '4.1',
    cluster: {
      brokers: configuration.brokers,
      controllers: 3,
      config: { 'min.insync.replicas': configuration.minInsyncReplicas },
    },
  };
}

function onePartition(configuration: Configuration): NonNullable<Scenario['topics']> {
  const replicas = Array.from({ length: configuration.replicationFactor }, (_, index) => index + 1);
  return [{ name: 'orders', replicas: [replicas] }];
}

function writer(acks: Acks): NonNullable<Scenario['producers']> {
  return [{ id: 'web', topic: 'orders', rate: RATE, 'value-bytes': 200, config: { acks } }];
}

/**
 * A writer that gives up a request after 1 s and tries again. A broker serves one request of a connection at a time, so
 * that one which was parked before the crash keeps the others waiting: only a writer that lets go of it soon sees
 * NOT_ENOUGH_REPLICAS from the start.
 */
const IMPATIENT = {
  id: 'impatient',
  topic: 'orders',
  rate: '5/s',
  config: { acks: 'all', 'request.timeout.ms': 1000, 'delivery.timeout.ms': 120000 },
};

/** Years of crashes and repairs, without load. */
export function yearsOf(configuration: Configuration): Scenario {
  return {
    ...clusterOf(configuration),
    name: `years-${shortNameOf(configuration).replaceAll('/', '-')}`,
    topics: [
      {
        name: 'orders',
        partitions: configuration.brokers,
        'replication-factor': configuration.replicationFactor,
      },
    ],
    failures: { 'broker-crash': CRASHES },
  };
}

/** One broker crashes under load and comes back. Which one: the leader, or a follower. */
export function crashOf(configuration: Configuration, victim: 'broker 1' | 'broker 2'): Scenario {
  return {
    ...clusterOf(configuration),
    name: `crash-${shortNameOf(configuration).replaceAll('/', '-')}`,
    topics: onePartition(configuration),
    producers: [...writer('all'), IMPATIENT],
    faults: [{ at: '20s', crash: victim, for: '50s' }],
    run: { for: '90s', settle: '60s' },
  };
}

/** The machine of the leader loses its power under load. */
export function powerLossOf(configuration: Configuration, acks: Acks): Scenario {
  return {
    ...clusterOf(configuration),
    name: `power-loss-${shortNameOf(configuration).replaceAll('/', '-')}-acks-${acks}`,
    topics: onePartition(configuration),
    producers: writer(acks),
    faults: [{ at: '15s', 'power-loss': 'broker 1', for: '15s' }],
    run: { for: '45s', settle: '60s' },
  };
}

/** All other replicas but `spare` are down already when the leader's machine loses its power. */
export function secondLossOf(configuration: Configuration, acks: Acks): Scenario {
  return {
    ...powerLossOf(configuration, acks),
    name: `second-loss-${shortNameOf(configuration).replaceAll('/', '-')}-acks-${acks}`,
    faults: [
      ...(configuration.replicationFactor > 1
        ? [{ at: '15s', crash: `broker ${String(configuration.replicationFactor)}`, for: '50s' }]
        : []),
      { at: '35s', 'power-loss': 'broker 1', for: '15s' },
    ],
    run: { for: '80s', settle: '60s' },
  };
}
