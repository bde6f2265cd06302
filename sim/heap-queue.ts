/**
 * An indexed 4-ary heap of events in typed arrays: the event queue's second implementation.
 *
 * It is here to be right rather than fast: the order (timeUs, tie, sequence) is written down in one
 * comparison, and tests hold the timing wheel against it. Each event is a node, whose number never
 * changes while it is pending; `heap` holds the nodes in heap order, `positions` says where in the
 * heap a node is, so that any event can be cancelled in O(log n).
 */

import type { EventHandle, EventQueue, EventVisitor } from './event-queue.js';
import {
  GENERATION_MASK,
  MAX_PENDING_EVENTS,
  handleGeneration,
  handleNode,
  packHandle,
  rejectGrowth,
  rejectTime,
} from './event-queue.js';

const INITIAL_CAPACITY = 64;

/** Creates an empty heap queue at time 0. */
export function createHeapQueue(): EventQueue {
  return new HeapQueue();
}

class HeapQueue implements EventQueue {
  size = 0;
  timeUs = 0;
  tie = 0;
  host = 0;
  opcode = 0;
  arg = 0;
  payload: unknown = null;

  /** Sequence number of the next push. */
  private nextSequence = 0;
  /** Time of the last popped event; unlike `timeUs` nobody else can write it. */
  private nowUs = 0;

  // heap[0 .. size) are the pending nodes in heap order, heap[size .. capacity) the free ones.
  private heap = Int32Array.from({ length: INITIAL_CAPACITY }, (_, node) => node);
  // By node:
  private positions = new Int32Array(INITIAL_CAPACITY);
  private times = new Float64Array(INITIAL_CAPACITY);
  private ties = new Uint32Array(INITIAL_CAPACITY);
  private sequences = new Float64Array(INITIAL_CAPACITY);
  private generations = new Int32Array(INITIAL_CAPACITY);
  private hosts = new Int32Array(INITIAL_CAPACITY);
  private opcodes = new Int32Array(INITIAL_CAPACITY);
  private args = new Int32Array(INITIAL_CAPACITY);
  private payloads: unknown[] = new Array<unknown>(INITIAL_CAPACITY).fill(null);

  push(
    timeUs: number,
    tie: number,
    host: number,
    opcode: number,
    arg: number,
    payload: unknown,
  ): EventHandle {
    if (!Number.isSafeInteger(timeUs) || timeUs < this.nowUs) rejectTime(timeUs, this.nowUs);
    if (this.size === this.heap.length) this.grow();
    const node = this.heap[this.size]!;
    this.times[node] = timeUs;
    this.ties[node] = tie;
    this.sequences[node] = this.nextSequence++;
    this.hosts[node] = host;
    this.opcodes[node] = opcode;
    this.args[node] = arg;
    this.payloads[node] = payload;
    const generation = (this.generations[node]! + 1) & GENERATION_MASK;
    this.generations[node] = generation;
    this.size++;
    this.siftUp(this.size - 1, node);
    return packHandle(node, generation);
  }

  post(
    timeUs: number,
    tie: number,
    host: number,
    opcode: number,
    arg: number,
    payload: unknown,
  ): void {
    this.push(timeUs, tie, host, opcode, arg, payload);
  }

  cancel(handle: EventHandle): boolean {
    if (!this.isPending(handle)) return false;
    this.remove(handleNode(handle));
    return true;
  }

  isPending(handle: EventHandle): boolean {
    return handle >= 0 && this.generations[handleNode(handle)] === handleGeneration(handle);
  }

  peekTime(limitUs: number): number {
    if (this.size === 0) return -1;
    const timeUs = this.times[this.heap[0]!]!;
    return timeUs <= limitUs ? timeUs : -1;
  }

  pop(limitUs: number): boolean {
    if (this.size === 0) return false;
    const node = this.heap[0]!;
    const timeUs = this.times[node]!;
    if (timeUs > limitUs) return false;
    this.nowUs = timeUs;
    this.timeUs = timeUs;
    this.tie = this.ties[node]!;
    this.host = this.hosts[node]!;
    this.opcode = this.opcodes[node]!;
    this.arg = this.args[node]!;
    this.payload = this.payloads[node];
    this.remove(node);
    return true;
  }

  /** The node freed last stands right behind the heap, one generation on. */
  poppedHandle(): EventHandle {
    const node = this.heap[this.size]!;
    return packHandle(node, (this.generations[node]! - 1) & GENERATION_MASK);
  }

