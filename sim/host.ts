/**
 * Hosts: everything with an address.
 *
 * A host's volatile state is built by its program when it starts and thrown away by a crash; its disk and clock
 * outlive that. Timers, connections and pending disk operations belong to one incarnation and die with it.
 */
import type { HostClock } from './clock.js';
import type { Disk, DiskFile } from './disk.js';
import type { EventHandle } from './event-queue.js';
import type { Message } from './message.js';
import type { RandomStream } from './random.js';

/**
 * - `running`: the process runs.
 * - `paused`: the process is stopped; its kernel still takes what arrives.
 * - `down`: no process, but the machine answers (connections are refused).
 * - `off`: no power: nothing answers.
 */
export type HostStatus = 'running' | 'paused' | 'down' | 'off';

/** One end of a connection: the connection's number * 2, plus 1 at the end that was connected to. */
export type ConnectionId = number;

/** All that a program sees of the world: its clocks, its disk, its streams, and the ways out. */
export interface HostContext {
  /** The host that is being served. */
  readonly host: Host;
  /** Who watches the run; the model knows its type. Watching never changes what happens. */
  readonly observer: unknown;
  /** Virtual time, in microseconds since the run's start: for observers, never for decisions. */
  readonly virtualUs: number;
  /** The host's monotonic clock, in microseconds. */
  nowUs(): number;
  /** The host's wall clock, in microseconds; a fault may make it jump. */
  wallClockUs(): number;
  /** A stream of this host's own, by the name of its concern. */
  random(concern: string): RandomStream;
  /** Fires `Program.timer` after a delay on the host's monotonic clock, unless the host dies first. */
  setTimer(delayUs: number, opcode: number, arg?: number, payload?: unknown): EventHandle;
  /** Cancels a timer; false when it has fired or was cancelled before. */
  cancelTimer(handle: EventHandle): boolean;
  /** Opens a connection; messages may be sent at once and wait for the handshake. */
  connect(toHost: number, timeoutUs: number): ConnectionId;
  /** Sends a message on an open connection, optionally after a delay; lost silently when it is closed. */
  send(connection: ConnectionId, message: Message, delayUs?: number): void;
  /** Closes a connection; `Program.closed` is called at the other end only. */
  close(connection: ConnectionId): void;
  /** The host at the other end. */
  peer(connection: ConnectionId): number;
  /** False once the connection is gone. */
  isOpen(connection: ConnectionId): boolean;
  /** Flushes what the file holds now; `Program.timer` hears of it when it is durable. */
  flush(file: DiskFile, opcode: number, arg?: number, payload?: unknown): void;
  /** The process ends by itself (after a controlled shutdown, or a failed disk). */
  exit(): void;
}

/**
 * What a host runs. A program has no state of its own: one object serves all hosts and all forks of a run, and
 * everything that lives from one event to the next is in the `State` that `start` returns.
 */
export interface Program<State = unknown> {
  /** Builds the volatile state of a new incarnation; the disk may hold what an earlier one left. */
  start(context: HostContext): State;
  /** A message arrived. */
  receive(state: State, connection: ConnectionId, message: Message, context: HostContext): void;
  /** A timer fired, or an operation of the disk ended. */
  timer(state: State, opcode: number, arg: number, payload: unknown, context: HostContext): void;
  /** The other end closed the connection, it broke, or it could not be made. */
  closed(state: State, connection: ConnectionId, context: HostContext): void;
}

/** An event that arrived while the host was paused. */
export interface HeldEvent {
  handle: EventHandle;
  opcode: number;
  arg: number;
  payload: unknown;
}

/** A machine with its disk and clocks, and the process that runs on it, if one does. */
export interface Host {
  readonly index: number;
  readonly name: string;
  /** Name of the failure domain, or null. */
  readonly rack: string | null;
  /** What its process runs, or will run when it starts; `Simulation.install` changes it. */
  programIndex: number;
  readonly disk: Disk;
  readonly clock: HostClock;
  status: HostStatus;
  /** Counts starts and deaths; part of every event's address. */
  incarnation: number;
  state: unknown;
  /** What arrived during a pause, in order of arrival. */
  held: HeldEvent[];
  /** Open connections, in order of making. */
  connections: ConnectionId[];
  /** The interface is busy sending until then. */
  egressFreeAtUs: number;
  /** Events addressed to this host so far, for tie shuffling. */
  eventCount: number;
}
