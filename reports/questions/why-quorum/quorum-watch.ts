/** Notes what is served, decided and refused around the loss of a quorum. */
import {
  ErrorCode,
  errorName,
  type PartitionRegistration,
  type RecordBatch,
} from '../../../model/index.js';
import {
  Watcher,
  type BrokerTruth,
  type Run,
  type RunWatcher,
  type TruthListener,
} from '../../../scenarios/index.js';

/** Virtual microseconds of what happens: the quorum is lost, the act, its members run again, the end of the run. */
export interface Moments {
  readonly lostUs: number;
  readonly actUs: number;
  readonly backUs: number;
  readonly endUs: number;
}

/** A moment at which something was decided or wanted. */
export interface IsrMoment {
  readonly atUs: number;
  readonly isr: readonly number[];
}

interface QuorumWatchState {
  /** Acknowledgements that reached the writer; polls with records of the reader that lags behind. */
  ackedUs: number[];
  readUs: number[];
  /** What leaders wanted as ISR, and what became of the partition by the metadata, since the loss. */
  wanted: IsrMoment[];
  partitions: { readonly atUs: number; readonly registration: PartitionRegistration }[];
  /** Brokers fenced or without a session since the loss, with a repetition for each time. */
  expelled: number[];
  /** Changes of brokers' registrations while the quorum was gone. */
  registrationsChanged: number;
  /** First commit by the quorum since its members are back; -1 before. */
  decidedUs: number;
  /** When brokers began to serve, since the loss. */
  serving: { readonly atUs: number; readonly broker: number }[];
  /** First acknowledgement of the late producer; -1 before. */
  lateAckUs: number;
  /** Answers to producers with errors, by error, and sends that failed for good, since the act; -1: none failed yet. */
  refusals: Map<number, number>;
  failedSends: number;
  firstFailureUs: number;
}

/** Ids of the clients that are watched. */
export interface WatchedClients {
  /** The consumer whose polls count as reads. */
  readonly reader: string;
  /** The producer whose acknowledgements count as writes. */
  readonly writer: string;
  /** A producer that may come later. */
  readonly late: string;
}

/** Everything that the figures are made from; clients before the loss are noted, too. */
export class QuorumWatch extends Watcher<QuorumWatchState> implements RunWatcher, TruthListener {
  private readonly moments: Moments;
  private readonly clients: WatchedClients;
  /** Indexes of the clients; -1 where there is no such client. */
  private reader = -1;
  private writer = -1;
  private late = -1;

  constructor(moments: Moments, clients: WatchedClients) {
    super({
      ackedUs: [],
      readUs: [],
      wanted: [],
      partitions: [],
      expelled: [],
      registrationsChanged: 0,
      decidedUs: -1,
      serving: [],
      lateAckUs: -1,
      refusals: new Map(),
      failedSends: 0,
      firstFailureUs: -1,
    });
    this.moments = moments;
    this.clients = clients;
  }

  attach(run: Run): void {
    run.truth.listeners.push(this);
    const { consumers, producers } = run.definition;
    const { reader, writer, late } = this.clients;
    this.reader = consumers.find(({ id }) => id === reader)?.index ?? -1;
    this.writer = producers.find(({ id }) => id === writer)?.index ?? -1;
    this.late = producers.find(({ id }) => id === late)?.index ?? -1;
  }

  partitionChanged(
    atUs: number,
    _before: PartitionRegistration | null,
    registration: PartitionRegistration,
  ): void {
    if (this.isSinceLoss(atUs)) this.state.partitions.push({ atUs, registration });
  }

  brokerChanged(atUs: number, id: number, truth: BrokerTruth): void {
    if (!this.isSinceLoss(atUs)) return;
    if (truth.fenced) this.state.expelled.push(id);
    if (atUs < this.moments.backUs) this.state.registrationsChanged++;
  }

  override sendSucceeded(atUs: number, producer: number): void {
    if (producer === this.writer) this.state.ackedUs.push(atUs);
    if (producer === this.late && this.state.lateAckUs < 0) this.state.lateAckUs = atUs;
  }

  override polled(atUs: number, consumer: number): void {
    if (consumer === this.reader) this.state.readUs.push(atUs);
  }

  override isrChangeAsked(
    atUs: number,
    _broker: number,
    _partition: number,
    isr: readonly number[],
  ): void {
    if (this.isSinceLoss(atUs)) this.state.wanted.push({ atUs, isr });
  }

  override brokerServing(atUs: number, broker: number, isServing: boolean): void {
    if (isServing && this.isSinceLoss(atUs)) this.state.serving.push({ atUs, broker });
  }

  override metadataCommitted(atUs: number): void {
    this.noteDecision(atUs);
  }

  override zooKeeperCommitted(atUs: number): void {
    this.noteDecision(atUs);
  }

  override produceAnswered(
    atUs: number,
    _broker: number,
    _partition: number,
    _acks: number,
    _batch: RecordBatch | null,
    error: number,
  ): void {
    if (atUs >= this.moments.actUs && error !== ErrorCode.NONE) add(this.state.refusals, error);
  }

  override sendFailed(atUs: number): void {
    if (atUs < this.moments.actUs) return;
    this.state.failedSends++;
    if (this.state.firstFailureUs < 0) this.state.firstFailureUs = atUs;
  }

  private isSinceLoss(atUs: number): boolean {
    return atUs >= this.moments.lostUs;
  }

  private noteDecision(atUs: number): void {
    if (this.state.decidedUs < 0 && atUs >= this.moments.backUs) this.state.decidedUs = atUs;
  }
}

/** Counts by the protocol's names, in the order of the names. */
export function namedCounts(counts: ReadonlyMap<number, number>): Record<string, number> {
  const named = [...counts].map(([error, count]) => [errorName(error), count] as const);
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function add(counts: Map<number, number>, error: number): void {
  counts.set(error, (counts.get(error) ?? 0) + 1);
}
