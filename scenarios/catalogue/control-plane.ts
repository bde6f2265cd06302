/** The controllers fail. */
import { SAFE_CLUSTER, story } from './entry.js';

export const controllerFailover = story(
  'controller-failover',
  [
    'Three controllers, three brokers.',
    'The active controller crashes.',
    'The remaining voters elect another within seconds; produce and fetch do not notice.',
    'A broker crash right after it is handled by the new controller; the old one comes back as a follower.',
  ],
  {
    ...SAFE_CLUSTER,
    faults: [
      { at: '15s', crash: 'controller', for: '30s' },
      { at: '20s', crash: 'leader of orders-0', for: '20s' },
    ],
    run: { for: '75s', settle: '60s' },
  },
);

export const quorumLoss = story(
  'quorum-loss',
  [
    'Three controllers, three brokers.',
    'Two of the three controllers crash: no quorum.',
    'Leaders keep serving as long as no ISR has to change; then a broker dies and its partitions stop.',
    'The controllers return, fence the dead broker and elect leaders.',
  ],
  {
    ...SAFE_CLUSTER,
    faults: [
      { at: '15s', crash: ['controller 1', 'controller 2'], for: '45s' },
      { at: '30s', crash: 'leader of orders-0', for: '60s' },
    ],
    run: { for: '120s', settle: '60s' },
  },
);

export const combinedNodes = story(
  'combined-nodes',
  [
    'Three nodes are brokers and voters at once.',
    'The node of the active controller crashes and takes its broker along.',
    'A new controller is elected, restarts the session clocks and fences the dead broker only 9 s after that.',
    'The node comes back in both roles.',
  ],
  {
    ...SAFE_CLUSTER,
    cluster: { brokers: 3, controllers: 3, combined: true, config: { 'min.insync.replicas': 2 } },
    faults: [{ at: '20s', crash: 'controller', for: '25s' }],
    run: { for: '70s', settle: '60s' },
  },
);

export const rackOutage = story(
  'rack-outage',
  [
    'Six brokers and three controllers in three racks; each partition has a replica in each rack.',
    'A whole rack goes down.',
    'Two racks are left: every partition keeps two replicas and every promise.',
    'The rack returns and its brokers rejoin every ISR.',
  ],
  {
    cluster: {
      brokers: 6,
      controllers: 3,
      racks: ['a', 'b', 'c'],
      config: { 'min.insync.replicas': 2 },
    },
    topics: [{ name: 'orders', partitions: 6, 'replication-factor': 3 }],
    producers: SAFE_CLUSTER.producers,
    consumers: SAFE_CLUSTER.consumers,
    faults: [{ at: '20s', 'rack-outage': 'rack a', for: '25s' }],
    run: { for: '70s', settle: '60s' },
  },
);
