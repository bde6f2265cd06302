/** Elections that take whoever is there, the default until 0.11, and who does not notice: B05, B24. On ZooKeeper. */
import {
  idempotentProducer,
  recordsAt,
  SMALL_CLUSTER,
  zooKeeperClusterWith,
} from './small-cluster.js';
import { twins } from './twins.js';

const LOST = ['I1', 'I2', 'I5', 'I6', 'I12'] as const;

/** KIP-320, the consumer's part. What the election loses is lost in both; they differ in what the consumer reads. */
export const consumerTruncation = twins({
  name: 'b05-consumer-truncation',
  bug: 'B05',
  breaks: LOST,
  script: {
    ...SMALL_CLUSTER,
    cluster: zooKeeperClusterWith({
      'min.insync.replicas': 1,
      'unclean.leader.election.enable': true,
    }),
    topics: [{ name: 'orders', replicas: [[2, 3]] }],
    producers: [
      idempotentProducer('web', [
        { at: '6s', partition: 0, records: 2 },
        { at: '12s', partition: 0, records: 2 },
        { at: '32s', partition: 0, records: 3 },
      ]),
    ],
    consumers: [
      {
        id: 'billing',
        topic: 'orders',
        assign: 'all',
        config: { 'auto.offset.reset': 'earliest' },
      },
    ],
    faults: [
      { at: '8s', stop: 'broker 3', for: '10s' },
      { at: '15s', crash: 'broker 2', for: '35s' },
      { at: '16s', pause: 'consumer billing', for: '20s' },
    ],
    run: { for: '60s', settle: '30s' },
  },
  broken: {
    story: [
      'Two replicas. Broker 3 is stopped; the ISR is broker 2, whose four records a consumer has read. Its position is 4.',
      'Broker 2 crashes, and broker 3, back with the first two records, is elected uncleanly; the consumer stands still.',
      'Three new records come, at the offsets 2, 3 and 4. The consumer goes on at 4: there is a record, nothing looks wrong.',
      'Of the three new records it never reads the first two. Broker 2 comes back and cuts its log.',
    ],
    parts: { kafka: '2.0' },
  },
  fixed: {
    story: [
      'Two replicas. Broker 3 is stopped; the ISR is broker 2, whose four records a consumer has read. Its position is 4.',
      'Broker 2 crashes, and broker 3, back with the first two records, is elected uncleanly; the consumer stands still.',
      'Three new records come, at the offsets 2, 3 and 4. The consumer sees a new leader epoch and asks where the epoch of its last record ends (KIP-320): at 2, so it goes back there.',
      'It reads all three new records. What the election lost is lost all the same.',
    ],
    losesAnyway: LOST,
    parts: { kafka: '2.3' },
  },
});

const JEPSEN_CONFIG = { 'auto.leader.rebalance.enable': false };

/** Jepsen's analysis of Kafka 0.8 (2013), whose defaults were still those of 0.10. */
export const jepsen2013 = twins({
  name: 'b24-jepsen-2013',
  bug: 'B24',
  breaks: ['I1', 'I2', 'I5', 'I6'],
  script: {
    ...SMALL_CLUSTER,
    kafka: '0.10',
    topics: [{ name: 'orders', replicas: [[2, 3, 4]] }],
    producers: [
      {
        id: 'web',
        topic: 'orders',
        'value-bytes': 10_000,
        sends: [...recordsAt('6s'), { at: '30s', partition: 0, records: 3 }],
        config: { acks: 'all', retries: 1000 },
      },
    ],
    faults: [
      { at: '10s', block: { from: ['broker 3', 'broker 4'], to: 'broker 2' }, for: '25s' },
      { at: '35s', crash: 'broker 2', for: '20s' },
    ],
    run: { for: '60s', settle: '30s' },
  },
  broken: {
    story: [
      'Three replicas with the defaults of 0.10: unclean elections allowed, min.insync.replicas of 1. The producer asks for acks=all.',
      'The followers do not reach the leader, broker 2, any more; it takes them out of the ISR and is alone.',
      'Three records are acknowledged: all of the ISR has them. Then broker 2 crashes and broker 3, which has never seen them, is elected.',
      'Broker 2 comes back and cuts the three records. One crash of one machine lost them.',
    ],
    parts: { cluster: { brokers: 4, zookeepers: 1, config: JEPSEN_CONFIG } },
  },
  fixed: {
    story: [
      'Three replicas, unclean elections off, min.insync.replicas of 2. The producer asks for acks=all.',
      'The followers do not reach the leader, broker 2, any more; it takes them out of the ISR and is alone.',
      'Three records are refused with NOT_ENOUGH_REPLICAS. Then broker 2 crashes, and nobody leads.',
      'Broker 2 comes back and leads, the others join the ISR, and the producer’s retries are acknowledged.',
    ],
    parts: { cluster: zooKeeperClusterWith({}, 4) },
  },
});
