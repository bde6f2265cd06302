/**
 * The application of a producer: hands over records at even distances, or as the scenario lists them.
 *
 * Record n of producer p has the value n * producers + p, so that every record of a run is told apart. What falls into a
 * time when the process is down is never made; its numbers stay unused.
 */
import { Immutable, type HostContext } from '../../sim/index.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import { armBy } from './lazy-timer.js';
import { ClientOpcode } from './opcodes.js';
import { failRecord } from './produce-outcome.js';
import { hasProducerId } from './idempotence.js';
import { aloneInRequestBytes, keyLength, slotForKey, type ProducerPlan } from './producer-plan.js';
import { blockedCount, type ProducerState } from './producer-state.js';
import { Appended, appendRecord, choosePartition } from './record-accumulator.js';

/**
 * Tells a producer to send a record at once, whatever its application does: the payload of the timer
 * `ClientOpcode.send`, which whoever directs the run sets on the producer's host.
 */
export class SendCommand extends Immutable {
  constructor(
    /** Numbers of the partitions of the producer's topic that get a record each. */
    readonly partitions: readonly number[],
    /** The records are numbered from here at least: a process that was started anew does not know what others sent. */
    readonly firstRecord: number,
  ) {
    super();
  }
}

/** Makes the records of a command. True where the sender must look at once. */
export function runCommand(
  plan: ProducerPlan,
  state: ProducerState,
  command: SendCommand,
  context: HostContext,
): boolean {
  let mustSend = false;
  state.nextRecord = Math.max(state.nextRecord, command.firstRecord);
  for (const partition of command.partitions) {
    mustSend = makeRecord(plan, state, partition, context) || mustSend;
  }
  return mustSend;
}

/** Sets the application going: it begins at `startUs`, or at once where the process starts later. */
export function startApplication(
  plan: ProducerPlan,
  state: ProducerState,
  context: HostContext,
): void {
  const nowUs = context.nowUs();
  skipPast(plan, state, nowUs);
  const delayUs = Math.max(0, plan.producer.startUs - nowUs);
  context.setTimer(delayUs, ClientOpcode.application);
}

/**
 * Hands over all records that are due, and sets the timer for the next. True where the sender must look at once;
 * otherwise what was added just lingers.
 */
export function runApplication(
  plan: ProducerPlan,
  state: ProducerState,
  context: HostContext,
): boolean {
  const nowUs = context.nowUs();
  let mustSend = false;
  let dueUs = nextDueUs(plan, state);
  while (dueUs <= nowUs) {
    mustSend = makeDueRecords(plan, state, context) || mustSend;
    dueUs = nextDueUs(plan, state);
  }
  if (dueUs < plan.producer.stopUs) context.setTimer(dueUs - nowUs, ClientOpcode.application);
  return mustSend;
}

/** When the next record is due; never, once the application has stopped. */
function nextDueUs(plan: ProducerPlan, state: ProducerState): number {
  const { ratePerSecond, sends, startUs, stopUs } = plan.producer;
  let dueUs = Number.MAX_SAFE_INTEGER;
  if (ratePerSecond !== null) dueUs = recordDueUs(startUs, ratePerSecond, state.nextRecord);
  else if (sends !== null) dueUs = sends[state.nextSend]?.atUs ?? dueUs;
  return dueUs < stopUs ? dueUs : Number.MAX_SAFE_INTEGER;
}

function recordDueUs(startUs: number, ratePerSecond: number, record: number): number {
  return startUs + Math.floor((record * 1_000_000) / ratePerSecond);
}

function makeDueRecords(plan: ProducerPlan, state: ProducerState, context: HostContext): boolean {
  const { ratePerSecond, sends } = plan.producer;
  if (ratePerSecond !== null) return makeRecord(plan, state, -1, context);
  const { partition, records } = sends![state.nextSend++]!;
  let mustSend = false;
  for (let count = 0; count < records; count++) {
    mustSend = makeRecord(plan, state, partition, context) || mustSend;
  }
  return mustSend;
}

/** Makes one record; `chosenSlot` is -1 where the partitioner decides. */
function makeRecord(
  plan: ProducerPlan,
  state: ProducerState,
  chosenSlot: number,
  context: HostContext,
): boolean {
  const { producer } = plan;
  const value = state.nextRecord++ * plan.producerCount + producer.index;
  const key = producer.keys === null ? -1 : state.workload.below(producer.keys);
  let slot = chosenSlot;
  if (slot < 0) {
    slot = plan.isKeyless ? choosePartition(plan, state, key) : slotForKey(plan, key);
  }
  const partition = plan.firstPartition + slot;
  observerOf(context).sendInvoked(context.virtualUs, producer.index, value, partition, key);
  state.pending++;
  return send(plan, state, value, key, slot, context);
}

/** KafkaProducer.doSend: into a batch, or into the line of those that wait for metadata or memory. */
function send(
  plan: ProducerPlan,
  state: ProducerState,
  value: number,
  key: number,
  slot: number,
  context: HostContext,
): boolean {
  const bytes = aloneInRequestBytes(plan.bareRecordBytes + keyLength(key));
  if (bytes > plan.maxRequestSize || bytes > plan.bufferMemory) {
    failRecord(plan, state, value, slot, ErrorCode.MESSAGE_TOO_LARGE, context);
    return false;
  }
  const { core, idempotence } = state;
  if (blockedCount(state) > 0 || !core.metadata.isKnown) {
    return block(plan, state, value, key, slot, context);
  }
  switch (appendRecord(plan, state, value, key, slot, context)) {
    case Appended.noMemory:
      return block(plan, state, value, key, slot, context);
    case Appended.joined:
      return false;
    case Appended.filled:
      return true;
    case Appended.began: {
      const isWaiting = idempotence !== null && !hasProducerId(idempotence);
      if (plan.lingerUs === 0 || isWaiting || core.metadata.leaders[slot]! < 0) return true;
      const lingersUntilUs = context.nowUs() + plan.lingerUs;
      armBy(core.network.wake, lingersUntilUs, ClientOpcode.wake, context);
      return false;
    }
  }
}

function block(
  plan: ProducerPlan,
  state: ProducerState,
  value: number,
  key: number,
  slot: number,
  context: HostContext,
): boolean {
  const deadlineUs = context.nowUs() + plan.maxBlockUs;
  const isFirst = blockedCount(state) === 0;
  state.blocked.push({ value, key, slot, deadlineUs });
  armBy(state.core.network.deadline, deadlineUs, ClientOpcode.deadline, context);
  return isFirst;
}

/** Passes over what was due before the process started. */
function skipPast(plan: ProducerPlan, state: ProducerState, nowUs: number): void {
  const { ratePerSecond, sends, startUs } = plan.producer;
  if (ratePerSecond !== null) {
    if (nowUs <= startUs) return;
    state.nextRecord = Math.floor(((nowUs - startUs) * ratePerSecond) / 1_000_000);
    while (recordDueUs(startUs, ratePerSecond, state.nextRecord) < nowUs) state.nextRecord++;
    return;
  }
  while (sends !== null && (sends[state.nextSend]?.atUs ?? nowUs) < nowUs) {
    state.nextRecord += sends[state.nextSend++]!.records;
  }
}
