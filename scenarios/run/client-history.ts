/**
 * What the clients did and saw: append-only, in the order of the virtual clock.
 *
 * One entry per invocation and completion of a send, and one per poll that returned records. Checks and figures are
 * computed from it at the end of the run.
 */
import { ErrorCode, errorName, type ClusterDefinition } from '../../model/index.js';
import { ChunkedList, Immutable } from '../../sim/index.js';
import { Watcher } from './watcher.js';

/** A record's send, from one end to the other; made when it completes. */
export class SendOutcome extends Immutable {
  constructor(
    readonly value: number,
    readonly producer: number,
    readonly partition: number,
    readonly invokedUs: number,
    readonly completedUs: number,
    /** `ok`, `failed` (certainly not executed), or `unknown`. */
    readonly outcome: 'ok' | 'failed' | 'unknown',
    /** Where the leader appended it; -1 where nobody said. */
    readonly offset: number,
    /** Last error code of a broker, or 0. */
    readonly error: number,
  ) {
    super();
  }
}

/** Records that a poll returned. */
export class Poll extends Immutable {
  constructor(
    readonly consumer: number,
    readonly partition: number,
    readonly atUs: number,
    readonly firstOffset: number,
    readonly values: readonly number[],
  ) {
    super();
  }
}

/** A record's send that has no outcome yet. */
export class OpenSend extends Immutable {
  constructor(
    readonly partition: number,
    readonly invokedUs: number,
  ) {
    super();
  }
}

/** The process of a host began. */
export class ProcessStart extends Immutable {
  constructor(
    readonly host: number,
    readonly atUs: number,
  ) {
    super();
  }
}

interface HistoryState {
  outcomes: ChunkedList<SendOutcome>;
  polls: ChunkedList<Poll>;
  /** By value. */
  open: Map<number, OpenSend>;
  /** Of clients. */
  starts: ChunkedList<ProcessStart>;
  sent: number;
  delivered: number;
  /** Error codes in responses, retries included. */
  errors: Map<number, number>;
}

export class ClientHistory extends Watcher<HistoryState> {
  constructor() {
    super({
      outcomes: new ChunkedList(),
      polls: new ChunkedList(),
      open: new Map(),
      starts: new ChunkedList(),
      sent: 0,
      delivered: 0,
      errors: new Map(),
    });
  }

  override sendInvoked(atUs: number, _producer: number, value: number, partition: number): void {
    this.state.sent++;
    this.state.open.set(value, new OpenSend(partition, atUs));
  }

  /** The process of a client's host began. */
  clientStarted(atUs: number, host: number): void {
    this.state.starts.push(new ProcessStart(host, atUs));
  }

  override sendSucceeded(
    atUs: number,
    producer: number,
    value: number,
    partition: number,
    offset: number,
  ): void {
    this.complete(atUs, producer, value, partition, 'ok', offset, ErrorCode.NONE);
  }

  override sendFailed(
    atUs: number,
    producer: number,
    value: number,
    partition: number,
    error: number,
    executed: 'no' | 'unknown',
  ): void {
    this.complete(
      atUs,
      producer,
      value,
      partition,
      executed === 'no' ? 'failed' : 'unknown',
      -1,
      error,
    );
  }

  override clientError(_atUs: number, error: number): void {
    this.state.errors.set(error, (this.state.errors.get(error) ?? 0) + 1);
  }

  override polled(
    atUs: number,
    consumer: number,
    partition: number,
    firstOffset: number,
    values: readonly number[],
  ): void {
    this.state.delivered += values.length;
    this.state.polls.push(new Poll(consumer, partition, atUs, firstOffset, values));
  }

  private complete(
    atUs: number,
    producer: number,
    value: number,
    partition: number,
    outcome: SendOutcome['outcome'],
    offset: number,
    error: number,
  ): void {
    const invokedUs = this.state.open.get(value)?.invokedUs;
    if (invokedUs === undefined) throw new Error(`record ${value} has a second outcome`);
    this.state.open.delete(value);
    this.state.outcomes.push(
      new SendOutcome(value, producer, partition, invokedUs, atUs, outcome, offset, error),
    );
  }
}

/** The part `clients` of a run's result. */
export interface ClientFigures {
  readonly sent: number;
  readonly ok: number;
  /** Final outcomes where no attempt can have been executed, by the last broker error. */
  readonly failed: Readonly<Record<string, number>>;
  readonly unknown: number;
  readonly ackedLost: number;
  readonly duplicates: number;
  /** Error codes in responses, retries included. */
  readonly errors: Readonly<Record<string, number>>;
  readonly delivered: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  readonly lag: Readonly<Record<string, number>>;
}

/** Acknowledged records that no log holds, and records that a log holds twice. */
export interface LogAudit {
  readonly ackedLost: number;
  readonly duplicates: number;
}

/** Compares what was acknowledged (acks 1 or all) with the final logs: values by partition, in order of offset. */
export function auditLogs(
  history: ClientHistory,
  definition: ClusterDefinition,
  finalLogs: readonly (readonly number[])[],
): LogAudit {
  const present = new Set<number>();
  let duplicates = 0;
  for (const values of finalLogs) {
    for (const value of values) {
      if (present.has(value)) duplicates++;
      present.add(value);
    }
  }
  let ackedLost = 0;
  for (const { outcome, producer, value } of history.state.outcomes) {
    if (outcome !== 'ok' || definition.producers[producer]!.config.acks === '0') continue;
    if (!present.has(value)) ackedLost++;
  }
  return { ackedLost, duplicates };
}

/** The figures of a history. */
export function clientFigures(
  history: ClientHistory,
  audit: LogAudit,
  lag: Readonly<Record<string, number>>,
): ClientFigures {
  const { state } = history;
  const failed = new Map<number, number>();
  const latencies: number[] = [];
  let unknown = state.open.size;
  for (const { outcome, error, invokedUs, completedUs } of state.outcomes) {
    if (outcome === 'ok') latencies.push(completedUs - invokedUs);
    else if (outcome === 'unknown') unknown++;
    else failed.set(error, (failed.get(error) ?? 0) + 1);
  }
  return {
    sent: state.sent,
    ok: latencies.length,
    failed: byErrorName(failed),
    unknown,
    ackedLost: audit.ackedLost,
    duplicates: audit.duplicates,
    errors: byErrorName(state.errors),
    delivered: state.delivered,
    latencyMs: latencies.length === 0 ? null : quantiles(Float64Array.from(latencies).sort()),
    lag,
  };
}

function byErrorName(counts: ReadonlyMap<number, number>): Record<string, number> {
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return Object.fromEntries(sorted.map(([code, count]) => [errorName(code), count]));
}

function quantiles(sortedUs: Float64Array): { p50: number; p99: number; max: number } {
  const at = (share: number): number =>
    sortedUs[Math.min(sortedUs.length - 1, Math.ceil(share * sortedUs.length) - 1)]! / 1000;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
