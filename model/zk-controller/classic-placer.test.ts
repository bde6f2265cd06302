import { describe, expect, it } from 'vitest';
import { RandomStreams, type RandomStream } from '../../sim/index.js';
import { assignReplicasToBrokers, type PlaceableBroker } from './classic-placer.js';

/** Draws the numbers given, in turn. */
function drawing(...numbers: number[]): RandomStream {
  return { below: () => numbers.shift()! } as unknown as RandomStream;
}

function brokers(...racks: readonly (string | null)[]): PlaceableBroker[] {
  return racks.map((rack, id) => ({ id, rack }));
}

describe('replicas without racks', () => {
  // The example in AdminUtils: 5 brokers, 10 partitions, 3 replicas, from broker 0 and with no shift.
  it('go round the brokers, at a distance that grows with each round', () => {
    const placed = assignReplicasToBrokers(
      brokers(null, null, null, null, null),
      10,
      3,
      drawing(0, 0),
    );
    expect(placed).toEqual([
      [0, 1, 2],
      [1, 2, 3],
      [2, 3, 4],
      [3, 4, 0],
      [4, 0, 1],
      [0, 2, 3],
      [1, 3, 4],
      [2, 4, 0],
      [3, 0, 1],
      [4, 1, 2],
    ]);
  });

  it('begin where is drawn', () => {
    const placed = assignReplicasToBrokers(brokers(null, null, null), 2, 2, drawing(2, 1));
    expect(placed).toEqual([
      [2, 1],
      [0, 2],
    ]);
  });

  it('count as such where one broker has no rack', () => {
    const placed = assignReplicasToBrokers(brokers('a', 'a', 'b', null), 1, 3, drawing(0, 0));
    expect(placed).toEqual([[0, 1, 2]]);
  });

  it('are refused where there are fewer brokers', () => {
    expect(assignReplicasToBrokers(brokers(null, null), 1, 3, drawing(0, 0))).toBeNull();
    expect(assignReplicasToBrokers([], 1, 1, drawing())).toBeNull();
  });
});

describe('replicas with racks', () => {
  // The example in AdminUtils: racks of 0 to 5 are 1, 3, 3, 2, 2, 1, so that the order is 0, 3, 1, 5, 4, 2.
  const six = brokers('rack1', 'rack3', 'rack3', 'rack2', 'rack2', 'rack1');

  it('go round the brokers in an order that goes round the racks', () => {
    const placed = assignReplicasToBrokers(six, 6, 3, drawing(0, 0));
    expect(placed).toEqual([
      [0, 3, 1],
      [3, 1, 5],
      [1, 5, 4],
      [5, 4, 2],
      [4, 2, 0],
      [2, 0, 3],
    ]);
  });

  it.each([2, 3, 4, 6])('share a rack only where there is no other left: %i replicas', (factor) => {
    const stream = new RandomStreams('placer').stream('placement');
    for (let run = 0; run < 20; run++) {
      for (const replicas of assignReplicasToBrokers(six, 24, factor, stream)!) {
        expect(new Set(replicas).size).toBe(factor);
        const racks = new Set(replicas.map((id) => six[id]!.rack));
        expect(racks.size).toBe(Math.min(factor, 3));
      }
    }
  });
});
