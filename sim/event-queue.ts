/**
 * The queue of pending events: what the kernel asks of it, and what its two implementations share.
 *
 * `createTimingWheel` (timing-wheel.ts) is the one that runs use. `createHeapQueue` (heap-queue.ts)
 * is a second, simpler one with the same behaviour, which tests hold against the wheel.
 *
 * Events come out in the order (timeUs, tie, sequence of push). An event is plain data: a host, an
 * opcode, a small integer and at most one reference. Neither queue allocates between growths of
 * its buffers.
 */

/**
 * Names one pending event: the index of its node and the node's generation, packed into one safe
 * integer. A node changes its generation when its event is popped or cancelled, so a handle that
 * was kept for too long is recognised as stale (until the node has been used 2^30 times more).
 */
export type EventHandle = number;

/** The handle of no event: never pending, cancelling it does nothing. */
export const NO_EVENT: EventHandle = -1;

/** Called by {@link EventQueue.forEach} for one pending event. */
export type EventVisitor = (
  timeUs: number,
  host: number,
  opcode: number,
  arg: number,
  payload: unknown,
  handle: EventHandle,
) => void;

/** A priority queue of events, whose state is plain data and can be forked. */
export interface EventQueue {
  /** How many events are pending. */
  readonly size: number;

  /** Time of the last popped event, microseconds since the run's start. 0 before the first. */
  timeUs: number;
  /** Tie of the last popped event. */
  tie: number;
  /** Host of the last popped event. */
  host: number;
  /** Opcode of the last popped event. */
  opcode: number;
  /** Argument of the last popped event. */
  arg: number;
  /** Payload of the last popped event. It is referenced from here until the next pop. */
  payload: unknown;

  /**
   * Adds an event.
   *
   * `timeUs` is an integer no less than the time of the last popped event, at most 2^53 - 1.
   * `tie` is a uint32 that orders events of the same instant; `host`, `opcode` and `arg` are int32.
   * Throws a RangeError on a time in the past or one that is not such an integer.
   */
  push(
    timeUs: number,
    tie: number,
    host: number,
    opcode: number,
    arg: number,
    payload: unknown,
  ): EventHandle;

  /** Adds an event that nobody will cancel: as `push`, without the cost of a handle. */
  post(
    timeUs: number,
    tie: number,
    host: number,
    opcode: number,
    arg: number,
    payload: unknown,
  ): void;

  /** Takes a pending event out. False if it has been popped or cancelled already. */
  cancel(handle: EventHandle): boolean;

  /** Whether the event is still pending. */
  isPending(handle: EventHandle): boolean;

  /** Time of the next event if that is at most `limitUs`, else -1. Changes nothing observable. */
  peekTime(limitUs: number): number;

  /**
   * Takes the next event out and puts it into the fields above. False, with the fields untouched,
   * if there is none up to and including `limitUs`; events may then still be pushed at any time
   * from that of the last popped event on.
   */
  pop(limitUs: number): boolean;

  /** The handle that the last popped event had. To be asked right after `pop`, before any push or cancel. */
  poppedHandle(): EventHandle;

  /**
   * A copy that goes on independently and identically. Handles from before the fork name the same
   * events in both. References in payloads are shared. Costs what the most events ever pending
   * at once cost to copy, plus some 15 kB for the wheel's slots.
   */
  fork(): EventQueue;

  /**
   * Visits every pending event, in an order that depends on the history of the queue alone and is
   * otherwise unspecified. The visitor may cancel any event; it must not push or pop.
   */
  forEach(visit: EventVisitor): void;
}

/** How many events can be pending at once: the node's share of a handle is 22 bits. */
export const MAX_PENDING_EVENTS = 4_194_304;

/** Mask of a generation, which has the other 31 bits of a handle. It is odd while pending. */
export const GENERATION_MASK = 0x7fff_ffff;

/** Packs a node and its generation into a handle. */
export function packHandle(node: number, generation: number): EventHandle {
  return generation * MAX_PENDING_EVENTS + node;
}

/** The node that a handle names. */
export function handleNode(handle: EventHandle): number {
  return handle & (MAX_PENDING_EVENTS - 1);
}

/** The generation of the node that a handle names. */
export function handleGeneration(handle: EventHandle): number {
  return (handle / MAX_PENDING_EVENTS) | 0;
}

/** Fails the push of an event that is in the past, or whose time is no integer of microseconds. */
export function rejectTime(timeUs: number, nowUs: number): never {
  throw new RangeError(
    `event at ${String(timeUs)}us: expected an integer from ${String(nowUs)} (now) to 2^53 - 1`,
  );
}

/** Fails the push that would exceed {@link MAX_PENDING_EVENTS}. */
export function rejectGrowth(): never {
  throw new RangeError(`more than ${String(MAX_PENDING_EVENTS)} events pending`);
}
