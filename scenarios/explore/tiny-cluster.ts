/**
 * The cluster that is explored: a controller, two or three brokers, one partition, one producer.
 *
 * Whatever would only add chatter is switched off by configuration (no-op metadata records, rebalancing), requests are
 * served in no time, and timeouts that break requests are so long that they never come.
 */
import { ClusterDefinition, DEFAULT_COSTS } from '../../model/index.js';
import { resolvePlan, type Scenario } from '../language/index.js';
import { defineCluster } from '../run/assemble.js';
import { START_US } from './abstract-clock.js';

export interface TinyCluster {
  readonly brokers: number;
  readonly minInsyncReplicas: number;
  readonly switches: Readonly<Record<string, string>>;
}

/** More than a day: an exploration never gets there. */
const NEVER_MS = 2_000_000_000;

/** The definition: hosts are the brokers, the controller, the operator and the producer, in this order. */
export function defineTinyCluster(tiny: TinyCluster): ClusterDefinition {
  const { brokers, minInsyncReplicas, switches } = tiny;
  const scenario: Scenario = {
    name: 'tiny',
    kafka: '4.1',
    metadata: 'kraft',
    cluster: {
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
    },
    topics: [{ name: 'orders', partitions: 1, 'replication-factor': brokers }],
    producers: [
      {
        id: 'web',
        topic: 'orders',
        // The explorer gives it its records; this one never comes.
        sends: [{ at: '190s', partition: 0, records: 1 }],
        config: {
          acks: 'all',
          'linger.ms': 0,
          'max.in.flight.requests.per.connection': 1,
          'request.timeout.ms': NEVER_MS,
          'delivery.timeout.ms': 2_147_483_647,
          'metadata.max.age.ms': NEVER_MS,
          'reconnect.backoff.max.ms': 50,
          'retry.backoff.max.ms': 100,
        },
      },
    ],
    run: { for: '200s' },
    switches,
  };
  const {
    nodes,
    topics,
    producers,
    consumers,
    switches: rules,
  } = defineCluster(resolvePlan(scenario));
  const shifted = producers.map((producer) => ({
    ...producer,
    startUs: START_US + producer.startUs,
    stopUs: START_US + producer.stopUs,
    sends: producer.sends?.map((send) => ({ ...send, atUs: START_US + send.atUs })) ?? null,
  }));
  const costs = { ...DEFAULT_COSTS, requestUs: 0, perKibUs: 0, controllerEventUs: 0 };
  return new ClusterDefinition(nodes, topics, shifted, consumers, rules, costs);
}
