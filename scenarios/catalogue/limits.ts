/** Clusters whose settings give something up, and what that costs. */
import { ONE_PARTITION, SAFE_CLUSTER, story } from './entry.js';

export const twoBrokers = story(
  'two-brokers',
  [
    'Two brokers hold two replicas and min.insync.replicas is 2; one producer has Kafka’s timeouts, one gives up a request after 1 s.',
    'One broker crashes.',
    'Once it is out of the ISR the leader answers NOT_ENOUGH_REPLICAS; a request that was parked before waits out its 30 s first.',
    'The broker comes back into the ISR and the retries go through: nothing was lost, and nothing was written meanwhile.',
  ],
  {
    cluster: { brokers: 2, controllers: 3, config: { 'min.insync.replicas': 2 } },
    topics: [{ name: 'orders', replicas: [[1, 2]] }],
    producers: [
      ...SAFE_CLUSTER.producers,
      {
        id: 'impatient',
        topic: 'orders',
        rate: '5/s',
        config: { acks: 'all', 'request.timeout.ms': 1000, 'delivery.timeout.ms': 120000 },
      },
    ],
    consumers: SAFE_CLUSTER.consumers,
    faults: [{ at: '20s', crash: 'broker 2', for: '50s' }],
    run: { for: '90s', settle: '60s' },
  },
);

export const acksOne = story(
  'acks-1',
  [
    'The safe cluster, but the producer asks for acks=1 and the followers’ fetches are slow.',
    'The leader dies for good measure while its last records are on no other broker.',
    'A follower leads without them: acknowledged records are gone, as acks=1 allows.',
    'The old leader comes back and cuts the records that only it had.',
  ],
  {
    ...ONE_PARTITION,
    producers: [
      { id: 'web', topic: 'orders', rate: '200/s', 'value-bytes': 200, config: { acks: '1' } },
    ],
    faults: [
      { at: '19s', hold: { rpc: 'Fetch', from: 'broker 2', to: 'broker 1' }, for: '2s' },
      { at: '19s', hold: { rpc: 'Fetch', from: 'broker 3', to: 'broker 1' }, for: '2s' },
      { at: '20s', crash: 'broker 1', for: '20s' },
    ],
    run: { for: '60s', settle: '60s' },
  },
);

export const wholeIsrPowerLoss = story(
  'whole-isr-power-loss',
  [
    'Three brokers in one rack; every acknowledged record is in three page caches and on no disk.',
    'The rack loses its power.',
    'All three machines lose part of what they had not flushed, each another part.',
    'They come back and elect a leader; what no disk kept is gone: an expected loss, not a bug.',
  ],
  {
    ...ONE_PARTITION,
    cluster: { ...SAFE_CLUSTER.cluster, racks: ['a'] },
    producers: [
      { id: 'web', topic: 'orders', rate: '200/s', 'value-bytes': 200, config: { acks: 'all' } },
    ],
    faults: [{ at: '20s', 'rack-power-loss': 'rack a', for: '10s' }],
    run: { for: '60s', settle: '60s' },
  },
);

export const uncleanElection = story(
  'unclean-election',
  [
    'One partition on brokers 1, 2 and 3 with min.insync.replicas 1 and unclean elections allowed.',
    'Followers crash one after the other, the leader writes on alone and then crashes, too.',
    'A follower that missed those writes comes back first and is elected.',
    'The old leader returns and cuts what only it had: acknowledged records are lost for availability.',
  ],
  {
    cluster: {
      brokers: 3,
      controllers: 3,
      config: { 'min.insync.replicas': 1, 'unclean.leader.election.enable': true },
    },
    topics: [{ name: 'orders', replicas: [[1, 2, 3]] }],
    producers: SAFE_CLUSTER.producers,
    consumers: SAFE_CLUSTER.consumers,
    faults: [
      { at: '15s', crash: ['broker 2', 'broker 3'], for: '35s' },
      { at: '40s', crash: 'broker 1', for: '40s' },
    ],
    run: { for: '100s', settle: '60s' },
  },
);

export const lastReplicaStanding = story(
  'last-replica-standing',
  [
    'One partition on brokers 1, 2 and 3 with min.insync.replicas 2.',
    'Brokers 3 and 2 stop cleanly, one after the other; then broker 1, the last of the ISR, loses its power.',
    'Brokers 2 and 3 kept their places as eligible leader replicas: one of them may lead without loss.',
    'Broker 1 comes back uncleanly and copies what it lost from the new leader.',
  ],
  {
    ...ONE_PARTITION,
    faults: [
      { at: '15s', stop: 'broker 3', for: '60s' },
      { at: '25s', stop: 'broker 2', for: '40s' },
      { at: '45s', 'power-loss': 'broker 1', for: '10s' },
    ],
    run: { for: '120s', settle: '60s' },
  },
);

export const diskFull = story(
  'disk-full',
  [
    'Three brokers, min.insync.replicas 2.',
    'The disk of the leader fills up.',
    'Its log directory goes offline and, being the only one, takes the broker with it; a follower leads.',
    'Space is made, the broker starts again and rejoins.',
  ],
  {
    ...ONE_PARTITION,
    faults: [{ at: '20s', 'fill-disk': 'broker 1', for: '20s' }],
    run: { for: '60s', settle: '60s' },
  },
);
