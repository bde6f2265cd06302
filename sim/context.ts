import { monotonicUs, virtualDelayUs } from './clock.js';
import type { DiskFile } from './disk.js';
import type { EventHandle } from './event-queue.js';
import { FlushTicket } from './flush-ticket.js';
import type { ConnectionId, Host, HostContext } from './host.js';
import { addressOf, Opcode, type Kernel } from './kernel.js';
import type { Message } from './message.js';
import type { RandomStream, RandomStreams } from './random.js';
import type { Transport } from './transport.js';

/** What a context reaches of its run. */
export interface World {
  readonly kernel: Kernel;
  readonly transport: Transport;
  readonly streams: RandomStreams;
  readonly observer: unknown;
  readonly hostObservers: readonly unknown[];
}

/** The one context of a run; `host` is whoever is being served. */
export class Context implements HostContext {
  host!: Host;
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  get observer(): unknown {
    const { hostObservers, observer } = this.world;
    return hostObservers.length === 0 ? observer : (hostObservers[this.host.index] ?? observer);
  }

  get virtualUs(): number {
    return this.world.kernel.nowUs;
  }

  nowUs(): number {
    return monotonicUs(this.host.clock, this.world.kernel.nowUs);
  }

  wallClockUs(): number {
    return this.nowUs() + this.host.clock.offsetUs;
  }

  random(concern: string): RandomStream {
    return this.world.streams.stream(`${concern}/${this.host.name}`);
  }

  setTimer(delayUs: number, opcode: number, arg = 0, payload: unknown = null): EventHandle {
    const { kernel } = this.world;
    const atUs = kernel.nowUs + virtualDelayUs(this.host.clock, delayUs);
    return kernel.push(atUs, addressOf(this.host), opcode, arg, payload);
  }

  cancelTimer(handle: EventHandle): boolean {
    if (this.world.kernel.queue.cancel(handle)) return true;
    const { held } = this.host;
    for (let index = 0; index < held.length; index++) {
      if (held[index]!.handle !== handle || held[index]!.opcode === Opcode.deliver) continue;
      held.splice(index, 1);
      return true;
    }
    return false;
  }

  connect(toHost: number, timeoutUs: number): ConnectionId {
    return this.world.transport.connect(this.host, toHost, timeoutUs);
  }

  send(connection: ConnectionId, message: Message, delayUs = 0): void {
    this.world.transport.send(connection, message, delayUs);
  }

  close(connection: ConnectionId): void {
    this.world.transport.close(connection);
  }

  peer(connection: ConnectionId): number {
    const ends = this.world.transport.network.connection(connection >> 1)?.ends;
    return ends === undefined ? -1 : ends[(connection & 1) === 0 ? 1 : 0].host;
  }

  isOpen(connection: ConnectionId): boolean {
    const found = this.world.transport.network.connection(connection >> 1);
    return found?.ends[(connection & 1) as 0 | 1].open ?? false;
  }

  flush(file: DiskFile, opcode: number, arg = 0, payload: unknown = null): void {
    const { kernel } = this.world;
    const dirtyBytes = file.sizeBytes - file.flushedBytes;
    const endUs = this.host.disk.flushEndUs(kernel.nowUs, dirtyBytes);
    const ticket = new FlushTicket(file, opcode, arg, payload);
    kernel.push(endUs, addressOf(this.host), Opcode.flushed, 0, ticket);
  }

  exit(): void {
    const { kernel } = this.world;
    kernel.push(kernel.nowUs, addressOf(this.host), Opcode.exit, 0, null);
  }
}
