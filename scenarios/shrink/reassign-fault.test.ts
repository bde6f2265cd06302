/** A reassignment under other names, and as one that was drawn. */
import { describe, expect, it } from 'vitest';

import type { FaultNote } from '../faults/director.js';
import { explicitFault } from './explicit-fault.js';
import { partitionsOf, rewriteFault, without } from './rewrite-targets.js';

const FAULT = { at: '5s', reassign: 'orders-1', to: [4, 2, 3] };

describe('rewriting a reassign', () => {
  it('leaves out a broker that is gone, and numbers the others anew', () => {
    expect(rewriteFault(FAULT, without('broker', 2))).toEqual({ ...FAULT, to: [3, 2] });
    expect(rewriteFault({ ...FAULT, to: [2] }, without('broker', 2))).toBeNull();
    const cancel = { at: '5s', reassign: 'orders-1', to: 'cancel' as const };
    expect(rewriteFault(cancel, without('broker', 2))).toEqual(cancel);
  });

  it('renames the partition, and goes with it', () => {
    const moved = partitionsOf('orders', (partition) => `orders-${partition - 1}`);
    expect(rewriteFault(FAULT, moved)).toEqual({ ...FAULT, reassign: 'orders-0' });
    expect(
      rewriteFault(
        FAULT,
        partitionsOf('orders', () => null),
      ),
    ).toBeNull();
  });
});

describe('writing down a reassign that was drawn', () => {
  it('says where to', () => {
    const action = {
      verb: 'reassign',
      topic: 'orders',
      partition: 1,
      to: [4, 2],
      throttleBytesPerSecond: null,
    } as const;
    const note: FaultNote = {
      fromUs: 5_000_000,
      untilUs: 5_000_000,
      verb: 'reassign',
      text: 'reassign orders-1 to 4, 2',
      hosts: [],
      skipped: false,
      action,
      forUs: null,
      extraUs: 0,
    };
    const names = { nodes: [], voters: [], plane: { zookeepers: [] } };
    expect(explicitFault(note, names)).toEqual({ at: '5s', reassign: 'orders-1', to: [4, 2] });
    const cancelled = { ...note, action: { ...action, to: null } };
    expect(explicitFault(cancelled, names)).toMatchObject({ to: 'cancel' });
    const throttled = { ...note, action: { ...action, throttleBytesPerSecond: 1_500_000 } };
    expect(explicitFault(throttled, names)).toEqual({
      at: '5s',
      reassign: 'orders-1',
      to: [4, 2],
      throttle: '1500000B/s',
    });
  });
});
