/**
 * How a leader writes (BatchAccumulator, KafkaRaftClient.maybeAppendBatches).
 *
 * Records wait for `controller.quorum.append.linger.ms` from the first of them on, and are then written as one batch.
 * The leader sends a batch to its followers while it flushes; its own copy counts once it is flushed. Kafka's raft
 * thread is blocked by a flush; here it goes on serving, but writes no further batch.
 * Differs from Kafka: with a single voter the batch is committed after the flush, there before it.
 */
import type { HostContext } from '../../sim/index.js';
import { MetadataBatch, type MetadataRecord } from '../metadata/records.js';
import { RAFT_OPCODES } from '../opcodes.js';
import { completeParkedBelow, updateLocalEndOffset } from './leader-fetches.js';
import { appendToLog } from './metadata-log.js';
import type { LeaderState, RaftState } from './raft-state.js';
import { failDisk } from './transitions.js';

/** A flush of the metadata log ended; the argument is the log end that it covers. */
export const FLUSHED = RAFT_OPCODES + 1;

/** Takes records for writing; returns the offset after the last of them. */
export function accumulate(
  raft: RaftState,
  leader: LeaderState,
  records: readonly MetadataRecord[],
  nowUs: number,
): number {
  for (let index = 0; index < records.length; index++) leader.pending.push(records[index]!);
  leader.nextOffset += records.length;
  if (leader.drainAtUs === Infinity) leader.drainAtUs = nowUs + raft.timeouts.appendLingerUs;
  return leader.nextOffset;
}

/** Writes what has waited long enough. */
export function maybeAppendBatch(
  raft: RaftState,
  leader: LeaderState,
  nowUs: number,
  context: HostContext,
): void {
  if (leader.drainAtUs > nowUs || raft.flushing) return;
  const batch = new MetadataBatch(raft.logEndOffset, raft.epoch, leader.pending);
  leader.pending = [];
  leader.drainAtUs = Infinity;
  if (!appendToLog(raft, batch, context)) {
    failDisk(raft, context);
    return;
  }
  flushLog(raft, context);
  completeParkedBelow(raft, raft.logEndOffset, context);
}

/** Makes what the log holds now durable. One flush at a time. */
export function flushLog(raft: RaftState, context: HostContext): void {
  raft.flushing = true;
  context.flush(raft.log, FLUSHED, raft.logEndOffset);
}

/** A flush ended: what it covers counts from now on. */
export function onFlushed(raft: RaftState, endOffset: number, context: HostContext): void {
  raft.flushing = false;
  if (context.host.disk.status === 'failed') {
    failDisk(raft, context);
    return;
  }
  raft.flushedOffset = Math.max(raft.flushedOffset, endOffset);
  if (raft.leader !== null) updateLocalEndOffset(raft, raft.leader, raft.flushedOffset, context);
}
