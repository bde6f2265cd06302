/** Two clusters, one ensemble: what they share, and what they do not. */
import { SAFE_CLUSTER, story } from './entry.js';

export const twoClustersOneEnsemble = story(
  'two-clusters-one-ensemble',
  [
    'Two clusters of Kafka 2.3 have their znodes in one ensemble, below / and below /audit; both are written to with acks=all.',
    'Two of the three ZooKeeper servers crash, then a broker of each cluster: neither cluster can elect or shrink an ISR.',
    'With the quorum back both fence the dead broker and elect, each by its own controller.',
    'Later each loses a broker again: it elects new leaders, and the other notices nothing. Nothing acknowledged is lost.',
  ],
  {
    ...SAFE_CLUSTER,
    kafka: '2.3',
    cluster: { brokers: 3, zookeepers: 3, config: SAFE_CLUSTER.cluster.config },
    topics: [{ name: 'orders', replicas: [[1, 2, 3]] }],
    neighbours: [
      {
        name: 'audit',
        chroot: '/audit',
        brokers: 2,
        topics: [
          {
            name: 'trail',
            replicas: [
              [1, 2],
              [2, 1],
            ],
          },
        ],
        producers: [{ id: 'app', topic: 'trail', rate: '20/s', config: { acks: 'all' } }],
        consumers: [{ id: 'auditor', topic: 'trail', assign: 'all' }],
      },
    ],
    faults: [
      { at: '15s', crash: ['zookeeper 1', 'zookeeper 2'], for: '30s' },
      { at: '20s', crash: ['leader of orders-0', 'broker 1 of audit'], for: '45s' },
      { at: '80s', crash: 'broker 2', for: '10s' },
      { at: '100s', crash: 'controller of audit', for: '10s' },
    ],
    run: { for: '120s', settle: '60s' },
  },
);
