/**
 * What happened to the hosts of a run, as far as the promises depend on it.
 *
 * Budget L of the semantics: a partition bears `min.insync.replicas` - 1 *unclean* restarts at a time if one of them
 * is lossy (the machine lost its power, or the disk came back empty). A restart counts from the death until the
 * replica is in the ISR again under its new registration, or a reassignment has taken it away. Without a lossy one any number is borne. Past the budget
 * the partition's promises are void for the rest of the run: what was lost then may show much later.
 *
 * Without ELR (before 4.1, or `elr=off`) unclean restarts that are not lossy do no harm, but a lossy one does where the
 * broker is, or becomes before it has left the ISR, its last member: it comes back as leader without what it lost (B09).
 * Without broker epochs in ISR changes (before 3.5, or `isrBrokerEpoch=off`) so does one during which an ISR expansion
 * that names the broker is in flight (B08), and before 3.7 one whose process is outlived by a fetch (KAFKA-15221).
 *
 * On ZooKeeper so does a lossy one that ends before the broker was taken out of the ISR, if the controller came into
 * office when the broker's former registration was gone: only one that knew it can tell that the broker was away (KIP-380),
 * and nothing of that is in ZooKeeper. The broker leads, or counts as in sync, with what is left of its log.
 *
 * Source: KIP-966 (unclean shutdown, eligible leader replicas), KIP-903 (broker epochs in ISR changes); semantics 6, I1.
 */
import {
  ControllerEpochZnode,
  type ClusterDefinition,
  type PartitionRegistration,
  type ZkTransaction,
} from '../../model/index.js';
import type {
  BrokerTruth,
  MetadataLoss,
  MetadataTruth,
  TruthListener,
} from '../run/metadata-truth.js';
import { Watcher } from '../run/watcher.js';
import { inMs, range } from './breach.js';

/**
 * How a host went down:
 *
 * - `stop`: it shut down by itself, in order, everything flushed. That counts as a crash where the process had not
 *   registered yet: the marker of its clean shutdown then names no broker epoch (BrokerServer.shutdown, LogManager), and
 *   the controllers take the next start for an unclean one;
 * - `crash`: the process ended otherwise; what was written stays;
 * - `power-loss`: what was not flushed may be gone;
 * - `disk-loss`: the disk comes back empty.
 */
export type Death = 'stop' | 'crash' | 'power-loss' | 'disk-loss';

/** An unclean restart that is not over for one partition. */
interface Outage {
  readonly broker: number;
  lossy: boolean;
  /** Since its last death a controller has told it of the partition. */
  isTold: boolean;
}

/** What a broker's log can be expected to hold. */
interface BrokerCircumstance {
  /**
   * - `registered`: the controllers know the present incarnation;
   * - `down`: dead, its log as it was;
   * - `void`: dead or starting, and not registered since: its log may be short, and the controllers do not know yet.
   */
  phase: 'registered' | 'down' | 'void';
  /** When the present incarnation started; infinite while the host is down. */
  startedAtUs: number;
  /** When it last ceased to be registered (on ZooKeeper), or to be unfenced; infinite where it never did. */
  unregisteredAtUs: number;
  /** The controllers' view: when its incarnation registered (-1: not yet), and that it is unfenced. */
  registrationUs: number;
  isUnfenced: boolean;
}

