/**
 * The run: takes the next event off the queue and hands it to the host it is for.
 *
 * A run is data (hosts, disks, links, streams, pending events) served by programs without state, so that
 * `fork()` gives a second run that goes on to the same hash.
 */
import { createClock, type HostClock } from './clock.js';
import { Context } from './context.js';
import { Disk, type DiskProfile } from './disk.js';
import { DurationSampler, type Distribution } from './distribution.js';
import type { EventRecorder } from './event-recorder.js';
import { EventRing } from './event-ring.js';
import { createTimingWheel } from './timing-wheel.js';
import type { EventQueue } from './event-queue.js';
import type { FlushTicket } from './flush-ticket.js';
import { Forker } from './fork.js';
import { hashString, RollingHash } from './hash.js';
import type { HeldEvent, Host, HostContext, HostStatus, Program } from './host.js';
import { addressOf, hostIndexOf, Kernel, MAX_HOSTS, Opcode } from './kernel.js';
import type { Message } from './message.js';
import { createLink, Network } from './network.js';
import { RandomStreams } from './random.js';
import { Transport } from './transport.js';

/** What a run is made of. */
export interface SimulationOptions {
  /** Any text; the run's streams depend on nothing else. */
  readonly seed: string;
  /** Explore other orders of events of one instant. */
  readonly shuffleTies?: boolean;
  readonly latency: Distribution;
  readonly bandwidthBytesPerSecond: number;
  /** Probability that a segment must be sent again. */
  readonly loss?: number;
  readonly disk: DiskProfile;
  /** The timing wheel unless a test asks for its oracle. */
  readonly queue?: EventQueue;
}

/** How a host is added. */
export interface HostOptions {
  readonly name: string;
  readonly rack?: string | null;
  readonly program: Program;
  readonly clock?: HostClock;
}

/** Hears of what happens to hosts and messages; never changes it. */
export interface KernelWatcher {
  /** A host was started, paused, resumed, crashed or cut off from power; `host.status` is what it is now. */
  hostChanged(host: Host): void;
  /** Called before each message is handed to a program. */
  messageDelivered?(from: Host, to: Host, message: Message): void;
}

/** The latency of a host's link to itself. */
const LOOPBACK = new DurationSampler({ kind: 'constant', valueUs: 20 });

/** What a fork copies; nobody else needs to name the parts. */
interface Parts {
  readonly options: SimulationOptions;
  /** Of all links; made once, and shared by forks. */
  readonly latency: DurationSampler;
  readonly kernel: Kernel;
  readonly streams: RandomStreams;
  readonly transport: Transport;
  readonly programs: Program[];
  readonly hash: RollingHash;
  readonly recent: EventRing;
  readonly eventCount: number;
}

/** A run on the level of hosts and messages; it knows nothing of Kafka. */
export class Simulation {
  readonly hash: RollingHash;
  readonly recent: EventRing;
  readonly streams: RandomStreams;
  readonly transport: Transport;
  readonly kernel: Kernel;
  /** Events served so far. */
  eventCount: number;
  /** Passed to programs as `context.observer`. */
  observer: unknown = null;
  /** By host index: who watches that host instead of `observer`; nothing where it is that one. Empty unless some host differs. */
  hostObservers: readonly unknown[] = [];
  watcher: KernelWatcher | null = null;
  /** Set it to keep every event, for finding where two runs part. */
  recorder: EventRecorder | null = null;
  private readonly options: SimulationOptions;
  private readonly latency: DurationSampler;
  private readonly programs: Program[];
  private readonly context: Context;

  private constructor(parts: Parts) {
    this.options = parts.options;
    this.latency = parts.latency;
    this.kernel = parts.kernel;
    this.streams = parts.streams;
    this.transport = parts.transport;
    this.programs = parts.programs;
    this.hash = parts.hash;
    this.recent = parts.recent;
    this.eventCount = parts.eventCount;
    this.context = new Context(this);
  }

