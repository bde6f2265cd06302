import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { EventHandle, EventQueue } from './event-queue.js';
import { NO_EVENT } from './event-queue.js';
import { createHeapQueue } from './heap-queue.js';
import { createTimingWheel } from './timing-wheel.js';

const FAR = Number.MAX_SAFE_INTEGER;

/** Random histories for each run of the tests; tens of thousands were run when this was written. */
const RUNS = 200;

const implementations = [
  { name: 'timing wheel', create: createTimingWheel },
  { name: 'heap queue', create: createHeapQueue },
] as const;

/** What can be seen of an event once it is popped. */
interface Popped {
  readonly timeUs: number;
  readonly tie: number;
  readonly host: number;
  readonly opcode: number;
  readonly arg: number;
  readonly payload: unknown;
}

function lastPopped(queue: EventQueue): Popped {
  const { timeUs, tie, host, opcode, arg, payload } = queue;
  return { timeUs, tie, host, opcode, arg, payload };
}

function drain(queue: EventQueue, limitUs = FAR): Popped[] {
  const popped: Popped[] = [];
  while (queue.pop(limitUs)) popped.push(lastPopped(queue));
  return popped;
}

/** The order of the pops, by the argument that was given at the push. */
function drainArgs(queue: EventQueue, limitUs = FAR): number[] {
  return drain(queue, limitUs).map((event) => event.arg);
}

function pushAt(queue: EventQueue, timeUs: number, arg = 0, tie = 0): EventHandle {
  return queue.push(timeUs, tie, 0, 0, arg, null);
}

