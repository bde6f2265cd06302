/** Brokers and controllers that act on what is not so any more: B04, B14, B16. On ZooKeeper. */
import {
  idempotentProducer,
  recordsAt,
  SMALL_CLUSTER,
  zooKeeperClusterWith,
} from './small-cluster.js';
import { twins } from './twins.js';

/** KIP-320 (KAFKA-6880): fetches that do not say in which epoch they are. */
export const zombieFollower = twins({
  name: 'b04-zombie-follower',
  bug: 'B04',
  breaks: ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I23'],
  script: {
    ...SMALL_CLUSTER,
    cluster: zooKeeperClusterWith({}, 4),
    topics: [{ name: 'orders', replicas: [[3, 2, 4]] }],
    producers: [
      // It waits so long before it tries again that the record of the other producer comes first.
      idempotentProducer('web', recordsAt('12s', '15s'), { 'retry.backoff.ms': 5000 }),
      idempotentProducer('app', recordsAt('18s', '42s')),
    ],
    faults: [
      { at: '5s', stop: 'broker 3', for: '2s' },
      { at: '14s', hold: { rpc: 'Fetch', from: 'broker 3', to: 'broker 2' }, for: '8s' },
      { at: '15500ms', block: { from: 'broker 4', to: 'zookeeper 1' }, for: '30s' },
      { at: '15500ms', block: { from: 'broker 1', to: 'broker 4' }, for: '30s' },
      { at: '16s', 'elect-leaders': 'preferred' },
      { at: '30s', crash: 'broker 3', for: '40s' },
      { at: '55s', crash: 'broker 2', for: '20s' },
    ],
    run: { for: '85s', settle: '30s' },
  },
  broken: {
    story: [
      'Broker 2 leads epoch 1; brokers 2 and 4 have a second record, broker 3 has not. Broker 4 loses ZooKeeper and the controller, and goes on fetching from broker 2.',
      'Broker 3 leads, broker 2 cuts the second record, and other records take its place; broker 4 is out of the ISR. Then broker 3 crashes and broker 2 leads again.',
      'The fetches of broker 4 name no epoch: broker 2 serves them as if nothing had happened, and takes broker 4, with another record at offset 1 than its own, into the ISR.',
      'Broker 4 gets its session back and cuts nothing: its leader is the one that it had. Broker 2 crashes, broker 4 leads, and an acknowledged record is gone from everywhere.',
    ],
    parts: { kafka: '2.0' },
  },
  fixed: {
    story: [
      'Broker 2 leads epoch 1; brokers 2 and 4 have a second record, broker 3 has not. Broker 4 loses ZooKeeper and the controller, and goes on fetching from broker 2.',
      'Broker 3 leads, broker 2 cuts the second record, and other records take its place; broker 4 is out of the ISR. Then broker 3 crashes and broker 2 leads again.',
      'The fetches of broker 4 say that they are of epoch 1 (KIP-320): they are refused, and a further record with them, since the ISR is broker 2 alone.',
      'Broker 4 gets its session back, hears of the new epoch, cuts its log, and joins. When broker 2 crashes broker 4 has everything.',
    ],
    parts: { kafka: '2.3' },
  },
});

/** KAFKA-3083, KAFKA-6082, KAFKA-2729: writes to ZooKeeper that do not say of which controller they are. */
export const zombieController = twins({
  name: 'b14-zombie-controller',
  bug: 'B14',
  breaks: ['I23'],
  script: {
    ...SMALL_CLUSTER,
    cluster: zooKeeperClusterWith({ 'replica.lag.time.max.ms': 20_000 }, 4),
    topics: [{ name: 'orders', replicas: [[2, 3, 4]] }],
    producers: [idempotentProducer('web', recordsAt('6s', '45s'))],
    faults: [
      { at: '10s', crash: 'broker 4', for: '45s' },
      { at: '14s', block: { from: 'broker 1', to: 'zookeeper 1' }, for: '12s' },
      { at: '65s', crash: 'broker 3', for: '15s' },
    ],
    run: { for: '90s', settle: '30s' },
  },
  broken: {
    story: [
      'Broker 4 dies. ZooKeeper tells the controller, broker 1, whose questions do not get through from here on, nor its pings: its session ends and broker 2 is the controller.',
      'Broker 1 has ZooKeeper back, and before it looks who is the controller it does in its new session what it was at: it takes broker 4 out of the ISR.',
      'Nobody listens to an old controller, so the leader knows a version of the partition that is not in ZooKeeper any more, and each attempt to take broker 4 out of its own ISR fails: acks=all waits for a dead broker.',
      'Broker 4 comes back, and the record is acknowledged. Only when broker 3 dies does the new controller look at the partition, and tell its leader.',
    ],
    parts: { kafka: '0.11' },
  },
  fixed: {
    story: [
      'Broker 4 dies. ZooKeeper tells the controller, broker 1, whose questions do not get through from here on, nor its pings: its session ends and broker 2 is the controller, which takes broker 4 out of the ISR itself.',
      'Broker 1 has ZooKeeper back and drops what it was at with its old session (and were it to write, each write would name its controller epoch).',
      'The leader heard of its ISR from the controller that there is: acks=all goes on with two replicas.',
      'Broker 4 comes back and joins the ISR; broker 3 dies and comes back.',
    ],
    parts: { kafka: '2.3' },
  },
});

/** KAFKA-1120, KIP-380: a broker that is back is not the broker that went. */
export const missedBounce = twins({
  name: 'b16-missed-bounce',
  bug: 'B16',
  breaks: ['I1', 'I2', 'I5', 'I6'],
  script: {
    ...SMALL_CLUSTER,
    cluster: {
      ...zooKeeperClusterWith({ 'replica.lag.time.max.ms': 30_000 }),
      // The controller's session outlives its pause.
      brokers: [
        { id: 1, config: { 'zookeeper.session.timeout.ms': 30_000 } },
        { id: 2 },
        { id: 3 },
        { id: 4 },
      ],
    },
    topics: [{ name: 'orders', replicas: [[2, 3, 4]] }],
    producers: [idempotentProducer('web', recordsAt('6s', '6100ms', '6200ms', '6300ms', '6400ms'))],
    faults: [
      { at: '10s', pause: 'broker 1', for: '12s' },
      { at: '11s', 'power-loss': 'broker 3', for: '8s' },
      { at: '26s', crash: 'broker 2', for: '20s' },
    ],
    run: { for: '60s', settle: '30s' },
  },
  broken: {
    story: [
      'Five acknowledged records are on the three replicas. The controller, broker 1, stands still for 12 s.',
      'Meanwhile broker 3 loses its power and the end of its log, and is back before the controller looks: the same brokers are there as before, so nothing has happened.',
      'Nobody tells broker 3 what it is a replica of, and it fetches nothing; it is in the ISR as before. Broker 2 crashes and broker 3 leads.',
      'Brokers 4 and 2 cut the acknowledged records that both of them have.',
    ],
    parts: { kafka: '2.0' },
  },
  fixed: {
    story: [
      'Five acknowledged records are on the three replicas. The controller, broker 1, stands still for 12 s.',
      'Meanwhile broker 3 loses its power and the end of its log, and is back before the controller looks: under another broker epoch (KIP-380), so it has been gone.',
      'The controller takes it out of the ISR and tells it what to follow; it copies what it lost and joins. Broker 2 crashes and broker 3 leads, with everything.',
      'Broker 2 comes back and has nothing to cut.',
    ],
    parts: { kafka: '2.3' },
  },
});
