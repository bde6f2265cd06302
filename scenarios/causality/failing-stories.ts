/**
 * Three small failures, each one rule away from the protocol: three brokers, one partition, a few records, two or three
 * faults. Tests tell and draw them, and `docs/diagrams.md` shows the first.
 */
import type { Scenario } from '../language/schema.js';

const SMALL: Omit<Scenario, 'name'> = {
  kafka: '4.1',
  cluster: {
    brokers: 3,
    controllers: 1,
    config: { 'min.insync.replicas': 2, 'broker.session.timeout.ms': 2000 },
  },
  topics: [{ name: 'orders', replicas: [[1, 2, 3]] }],
  run: { for: '30s', settle: '30s' },
};

/** acks=all is answered before any follower has the record; the leader dies with it. */
export const earlyAck: Scenario = {
  ...SMALL,
  name: 'early-ack',
  producers: [
    {
      id: 'web',
      topic: 'orders',
      sends: [
        { at: '8s', partition: 0, records: 1 },
        { at: '10500ms', partition: 0, records: 1 },
      ],
      config: { acks: 'all' },
    },
  ],
  faults: [
    { at: '10s', hold: { rpc: 'Fetch', from: 'broker 2', to: 'broker 1' }, for: '3s' },
    { at: '10s', hold: { rpc: 'Fetch', from: 'broker 3', to: 'broker 1' }, for: '3s' },
    { at: '11s', crash: 'broker 1', for: '10s' },
  ],
  invariants: ['I1'],
  switches: { produceAck: 'append' },
};

/** A leader that comes back keeps what was never committed. */
export const keptTail: Scenario = {
  ...SMALL,
  name: 'kept-tail',
  producers: [
    {
      id: 'web',
      topic: 'orders',
      sends: [
        { at: '8s', partition: 0, records: 1 },
        { at: '10500ms', partition: 0, records: 2 },
      ],
      config: { acks: 'all', 'request.timeout.ms': 1000, 'delivery.timeout.ms': 1500 },
    },
    {
      id: 'app',
      topic: 'orders',
      sends: [{ at: '16s', partition: 0, records: 1 }],
      config: { acks: 'all' },
    },
  ],
  faults: [
    { at: '10s', hold: { rpc: 'Fetch', from: 'broker 2', to: 'broker 1' }, for: '3s' },
    { at: '10s', hold: { rpc: 'Fetch', from: 'broker 3', to: 'broker 1' }, for: '3s' },
    { at: '11s', crash: 'broker 1', for: '8s' },
  ],
  switches: { truncation: 'off' },
};

/** The high watermark moves with a majority of the ISR, and the member that was left out is elected. */
export const majorityWatermark: Scenario = {
  ...SMALL,
  name: 'majority-watermark',
  topics: [{ name: 'orders', replicas: [[1, 3, 2]] }],
  producers: [
    {
      id: 'web',
      topic: 'orders',
      sends: [{ at: '10500ms', partition: 0, records: 2 }],
      config: { acks: 'all' },
    },
  ],
  faults: [
    { at: '10s', hold: { rpc: 'Fetch', from: 'broker 3', to: 'broker 1' }, for: '5s' },
    { at: '11s', 'power-loss': 'broker 1', for: '10s' },
  ],
  invariants: ['I1'],
  switches: { hwQuorum: 'majority' },
};