describe.each(implementations)('event queue: $name', ({ create }) => {
  it('pops what was pushed, field by field, and nothing more', () => {
    const queue = create();
    const payload = { kind: 'FetchRequest' };
    queue.push(1_500, 4_294_967_295, -7, 12, -2_147_483_648, payload);

    expect(queue.size).toBe(1);
    expect(queue.pop(FAR)).toBe(true);
    expect(lastPopped(queue)).toEqual({
      timeUs: 1_500,
      tie: 4_294_967_295,
      host: -7,
      opcode: 12,
      arg: -2_147_483_648,
      payload,
    });
    expect(queue.size).toBe(0);
    expect(queue.pop(FAR)).toBe(false);
    expect(queue.peekTime(FAR)).toBe(-1);
  });

  it('orders by time, then tie, then sequence of push', () => {
    const queue = create();
    pushAt(queue, 300, 0);
    pushAt(queue, 200, 1, 9);
    pushAt(queue, 200, 2, 4_000_000_000);
    pushAt(queue, 200, 3, 9);
    pushAt(queue, 200, 4, 0);
    pushAt(queue, 100, 5, 77);

    expect(drainArgs(queue)).toEqual([5, 4, 1, 3, 2, 0]);
  });

  it('keeps the sequence of pushes of one instant, from however far away they were pushed', () => {
    const queue = create();
    const target = 1_000_000_000_000;
    let arg = 0;
    const steps = [0, 1, 900_000_000_000, 999_999_000_000, 999_999_990_000, target - 3];
    for (const at of steps) {
      if (at > 0) {
        pushAt(queue, at, -1);
        while (queue.timeUs < at) queue.pop(at);
      }
      pushAt(queue, target, arg++);
      pushAt(queue, target, arg++);
    }

    const args = drainArgs(queue).filter((popped) => popped >= 0);
    expect(args).toEqual(Array.from({ length: arg }, (_, index) => index));
  });

  it('places events pushed at the current instant among the remaining ones', () => {
    const queue = create();
    pushAt(queue, 50, 0, 10);
    pushAt(queue, 50, 1, 20);
    pushAt(queue, 50, 2, 30);
    expect(queue.pop(50)).toBe(true);
    expect(queue.arg).toBe(0);

    pushAt(queue, 50, 3, 25);
    pushAt(queue, 50, 4, 5);
    pushAt(queue, 50, 5, 20);
    pushAt(queue, 50, 6, 40);

    expect(drainArgs(queue)).toEqual([4, 1, 5, 3, 2, 6]);
  });

  it('opens an instant of 1,000 shuffled ties in order', () => {
    const queue = create();
    const ties = Array.from({ length: 1_000 }, (_, arg) => Math.imul(arg % 700, 0x9e37_79b1) >>> 0);
    ties.forEach((tie, arg) => pushAt(queue, 123_456, arg, tie));

    const expected = ties
      .map((tie, arg) => ({ tie, arg }))
      .sort((left, right) => left.tie - right.tie || left.arg - right.arg);
    expect(drainArgs(queue)).toEqual(expected.map((event) => event.arg));
  });

  it('rejects times that are past, fractional, negative or beyond 2^53 - 1', () => {
    const queue = create();
    pushAt(queue, 5_000_000_000);
    queue.pop(FAR);
    const bad = [4_999_999_999, 0, -1, 5_000_000_000.5, NaN, Infinity, -Infinity, FAR + 1, 1e300];
    for (const timeUs of bad)
      expect(() => pushAt(queue, timeUs), String(timeUs)).toThrow(RangeError);

    expect(queue.size).toBe(0);
    pushAt(queue, 5_000_000_000, 1);
    pushAt(queue, FAR, 2);
    expect(drainArgs(queue)).toEqual([1, 2]);
  });

  it('a look ahead that ends at a limit leaves the time before the limit open', () => {
    for (const farUs of [70, 300, 70_000, 20_000_000, 5_000_000_000, 1_125_899_906_842_624]) {
      const queue = create();
      pushAt(queue, 10, 0);
      queue.pop(FAR);
      pushAt(queue, farUs, 9);
      pushAt(queue, farUs + 1, 10);
      expect(queue.peekTime(farUs - 1)).toBe(-1);
      expect(queue.pop(farUs - 1)).toBe(false);
      expect(queue.peekTime(farUs)).toBe(farUs);
      expect(lastPopped(queue)).toMatchObject({ timeUs: 10, arg: 0 });

      pushAt(queue, farUs - 1, 8);
      expect(queue.peekTime(FAR)).toBe(farUs - 1);
      pushAt(queue, 10, 1);
      pushAt(queue, 11, 2);
      expect(queue.peekTime(FAR)).toBe(10);
      expect(drainArgs(queue, farUs - 1)).toEqual([1, 2, 8]);
      expect(drainArgs(queue)).toEqual([9, 10]);
    }
  });

  it('looks ahead correctly after the earliest event was cancelled, or popped long ago', () => {
    for (const farUs of [300, 70_000, 20_000_000, 5_000_000_000, 1_125_899_906_842_624]) {
      const queue = create();
      const earliest = pushAt(queue, farUs, 0);
      pushAt(queue, farUs + 5, 1);
      pushAt(queue, farUs + 9, 2);
      expect(queue.peekTime(FAR)).toBe(farUs);
      queue.cancel(earliest);
      expect(queue.peekTime(FAR)).toBe(farUs + 5);
      expect(queue.pop(farUs + 4)).toBe(false);
      expect(drainArgs(queue)).toEqual([1, 2]);
    }

    // Times that the wheel keeps in the same slot, one turn of its level after the other.
    for (const turnUs of [65_536, 16_777_216, 4_294_967_296]) {
      const queue = create();
      for (let turn = 0; turn < 4; turn++) {
        const dueUs = turn * turnUs + 2_000;
        pushAt(queue, dueUs, turn);
        const cancelled = pushAt(queue, dueUs + 1, turn);
        expect(queue.peekTime(FAR)).toBe(dueUs);
        queue.cancel(cancelled);
        expect(drainArgs(queue)).toEqual([turn]);
        pushAt(queue, (turn + 1) * turnUs, -1);
        expect(queue.pop(FAR)).toBe(true);
      }
    }
  });

  it('sorts the ties of each instant anew', () => {
    const queue = create();
    for (let turn = 0; turn < 5; turn++) {
      // 256 us apart; the farthest first.
      const dueUs = (5 - turn) * 256;
      [7, 9, 8, 6].forEach((tie, index) => pushAt(queue, dueUs, dueUs + index, tie));
    }
    const expected = [256, 512, 768, 1_024, 1_280].flatMap((dueUs) =>
      [3, 0, 2, 1].map((index) => dueUs + index),
    );
    expect(drainArgs(queue)).toEqual(expected);
  });

  it('cancels an event anywhere, and only once', () => {
    const queue = create();
    const times = [5, 5, 5, 260, 261, 262, 70_000, 70_000, 9_000_000_000];
    const handles = times.map((timeUs, arg) => pushAt(queue, timeUs, arg));
    expect(queue.peekTime(FAR)).toBe(5);
    for (const arg of [1, 0, 2, 4, 7, 8]) {
      expect(queue.isPending(handles[arg]!)).toBe(true);
      expect(queue.cancel(handles[arg]!)).toBe(true);
      expect(queue.isPending(handles[arg]!)).toBe(false);
      expect(queue.cancel(handles[arg]!)).toBe(false);
    }

    expect(queue.size).toBe(3);
    expect(queue.peekTime(FAR)).toBe(260);
    expect(drainArgs(queue)).toEqual([3, 5, 6]);
  });

  it('knows a stale handle although its node is in use again', () => {
    const queue = create();
    const stale: EventHandle[] = [];
    for (let round = 0; round < 1_000; round++) {
      const handle = pushAt(queue, round, round);
      expect(Number.isSafeInteger(handle)).toBe(true);
      stale.push(handle);
      if (round % 2 === 0) queue.pop(FAR);
      else queue.cancel(handle);
    }
    const live = pushAt(queue, 2_000, 1);

    expect(new Set([...stale, live, NO_EVENT]).size).toBe(1_002);
    for (const handle of [...stale, NO_EVENT]) {
      expect(queue.isPending(handle)).toBe(false);
      expect(queue.cancel(handle)).toBe(false);
    }
    expect(queue.isPending(live)).toBe(true);
    expect(queue.size).toBe(1);
  });

  it('a handle that only a fork has issued is not pending in the other', () => {
    const queue = create();
    pushAt(queue, 1);
    queue.pop(FAR);
    const fork = queue.fork();
    const handle = pushAt(fork, 2);

    expect(queue.isPending(handle)).toBe(false);
    expect(queue.cancel(handle)).toBe(false);
    expect(queue.size).toBe(0);
    expect(fork.isPending(handle)).toBe(true);
  });

  it('a fork and its original do not see each other', () => {
    const queue = create();
    const payload = { shared: true };
    pushAt(queue, 10, 0);
    const inBoth = pushAt(queue, 20, 1);
    queue.push(30, 0, 0, 0, 2, payload);
    queue.pop(FAR);
    const fork = queue.fork();
    expect(lastPopped(fork)).toEqual(lastPopped(queue));

    expect(queue.cancel(inBoth)).toBe(true);
    expect(fork.isPending(inBoth)).toBe(true);
    for (let arg = 100; arg < 400; arg++) pushAt(fork, 25, arg);
    expect(drainArgs(queue)).toEqual([2]);
    expect(queue.payload).toBe(payload);

    const rest = drain(fork);
    expect(rest.map((event) => event.arg)).toEqual([
      1,
      ...Array.from({ length: 300 }, (_, index) => 100 + index),
      2,
    ]);
    expect(rest.at(-1)!.payload).toBe(payload);
  });

  it('forEach visits each pending event once, and its visitor may cancel', () => {
    const queue = create();
    for (let arg = 0; arg < 200; arg++) {
      queue.push(1_000 + ((arg * 7_919) % 100_000), 0, arg % 3, 5, arg, `payload ${String(arg)}`);
    }
    for (let count = 0; count < 20; count++) queue.pop(FAR);
    const seen: number[] = [];
    queue.forEach((timeUs, host, opcode, arg, payload, handle) => {
      expect(timeUs).toBe(1_000 + ((arg * 7_919) % 100_000));
      expect([host, opcode, payload]).toEqual([arg % 3, 5, `payload ${String(arg)}`]);
      expect(queue.isPending(handle)).toBe(true);
      seen.push(arg);
      if (host === 1) queue.cancel(handle);
    });

    expect(seen.length).toBe(180);
    expect(new Set(seen).size).toBe(180);
    const remaining = seen.filter((arg) => arg % 3 !== 1);
    expect(queue.size).toBe(remaining.length);
    const byNumber = (left: number, right: number): number => left - right;
    expect(drainArgs(queue).sort(byNumber)).toEqual(remaining.sort(byNumber));
  });

  it('forgets payloads that were popped or cancelled', () => {
    const queue = create();
    const cancelled = queue.push(1, 0, 0, 0, 0, { cancelled: true });
    queue.push(2, 0, 0, 0, 0, { popped: true });
    queue.push(3, 0, 0, 0, 0, null);
    queue.cancel(cancelled);
    queue.pop(FAR);
    queue.pop(FAR);

    const held = Object.values(queue)
      .flat()
      .filter((value) => value !== null && value !== undefined);
    expect(held.filter((value) => !ArrayBuffer.isView(value) && typeof value === 'object')).toEqual(
      [],
    );
  });
});

