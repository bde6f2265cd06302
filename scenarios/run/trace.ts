/**
 * The trace of a run: one line per thing that matters, in the order in which it happened.
 *
 * `time  host  what`: time in milliseconds of the virtual clock. The *story* level has elections, ISR changes, fencing,
 * truncations, starts, deaths, faults, and the first and last of each run of refused or acknowledged produce requests;
 * the *full* level adds appends, high watermarks and every message.
 */
import {
  errorName,
  type ClusterDefinition,
  type MetadataBatch,
  type PartitionRegistration,
  type RecordBatch,
} from '../../model/index.js';
import type { Host, Message } from '../../sim/index.js';
import type { BrokerTruth, TruthListener } from './metadata-truth.js';
import type { Run, RunWatcher } from './run.js';
import { Watcher } from './watcher.js';

/** How much is told: what the story needs, or every append, high watermark and message. */
export type TraceLevel = 'story' | 'full';

interface TraceState {
  lines: string[];
  /** Answer last given to acks=all producers, by partition: an error code. */
  lastAnswer: (number | null)[];
  fenced: Map<number, boolean>;
  shuttingDown: Map<number, boolean>;
}

export class Trace extends Watcher<TraceState> implements RunWatcher, TruthListener {
  private readonly definition: ClusterDefinition;
  private readonly level: TraceLevel;
  /** What names of hosts begin with, where they are a neighbour's: `audit-`. */
  private readonly prefix: string;

  constructor(definition: ClusterDefinition, level: TraceLevel, prefix = '', lines: string[] = []) {
    super({
      lines,
      lastAnswer: definition.partitions.map(() => null),
      fenced: new Map(),
      shuttingDown: new Map(),
    });
    this.definition = definition;
    this.level = level;
    this.prefix = prefix;
  }

  get lines(): readonly string[] {
    return this.state.lines;
  }

  attach(run: Run): void {
    run.truth.listeners.push(this);
    if (this.level !== 'full') return;
    const { watcher } = run.simulation;
    if (watcher === null) return;
    watcher.messageDelivered = (from: Host, to: Host, message: Message): void => {
      this.add(run.simulation.nowUs, to.name, `< ${from.name}: ${message.describe()}`);
    };
  }

  /** Adds to the lines of this trace. */
  ofNeighbour(name: string, definition: ClusterDefinition): Trace {
    return new Trace(definition, this.level, `${name}-`, this.state.lines);
  }

  hostChanged(atUs: number, host: Host): void {
    this.add(atUs, host.name, HOST_STORIES[host.status]);
  }

  faultBegan(atUs: number, text: string): void {
    this.add(atUs, 'fault', text);
  }

