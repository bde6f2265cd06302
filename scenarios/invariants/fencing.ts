/** I23: what comes with an older epoch changes nothing. */
import {
  ControllerEpochZnode,
  PartitionStateZnode,
  type MetadataBatch,
  type MetadataRecord,
  type PartitionRegistration,
  type RecordBatch,
  type ZkTransaction,
} from '../../model/index.js';
import { inMs, type InvariantDoc } from './breach.js';
import { Invariant, type Peers } from './invariant.js';
import { replicaOf } from './partition-book.js';

/** When a leader last asked for an ISR with a certain member. */
interface IsrWish {
  readonly atUs: number;
  /** The member's broker epoch at that time, or -1 while it was not registered since its start. */
  readonly brokerEpoch: number;
}

interface FencingState {
  /**
   * By partition: what the leader of the epoch has asked for, by member. An answer may take as long as the request
   * waits in a connection, while the leader asks for others: nothing of the epoch is forgotten.
   */
  wishes: { leaderEpoch: number; members: Map<number, IsrWish> }[];
  /** By broker id: the broker epoch of its registration in the metadata log. */
  brokerEpochs: Map<number, number>;
  metadataNextOffset: number;
  metadataEpoch: number;
  /** Of ZooKeeper: the last transaction, the controller epoch, and the leader epoch of each partition's znode. */
  lastZxid: number;
  controllerEpoch: number;
  leaderEpochs: number[];
  /** By broker id: the newest controller, by id and epoch, that it has listened to since its start. */
  obeyed: Map<number, { readonly controller: number; readonly epoch: number }>;
}

/**
 * Fencing, seen by what it must prevent:
 *
 * - a replica appends under another leader epoch than its own, or goes back to an older one;
 * - a leader takes a fetch of another leader epoch as progress of the follower (KIP-320);
 * - an ISR grows although no leader of the present epoch asked for it, or asked before the joining broker was
 *   registered anew (KIP-903);
 * - the metadata log takes a change that names an older broker epoch, or a batch of an older controller epoch;
 * - ZooKeeper takes the state of a partition from a controller when there is a newer one (KAFKA-6082);
 * - a broker does what a controller tells it after it has done what a newer one told it. What a broker knows of controllers
 *   is forgotten when its process ends (ReplicaManager.controllerEpoch).
 *
 * A broker that has started and is not registered yet fetches without a broker epoch, and a leader that asks for it
 * then names none, which the controller accepts (KIP-903): such a request has no epoch to be older than another.
 */
export class Fencing extends Invariant<FencingState> {
  static readonly doc: InvariantDoc = {
    id: 'I23',
    name: 'Fencing',
    promise: 'No request with an older leader, controller or broker epoch changes state.',
    assumptions: [
      'no controller lost its disk',
      'leader epochs in fetches: from 2.1 on',
      'broker epochs in ISR changes: from 3.5 on, in KRaft mode',
    ],
    source: 'KIP-101, KIP-320, KIP-380, KIP-497, KIP-903; semantics I23',
  };

  override readonly doc = Fencing.doc;

  constructor(peers: Peers) {
    super(peers, {
      wishes: peers.definition.partitions.map(() => ({ leaderEpoch: -1, members: new Map() })),
      brokerEpochs: new Map(),
      metadataNextOffset: 0,
      metadataEpoch: -1,
      lastZxid: 0,
      controllerEpoch: -1,
      leaderEpochs: peers.definition.partitions.map(() => -1),
      obeyed: new Map(),
    });
  }

  override leaderAppended(
    atUs: number,
    broker: number,
    partition: number,
    batch: RecordBatch,
  ): void {
    const replica = replicaOf(this.ledger.book(partition), broker);
    if (replica.isLeader && replica.leaderEpoch === batch.leaderEpoch) return;
    this.report(atUs, partition, `append/${broker}/${batch.baseOffset}`, () => ({
      message:
        `${this.nameOf(partition)} offset ${batch.baseOffset}: broker ${broker} appended as leader in epoch ${batch.leaderEpoch}, ` +
        (replica.isLeader
          ? `leading epoch ${replica.leaderEpoch}`
          : `following in epoch ${replica.leaderEpoch}`),
      evidence: {
        broker,
        offset: batch.baseOffset,
        batchLeaderEpoch: batch.leaderEpoch,
        leaderEpoch: replica.leaderEpoch,
        isLeader: replica.isLeader,
      },
    }));
  }

