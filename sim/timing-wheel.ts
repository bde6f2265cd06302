/**
 * A radix timing wheel: the event queue that runs use. Push, pop and cancel cost a few nanoseconds,
 * whatever the number of pending events.
 *
 * The wheel stands at `now`, at or before every pending event. Read as seven base-256 digits, the
 * highest digit in which an event's time differs from `now` says where the event is kept: in the
 * slot (level of that digit, its value). Level 0 has one slot for each microsecond near `now`; the
 * events of this very instant are there too.
 *
 *     now            00 00 00 00 07 3a c4
 *     pushed at      00 00 00 00 07 3a d1   differs in digit 0   level 0, slot d1
 *                    00 00 00 00 07 52 00   differs in digit 1   level 1, slot 52
 *                    00 00 00 02 07 3a c4   differs in digit 3   level 3, slot 02
 *
 *     level 0   [....................................d1......]   one microsecond a slot
 *     level 1   [................52..........................]   256 us
 *     level 2   [............................................]   65 ms
 *     level 3   [..02........................................]   16.8 s, and so on up to level 6
 *
 * All of level 0 comes before all of level 1, and so on, and within a level the slots are in order
 * of time. So the next event is in the first slot that is not empty, which a bitmap over all 1,792
 * slots finds in two steps, however long the gap. If it is alone there, it is taken, and the wheel
 * moves to its time. If not, the wheel moves to the start of that slot and deals its events out to
 * lower levels, until the first slot is one microsecond wide. No other slot has to be touched: the
 * digits that place its events have not changed. An event moves at most once per level, and in a
 * sparse wheel it rarely moves at all.
 *
 * The wheel only ever moves on the way to an event that it then takes. A look ahead that ends at a
 * limit leaves it where it was, so that events can still be pushed at any time from that of the
 * last popped event on.
 *
 * Order within an instant. A slot is a first-in-first-out list, and dealing out walks it from front
 * to back. Events of one instant are in the same slot at any moment, so they keep the order of
 * their pushes. Before the first of several is taken, the slot is opened: sorted by tie (stably, so
 * that the sequence of pushes decides among equals), unless it is in order already. Events pushed
 * into the open slot are inserted where they belong.
 *
 * Memory. Everything but the payloads is in one buffer of 32-bit words, which a fork copies whole:
 *
 *     bitmap of slots | summary of the bitmap | list heads, 2 words a slot | nodes, 10 words each
 *
 * List heads and nodes are named by the index of their first word, and both begin with the links of
 * a circular list: next, previous. So linking and unlinking need no special case at the ends.
 */

import type { EventHandle, EventQueue, EventVisitor } from './event-queue.js';
import { rejectGrowth, rejectTime } from './event-queue.js';

// All constants of the hot path are this file's own: engines fold those into the code, while each
// use of an imported one is a load and a check.

const LEVELS = 7;
const SLOTS = LEVELS * 256;
const NO_SLOT = -1;

/** A bit for each slot that is not empty, then a bit for each of those words that is not 0. */
const SUMMARY = SLOTS / 32;
/** The list heads: from here on two words for each slot. */
const HEADS = 64;
/** The nodes: from here on 10 words for each. */
const NODES = HEADS + 2 * SLOTS;
const NODE_WORDS = 10;
const INITIAL_NODES = 64;

/** The words of a node. A free node has only a generation, and the next free one in its first. */
const NEXT = 0;
const PREVIOUS = 1;
/** The time in microseconds, as two 32-bit words. */
const LOW = 2;
const HIGH = 3;
const GENERATION = 4;
const TIE = 5;
const HOST = 6;
const OPCODE = 7;
const ARG = 8;
/** 1 if the event has a payload other than null, else 0: most have none, and asking costs a miss. */
const HAS_PAYLOAD = 9;

/** How many microseconds a slot is wide, by level. */
const SLOT_WIDTHS_US = [
  1, 256, 65_536, 16_777_216, 4_294_967_296, 1_099_511_627_776, 281_474_976_710_656,
] as const;

const TWO_TO_32 = 4_294_967_296;

/** A handle is the index of a node plus this many times its generation. */
const MAX_NODES = 4_194_304;
const GENERATION_MASK = 0x7fff_ffff;

