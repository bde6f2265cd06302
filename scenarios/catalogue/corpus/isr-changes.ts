/** Bugs about who may join the ISR, and when: B06, B07, B08, B17. */
import {
  clusterWith,
  idempotentProducer,
  producerOf,
  recordsAt,
  SMALL_CLUSTER,
  zooKeeperClusterWith,
} from './small-cluster.js';
import { twins } from './twins.js';

/** KAFKA-7128: a new leader's high watermark may lag behind the true one. On ZooKeeper. */
export const joinBelowHighWatermark = twins({
  name: 'b06-isr-join',
  bug: 'B06',
  breaks: ['I1', 'I2', 'I5', 'I6'],
  script: {
    ...SMALL_CLUSTER,
    cluster: zooKeeperClusterWith({}, 4),
    topics: [{ name: 'orders', replicas: [[3, 2, 4]] }],
    producers: [idempotentProducer('web', recordsAt('10s', '15s'))],
    faults: [
      { at: '5s', stop: 'broker 3', for: '2s' },
      { at: '11s', stop: 'broker 4', for: '2s' },
      { at: '13s', hold: { rpc: 'Fetch', from: 'broker 4', to: 'broker 2' }, for: '10s' },
      // Broker 3 is not to hear of the new high watermark, nor broker 4 to get the record.
      {
        at: '15100ms',
        hold: {
          rpc: 'Fetch',
          from: ['broker 2', 'broker 3'],
          to: ['broker 3', 'broker 4'],
          response: true,
        },
        for: '20s',
      },
      { at: '15100ms', hold: { rpc: 'Fetch', from: 'broker 2', to: 'broker 3' }, for: '20s' },
      { at: '15200ms', 'elect-leaders': 'preferred' },
      { at: '17s', crash: ['broker 2', 'broker 3'], for: '20s' },
    ],
    run: { for: '50s', settle: '30s' },
  },
  broken: {
    story: [
      'Broker 2 leads with the ISR [2 3]; the second record is on both and acknowledged, and broker 3 does not know yet that it is committed. Broker 4 was away and has the first record only.',
      'The operator gives the leadership to broker 3. Its own high watermark is 1, and broker 2 has not fetched from it yet.',
      'Broker 4 fetches at offset 1, which is the high watermark of broker 3, and so joins the ISR; it does not get to the record. Brokers 2 and 3 crash and it is elected.',
      'Brokers 2 and 3 come back and cut the acknowledged record that both of them have.',
    ],
    parts: { kafka: '2.0' },
  },
  fixed: {
    story: [
      'Broker 2 leads with the ISR [2 3]; the second record is on both and acknowledged, and broker 3 does not know yet that it is committed. Broker 4 was away and has the first record only.',
      'The operator gives the leadership to broker 3. Its own high watermark is 1, and broker 2 has not fetched from it yet.',
      'Broker 4 fetches at offset 1, below the start of the epoch of broker 3: that is not enough to join (KAFKA-7128). Brokers 2 and 3 crash and nobody leads.',
      'Brokers 2 and 3 come back with the record, and broker 4 copies it.',
    ],
    parts: { kafka: '2.3' },
  },
});

/** KIP-497. No release had the rule of the broken twin: a leader that looks at the committed ISR alone. */
export const inFlightIsr = twins({
  name: 'b07-in-flight-isr',
  bug: 'B07',
  breaks: ['I1', 'I2', 'I4', 'I5', 'I6'],
  script: {
    ...SMALL_CLUSTER,
    // Broker 3 was last caught up when it crashed: that is too long ago to hold the high watermark back.
    cluster: clusterWith({ 'replica.lag.time.max.ms': 10_000 }),
    producers: producerOf([{ at: '20s', partition: 0, records: 5 }]),
    faults: [
      { at: '6s', crash: 'broker 3', for: '12s' },
      { id: 'fetches-of-3', at: '17s', hold: { rpc: 'Fetch', from: 'broker 3', to: 'broker 1' } },
      {
        at: '17s',
        hold: { rpc: 'Fetch', from: 'broker 1', to: 'broker 3', response: true },
        for: '20s',
      },
      { id: 'fetches-of-2', at: '19s', hold: { rpc: 'Fetch', from: 'broker 2', to: 'broker 1' } },
      {
        id: 'isr-change',
        at: '19s',
        hold: { rpc: 'AlterPartition', from: 'broker 1', to: 'all controllers' },
      },
      { at: '21s', release: 'fetches-of-3' },
      { at: '22s', release: 'fetches-of-2' },
      { at: '23s', release: 'isr-change' },
      { at: '24s', crash: ['broker 1', 'broker 2'], for: '15s' },
    ],
    run: { for: '45s', settle: '30s' },
  },
  broken: {
    story: [
      'Broker 3 is out of the ISR [1 2] and empty; broker 1 appends five records, which nobody has fetched yet: its high watermark is 0.',
      'Broker 1 asks for the ISR [1 2 3], broker 3 having reached that high watermark, and goes on to wait for broker 2 alone.',
      'Broker 2 fetches all: the high watermark moves to 5, the records are acknowledged. The controller commits [1 2 3], brokers 1 and 2 crash, and the empty broker 3 is elected.',
      'Brokers 1 and 2 come back and cut the five acknowledged records.',
    ],
    parts: { switches: { hwSet: 'committedIsr' } },
  },
  fixed: {
    story: [
      'Broker 3 is out of the ISR [1 2] and empty; broker 1 appends five records, which nobody has fetched yet: its high watermark is 0.',
      'Broker 1 asks for the ISR [1 2 3], broker 3 having reached that high watermark, and waits for both from then on (KIP-497).',
      'Broker 2 fetches all, and nothing is acknowledged. The controller commits [1 2 3], brokers 1 and 2 crash, and the empty broker 3 is elected: it lacks nothing that was promised.',
      'Brokers 1 and 2 come back into the ISR, and the producer’s retry is acknowledged by broker 3.',
    ],
    parts: {},
  },
});

