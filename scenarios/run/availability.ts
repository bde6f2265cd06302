/**
 * Whether each partition would serve a request sent right now, as clients see it, integrated over time.
 *
 * - *write*: a new acks=all produce would be acknowledged without waiting for a failure to be noticed or repaired: a
 *   running leader of the newest epoch that brokers act on, whose ISR is at least min.insync.replicas and whose
 *   maximal ISR consists of running followers of that very epoch that it can reach.
 * - *read*: a fetch up to the high watermark would be answered: such a leader exists.
 * - *structural*: the same, were every failure noticed at once, if there is a quorum of controllers to notice it.
 *
 * A partition is evaluated again only when something that it depends on changed.
 */
import {
  partitionView,
  serverStateOf,
  type ClusterDefinition,
  type PartitionRegistration,
} from '../../model/index.js';
import type { Host, Simulation } from '../../sim/index.js';
import type { BrokerTruth, MetadataTruth, TruthListener } from './metadata-truth.js';
import type { Coverage } from '../faults/coverage.js';
import { structuralService, type Served } from './structural.js';
import { Watcher } from './watcher.js';

/** The four figures that are integrated. */
export const AVAILABILITY_KINDS = ['write', 'read', 'structuralWrite', 'structuralRead'] as const;

export type AvailabilityKind = (typeof AVAILABILITY_KINDS)[number];

/** A time during which a partition did not serve one kind of request. */
export interface Outage {
  readonly partition: number;
  readonly kind: AvailabilityKind;
  readonly fromUs: number;
  /** -1 while it lasts. */
  untilUs: number;
  readonly cause: string;
}

interface PartitionStatus {
  up: Record<AvailabilityKind, boolean>;
  /** Since when the present values hold. */
  sinceUs: number;
  downUs: Record<AvailabilityKind, number>;
  outages: Record<AvailabilityKind, number>;
}

export interface AvailabilityState {
  partitions: PartitionStatus[];
  /** Partitions to evaluate before time goes on. */
  dirty: number[];
  isDirty: boolean[];
  /** By partition: brokers that a reassignment took it from and that may still act as its replicas. */
  former: Map<number, readonly number[]>;
  /** Measurement begins here; -1 while the cluster warms up. */
  fromUs: number;
  /** Outages, if they are kept (`keepOutages`). */
  outages: Outage[];
  /** What last happened that may explain an outage. */
  lastCause: string;
  /** Number of partitions down, and the time with at least one down. */
  downNow: Record<AvailabilityKind, number>;
  anyDownUs: Record<AvailabilityKind, number>;
  anySinceUs: Record<AvailabilityKind, number>;
}

/** Availability of one kind over a measured time. */
export interface AvailabilityTotals {
  readonly measuredUs: number;
  /** Summed over partitions. */
  readonly downUs: Readonly<Record<AvailabilityKind, number>>;
  readonly outages: Readonly<Record<AvailabilityKind, number>>;
  /** Time with at least one partition down. */
  readonly anyDownUs: Readonly<Record<AvailabilityKind, number>>;
}

export class Availability extends Watcher<AvailabilityState> implements TruthListener {
  simulation!: Simulation;
  truth!: MetadataTruth;
  coverage!: Coverage;
  /** The operator's host, which stands for all clients. */
  clientHost!: number;
  private readonly definition: ClusterDefinition;
  private readonly keepOutages: boolean;

  constructor(definition: ClusterDefinition, keepOutages: boolean) {
    super({
      partitions: definition.partitions.map(() => ({
        up: all(true),
        sinceUs: 0,
        downUs: all(0),
        outages: all(0),
      })),
      dirty: [],
      isDirty: definition.partitions.map(() => false),
      former: new Map(),
      fromUs: -1,
      outages: [],
      lastCause: 'power-on',
      downNow: all(0),
      anyDownUs: all(0),
      anySinceUs: all(0),
    });
    this.definition = definition;
    this.keepOutages = keepOutages;
  }

  /** Measurement begins now. */
  begin(nowUs: number): void {
    this.state.fromUs = nowUs;
    for (const status of this.state.partitions) status.sinceUs = nowUs;
    this.markAll();
    this.evaluate(nowUs, 0);
  }

  /** Ends outages that last, and returns the totals. `offsetUs`: calendar time minus active time. */
  totals(nowUs: number, offsetUs = 0): AvailabilityTotals {
    const { state } = this;
    const atUs = nowUs + offsetUs;
    const downUs = all(0);
    const outages = all(0);
    const anyDownUs = all(0);
    for (const kind of AVAILABILITY_KINDS) {
      for (const status of state.partitions) {
        downUs[kind] += status.downUs[kind] + (status.up[kind] ? 0 : atUs - status.sinceUs);
        outages[kind] += status.outages[kind];
      }
      anyDownUs[kind] =
        state.anyDownUs[kind] + (state.downNow[kind] > 0 ? atUs - state.anySinceUs[kind] : 0);
    }
    return { measuredUs: state.fromUs < 0 ? 0 : atUs - state.fromUs, downUs, outages, anyDownUs };
  }

