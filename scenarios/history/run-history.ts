/**
 * The client history of a run, in Jepsen's form.
 *
 * A process of Jepsen's does one thing at a time, a producer of Kafka many. So each producer is as many processes as it
 * ever has sends under way: a send is given to the first of them that is free. A consumer is one process; its poll
 * begins when the application is done with the records of the one before, and polls that returned nothing are left out. After
 * `info` the process goes on under a number that is higher by the number of processes, as Jepsen's do.
 *
 * - keys: the partitions, numbered through; the completion of `debug-topic-partitions` at the end names them.
 * - values: the number of each record, unique in the run.
 * - `info`: nobody knows whether it was appended; so with acks=0, where no broker answers. What had no outcome at the end
 *   or when the producer died is `info`, too.
 * - a consumer that is started anew is a `crash` and another `assign`.
 */
import { ErrorCode, errorName, type ClusterDefinition } from '../../model/index.js';
import type { ClientHistory, Poll } from '../run/client-history.js';
import type { Run } from '../run/run.js';
import { drain } from './drain.js';
import { FormMap, Keyword, type Form } from './form.js';
import type { KeyRecords, Mop, Operation, OperationType } from './operation.js';

/** The history of a run that is over, with a final drain of all partitions. Changes nothing of the run. */
export function historyOf(run: Run): Operation[] {
  const { definition } = run;
  const { history, consumer, beganUs, endedUs } = drain(run);
  const threads = producerThreads(definition, history, endedUs);
  for (const { index, host, partitions, processingUs } of definition.consumers) {
    const reader = { index, partitions, processingUs, startsUs: startsOf(history, host) };
    threads.push(consumerThread(reader, history));
  }
  threads.push(drainThread(definition, consumer, history, beganUs));
  return inOrder(threads);
}

/** An entry without its place in the history. */
interface Entry extends Omit<Operation, 'index' | 'process' | 'timeNs'> {
  readonly atUs: number;
}

/** What one process after the other did: entries in order, each invocation followed by its completion. */
type Thread = Entry[];

function entry(
  atUs: number,
  type: OperationType,
  f: string,
  fields: Partial<Pick<Entry, 'mops' | 'keys' | 'value' | 'seekToBeginning' | 'error'>> = {},
): Entry {
  return { atUs, type, f, mops: null, keys: null, value: null, ...fields };
}

/** A send from its invocation to its outcome. */
interface SendSpan {
  readonly value: number;
  readonly partition: number;
  readonly invokedUs: number;
  readonly completedUs: number;
  readonly type: 'ok' | 'fail' | 'info';
  readonly offset: number;
  readonly error: number;
}

const OUTCOME_TYPES = { ok: 'ok', failed: 'fail', unknown: 'info' } as const;

function producerThreads(
  definition: ClusterDefinition,
  history: ClientHistory,
  endUs: number,
): Thread[] {
  const { producers } = definition;
  const spans: SendSpan[][] = producers.map(() => []);
  for (const outcome of history.state.outcomes) {
    const hasAnswer = producers[outcome.producer]!.config.acks !== '0';
    const type = OUTCOME_TYPES[outcome.outcome];
    const { value, partition, invokedUs, completedUs, offset, error } = outcome;
    spans[outcome.producer]!.push({
      ...{ value, partition, invokedUs, completedUs, offset, error },
      type: type === 'ok' && !hasAnswer ? 'info' : type,
    });
  }
  const startsUs = producers.map(({ host }) => startsOf(history, host));
  for (const [value, { partition, invokedUs }] of history.state.open) {
    const producer = value % producers.length;
    const completedUs = startsUs[producer]!.find((atUs) => atUs > invokedUs) ?? endUs;
    const unknown = { type: 'info', offset: -1, error: ErrorCode.NONE } as const;
    spans[producer]!.push({ value, partition, invokedUs, completedUs, ...unknown });
  }
  return spans.flatMap(dealt);
}

/** Deals sends to threads: each goes to the first that is free when it is invoked. */
function dealt(spans: readonly SendSpan[]): Thread[] {
  const byInvocation = [...spans].sort((a, b) => a.invokedUs - b.invokedUs || a.value - b.value);
  const threads: Thread[] = [];
  const busyUntilUs: number[] = [];
  for (const span of byInvocation) {
    const free = busyUntilUs.findIndex((untilUs) => untilUs <= span.invokedUs);
    const thread = free < 0 ? threads.push([]) - 1 : free;
    busyUntilUs[thread] = span.completedUs;
    threads[thread]!.push(...sendEntries(span));
  }
  return threads;
}

function sendEntries(span: SendSpan): Entry[] {
  const { value, partition: key, invokedUs, completedUs, type, offset, error } = span;
  const sent: Mop = { f: 'send', key, value };
  const appended: Mop = { ...sent, offset: offset < 0 ? null : offset };
  return [
    entry(invokedUs, 'invoke', 'send', { mops: [sent] }),
    entry(completedUs, type, 'send', {
      mops: [type === 'ok' ? appended : sent],
      ...(error === ErrorCode.NONE ? {} : { error: errorName(error) }),
    }),
  ];
}