  override followerAppended(
    atUs: number,
    broker: number,
    partition: number,
    batch: RecordBatch,
  ): void {
    const replica = replicaOf(this.ledger.book(partition), broker);
    if (!replica.isLeader && batch.leaderEpoch <= replica.leaderEpoch) return;
    this.report(atUs, partition, `follow/${broker}/${batch.baseOffset}`, () => ({
      message:
        `${this.nameOf(partition)} offset ${batch.baseOffset}: broker ${broker} copied a batch of leader epoch ${batch.leaderEpoch} ` +
        `while it was ${replica.isLeader ? 'the leader' : 'a follower'} of epoch ${replica.leaderEpoch}`,
      evidence: {
        broker,
        offset: batch.baseOffset,
        batchLeaderEpoch: batch.leaderEpoch,
        leaderEpoch: replica.leaderEpoch,
        isLeader: replica.isLeader,
      },
    }));
  }

  override followerFetched(
    atUs: number,
    leader: number,
    partition: number,
    follower: number,
    followerEpoch: number,
    leaderEpoch: number,
  ): void {
    if (followerEpoch === leaderEpoch || followerEpoch < 0) return;
    this.report(atUs, partition, `fetch/${follower}/${followerEpoch}/${leaderEpoch}`, () => ({
      message:
        `${this.nameOf(partition)}: broker ${leader}, leading epoch ${leaderEpoch}, took a fetch of broker ${follower} ` +
        `in epoch ${followerEpoch} as its progress`,
      evidence: { leader, leaderEpoch, follower, followerEpoch },
    }));
  }

  override becameLeader(atUs: number, broker: number, partition: number): void {
    this.checkRole(atUs, broker, partition);
  }

  override becameFollower(atUs: number, broker: number, partition: number): void {
    this.checkRole(atUs, broker, partition);
  }

  override isrChangeAsked(
    atUs: number,
    broker: number,
    partition: number,
    isr: readonly number[],
  ): void {
    const { leaderEpoch } = replicaOf(this.ledger.book(partition), broker);
    const wishes = this.state.wishes[partition]!;
    if (leaderEpoch < wishes.leaderEpoch) return;
    if (leaderEpoch > wishes.leaderEpoch) {
      wishes.leaderEpoch = leaderEpoch;
      wishes.members.clear();
    }
    for (const id of isr) {
      const brokerEpoch = this.circumstances.isRegistered(id) ? this.truth.broker(id).epoch : -1;
      wishes.members.set(id, { atUs, brokerEpoch });
    }
  }

  /** Only leaders make an ISR grow, without a new leader epoch; the controller makes it shrink, or elects. */
  override partitionChanged(
    atUs: number,
    before: PartitionRegistration | null,
    after: PartitionRegistration,
  ): void {
    if (before?.leaderEpoch !== after.leaderEpoch) return;
    for (const member of after.isr) {
      if (!before.isr.includes(member)) this.checkJoin(atUs, member, after);
    }
  }

  override metadataCommitted(atUs: number, _node: number, batch: MetadataBatch): void {
    const { state } = this;
    if (batch.baseOffset < state.metadataNextOffset) return;
    state.metadataNextOffset = batch.nextOffset;
    if (batch.epoch < state.metadataEpoch) {
      this.report(atUs, -1, `metadata/${batch.baseOffset}`, () => ({
        message: `metadata offset ${batch.baseOffset} of controller epoch ${batch.epoch} was committed after one of epoch ${state.metadataEpoch}`,
        evidence: { offset: batch.baseOffset, epoch: batch.epoch, earlier: state.metadataEpoch },
      }));
    }
    state.metadataEpoch = Math.max(state.metadataEpoch, batch.epoch);
    for (const record of batch.records) this.checkBrokerEpoch(atUs, record);
  }

  override zooKeeperCommitted(atUs: number, _server: number, transaction: ZkTransaction): void {
    const { state } = this;
    if (transaction.zxid <= state.lastZxid) return;
    state.lastZxid = transaction.zxid;
    for (const change of transaction.changes) {
      if (change.type !== 'create' && change.type !== 'setData') continue;
      const { data } = change;
      if (data instanceof ControllerEpochZnode) state.controllerEpoch = data.epoch;
      else if (data instanceof PartitionStateZnode) this.checkControllerEpoch(atUs, data);
    }
  }