/** KIP-903 (KAFKA-14139), in KRaft mode until 3.4. */
export const rebootRace = twins({
  name: 'b08-reboot-race',
  bug: 'B08',
  breaks: ['I1', 'I2', 'I4', 'I5', 'I6', 'I23'],
  script: {
    ...SMALL_CLUSTER,
    producers: producerOf([{ at: '6s', partition: 0, records: 5 }]),
    faults: [
      { at: '8s', crash: 'broker 2', for: '12s' },
      {
        id: 'isr-change',
        at: '19s',
        hold: { rpc: 'AlterPartition', from: 'broker 1', to: 'all controllers' },
      },
      { at: '24s', 'lose-disk': 'broker 2', for: '12s' },
      { at: '35s', hold: { rpc: 'Fetch', from: 'broker 2', to: 'broker 1' }, for: '20s' },
      { at: '40s', release: 'isr-change' },
      { at: '41s', crash: 'broker 1', for: '15s' },
    ],
    run: { for: '60s', settle: '30s' },
  },
  broken: {
    story: [
      'Five acknowledged records are on all three brokers; broker 2 crashes, leaves the ISR, returns and catches up: broker 1 asks for it to join, and the request is late.',
      'Broker 2 dies again, loses its disk, and is back, empty and unfenced, before the request arrives.',
      'The request names broker 2 and not which of its lives; and the death of a broker outside the ISR changed no partition epoch. It is accepted, broker 1 crashes, and broker 2 leads with an empty log.',
      'Brokers 3 and 1 cut the five acknowledged records that both of them had.',
    ],
    parts: { kafka: '3.3' },
  },
  fixed: {
    story: [
      'Five acknowledged records are on all three brokers; broker 2 crashes, leaves the ISR, returns and catches up: broker 1 asks for it to join, and the request is late.',
      'Broker 2 dies again, loses its disk, and is back, empty and unfenced, before the request arrives, which names its former life (KIP-903).',
      'The controller answers INELIGIBLE_REPLICA. Broker 1 crashes, and broker 3 leads, with everything.',
      'Broker 2 copies the log from broker 3 and joins the ISR, then broker 1.',
    ],
    parts: { kafka: '3.5' },
  },
});

/** KIP-841 (KAFKA-13916). KRaft has the fix since its first release for production: the rule is taken out by hand. */
export const fencedReplica = twins({
  name: 'b17-fenced-replica',
  bug: 'B17',
  breaks: ['I8'],
  script: {
    ...SMALL_CLUSTER,
    kafka: '3.3',
    // Broker 3 is gone for longer than that when the second record comes: the high watermark does not wait for it.
    cluster: clusterWith({ 'replica.lag.time.max.ms': 10_000 }),
    producers: producerOf(recordsAt('6s', '22s')),
    faults: [
      { at: '8s', stop: 'broker 3', for: '35s' },
      {
        at: '10s',
        hold: { rpc: 'BrokerHeartbeat', from: 'broker 2', to: 'all controllers' },
        for: '28s',
      },
      { at: '25s', crash: 'broker 1', for: '20s' },
    ],
    run: { for: '50s', settle: '30s' },
  },
  broken: {
    story: [
      'Broker 3 is stopped: the ISR is [1 2].',
      'Broker 2’s heartbeats do not arrive: it is fenced and leaves the ISR, and broker 1, from which it still fetches, brings it back.',
      'A second record is acknowledged on the strength of a fenced broker; broker 1 crashes, and nobody leads: broker 2, the only one in the ISR and alive, is fenced.',
      'Its heartbeats arrive again and it leads. Brokers 3 and 1 are taken into the ISR before they are unfenced, too.',
    ],
    parts: { switches: { isrEligibility: 'off' } },
  },
  fixed: {
    story: [
      'Broker 3 is stopped: the ISR is [1 2].',
      'Broker 2’s heartbeats do not arrive: it is fenced and leaves the ISR, and stays out although it still fetches (KIP-841).',
      'The second record is refused with NOT_ENOUGH_REPLICAS: the ISR [1] says what is true. Broker 1 crashes, and nobody leads.',
      'Broker 1 comes back and leads; the unfenced brokers 2 and 3 join, and the retry is acknowledged.',
    ],
    parts: {},
  },
});
