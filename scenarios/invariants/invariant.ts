/** The common base of all invariants. */
import type {
  ClusterDefinition,
  PartitionRegistration,
  ProducerDefinition,
  RecordBatch,
} from '../../model/index.js';
import type { InvariantId } from '../language/invariants.js';
import type {
  BrokerTruth,
  MetadataLoss,
  MetadataTruth,
  TruthListener,
} from '../run/metadata-truth.js';
import { Watcher } from '../run/watcher.js';
import type { InvariantDoc } from './breach.js';
import type { Breaches } from './breaches.js';
import type { Circumstances } from './circumstances.js';
import type { LedgerListener, Loss, PartitionLedger } from './partition-ledger.js';

/** Those that an invariant asks and tells; a fork of the run has its own. */
export interface Peers {
  readonly definition: ClusterDefinition;
  readonly truth: MetadataTruth;
  readonly ledger: PartitionLedger;
  readonly circumstances: Circumstances;
  readonly breaches: Breaches;
}

/** What an invariant says of a breach; the base adds who, when and where. */
export interface Finding {
  readonly message: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/**
 * One promise of the protocol, watched.
 *
 * An invariant reacts to what the model tells (it never scans), keeps what it must remember in `state`, and reports a
 * breach without judging it.
 */
export abstract class Invariant<State extends object = object>
  extends Watcher<State>
  implements TruthListener, LedgerListener
{
  abstract readonly doc: InvariantDoc;
  protected readonly definition: ClusterDefinition;
  protected truth: MetadataTruth;
  protected ledger: PartitionLedger;
  protected circumstances: Circumstances;
  private breaches: Breaches;

  constructor(peers: Peers, state: State) {
    super(state);
    this.definition = peers.definition;
    this.truth = peers.truth;
    this.ledger = peers.ledger;
    this.circumstances = peers.circumstances;
    this.breaches = peers.breaches;
  }

  get id(): InvariantId {
    return this.doc.id;
  }

  /** Points a forked invariant at the peers of its own run. */
  attach(peers: Peers): void {
    this.truth = peers.truth;
    this.ledger = peers.ledger;
    this.circumstances = peers.circumstances;
    this.breaches = peers.breaches;
  }

  /** A partition's registration changed; the base ignores it. */
  partitionChanged(
    _atUs: number,
    _before: PartitionRegistration | null,
    _after: PartitionRegistration,
  ): void {
    return;
  }

  /** A broker's registration changed; the base ignores it. */
  brokerChanged(_atUs: number, _brokerId: number, _truth: BrokerTruth): void {
    return;
  }

  /** A leader of the quorum lacks committed metadata; the base ignores it. */
  metadataLost(_atUs: number, _loss: MetadataLoss): void {
    return;
  }

  /** A new leader lacks committed records; the base ignores it. */
  commitsLost(_atUs: number, _loss: Loss): void {
    return;
  }

  /** A broker's process started; the base ignores it. */
  hostStarted(_atUs: number, _host: number): void {
    return;
  }

  /** A host's process died; the base ignores it. */
  hostDied(_atUs: number, _host: number): void {
    return;
  }

  /**
   * Notes a breach, once for each key: the offset or the epoch in question. `partition` is an index of the cluster
   * definition, or -1.
   */
  protected report(
    atUs: number,
    partition: number,
    key: string | number,
    describe: () => Finding,
  ): void {
    this.breaches.add(`${this.doc.id}/${partition}/${key}`, () => ({
      invariant: this.doc.id,
      name: this.doc.name,
      atUs,
      partition: partition < 0 ? null : this.nameOf(partition),
      partitionIndex: partition,
      ...describe(),
    }));
  }

  /** `orders-0`. */
  protected nameOf(partition: number): string {
    return this.definition.partition(partition).name;
  }

  /** The least number of replicas that acks=all stands for, `min.insync.replicas` capped (3.7+). */
  protected minIsrOf(partition: number): number {
    const { topic } = this.definition.partition(partition);
    return Math.min(topic.config.minInsyncReplicas, topic.replicationFactor);
  }

  /** Whose batch it is: record n of producer p has the value n * producers + p. */
  protected producerOf(batch: RecordBatch): ProducerDefinition {
    return this.definition.producers[batch.values[0]! % this.definition.producers.length]!;
  }
}
