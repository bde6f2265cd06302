import { describe, expect, it } from 'vitest';

import { ZkTransaction, type ZkChange } from '../../model/index.js';
import { chrootOf, transactionBelow } from './chroot-view.js';

describe('chrootOf', () => {
  it.each([
    ['/brokers/ids/1', ''],
    ['/a/brokers/ids/1', '/a'],
    ['/a', '/a'],
    ['/a/b/controller', '/a/b'],
    ['/a/bc', '/a'],
    ['/abc', ''],
  ])('%s belongs to "%s"', (path, chroot) => {
    expect(chrootOf(['', '/a', '/a/b'], path)).toBe(chroot);
    expect(chrootOf(['/a/b', '/a', ''], path)).toBe(chroot);
  });

  it('of a path outside of all there is none', () => {
    expect(chrootOf(['/a', '/b'], '/c/controller')).toBeNull();
  });
});

describe('transactionBelow', () => {
  const remove = (path: string): ZkChange => ({ type: 'delete', path, wasEphemeral: true });
  const ends: ZkChange = { type: 'closeSession', session: 5 };
  const transaction = new ZkTransaction(7, 5, [
    remove('/controller'),
    remove('/a/controller'),
    remove('/a/b/brokers/ids/1'),
    ends,
  ]);

  it('has the cluster’s own znodes under its own paths, and the sessions of all', () => {
    const below = (chroot: string): ZkTransaction =>
      transactionBelow(chroot, ['', '/a', '/a/b'], transaction);
    expect(below('').changes).toEqual([remove('/controller'), ends]);
    expect(below('/a').changes).toEqual([remove('/controller'), ends]);
    expect(below('/a/b').changes).toEqual([remove('/brokers/ids/1'), ends]);
    expect([below('/a').zxid, below('/a').session]).toEqual([7, 5]);
  });
});
