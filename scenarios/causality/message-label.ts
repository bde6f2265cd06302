/** What an arrow says: the name of the request as Kafka has it, and what it carries for the partition in question. */
import { errorName, isResponse, Kind, API_NAMES, type MetadataBatch } from '../../model/index.js';
import type {
  AlterPartitionRequest,
  AlterPartitionResponse,
  BeginQuorumEpochRequest,
  BrokerHeartbeatRequest,
  FetchRequest,
  FetchResponse,
  MetadataResponse,
  ProduceRequest,
  ProduceResponse,
  QuorumFetchRequest,
  QuorumFetchResponse,
  VoteRequest,
  VoteResponse,
} from '../../model/rpc/index.js';
import type { Message } from '../../sim/index.js';

/** Describes a message for a reader who follows one partition (-1: the quorum). */
export function messageLabel(message: Message, partition: number): string {
  switch (message.kind) {
    case Kind.ProduceRequest: {
      const { acks, entries } = message as ProduceRequest;
      const entry = entries.find((each) => each.partition === partition);
      return `Produce acks=${acks === -1 ? 'all' : acks}${entry === undefined ? '' : ` ${records(entry.batch.values)}`}`;
    }
    case Kind.ProduceResponse: {
      const result = own((message as ProduceResponse).results, partition);
      if (result === undefined) return 'Produce response';
      const { error, baseOffset } = result;
      return `Produce response ${error === 0 ? `offset ${baseOffset}` : errorName(error)}`;
    }
    case Kind.FetchRequest: {
      const entry = own((message as FetchRequest).entries, partition);
      return entry === undefined ? 'Fetch' : `Fetch from offset ${entry.fetchOffset}`;
    }
    case Kind.FetchResponse:
      return fetched(message as FetchResponse, partition);
    case Kind.AlterPartitionRequest: {
      const entry = own((message as AlterPartitionRequest).entries, partition);
      if (entry === undefined) return 'AlterPartition';
      return `AlterPartition ISR ${ids(entry.newIsr.map(({ brokerId }) => brokerId))}`;
    }
    case Kind.AlterPartitionResponse: {
      const { error, results } = message as AlterPartitionResponse;
      const result = own(results, partition);
      const code = error === 0 ? (result?.error ?? 0) : error;
      return `AlterPartition response ${code === 0 ? `ISR ${ids(result?.isr ?? [])}` : errorName(code)}`;
    }
    default:
      return quorumLabel(message);
  }
}

function quorumLabel(message: Message): string {
  switch (message.kind) {
    case Kind.MetadataResponse: {
      const { partitions } = message as MetadataResponse;
      return `Metadata response${partitions.length === 1 ? ` leader ${partitions[0]!.leaderId}` : ''}`;
    }
    case Kind.VoteRequest: {
      const { epoch, preVote } = message as VoteRequest;
      return `${preVote ? 'Pre-vote' : 'Vote'} epoch ${epoch}`;
    }
    case Kind.VoteResponse: {
      const { granted, preVote } = message as VoteResponse;
      return `${preVote ? 'Pre-vote' : 'Vote'} response: ${granted ? 'yes' : 'no'}`;
    }
    case Kind.BeginQuorumEpochRequest:
      return `BeginQuorumEpoch ${(message as BeginQuorumEpochRequest).epoch}`;
    case Kind.QuorumFetchRequest:
      return `Fetch metadata from ${(message as QuorumFetchRequest).fetchOffset}`;
    case Kind.QuorumFetchResponse:
      return metadata(message as QuorumFetchResponse);
    case Kind.BrokerHeartbeatRequest: {
      const { wantFence, wantShutDown } = message as BrokerHeartbeatRequest;
      return `BrokerHeartbeat${wantShutDown ? ' wants to shut down' : wantFence ? '' : ' wants to be unfenced'}`;
    }
    default: {
      const name = API_NAMES[message.kind >> 1] ?? 'message';
      return isResponse(message.kind) ? `${name} response` : name;
    }
  }
}

function fetched({ error, results }: FetchResponse, partition: number): string {
  const result = own(results, partition);
  if (result === undefined) return `Fetch response${error === 0 ? '' : ` ${errorName(error)}`}`;
  if (result.error !== 0) return `Fetch response ${errorName(result.error)}`;
  if (result.divergingEpoch >= 0)
    return `Fetch response diverging at ${result.divergingEndOffset}, epoch ${result.divergingEpoch}`;
  const { batches, highWatermark } = result;
  const [first] = batches;
  if (first === undefined) return `Fetch response HW ${highWatermark}`;
  const end = batches[batches.length - 1]!.nextOffset;
  return `Fetch response [${first.baseOffset},${end}) HW ${highWatermark}`;
}

function metadata({ batches, highWatermark, divergingEpoch }: QuorumFetchResponse): string {
  if (divergingEpoch >= 0) return 'metadata diverging';
  const told = batches.filter(hasNews);
  const [first] = told;
  if (first === undefined) return `metadata HW ${highWatermark}`;
  return `metadata [${first.baseOffset},${told[told.length - 1]!.nextOffset})`;
}

/** No-op records keep the high watermark moving and say nothing. */
export function hasNews({ records: list }: MetadataBatch): boolean {
  return list.some(({ type }) => type !== 'NoOp');
}

function own<T extends { readonly partition: number }>(
  list: readonly T[],
  partition: number,
): T | undefined {
  return list.find((each) => each.partition === partition);
}

/** Broker ids: `1, 2, 3`. */
export function ids(list: readonly number[]): string {
  return list.length === 0 ? 'empty' : list.join(', ');
}

/** Records by number, at most four: `#3 #4 #5`. */
export function records(values: readonly number[]): string {
  const [first] = values;
  if (first === undefined) return '';
  const isRun = values.every((value, index) => value === first + index);
  if (values.length > 2 && isRun) return `#${first}..#${first + values.length - 1}`;
  const shown = values.slice(0, 4).map((value) => `#${value}`);
  return values.length > 4 ? `${shown.join(' ')} ...` : shown.join(' ');
}
