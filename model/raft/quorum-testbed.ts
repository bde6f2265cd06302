/**
 * A quorum on a real simulation, for tests: each host runs raft alone (`RaftProgram`), watched by a `QuorumWatcher`
 * that knows what must never happen.
 */
import {
  Simulation,
  type Host,
  type HostContext,
  type Message,
  type Program,
} from '../../sim/index.js';
import { brokerConfig } from '../config/views.js';
import { ClusterDefinition, type NodeDefinition } from '../definition.js';
import type { MetadataBatch, MetadataRecord } from '../metadata/records.js';
import { ModelObserver } from '../observer.js';
import { resolveSwitches } from '../switches.js';
import { createRaft, raftAppend, raftClosed, raftResign, raftTimer, receiveRaft } from './raft.js';
import { raftIsLeader, type RaftState } from './raft-state.js';

/** Runs raft and nothing else. */
class RaftProgram implements Program<RaftState> {
  constructor(private readonly definition: ClusterDefinition) {}

  start(context: HostContext): RaftState {
    return createRaft(this.definition, nodeOf(context), context);
  }
  receive(raft: RaftState, connection: number, message: Message, context: HostContext): void {
    receiveRaft(this.definition, raft, connection, message, context);
  }
  timer(
    raft: RaftState,
    opcode: number,
    arg: number,
    payload: unknown,
    context: HostContext,
  ): void {
    if (opcode === APPEND) raftAppend(this.definition, raft, payload as MetadataRecord[], context);
    else if (opcode === SHUT_DOWN) raftResign(this.definition, raft, context);
    else raftTimer(this.definition, raft, opcode, arg, payload, context);
  }
  closed(raft: RaftState, connection: number, context: HostContext): void {
    raftClosed(this.definition, raft, connection, context);
  }
}

/** Test hosts are numbered as their nodes. */
function nodeOf(context: HostContext): number {
  return context.host.index;
}

const APPEND = 1000;
const SHUT_DOWN = 1001;

/** Checks the promises of raft as they are made; `problems` stays empty. */
class QuorumWatcher extends ModelObserver {
  readonly problems: string[] = [];
  readonly marks: string[] = [];
  /** Committed batches by their base offset, as the first node reported them. */
  readonly committed = new Map<number, MetadataBatch>();
  readonly leaders = new Map<number, number>();
  private lastEpoch = 0;

  override quorumLeaderElected(_atUs: number, node: number, epoch: number): void {
    const other = this.leaders.get(epoch);
    if (other !== undefined && other !== node) {
      this.problems.push(`epoch ${epoch} has the leaders ${other} and ${node}`);
    }
    this.leaders.set(epoch, node);
    this.lastEpoch = Math.max(this.lastEpoch, epoch);
  }

  override metadataCommitted(_atUs: number, node: number, batch: MetadataBatch): void {
    const known = this.committed.get(batch.baseOffset);
    if (known === undefined) this.committed.set(batch.baseOffset, batch);
    else if (known !== batch) this.problems.push(`node ${node} differs at ${batch.baseOffset}`);
  }

  override mark(_atUs: number, name: string): void {
    this.marks.push(name);
  }
}

export interface QuorumOptions {
  readonly voters: number;
  readonly observers?: number;
  readonly seed?: string;
  readonly config?: Readonly<Record<string, string | number | boolean>>;
  readonly switches?: Readonly<Record<string, string>>;
  /** One way, between any two nodes; a local network's by default. */
  readonly latencyUs?: readonly [low: number, high: number];
}

/** The nodes of a cluster definition whose first `voters` nodes vote; node n runs on host n. */
function quorumDefinition(options: QuorumOptions): ClusterDefinition {
  const count = options.voters + (options.observers ?? 0);
  const config = brokerConfig(options.config ?? {});
  const nodes: NodeDefinition[] = Array.from({ length: count }, (_, id) => ({
    id,
    host: id,
    rack: null,
    isBroker: id >= options.voters,
    isVoter: id < options.voters,
    config,
  }));
  return new ClusterDefinition(nodes, [], [], [], resolveSwitches(options.switches ?? {}));
}

/** A running quorum and handles to break it. */
export class Quorum {
  readonly simulation: Simulation;
  readonly watcher = new QuorumWatcher();
  readonly nodes: Host[];

  constructor(options: QuorumOptions) {
    const program = new RaftProgram(quorumDefinition(options));
    const [low, high] = options.latencyUs ?? [300, 700];
    this.simulation = Simulation.create({
      seed: options.seed ?? 'quorum',
      latency: { kind: 'uniform', lowUs: low, highUs: high },
      bandwidthBytesPerSecond: 125_000_000,
      disk: {
        writeUs: 10,
        flushUs: 5000,
        bandwidthBytesPerSecond: 200_000_000,
        pageCacheBytes: 4_000_000_000,
      },
    });
    this.simulation.observer = this.watcher;
    this.nodes = Array.from({ length: options.voters + (options.observers ?? 0) }, (_, id) =>
      this.simulation.addHost({ name: `node-${id}`, program }),
    );
    for (const node of this.nodes) this.simulation.start(node);
  }

  run(seconds: number): void {
    this.simulation.runUntil(this.simulation.nowUs + Math.round(seconds * 1_000_000));
  }

  /** The state of a running node. */
  raft(id: number): RaftState {
    return this.nodes[id]!.state as RaftState;
  }

  isUp(id: number): boolean {
    return this.nodes[id]!.status === 'running' || this.nodes[id]!.status === 'paused';
  }

  /** Nodes that believe that they lead, by ascending epoch. */
  leaders(): number[] {
    const ids = this.nodes.map((_, id) => id);
    const leading = ids.filter((id) => this.isUp(id) && raftIsLeader(this.raft(id)));
    return leading.sort((a, b) => this.raft(a).epoch - this.raft(b).epoch);
  }

  /** The leader of the highest epoch. Throws where nobody leads. */
  leader(): number {
    const leader = this.leaders().at(-1);
    if (leader === undefined) throw new Error('nobody leads the quorum');
    return leader;
  }

  /** Lets a node append records in its own context, at the present instant. */
  append(id: number, records: readonly MetadataRecord[]): void {
    this.push(id, APPEND, records);
  }

  /** Lets a node begin to shut down. */
  shutDown(id: number): void {
    this.push(id, SHUT_DOWN, null);
  }

  /** Cuts a node off from all others, both ways. */
  isolate(id: number): void {
    this.forEachLink(id, (from, to) => this.simulation.transport.block(from, to));
  }

  rejoin(id: number): void {
    this.forEachLink(id, (from, to) => this.simulation.transport.unblock(from, to));
  }

  crash(id: number): void {
    this.simulation.crash(this.nodes[id]!);
  }

  losePower(id: number): void {
    this.simulation.losePower(this.nodes[id]!);
  }

  start(id: number): void {
    this.simulation.start(this.nodes[id]!);
  }

  private push(id: number, opcode: number, payload: unknown): void {
    const node = this.nodes[id]!;
    const address = ((node.incarnation & 0x1ffff) << 14) | node.index;
    this.simulation.kernel.push(this.simulation.nowUs, address, opcode, 0, payload);
  }

  private forEachLink(id: number, act: (from: number, to: number) => void): void {
    for (const other of this.nodes) {
      if (other.index === id) continue;
      act(id, other.index);
      act(other.index, id);
    }
  }
}
