import { describe, expect, it } from 'vitest';

import { readTarget, splitPartition } from './targets.js';

describe('readTarget', () => {
  it.each([
    ['broker 1', { kind: 'broker', id: 1 }],
    ['  random   broker ', { kind: 'random-broker' }],
    ['all brokers', { kind: 'all-brokers' }],
    ['controller', { kind: 'active-controller' }],
    ['controller 2', { kind: 'controller', voter: 2 }],
    ['all controllers', { kind: 'all-controllers' }],
    ['leader of orders-0', { kind: 'leader', topic: 'orders', partition: 0 }],
    ['follower of a-b.c-12', { kind: 'follower', topic: 'a-b.c', partition: 12 }],
    ['producer web', { kind: 'producer', id: 'web' }],
    ['consumer reader-1', { kind: 'consumer', id: 'reader-1' }],
    ['member 1 of billing', { kind: 'member', number: 1, group: 'billing' }],
    ['rack a', { kind: 'rack', name: 'a' }],
  ])('%s', (text, target) => {
    expect(readTarget(text)).toEqual({ ok: true, target });
  });

  it.each([
    ['brokr 1', 'unknown target "brokr 1" (did you mean "broker 1"?)'],
    [
      'leeder of orders-0',
      'unknown target "leeder of orders-0" (did you mean "leader of orders-0"?)',
    ],
    ['leader of orders', '"leader of orders" names no partition: write "leader of orders-0"'],
    ['broker one', '"broker one" needs a number: write "broker 1"'],
    [1, '1 is not a target (did you mean "broker 1"?)'],
    [null, 'null is not a target'],
    ['zookeeper a', '"zookeeper a" needs a number: write "zookeeper 1"'],
    [
      'coordinator of billing',
      'target "coordinator of billing" is not modelled yet: this release has no group coordinator',
    ],
    [
      'member one of billing',
      '"member one of billing" is not a member: write "member 1 of <group>"',
    ],
    [
      'everything',
      'unknown target "everything"; targets look like "broker 1", "random broker", "all brokers", "controller", "controller 2", "all controllers", "zookeeper 1", "all zookeepers", "leader of topic-0", "follower of topic-0", "producer id", "consumer id", "member 1 of group", "rack name", "broker 1 of neighbour", "all brokers of neighbour", "controller of neighbour"',
    ],
  ])('%j is refused', (raw, reason) => {
    expect(readTarget(raw)).toEqual({ ok: false, reason });
  });
});

describe('splitPartition', () => {
  it('cuts at the last hyphen', () => {
    expect(splitPartition('a-1-2')).toEqual({ topic: 'a-1', partition: 2 });
    expect(splitPartition('orders')).toBeNull();
    expect(splitPartition('-0')).toBeNull();
  });
});
