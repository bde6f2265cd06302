/**
 * Messages that arrive with the step that sent them.
 *
 * Exploration reorders what the promises hang on: produce requests, replica fetches, ISR changes and the metadata that
 * brokers learn of, each with its answer. The rest only has to get there: heartbeats and registrations with their
 * answers, questions of clients, requests for metadata (their answers are reordered), and the news that a connection is
 * gone, once all that was sent before it has arrived. When such an exchange begins is still the explorer's choice.
 *
 * On ZooKeeper all that servers and clients of the ensemble say to one another arrives so, and of what the controller says
 * all but LeaderAndIsr.
 */
import { Kind } from '../../model/index.js';
import type { Message } from '../../sim/index.js';

const REORDERED: ReadonlySet<number> = new Set([
  Kind.ProduceRequest,
  Kind.ProduceResponse,
  Kind.FetchRequest,
  Kind.FetchResponse,
  Kind.AlterPartitionRequest,
  Kind.AlterPartitionResponse,
  Kind.QuorumFetchResponse,
  Kind.OffsetForLeaderEpochRequest,
  Kind.OffsetForLeaderEpochResponse,
  Kind.LeaderAndIsrRequest,
]);

/** What may be held back where all else arrives promptly: what followers learn their leaders, and their leaders' logs, from. */
const HOLDABLE: ReadonlySet<number> = new Set([Kind.FetchResponse, Kind.LeaderAndIsrRequest]);

/** Whether a message, or the end of a connection (null), may be the first that is held back. */
export function isHoldable(message: Pick<Message, 'kind'> | null): boolean {
  return message !== null && HOLDABLE.has(message.kind);
}

/** Whether a message, or the end of a connection (null), is delivered as soon as it is next in line. */
export function isEager(message: Pick<Message, 'kind'> | null): boolean {
  return message === null || !REORDERED.has(message.kind);
}
