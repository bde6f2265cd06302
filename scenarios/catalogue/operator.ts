/** What an operator does to a cluster on a working day. */
import { ONE_PARTITION, story } from './entry.js';

export const reassignPartition = story(
  'reassign-partition',
  [
    'Four brokers; one partition on brokers 1, 2 and 3, led by broker 1, is written to and read all the time.',
    'The operator moves it to brokers 4, 2 and 3; the target crashes while it copies.',
    'Meanwhile there are four replicas and the old ones go on serving; broker 4 comes back and copies the rest.',
    'Once broker 4 is in the ISR broker 1 is taken out, hands over to broker 4 and deletes its log: nothing is lost.',
  ],
  {
    ...ONE_PARTITION,
    cluster: {
      brokers: 4,
      controllers: 3,
      config: { 'min.insync.replicas': 2, 'replica.fetch.max.bytes': 20000 },
    },
    faults: [
      {
        at: '19900ms',
        'slow-link': { from: 'broker 4', to: 'broker 1', delay: '150ms' },
        for: '30s',
      },
      { at: '20s', reassign: 'orders-0', to: [4, 2, 3] },
      { at: '21s', crash: 'broker 4', for: '10s' },
    ],
    run: { for: '60s', settle: '60s' },
  },
);

export const throttledReassignment = story(
  'throttled-reassignment',
  [
    'Four brokers; one partition on brokers 1, 2 and 3 is written to with acks=all and read all the time: 6 MB in a minute.',
    'The operator moves it to brokers 1, 2 and 4, and lets each broker copy 500 kB/s for that.',
    'What broker 1 sends to brokers 2 and 3 counts as well, but they are in the ISR and are never held up; broker 4 gets the rest.',
    'After half a minute broker 4 has it all and joins the ISR, broker 3 deletes its log, and the operator takes the throttle away.',
  ],
  {
    ...ONE_PARTITION,
    cluster: {
      brokers: 4,
      controllers: 3,
      config: { 'min.insync.replicas': 2, 'replica.fetch.max.bytes': 100000 },
    },
    producers: [
      {
        id: 'web',
        topic: 'orders',
        rate: '100/s',
        keys: 100,
        'value-bytes': 1000,
        config: { acks: 'all' },
      },
    ],
    faults: [{ at: '65s', reassign: 'orders-0', to: [1, 2, 4], throttle: '500kB/s' }],
    run: { for: '110s', settle: '60s' },
  },
);
