/** A cluster gets a newer version under load, one server at a time. */
import { SAFE_CLUSTER, story } from './entry.js';

export const rollingUpgrade = story(
  'rolling-upgrade',
  [
    'Three brokers of Kafka 2.3 on ZooKeeper, min.insync.replicas 2, under load with acks=all.',
    'The brokers are restarted into 2.8 one after the other, and go on to speak the protocol of 2.3.',
    'A second roll raises the protocol: leaders ask the controller for another ISR, and followers cut their logs by what fetches say.',
    'All the while nothing acknowledged is lost, and in the end every ISR is full.',
  ],
  {
    ...SAFE_CLUSTER,
    kafka: '2.3',
    cluster: { brokers: 3, zookeepers: 3, config: SAFE_CLUSTER.cluster.config },
    faults: [{ at: '15s', upgrade: { to: '2.8', on: 'all brokers', down: '5s', pause: '20s' } }],
    run: { for: '180s', settle: '60s' },
  },
);

export const rollingUpgradeKraft = story(
  'rolling-upgrade-kraft',
  [
    'Three brokers and three controllers of Kafka 3.5, min.insync.replicas 2, under load with acks=all.',
    'All are restarted into 4.1 one after the other, controllers first; metadata.version stays 3.5.',
    'Without another restart the operator raises it: from then on there are eligible leader replicas.',
    'All the while nothing acknowledged is lost, and in the end every ISR is full.',
  ],
  {
    ...SAFE_CLUSTER,
    kafka: '3.5',
    faults: [{ at: '15s', upgrade: '4.1' }],
    run: { for: '180s', settle: '60s' },
  },
);