  partitionChanged(
    atUs: number,
    before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void {
    const name = this.name(after.partition);
    if (before === null) {
      this.add(
        atUs,
        this.controller,
        `${name} created, replicas ${list(after.replicas)}, leader ${after.leader}, isr ${list(after.isr)}`,
      );
      return;
    }
    const changes = assignmentChanges(before, after);
    if (before.leaderEpoch !== after.leaderEpoch) {
      const from = before.leader < 0 ? 'none' : String(before.leader);
      const to = after.leader < 0 ? 'none' : String(after.leader);
      changes.push(`leader ${from} -> ${to} leaderEpoch=${after.leaderEpoch}`);
    }
    if (list(before.isr) !== list(after.isr))
      changes.push(`isr ${list(before.isr)} -> ${list(after.isr)}`);
    if (list(before.elr) !== list(after.elr))
      changes.push(`elr ${list(before.elr)} -> ${list(after.elr)}`);
    if (
      before.lastKnownElr.length + after.lastKnownElr.length > 0 &&
      list(before.lastKnownElr) !== list(after.lastKnownElr)
    ) {
      changes.push(`lastKnownLeader ${list(before.lastKnownElr)} -> ${list(after.lastKnownElr)}`);
    }
    this.add(
      atUs,
      this.controller,
      `${name} ${changes.join(', ')} partitionEpoch=${after.partitionEpoch}`,
    );
  }

  brokerChanged(atUs: number, brokerId: number, truth: BrokerTruth): void {
    const wasFenced = this.state.fenced.get(brokerId);
    if (wasFenced === undefined || truth.registeredAtUs === atUs) {
      this.add(atUs, this.controller, `broker ${brokerId} registered, epoch ${truth.epoch}`);
    } else if (wasFenced !== truth.fenced) {
      this.add(atUs, this.controller, `broker ${brokerId} ${truth.fenced ? 'fenced' : 'unfenced'}`);
    }
    const wasShuttingDown = this.state.shuttingDown.get(brokerId) ?? false;
    if (truth.inControlledShutdown && !wasShuttingDown) {
      this.add(atUs, this.controller, `broker ${brokerId} in controlled shutdown`);
    }
    this.state.fenced.set(brokerId, truth.fenced);
    this.state.shuttingDown.set(brokerId, truth.inControlledShutdown);
  }

  override controllerActivated(atUs: number, node: number, epoch: number): void {
    this.add(atUs, this.node(node), `active controller, epoch ${epoch}`);
  }

  override controllerResigned(atUs: number, node: number, epoch: number): void {
    this.add(atUs, this.node(node), `no longer the active controller of epoch ${epoch}`);
  }

  override logLoaded(
    atUs: number,
    broker: number,
    partition: number,
    logEndOffset: number,
    highWatermark: number,
  ): void {
    this.add(
      atUs,
      this.node(broker),
      `${this.name(partition)} loaded, leo=${logEndOffset} hw=${highWatermark}`,
    );
  }

  override becameLeader(
    atUs: number,
    broker: number,
    partition: number,
    leaderEpoch: number,
    logEndOffset: number,
  ): void {
    this.add(
      atUs,
      this.node(broker),
      `${this.name(partition)} leads leaderEpoch=${leaderEpoch} leo=${logEndOffset}`,
    );
  }

  override becameFollower(
    atUs: number,
    broker: number,
    partition: number,
    leaderEpoch: number,
    leader: number,
  ): void {
    const whom = leader < 0 ? 'nobody' : String(leader);
    this.add(
      atUs,
      this.node(broker),
      `${this.name(partition)} follows ${whom} leaderEpoch=${leaderEpoch}`,
    );
  }

  override logTruncated(
    atUs: number,
    broker: number,
    partition: number,
    from: number,
    to: number,
  ): void {
    this.add(atUs, this.node(broker), `${this.name(partition)} truncated [${to},${from})`);
  }

  override logDeleted(atUs: number, broker: number, partition: number, logEndOffset: number): void {
    this.add(atUs, this.node(broker), `${this.name(partition)} deleted, leo=${logEndOffset}`);
  }

  override produceAnswered(
    atUs: number,
    broker: number,
    partition: number,
    acks: number,
    _batch: RecordBatch | null,
    error: number,
  ): void {
    if (acks !== -1 || this.state.lastAnswer[partition] === error) return;
    this.state.lastAnswer[partition] = error;
    const answer =
      error === 0 ? 'acknowledges acks=all' : `answers acks=all with ${errorName(error)}`;
    this.add(atUs, this.node(broker), `${this.name(partition)} ${answer}`);
  }

  override requestFenced(atUs: number, broker: number, partition: number, error: number): void {
    const what = `refused ${errorName(error)}`;
    if (partition >= 0) this.addFull(atUs, broker, partition, what);
    else if (this.level === 'full') this.add(atUs, this.node(broker), what);
  }

  override leaderAppended(
    atUs: number,
    broker: number,
    partition: number,
    batch: RecordBatch,
  ): void {
    this.addFull(
      atUs,
      broker,
      partition,
      `append [${batch.baseOffset},${batch.nextOffset}) leaderEpoch=${batch.leaderEpoch}`,
    );
  }

  override followerAppended(
    atUs: number,
    broker: number,
    partition: number,
    batch: RecordBatch,
  ): void {
    this.addFull(
      atUs,
      broker,
      partition,
      `copy [${batch.baseOffset},${batch.nextOffset}) leaderEpoch=${batch.leaderEpoch}`,
    );
  }

  override highWatermarkMoved(
    atUs: number,
    broker: number,
    partition: number,
    highWatermark: number,
  ): void {
    this.addFull(atUs, broker, partition, `hw=${highWatermark}`);
  }

  override isrChangeAsked(
    atUs: number,
    broker: number,
    partition: number,
    isr: readonly number[],
  ): void {
    this.addFull(atUs, broker, partition, `asks for isr ${list(isr)}`);
  }

  override metadataApplied(atUs: number, broker: number, batch: MetadataBatch): void {
    if (this.level !== 'full') return;
    this.add(atUs, this.node(broker), `applied metadata [${batch.baseOffset},${batch.nextOffset})`);
  }

  override mark(atUs: number, name: string, subject: number): void {
    this.add(atUs, `${this.prefix}mark`, `${name} ${subject}`);
  }

  private addFull(atUs: number, broker: number, partition: number, what: string): void {
    if (this.level === 'full') this.add(atUs, this.node(broker), `${this.name(partition)} ${what}`);
  }

  private add(atUs: number, who: string, what: string): void {
    this.state.lines.push(`${formatMs(atUs).padStart(12)}  ${who.padEnd(13)} ${what}`);
  }

  /** Whoever decided what is committed. */
  private get controller(): string {
    return `${this.prefix}controller`;
  }

  private node(id: number): string {
    const { isBroker, isVoter } = this.definition.node(id);
    const role = isBroker && isVoter ? 'node' : isBroker ? 'broker' : 'controller';
    return `${this.prefix}${role}-${id}`;
  }

  private name(partition: number): string {
    return this.definition.partition(partition).name;
  }
}

const HOST_STORIES = {
  running: 'up',
  paused: 'paused',
  down: 'process ended',
  off: 'no power',
} as const;

/** What a reassignment did to the replicas. */
function assignmentChanges(before: PartitionRegistration, after: PartitionRegistration): string[] {
  const changes: string[] = [];
  if (list(before.replicas) !== list(after.replicas))
    changes.push(`replicas ${list(before.replicas)} -> ${list(after.replicas)}`);
  const { addingReplicas: adding, removingReplicas: removing } = after;
  const isNews =
    list(before.addingReplicas) !== list(adding) ||
    list(before.removingReplicas) !== list(removing);
  if (isNews && after.isReassigning)
    changes.push(`adding ${list(adding)} removing ${list(removing)}`);
  else if (isNews) changes.push('reassignment ends');
  return changes;
}

function list(ids: readonly number[]): string {
  return `[${ids.join(' ')}]`;
}

/** Microseconds as milliseconds with three decimals. */
export function formatMs(us: number): string {
  const whole = Math.floor(us / 1000);
  return `${whole}.${String(us - whole * 1000).padStart(3, '0')}`;
}
