/** Acknowledgements that stand for less than it seems: B12, B13, B15. All by design. */
import { clusterWith, producerOf, recordsAt, SMALL_CLUSTER } from './small-cluster.js';
import { twins } from './twins.js';

export const acksOne = twins({
  name: 'b12-acks-one',
  bug: 'B12',
  breaks: ['I1'],
  script: {
    ...SMALL_CLUSTER,
    faults: [
      {
        at: '9s',
        hold: {
          rpc: 'Fetch',
          from: 'broker 1',
          to: ['broker 2', 'broker 3'],
          response: true,
        },
        for: '15s',
      },
      { at: '11s', crash: 'broker 1', for: '14s' },
    ],
    run: { for: '35s', settle: '30s' },
  },
  broken: {
    story: [
      'Three brokers in the ISR; the producer asks for acks=1.',
      'The leader acknowledges a second record as soon as it is in its own log, and crashes before a follower has it.',
      'Broker 2, in the ISR as before, leads without the record.',
      'Broker 1 comes back and cuts what it had acknowledged.',
    ],
    parts: { producers: producerOf(recordsAt('6s', '10s'), '1') },
  },
  fixed: {
    story: [
      'Three brokers in the ISR; the producer asks for acks=all.',
      'The leader appends a second record, waits for its followers with the acknowledgement, and crashes.',
      'Broker 2 leads without the record; the producer, which never got an answer, sends it again.',
      'Broker 1 comes back and cuts its copy of the record, which by now is acknowledged at the same offset.',
    ],
    parts: { producers: producerOf(recordsAt('6s', '10s')) },
  },
});

export const minIsrOne = twins({
  name: 'b13-min-isr-one',
  bug: 'B13',
  breaks: ['I1', 'I2', 'I5', 'I6'],
  script: {
    ...SMALL_CLUSTER,
    producers: producerOf(recordsAt('6s', '11s')),
    faults: [
      { at: '8s', stop: 'broker 2', for: '17s' },
      { at: '9s', stop: 'broker 3', for: '16s' },
      { at: '13s', 'lose-disk': 'broker 1', for: '17s' },
    ],
    run: { for: '40s', settle: '30s' },
  },
  broken: {
    story: [
      'min.insync.replicas is 1. Brokers 2 and 3 are stopped; the ISR is [1].',
      'acks=all is acknowledged with a single copy, as an ISR of one allows; then broker 1 loses its disk.',
      'Brokers 2 and 3 come back and may not lead: they are not in the ISR, and not eligible. Broker 1, the last known leader, comes back empty and leads.',
      'The others cut even the first record, of which there had been three copies.',
    ],
    parts: { cluster: clusterWith({ 'min.insync.replicas': 1 }) },
  },
  fixed: {
    story: [
      'min.insync.replicas is 2. Brokers 2 and 3 are stopped; the ISR is [1], and broker 3 an eligible leader replica.',
      'acks=all is refused with NOT_ENOUGH_REPLICAS; then broker 1 loses its disk.',
      'Brokers 2 and 3 come back; broker 3 is eligible, has all that was acknowledged, and leads.',
      'Broker 1 comes back empty and copies the log; the second record is acknowledged once the producer has given up its request to the dead broker 1.',
    ],
    parts: {},
  },
});

export const zombieLeader = twins({
  name: 'b15-zombie-leader',
  bug: 'B15',
  breaks: ['I1'],
  script: {
    ...SMALL_CLUSTER,
    faults: [
      {
        at: '8s',
        partition: [['broker 1'], ['broker 2', 'broker 3', 'controller 1']],
        for: '17s',
      },
    ],
    run: { for: '35s', settle: '30s' },
  },
  broken: {
    story: [
      'Broker 1 leads; the producer asks for acks=1.',
      'Broker 1 is cut off from the controller and the other brokers, not from the producer, and does not hear that broker 2 leads.',
      'The producer has no reason to ask who leads: broker 1 takes its record and acknowledges it.',
      'The cut heals, broker 1 hears of the new leader, and cuts the record.',
    ],
    parts: { producers: producerOf(recordsAt('6s', '20s'), '1') },
  },
  fixed: {
    story: [
      'Broker 1 leads; the producer asks for acks=all, and min.insync.replicas is 2.',
      'Broker 1 is cut off from the controller and the other brokers, not from the producer, and hears neither of a new leader nor from its followers.',
      'Broker 2 leads; broker 1 appends the producer’s record and waits for its followers, in vain.',
      'The cut heals: broker 1 answers NOT_LEADER_OR_FOLLOWER and cuts the record, and broker 2 acknowledges it.',
    ],
    parts: { producers: producerOf(recordsAt('6s', '20s')) },
  },
});
