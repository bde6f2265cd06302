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
