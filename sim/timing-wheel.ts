/**
 * A radix timing wheel: the event queue that runs use. Push, pop and cancel take some tens of
 * nanoseconds, however many events are pending and however far away they are.
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
 * lower levels, until the first slot is one microsecond wide or has a single event. No other slot
 * has to be touched: the digits that place its events have not changed. An event moves at most once
 * per level, and in a sparse wheel it rarely moves at all.
 *
 * The wheel only ever moves on the way to an event that it then takes. A look ahead that ends at a
 * limit leaves it where it was, so that events can still be pushed at any time from that of the
 * last popped event on.
 *
 * Order within an instant. A slot is a first-in-first-out list, and dealing out walks it from front
 * to back. Events of one instant are in the same slot at any moment, so they keep the order of
 * their pushes. Before the first of several is taken, their slot is opened: sorted by tie, unless
 * it is in order already. Events pushed into the open slot are inserted where they belong; that is
 * a step back for each event of this instant that has a greater tie and is still to come.
 */

import { EventNodes, layout } from './event-nodes.js';
import type { EventHandle, EventQueue } from './event-queue.js';
import { rejectTime } from './event-queue.js';
import { insertByTie, sortByTie } from './tie-order.js';

const { SLOTS, HEADS, NODES, NEXT, PREVIOUS, LOW, HIGH } = layout;

/** The bitmap begins at word 0: a bit for each slot that is not empty. Then a bit for each word. */
const SUMMARY = SLOTS / 32;
const NO_SLOT = -1;

/** How many microseconds a slot is wide, by level. */
const SLOT_WIDTHS_US = [
  1, 256, 65_536, 16_777_216, 4_294_967_296, 1_099_511_627_776, 281_474_976_710_656,
] as const;

/** The first slot of levels 1 and 4. From level 4 on events differ from now in the high word. */
const LEVEL_1 = 256;
const LEVEL_4 = 1_024;
const TWO_TO_32 = 4_294_967_296;

/** Creates an empty timing wheel at time 0. */
export function createTimingWheel(): EventQueue {
  return new TimingWheel(null);
}

class TimingWheel extends EventNodes implements EventQueue {
  /** Where the wheel stands, in microseconds, as two 32-bit words. */
  private nowLow = 0;
  private nowHigh = 0;
  /** The multiple of 2^32 in it. */
  private eraUs = 0;
  /** The slot of level 0 that was opened last, if it is in order of ties since, else NO_SLOT. */
  private openSlot = NO_SLOT;
  /** The first slot if its earliest event has been searched for, else NO_SLOT. */
  private searchedSlot = NO_SLOT;
  /** If a slot has been searched: the time of its earliest event. */
  private searchedUs = 0;

  constructor(original: TimingWheel | null) {
    super(original);
    if (original === null) {
      for (let slot = 0; slot < SLOTS; slot++) this.clear(slot);
      return;
    }
    this.nowLow = original.nowLow;
    this.nowHigh = original.nowHigh;
    this.eraUs = original.eraUs;
    this.openSlot = original.openSlot;
    this.searchedSlot = original.searchedSlot;
    this.searchedUs = original.searchedUs;
  }

  push(
    timeUs: number,
    tie: number,
    host: number,
    opcode: number,
    arg: number,
    payload: unknown,
  ): EventHandle {
    return this.handleOf(this.add(timeUs, tie, host, opcode, arg, payload));
  }

  post(
    timeUs: number,
    tie: number,
    host: number,
    opcode: number,
    arg: number,
    payload: unknown,
  ): void {
    this.add(timeUs, tie, host, opcode, arg, payload);
  }

  cancel(handle: EventHandle): boolean {
    if (!this.isPending(handle)) return false;
    const node = this.nodeOf(handle);
    if (this.searchedSlot >= 0 && this.timeOf(node) === this.searchedUs) {
      this.searchedSlot = NO_SLOT;
    }
    this.unlink(node);
    this.release(node);
    return true;
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
    const words = this.words;
    let node = words[HEADS + 2 * slot]!;
    if (words[node + NEXT]! >= NODES) {
      node = this.firstOfSeveral(slot, limitUs);
      if (node === 0) return false;
    } else if (this.timeOf(node) > limitUs) {
      return false;
    }
    this.searchedSlot = NO_SLOT;
    this.nowLow = words[node + LOW]!;
    const high = words[node + HIGH]!;
    if (high !== this.nowHigh) this.enterEra(high);
    this.unlink(node);
    this.deliver(node);
    return true;
  }

  fork(): EventQueue {
    return new TimingWheel(this);
  }

  // Where events are kept.

  private add(
    timeUs: number,
    tie: number,
    host: number,
    opcode: number,
    arg: number,
    payload: unknown,
  ): number {
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
    const node = this.create(low, high, tie, host, opcode, arg, payload);
    if (slot === this.openSlot) this.insert(node, slot);
    else this.append(node, slot);
    if (slot <= this.searchedSlot) this.noteEarlier(timeUs, slot);
    return node;
  }

  private enterEra(high: number): void {
    this.nowHigh = high;
    this.eraUs = high * TWO_TO_32;
  }

