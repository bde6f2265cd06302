/**
 * An ensemble on a real simulation, for tests: servers, client processes that do nothing by themselves, and an
 * `EnsembleWatcher` that knows what must never happen.
 */
import {
  Simulation,
  type Host,
  type HostContext,
  type Message,
  type Program,
} from '../../sim/index.js';
import { ClusterDefinition } from '../definition.js';
import { ModelObserver } from '../observer.js';
import { resolveSwitches } from '../switches.js';
import { NEWEST_VERSION } from '../versions.js';
import {
  createZkClient,
  zkClose,
  zkClosed,
  zkReceive,
  zkReinitialize,
  zkSubmit,
  zkTimer,
  type ZkClientEvent,
  type ZkClientState,
} from './client.js';
import type { ZkOperation, ZkResult, ZkTransaction } from './operations.js';
import { isZooKeeperState, zooKeeperView, type ZooKeeperView } from './views.js';
import type { ZooKeeperState } from './server-state.js';
import { createZooKeeperServer } from './zookeeper-server.js';

/** A process with nothing but a session; tests submit for it, and read what it was told. */
class SessionProgram implements Program<ZkClientState> {
  constructor(
    private readonly definition: ClusterDefinition,
    private readonly chroot: string,
    private readonly sessionTimeoutUs: number,
  ) {}

  start(context: HostContext): ZkClientState {
    return createZkClient(this.definition, this.chroot, this.sessionTimeoutUs, context);
  }
  receive(client: ZkClientState, connection: number, message: Message, context: HostContext): void {
    zkReceive(this.definition, client, connection, message, context);
  }
  timer(
    client: ZkClientState,
    opcode: number,
    arg: number,
    _payload: unknown,
    context: HostContext,
  ): void {
    zkTimer(this.definition, client, opcode, arg, context);
  }
  closed(client: ZkClientState, connection: number, context: HostContext): void {
    zkClosed(this.definition, client, connection, context);
  }
}

/** Checks as it happens that all servers apply one history; `problems` stays empty. */
class EnsembleWatcher extends ModelObserver {
  readonly problems: string[] = [];
  readonly marks: string[] = [];
  /** Every transaction in order, as the first server applied it. */
  readonly history: ZkTransaction[] = [];
  /** When the first server applied it. */
  readonly appliedAtUs: number[] = [];
  /** How many of the history each server's process has applied, by id. */
  private readonly applied = new Map<number, number>();

  override zooKeeperCommitted(atUs: number, server: number, transaction: ZkTransaction): void {
    let count = this.applied.get(server) ?? 0;
    // A process that starts begins with the first of all.
    if (transaction === this.history[0]) count = 0;
    const known = this.history[count];
    if (known === undefined) {
      const last = this.history.at(-1);
      if (last !== undefined && last.zxid >= transaction.zxid) {
        this.problems.push(`server ${server} applies ${transaction.zxid} after ${last.zxid}`);
      }
      this.history.push(transaction);
      this.appliedAtUs.push(atUs);
    } else if (known !== transaction) {
      this.problems.push(
        `server ${server} applies ${transaction.zxid} where others have ${known.zxid}`,
      );
    }
    this.applied.set(server, count + 1);
  }

  override mark(_atUs: number, name: string, subject: number): void {
    this.marks.push(`${name} ${subject}`);
  }
}

export interface EnsembleOptions {
  readonly servers: number;
  readonly clients?: number;
  readonly seed?: string;
  readonly chroot?: string;
  readonly sessionTimeoutUs?: number;
}

/** A running ensemble with client processes, and handles to break it. Servers have the ids 1 and up on hosts 0 and up. */
export class Ensemble {
  readonly simulation: Simulation;
  readonly definition: ClusterDefinition;
  readonly watcher = new EnsembleWatcher();
  readonly servers: Host[] = [];
  readonly clients: Host[] = [];
  private nextTag = 0;

  constructor(options: EnsembleOptions) {
    const { servers, clients = 1, seed = 'ensemble', chroot = '' } = options;
    const zookeepers = Array.from({ length: servers }, (_, host) => ({
      id: host + 1,
      host,
      rack: null,
    }));
    this.definition = new ClusterDefinition([], [], [], [], resolveSwitches({}), undefined, {
      kafka: NEWEST_VERSION,
      protocol: NEWEST_VERSION,
      mode: 'zookeeper',
      zookeepers,
      chroot: '',
    });
    this.simulation = Simulation.create({
      seed,
      shuffleTies: true,
      latency: { kind: 'uniform', lowUs: 300, highUs: 700 },
      bandwidthBytesPerSecond: 125_000_000,
      disk: {
        writeUs: 10,
        flushUs: 5000,
        bandwidthBytesPerSecond: 200_000_000,
        pageCacheBytes: 4_000_000_000,
      },
    });
    this.simulation.observer = this.watcher;
    const program = createZooKeeperServer(this.definition);
    for (const { id } of zookeepers) {
      this.servers.push(this.simulation.addHost({ name: `zookeeper-${id}`, program }));
    }
    const timeoutUs = options.sessionTimeoutUs ?? 18_000_000;
    const session = new SessionProgram(this.definition, chroot, timeoutUs);
    for (let index = 0; index < clients; index++) {
      this.clients.push(this.simulation.addHost({ name: `client-${index}`, program: session }));
    }
    for (const host of this.simulation.hosts) this.simulation.start(host);
  }

