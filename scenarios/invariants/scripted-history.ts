/**
 * A history told by hand to the invariants, as the model would tell it: for tests of what they notice and what not.
 *
 * Three combined nodes (more on request) and one partition, `orders-0`. Every call takes a millisecond.
 */
import {
  brokerConfig,
  ClusterDefinition,
  consumerConfig,
  MetadataBatch,
  NO_PRODUCER_ID,
  producerConfig,
  RecordBatch,
  resolveSwitches,
  topicConfig,
  type MetadataRecord,
  type ModelObserver,
  type PartitionChangeRecord,
} from '../../model/index.js';
import { MetadataTruth } from '../run/metadata-truth.js';
import { watchersOf } from '../run/watcher.js';
import type { Death } from './circumstances.js';
import { InvariantSuite } from './invariant-suite.js';

export interface ScriptedCluster {
  readonly brokers?: number;
  readonly minIsr?: number;
  readonly unclean?: boolean;
  readonly acks?: 'all' | '1' | '0';
  readonly idempotence?: boolean;
  readonly reset?: 'earliest' | 'latest';
}

function defineCluster(options: ScriptedCluster): ClusterDefinition {
  const count = options.brokers ?? 3;
  const nodes = Array.from({ length: count }, (_, host) => ({
    id: host + 1,
    host,
    rack: null,
    isBroker: true,
    isVoter: true,
    config: brokerConfig({}),
  }));
  const config = topicConfig(
    {},
    {
      'min.insync.replicas': options.minIsr ?? 2,
      'unclean.leader.election.enable': options.unclean ?? false,
    },
  );
  const topic = {
    index: 0,
    name: 'orders',
    firstPartition: 0,
    partitionCount: 1,
    replicationFactor: count,
    replicas: null,
    config,
  };
  const acks = options.acks ?? 'all';
  const producer = {
    index: 0,
    id: 'web-0',
    host: count + 1,
    topic,
    ratePerSecond: 1,
    sends: null,
    keys: null,
    valueBytes: 100,
    startUs: 0,
    stopUs: 60_000_000,
    config: producerConfig({ acks, 'enable.idempotence': options.idempotence ?? acks === 'all' }),
  };
  const consumer = {
    index: 0,
    id: 'reader-0',
    host: count + 2,
    partitions: [0],
    processingUs: 0,
    config: consumerConfig({ 'auto.offset.reset': options.reset ?? 'latest' }),
  };
  return new ClusterDefinition(nodes, [topic], [producer], [consumer], resolveSwitches({}));
}

export class ScriptedHistory {
  readonly definition: ClusterDefinition;
  readonly truth: MetadataTruth;
  readonly suite: InvariantSuite;
  readonly observer: ModelObserver;
  private clockUs = 0;
  private metadataOffset = 0;

  constructor(options: ScriptedCluster = {}) {
    this.definition = defineCluster(options);
    this.truth = new MetadataTruth(this.definition);
    this.suite = InvariantSuite.create('all', this.definition, this.truth);
    this.observer = watchersOf([this.truth, ...this.suite.watchers]);
  }

  /** A history in which all brokers are registered and unfenced, broker 1 leads epoch 0, and all are in the ISR. */
  static settled(options: ScriptedCluster = {}): ScriptedHistory {
    const history = new ScriptedHistory(options);
    for (const { id } of history.definition.brokers) history.register(id).unfence(id);
    history.observer.controllerActivated(history.tick(), 1, 1);
    return history.create().lead(1, 0).follow(2, 0, 1).follow(3, 0, 1);
  }

  /** Ids of the invariants broken, in order. */
  get violations(): string[] {
    return this.suite.breaches.violations.map(({ invariant }) => invariant);
  }

  /** Ids of the invariants broken with their assumptions. */
  get expectedLosses(): string[] {
    return this.suite.breaches.expectedLosses.map(({ breach }) => breach.invariant);
  }

  /** The first message of an invariant, violation or expected loss; empty where there is none. */
  messageOf(id: string): string {
    const { violations, expectedLosses } = this.suite.breaches;
    const all = [...violations, ...expectedLosses.map(({ breach }) => breach)];
    return all.find(({ invariant }) => invariant === id)?.message ?? '';
  }

  tick(): number {
    this.clockUs += 1000;
    return this.clockUs;
  }

  // --- metadata ---

  /** Commits records in one batch. */
  commit(...records: MetadataRecord[]): this {
    const batch = new MetadataBatch(this.metadataOffset, 1, records);
    this.metadataOffset = batch.nextOffset;
    this.observer.metadataCommitted(this.tick(), 1, batch);
    return this;
  }

  registration(brokerId: number): MetadataRecord {
    return {
      type: 'RegisterBroker',
      brokerId,
      incarnationId: this.metadataOffset,
      brokerEpoch: this.metadataOffset,
      rack: null,
      fenced: true,
      inControlledShutdown: false,
    };
  }

  register(brokerId: number): this {
    return this.commit(this.registration(brokerId));
  }

