/**
 * What the model tells those who watch it: invariants, traces, histories, measurements of availability.
 *
 * Watching never changes what happens: a method gets facts and returns nothing. The base class ignores everything, so
 * that a watcher overrides what it wants to know. Times are virtual microseconds; nodes, partitions and clients are
 * the integers of the cluster definition.
 */
import type { HostContext } from '../sim/index.js';
import type { MetadataBatch } from './metadata/records.js';
import type { RecordBatch } from './records.js';
import type { ZkTransaction } from './zookeeper/operations.js';

/* eslint-disable @typescript-eslint/no-empty-function -- the base ignores all. */
/** What an observer may hear of, a method for each kind of fact; every method here does nothing. */
export class ModelObserver {
  // --- replicas ---

  /** A log was opened after a start: where it ends, and its checkpointed high watermark. */
  logLoaded(
    _atUs: number,
    _broker: number,
    _partition: number,
    _logEndOffset: number,
    _highWatermark: number,
  ): void {}
  /** A leader appended a batch, stamped with its offsets and leader epoch; neither flushed nor committed by that. */
  leaderAppended(_atUs: number, _broker: number, _partition: number, _batch: RecordBatch): void {}
  /** A follower appended a batch that it had fetched, as its leader had stamped it. */
  followerAppended(_atUs: number, _broker: number, _partition: number, _batch: RecordBatch): void {}
  /** A replica cut its log; `from` is the log end offset before. */
  logTruncated(
    _atUs: number,
    _broker: number,
    _partition: number,
    _from: number,
    _to: number,
  ): void {}
  /** A broker is no replica of the partition any more and deleted its log, which ended at `logEndOffset`. */
  logDeleted(_atUs: number, _broker: number, _partition: number, _logEndOffset: number): void {}
  /** A replica's high watermark moved, on a leader or a follower. */
  highWatermarkMoved(
    _atUs: number,
    _broker: number,
    _partition: number,
    _highWatermark: number,
    _isLeader: boolean,
  ): void {}
  /** A broker leads a partition in a leader epoch that is new to it and starts at `logEndOffset`. */
  becameLeader(
    _atUs: number,
    _broker: number,
    _partition: number,
    _leaderEpoch: number,
    _logEndOffset: number,
  ): void {}
  /** `leader` is -1 where the partition has none. */
  becameFollower(
    _atUs: number,
    _broker: number,
    _partition: number,
    _leaderEpoch: number,
    _leader: number,
  ): void {}
  /** A leader asks the controller for another ISR. */
  isrChangeAsked(
    _atUs: number,
    _broker: number,
    _partition: number,
    _isr: readonly number[],
  ): void {}
  /** The ISR that a leader works with changed (committed by the controller). */
  leaderIsrChanged(
    _atUs: number,
    _broker: number,
    _partition: number,
    _isr: readonly number[],
    _partitionEpoch: number,
  ): void {}
  /** A leader answers a produce request for one partition; `error` is a code of the protocol. */
  produceAnswered(
    _atUs: number,
    _broker: number,
    _partition: number,
    _acks: number,
    _batch: RecordBatch | null,
    _error: number,
  ): void {}
  /** A leader took a fetch of a follower as that follower's progress; -1 where the fetch named no epoch. */
  followerFetched(
    _atUs: number,
    _leader: number,
    _partition: number,
    _follower: number,
    _followerEpoch: number,
    _leaderEpoch: number,
  ): void {}
  /** A broker began (true) or ceased (false) to take requests of clients and followers. */
  brokerServing(_atUs: number, _broker: number, _isServing: boolean): void {}
  /** A follower began (true) or ceased (false) to copy from the leader of its present epoch. */
  followerFetching(
    _atUs: number,
    _broker: number,
    _partition: number,
    _isFetching: boolean,
  ): void {}
  /** A replica refused a request because of its leader epoch or broker epoch. */
  requestFenced(_atUs: number, _broker: number, _partition: number, _error: number): void {}

  // --- control plane ---

  /** A voter became leader of the quorum in an epoch; it is the active controller once it has caught up. */
  quorumLeaderElected(_atUs: number, _node: number, _epoch: number): void {}
  /** The leader of the quorum has caught up and is the active controller; `epoch` is the quorum's. */
  controllerActivated(_atUs: number, _node: number, _epoch: number): void {}
  /** The active controller of that epoch ceased to be it. A crash does not call this. */
  controllerResigned(_atUs: number, _node: number, _epoch: number): void {}
  /** A broker of a cluster on ZooKeeper does what the controller of that epoch tells it, roles and metadata alike. */
  controllerObeyed(
    _atUs: number,
    _broker: number,
    _controller: number,
    _controllerEpoch: number,
  ): void {}
  /** The high watermark of this node's metadata log passed the batch. Each node reports every batch it learns of. */
  metadataCommitted(_atUs: number, _node: number, _batch: MetadataBatch): void {}
  /** A broker applied the batch to its caches and replicas. */
  metadataApplied(_atUs: number, _broker: number, _batch: MetadataBatch): void {}

  /** A server of the ZooKeeper ensemble applied a committed transaction; every server reports every one. */
  zooKeeperCommitted(_atUs: number, _server: number, _transaction: ZkTransaction): void {}

  // --- clients ---

  /** The application hands a record to a producer. `partition` is where the partitioner put it. */
  sendInvoked(
    _atUs: number,
    _producer: number,
    _value: number,
    _partition: number,
    _key: number,
  ): void {}
  /** A record was acknowledged as its producer's `acks` asks; `offset` is -1 with acks=0. */
  sendSucceeded(
    _atUs: number,
    _producer: number,
    _value: number,
    _partition: number,
    _offset: number,
  ): void {}
  /** `executed` is 'no' where no attempt can have been appended, else 'unknown'. */
  sendFailed(
    _atUs: number,
    _producer: number,
    _value: number,
    _partition: number,
    _error: number,
    _executed: 'no' | 'unknown',
  ): void {}
  /** A response carried an error code (retries included). */
  clientError(_atUs: number, _error: number): void {}
  /** A consumer got records of one partition: the values at offsets from `firstOffset` on. */
  polled(
    _atUs: number,
    _consumer: number,
    _partition: number,
    _firstOffset: number,
    _values: readonly number[],
  ): void {}
  /** A consumer moved its position by reset or after a truncation. */
  positionReset(
    _atUs: number,
    _consumer: number,
    _partition: number,
    _from: number,
    _to: number,
    _reason: string,
  ): void {}

  // --- marks ---

  /** A named rare moment. `subject` is a partition, node or client by the mark's kind, or -1. */
  mark(_atUs: number, _name: string, _subject: number): void {}
}
/* eslint-enable @typescript-eslint/no-empty-function */

/** Ignores everything; what a run has when nobody watches. */
export const NO_OBSERVER = new ModelObserver();

/** Who watches the run; a model's run always has an observer. */
export function observerOf(context: HostContext): ModelObserver {
  return context.observer as ModelObserver;
}
