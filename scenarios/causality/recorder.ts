/**
 * Watches a replayed run and writes down its facts, each with the message that brought it about, and who read which
 * message when: the happened-before relation, for `past.ts`.
 */
import {
  errorName,
  isReassignmentCompletion,
  type MetadataBatch,
  type PartitionRegistration,
  type RecordBatch,
} from '../../model/index.js';
import { Kind } from '../../model/rpc/index.js';
import type { VoteRequest } from '../../model/rpc/index.js';
import type { Host } from '../../sim/index.js';
import type { BrokerTruth, MetadataLoss, TruthListener } from '../run/metadata-truth.js';
import type { Run, RunWatcher } from '../run/run.js';
import { FactLog, sorted, type Details } from './fact-log.js';
import { hasNews, ids, records } from './message-label.js';
import { markStory } from './mark-stories.js';

export class Recorder extends FactLog implements RunWatcher, TruthListener {
  private readonly fenced = new Map<number, boolean>();
  private readonly shuttingDown = new Set<number>();
  private readonly statusBefore = new Map<number, string>();
  /** Facts of the metadata whose host is about to be told. */
  private waiting: ((host: number) => void)[] = [];

  attach(run: Run): void {
    this.listen(run, this);
  }

  hostChanged(atUs: number, host: Host): void {
    const before = this.statusBefore.get(host.index);
    this.statusBefore.set(host.index, host.status);
    if (before === undefined) return;
    this.queue.step++;
    const at = { host: host.index };
    if (host.status === 'paused') this.add(atUs, 'paused', 'stands still (paused)', at);
    else if (host.status === 'down') this.add(atUs, 'died', 'its process ends', at);
    else if (host.status === 'off') this.add(atUs, 'died', 'loses its power', at);
    else if (before === 'paused') this.add(atUs, 'resumed', 'goes on', at);
    else this.add(atUs, 'started', 'starts again', at);
  }

  faultBegan(atUs: number, text: string): void {
    this.queue.step++;
    this.add(atUs, 'fault', text, { host: -1, carrier: null });
  }

  // --- what the controllers commit ---