  fencing(brokerId: number, fenced: boolean): MetadataRecord {
    return {
      type: 'BrokerRegistrationChange',
      brokerId,
      brokerEpoch: this.truth.broker(brokerId).epoch,
      fenced,
      inControlledShutdown: null,
    };
  }

  unfence(brokerId: number): this {
    return this.commit(this.fencing(brokerId, false));
  }

  create(leader = 1): this {
    const replicas = this.definition.brokers.map(({ id }) => id);
    return this.commit({
      type: 'Partition',
      partition: 0,
      replicas,
      isr: replicas,
      leader,
      leaderEpoch: 0,
      partitionEpoch: 0,
    });
  }

  change(
    change: Partial<
      Pick<
        PartitionChangeRecord,
        | 'isr'
        | 'leader'
        | 'eligibleLeaderReplicas'
        | 'replicas'
        | 'addingReplicas'
        | 'removingReplicas'
      >
    >,
  ): PartitionChangeRecord {
    return {
      type: 'PartitionChange',
      partition: 0,
      isr: null,
      leader: null,
      leaderRecoveryState: null,
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
      replicas: null,
      addingReplicas: null,
      removingReplicas: null,
      ...change,
    };
  }

  /** The controllers give the next epoch to a broker, with that ISR. */
  grant(leader: number, isr: readonly number[], elr: readonly number[] = []): this {
    return this.commit(this.change({ leader, isr, eligibleLeaderReplicas: elr }));
  }

  /** The leader asks for an ISR, and the controllers commit it. */
  alterIsr(leader: number, isr: readonly number[]): this {
    this.observer.isrChangeAsked(this.tick(), leader, 0, isr);
    return this.commit(this.change({ isr }));
  }

  // --- replicas ---

  lead(broker: number, leaderEpoch: number): this {
    this.observer.becameLeader(this.tick(), broker, 0, leaderEpoch, this.logEndOf(broker));
    return this;
  }

  follow(broker: number, leaderEpoch: number, leader: number): this {
    this.observer.becameFollower(this.tick(), broker, 0, leaderEpoch, leader);
    return this;
  }

  /** A batch as a leader of that epoch would stamp it. */
  batch(baseOffset: number, leaderEpoch: number, ...values: number[]): RecordBatch {
    const keys = values.map(() => -1);
    return new RecordBatch(
      baseOffset,
      leaderEpoch,
      NO_PRODUCER_ID,
      0,
      -1,
      values,
      keys,
      100 * values.length,
      0,
    );
  }

  /** Appends a batch on the leader (the first broker) and then on the others. */
  replicate(batch: RecordBatch, leader: number, ...followers: number[]): this {
    this.observer.leaderAppended(this.tick(), leader, 0, batch);
    for (const follower of followers) this.copy(follower, batch);
    return this;
  }

  copy(follower: number, batch: RecordBatch): this {
    this.observer.followerAppended(this.tick(), follower, 0, batch);
    return this;
  }

  truncate(broker: number, to: number): this {
    this.observer.logTruncated(this.tick(), broker, 0, this.logEndOf(broker), to);
    return this;
  }

  /** The broker is no replica any more. */
  delete(broker: number): this {
    this.observer.logDeleted(this.tick(), broker, 0, this.logEndOf(broker));
    return this;
  }

  /** A leader's high watermark moves. */
  advance(leader: number, highWatermark: number): this {
    this.observer.highWatermarkMoved(this.tick(), leader, 0, highWatermark, true);
    return this;
  }

  /** A follower learns of a high watermark. */
  learn(follower: number, highWatermark: number): this {
    this.observer.highWatermarkMoved(this.tick(), follower, 0, highWatermark, false);
    return this;
  }

  /** One record, appended everywhere, committed, and acknowledged to the client. */
  produce(offset: number, leaderEpoch: number, value: number, leader = 1): RecordBatch {
    const batch = this.batch(offset, leaderEpoch, value);
    const others = this.definition.brokers.map(({ id }) => id).filter((id) => id !== leader);
    this.replicate(batch, leader, ...others).advance(leader, offset + 1);
    this.answer(leader, batch).acked(value, offset);
    return batch;
  }

  answer(leader: number, batch: RecordBatch, acks = -1): this {
    this.observer.produceAnswered(this.tick(), leader, 0, acks, batch, 0);
    return this;
  }

  // --- clients and hosts ---

  acked(value: number, offset: number): this {
    this.observer.sendSucceeded(this.tick(), 0, value, 0, offset);
    return this;
  }

  poll(firstOffset: number, ...values: number[]): this {
    this.observer.polled(this.tick(), 0, 0, firstOffset, values);
    return this;
  }

  die(broker: number, death: Death): this {
    this.suite.hostDied(this.tick(), broker - 1, death);
    return this;
  }

  /** The broker's process starts and finds that much of its log. */
  start(broker: number, logEndOffset = this.logEndOf(broker)): this {
    this.suite.hostStarted(this.tick(), broker - 1);
    this.observer.logLoaded(this.tick(), broker, 0, logEndOffset, 0);
    return this;
  }

  private logEndOf(broker: number): number {
    return this.suite.logEndOffset(0, broker);
  }
}