interface CircumstancesState {
  brokers: Map<number, BrokerCircumstance>;
  /** By partition index; only partitions that were ever hit have an entry. */
  outages: Map<number, Outage[]>;
  /** By partition index: how the budget was exceeded first. */
  exceeded: Map<number, string>;
  /** By partition index: how a lossy broker first came back into an ISR that it had never left (on ZooKeeper). */
  unnoticed: Map<number, string>;
  /** How a voter of the controller quorum lost its disk, or null. */
  quorumDiskLost: string | null;
  /** How the quorum first forgot what it had decided, or null. */
  quorumForgot: string | null;
  /** The highest epoch in which a leader of the quorum was elected, or -1. */
  quorumEpoch: number;
  /** By partition index: when its leader asked for the change of the ISR that is under way (looked at without broker epochs). */
  askedAtUs: Map<number, number>;
  /** On ZooKeeper: the epoch of the present controller, and since when it has been one; -1 before the first one. */
  controllerEpoch: number;
  controllerSinceUs: number;
  /** Brokers that ever lost their power or disk. */
  everLossy: Set<number>;
  /** By partition index: the epoch of the controller to which it stays new, although its state is there (on ZooKeeper). */
  heldForNew: Map<number, number>;
  /** By partition index: when a follower last ended its process since its log went on past its leader's. */
  halted: Map<number, number>;
  /** When brokers registered a second time in one incarnation, under an epoch that they may not know: the last time of each. */
  registeredAnewAtUs: Map<number, number>;
  /** Brokers that registered as new incarnations while the old ones were unfenced, and when. */
  replacedAtUs: Map<number, number>;
  /** By partition index: the leader epoch in which an ISR change was left pending for good (on ZooKeeper). */
  leftPending: Map<number, number>;
  /** Partitions by mark: those that a promise's assumptions ask for (`NOTED_MARKS`). */
  marked: Map<string, Set<number>>;
  /** By partition: who led one after the other. */
  leaders: Map<number, number[]>;
  /** Partitions of which a leader missed that another led between. */
  missed: Set<number>;
  /** By partition index: the fewest replicas that a reassignment left it with; only where one did. */
  fewestReplicas: Map<number, number>;
  /** By producer index: it was started more than once. */
  producerRestarted: boolean[];
}

/**
 * - a leader let metadata wipe a pending ISR change (`isrPendingChange`);
 * - it never learned whether its ISR change was written (on ZooKeeper);
 * - a broker joined the ISR that was fenced or shutting down (`isrEligibility`).
 */
const NOTED_MARKS = [
  'pending-isr-change-wiped',
  'isr-update-error',
  'inactive-replica-joined',
] as const;

export class Circumstances extends Watcher<CircumstancesState> implements TruthListener {
  private readonly definition: ClusterDefinition;
  private truth: MetadataTruth;

  constructor(definition: ClusterDefinition, truth: MetadataTruth) {
    super({
      brokers: new Map(
        definition.brokers.map(({ id }) => [
          id,
          {
            phase: 'registered',
            startedAtUs: -1,
            unregisteredAtUs: Infinity,
            registrationUs: -1,
            isUnfenced: false,
          },
        ]),
      ),
      outages: new Map(),
      exceeded: new Map(),
      unnoticed: new Map(),
      askedAtUs: new Map(),
      controllerEpoch: -1,
      controllerSinceUs: -1,
      everLossy: new Set(),
      halted: new Map(),
      heldForNew: new Map(),
      registeredAnewAtUs: new Map(),
      replacedAtUs: new Map(),
      quorumDiskLost: null,
      quorumForgot: null,
      quorumEpoch: -1,
      leftPending: new Map(),
      marked: new Map(NOTED_MARKS.map((name) => [name, new Set()])),
      leaders: new Map(),
      missed: new Set(),
      fewestReplicas: new Map(),
      producerRestarted: definition.producers.map(() => false),
    });
    this.definition = definition;
    this.truth = truth;
  }

  attach(truth: MetadataTruth): void {
    this.truth = truth;
  }

  /** A host went down, or lost its power or disk while it was down. */
  hostDied(atUs: number, host: number, death: Death): void {
    const node = this.definition.nodeOnHost(host);
    if (node === null) {
      const producer = this.definition.producers.find((candidate) => candidate.host === host);
      if (producer !== undefined) this.state.producerRestarted[producer.index] = true;
      return;
    }
    if (node.isVoter && death === 'disk-loss')
      this.state.quorumDiskLost ??= `node ${node.id} lost its disk at ${inMs(atUs)}`;
    if (!node.isBroker) return;
    const broker = this.state.brokers.get(node.id)!;
    broker.startedAtUs = Infinity;
    const lossy = death === 'power-loss' || death === 'disk-loss';
    if (lossy) this.state.everLossy.add(node.id);
    const isClean = death === 'stop' && broker.phase === 'registered';
    if (lossy) broker.phase = 'void';
    else if (broker.phase === 'registered') broker.phase = 'down';
    if (!isClean) this.noteOutage(atUs, node.id, lossy);
  }