interface Reader {
  readonly index: number;
  readonly partitions: readonly number[];
  readonly processingUs: number;
  readonly startsUs: readonly number[];
}

function consumerThread(reader: Reader, history: ClientHistory): Thread {
  const { index, partitions, processingUs, startsUs } = reader;
  const polls = pollsOf(history, index);
  const thread: Thread = [];
  let next = 0;
  for (const [life, startUs] of startsUs.entries()) {
    if (life > 0) thread.push(entry(startUs, 'invoke', 'crash'), entry(startUs, 'info', 'crash'));
    thread.push(...assignEntries(startUs, partitions, false));
    const endUs = startsUs[life + 1] ?? Number.MAX_SAFE_INTEGER;
    let freeAtUs = startUs;
    for (; next < polls.length && polls[next]!.atUs < endUs; next++) {
      const poll = polls[next]!;
      thread.push(...pollEntries(Math.min(freeAtUs, poll.atUs), poll));
      freeAtUs = poll.atUs + poll.count * processingUs;
    }
  }
  return thread;
}

function drainThread(
  definition: ClusterDefinition,
  consumer: number,
  history: ClientHistory,
  beganUs: number,
): Thread {
  const keys = definition.partitions.map(({ index }) => index);
  const thread = [
    entry(beganUs, 'invoke', 'debug-topic-partitions', { value: keys }),
    entry(beganUs, 'ok', 'debug-topic-partitions', { value: partitionNames(definition) }),
    ...assignEntries(beganUs, keys, true),
  ];
  let freeAtUs = beganUs;
  for (const poll of pollsOf(history, consumer)) {
    thread.push(...pollEntries(freeAtUs, poll));
    freeAtUs = poll.atUs;
  }
  return thread;
}

/** `{0 {:topic "orders", :partition 0}}`. */
function partitionNames({ partitions }: ClusterDefinition): Form {
  const names = [new Keyword('topic'), new Keyword('partition')];
  return new FormMap(
    partitions.map(({ index }) => index),
    partitions.map(({ topic, number }) => new FormMap(names, [topic.name, number])),
  );
}

function assignEntries(
  atUs: number,
  keys: readonly number[],
  seekToBeginning: boolean,
): readonly Entry[] {
  const fields = { keys, ...(seekToBeginning ? ({ seekToBeginning } as const) : {}) };
  return [entry(atUs, 'invoke', 'assign', fields), entry(atUs, 'ok', 'assign', fields)];
}

/** What a consumer was given at one moment. */
interface WholePoll {
  readonly atUs: number;
  readonly reads: readonly KeyRecords[];
  readonly count: number;
}

/** A poll hands out records batch by batch: those of one moment are one poll. */
function pollsOf(history: ClientHistory, consumer: number): WholePoll[] {
  const own: Poll[][] = [];
  for (const poll of history.state.polls) {
    if (poll.consumer !== consumer) continue;
    const last = own.at(-1);
    if (last?.[0]?.atUs === poll.atUs) last.push(poll);
    else own.push([poll]);
  }
  return own.map(wholePoll);
}

function wholePoll(batches: readonly Poll[]): WholePoll {
  const byKey = new Map<number, { key: number; offsets: number[]; values: number[] }>();
  let count = 0;
  for (const { partition: key, firstOffset, values } of batches) {
    const records = byKey.get(key) ?? { key, offsets: [], values: [] };
    byKey.set(key, records);
    for (const [place, value] of values.entries()) {
      records.offsets.push(firstOffset + place);
      records.values.push(value);
    }
    count += values.length;
  }
  return { atUs: batches[0]!.atUs, reads: [...byKey.values()], count };
}

function pollEntries(invokedUs: number, { atUs, reads }: WholePoll): readonly Entry[] {
  return [
    entry(invokedUs, 'invoke', 'poll', { mops: [{ f: 'poll', reads: null }] }),
    entry(atUs, 'ok', 'poll', { mops: [{ f: 'poll', reads }] }),
  ];
}

function startsOf(history: ClientHistory, host: number): number[] {
  const starts: number[] = [];
  for (const start of history.state.starts) if (start.host === host) starts.push(start.atUs);
  return starts;
}

/** All entries in the order of time; of one moment, thread by thread. */
function inOrder(threads: readonly Thread[]): Operation[] {
  const numbered = threads.flatMap((thread, number) => {
    let process = number;
    return thread.map((each) => {
      const own = { each, process };
      if (each.type === 'info') process += threads.length;
      return own;
    });
  });
  return numbered
    .sort((a, b) => a.each.atUs - b.each.atUs)
    .map(({ each: { atUs, ...rest }, process }, index) => ({
      ...rest,
      index,
      process,
      timeNs: atUs * 1000,
    }));
}