  /** A fault, the end of one, or a change of a host: whatever it may have changed is looked at again. */
  disturbed(cause: string | null): void {
    if (cause !== null) this.state.lastCause = cause;
    this.markAll();
  }

  hostChanged(host: Host): void {
    const { definition } = this;
    const isServer = definition.plane.zookeepers.some((server) => server.host === host.index);
    if (isServer || definition.nodeOnHost(host.index) !== null) this.markAll();
  }

  partitionChanged(
    _atUs: number,
    before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void {
    if (before !== null && before.replicas !== after.replicas) this.noteFormer(before, after);
    this.markDirty(after.partition);
  }

  brokerChanged(_atUs: number, _brokerId: number, _truth: BrokerTruth): void {
    this.markAll();
  }

  override becameLeader(_atUs: number, _broker: number, partition: number): void {
    this.markDirty(partition);
  }

  override becameFollower(_atUs: number, _broker: number, partition: number): void {
    this.markDirty(partition);
  }

  override logDeleted(_atUs: number, broker: number, partition: number): void {
    const { former } = this.state;
    const left = former.get(partition)?.filter((id) => id !== broker) ?? [];
    if (left.length === 0) former.delete(partition);
    else former.set(partition, left);
    this.markDirty(partition);
  }

  override leaderIsrChanged(_atUs: number, _broker: number, partition: number): void {
    this.markDirty(partition);
  }

  override isrChangeAsked(_atUs: number, _broker: number, partition: number): void {
    this.markDirty(partition);
  }

  override brokerServing(): void {
    this.markAll();
  }

  /** Partitions that the controllers do not know of any more are served by nobody. */
  metadataLost(): void {
    this.markAll();
  }

  override controllerActivated(): void {
    this.markAll();
  }

  override controllerResigned(): void {
    this.markAll();
  }

  get hasWork(): boolean {
    return this.state.dirty.length > 0;
  }

  /** Looks again at the partitions that something changed for. */
  evaluate(nowUs: number, offsetUs: number): void {
    const { state } = this;
    const { dirty } = state;
    for (let index = 0; index < dirty.length; index++) {
      const partition = dirty[index]!;
      state.isDirty[partition] = false;
      if (state.fromUs >= 0) this.update(partition, nowUs, nowUs + offsetUs);
    }
    dirty.length = 0;
  }

  private update(partition: number, nowUs: number, atUs: number): void {
    const status = this.state.partitions[partition]!;
    const leader = this.servingLeader(partition);
    const read = leader !== null;
    const write = leader !== null && this.acceptsWrites(partition, leader);
    const structural = this.structural(partition, { read, write });
    this.set(status, partition, 'read', read, atUs, nowUs);
    this.set(status, partition, 'write', write, atUs, nowUs);
    this.set(status, partition, 'structuralRead', structural.read, atUs, nowUs);
    this.set(status, partition, 'structuralWrite', structural.write, atUs, nowUs);
    status.sinceUs = atUs;
  }

  private set(
    status: PartitionStatus,
    partition: number,
    kind: AvailabilityKind,
    up: boolean,
    atUs: number,
    nowUs: number,
  ): void {
    const { state } = this;
    if (!status.up[kind]) status.downUs[kind] += atUs - status.sinceUs;
    if (status.up[kind] === up) return;
    status.up[kind] = up;
    if (up) {
      if (--state.downNow[kind] === 0) state.anyDownUs[kind] += atUs - state.anySinceUs[kind];
      const outage = this.keepOutages ? findLast(state.outages, partition, kind) : undefined;
      if (outage !== undefined) outage.untilUs = nowUs;
      return;
    }
    status.outages[kind]++;
    if (state.downNow[kind]++ === 0) state.anySinceUs[kind] = atUs;
    if (this.keepOutages)
      state.outages.push({ partition, kind, fromUs: nowUs, untilUs: -1, cause: state.lastCause });
  }

  /**
   * The running leader of the highest epoch that clients can reach, as a broker id; null where there is none.
   *
   * @param mustCount only brokers that the controllers know, as the processes that run.
   */
  private servingLeader(partition: number, mustCount = false): number | null {
    const replicas = this.truth.partition(partition)?.replicas ?? [];
    let leader: number | null = null;
    let epoch = -1;
    // Whoever has not heard that it is no replica any more goes on for a moment.
    const former = this.state.former.get(partition);
    const candidates = former === undefined ? replicas : [...replicas, ...former];
    for (const id of candidates) {
      const view = this.runningView(id, partition);
      if (view?.role !== 'leader' || !view.takesRequests || view.leaderEpoch <= epoch) continue;
      if (!this.isReachableHost(this.definition.node(id).host)) continue;
      if (mustCount && !this.counts(id)) continue;
      epoch = view.leaderEpoch;
      leader = id;
    }
    return leader;
  }

  /** True where every partition accepts acks=all writes now. */
  get allServe(): boolean {
    return this.definition.partitions.every(({ index }) => this.servesWrites(index));
  }

  /** True where a partition accepts acks=all writes now. */
  servesWrites(partition: number): boolean {
    const leader = this.servingLeader(partition);
    return leader !== null && this.acceptsWrites(partition, leader);
  }

  private acceptsWrites(partition: number, leader: number): boolean {
    const view = this.runningView(leader, partition);
    if (view === null) return false;
    const { topic } = this.definition.partition(partition);
    const replicaCount = this.truth.partition(partition)?.replicas.length ?? 0;
    if (view.isr.length < Math.min(topic.config.minInsyncReplicas, replicaCount)) return false;
    return view.maximalIsr.every(
      (id) => id === leader || this.follows(id, leader, partition, view.leaderEpoch),
    );
  }

  private follows(id: number, leader: number, partition: number, leaderEpoch: number): boolean {
    const view = this.runningView(id, partition);
    if (view?.role !== 'follower' || view.leaderEpoch !== leaderEpoch) return false;
    return this.isConnected(id, leader);
  }

  /** Without a quorum of controllers nothing will be noticed: what clients see is all there is. */
  private structural(partition: number, seen: Served): Served {
    const registration = this.truth.partition(partition);
    if (registration === null || !this.quorumIsUp()) return seen;
    const { config } = this.definition.partition(partition).topic;
    const rules = {
      minIsr: Math.min(config.minInsyncReplicas, registration.replicas.length),
      allowsUnclean: config.uncleanLeaderElectionEnable,
    };
    const served = structuralService(registration, rules, (id) => this.counts(id));
    const isOnZooKeeper = this.definition.plane.mode === 'zookeeper';
    return isOnZooKeeper && !served.read ? this.servedByDeposed(partition) : served;
  }

  /**
   * On ZooKeeper a leader that the controller has deposed, and that has no successor, stays what it was: it cannot follow
   * nobody (ReplicaManager.makeFollowers). Clients that know it go on reading from it.
   */
  private servedByDeposed(partition: number): Served {
    const leader = this.servingLeader(partition, true);
    return {
      read: leader !== null,
      write: leader !== null && this.acceptsWrites(partition, leader),
    };
  }

  /** Up, unfenced, and as the process that the controllers know. */
  private counts(id: number): boolean {
    const { host } = this.definition.node(id);
    const { fenced, registeredAtUs } = this.truth.broker(id);
    return !fenced && this.isUp(host) && registeredAtUs >= this.coverage[host]!.lastStartUs;
  }

  /** Who is cut off is as good as dead, once that is noticed. */
  private isUp(host: number): boolean {
    return this.isRunning(host) && this.isReachableHost(host);
  }

  private quorumIsUp(): boolean {
    const { voters, plane } = this.definition;
    const members = plane.mode === 'kraft' ? voters : plane.zookeepers;
    const up = members.filter(({ host }) => this.isUp(host));
    return 2 * up.length > members.length;
  }

  private isRunning(host: number): boolean {
    return this.simulation.hosts[host]!.status === 'running';
  }

  private runningView(id: number, partition: number): ReturnType<typeof partitionView> {
    const host = this.simulation.hosts[this.definition.node(id).host]!;
    if (host.status !== 'running') return null;
    const server = serverStateOf(host.state);
    return server === null ? null : partitionView(server, partition);
  }

  /** Clients reach a host unless the operator's host, which stands for them all, is cut off from it. */
  isReachableHost(host: number): boolean {
    const { clientHost } = this;
    return !this.isBlocked(clientHost, host) && !this.isBlocked(host, clientHost);
  }

  private isConnected(a: number, b: number): boolean {
    const from = this.definition.node(a).host;
    const to = this.definition.node(b).host;
    return !this.isBlocked(from, to) && !this.isBlocked(to, from);
  }

  private isBlocked(from: number, to: number): boolean {
    const link = this.simulation.transport.network.link(from, to);
    return link !== undefined && link.blocked > 0;
  }

  private noteFormer(before: PartitionRegistration, after: PartitionRegistration): void {
    const { former } = this.state;
    const known = former.get(after.partition) ?? [];
    const gone = [...known, ...before.replicas].filter((id) => !after.replicas.includes(id));
    if (gone.length === 0) former.delete(after.partition);
    else former.set(after.partition, [...new Set(gone)]);
  }

  private markDirty(partition: number): void {
    if (this.state.isDirty[partition] === true) return;
    this.state.isDirty[partition] = true;
    this.state.dirty.push(partition);
  }

  private markAll(): void {
    for (let partition = 0; partition < this.state.isDirty.length; partition++)
      this.markDirty(partition);
  }
}

function all<T>(value: T): Record<AvailabilityKind, T> {
  return { write: value, read: value, structuralWrite: value, structuralRead: value };
}

function findLast(
  outages: readonly Outage[],
  partition: number,
  kind: AvailabilityKind,
): Outage | undefined {
  for (let index = outages.length - 1; index >= 0; index--) {
    const outage = outages[index]!;
    if (outage.partition === partition && outage.kind === kind && outage.untilUs === -1)
      return outage;
  }
  return undefined;
}
