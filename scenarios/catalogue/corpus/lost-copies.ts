/** Losses of copies and what an election makes of them: B09, B10, B11. */
import { clusterWith, producerOf, recordsAt, SMALL_CLUSTER } from './small-cluster.js';
import { twins } from './twins.js';

/** KIP-966: without eligible leader replicas (until 4.0, where they are off unless asked for) one lossy crash suffices. */
export const lastReplicaStanding = twins({
  name: 'b09-last-replica-standing',
  bug: 'B09',
  breaks: ['I1', 'I2', 'I5', 'I6'],
  script: {
    ...SMALL_CLUSTER,
    producers: producerOf(recordsAt('6s', '6100ms', '6200ms', '6300ms', '6400ms')),
    faults: [
      { at: '8s', stop: 'broker 2', for: '32s' },
      { at: '10s', stop: 'broker 3', for: '15s' },
      { at: '12s', 'power-loss': 'broker 1', for: '20s' },
    ],
    run: { for: '45s', settle: '30s' },
  },
  broken: {
    story: [
      'Five acknowledged records are on all three brokers; brokers 2 and 3 are stopped in order, one after the other, everything flushed. The ISR is [1].',
      'The machine of broker 1 loses its power and the end of its log. The last member stays in the ISR, without leading.',
      'Broker 3 comes back with all five records and may not lead: it is not in the ISR. Broker 1 comes back with fewer, and leads.',
      'Brokers 3 and 2 cut what broker 1 lost: three copies, one lossy crash, and acknowledged records are gone.',
    ],
    parts: { kafka: '4.0' },
  },
  fixed: {
    story: [
      'Five acknowledged records are on all three brokers; brokers 2 and 3 are stopped in order, one after the other, everything flushed. The ISR is [1], and broker 3 an eligible leader replica.',
      'The machine of broker 1 loses its power and the end of its log. The ISR is empty now, brokers 1 and 3 are eligible.',
      'Broker 3 comes back with all five records and is elected (KIP-966).',
      'Broker 1 comes back from an unclean shutdown, is not eligible any more, and copies from broker 3 what it lost.',
    ],
    parts: { kafka: '4.1' },
  },
});

/** By design: Kafka acknowledges what is in page caches. */
export const wholeIsrPowerLoss = twins({
  name: 'b10-whole-isr-power-loss',
  bug: 'B10',
  breaks: ['I1', 'I2', 'I5', 'I6'],
  script: {
    ...SMALL_CLUSTER,
    producers: producerOf(recordsAt('6s', '6100ms', '6200ms', '6300ms', '6400ms')),
    faults: [{ at: '8s', 'power-loss': 'all brokers', for: '10s' }],
    run: { for: '30s', settle: '30s' },
  },
  broken: {
    story: [
      'Five acknowledged records are in the page caches of all three brokers, and on no disk.',
      'All three machines lose their power at once, and each the end of its log.',
      'They come back; nobody is in the ISR or eligible any more, and the last known leader leads with what its disk kept.',
      'The others cut what they have beyond it: what was acknowledged and not flushed is gone, as the settings allow.',
    ],
    parts: {},
  },
  fixed: {
    story: [
      'The same with flush.messages=1: each of the five records is on three disks before it is acknowledged.',
      'All three machines lose their power at once, and nothing with it.',
      'They come back; nobody is in the ISR or eligible any more, and the last known leader leads with all five records.',
      'The others join it: flushing each record costs latency and saves this loss. So would three places that do not lose their power at once.',
    ],
    parts: {
      topics: [{ name: 'orders', replicas: [[1, 2, 3]], config: { 'flush.messages': 1 } }],
    },
  },
});

/** By design: unclean.leader.election.enable=true, the default until 0.11. */
export const uncleanElection = twins({
  name: 'b11-unclean-election',
  bug: 'B11',
  breaks: ['I1', 'I2', 'I5', 'I6', 'I12'],
  script: {
    ...SMALL_CLUSTER,
    producers: producerOf(recordsAt('6s', '10s')),
    consumers: [
      {
        id: 'billing',
        topic: 'orders',
        assign: 'all',
        config: { 'auto.offset.reset': 'earliest' },
      },
    ],
    faults: [
      { at: '8s', stop: 'broker 3', for: '10s' },
      { at: '12s', crash: ['broker 1', 'broker 2'], for: '18s' },
    ],
    run: { for: '40s', settle: '30s' },
  },
  broken: {
    story: [
      'Unclean elections are allowed. Broker 3 is stopped and misses the second record, which brokers 1 and 2 acknowledge and a consumer reads.',
      'Brokers 1 and 2 crash while broker 3 comes back: alive, not in the ISR, and allowed to lead.',
      'It is elected all the same, and is the whole ISR: the second record, acknowledged and read, is not in its log.',
      'Brokers 1 and 2 come back and cut the record that both of them had.',
    ],
    parts: { cluster: clusterWith({ 'unclean.leader.election.enable': true }) },
  },
  fixed: {
    story: [
      'Unclean elections are off. Broker 3 is stopped and misses the second record, which brokers 1 and 2 acknowledge and a consumer reads.',
      'Brokers 1 and 2 crash while broker 3 comes back: alive, not in the ISR, and not allowed to lead.',
      'Nobody leads: the partition waits for a broker that has everything.',
      'Brokers 1 and 2 come back, one of them leads, and broker 3 copies the record that it missed.',
    ],
    parts: {},
  },
});