  /** A run at time 0, without hosts. */
  static create(options: SimulationOptions): Simulation {
    const tieSeed = options.shuffleTies === true ? hashString(options.seed) : -1;
    const kernel = new Kernel(options.queue ?? createTimingWheel(), [], tieSeed);
    const streams = new RandomStreams(options.seed);
    const latency = new DurationSampler(options.latency);
    return new Simulation({
      options,
      kernel,
      streams,
      latency,
      transport: createTransport(options, latency, kernel, streams, new Network()),
      programs: [],
      hash: new RollingHash(),
      recent: new EventRing(),
      eventCount: 0,
    });
  }

  /** Virtual time in microseconds since the run's start. */
  get nowUs(): number {
    return this.kernel.nowUs;
  }

  get hosts(): readonly Host[] {
    return this.kernel.hosts;
  }

  /** Adds a host that is `off`; `powerOn` starts it. */
  addHost(options: HostOptions): Host {
    const index = this.kernel.hosts.length;
    if (index >= MAX_HOSTS) throw new Error(`a run has at most ${MAX_HOSTS} hosts`);
    const programIndex = this.addProgram(options.program);
    const host: Host = {
      index,
      name: options.name,
      rack: options.rack ?? null,
      programIndex,
      disk: new Disk(this.options.disk),
      clock: options.clock ?? createClock(),
      status: 'off',
      incarnation: 0,
      state: null,
      held: [],
      connections: [],
      egressFreeAtUs: 0,
      eventCount: 0,
    };
    this.kernel.hosts.push(host);
    return host;
  }

  /**
   * Makes a program known that no host runs yet, for `install`; returns its index. Forks made before know it, too: programs
   * have no state, and the list is shared.
   */
  addProgram(program: Program): number {
    const known = this.programs.indexOf(program);
    return known >= 0 ? known : this.programs.push(program) - 1;
  }

  /**
   * Replaces the program of a host whose process is down or off: from its next start on it runs the other one, on the disk
   * that the old one left. Nothing is mixed into the hash: what follows from it is.
   *
   * @throws Error where a process runs there, or there is no such program.
   */
  install(host: Host, programIndex: number): void {
    if (host.status === 'running' || host.status === 'paused') throw new Error(`${host.name} runs`);
    if (this.programs[programIndex] === undefined)
      throw new Error(`there is no program ${programIndex}`);
    host.programIndex = programIndex;
  }

  /** Serves all events up to and including a time, then sets the clock to it. */
  runUntil(limitUs: number): void {
    while (this.step(limitUs));
    this.advanceClock(limitUs);
  }

  /** Sets the clock to a time before which no event is left. */
  advanceClock(toUs: number): void {
    this.kernel.nowUs = Math.max(this.kernel.nowUs, toUs);
  }

  /** Serves one event at or before a time; false when there is none. */
  step(limitUs: number): boolean {
    const { queue } = this.kernel;
    if (!queue.pop(limitUs)) return false;
    this.kernel.nowUs = queue.timeUs;
    this.dispatch(queue.host, queue.opcode, queue.arg, queue.payload);
    return true;
  }

  /** Calls a function as if the host were being served: for an operator's request from outside. */
  act(host: Host, visit: (state: unknown, context: HostContext) => void): void {
    this.serve(host, (_program, context) => {
      visit(host.state, context);
    });
  }

  /** Mixes an act of the laboratory (a fault, a phase) into the hash of the run. */
  note(code: number, detail: number): void {
    this.eventCount++;
    this.hash.addWide(this.kernel.nowUs);
    this.hash.add(code);
    this.hash.add(detail);
    this.recent.add(this.kernel.nowUs, -1, code, -1);
    this.recorder?.add(this.kernel.nowUs, -1, code, -1, detail);
  }

  /** Starts the process of a host that is `down` or `off`. */
  start(host: Host): void {
    if (host.status === 'running' || host.status === 'paused') throw new Error(`${host.name} runs`);
    host.incarnation++;
    host.status = 'running';
    this.transport.rejectStale(host);
    host.state = this.serve(host, (program, context) => program.start(context));
    this.watcher?.hostChanged(host);
  }