// The queues against a naive one.

/**
 * The wheel, the heap, and a third queue that is too simple to be wrong: a list in sequence of
 * push, searched through on every pop.
 */
interface World {
  /** What was popped last; its time is now. */
  last: Popped;
  /** The argument of an event is the number of events pushed before it. */
  pushed: number;
  naive: Popped[];
  readonly queues: readonly EventQueue[];
  /** For each queue, by argument. */
  readonly handles: EventHandle[][];
}

type Command =
  | { readonly kind: 'push'; readonly aheadUs: number; readonly tie: number }
  | { readonly kind: 'pushAgain'; readonly pick: number; readonly tie: number }
  | { readonly kind: 'pop'; readonly aheadUs: number; readonly count: number }
  | { readonly kind: 'peek'; readonly aheadUs: number }
  | { readonly kind: 'cancel'; readonly pick: number }
  | { readonly kind: 'cancelNext' }
  | { readonly kind: 'fork' };

const aheadUs = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 6, arbitrary: fc.nat({ max: 5 }) },
  { weight: 4, arbitrary: fc.nat({ max: 700 }) },
  { weight: 4, arbitrary: fc.nat({ max: 200_000 }) },
  { weight: 2, arbitrary: fc.constantFrom(255, 256, 65_535, 65_536, 16_777_216, 4_294_967_296) },
  { weight: 2, arbitrary: fc.nat({ max: 2_147_483_647 }) },
  { weight: 2, arbitrary: fc.maxSafeNat().map((timeUs) => Math.floor(timeUs / 8)) },
);
const tie = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.nat({ max: 3 }) },
  { weight: 1, arbitrary: fc.nat({ max: 4_294_967_295 }) },
);
const pick = fc.nat({ max: 1_000 });

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('push' as const), aheadUs, tie }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('pushAgain' as const), pick, tie }) },
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('pop' as const), aheadUs, count: fc.nat({ max: 6 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('peek' as const), aheadUs }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'cancelNext' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'fork' as const }) },
);

