/**
 * The memory of the timing wheel: one buffer of 32-bit words, which a fork copies whole.
 *
 *     bitmap of slots | list heads, 2 words a slot | nodes, 10 words each, as many as needed
 *
 * A node is an event, or free. List heads and nodes are named by the index of their first word, and
 * both begin with the links of a circular list: next, previous. So linking and unlinking need no
 * special case at the ends, and no number has to be scaled on the way from link to link.
 *
 * This half knows what an event is, how it gets a handle and how its node is used again. Where
 * events are kept, and in which order they come out, is the other half: timing-wheel.ts.
 */

import type { EventHandle, EventVisitor } from './event-queue.js';
import { GENERATION_MASK as GENERATIONS, MAX_PENDING_EVENTS, rejectGrowth } from './event-queue.js';

// The hot path uses constants of its own file only: engines fold those into the code, while each
// use of an imported one is a load and a check. Hence such copies, here and in timing-wheel.ts.
const MAX_NODES = MAX_PENDING_EVENTS;
const GENERATION_MASK = GENERATIONS;

/** Seven levels of 256 slots. */
const SLOTS = 7 * 256;
/** The list heads: from here on two words for each slot. Before them is room for the bitmap. */
const HEADS = 64;
/** The nodes: from here on 10 words for each. */
const NODES = HEADS + 2 * SLOTS;
const NODE_WORDS = 10;
const INITIAL_NODES = 64;

/** The words of a node. A free one has only a generation, and the next free one in its first. */
const NEXT = 0;
const PREVIOUS = 1;
/** The time in microseconds, as two 32-bit words. */
const LOW = 2;
const HIGH = 3;
/** Odd while the event is pending. */
const GENERATION = 4;
const TIE = 5;
const HOST = 6;
const OPCODE = 7;
const ARG = 8;
/** 1 if the payload is not null, else 0: most are null, and looking would cost a cache miss. */
const HAS_PAYLOAD = 9;

const TWO_TO_32 = 4_294_967_296;

/** Where things are in the words. */
export const layout = { SLOTS, HEADS, NODES, NEXT, PREVIOUS, LOW, HIGH, TIE } as const;

/** The events of a timing wheel, pending and last popped. */
export abstract class EventNodes {
  size = 0;
  timeUs = 0;
  tie = 0;
  host = 0;
  opcode = 0;
  arg = 0;
  payload: unknown = null;

  /** The first of the free nodes, or 0. */
  private freeNode = 0;
  /** Where the nodes that were never used begin. */
  private unusedNode = NODES;
  private payloads: unknown[] = [];
  /** Bitmap, list heads and nodes. */
  protected words: Int32Array;

  /** Begins with no nodes, or with those of another, both having the same past from here on. */
  protected constructor(original: EventNodes | null) {
    if (original === null) {
      this.words = new Int32Array(NODES + INITIAL_NODES * NODE_WORDS);
      for (let node = 0; node < INITIAL_NODES; node++) this.payloads.push(null);
      return;
    }
    this.size = original.size;
    this.timeUs = original.timeUs;
    this.tie = original.tie;
    this.host = original.host;
    this.opcode = original.opcode;
    this.arg = original.arg;
    this.payload = original.payload;
    this.freeNode = original.freeNode;
    this.unusedNode = original.unusedNode;
    this.payloads = original.payloads.slice();
    this.words = original.words.slice();
  }

  isPending(handle: EventHandle): boolean {
    const generation = (handle / MAX_NODES) | 0;
    const node = this.nodeOf(handle);
    return (
      (generation & 1) !== 0 &&
      node < this.unusedNode &&
      this.words[node + GENERATION] === generation
    );
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

  /** Takes a free node and makes it an event, in no list yet. */
  protected create(
    low: number,
    high: number,
    tie: number,
    host: number,
    opcode: number,
    arg: number,
    payload: unknown,
  ): number {
    let node = this.freeNode;
    if (node === 0) node = this.newNode();
    const words = this.words;
    this.freeNode = words[node]!;
    words[node + LOW] = low;
    words[node + HIGH] = high;
    words[node + GENERATION] = (words[node + GENERATION]! + 1) & GENERATION_MASK;
    // `| 0` tells the engine that an integer is all there is to convert.
    words[node + TIE] = tie | 0;
    words[node + HOST] = host | 0;
    words[node + OPCODE] = opcode | 0;
    words[node + ARG] = arg | 0;
    if (payload !== null) {
      words[node + HAS_PAYLOAD] = 1;
      this.payloads[indexOf(node)] = payload;
    }
    this.size = (this.size + 1) | 0;
    return node;
  }

  /** Makes an event that is in no list any more the last popped one. */
  protected deliver(node: number): void {
    const words = this.words;
    this.timeUs = this.timeOf(node);
    this.tie = words[node + TIE]! >>> 0;
    this.host = words[node + HOST]!;
    this.opcode = words[node + OPCODE]!;
    this.arg = words[node + ARG]!;
    this.payload = words[node + HAS_PAYLOAD] === 0 ? null : this.payloads[indexOf(node)];
    this.release(node);
  }

  /** Frees the node of an event that is in no list any more. */
  protected release(node: number): void {
    const words = this.words;
    words[node] = this.freeNode;
    words[node + GENERATION] = (words[node + GENERATION]! + 1) & GENERATION_MASK;
    if (words[node + HAS_PAYLOAD] !== 0) {
      words[node + HAS_PAYLOAD] = 0;
      this.payloads[indexOf(node)] = null;
    }
    this.freeNode = node;
    this.size = (this.size - 1) | 0;
  }

  protected timeOf(node: number): number {
    return this.words[node + HIGH]! * TWO_TO_32 + (this.words[node + LOW]! >>> 0);
  }

  /** The node freed last is at the front of the free list, one generation on. */
  poppedHandle(): EventHandle {
    const generation = (this.words[this.freeNode + GENERATION]! - 1) & GENERATION_MASK;
    return generation * MAX_NODES + indexOf(this.freeNode);
  }

  protected handleOf(node: number): EventHandle {
    return this.words[node + GENERATION]! * MAX_NODES + indexOf(node);
  }

  /** The node of a handle that is pending. */
  protected nodeOf(handle: EventHandle): number {
    return NODES + Math.imul(handle & (MAX_NODES - 1), NODE_WORDS);
  }

  private newNode(): number {
    if (this.unusedNode === this.words.length) this.grow();
    this.unusedNode += NODE_WORDS;
    return this.unusedNode - NODE_WORDS;
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
