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

/**
 * A broker crashes every ten days and is back after two hours: the assumption behind the availability table. Rarer
 * crashes would need many more years before two of them coincide often enough to be counted.
 */
export const CRASHES = { mttf: '10d', mttr: '2h' } as const;

/** Fast enough that a crash finds records under way between leader and followers. */
const BURST_RATE = '400/s';

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

/** A writer that is busy for a few seconds before and after a loss at `start` + 3 s. */
function burst(acks: Acks, start: string, stop: string): NonNullable<Scenario['producers']> {
  return [
    {
      id: 'web',
      topic: 'orders',
      rate: BURST_RATE,
      'value-bytes': 200,
      start,
      stop,
      config: { acks },
    },
  ];
}

/**
 * One writer with Kafka's timeouts, and one that gives up a request after 0.2 s and tries again. A broker serves one
 * request of a connection at a time, so that one which was parked before the crash keeps the others waiting: only a
 * writer that lets go of it soon sees NOT_ENOUGH_REPLICAS from the start.
 */
const STEADY_WRITERS: NonNullable<Scenario['producers']> = [
  { id: 'web', topic: 'orders', rate: '25/s', 'value-bytes': 200, config: { acks: 'all' } },
  {
    id: 'impatient',
    topic: 'orders',
    rate: '5/s',
    config: {
      acks: 'all',
      'request.timeout.ms': 200,
      'retry.backoff.max.ms': 100,
      'delivery.timeout.ms': 120000,
    },
  },
];

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
    producers: STEADY_WRITERS,
    faults: [{ at: '20s', crash: victim, for: '50s' }],
    run: { for: '90s', settle: '60s' },
  };
}

/** A busy network: what the leader sends to its followers takes fifty times as long for a while. */
function slowReplication(
  configuration: Configuration,
  at: string,
): NonNullable<Scenario['faults']> {
  if (configuration.replicationFactor === 1) return [];
  const to = Array.from(
    { length: configuration.replicationFactor - 1 },
    (_, index) => `broker ${String(index + 2)}`,
  );
  return [
    { at, 'slow-link': { from: 'broker 1', to, factor: 50, 'both-ways': false }, for: '10s' },
  ];
}

/** The machine of the leader loses its power under load, while its followers are some milliseconds behind. */
export function powerLossOf(configuration: Configuration, acks: Acks): Scenario {
  return {
    ...clusterOf(configuration),
    name: `power-loss-${shortNameOf(configuration).replaceAll('/', '-')}-acks-${acks}`,
    topics: onePartition(configuration),
    producers: burst(acks, '12s', '18s'),
    faults: [
      ...slowReplication(configuration, '13s'),
      { at: '15s', 'power-loss': 'broker 1', for: '15s' },
    ],
    run: { for: '45s', settle: '60s' },
  };
}

/** All other replicas but `spare` are down already when the leader's machine loses its power. */
export function secondLossOf(configuration: Configuration, acks: Acks): Scenario {
  return {
    ...powerLossOf(configuration, acks),
    name: `second-loss-${shortNameOf(configuration).replaceAll('/', '-')}-acks-${acks}`,
    producers: burst(acks, '32s', '38s'),
    faults: [
      ...(configuration.replicationFactor > 1
        ? [{ at: '15s', crash: `broker ${String(configuration.replicationFactor)}`, for: '50s' }]
        : []),
      ...slowReplication(configuration, '33s'),
      { at: '35s', 'power-loss': 'broker 1', for: '15s' },
    ],
    run: { for: '80s', settle: '60s' },
  };
}
