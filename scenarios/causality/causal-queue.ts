/**
 * An event queue that remembers who sent each message and when: what a causal trace is recorded through.
 *
 * It stands in for the queue of a replayed run. The order of events is that of the queue it wraps, so the run is the
 * same; ordinary runs do not have it.
 */
import { createTimingWheel, Message, type EventHandle, type EventQueue } from '../../sim/index.js';
import { hostIndexOf } from '../../sim/kernel.js';

/** Where and when a message was first put on the wire. */
export interface Sending {
  /** Number of the step in which it was sent, counted over all hosts. */
  readonly step: number;
  readonly atUs: number;
}

/** Counts steps: each event taken off the queue, each held message that a resumed host reads, each act from outside. */
export class CausalQueue implements EventQueue {
  step = 0;
  private readonly inner: EventQueue = createTimingWheel();
  private readonly sendings = new Map<unknown, Sending>();

  get size(): number {
    return this.inner.size;
  }

  get timeUs(): number {
    return this.inner.timeUs;
  }

  get tie(): number {
    return this.inner.tie;
  }

  get host(): number {
    return this.inner.host;
  }

  get opcode(): number {
    return this.inner.opcode;
  }

  get arg(): number {
    return this.inner.arg;
  }

  get payload(): unknown {
    return this.inner.payload;
  }

  /** Index of the host that the last event was for. */
  servedHost(): number {
    return hostIndexOf(this.inner.host);
  }

  /** The sending of a message that arrives now; asked once. */
  arrived(message: Message): Sending | null {
    const sending = this.sendings.get(message) ?? null;
    this.sendings.delete(message);
    return sending;
  }

  push(
    timeUs: number,
    tie: number,
    host: number,
    opcode: number,
    arg: number,
    payload: unknown,
  ): EventHandle {
    this.note(payload);
    return this.inner.push(timeUs, tie, host, opcode, arg, payload);
  }

  post(
    timeUs: number,
    tie: number,
    host: number,
    opcode: number,
    arg: number,
    payload: unknown,
  ): void {
    this.note(payload);
    this.inner.post(timeUs, tie, host, opcode, arg, payload);
  }

  cancel(handle: EventHandle): boolean {
    return this.inner.cancel(handle);
  }

  isPending(handle: EventHandle): boolean {
    return this.inner.isPending(handle);
  }

  peekTime(limitUs: number): number {
    return this.inner.peekTime(limitUs);
  }

  pop(limitUs: number): boolean {
    if (!this.inner.pop(limitUs)) return false;
    this.step++;
    return true;
  }

  poppedHandle(): EventHandle {
    return this.inner.poppedHandle();
  }

  fork(): EventQueue {
    return this.inner.fork();
  }

  forEach(visit: Parameters<EventQueue['forEach']>[0]): void {
    this.inner.forEach(visit);
  }

  /** A message that is sent again (a retransmission, a link that works again) keeps its first sending. */
  private note(payload: unknown): void {
    if (!(payload instanceof Message) || this.sendings.has(payload)) return;
    this.sendings.set(payload, { step: this.step, atUs: this.inner.timeUs });
  }
}
