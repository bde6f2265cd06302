/** I16: after the faults are healed things go on. */
import type { PartitionRegistration } from '../../model/index.js';
import type { InvariantDoc } from './breach.js';
import { Invariant, type Peers } from './invariant.js';
import { replicaOf } from './partition-book.js';

interface ProgressState {
  /** By producer: records handed over and not yet settled. */
  outstanding: number[];
  /** By consumer: the offset after the last record read, by partition. */
  positions: Map<number, number>[];
}

/** The words by which what is pending is told apart, whatever it is about. */
export const PENDING_KINDS = [
  'the run ended at its bound',
  'no controller is active',
  'is not registered',
  'is fenced',
  'is in controlled shutdown',
  'is not created',
  'has no leader',
  'has not begun to lead',
  'is being reassigned',
  'has ISR',
  'waits for the outcome',
  'the high watermark at',
] as const;

/**
 * Progress: what must have come about by the end of the settling time. It keeps what clients still wait for, and
 * names what is missing when the run asks (`pending`); it reports no breaches by itself.
 */
export class Progress extends Invariant<ProgressState> {
  static readonly doc: InvariantDoc = {
    id: 'I16',
    name: 'Progress',
    promise:
      'After the faults are healed leaders are elected, ISRs fill up, reassignments come to their end, every record handed to a producer is settled, and consumers catch up, in bounded time.',
    assumptions: [
      'no committed metadata and no vote was lost with the disk of a controller',
      'before 3.8: no broker registered twice in one incarnation',
      'on ZooKeeper since 2.7: no controller lost the answer to an ISR change that was done',
      'before 3.5: no broker waits in controlled shutdown',
      'on ZooKeeper: no controller lost the answer to the creation of a partition’s state',
      'on ZooKeeper: no broker that lost power or disk came back, under another controller, into an ISR that it had never left',
      'before 2.3: no follower ended its process since its log went on past its leader’s',
    ],
    source: 'KIP-500, KIP-966; semantics I16',
  };

  override readonly doc = Progress.doc;

  constructor(peers: Peers) {
    super(peers, {
      outstanding: peers.definition.producers.map(() => 0),
      positions: peers.definition.consumers.map(() => new Map<number, number>()),
    });
  }

  override sendInvoked(_atUs: number, producer: number): void {
    this.state.outstanding[producer]!++;
  }

  override sendSucceeded(_atUs: number, producer: number): void {
    this.state.outstanding[producer]!--;
  }

  override sendFailed(_atUs: number, producer: number): void {
    this.state.outstanding[producer]!--;
  }

  override polled(
    _atUs: number,
    consumer: number,
    partition: number,
    firstOffset: number,
    values: readonly number[],
  ): void {
    this.state.positions[consumer]!.set(partition, firstOffset + values.length);
  }

  override positionReset(
    _atUs: number,
    consumer: number,
    partition: number,
    _from: number,
    to: number,
  ): void {
    this.state.positions[consumer]!.set(partition, to);
  }

  /** What a dead client waited for is settled by its death. */
  override hostDied(_atUs: number, host: number): void {
    for (const { host: own, index } of this.definition.producers) {
      if (own === host) this.state.outstanding[index] = 0;
    }
    for (const { host: own, index } of this.definition.consumers) {
      if (own === host) this.state.positions[index]!.clear();
    }
  }

  /** What is still awaited, one line each; empty where everything has settled. */
  pending(): string[] {
    return [
      ...this.pendingController(),
      ...this.pendingBrokers(),
      ...this.pendingPartitions(),
      ...this.pendingProducers(),
      ...this.pendingConsumers(),
    ];
  }

  private pendingController(): string[] {
    return this.truth.state.activeController < 0 ? ['no controller is active'] : [];
  }

  private pendingBrokers(): string[] {
    return this.definition.brokers.flatMap(({ id }) => {
      const broker = this.truth.broker(id);
      if (broker.epoch < 0) return [`broker ${id} is not registered`];
      if (!this.circumstances.isRegistered(id))
        return [`broker ${id} is not registered since its last start`];
      if (broker.fenced) return [`broker ${id} is fenced`];
      return broker.inControlledShutdown ? [`broker ${id} is in controlled shutdown`] : [];
    });
  }

  private pendingPartitions(): string[] {
    return this.definition.partitions.flatMap(({ index, name }) => {
      const registration = this.truth.partition(index);
      if (registration === null) return [`${name} is not created`];
      const { leader, leaderEpoch, isr, replicas } = registration;
      if (leader < 0) return [`${name} has no leader (ISR [${isr.join(' ')}])`];
      const own = replicaOf(this.ledger.book(index), leader);
      if (!own.isLeader || own.leaderEpoch !== leaderEpoch)
        return [`${name}: broker ${leader} has not begun to lead epoch ${leaderEpoch}`];
      if (registration.isReassigning)
        return [
          `${name} is being reassigned to [${targetReplicas(registration).join(' ')}] (ISR [${isr.join(' ')}])`,
        ];
      return isr.length < replicas.length
        ? [`${name} has ISR [${isr.join(' ')}] of replicas [${replicas.join(' ')}]`]
        : [];
    });
  }

  private pendingProducers(): string[] {
    return this.definition.producers.flatMap(({ id, index }) => {
      const count = this.state.outstanding[index]!;
      if (count === 0) return [];
      return [`producer ${id} waits for the outcome of ${count} record${count === 1 ? '' : 's'}`];
    });
  }

  private pendingConsumers(): string[] {
    return this.definition.consumers.flatMap(({ id, index, partitions }) =>
      partitions.flatMap((partition) => {
        const end = this.ledger.book(partition).committedEnd;
        const position = this.state.positions[index]!.get(partition) ?? 0;
        if (position >= end) return [];
        return [
          `consumer ${id} of ${this.nameOf(partition)} is at ${position}, the high watermark at ${end}`,
        ];
      }),
    );
  }
}

/** What a reassignment under way leads to. */
function targetReplicas({ replicas, removingReplicas }: PartitionRegistration): readonly number[] {
  return replicas.filter((id) => !removingReplicas.includes(id));
}