  /** The process dies; the page cache lives. */
  crash(host: Host): void {
    this.kill(host, 'down');
  }

  /** The machine loses its power: what was not flushed may be gone. */
  losePower(host: Host): void {
    this.kill(host, 'off');
    host.disk.losePower(this.streams.stream(`disk/${host.name}`));
  }

  /** Stops the process in its tracks; what arrives is kept for later. */
  pause(host: Host): void {
    if (host.status !== 'running') return;
    host.status = 'paused';
    this.watcher?.hostChanged(host);
  }

  /** Lets a paused process go on; first it serves what arrived meanwhile, in order. */
  resume(host: Host): void {
    if (host.status !== 'paused') return;
    host.status = 'running';
    this.watcher?.hostChanged(host);
    // A host that dies or is paused meanwhile has another list of held events, or keeps the rest.
    for (let event = nextHeld(host); event !== undefined; event = nextHeld(host)) {
      this.deliver(host, event.opcode, event.arg, event.payload);
      this.settleHeld(event);
    }
  }

  /** A run that goes on by itself from this moment, to the same hash. Observers are not copied. */
  fork(): Simulation {
    const forker = new Forker();
    return this.forkWith(forker);
  }

  /** As `fork`, with a forker that copies the caller's own state, too. */
  forkWith(forker: Forker): Simulation {
    const streams = forker.clone(this.streams);
    const hosts = forker.clone(this.kernel.hosts);
    const network = forker.clone(this.transport.network);
    const kernel = new Kernel(this.kernel.queue.fork(), hosts, this.kernel.tieSeed, this.nowUs);
    const { options, latency } = this;
    const transport = createTransport(options, latency, kernel, streams, network);
    transport.copyHolds(this.transport);
    return new Simulation({
      options,
      latency,
      kernel,
      streams,
      transport,
      programs: this.programs,
      hash: this.hash.fork(),
      recent: this.recent.fork(),
      eventCount: this.eventCount,
    });
  }

  private kill(host: Host, status: HostStatus): void {
    if (host.status === 'running' || host.status === 'paused') {
      host.incarnation++;
      host.state = null;
      const { held } = host;
      host.held = [];
      this.transport.abandon(host, status === 'off');
      for (const event of held) this.settleHeld(event);
      host.egressFreeAtUs = 0;
    }
    host.status = status;
    this.watcher?.hostChanged(host);
  }

  private dispatch(address: number, opcode: number, arg: number, payload: unknown): void {
    const host = this.kernel.hosts[hostIndexOf(address)]!;
    switch (opcode) {
      case Opcode.deliver:
        this.onDeliver(host, arg, payload as Message | null);
        return;
      case Opcode.connect:
      case Opcode.accepted:
      case Opcode.refused:
      case Opcode.reset:
      case Opcode.retransmit:
        this.onConnectionEvent(host, opcode, arg);
        return;
      default:
        if (address !== addressOf(host)) return;
        this.offer(host, opcode, arg, payload);
    }
  }

  private onDeliver(host: Host, arg: number, message: Message | null): void {
    const connection = this.transport.network.connection(arg >> 1)!;
    const arrives = this.transport.arrive(connection, arg & 1, message);
    if (arrives) this.offer(host, Opcode.deliver, arg ^ 1, message);
    this.transport.settle(connection);
  }

  private onConnectionEvent(host: Host, opcode: number, arg: number): void {
    const isEndEvent = opcode === Opcode.reset || opcode === Opcode.retransmit;
    const connection = this.transport.network.connection(isEndEvent ? arg >> 1 : arg)!;
    this.account(host, opcode, arg, -1);
    if (opcode === Opcode.connect) this.transport.onConnect(connection, host);
    else if (opcode === Opcode.accepted) this.transport.onAccepted(connection);
    else if (opcode === Opcode.retransmit) this.transport.retransmit(connection, arg & 1);
    else {
      const end = opcode === Opcode.reset ? arg & 1 : 0;
      const handle = connection.id * 2 + end;
      const news =
        opcode === Opcode.refused
          ? this.transport.onRefused(connection)
          : this.transport.onGone(connection, end);
      if (news) this.offer(host, Opcode.deliver, handle, null);
    }
    this.transport.settle(connection);
  }

