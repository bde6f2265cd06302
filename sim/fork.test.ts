import { describe, expect, it } from 'vitest';

import { Forker, Immutable } from './fork.js';

class Definition extends Immutable {
  constructor(readonly name: string) {
    super();
  }
}

class Opaque {
  value = 1;
}

describe('Forker', () => {
  it('copies plain data deeply and keeps identity', () => {
    const shared = { count: 1 };
    const state = {
      list: [shared, shared],
      map: new Map([['a', shared]]),
      words: new Int32Array([1, 2]),
    };
    const copy = new Forker().clone(state);
    copy.list[0]!.count = 5;
    copy.words[0] = 9;
    expect(state.list[0]!.count).toBe(1);
    expect(state.words[0]).toBe(1);
    expect(copy.list[1]).toBe(copy.list[0]);
    expect(copy.map.get('a')).toBe(copy.list[0]);
  });

  it('copies cycles', () => {
    interface Node {
      next: Node | null;
    }
    const node: Node = { next: null };
    node.next = node;
    const copy = new Forker().clone(node);
    expect(copy).not.toBe(node);
    expect(copy.next).toBe(copy);
  });

  it('shares what is immutable', () => {
    const definition = new Definition('orders');
    expect(new Forker().clone({ definition }).definition).toBe(definition);
  });

  it('refuses functions and objects that it cannot copy', () => {
    expect(() => new Forker().clone({ act: (): number => 1 })).toThrow('function');
    expect(() => new Forker().clone({ opaque: new Opaque() })).toThrow('Opaque');
  });
});