  fork(): EventQueue {
    const copy = new HeapQueue();
    copy.size = this.size;
    copy.timeUs = this.timeUs;
    copy.tie = this.tie;
    copy.host = this.host;
    copy.opcode = this.opcode;
    copy.arg = this.arg;
    copy.payload = this.payload;
    copy.nextSequence = this.nextSequence;
    copy.nowUs = this.nowUs;
    copy.heap = this.heap.slice();
    copy.positions = this.positions.slice();
    copy.times = this.times.slice();
    copy.ties = this.ties.slice();
    copy.sequences = this.sequences.slice();
    copy.generations = this.generations.slice();
    copy.hosts = this.hosts.slice();
    copy.opcodes = this.opcodes.slice();
    copy.args = this.args.slice();
    copy.payloads = this.payloads.slice();
    return copy;
  }

  forEach(visit: EventVisitor): void {
    for (let node = 0; node < this.generations.length; node++) {
      const generation = this.generations[node]!;
      if ((generation & 1) === 0) continue;
      visit(
        this.times[node]!,
        this.hosts[node]!,
        this.opcodes[node]!,
        this.args[node]!,
        this.payloads[node],
        packHandle(node, generation),
      );
    }
  }

  /** Takes a pending node out of the heap and puts it first among the free ones. */
  private remove(node: number): void {
    const position = this.positions[node]!;
    this.generations[node] = (this.generations[node]! + 1) & GENERATION_MASK;
    this.payloads[node] = null;
    this.size--;
    const moved = this.heap[this.size]!;
    this.heap[this.size] = node;
    if (moved === node) return;
    // The last node fills the gap. It may belong above the gap or below it, never both.
    if (position > 0 && this.isBefore(moved, this.heap[(position - 1) >> 2]!)) {
      this.siftUp(position, moved);
    } else {
      this.siftDown(position, moved);
    }
  }

  private siftUp(start: number, node: number): void {
    let position = start;
    while (position > 0) {
      const parentPosition = (position - 1) >> 2;
      const parent = this.heap[parentPosition]!;
      if (!this.isBefore(node, parent)) break;
      this.place(parent, position);
      position = parentPosition;
    }
    this.place(node, position);
  }

  private siftDown(start: number, node: number): void {
    let position = start;
    for (;;) {
      const firstChild = 4 * position + 1;
      if (firstChild >= this.size) break;
      const end = Math.min(firstChild + 4, this.size);
      let leastPosition = firstChild;
      for (let child = firstChild + 1; child < end; child++) {
        if (this.isBefore(this.heap[child]!, this.heap[leastPosition]!)) leastPosition = child;
      }
      const least = this.heap[leastPosition]!;
      if (!this.isBefore(least, node)) break;
      this.place(least, position);
      position = leastPosition;
    }
    this.place(node, position);
  }

  private place(node: number, position: number): void {
    this.heap[position] = node;
    this.positions[node] = position;
  }

  /** The order of events: by time, then by tie, then by sequence of push. */
  private isBefore(left: number, right: number): boolean {
    const leftUs = this.times[left]!;
    const rightUs = this.times[right]!;
    if (leftUs !== rightUs) return leftUs < rightUs;
    const leftTie = this.ties[left]!;
    const rightTie = this.ties[right]!;
    if (leftTie !== rightTie) return leftTie < rightTie;
    return this.sequences[left]! < this.sequences[right]!;
  }

  private grow(): void {
    const before = this.heap.length;
    if (before === MAX_PENDING_EVENTS) rejectGrowth();
    const capacity = 2 * before;
    this.heap = copyInto(new Int32Array(capacity), this.heap);
    this.positions = copyInto(new Int32Array(capacity), this.positions);
    this.times = copyInto(new Float64Array(capacity), this.times);
    this.ties = copyInto(new Uint32Array(capacity), this.ties);
    this.sequences = copyInto(new Float64Array(capacity), this.sequences);
    this.generations = copyInto(new Int32Array(capacity), this.generations);
    this.hosts = copyInto(new Int32Array(capacity), this.hosts);
    this.opcodes = copyInto(new Int32Array(capacity), this.opcodes);
    this.args = copyInto(new Int32Array(capacity), this.args);
    for (let node = before; node < capacity; node++) {
      this.heap[node] = node;
      this.payloads.push(null);
    }
  }
}

function copyInto<Numbers extends Int32Array | Uint32Array | Float64Array>(
  target: Numbers,
  source: Numbers,
): Numbers {
  target.set(source);
  return target;
}
