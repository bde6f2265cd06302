/**
 * The hold benchmark: what one event costs in the queue alone.
 *
 * The contenders. `bareHeap` is a binary heap of `{ time, seq }` objects ordered by time, then seq,
 * written as well as we could; it carries nothing else, and cannot look anything up. `wheel` is the
 * kernel's queue with all that it does: tie, host, opcode, argument, payload and handle of each
 * event. `heap4` is the 4-ary heap that tests hold against the wheel. The payload is null on all
 * sides. Time is in microseconds.
 *
 * hold: with `pending` events in the queue, one operation pops the earliest and pushes one at its
 * time plus an increment. Increments are exponential with a mean of `pending` x 1,000, so that at
 * all sizes one event in a millisecond is due, as in a small cluster under load.
 *
 * requestTimeouts: timer churn as clients cause it. 64 requests are in flight, each being a reply
 * to come (after an exponential time with a mean of 64 ms) and a timer that fires after 30 s, which
 * is Kafka's request.timeout.ms. One operation pops the next reply, cancels the request's timer in
 * 90 % of cases (the other timers fire in due time, to no effect), and sends the next request.
 *
 * rearming: timer churn with no timer staying for long. 64 timers are armed for an exponential time
 * with a mean of 64 ms. One operation cancels one of them at random in 90 % of cases, else pops the
 * earliest, and arms another instead.
 *
 * In both the bare heap leaves tombstones: it marks a cancelled entry, and throws it away when it
 * comes out. Increments and choices are drawn beforehand. Contenders take turns in short rounds, so
 * that noise of the machine hits all of them; costs are medians over the rounds, ratios are medians
 * of the ratios within a round. Each contender has loops of its own, so that the engine compiles
 * them for one queue only, as it does in a run.
 */

import { fileURLToPath } from 'node:url';

import type { EventHandle } from '../sim/event-queue.js';
import { createHeapQueue } from '../sim/heap-queue.js';
import { createTimingWheel } from '../sim/timing-wheel.js';
import type { Entry } from './bare-heap.js';
import { popEntry, pushEntry } from './bare-heap.js';

/** The cost of one operation. */
export interface HoldFigures {
  readonly model: 'hold' | 'requestTimeouts' | 'rearming';
  readonly pending: number;
  /** Nanoseconds per operation, by contender. */
  readonly nsPerOperation: Readonly<Record<string, number>>;
  /** How many times as fast as the bare heap under the same load the contender is. */
  readonly timesAsFast: Readonly<Record<string, number>>;
}

/** The result of {@link holdBenchmark}: plain data. */
export interface HoldResult {
  /** One hold operation of the bare heap at 64 pending: the unit of the other benchmarks. */
  readonly unitNs: number;
  readonly rounds: number;
  readonly hold: readonly HoldFigures[];
  readonly churn: readonly HoldFigures[];
}

const ROUNDS = 15;
const OPERATIONS_PER_ROUND = 100_000;
const IN_FLIGHT = 64;
const REQUEST_TIMEOUT_US = 30_000_000;

/** Draws are walked in a circle. */
const DRAWS = 65_536;
const DRAW_MASK = DRAWS - 1;

/** Measures the queues. Takes some ten seconds. */
export function holdBenchmark(): HoldResult {
  const hold = [64, 1_000, 100_000].map((pending) => measureHold(pending));
  return {
    unitNs: hold[0]!.nsPerOperation['bareHeap']!,
    rounds: ROUNDS,
    hold,
    churn: [measureRequestTimeouts(), measureRearming()],
  };
}

function measureHold(pending: number): HoldFigures {
  const increments = drawIncrements(pending);
  return measure('hold', pending, {
    bareHeap: holdBareHeap(pending, increments),
    heap4: holdHeap4(pending, increments),
    wheel: holdWheel(pending, increments),
  });
}

/**
 * A way to measure the unit again, in ten milliseconds: one hold operation of the bare heap at 64 pending, in
 * nanoseconds. What it costs depends on the moment, so ratios are taken to the unit of their own moment.
 */
