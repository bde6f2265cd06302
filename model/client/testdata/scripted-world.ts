/** What the scripted brokers of a run share: logs, leaders, and the test's script. */
import type { ClusterDefinition } from '../../definition.js';
import { ErrorCode } from '../../errors.js';
import { NO_PRODUCER_ID, type RecordBatch } from '../../records.js';
import type { RpcMessage } from '../../rpc/index.js';

/**
 * What a broker does with a request instead of serving it.
 * - `drop`: takes it and never answers, without executing it; as a broker reads no further request of a connection
 *   before it has answered, the connection stays silent.
 * - `close`: closes the connection, without executing it.
 * - `execute-and-drop`, `execute-and-close`: as above, after executing it.
 * - a number: answers with that error, without executing it.
 * - `execute-and-fail`: executes it and answers with `error`.
 */
export type Misdeed =
  | 'drop'
  | 'close'
  | 'execute-and-drop'
  | 'execute-and-close'
  | { readonly error: number; readonly execute?: boolean; readonly leaderId?: number };

export interface Rule {
  readonly kind: number;
  readonly broker?: number;
  readonly partition?: number;
  readonly does: Misdeed;
  /** How many requests it takes; it then goes away. */
  times: number;
  /** Serves this many before it begins. */
  skip?: number;
}

interface ProducerEntry {
  epoch: number;
  batches: { first: number; last: number; offset: number }[];
}

export interface LogPartition {
  leader: number;
  leaderEpoch: number;
  batches: RecordBatch[];
  startOffset: number;
  endOffset: number;
  producers: Map<number, ProducerEntry>;
}

export interface Served {
  readonly atUs: number;
  readonly broker: number;
  readonly message: RpcMessage;
}

export class ScriptedWorld {
  readonly partitions: LogPartition[];
  readonly rules: Rule[] = [];
  readonly served: Served[] = [];
  unfenced: number[];
  topicsExist = true;
  controller: number;
  delayUs = 50;
  /** Brokers that take another time to answer. */
  readonly slowBrokers = new Map<number, number>();
  nextProducerId = 1000;
  nextSessionId = 1;
  readonly elections: (readonly number[] | null)[] = [];

  constructor(readonly definition: ClusterDefinition) {
    const ids = definition.brokers.map((broker) => broker.id);
    this.unfenced = ids;
    this.controller = definition.voters[0]?.id ?? -1;
    this.partitions = definition.partitions.map((partition) => ({
      leader: ids[partition.number % ids.length]!,
      leaderEpoch: 5,
      batches: [],
      startOffset: 0,
      endOffset: 0,
      producers: new Map(),
    }));
  }

  /** The values of a partition's log. */
  values(partition: number): number[] {
    return this.partitions[partition]!.batches.flatMap((batch) => [...batch.values]);
  }

  allValues(): number[] {
    return this.partitions.flatMap((_, index) => this.values(index));
  }

  requests<T extends RpcMessage>(
    type: abstract new (...args: never[]) => T,
  ): (Served & { message: T })[] {
    return this.served.filter(
      (item): item is Served & { message: T } => item.message instanceof type,
    );
  }

  moveLeader(partition: number, leader: number): void {
    const log = this.partitions[partition]!;
    log.leader = leader;
    log.leaderEpoch++;
  }

  /** Cuts a log, as an unclean leader would. */
  truncate(partition: number, length: number): void {
    const log = this.partitions[partition]!;
    log.batches = log.batches.filter((batch) => batch.nextOffset <= length);
    log.endOffset = log.batches.at(-1)?.nextOffset ?? log.startOffset;
  }

  misdeed(kind: number, broker: number, partitions: readonly number[]): Rule | null {
    for (const rule of this.rules) {
      if (rule.kind !== kind || rule.times === 0) continue;
      if (rule.broker !== undefined && rule.broker !== broker) continue;
      if (rule.partition !== undefined && !partitions.includes(rule.partition)) continue;
      if (rule.skip !== undefined && rule.skip > 0) {
        rule.skip--;
        continue;
      }
      rule.times--;
      return rule;
    }
    return null;
  }
}

/** ProducerAppendInfo and UnifiedLog, as far as sequences go. */
export function append(
  log: LogPartition,
  batch: RecordBatch,
): { error: number; baseOffset: number } {
  if (batch.producerId !== NO_PRODUCER_ID) {
    const entry = log.producers.get(batch.producerId) ?? {
      epoch: batch.producerEpoch,
      batches: [],
    };
    const seen = entry.batches.find(
      (old) =>
        entry.epoch === batch.producerEpoch &&
        old.first === batch.baseSequence &&
        old.last === batch.lastSequence,
    );
    if (seen !== undefined) return { error: 0, baseOffset: seen.offset };
    if (batch.producerEpoch < entry.epoch) {
      return { error: ErrorCode.INVALID_PRODUCER_EPOCH, baseOffset: -1 };
    }
    const last = batch.producerEpoch > entry.epoch ? undefined : entry.batches.at(-1);
    const isNewEpoch = batch.producerEpoch > entry.epoch;
    const expected = last === undefined ? (isNewEpoch ? 0 : batch.baseSequence) : last.last + 1;
    if (batch.baseSequence !== expected) {
      return { error: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, baseOffset: -1 };
    }
    const batches = isNewEpoch ? [] : entry.batches;
    batches.push({ first: batch.baseSequence, last: batch.lastSequence, offset: log.endOffset });
    log.producers.set(batch.producerId, { epoch: batch.producerEpoch, batches: batches.slice(-5) });
  }
  const stamped = batch.stamped(log.endOffset, log.leaderEpoch);
  log.batches.push(stamped);
  log.endOffset = stamped.nextOffset;
  return { error: 0, baseOffset: stamped.baseOffset };
}