/** Creates an empty timing wheel at time 0. */
export function createTimingWheel(): EventQueue {
  return new TimingWheel(new Int32Array(NODES + INITIAL_NODES * NODE_WORDS), emptyPayloads());
}

class TimingWheel implements EventQueue {
  size = 0;
  timeUs = 0;
  tie = 0;
  host = 0;
  opcode = 0;
  arg = 0;
  payload: unknown = null;

  /** Where the wheel stands, in microseconds, as two 32-bit words. */
  private nowLow = 0;
  private nowHigh = 0;
  /** The multiple of 2^32 in it. */
  private eraUs = 0;
  /** The slot of this very instant if it is open, else NO_SLOT. */
  private openSlot = NO_SLOT;
  /** The first slot if its earliest event has been searched for, else NO_SLOT. */
  private searchedSlot = NO_SLOT;
  /** If a slot has been searched: the time of its earliest event. */
  private searchedUs = 0;
  /** The first of the free nodes, or 0. */
  private freeNode = 0;
  /** Where the nodes that were never used begin. */
  private unusedNode = NODES;
  constructor(
    private words: Int32Array,
    private payloads: unknown[],
  ) {
    if (words[HEADS] === 0) for (let slot = 0; slot < SLOTS; slot++) this.clear(slot);
  }

  push(
    timeUs: number,
    tie: number,
    host: number,
    opcode: number,
    arg: number,
    payload: unknown,
  ): EventHandle {
    // This much can be inlined into callers, which then need not box the time and the handle.
    const offsetUs = timeUs - this.eraUs;
    const low = offsetUs | 0;
    let high = this.nowHigh;
    let slot: number;
    if (low >>> 0 === offsetUs && low >>> 0 >= this.nowLow >>> 0) {
      slot = this.slotInEra(low);
    } else {
      slot = this.slotBeyondEra(timeUs);
      high = (timeUs / TWO_TO_32) | 0;
    }
    const node = this.insert(slot, low, high, tie, host, opcode, arg, payload);
    return this.handleOf(node);
  }

  cancel(handle: EventHandle): boolean {
    if (!this.isPending(handle)) return false;
    this.remove(NODES + Math.imul(handle & (MAX_NODES - 1), NODE_WORDS));
    return true;
  }

  isPending(handle: EventHandle): boolean {
    const generation = (handle / MAX_NODES) | 0;
    const node = NODES + Math.imul(handle & (MAX_NODES - 1), NODE_WORDS);
    return (
      (generation & 1) !== 0 &&
      node < this.unusedNode &&
      this.words[node + GENERATION] === generation
    );
  }

  peekTime(limitUs: number): number {
    const slot = this.firstSlot();
    if (slot < 0) return -1;
    const timeUs = this.earliestIn(slot);
    return timeUs <= limitUs ? timeUs : -1;
  }

  pop(limitUs: number): boolean {
    const slot = this.firstSlot();
    if (slot < 0) return false;
    let node = this.words[HEADS + 2 * slot]!;
    if (this.words[node]! >= NODES) {
      node = this.firstOfSeveral(slot, limitUs);
      if (node === 0) return false;
    } else {
      if (this.timeOf(node) > limitUs) return false;
      this.openSlot = NO_SLOT;
    }
    this.searchedSlot = NO_SLOT;
    this.unlink(node);
    this.deliver(node);
    return true;
  }

  fork(): EventQueue {
    const copy = new TimingWheel(this.words.slice(), this.payloads.slice());
    copy.size = this.size;
    copy.timeUs = this.timeUs;
    copy.tie = this.tie;
    copy.host = this.host;
    copy.opcode = this.opcode;
    copy.arg = this.arg;
    copy.payload = this.payload;
    copy.nowLow = this.nowLow;
    copy.nowHigh = this.nowHigh;
    copy.eraUs = this.eraUs;
    copy.openSlot = this.openSlot;
    copy.searchedSlot = this.searchedSlot;
    copy.searchedUs = this.searchedUs;
    copy.freeNode = this.freeNode;
    copy.unusedNode = this.unusedNode;
    return copy;
  }