export function createUnitMeter(): () => number {
  const run = holdBareHeap(64, drawIncrements(64));
  run(5 * OPERATIONS_PER_ROUND);
  return () => {
    const startedMs = performance.now();
    run(OPERATIONS_PER_ROUND);
    return ((performance.now() - startedMs) * 1e6) / OPERATIONS_PER_ROUND;
  };
}

function measureRequestTimeouts(): HoldFigures {
  const increments = drawIncrements(IN_FLIGHT);
  const choices = drawChoices(IN_FLIGHT);
  return measure('requestTimeouts', IN_FLIGHT, {
    bareHeap: requestTimeoutsBareHeap(increments, choices),
    wheel: requestTimeoutsWheel(increments, choices),
  });
}

function measureRearming(): HoldFigures {
  const increments = drawIncrements(IN_FLIGHT);
  const choices = drawChoices(IN_FLIGHT);
  return measure('rearming', IN_FLIGHT, {
    bareHeap: rearmingBareHeap(increments, choices),
    wheel: rearmingWheel(increments, choices),
  });
}

/** Does that many operations, going on from where the last call ended. */
type Contender = (operations: number) => void;

function measure(
  model: HoldFigures['model'],
  pending: number,
  contenders: Readonly<Record<string, Contender>>,
): HoldFigures {
  const runs = Object.entries(contenders).map(([name, run]) => ({ name, run, ns: [] as number[] }));
  for (const { run } of runs) run(Math.max(2 * OPERATIONS_PER_ROUND, 3 * pending));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, ns } of runs) {
      const startedMs = performance.now();
      run(OPERATIONS_PER_ROUND);
      ns.push(((performance.now() - startedMs) * 1e6) / OPERATIONS_PER_ROUND);
    }
  }
  const bareNs = runs[0]!.ns;
  const perRun = (figure: (ns: number[]) => number): Record<string, number> =>
    Object.fromEntries(runs.map(({ name, ns }) => [name, Number(figure(ns).toFixed(2))]));
  return {
    model,
    pending,
    nsPerOperation: perRun(median),
    timesAsFast: perRun((ns) => median(ns.map((cost, round) => bareNs[round]! / cost))),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[values.length >> 1]!;
}

// The hold model.

function holdBareHeap(pending: number, increments: Float64Array): Contender {
  const heap: Entry[] = [];
  let draw = 0;
  let seq = 0;
  const push = (now: number): void => {
    pushEntry(heap, { time: now + increments[draw++ & DRAW_MASK]!, seq: seq++ });
  };
  for (let event = 0; event < pending; event++) push(0);
  return (operations) => {
    for (let operation = 0; operation < operations; operation++) push(popEntry(heap).time);
  };
}

function holdHeap4(pending: number, increments: Float64Array): Contender {
  const queue = createHeapQueue();
  let draw = 0;
  const push = (): void => {
    queue.push(queue.timeUs + increments[draw++ & DRAW_MASK]!, 0, 1, 2, 3, null);
  };
  for (let event = 0; event < pending; event++) push();
  return (operations) => {
    for (let operation = 0; operation < operations; operation++) {
      queue.pop(Number.MAX_SAFE_INTEGER);
      push();
    }
  };
}

function holdWheel(pending: number, increments: Float64Array): Contender {
  const queue = createTimingWheel();
  let draw = 0;
  const push = (): void => {
    queue.push(queue.timeUs + increments[draw++ & DRAW_MASK]!, 0, 1, 2, 3, null);
  };
  for (let event = 0; event < pending; event++) push();
  return (operations) => {
    for (let operation = 0; operation < operations; operation++) {
      queue.pop(Number.MAX_SAFE_INTEGER);
      push();
    }
  };
}

// Timer churn. The bare heap has what it must know of an entry in the low bits of its seq, which is
// negative if the entry has been cancelled.

const PLACE_BITS = 7;
const PLACE_MASK = (1 << PLACE_BITS) - 1;
/** Added to the place of a request: this entry is its timer, not its reply. */
const TIMER = IN_FLIGHT;
const CANCELLED = -1;