  run(seconds: number): void {
    this.simulation.runUntil(this.simulation.nowUs + Math.round(seconds * 1_000_000));
  }

  /** The state of a server by its place in the ensemble, or null where it is down. */
  server(index: number): ZooKeeperState | null {
    const { state } = this.servers[index]!;
    return isZooKeeperState(state) ? state : null;
  }

  views(): (ZooKeeperView | null)[] {
    return this.servers.map((_, index) => {
      const server = this.server(index);
      return server === null ? null : zooKeeperView(server);
    });
  }

  /** Places of the servers that lead and serve. */
  leaders(): number[] {
    return this.views().flatMap((view, index) =>
      view?.role === 'LEADING' && view.isServing ? [index] : [],
    );
  }

  /** The place of the leader. Throws where there is none, or more than one. */
  leader(): number {
    const leaders = this.leaders();
    if (leaders.length !== 1) throw new Error(`${leaders.length} servers lead`);
    return leaders[0]!;
  }

  client(index = 0): ZkClientState {
    return this.clients[index]!.state as ZkClientState;
  }

  /** The place of the server that a client is connected to, or -1. */
  serverOf(index = 0): number {
    const { hosts, hostIndex, isConnected } = this.client(index);
    return isConnected ? hosts[hostIndex]! : -1;
  }

  /** Submits an operation; returns its tag. */
  submit(operation: ZkOperation, index = 0): number {
    const tag = this.nextTag++;
    this.actAs(index, (client, context) =>
      zkSubmit(this.definition, client, operation, tag, null, context),
    );
    return tag;
  }

  /** Takes what a client was told since the last time. */
  drain(index = 0): ZkClientEvent[] {
    return this.client(index).events.splice(0);
  }

  /** Submits an operation, and runs until it is answered, at most so many seconds. Other events are lost. */
  call(operation: ZkOperation, index = 0, seconds = 30): ZkResult {
    const tag = this.submit(operation, index);
    const endUs = this.simulation.nowUs + seconds * 1_000_000;
    for (;;) {
      for (const event of this.drain(index)) {
        if (event.type === 'response' && event.tag === tag) return event.result;
      }
      if (this.simulation.nowUs >= endUs) throw new Error(`no answer to ${operation.type}`);
      this.run(0.001);
    }
  }

  reinitialize(index = 0): void {
    this.actAs(index, (client, context) => zkReinitialize(this.definition, client, context));
  }

  closeSession(index = 0): void {
    this.actAs(index, (client, context) => zkClose(this.definition, client, context));
  }

  /** Cuts a host off from all others, both ways. */
  isolate(host: Host): void {
    this.forEachLink(host, (from, to) => this.simulation.transport.block(from, to));
  }

  rejoin(host: Host): void {
    this.forEachLink(host, (from, to) => this.simulation.transport.unblock(from, to));
  }

  private actAs(index: number, act: (client: ZkClientState, context: HostContext) => void): void {
    this.simulation.act(this.clients[index]!, (state, context) =>
      act(state as ZkClientState, context),
    );
  }

  private forEachLink(host: Host, act: (from: number, to: number) => void): void {
    for (const other of this.simulation.hosts) {
      if (other.index === host.index) continue;
      act(host.index, other.index);
      act(other.index, host.index);
    }
  }
}

/** Shorthands for operations. */
export const ops = {
  create: (
    path: string,
    data: string | number | null = null,
  ): ZkOperation & { type: 'create' } => ({
    type: 'create',
    path,
    data,
    ephemeral: false,
  }),
  ephemeral: (path: string, data: string | null = null): ZkOperation & { type: 'create' } => ({
    type: 'create',
    path,
    data,
    ephemeral: true,
  }),
  set: (
    path: string,
    data: string | number | null,
    version = -1,
  ): ZkOperation & { type: 'setData' } => ({ type: 'setData', path, data, version }),
  delete: (path: string, version = -1): ZkOperation & { type: 'delete' } => ({
    type: 'delete',
    path,
    version,
  }),
  check: (path: string, version: number): ZkOperation & { type: 'check' } => ({
    type: 'check',
    path,
    version,
  }),
  get: (path: string, watch = false): ZkOperation => ({ type: 'getData', path, watch }),
  exists: (path: string, watch = false): ZkOperation => ({ type: 'exists', path, watch }),
  children: (path: string, watch = false): ZkOperation => ({ type: 'getChildren', path, watch }),
};
