/** One broker dies, in each of the ways that a broker can. */
import { ONE_PARTITION, SAFE_CLUSTER, story } from './entry.js';

export const leaderCrash = story(
  'leader-crash',
  [
    'Three brokers, min.insync.replicas 2; a producer writes with acks=all and a consumer reads.',
    'The broker that leads orders-0 crashes.',
    'Its heartbeats are missed for 9 s; then it is fenced, a follower leads, and the delayed writes are acknowledged.',
    'The broker comes back, catches up, and is taken into the ISR again; nothing acknowledged is lost.',
  ],
  {
    ...SAFE_CLUSTER,
    faults: [{ at: '20s', crash: 'leader of orders-0', for: '20s' }],
    run: { for: '60s', settle: '60s' },
  },
);

export const followerCrash = story(
  'follower-crash',
  [
    'Three brokers, min.insync.replicas 2, one partition led by broker 1.',
    'A follower in the ISR crashes.',
    'acks=all writes wait for it until it is fenced 9 s later; reads of what was committed go on.',
    'It comes back and is taken into the ISR again.',
  ],
  {
    ...ONE_PARTITION,
    faults: [{ at: '20s', crash: 'follower of orders-0', for: '20s' }],
    run: { for: '60s', settle: '60s' },
  },
);

export const leaderPowerLoss = story(
  'leader-power-loss',
  [
    'Three brokers, min.insync.replicas 2; Kafka does not flush on each write.',
    'The machine of the leader loses its power and part of what it had not flushed.',
    'A follower that has every acknowledged record leads; nobody is told of the death by a closed connection.',
    'The machine comes back with a shorter log and copies what it lost from the new leader.',
  ],
  {
    ...SAFE_CLUSTER,
    faults: [{ at: '20s', 'power-loss': 'leader of orders-0', for: '20s' }],
    run: { for: '60s', settle: '60s' },
  },
);

export const diskLoss = story(
  'disk-loss',
  [
    'Three brokers, min.insync.replicas 2.',
    'A follower goes down and comes back with an empty disk.',
    'It registers as unclean, leaves the ISR, and copies the whole partition from the leader.',
    'Once it has caught up it is in the ISR again; the other two copies held everything meanwhile.',
  ],
  {
    ...ONE_PARTITION,
    faults: [{ at: '20s', 'lose-disk': 'follower of orders-0', for: '10s' }],
    run: { for: '60s', settle: '60s' },
  },
);

export const controlledShutdown = story(
  'controlled-shutdown',
  [
    'Three brokers, min.insync.replicas 2.',
    'The leader of orders-0 is stopped with a controlled shutdown.',
    'It hands over its leaderships first: writes pause for milliseconds and not for seconds.',
    'It starts again with a clean marker, catches up and rejoins the ISR.',
  ],
  {
    ...SAFE_CLUSTER,
    faults: [{ at: '20s', stop: 'leader of orders-0', for: '15s' }],
    run: { for: '60s', settle: '60s' },
  },
);

export const rollingRestart = story(
  'rolling-restart',
  [
    'Three brokers, min.insync.replicas 2, under load.',
    'All brokers are restarted one after the other with controlled shutdowns.',
    'Leadership moves ahead of each restart; producers refresh their metadata and retry.',
    'After the last one every ISR is full again.',
  ],
  {
    ...SAFE_CLUSTER,
    faults: [{ at: '15s', 'rolling-restart': { on: 'all brokers', down: '5s', pause: '20s' } }],
    run: { for: '120s', settle: '60s' },
  },
);