  partitionChanged(
    atUs: number,
    before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void {
    this.waiting.push((host) => {
      this.partitionCommitted(atUs, host, before, after);
    });
  }

  brokerChanged(atUs: number, id: number, truth: BrokerTruth): void {
    this.waiting.push((host) => {
      this.brokerCommitted(atUs, host, id, truth);
    });
  }

  metadataLost(atUs: number, { controller, from, to }: MetadataLoss): void {
    const text = `leads the quorum without committed metadata [${from},${to})`;
    this.add(atUs, 'mark', text, { host: this.hostOf(controller), from, to });
  }

  override metadataCommitted(atUs: number, node: number, batch: MetadataBatch): void {
    const host = this.hostOf(node);
    const { waiting } = this;
    this.waiting = [];
    for (const tell of waiting) tell(host);
    if (this.focus >= 0 || !hasNews(batch)) return;
    const types = [...new Set(batch.records.map(({ type }) => type))].join(', ');
    const range = `[${batch.baseOffset},${batch.nextOffset})`;
    this.add(atUs, 'committed', `commits metadata ${range} of epoch ${batch.epoch}: ${types}`, {
      host,
      from: batch.baseOffset,
      to: batch.nextOffset,
    });
  }

  override quorumLeaderElected(atUs: number, node: number, epoch: number): void {
    this.add(atUs, 'quorum-leader', `is elected leader of the quorum in epoch ${epoch}`, {
      host: this.hostOf(node),
    });
  }

  override controllerActivated(atUs: number, node: number, epoch: number): void {
    this.add(atUs, 'controller', `becomes the active controller, epoch ${epoch}`, {
      host: this.hostOf(node),
    });
  }

  override controllerResigned(atUs: number, node: number, epoch: number): void {
    this.add(atUs, 'resigned', `is no longer the controller of epoch ${epoch}`, {
      host: this.hostOf(node),
    });
  }

  // --- replicas ---

  override logLoaded(
    atUs: number,
    broker: number,
    partition: number,
    logEndOffset: number,
    highWatermark: number,
  ): void {
    const notes = this.notesOf(broker, partition);
    Object.assign(notes, { logEndOffset, highWatermark });
    this.addReplica(atUs, 'loaded', 'opens its log', broker, partition);
  }

  override becameLeader(
    atUs: number,
    broker: number,
    partition: number,
    leaderEpoch: number,
    logEndOffset: number,
  ): void {
    this.notesOf(broker, partition).logEndOffset = logEndOffset;
    const text = `leads ${this.name(partition)} in epoch ${leaderEpoch}`;
    this.addReplica(atUs, 'leads', text, broker, partition, {
      values: [],
      from: leaderEpoch > 0 ? logEndOffset : -1,
      to: leaderEpoch > 0 ? Number.MAX_SAFE_INTEGER : -1,
    });
  }

  override becameFollower(
    atUs: number,
    broker: number,
    partition: number,
    leaderEpoch: number,
    leader: number,
  ): void {
    const whom = leader < 0 ? 'has no leader' : `follows broker ${leader}`;
    this.addReplica(atUs, 'follows', `${whom} in epoch ${leaderEpoch}`, broker, partition);
  }

  override leaderAppended(
    atUs: number,
    broker: number,
    partition: number,
    batch: RecordBatch,
  ): void {
    this.appended(atUs, 'append', broker, partition, batch);
  }

  override followerAppended(
    atUs: number,
    broker: number,
    partition: number,
    batch: RecordBatch,
  ): void {
    this.appended(atUs, 'copy', broker, partition, batch);
  }

  override logTruncated(
    atUs: number,
    broker: number,
    partition: number,
    from: number,
    to: number,
  ): void {
    this.notesOf(broker, partition).logEndOffset = to;
    const details = { from: to, to: from };
    this.addReplica(
      atUs,
      'truncate',
      `cuts its log: [${to},${from}) is gone`,
      broker,
      partition,
      details,
    );
  }

  override logDeleted(atUs: number, broker: number, partition: number, logEndOffset: number): void {
    this.notesOf(broker, partition).logEndOffset = 0;
    const details = { from: 0, to: logEndOffset };
    const text = 'is no replica any more and deletes its log';
    this.addReplica(atUs, 'truncate', text, broker, partition, details);
  }

  override highWatermarkMoved(
    atUs: number,
    broker: number,
    partition: number,
    highWatermark: number,
    isLeader: boolean,
  ): void {
    const notes = this.notesOf(broker, partition);
    const before = notes.highWatermark;
    notes.highWatermark = highWatermark;
    const kind = isLeader ? 'leader-hw' : 'follower-hw';
    this.addReplica(atUs, kind, `high watermark ${before} -> ${highWatermark}`, broker, partition, {
      from: Math.min(before, highWatermark),
      to: Math.max(before, highWatermark),
    });
  }

  override isrChangeAsked(
    atUs: number,
    broker: number,
    partition: number,
    isr: readonly number[],
  ): void {
    this.addReplica(atUs, 'isr-asked', `asks for ISR ${ids(isr)}`, broker, partition);
  }

  override leaderIsrChanged(
    atUs: number,
    broker: number,
    partition: number,
    isr: readonly number[],
  ): void {
    this.addReplica(atUs, 'isr-asked', `works with ISR ${ids(isr)}`, broker, partition);
  }

  override produceAnswered(
    atUs: number,
    broker: number,
    partition: number,
    acks: number,
    batch: RecordBatch | null,
    error: number,
  ): void {
    const mode = `acks=${acks === -1 ? 'all' : acks}`;
    if (error !== 0 || batch === null) {
      this.addReplica(atUs, 'refused', `answers ${errorName(error)}`, broker, partition);
      return;
    }
    const what = `acknowledges ${records(batch.values)} (${mode})`;
    this.addReplica(atUs, 'acknowledged', what, broker, partition, rangeOf(batch));
  }

  override requestFenced(atUs: number, broker: number, partition: number, error: number): void {
    const text = `refuses with ${errorName(error)}`;
    this.addReplica(atUs, 'fenced-request', text, broker, partition);
  }

  // --- clients ---

  override sendSucceeded(
    atUs: number,
    producer: number,
    value: number,
    partition: number,
    offset: number,
  ): void {
    this.add(atUs, 'confirmed', `#${value} is confirmed at offset ${offset}`, {
      host: this.definition.producers[producer]!.host,
      partition,
      from: offset,
      to: offset + 1,
      values: [value],
    });
  }

  override sendFailed(
    atUs: number,
    producer: number,
    value: number,
    partition: number,
    error: number,
    executed: 'no' | 'unknown',
  ): void {
    const certainty = executed === 'no' ? 'fails' : 'has an unknown outcome';
    this.add(atUs, 'failed', `#${value} ${certainty}: ${errorName(error)}`, {
      host: this.definition.producers[producer]!.host,
      partition,
      values: [value],
    });
  }

  override polled(
    atUs: number,
    consumer: number,
    partition: number,
    firstOffset: number,
    values: readonly number[],
  ): void {
    const to = firstOffset + values.length;
    this.add(atUs, 'polled', `reads ${records(values)} at [${firstOffset},${to})`, {
      host: this.definition.consumers[consumer]!.host,
      partition,
      from: firstOffset,
      to,
      values,
    });
  }

  override mark(atUs: number, name: string, subject: number): void {
    const story = markStory(name);
    if (story === null) return;
    const vote = this.present()?.message;
    const isVote = name === 'vote-granted' && vote?.kind === Kind.VoteRequest;
    const text = isVote ? voteStory(vote as VoteRequest) : story.text;
    // A mark about a broker is told where the broker's name is news: at the host that noticed.
    this.add(atUs, name === 'vote-granted' ? 'vote' : 'mark', text.replace('{}', String(subject)), {
      host: this.servedHost(),
      partition: story.subject === 'partition' ? subject : -1,
    });
  }

  // --- the parts ---

  private appended(
    atUs: number,
    kind: 'append' | 'copy',
    broker: number,
    partition: number,
    batch: RecordBatch,
  ): void {
    this.notesOf(broker, partition).logEndOffset = batch.nextOffset;
    const verb = kind === 'append' ? 'appends' : 'copies';
    const range = `[${batch.baseOffset},${batch.nextOffset})`;
    const text = `${verb} ${records(batch.values)} at ${range}, epoch ${batch.leaderEpoch}`;
    this.addReplica(atUs, kind, text, broker, partition, rangeOf(batch));
  }

  private partitionCommitted(
    atUs: number,
    host: number,
    before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void {
    const { partition, leader, leaderEpoch, isr, elr } = after;
    const name = this.name(partition);
    const at = { host, partition };
    if (before === null) {
      const text = `creates ${name}: leader ${leader}, ISR ${ids(isr)}`;
      this.add(atUs, 'created', text, at);
      return;
    }
    const isrNews = sorted(before.isr) === sorted(isr) ? '' : `ISR ${ids(isr)}`;
    const elrNews = sorted(before.elr) === sorted(elr) ? '' : `ELR ${ids(elr)}`;
    const isAtRest = sorted(before.replicas) === sorted(after.replicas);
    const replicasNews = isAtRest ? '' : `replicas ${ids(after.replicas)}`;
    const news = [replicasNews, isrNews, elrNews].filter((part) => part !== '').join(', ');
    if (before.leaderEpoch !== leaderEpoch) {
      const isClean =
        leader < 0 ||
        before.isr.includes(leader) ||
        before.elr.includes(leader) ||
        isReassignmentCompletion(before, after);
      const whom = leader < 0 ? 'no leader' : `leader ${leader}`;
      const how = isClean ? '' : ' (unclean)';
      const text = `${name}: ${whom}${how} in epoch ${leaderEpoch}${news === '' ? '' : `, ${news}`}`;
      this.add(atUs, 'elected', text, at);
    } else if (news !== '') {
      const asked = this.asked.get(partition);
      const carrier = asked?.isr === sorted(isr) ? { carrier: asked.carrier } : {};
      this.add(atUs, 'isr', `${name}: ${news}`, { ...at, ...carrier });
    }
  }

  private brokerCommitted(atUs: number, host: number, id: number, truth: BrokerTruth): void {
    const before = this.fenced.get(id);
    this.fenced.set(id, truth.fenced);
    const isNew = before === undefined || truth.registeredAtUs === atUs;
    if (isNew) this.add(atUs, 'registered', `registers broker ${id}`, { host });
    else if (before !== truth.fenced) {
      const kind = truth.fenced ? 'fenced' : 'unfenced';
      const verb = truth.fenced ? 'fences' : 'unfences';
      this.add(atUs, kind, `${verb} broker ${id}`, { host });
    }
    if (!truth.inControlledShutdown) this.shuttingDown.delete(id);
    else if (!this.shuttingDown.has(id)) {
      this.shuttingDown.add(id);
      this.add(atUs, 'shutting-down', `lets broker ${id} shut down`, { host });
    }
  }
}

function rangeOf(batch: RecordBatch): Omit<Details, 'host'> {
  return { from: batch.baseOffset, to: batch.nextOffset, values: batch.values };
}

function voteStory({ candidateId, epoch }: VoteRequest): string {
  return `votes for node ${candidateId} in epoch ${epoch}`;
}
