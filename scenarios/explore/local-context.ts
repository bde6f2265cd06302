/** What a program sees of an explored world: it writes down what its host did, and the explorer makes of it what it likes. */
import type {
  ConnectionId,
  DiskFile,
  EventHandle,
  Host,
  HostContext,
  Message,
  RandomStream,
} from '../../sim/index.js';
import { connectionNumber, fixedStream, hostAt, type LocalHost } from './local-host.js';
import { FLUSHED, timerRule } from './timer-rules.js';

/** What one step of a host does to the connections. */
export type Effect =
  | { readonly kind: 'open'; readonly handle: ConnectionId }
  | { readonly kind: 'send'; readonly handle: ConnectionId; readonly message: Message }
  | { readonly kind: 'close'; readonly handle: ConnectionId };

/** A flush under way: what will be durable when it ends, and who hears of it. */
export interface Flush {
  readonly fileName: string;
  readonly count: number;
  readonly bytes: number;
  readonly truncations: number;
  readonly opcode: number;
  readonly arg: number;
  readonly payload: unknown;
}

const HANDLES = 64;

export class LocalContext implements HostContext {
  readonly effects: Effect[] = [];
  /** The process ended by itself. */
  hasExited = false;

  /**
   * @param keepsAll keep timers that no exploration serves: the warm-up needs them.
   * @param busy connections that this host has closed and that the other end has not heard of.
   */
  constructor(
    private readonly local: LocalHost,
    readonly observer: unknown,
    private clockUs: number,
    private readonly keepsAll: boolean,
    private readonly busy: readonly number[],
  ) {}

  get host(): Host {
    return this.local.host;
  }

  get virtualUs(): number {
    return this.clockUs;
  }

  nowUs(): number {
    return this.clockUs;
  }

  wallClockUs(): number {
    return this.clockUs;
  }

  /** From here on it is later. */
  advance(toUs: number): void {
    this.clockUs = Math.max(this.clockUs, toUs);
  }

  random(concern: string): RandomStream {
    const { host } = this.local;
    return fixedStream(concern === 'incarnation' ? host.index * 64 + host.incarnation : 0);
  }

  setTimer(delayUs: number, opcode: number, arg = 0, payload: unknown = null): EventHandle {
    const first = opcode * HANDLES;
    if (!this.keepsAll && timerRule(opcode) === 'never') return first + HANDLES - 1;
    const { timers } = this.local;
    let handle = first;
    while (timers.some((timer) => timer.handle === handle)) handle++;
    const dueUs = this.clockUs + delayUs;
    timers.push({ handle, opcode, arg, payload, dueUs });
    return handle;
  }

  cancelTimer(handle: EventHandle): boolean {
    const { timers } = this.local;
    const at = timers.findIndex((timer) => timer.handle === handle);
    if (at < 0) return false;
    timers.splice(at, 1);
    return true;
  }

  connect(toHost: number, _timeoutUs: number): ConnectionId {
    const { index, connections } = this.local.host;
    let slot = 0;
    let number = connectionNumber(index, toHost, slot);
    while (connections.includes(number * 2) || this.isBusy(number)) {
      number = connectionNumber(index, toHost, ++slot);
    }
    connections.push(number * 2);
    this.effects.push({ kind: 'open', handle: number * 2 });
    return number * 2;
  }

  send(handle: ConnectionId, message: Message, _delayUs = 0): void {
    if (this.isOpen(handle)) this.effects.push({ kind: 'send', handle, message });
  }

  close(handle: ConnectionId): void {
    if (!this.isOpen(handle)) return;
    this.forget(handle);
    this.effects.push({ kind: 'close', handle });
  }

  /** This end is gone, whoever closed the connection. */
  forget(handle: ConnectionId): void {
    const { connections } = this.local.host;
    const at = connections.indexOf(handle);
    if (at >= 0) connections.splice(at, 1);
  }

  peer(handle: ConnectionId): number {
    return hostAt(handle ^ 1);
  }

  isOpen(handle: ConnectionId): boolean {
    return this.local.host.connections.includes(handle);
  }

  flush(file: DiskFile, opcode: number, arg = 0, payload: unknown = null): void {
    const { name: fileName, sizeBytes: bytes, truncations } = file;
    const count = file.entries.length;
    const flush: Flush = { fileName, count, bytes, truncations, opcode, arg, payload };
    this.setTimer(0, FLUSHED, 0, flush);
  }

  exit(): void {
    this.hasExited = true;
  }

  private isBusy(number: number): boolean {
    if (this.busy.includes(number)) return true;
    return this.effects.some(({ kind, handle }) => kind === 'close' && handle >> 1 === number);
  }
}