/** As `expect(actual).toBe(expected)`, which is too slow to be called a million times. */
function same(actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) expect(actual).toBe(expected);
}

function pushEverywhere(world: World, timeUs: number, tieOfEvent: number): void {
  if (timeUs > FAR) return;
  const arg = world.pushed++;
  const payload = arg % 3 === 0 ? null : { arg };
  const event: Popped = { timeUs, tie: tieOfEvent, host: arg + 1, opcode: arg + 2, arg, payload };
  world.naive.push(event);
  world.queues.forEach((queue, index) => {
    const handle = queue.push(timeUs, tieOfEvent, event.host, event.opcode, arg, payload);
    world.handles[index]![arg] = handle;
  });
}

function naiveNext(world: World): Popped | undefined {
  let next: Popped | undefined;
  for (const event of world.naive) {
    const isEarlier =
      next === undefined ||
      event.timeUs < next.timeUs ||
      (event.timeUs === next.timeUs && event.tie < next.tie);
    if (isEarlier) next = event;
  }
  return next;
}

function popEverywhere(world: World, limitUs: number): boolean {
  const next = naiveNext(world);
  const due = next !== undefined && next.timeUs <= limitUs;
  if (due) {
    world.naive = world.naive.filter((event) => event !== next);
    world.last = next;
  }
  for (const queue of world.queues) {
    same(queue.pop(limitUs), due);
    same(queue.timeUs, world.last.timeUs);
    same(queue.tie, world.last.tie);
    same(queue.host, world.last.host);
    same(queue.opcode, world.last.opcode);
    same(queue.arg, world.last.arg);
    same(queue.payload, world.last.payload);
  }
  return due;
}

