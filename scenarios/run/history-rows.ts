/** The client history as plain rows, for files: every send and every poll that returned records. */
import { ErrorCode, errorName } from '../../model/index.js';
import type { Run } from './run.js';

/** One record's send, from the application's call to its outcome. */
export interface SendRow {
  readonly f: 'send';
  readonly producer: string;
  readonly value: number;
  /** Null where the outcome is still open: nobody said. */
  readonly partition: string | null;
  readonly invokedMs: number;
  /** Null where the run ended first. */
  readonly completedMs: number | null;
  /** `failed` was certainly not executed. */
  readonly outcome: 'ok' | 'failed' | 'unknown';
  readonly offset: number | null;
  /** Last error of a broker. */
  readonly error: string | null;
}

/** Records that a consumer got in one poll of one partition. */
export interface PollRow {
  readonly f: 'poll';
  readonly consumer: string;
  readonly partition: string;
  readonly atMs: number;
  readonly firstOffset: number;
  readonly values: readonly number[];
}

export type HistoryRow = SendRow | PollRow;

/** The history of a run in the order of completion; what never completed comes last, by value. */
export function historyRows(run: Run): HistoryRow[] {
  const { definition, history } = run;
  const { outcomes, polls, open } = history.state;
  const nameOf = (partition: number): string => definition.partition(partition).name;
  const rows: { atUs: number; row: HistoryRow }[] = [];
  for (const each of outcomes) {
    const row: SendRow = {
      f: 'send',
      producer: definition.producers[each.producer]!.id,
      value: each.value,
      partition: each.partition < 0 ? null : nameOf(each.partition),
      invokedMs: each.invokedUs / 1000,
      completedMs: each.completedUs / 1000,
      outcome: each.outcome,
      offset: each.offset < 0 ? null : each.offset,
      error: each.error === ErrorCode.NONE ? null : errorName(each.error),
    };
    rows.push({ atUs: each.completedUs, row });
  }
  for (const poll of polls) {
    const row: PollRow = {
      f: 'poll',
      consumer: definition.consumers[poll.consumer]!.id,
      partition: nameOf(poll.partition),
      atMs: poll.atUs / 1000,
      firstOffset: poll.firstOffset,
      values: poll.values,
    };
    rows.push({ atUs: poll.atUs, row });
  }
  // A stable sort: of one instant, sends come before polls, each in their own order.
  const completed = rows.sort((a, b) => a.atUs - b.atUs).map(({ row }) => row);
  const pending = [...open].sort(([a], [b]) => a - b);
  return [...completed, ...pending.map(([value, atUs]) => openSend(run, value, atUs))];
}

function openSend(run: Run, value: number, invokedUs: number): SendRow {
  const { producers } = run.definition;
  return {
    f: 'send',
    producer: producers[value % producers.length]!.id,
    value,
    partition: null,
    invokedMs: invokedUs / 1000,
    completedMs: null,
    outcome: 'unknown',
    offset: null,
    error: null,
  };
}
