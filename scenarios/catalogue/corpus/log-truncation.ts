/** Where followers cut their logs when somebody else leads: B01, B02, B03. On ZooKeeper. */
import {
  idempotentProducer,
  producerOf,
  recordsAt,
  SMALL_CLUSTER,
  zooKeeperClusterWith,
} from './small-cluster.js';
import { twins } from './twins.js';

/** KIP-101, scenario 1 (KAFKA-1211): a follower's high watermark lags behind its leader's by one fetch. */
export const highWatermarkTruncation = twins({
  name: 'b01-hw-truncation',
  bug: 'B01',
  breaks: ['I1', 'I2', 'I5', 'I6'],
  script: {
    ...SMALL_CLUSTER,
    cluster: zooKeeperClusterWith(),
    topics: [{ name: 'orders', replicas: [[2, 3, 1]] }],
    producers: producerOf(recordsAt('6s', '10s')),
    faults: [
      // Before the fetches that wait at the leader are answered, and the high watermark is in its checkpoint.
      { at: '10100ms', crash: 'broker 2', for: '30s' },
      { at: '10100ms', hold: { rpc: 'Fetch', from: 'broker 1', to: 'broker 3' }, for: '12s' },
      { at: '20s', crash: 'broker 3', for: '20s' },
    ],
    run: { for: '50s', settle: '30s' },
  },
  broken: {
    story: [
      'Broker 2 leads, all three are in the ISR. The second record is on all of them and acknowledged; brokers 1 and 3 would hear of the new high watermark with the next answer.',
      'Broker 2 crashes before that. Broker 3 leads; broker 1 follows it and first cuts its log to its own high watermark: the second record is cut.',
      'Before broker 1 has fetched it again broker 3 crashes, too, and broker 1, the rest of the ISR, leads without the record.',
      'Brokers 3 and 2 come back and cut their copies of a record that was acknowledged when all three had it. Nobody lost a disk.',
    ],
    parts: { kafka: '0.10' },
  },
  fixed: {
    story: [
      'Broker 2 leads, all three are in the ISR. The second record is on all of them and acknowledged; brokers 1 and 3 would hear of the new high watermark with the next answer.',
      'Broker 2 crashes before that. Broker 3 leads; broker 1 follows it and asks where the epoch of its last record ends (KIP-101): behind that record. Nothing is cut.',
      'Broker 3 crashes, too, and broker 1 leads with both records.',
      'Brokers 3 and 2 come back and have nothing to cut.',
    ],
    parts: { kafka: '0.11' },
  },
});

/** KIP-101, scenario 2. The loss itself is B10's: more machines failed than there are copies. */
export const hardFailures = twins({
  name: 'b02-hard-failures',
  bug: 'B02',
  breaks: ['I1', 'I2', 'I3', 'I4', 'I5', 'I6'],
  script: {
    ...SMALL_CLUSTER,
    cluster: zooKeeperClusterWith({ 'min.insync.replicas': 1 }),
    topics: [{ name: 'orders', replicas: [[2, 3]] }],
    producers: producerOf(recordsAt('6s', '15s', '45s', '60s')),
    faults: [
      { at: '7s', stop: 'broker 3', for: '2s' },
      { at: '22s', 'power-loss': 'broker 3', for: '20s' },
      { at: '22s', crash: 'broker 2', for: '33s' },
    ],
    run: { for: '65s', settle: '30s' },
  },
  broken: {
    story: [
      'Two replicas. The first record is on the disk of broker 3, which was stopped and started since; the second is on both brokers and acknowledged, and on that disk not yet.',
      'Broker 3 loses its power and the second record, broker 2 crashes and has both; the controller takes broker 2 for dead first, so that broker 3 is the ISR.',
      'Broker 3 comes back and leads; the third record gets the offset that the second had. Broker 2 comes back, cuts nothing, since both of its records are below its high watermark, and fetches what comes next.',
      'At offset 1 the two logs differ for good: which record a reader gets depends on who leads.',
    ],
    parts: { kafka: '0.10' },
  },
  fixed: {
    story: [
      'Two replicas. The first record is on the disk of broker 3, which was stopped and started since; the second is on both brokers and acknowledged, and on that disk not yet.',
      'Broker 3 loses its power and the second record, broker 2 crashes and has both; the controller takes broker 2 for dead first, so that broker 3 is the ISR.',
      'Broker 3 comes back and leads; the third record gets the offset that the second had. Broker 2 comes back, is told that its epoch ends before the second record (KIP-101), and cuts it.',
      'The logs are the same again. The second record is lost all the same: no rule about logs brings back what the last member of an ISR has lost.',
    ],
    losesAnyway: ['I1', 'I2', 'I5', 'I6'],
    parts: { kafka: '0.11' },
  },
});

/** KIP-279 (KAFKA-6361): an end of an epoch that the leader does not have is the end of another one. */
export const fastFailover = twins({
  name: 'b03-fast-failover',
  bug: 'B03',
  breaks: ['I3', 'I4', 'I5', 'I22'],
  script: {
    ...SMALL_CLUSTER,
    cluster: zooKeeperClusterWith(),
    topics: [{ name: 'orders', replicas: [[3, 2, 1]] }],
    producers: [
      idempotentProducer('web', recordsAt('10s', '15s')),
      idempotentProducer('app', recordsAt('19s')),
    ],
    faults: [
      // Broker 2 would tell it what is not so any more.
      { at: '0s', block: { from: 'producer app', to: 'broker 2' }, for: '20s' },
      { at: '5s', stop: 'broker 3', for: '2s' },
      {
        at: '14s',
        hold: { rpc: 'Fetch', from: ['broker 1', 'broker 3'], to: 'broker 2' },
        for: '8s',
      },
      { id: 'news', at: '15s', hold: { rpc: 'LeaderAndIsr', from: 'broker 1', to: 'broker 2' } },
      { at: '16s', 'elect-leaders': 'preferred' },
      { at: '20s', crash: 'broker 3', for: '20s' },
      { at: '21s', release: 'news' },
      {
        at: '21s',
        hold: { rpc: 'OffsetForLeaderEpoch', from: 'broker 1', to: 'broker 2' },
        for: '10s',
      },
    ],
    run: { for: '50s', settle: '30s' },
  },
  broken: {
    story: [
      'Broker 2 leads epoch 1. Its second record has reached nobody when the operator gives the leadership back to broker 3; broker 2 has not heard of that.',
      'Broker 3, in epoch 2, takes another record at the same offset, which broker 1 copies; nothing of this is acknowledged. Broker 3 crashes, and broker 2 leads again, in epoch 3, and appends.',
      'Broker 1 asks where epoch 2 ends. Broker 2 never had an epoch 2 and says where epoch 3 begins, which is where the log of broker 1 ends, too: it cuts nothing, and so does broker 3 when it comes back.',
      'Three brokers in the ISR, and at offset 1 the followers hold another record than their leader.',
    ],
    parts: { kafka: '1.1' },
  },
  fixed: {
    story: [
      'Broker 2 leads epoch 1. Its second record has reached nobody when the operator gives the leadership back to broker 3; broker 2 has not heard of that.',
      'Broker 3, in epoch 2, takes another record at the same offset, which broker 1 copies; nothing of this is acknowledged. Broker 3 crashes, and broker 2 leads again, in epoch 3, and appends.',
      'Broker 1 asks where epoch 2 ends. Broker 2 says that the last epoch up to that one is 1, and where it ends (KIP-279): broker 1 cuts what it has of epoch 2, and so does broker 3 when it comes back.',
      'All records are acknowledged, and the three logs are the same.',
    ],
    parts: { kafka: '2.0' },
  },
});