function cancelEverywhere(world: World, arg: number): void {
  const pending = world.naive.some((event) => event.arg === arg);
  world.naive = world.naive.filter((event) => event.arg !== arg);
  world.queues.forEach((queue, index) => {
    const handle = world.handles[index]![arg]!;
    same(queue.isPending(handle), pending);
    same(queue.cancel(handle), pending);
  });
}

function obey(world: World, order: Command): void {
  switch (order.kind) {
    case 'push':
      pushEverywhere(world, world.last.timeUs + order.aheadUs, order.tie);
      return;
    case 'pushAgain': {
      const other = world.naive[order.pick % Math.max(1, world.naive.length)];
      pushEverywhere(world, other?.timeUs ?? world.last.timeUs, order.tie);
      return;
    }
    case 'pop':
      for (let count = 0; count < order.count; count++) {
        if (!popEverywhere(world, world.last.timeUs + order.aheadUs)) return;
      }
      return;
    case 'peek': {
      const limitUs = world.last.timeUs + order.aheadUs;
      const next = naiveNext(world);
      const expected = next !== undefined && next.timeUs <= limitUs ? next.timeUs : -1;
      for (const queue of world.queues) same(queue.peekTime(limitUs), expected);
      return;
    }
    case 'cancel':
      if (world.pushed > 0) cancelEverywhere(world, order.pick % world.pushed);
      return;
    case 'cancelNext': {
      const next = naiveNext(world);
      if (next !== undefined) cancelEverywhere(world, next.arg);
      return;
    }
    case 'fork':
      return; // see runCommands
  }
}

function forkWorld(world: World): World {
  return {
    last: world.last,
    pushed: world.pushed,
    naive: [...world.naive],
    queues: world.queues.map((queue) => queue.fork()),
    handles: world.handles.map((handles) => [...handles]),
  };
}

function checkVisits(world: World): void {
  for (const queue of world.queues) {
    const visited: number[] = [];
    queue.forEach((timeUs, host, opcode, arg, payload, handle) => {
      const event = world.naive.find((pending) => pending.arg === arg);
      same(timeUs, event?.timeUs);
      same(host, event?.host);
      same(opcode, event?.opcode);
      same(payload, event?.payload);
      same(queue.isPending(handle), true);
      visited.push(arg);
    });
    same(visited.length, world.naive.length);
    same(new Set(visited).size, world.naive.length);
  }
}

/**
 * Runs the commands. At each fork the copies obey the rest of the commands first and run dry; the
 * originals then do the same, undisturbed by what the copies did.
 */
function runCommands(world: World, commands: readonly Command[], forksLeft: number): void {
  let forks = forksLeft;
  commands.forEach((order, index) => {
    if (order.kind === 'fork' && forks > 0) {
      forks--;
      runCommands(forkWorld(world), commands.slice(index + 1), 0);
    }
    obey(world, order);
    for (const queue of world.queues) same(queue.size, world.naive.length);
  });
  checkVisits(world);
  while (popEverywhere(world, FAR));
  for (const queue of world.queues) same(queue.size, 0);
}

describe('event queues side by side', () => {
  it('wheel, heap and a naive list agree on every pop, peek and cancel', () => {
    fc.assert(
      fc.property(
        fc.array(command, { maxLength: 120, size: 'max' }),
        fc.oneof(fc.constant(0), fc.maxSafeNat()),
        (commands, startUs) => {
          const queues = [createTimingWheel(), createHeapQueue()];
          const last = lastPopped(queues[0]!);
          const world: World = { last, pushed: 0, naive: [], queues, handles: [[], []] };
          if (startUs > 0) {
            pushEverywhere(world, startUs, 0);
            popEverywhere(world, startUs);
          }
          runCommands(world, commands, 2);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