function requestTimeoutsBareHeap(increments: Float64Array, choices: Int32Array): Contender {
  const heap: Entry[] = [];
  const timers: Entry[] = [];
  let draw = 0;
  let pushes = 0;
  const send = (now: number, place: number): void => {
    const replyAt = now + increments[draw++ & DRAW_MASK]!;
    const timer = { time: now + REQUEST_TIMEOUT_US, seq: (pushes++ << PLACE_BITS) + place + TIMER };
    pushEntry(heap, { time: replyAt, seq: (pushes++ << PLACE_BITS) + place });
    pushEntry(heap, timer);
    timers[place] = timer;
  };
  for (let place = 0; place < IN_FLIGHT; place++) send(0, place);
  return (operations) => {
    for (let operation = 0; operation < operations; operation++) {
      let next = popEntry(heap);
      while (next.seq < 0 || (next.seq & TIMER) !== 0) next = popEntry(heap);
      const place = next.seq & PLACE_MASK;
      if (choices[draw & DRAW_MASK]! >= 0) timers[place]!.seq = CANCELLED;
      send(next.time, place);
    }
  };
}

function requestTimeoutsWheel(increments: Float64Array, choices: Int32Array): Contender {
  const queue = createTimingWheel();
  const timers: EventHandle[] = [];
  let draw = 0;
  const send = (place: number): void => {
    const now = queue.timeUs;
    queue.push(now + increments[draw++ & DRAW_MASK]!, 0, 1, 0, place, null);
    timers[place] = queue.push(now + REQUEST_TIMEOUT_US, 0, 1, TIMER, place, null);
  };
  for (let place = 0; place < IN_FLIGHT; place++) send(place);
  return (operations) => {
    for (let operation = 0; operation < operations; operation++) {
      do queue.pop(Number.MAX_SAFE_INTEGER);
      while (queue.opcode === TIMER);
      const place = queue.arg;
      if (choices[draw & DRAW_MASK]! >= 0) queue.cancel(timers[place]!);
      send(place);
    }
  };
}

function rearmingBareHeap(increments: Float64Array, choices: Int32Array): Contender {
  const heap: Entry[] = [];
  const armed: Entry[] = [];
  let draw = 0;
  let pushes = 0;
  let now = 0;
  const arm = (place: number): void => {
    const time = now + increments[draw++ & DRAW_MASK]!;
    const timer = { time, seq: (pushes++ << PLACE_BITS) + place };
    pushEntry(heap, timer);
    armed[place] = timer;
  };
  for (let place = 0; place < IN_FLIGHT; place++) arm(place);
  return (operations) => {
    for (let operation = 0; operation < operations; operation++) {
      let place = choices[draw & DRAW_MASK]!;
      if (place >= 0) {
        armed[place]!.seq = CANCELLED;
      } else {
        let next = popEntry(heap);
        while (next.seq < 0) next = popEntry(heap);
        now = next.time;
        place = next.seq & PLACE_MASK;
      }
      arm(place);
    }
  };
}

function rearmingWheel(increments: Float64Array, choices: Int32Array): Contender {
  const queue = createTimingWheel();
  const armed: EventHandle[] = [];
  let draw = 0;
  const arm = (place: number): void => {
    const timeUs = queue.timeUs + increments[draw++ & DRAW_MASK]!;
    armed[place] = queue.push(timeUs, 0, 1, TIMER, place, null);
  };
  for (let place = 0; place < IN_FLIGHT; place++) arm(place);
  return (operations) => {
    for (let operation = 0; operation < operations; operation++) {
      let place = choices[draw & DRAW_MASK]!;
      if (place >= 0) {
        queue.cancel(armed[place]!);
      } else {
        queue.pop(Number.MAX_SAFE_INTEGER);
        place = queue.arg;
      }
      arm(place);
    }
  };
}

// Draws.

function drawIncrements(pending: number): Float64Array {
  const random = createRandom(pending);
  const mean = 1_000 * pending;
  return Float64Array.from({ length: DRAWS }, () => Math.ceil(-Math.log(1 - random()) * mean));
}

/** Of nine in ten draws one of the places; of the tenth, -1. */
function drawChoices(places: number): Int32Array {
  const random = createRandom(places + 1);
  return Int32Array.from({ length: DRAWS }, () =>
    random() < 0.9 ? Math.floor(random() * places) : -1,
  );
}

/** Uniform in [0, 1), the same in every run: xorshift32, plenty for a benchmark. */
function createRandom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e37_79b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(holdBenchmark(), null, 2));
}
