/**
 * A client history in the terms of Jepsen's Kafka workload.
 *
 * Each operation is two entries: what a client set out to do (`invoke`), and what came of it: `ok`, `fail` (it certainly
 * had no effect), or `info` (nobody knows). A process does one thing at a time; after an `info` it is never heard of
 * again, and its client goes on under another number.
 *
 * Source: jepsen-io/jepsen, jepsen/src/jepsen/tests/kafka.clj.
 */
import type { Form } from './form.js';

/** A partition of a topic, as the history names it: an integer in Jepsen's histories and in the lab's. */
export type Key = number | string;

/** What a record holds; unique within its key. */
export type Value = number | string;

/** One record, sent. */
export interface SendMop {
  readonly f: 'send';
  readonly key: Key;
  readonly value: Value;
  /** Where it was appended; null where the completion does not say. Absent from invocations. */
  readonly offset?: number | null;
}

/** Records of one key that a poll returned, in the order in which it returned them. */
export interface KeyRecords {
  readonly key: Key;
  /** Null where the offset is not known. */
  readonly offsets: readonly (number | null)[];
  readonly values: readonly Value[];
}

/** One poll. */
export interface PollMop {
  readonly f: 'poll';
  /** Null where nothing is known: in invocations, and where the poll failed. */
  readonly reads: readonly KeyRecords[] | null;
}

/** A step of an operation: Jepsen's micro-operation. */
export type Mop = SendMop | PollMop;

/** What an entry says of its operation: it begins, took effect, had no effect, or may have had one. */
export type OperationType = 'invoke' | 'ok' | 'fail' | 'info';

/** One entry of a history. */
export interface Operation {
  /** Place in the history. */
  readonly index: number;
  readonly type: OperationType;
  /** Null where the history does not say. */
  readonly process: number | null;
  /** `send`, `poll`, `txn`, `assign`, `subscribe`, `crash`, `debug-topic-partitions`, or something of the test's own. */
  readonly f: string;
  /** Nanoseconds since the start; null where the history does not say. */
  readonly timeNs: number | null;
  /** The steps of a `send`, `poll` or `txn`; null for other operations and where there is no value. */
  readonly mops: readonly Mop[] | null;
  /** What an `assign` or `subscribe` asks for; null for other operations. */
  readonly keys: readonly Key[] | null;
  /** The value of any other operation, as it stands. */
  readonly value: Form;
  /** An `assign` that goes back to the first record of every key. */
  readonly seekToBeginning?: true;
  /** Keys that were taken away or given meanwhile (`:rebalance-log`): their order means nothing in this operation. */
  readonly rebalanced?: readonly Key[];
  /** Why it did not end with `ok`. */
  readonly error?: string;
}

/** True for the operations that send or poll. */
export function isTransaction(f: string): boolean {
  return f === 'send' || f === 'poll' || f === 'txn';
}

/** True for the operations that choose what is polled. */
export function isAssignment(f: string): boolean {
  return f === 'assign' || f === 'subscribe';
}