  hostStarted(atUs: number, host: number): void {
    const node = this.definition.nodeOnHost(host);
    if (node?.isBroker !== true) return;
    const broker = this.state.brokers.get(node.id)!;
    broker.phase = 'void';
    broker.startedAtUs = atUs;
  }

  brokerChanged(atUs: number, id: number, truth: BrokerTruth): void {
    const broker = this.state.brokers.get(id)!;
    const isNew = truth.registeredAtUs !== broker.registrationUs;
    if (isNew && broker.isUnfenced) this.state.replacedAtUs.set(id, atUs);
    broker.registrationUs = truth.registeredAtUs;
    broker.isUnfenced = !truth.fenced;
    if (truth.fenced) broker.unregisteredAtUs = atUs;
    if (broker.phase === 'void' && truth.registeredAtUs >= broker.startedAtUs)
      broker.phase = 'registered';
  }

  partitionChanged(
    atUs: number,
    before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void {
    this.noteLeader(after);
    if (before !== null && after.replicas.length < before.replicas.length) {
      const fewest = Math.min(after.replicas.length, this.fewestReplicas(after.partition));
      this.state.fewestReplicas.set(after.partition, fewest);
    }
    const outages = this.state.outages.get(after.partition);
    const askedAtUs = this.state.askedAtUs.get(after.partition) ?? -1;
    this.state.askedAtUs.delete(after.partition);
    if (outages === undefined || outages.length === 0) return;
    this.checkLastMember(atUs, after, outages);
    if (before !== null) this.checkExpansion(atUs, askedAtUs, before, after, outages);
    this.state.outages.set(
      after.partition,
      outages.filter(
        (outage) =>
          after.replicas.includes(outage.broker) &&
          (!after.isr.includes(outage.broker) || !this.isKnown(outage)),
      ),
    );
  }

  /** A controller on ZooKeeper is one from when it has raised the controller epoch: what brokers there are it reads later. */
  override zooKeeperCommitted(atUs: number, _server: number, { changes }: ZkTransaction): void {
    const { state } = this;
    for (const change of changes) {
      if (change.type !== 'create' && change.type !== 'setData') continue;
      const { data } = change;
      if (!(data instanceof ControllerEpochZnode) || data.epoch <= state.controllerEpoch) continue;
      state.controllerEpoch = data.epoch;
      state.controllerSinceUs = atUs;
    }
  }

  /** On ZooKeeper brokers without a log open it when they are told of the partition. */
  override logLoaded(atUs: number, broker: number, partition: number): void {
    if (this.isRegistered(broker)) this.noteTold(atUs, broker, partition);
  }

  override becameLeader(atUs: number, broker: number, partition: number): void {
    this.noteTold(atUs, broker, partition);
  }

  override becameFollower(atUs: number, broker: number, partition: number): void {
    this.noteTold(atUs, broker, partition);
  }

  override quorumLeaderElected(atUs: number, node: number, epoch: number): void {
    const { quorumEpoch } = this.state;
    this.state.quorumEpoch = Math.max(quorumEpoch, epoch);
    if (epoch > quorumEpoch) return;
    this.state.quorumForgot ??= `by ${inMs(atUs)} node ${node} led the quorum in epoch ${epoch} after another in epoch ${quorumEpoch}`;
  }

  metadataLost(atUs: number, { controller, epoch, from, to }: MetadataLoss): void {
    this.state.quorumForgot ??=
      `by ${inMs(atUs)} node ${controller} led the quorum in epoch ${epoch} without the committed metadata ` +
      `at offsets ${range(from, to)}`;
  }

  /**
   * True where the controllers know of the broker's last restart: its log is what they think it is. On ZooKeeper a broker
   * registers by itself, and the controller may learn of it, or come into office, later: after a loss it knows at the
   * latest when it tells the broker of the partition. One that does not compare broker epochs (B16) learns nothing more.
   */
  isAccountedFor(broker: number, partition: number): boolean {
    if (this.state.brokers.get(broker)!.phase === 'void') return false;
    if (this.definition.plane.mode === 'kraft') return true;
    const outage = this.state.outages.get(partition)?.find((one) => one.broker === broker);
    if (outage?.lossy !== true || outage.isTold) return true;
    const { brokerGeneration } = this.definition.switches;
    return brokerGeneration === 'off' && this.isOfficeHeld() && !this.isNewToController(broker);
  }

  /** On ZooKeeper: the process of the controller that came into office last is still there. */
  private isOfficeHeld(): boolean {
    const controller = this.state.brokers.get(this.truth.state.activeController);
    return controller !== undefined && controller.startedAtUs <= this.state.controllerSinceUs;
  }

  /** The present incarnation is registered and, on ZooKeeper after a loss, a controller has told it of the partition. */
  private isKnown({ broker, lossy, isTold }: Outage): boolean {
    if (!this.isRegistered(broker)) return false;
    return this.definition.plane.mode === 'kraft' || !lossy || isTold;
  }

  /** True where the broker's present incarnation is registered. */
  isRegistered(broker: number): boolean {
    return this.state.brokers.get(broker)!.phase === 'registered';
  }

  /** How the budget of a partition was exceeded, or null. */
  exceeded(partition: number): string | null {
    return this.state.exceeded.get(partition) ?? null;
  }

  override isrChangeAsked(atUs: number, _broker: number, partition: number): void {
    this.state.askedAtUs.set(partition, atUs);
  }

  override mark(atUs: number, name: string, subject: number): void {
    this.state.marked.get(name)?.add(subject);
    if (name === 'leader-epochs-missed') this.noteMissed(subject);
    else if (name === 'partition-state-exists')
      this.state.heldForNew.set(subject, this.state.controllerEpoch);
    else if (name === 'isr-change-left-pending') this.noteLeftPending(subject);
    else if (name === 'follower-halted') this.state.halted.set(subject, atUs);
    else if (name === 'broker-registered-anew') this.state.registeredAnewAtUs.set(subject, atUs);
    else if (name === 'fetch-of-old-incarnation-counted') this.oldFetchCounted(atUs, subject);
  }

  /**
   * A partition whose leader waits for good for what became of an ISR change, since no controller has raised its leader
   * epoch since; or -1.
   */
  get leftPending(): number {
    for (const [partition, leaderEpoch] of this.state.leftPending) {
      const registration = this.truth.partition(partition);
      if (registration?.leaderEpoch === leaderEpoch) return partition;
    }
    return -1;
  }

  /** How a lossy broker came back into an ISR that it had never left, no controller knowing; or null. -1: of any partition. */
  unnoticed(partition: number): string | null {
    const { unnoticed } = this.state;
    if (partition >= 0) return unnoticed.get(partition) ?? null;
    for (const how of unnoticed.values()) return how;
    return null;
  }

  /** When a follower of the partition last ended its process since its log went on past its leader's; -1: none did. */
  haltedAtUs(partition: number): number {
    return this.state.halted.get(partition) ?? -1;
  }

  /** A partition whose state the present controller could not create since it was there, and takes for new; or -1. */
  get heldForNew(): number {
    for (const [partition, controllerEpoch] of this.state.heldForNew) {
      if (controllerEpoch === this.state.controllerEpoch) return partition;
    }
    return -1;
  }

  /** In KRaft mode metadata follow, and end the wait. */
  private noteLeftPending(partition: number): void {
    if (this.definition.plane.mode === 'kraft') return;
    const registration = this.truth.partition(partition);
    if (registration !== null) this.state.leftPending.set(partition, registration.leaderEpoch);
  }

  /**
   * How a registration that was repeated left one of the brokers, which is fenced, with a broker epoch that it may not
   * know; or null (`reregistration`).
   */
  registeredAnew(brokers: readonly number[]): string | null {
    for (const id of brokers) {
      const atUs = this.state.registeredAnewAtUs.get(id);
      if (atUs === undefined || !this.truth.broker(id).fenced) continue;
      return `at ${inMs(atUs)} broker ${id} registered a second time, under an epoch that it may not know`;
    }
    return null;
  }

  /** Which of the brokers, fenced, registered as a new incarnation while the old one was unfenced; or null (`newIncarnation`). */
  replacedUnfenced(brokers: readonly number[]): string | null {
    for (const id of brokers) {
      const atUs = this.state.replacedAtUs.get(id);
      if (atUs === undefined || !this.truth.broker(id).fenced) continue;
      return `at ${inMs(atUs)} broker ${id} registered as a new incarnation before the old one was fenced`;
    }
    return null;
  }

  /** True while the broker is registered as being in controlled shutdown. */
  isShuttingDown(broker: number): boolean {
    return this.truth.broker(broker).inControlledShutdown;
  }

  /** True where such a thing happened to the partition. */
  wasMarked(name: (typeof NOTED_MARKS)[number], partition: number): boolean {
    return this.state.marked.get(name)!.has(partition);
  }

  /** True where a leader kept what it knew of its followers from before another led. */
  leaderMissed(partition: number): boolean {
    return this.state.missed.has(partition);
  }

  private noteLeader({ partition, leader }: PartitionRegistration): void {
    const leaders = this.state.leaders.get(partition) ?? [];
    this.state.leaders.set(partition, leaders);
    if (leader >= 0 && leaders[leaders.length - 1] !== leader) leaders.push(leader);
  }

  /** A leader missed epochs of its partition; where none but itself led in them no harm is done. */
  private noteMissed(partition: number): void {
    const leaders = this.state.leaders.get(partition) ?? [];
    if (new Set(leaders).size < leaders.length) this.state.missed.add(partition);
  }

  /** The fewest replicas that a reassignment left the partition with; infinite where none took any. */
  fewestReplicas(partition: number): number {
    return this.state.fewestReplicas.get(partition) ?? Infinity;
  }

  get quorumDiskLost(): string | null {
    return this.state.quorumDiskLost;
  }

  /** How lost disks of voters took committed metadata or votes with them, or null. */
  get quorumForgot(): string | null {
    const { quorumDiskLost, quorumForgot } = this.state;
    return quorumDiskLost === null || quorumForgot === null
      ? null
      : `${quorumDiskLost}, and ${quorumForgot}`;
  }

  producerRestarted(producer: number): boolean {
    return this.state.producerRestarted[producer] ?? false;
  }

  private noteOutage(atUs: number, broker: number, lossy: boolean): void {
    for (const registration of this.truth.state.partitions) {
      if (registration?.replicas.includes(broker) !== true) continue;
      const { partition } = registration;
      const outages = this.state.outages.get(partition) ?? [];
      this.state.outages.set(partition, outages);
      const known = outages.find((outage) => outage.broker === broker);
      const outage = { broker, lossy: lossy || known?.lossy === true, isTold: false };
      if (known === undefined) outages.push(outage);
      else Object.assign(known, outage);
      this.compare(atUs, partition, outages);
      this.checkLastMember(atUs, registration, outages);
    }
  }

  /** Without ELR a lossy broker that is alone in the ISR stays there, and leads again. */
  private checkLastMember(
    atUs: number,
    { partition, isr }: PartitionRegistration,
    outages: readonly Outage[],
  ): void {
    if (this.definition.switches.elr === 'on' || isr.length !== 1) return;
    const last = outages.find(({ broker, lossy }) => lossy && broker === isr[0]);
    if (last === undefined) return;
    this.exceed(
      partition,
      `by ${inMs(atUs)} broker ${last.broker}, which lost power or disk, was the last member of the ISR of ` +
        `${this.definition.partition(partition).name}: without eligible leader replicas it leads again (KIP-966)`,
    );
  }

  /** Without broker epochs an expansion that was asked for before the broker came back takes the new incarnation in. */
  private checkExpansion(
    atUs: number,
    askedAtUs: number,
    before: PartitionRegistration,
    after: PartitionRegistration,
    outages: readonly Outage[],
  ): void {
    if (this.definition.switches.isrBrokerEpoch === 'on') return;
    const early = outages.find(
      ({ broker, lossy }) =>
        lossy &&
        after.isr.includes(broker) &&
        !before.isr.includes(broker) &&
        (!this.isRegistered(broker) || askedAtUs <= this.truth.broker(broker).registeredAtUs),
    );
    if (early === undefined) return;
    this.exceed(
      after.partition,
      `by ${inMs(atUs)} broker ${early.broker}, which lost power or disk, was taken into the ISR of ` +
        `${this.definition.partition(after.partition).name} for what its former process had (KIP-903)`,
    );
  }

  /**
   * On ZooKeeper a lossy broker was told of a partition as a member of its ISR: no controller has noticed that it was
   * away. The one that knew its former znode would have (KIP-380); where it is still in office, that is a mistake.
   */
  private noteTold(atUs: number, broker: number, partition: number): void {
    if (this.definition.plane.mode === 'kraft') return;
    const outage = this.state.outages.get(partition)?.find((one) => one.broker === broker);
    if (outage === undefined || outage.isTold) return;
    outage.isTold = true;
    const isMember = this.truth.partition(partition)?.isr.includes(broker) === true;
    if (!outage.lossy || !isMember || !this.isNewToController(broker)) return;
    const how =
      `by ${inMs(atUs)} broker ${broker}, which lost power or disk, was back in the ISR of ` +
      `${this.definition.partition(partition).name} that it had never left: the controller came into office ` +
      `when its former registration was gone, and does not know that it was away (KIP-380)`;
    this.exceed(partition, how);
    if (!this.state.unnoticed.has(partition)) this.state.unnoticed.set(partition, how);
  }

  /** The controller has never seen the registration that the broker had before its present one. */
  private isNewToController(broker: number): boolean {
    return this.state.controllerSinceUs >= this.state.brokers.get(broker)!.unregisteredAtUs;
  }

  private oldFetchCounted(atUs: number, broker: number): void {
    if (!this.state.everLossy.has(broker)) return;
    for (const registration of this.truth.state.partitions) {
      if (registration?.replicas.includes(broker) !== true) continue;
      this.exceed(
        registration.partition,
        `by ${inMs(atUs)} a fetch of a former process of broker ${broker}, which has lost power or disk, counted (KAFKA-15221)`,
      );
    }
  }

  private exceed(partition: number, how: string): void {
    if (!this.state.exceeded.has(partition)) this.state.exceeded.set(partition, how);
  }

  private compare(atUs: number, partition: number, outages: readonly Outage[]): void {
    if (this.state.exceeded.has(partition) || this.definition.switches.elr === 'off') return;
    const { name, topic } = this.definition.partition(partition);
    const minIsr = Math.min(topic.config.minInsyncReplicas, topic.replicationFactor);
    if (outages.length < minIsr || !outages.some(({ lossy }) => lossy)) return;
    const lossy = outages.filter((outage) => outage.lossy).map(({ broker }) => broker);
    const others = outages.filter((outage) => !outage.lossy).map(({ broker }) => broker);
    const crashes = others.length === 0 ? '' : `, and ${brokers(others)} crashed,`;
    this.state.exceeded.set(
      partition,
      `by ${inMs(atUs)} ${brokers(lossy)} lost power or disk${crashes} before any was back in the ISR of ${name}: ` +
        `min.insync.replicas ${minIsr} bears ${minIsr - 1} at a time`,
    );
  }
}

function brokers(ids: readonly number[]): string {
  return ids.length === 1 ? `broker ${ids[0]!}` : `brokers ${ids.join(', ')}`;
}
