import { describe, expect, it } from 'vitest';
import type { BrokerRegistrationChangeRecord, MetadataRecord } from '../metadata/records.js';
import { BrokerImage } from './broker-image.js';

function registration(brokerId: number, brokerEpoch: number): MetadataRecord {
  return {
    type: 'RegisterBroker',
    brokerId,
    incarnationId: 7,
    brokerEpoch,
    rack: null,
    fenced: true,
    inControlledShutdown: false,
  };
}

function change(
  brokerId: number,
  brokerEpoch: number,
  what: Partial<BrokerRegistrationChangeRecord>,
): MetadataRecord {
  return {
    type: 'BrokerRegistrationChange',
    brokerId,
    brokerEpoch,
    fenced: null,
    inControlledShutdown: null,
    ...what,
  };
}

const partition3: MetadataRecord = {
  type: 'Partition',
  partition: 3,
  replicas: [1, 2],
  isr: [1, 2],
  leader: 1,
  leaderEpoch: 0,
  partitionEpoch: 0,
};

const shrink: MetadataRecord = {
  type: 'PartitionChange',
  partition: 3,
  isr: [1],
  leader: null,
  leaderRecoveryState: null,
  eligibleLeaderReplicas: null,
  lastKnownElr: null,
  replicas: null,
  addingReplicas: null,
  removingReplicas: null,
};

describe('BrokerImage', () => {
  it('a broker that never registered is fenced and has no epoch', () => {
    const image = BrokerImage.empty(1);

    expect(image.isFenced(4)).toBe(true);
    expect(image.epochOf(4)).toBe(-1);
    expect(image.isShuttingDown(4)).toBe(false);
  });

  it('a broker has its epoch only while it is unfenced (getAliveBrokerEpoch)', () => {
    const image = BrokerImage.empty(1);
    image.replay(registration(2, 11));
    expect(image.epochOf(2)).toBe(-1);

    image.replay(change(2, 11, { fenced: false }));
    expect(image.epochOf(2)).toBe(11);

    image.replay(change(2, 11, { inControlledShutdown: true }));
    expect(image.isFenced(2)).toBe(false);
    expect(image.isShuttingDown(2)).toBe(true);
  });

  it('refuses a change of what does not exist: another broker epoch, a partition that was never made', () => {
    const image = BrokerImage.empty(1);
    image.replay(registration(2, 11));

    expect(image.replay(change(2, 10, { fenced: false }))).toBe(false);
    expect(image.isFenced(2)).toBe(true);
    expect(image.replay(shrink)).toBe(false);
    expect(image.changed).toEqual([]);
    expect(image.replay(change(2, 11, { fenced: false }))).toBe(true);
  });

  it('a partition that changes twice is published once, at its last state', () => {
    const image = BrokerImage.empty(5);
    image.replay(partition3);
    image.replay(shrink);

    expect(image.changed).toEqual([3]);
    expect(image.partitions[3]).toMatchObject({ isr: [1], leaderEpoch: 0, partitionEpoch: 1 });

    image.clearChanged();
    image.replay(shrink);
    expect(image.changed).toEqual([3]);
  });

  it('a fork goes on by itself', () => {
    const image = BrokerImage.empty(5);
    image.replay(registration(2, 11));
    image.replay(partition3);
    const fork = image.fork();

    image.replay(change(2, 11, { fenced: false }));
    image.replay(shrink);
    image.clearChanged();

    expect(fork.isFenced(2)).toBe(true);
    expect(fork.partitions[3]?.isr).toEqual([1, 2]);
    expect(fork.changed).toEqual([3]);
    fork.replay(shrink);
    expect(fork.changed).toEqual([3]);
  });
});