  forEach(visit: EventVisitor): void {
    for (let node = NODES; node < this.unusedNode; node += NODE_WORDS) {
      if ((this.words[node + GENERATION]! & 1) === 0) continue;
      visit(
        this.timeOf(node),
        this.words[node + HOST]!,
        this.words[node + OPCODE]!,
        this.words[node + ARG]!,
        this.payloads[indexOf(node)],
        this.handleOf(node),
      );
    }
  }

  // Where events are kept.

  private enterEra(high: number): void {
    this.nowHigh = high;
    this.eraUs = high * TWO_TO_32;
  }

  /** The slot for events whose time differs from now in the low word at most: levels 0 to 3. */
  private slotInEra(low: number): number {
    const shift = (31 - Math.clz32((low ^ this.nowLow) | 1)) & 24;
    return (shift << 5) | ((low >>> shift) & 255);
  }

  /** The slot for events whose time differs from now in the high word: levels 4 to 6. */
  private slotBeyondEra(timeUs: number): number {
    const high = (timeUs / TWO_TO_32) | 0;
    if (!Number.isSafeInteger(timeUs) || high <= this.nowHigh) rejectTime(timeUs, this.timeUs);
    const shift = (31 - Math.clz32(high ^ this.nowHigh)) & 24;
    return 1024 + ((shift << 5) | ((high >>> shift) & 255));
  }

  /** The earliest time for which a slot stands, that being in the future. */
  private startOf(slot: number): number {
    const shift = (slot >> 5) & 24;
    const digit = slot & 255;
    if (slot < 1024) {
      return this.eraUs + (((((this.nowLow >>> shift) & ~255) | digit) << shift) >>> 0);
    }
    const high = this.nowHigh;
    return ((((high >>> shift) & ~255) | digit) << shift) * TWO_TO_32;
  }

  /** The first slot that is not empty, or -1. */
  private firstSlot(): number {
    const words = this.words;
    let word: number;
    const summary = words[SUMMARY]!;
    if (summary !== 0) {
      word = 31 - Math.clz32(summary & -summary);
    } else {
      const highSummary = words[SUMMARY + 1]!;
      if (highSummary === 0) return -1;
      word = 63 - Math.clz32(highSummary & -highSummary);
    }
    const bits = words[word]!;
    return (word << 5) + 31 - Math.clz32(bits & -bits);
  }

  /** Whether the first slot has an event up to this limit. */
  private isDue(slot: number, limitUs: number): boolean {
    const endUs = this.startOf(slot) + SLOT_WIDTHS_US[slot >> 8]!;
    return endUs <= limitUs || this.earliestIn(slot) <= limitUs;
  }

  /** The time of the earliest event in the first slot. */
  private earliestIn(slot: number): number {
    const head = HEADS + 2 * slot;
    const words = this.words;
    let node = words[head]!;
    let earliestUs = this.timeOf(node);
    if (slot < 256) return earliestUs;
    if (slot === this.searchedSlot) return this.searchedUs;
    for (node = words[node]!; node !== head; node = words[node]!) {
      earliestUs = Math.min(earliestUs, this.timeOf(node));
    }
    this.searchedSlot = slot;
    this.searchedUs = earliestUs;
    return earliestUs;
  }

  private noteEarlier(node: number, slot: number): void {
    const timeUs = this.timeOf(node);
    if (timeUs >= this.searchedUs) return;
    this.searchedSlot = slot;
    this.searchedUs = timeUs;
  }

  /**
   * Moves the wheel to the start of a slot, and the slot's events, front to back, to where they
   * belong now.
   *
   * A long list is scattered over memory, and most of the time goes into waiting for the next node.
   * So a second walk goes from back to front until the two meet, for nothing but having two such
   * waits at the same time: that makes it half as long.
   */
  private dealOut(slot: number): void {
    const head = HEADS + 2 * slot;
    const words = this.words;
    let node = words[head]!;
    let back = words[head + PREVIOUS]!;
    const startUs = this.startOf(slot);
    this.nowLow = startUs | 0;
    if (slot >= 1024) this.enterEra((startUs / TWO_TO_32) | 0);
    this.openSlot = NO_SLOT;
    this.clear(slot);
    while (node !== head) {
      const next = words[node]!;
      back = back === node || back === next ? head : words[back + PREVIOUS]!;
      const low = words[node + LOW]!;
      const inEra = words[node + HIGH] === this.nowHigh;
      this.append(node, inEra ? this.slotInEra(low) : this.slotBeyondEra(this.timeOf(node)));
      node = next;
    }
  }

