/** I22: acks=all means min.insync.replicas copies. */
import { ErrorCode, type RecordBatch } from '../../model/index.js';
import type { InvariantDoc } from './breach.js';
import { Invariant, type Peers } from './invariant.js';
import { holds, replicaOf } from './partition-book.js';

/**
 * MinISRAck: at the success of acks=all the record is, or was before a loss of power or disk or the removal of its
 * replica, on enough replicas (where a reassignment left fewer, on as many as there were); and
 * a leader that knows its ISR to be too small appends nothing for acks=all.
 */
export class MinIsrAck extends Invariant {
  static readonly doc: InvariantDoc = {
    id: 'I22',
    name: 'MinISRAck',
    promise:
      'When acks=all is answered with success the record has reached min.insync.replicas replicas, and it is appended only while the ISR of the leader has as many.',
    assumptions: [
      'no controller lost its disk',
      'on ZooKeeper: no broker that lost power or disk came back, under another controller, into an ISR that it had never left',
    ],
    source: 'Partition.appendRecordsToLeader, checkEnoughReplicasReachOffset; semantics I22',
  };

  override readonly doc = MinIsrAck.doc;
  /** By producer index. */
  private readonly acksAll: readonly boolean[];
  /** By partition index. */
  private readonly minIsr: readonly number[];

  constructor(peers: Peers) {
    super(peers, {});
    this.acksAll = peers.definition.producers.map(({ config }) => config.acks === 'all');
    this.minIsr = peers.definition.partitions.map(({ index }) => this.minIsrOf(index));
  }

  override leaderAppended(
    atUs: number,
    broker: number,
    partition: number,
    batch: RecordBatch,
  ): void {
    if (this.acksAll[batch.values[0]! % this.acksAll.length] !== true) return;
    const { leaderIsr, leaderEpoch } = replicaOf(this.ledger.book(partition), broker);
    const minIsr = this.dueCopies(partition);
    if (leaderIsr === null || leaderIsr.length >= minIsr) return;
    this.report(atUs, partition, `append/${batch.baseOffset}/${batch.leaderEpoch}`, () => ({
      message:
        `${this.nameOf(partition)} offset ${batch.baseOffset}: broker ${broker}, leading epoch ${leaderEpoch} with ISR [${leaderIsr.join(' ')}], ` +
        `appended value ${batch.values[0]!} for acks=all, min.insync.replicas being ${minIsr}`,
      evidence: {
        leader: broker,
        leaderEpoch,
        offset: batch.baseOffset,
        values: batch.values.slice(0, 100),
        isr: leaderIsr,
        minInsyncReplicas: minIsr,
      },
    }));
  }

  override produceAnswered(
    atUs: number,
    broker: number,
    partition: number,
    acks: number,
    batch: RecordBatch | null,
    error: number,
  ): void {
    if (acks !== -1 || error !== ErrorCode.NONE || batch === null || batch.baseOffset < 0) return;
    const { replicas } = this.ledger.book(partition);
    const minIsr = this.dueCopies(partition);
    let copies = 0;
    for (let index = 0; index < replicas.length && copies < minIsr; index++) {
      if (holds(replicas[index]!.log, batch) || replicas[index]!.lostEnd >= batch.nextOffset)
        copies++;
    }
    if (copies >= minIsr) return;
    const holders = replicas
      .filter(({ log }) => holds(log, batch))
      .map((replica) => replica.broker);
    this.report(atUs, partition, `${batch.baseOffset}/${batch.leaderEpoch}`, () => ({
      message:
        `${this.nameOf(partition)} offset ${batch.baseOffset}: broker ${broker} acknowledged value ${batch.values[0]!} of leader epoch ${batch.leaderEpoch} ` +
        `with acks=all while only broker${holders.length === 1 ? '' : 's'} ${holders.join(', ')} held it, min.insync.replicas being ${minIsr}`,
      evidence: {
        leader: broker,
        leaderEpoch: batch.leaderEpoch,
        offset: batch.baseOffset,
        values: batch.values.slice(0, 100),
        holders,
        minInsyncReplicas: minIsr,
      },
    }));
  }
  private dueCopies(partition: number): number {
    return Math.min(this.minIsr[partition]!, this.circumstances.fewestReplicas(partition));
  }
}
