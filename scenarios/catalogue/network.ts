/** Brokers that live and cannot be heard, or are heard too late. */
import { ONE_PARTITION, story } from './entry.js';

export const isolatedLeader = story(
  'isolated-leader',
  [
    'Three brokers, min.insync.replicas 2; producer and consumer stand outside the partition.',
    'The leader is cut off from the other brokers and the controllers, not from the clients.',
    'It believes in its leadership, but acknowledges nothing: acks=all waits for followers that it cannot hear.',
    'The others elect a leader; when the cut heals the old one follows and drops what was never acknowledged.',
  ],
  {
    ...ONE_PARTITION,
    faults: [
      {
        at: '20s',
        partition: [
          ['broker 1'],
          ['broker 2', 'broker 3', 'controller 1', 'controller 2', 'controller 3'],
        ],
        for: '25s',
      },
    ],
    run: { for: '75s', settle: '60s' },
  },
);

export const oneWayBlock = story(
  'one-way-block',
  [
    'Three brokers, min.insync.replicas 2.',
    'What broker 2 sends to the leader does not arrive; the other direction works.',
    'Broker 2 looks alive to the controllers, but after replica.lag.time.max.ms the leader takes it out of the ISR.',
    'When the way is open again it catches up and rejoins.',
  ],
  {
    ...ONE_PARTITION,
    faults: [{ at: '15s', block: { from: 'broker 2', to: 'broker 1' }, for: '60s' }],
    run: { for: '100s', settle: '60s' },
  },
);

export const pausedLeader = story(
  'paused-leader',
  [
    'Three brokers, min.insync.replicas 2.',
    'The leader stands still for 20 s, as in a very long garbage collection.',
    'It is fenced, another leads; it wakes up believing that it still leads.',
    'Its stale requests are refused by epoch; it becomes a follower and rejoins.',
  ],
  {
    ...ONE_PARTITION,
    faults: [{ at: '20s', pause: 'broker 1', for: '20s' }],
    run: { for: '60s', settle: '60s' },
  },
);

export const grayDisk = story(
  'gray-disk',
  [
    'Three brokers, min.insync.replicas 2.',
    'The disk of a follower becomes a thousand times slower; the broker keeps its heartbeats up.',
    'Nobody is fenced: a sick broker that stays in costs latency and no election.',
    'The disk recovers.',
  ],
  {
    ...ONE_PARTITION,
    faults: [{ at: '15s', 'slow-disk': { on: 'broker 2', factor: 1000 }, for: '25s' }],
    run: { for: '60s', settle: '60s' },
  },
);