  /** The next event, its slot having several; 0 if it is beyond the limit. */
  private firstOfSeveral(firstSlot: number, limitUs: number): number {
    if (!this.isDue(firstSlot, limitUs)) return 0;
    const words = this.words;
    let slot = firstSlot;
    let node = words[HEADS + 2 * slot]!;
    while (slot >= 256 && words[node]! >= NODES) {
      this.dealOut(slot);
      slot = this.firstSlot();
      node = words[HEADS + 2 * slot]!;
    }
    if (slot >= 256 || slot === this.openSlot) return node;
    this.sortByTie(slot);
    this.openSlot = slot;
    return words[HEADS + 2 * slot]!;
  }

  // Lists.

  private append(node: number, slot: number): void {
    const words = this.words;
    const head = HEADS + 2 * slot;
    const last = words[head + PREVIOUS]!;
    words[last] = node;
    words[node] = head;
    words[node + PREVIOUS] = last;
    words[head + PREVIOUS] = node;
    const word = slot >> 5;
    words[word]! |= 1 << slot;
    words[SUMMARY + (word >> 5)]! |= 1 << word;
  }

  private unlink(node: number): void {
    const words = this.words;
    const next = words[node]!;
    const previous = words[node + PREVIOUS]!;
    words[previous] = next;
    words[next + PREVIOUS] = previous;
    if (next === previous) this.clearBit((next - HEADS) >> 1);
  }

  /** Empties a slot; what becomes of its nodes is up to the caller. */
  private clear(slot: number): void {
    const head = HEADS + 2 * slot;
    this.words[head + NEXT] = head;
    this.words[head + PREVIOUS] = head;
    this.clearBit(slot);
  }

  private clearBit(slot: number): void {
    const words = this.words;
    const word = slot >> 5;
    const bits = words[word]! & ~(1 << slot);
    words[word] = bits;
    if (bits === 0) words[SUMMARY + (word >> 5)]! &= ~(1 << word);
  }

  /** Puts an event into the open slot, behind the last one whose tie is no greater. */
  private insertByTie(node: number, slot: number): void {
    const words = this.words;
    const head = HEADS + 2 * slot;
    this.append(node, slot);
    const tie = this.tieOf(node);
    let previous = words[node + PREVIOUS]!;
    if (previous === head || this.tieOf(previous) <= tie) return;
    this.unlink(node);
    do previous = words[previous + PREVIOUS]!;
    while (previous !== head && this.tieOf(previous) > tie);
    const next = words[previous]!;
    words[node] = next;
    words[node + PREVIOUS] = previous;
    words[previous] = node;
    words[next + PREVIOUS] = node;
  }

  /** Sorts a slot by tie, stably, unless it is in order already. */
  private sortByTie(slot: number): void {
    const words = this.words;
    const head = HEADS + 2 * slot;
    if (this.isInOrder(head)) return;
    for (let runLength = 1; this.mergeRuns(head, runLength); runLength *= 2);
    let previous = head;
    do {
      const node = words[previous]!;
      words[node + PREVIOUS] = previous;
      previous = node;
    } while (previous !== head);
  }

  private isInOrder(head: number): boolean {
    const words = this.words;
    let tie = 0;
    for (let node = words[head]!; node !== head; node = words[node]!) {
      const nextTie = this.tieOf(node);
      if (nextTie < tie) return false;
      tie = nextTie;
    }
    return true;
  }

  /**
   * One pass of a merge sort over the next links of a list: merges its sorted runs of this length
   * in pairs. False if there was only one pair, so that the list is sorted.
   */
  private mergeRuns(head: number, runLength: number): boolean {
    const words = this.words;
    let last = head;
    let right = words[head]!;
    let pairs = 0;
    while (right !== head) {
      pairs++;
      let left = right;
      let leftCount = 0;
      for (; leftCount < runLength && right !== head; leftCount++) right = words[right]!;
      let rightCount = runLength;
      while (leftCount > 0 || (rightCount > 0 && right !== head)) {
        const rightIsOver = rightCount === 0 || right === head;
        if (leftCount > 0 && (rightIsOver || this.tieOf(left) <= this.tieOf(right))) {
          words[last] = left;
          last = left;
          left = words[left]!;
          leftCount--;
        } else {
          words[last] = right;
          last = right;
          right = words[right]!;
          rightCount--;
        }
      }
    }
    words[last] = head;
    return pairs > 1;
  }

