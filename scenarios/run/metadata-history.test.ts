import { describe, expect, it } from 'vitest';
import { MetadataBatch, type MetadataRecord } from '../../model/index.js';
import { ChunkedList } from '../../sim/index.js';
import { become, createMetadataHistory, follow, indexOfOffset } from './metadata-history.js';

const NO_OP: MetadataRecord = { type: 'NoOp' };

/** Batches of the given lengths, one after the other from an offset on. */
function batches(epoch: number, lengths: readonly number[], from = 0): MetadataBatch[] {
  let offset = from;
  return lengths.map((length) => {
    const records = Array.from({ length }, () => NO_OP);
    const batch = new MetadataBatch(offset, epoch, records);
    offset = batch.nextOffset;
    return batch;
  });
}

function listOf(items: readonly MetadataBatch[]): ChunkedList<MetadataBatch> {
  const list = new ChunkedList<MetadataBatch>();
  for (const item of items) list.push(item);
  return list;
}

describe('follow', () => {
  it('takes each batch once, from whoever commits it first', () => {
    const history = createMetadataHistory();
    const log = batches(1, [1, 3, 2, 1]);

    expect(log.slice(0, 2).map((batch) => follow(history, 1, batch))).toEqual(['new', 'new']);
    expect(log.map((batch) => follow(history, 2, batch))).toEqual(['known', 'known', 'new', 'new']);
    expect(log.slice(2).map((batch) => follow(history, 1, batch))).toEqual(['known', 'known']);
    expect([...history.batches]).toEqual(log);
    expect(history.nextOffset).toBe(7);
  });

  it('a node that starts again may begin anywhere', () => {
    const history = createMetadataHistory();
    const log = batches(1, [1, 3, 2, 1]);
    for (const batch of log) follow(history, 1, batch);

    expect(follow(history, 1, log[1]!)).toBe('known');
    expect(follow(history, 1, log[2]!)).toBe('known');
    expect(follow(history, 3, log[3]!)).toBe('known');
  });

  it('tells a batch that is not the one at its offset', () => {
    const history = createMetadataHistory();
    for (const batch of batches(1, [1, 3, 2])) follow(history, 1, batch);

    expect(follow(history, 2, batches(1, [1])[0]!)).toBe('other');
    expect(follow(history, 2, batches(2, [1], 4)[0]!)).toBe('other');
    expect(follow(history, 2, batches(2, [1], 9)[0]!)).toBe('other');
    expect(history.nextOffset).toBe(6);
  });
});

describe('become', () => {
  it('keeps what both logs share and takes the rest of the other', () => {
    const history = createMetadataHistory();
    const log = batches(1, [1, 3, 2, 1]);
    for (const batch of log) follow(history, 1, batch);
    const other = [...log.slice(0, 2), ...batches(3, [5], 4)];

    expect(become(history, listOf(other))).toBe(4);
    expect([...history.batches]).toEqual(other);
    expect(history.nextOffset).toBe(9);
    expect(become(history, new ChunkedList())).toBe(0);
    expect(history.nextOffset).toBe(0);
  });
});

describe('indexOfOffset', () => {
  it('finds the batch that holds an offset', () => {
    const list = listOf(batches(1, [1, 3, 2]));

    expect([0, 1, 3, 4, 5].map((offset) => indexOfOffset(list, offset))).toEqual([0, 1, 1, 2, 2]);
    expect([-1, 6].map((offset) => indexOfOffset(list, offset))).toEqual([-1, -1]);
  });
});