  override controllerObeyed(atUs: number, broker: number, controller: number, epoch: number): void {
    const { obeyed } = this.state;
    const newest = obeyed.get(broker);
    if (newest === undefined || newest.epoch <= epoch) {
      obeyed.set(broker, { controller, epoch });
      return;
    }
    this.report(atUs, -1, `obeyed/${broker}/${epoch}`, () => ({
      message:
        `broker ${broker} did what broker ${controller}, the controller of epoch ${epoch}, told it, ` +
        `having listened to broker ${newest.controller}, that of epoch ${newest.epoch}`,
      evidence: { broker, controller, controllerEpoch: epoch, newest: newest.epoch },
    }));
  }

  override hostStarted(_atUs: number, host: number): void {
    const node = this.definition.nodeOnHost(host);
    if (node !== null) this.state.obeyed.delete(node.id);
  }

  /** Controllers raise the leader epoch with all they write; leaders keep it, and the controller epoch that they know. */
  private checkControllerEpoch(atUs: number, written: PartitionStateZnode): void {
    const { state } = this;
    const { partition, leaderEpoch, controllerEpoch, leader, isr } = written;
    const isOfController = leaderEpoch > state.leaderEpochs[partition]!;
    state.leaderEpochs[partition] = leaderEpoch;
    if (!isOfController || controllerEpoch >= state.controllerEpoch) return;
    this.report(atUs, partition, `controller/${controllerEpoch}/${leaderEpoch}`, () => ({
      message:
        `${this.nameOf(partition)}: a controller of epoch ${controllerEpoch} wrote leader ${leader}, leader epoch ${leaderEpoch}, ` +
        `ISR [${isr.join(' ')}] to ZooKeeper while there was one of epoch ${state.controllerEpoch}`,
      evidence: { leaderEpoch, controllerEpoch, newest: state.controllerEpoch },
    }));
  }

  private checkRole(atUs: number, broker: number, partition: number): void {
    const { leaderEpoch, leaderEpochBefore } = replicaOf(this.ledger.book(partition), broker);
    if (leaderEpoch >= leaderEpochBefore) return;
    this.report(atUs, partition, `role/${broker}/${leaderEpoch}`, () => ({
      message: `${this.nameOf(partition)}: broker ${broker} went back from leader epoch ${leaderEpochBefore} to ${leaderEpoch}`,
      evidence: { broker, before: leaderEpochBefore, after: leaderEpoch },
    }));
  }

  private checkJoin(atUs: number, member: number, after: PartitionRegistration): void {
    const { partition, leader, leaderEpoch, partitionEpoch, isr } = after;
    const { members, leaderEpoch: wishedIn } = this.state.wishes[partition]!;
    const wished = wishedIn === leaderEpoch ? members.get(member) : undefined;
    const { epoch } = this.truth.broker(member);
    const wishedEpoch = wished?.brokerEpoch;
    if (wishedEpoch === epoch || wishedEpoch === -1) return;
    const name = this.nameOf(partition);
    this.report(atUs, partition, `join/${member}/${partitionEpoch}`, () => ({
      message:
        wished === undefined
          ? `${name}: broker ${member} joined the ISR [${isr.join(' ')}] in partition epoch ${partitionEpoch}, but no leader of leader epoch ${leaderEpoch} asked for it`
          : `${name}: broker ${member} joined the ISR [${isr.join(' ')}] in partition epoch ${partitionEpoch} with its broker epoch ${epoch}, ` +
            `but the leader asked for its earlier incarnation, of broker epoch ${wishedEpoch!}, at ${inMs(wished.atUs)}`,
      evidence: {
        member,
        isr,
        leader,
        leaderEpoch,
        partitionEpoch,
        brokerEpoch: epoch,
        askedBrokerEpoch: wishedEpoch ?? -1,
        askedAtUs: wished?.atUs ?? -1,
      },
    }));
  }

  private checkBrokerEpoch(atUs: number, record: MetadataRecord): void {
    const { brokerEpochs } = this.state;
    if (record.type === 'RegisterBroker') brokerEpochs.set(record.brokerId, record.brokerEpoch);
    if (record.type !== 'BrokerRegistrationChange') return;
    const present = brokerEpochs.get(record.brokerId) ?? -1;
    if (record.brokerEpoch === present) return;
    this.report(atUs, -1, `broker/${record.brokerId}/${record.brokerEpoch}`, () => ({
      message: `a change of broker ${record.brokerId} with broker epoch ${record.brokerEpoch} was committed, the broker being registered with epoch ${present}`,
      evidence: { broker: record.brokerId, brokerEpoch: record.brokerEpoch, present },
    }));
  }
}