  /** Hands an event to the process, now or when it goes on. */
  private offer(host: Host, opcode: number, arg: number, payload: unknown): void {
    if (host.status === 'paused') {
      host.held.push({ handle: this.kernel.queue.poppedHandle(), opcode, arg, payload });
      // What a paused process has not read yet goes on to name its connection, even once that is closed.
      if (opcode === Opcode.deliver) this.transport.network.connection(arg >> 1)!.inFlight++;
    } else {
      this.deliver(host, opcode, arg, payload);
    }
  }

  /** A held event was served, or its process died. */
  private settleHeld({ opcode, arg }: HeldEvent): void {
    if (opcode !== Opcode.deliver) return;
    this.transport.settle(this.transport.network.connection(arg >> 1)!);
  }

  private deliver(host: Host, opcode: number, arg: number, payload: unknown): void {
    const program = this.programs[host.programIndex]!;
    const { context } = this;
    const outer = context.host;
    context.host = host;
    if (opcode === Opcode.deliver) {
      this.deliverMessage(host, program, arg, payload as Message | null);
    } else if (opcode === Opcode.flushed) {
      this.onFlushed(host, program, payload as FlushTicket);
    } else if (opcode === Opcode.exit) {
      this.account(host, opcode, arg, -1);
      this.crash(host);
    } else {
      this.account(host, opcode, arg, -1);
      program.timer(host.state, opcode, arg, payload, context);
    }
    context.host = outer;
  }

  private deliverMessage(
    host: Host,
    program: Program,
    handle: number,
    message: Message | null,
  ): void {
    if (message === null) {
      this.account(host, Opcode.deliver, handle, -1);
      program.closed(host.state, handle, this.context);
      return;
    }
    this.account(host, Opcode.deliver, message.digest(), message.kind);
    if (this.watcher?.messageDelivered !== undefined) {
      const from = this.kernel.host(this.context.peer(handle));
      this.watcher.messageDelivered(from, host, message);
    }
    program.receive(host.state, handle, message, this.context);
  }

  private onFlushed(host: Host, program: Program, ticket: FlushTicket): void {
    this.account(host, ticket.opcode, ticket.arg, -1);
    const file = host.disk.files.get(ticket.fileName);
    if (file?.truncations === ticket.truncations) file.markFlushed(ticket.count, ticket.bytes);
    program.timer(host.state, ticket.opcode, ticket.arg, ticket.payload, this.context);
  }

  /** Counts an event that took place and mixes it into the hash. */
  private account(host: Host, opcode: number, digest: number, kind: number): void {
    this.eventCount++;
    this.hash.addEvent(this.kernel.nowUs, (host.index << 16) ^ (kind << 8) ^ opcode, digest);
    this.recent.add(this.kernel.nowUs, host.index, opcode, kind);
    this.recorder?.add(this.kernel.nowUs, host.index, opcode, kind, digest);
  }

  private serve<T>(host: Host, act: (program: Program, context: Context) => T): T {
    const { context } = this;
    const outer = context.host;
    context.host = host;
    const result = act(this.programs[host.programIndex]!, context);
    context.host = outer;
    return result;
  }
}

function nextHeld(host: Host): HeldEvent | undefined {
  return host.status === 'running' ? host.held.shift() : undefined;
}

function createTransport(
  options: SimulationOptions,
  latency: DurationSampler,
  kernel: Kernel,
  streams: RandomStreams,
  network: Network,
): Transport {
  const makeLink = (from: number, to: number): ReturnType<typeof createLink> => {
    const name = `network/${kernel.host(from).name}>${kernel.host(to).name}`;
    const stream = streams.stream(name);
    if (from === to) return createLink(from, to, LOOPBACK, stream, 0);
    return createLink(from, to, latency, stream, options.loss ?? 0);
  };
  return new Transport(kernel, network, makeLink, options.bandwidthBytesPerSecond);
}