  private tieOf(node: number): number {
    return this.words[node + TIE]! >>> 0;
  }

  // Nodes.

  private handleOf(node: number): EventHandle {
    return this.words[node + GENERATION]! * MAX_NODES + indexOf(node);
  }

  private timeOf(node: number): number {
    return this.words[node + HIGH]! * TWO_TO_32 + (this.words[node + LOW]! >>> 0);
  }

  /** Makes an event and puts it into a slot. */
  private insert(
    slot: number,
    low: number,
    high: number,
    tie: number,
    host: number,
    opcode: number,
    arg: number,
    payload: unknown,
  ): number {
    const node = this.allocate();
    const words = this.words;
    words[node + LOW] = low;
    words[node + HIGH] = high;
    words[node + GENERATION] = (words[node + GENERATION]! + 1) & GENERATION_MASK;
    // `| 0` tells the engine that an integer is all there is to convert.
    words[node + TIE] = tie | 0;
    words[node + HOST] = host | 0;
    words[node + OPCODE] = opcode | 0;
    words[node + ARG] = arg | 0;
    if (payload === null) {
      words[node + HAS_PAYLOAD] = 0;
    } else {
      words[node + HAS_PAYLOAD] = 1;
      this.payloads[indexOf(node)] = payload;
    }
    if (slot === this.openSlot) this.insertByTie(node, slot);
    else this.append(node, slot);
    if (slot <= this.searchedSlot) this.noteEarlier(node, slot);
    this.size = (this.size + 1) | 0;
    return node;
  }

  private remove(node: number): void {
    if (this.searchedSlot >= 0 && this.timeOf(node) === this.searchedUs) {
      this.searchedSlot = NO_SLOT;
    }
    this.unlink(node);
    this.release(node);
  }

  private allocate(): number {
    let node = this.freeNode;
    if (node === 0) node = this.newNode();
    this.freeNode = this.words[node]!;
    return node;
  }

  private newNode(): number {
    if (this.unusedNode === this.words.length) this.grow();
    this.unusedNode += NODE_WORDS;
    return this.unusedNode - NODE_WORDS;
  }

  /** Frees the node of an event that is in no list any more. */
  private release(node: number): void {
    const words = this.words;
    words[node] = this.freeNode;
    words[node + GENERATION] = (words[node + GENERATION]! + 1) & GENERATION_MASK;
    this.freeNode = node;
    if (words[node + HAS_PAYLOAD] !== 0) this.payloads[indexOf(node)] = null;
    this.size = (this.size - 1) | 0;
  }

  /** Moves the wheel to an event, which then is the last popped one, and frees its node. */
  private deliver(node: number): void {
    const words = this.words;
    const low = words[node + LOW]!;
    const high = words[node + HIGH]!;
    this.nowLow = low;
    if (high !== this.nowHigh) this.enterEra(high);
    this.timeUs = this.eraUs + (low >>> 0);
    this.tie = words[node + TIE]! >>> 0;
    this.host = words[node + HOST]!;
    this.opcode = words[node + OPCODE]!;
    this.arg = words[node + ARG]!;
    this.payload = words[node + HAS_PAYLOAD] === 0 ? null : this.payloads[indexOf(node)];
    this.release(node);
  }

  private grow(): void {
    const nodes = 2 * this.payloads.length;
    if (nodes > MAX_NODES) rejectGrowth();
    const words = this.words;
    this.words = new Int32Array(NODES + nodes * NODE_WORDS);
    this.words.set(words);
    while (this.payloads.length < nodes) this.payloads.push(null);
  }
}

/** Which of the nodes it is: its place in `payloads` and in handles. */
function indexOf(node: number): number {
  return ((node - NODES) / NODE_WORDS) | 0;
}

function emptyPayloads(): unknown[] {
  return new Array<unknown>(INITIAL_NODES).fill(null);
}
