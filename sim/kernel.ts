/**
 * What the parts of the kernel share: the queue, the hosts and the opcodes of the kernel's own events.
 */
import type { EventHandle, EventQueue } from './event-queue.js';
import { mixTie } from './hash.js';
import type { Host } from './host.js';

/** Events of the kernel; a program's own opcodes start at `FIRST_PROGRAM_OPCODE`. */
export const Opcode = {
  /** A message, or a close (no payload), arrives. `arg`: connection * 2 + sending end. */
  deliver: 0,
  /** A handshake arrives at the server; the client hears of it; it failed. `arg`: connection. */
  connect: 1,
  accepted: 2,
  refused: 3,
  /** A retransmission of what an end could not deliver. `arg`: connection * 2 + sending end. */
  retransmit: 4,
  /** A flush ended; the payload says of what. */
  flushed: 5,
  /** The process ends by itself. */
  exit: 6,
  /** An end learns that its connection is gone. `arg`: connection * 2 + that end. */
  reset: 7,
} as const;

/** The opcodes below it are the kernel's; programs number their timers and flushes from here. */
export const FIRST_PROGRAM_OPCODE = 16;

const HOST_BITS = 14;
export const MAX_HOSTS = 1 << HOST_BITS;
const HOST_MASK = MAX_HOSTS - 1;
const INCARNATION_MASK = (1 << (31 - HOST_BITS)) - 1;

/** The address of an event that dies with the host's present incarnation. */
export function addressOf(host: Host): number {
  return ((host.incarnation & INCARNATION_MASK) << HOST_BITS) | host.index;
}

export function hostIndexOf(address: number): number {
  return address & HOST_MASK;
}

/** Hosts and their events; the time is that of the event being served. */
export class Kernel {
  readonly queue: EventQueue;
  readonly hosts: Host[];
  /** Seed of the tie shuffling, or -1 where events of one instant keep the order of their making. */
  readonly tieSeed: number;
  nowUs: number;

  constructor(queue: EventQueue, hosts: Host[], tieSeed: number, nowUs = 0) {
    this.queue = queue;
    this.hosts = hosts;
    this.tieSeed = tieSeed;
    this.nowUs = nowUs;
  }

  host(index: number): Host {
    const host = this.hosts[index];
    if (host === undefined) throw new Error(`there is no host ${index}`);
    return host;
  }

  /** Adds an event that nobody will cancel: as `push`, without the handle. */
  post(atUs: number, address: number, opcode: number, arg: number, payload: unknown): void {
    this.queue.post(
      atUs,
      this.tieSeed < 0 ? 0 : this.drawTie(address),
      address,
      opcode,
      arg,
      payload,
    );
  }

  /** Adds an event at a virtual time; `address` may carry an incarnation. */
  push(atUs: number, address: number, opcode: number, arg: number, payload: unknown): EventHandle {
    const tie = this.tieSeed < 0 ? 0 : this.drawTie(address);
    return this.queue.push(atUs, tie, address, opcode, arg, payload);
  }

  private drawTie(address: number): number {
    const host = this.hosts[address & HOST_MASK]!;
    return mixTie(this.tieSeed, host.index, host.eventCount++);
  }
}