  /** The slot for events whose time differs from now in the low word at most: levels 0 to 3. */
  private slotInEra(low: number): number {
    const shift = (31 - Math.clz32((low ^ this.nowLow) | 1)) & 24;
    return (shift << 5) | ((low >>> shift) & 255);
  }

  /** The slot for events whose time differs from now in the high word. Rejects other times. */
  private slotBeyondEra(timeUs: number): number {
    const high = (timeUs / TWO_TO_32) | 0;
    if (!Number.isSafeInteger(timeUs) || high <= this.nowHigh) rejectTime(timeUs, this.timeUs);
    const shift = (31 - Math.clz32(high ^ this.nowHigh)) & 24;
    return LEVEL_4 + ((shift << 5) | ((high >>> shift) & 255));
  }

  /** The earliest time for which a slot stands, that being in the future. */
  private startOf(slot: number): number {
    const shift = (slot >> 5) & 24;
    const digit = slot & 255;
    if (slot < LEVEL_4) {
      return this.eraUs + (((((this.nowLow >>> shift) & ~255) | digit) << shift) >>> 0);
    }
    return ((((this.nowHigh >>> shift) & ~255) | digit) << shift) * TWO_TO_32;
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
      if (highSummary === 0) return NO_SLOT;
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
    let node = words[head + NEXT]!;
    let earliestUs = this.timeOf(node);
    if (slot < LEVEL_1) return earliestUs;
    if (slot === this.searchedSlot) return this.searchedUs;
    for (node = words[node + NEXT]!; node !== head; node = words[node + NEXT]!) {
      earliestUs = Math.min(earliestUs, this.timeOf(node));
    }
    this.searchedSlot = slot;
    this.searchedUs = earliestUs;
    return earliestUs;
  }

  private noteEarlier(timeUs: number, slot: number): void {
    if (timeUs >= this.searchedUs) return;
    this.searchedSlot = slot;
    this.searchedUs = timeUs;
  }

  /** The next event, the first slot having several; 0 if it is beyond the limit. */
  private firstOfSeveral(firstSlot: number, limitUs: number): number {
    if (!this.isDue(firstSlot, limitUs)) return 0;
    const words = this.words;
    let slot = firstSlot;
    let node = words[HEADS + 2 * slot]!;
    while (slot >= LEVEL_1 && words[node + NEXT]! >= NODES) {
      this.dealOut(slot);
      slot = this.firstSlot();
      node = words[HEADS + 2 * slot]!;
    }
    if (slot >= LEVEL_1 || slot === this.openSlot) return node;
    sortByTie(words, HEADS + 2 * slot);
    this.openSlot = slot;
    return words[HEADS + 2 * slot]!;
  }

  /**
   * Moves the wheel to the start of a slot, and the slot's events, front to back, to where they
   * belong now.
   *
   * A long list is scattered over memory, and most of the time goes into waiting for the next node.
   * So a second walk goes from back to front until the two meet, for nothing but having two such
   * waits at the same time, which makes it half as long.
   */
  private dealOut(slot: number): void {
    const head = HEADS + 2 * slot;
    const words = this.words;
    let node = words[head + NEXT]!;
    let back = words[head + PREVIOUS]!;
    const startUs = this.startOf(slot);
    this.nowLow = startUs | 0;
    if (slot >= LEVEL_4) this.enterEra((startUs / TWO_TO_32) | 0);
    this.openSlot = NO_SLOT;
    this.clear(slot);
    while (node !== head) {
      const next = words[node + NEXT]!;
      back = back === node || back === next ? head : words[back + PREVIOUS]!;
      const low = words[node + LOW]!;
      const inEra = words[node + HIGH] === this.nowHigh;
      this.append(node, inEra ? this.slotInEra(low) : this.slotBeyondEra(this.timeOf(node)));
      node = next;
    }
  }

  // Lists and bitmap.

  private append(node: number, slot: number): void {
    const words = this.words;
    const head = HEADS + 2 * slot;
    const last = words[head + PREVIOUS]!;
    words[last + NEXT] = node;
    words[node + NEXT] = head;
    words[node + PREVIOUS] = last;
    words[head + PREVIOUS] = node;
    this.setBit(slot);
  }

  /** Puts an event into the open slot. */
  private insert(node: number, slot: number): void {
    insertByTie(this.words, HEADS + 2 * slot, node);
    this.setBit(slot);
  }

  private unlink(node: number): void {
    const words = this.words;
    const next = words[node + NEXT]!;
    const previous = words[node + PREVIOUS]!;
    words[previous + NEXT] = next;
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

  private setBit(slot: number): void {
    const words = this.words;
    const word = slot >> 5;
    words[word]! |= 1 << slot;
    words[SUMMARY + (word >> 5)]! |= 1 << word;
  }

  private clearBit(slot: number): void {
    const words = this.words;
    const word = slot >> 5;
    const bits = words[word]! & ~(1 << slot);
    words[word] = bits;
    if (bits === 0) words[SUMMARY + (word >> 5)]! &= ~(1 << word);
  }
}
