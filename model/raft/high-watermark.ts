/** The high watermark of the metadata log: offsets below it are on a majority of the voters for good. */
import type { HostContext } from '../../sim/index.js';
import { observerOf } from '../observer.js';
import type { LeaderState, RaftState } from './raft-state.js';

/**
 * Moves the leader's high watermark to the largest offset that a majority of the voters has flushed, once that is past
 * the first record of its own epoch (LeaderState.maybeUpdateHighWatermark). True when it moved.
 */
export function maybeAdvanceLeaderHighWatermark(
  raft: RaftState,
  leader: LeaderState,
  context: HostContext,
): boolean {
  const offset = majorityEndOffset(leader.endOffsets, raft.commitQuorum);
  if (offset <= leader.epochStartOffset || offset <= leader.highWatermark) return false;
  leader.highWatermark = offset;
  publishHighWatermark(raft, offset, context);
  return true;
}

/** What a node learns of the high watermark; lower values than the known one are ignored. */
export function publishHighWatermark(raft: RaftState, offset: number, context: HostContext): void {
  const highWatermark = Math.min(offset, raft.logEndOffset);
  if (highWatermark <= raft.highWatermark) return;
  raft.highWatermark = highWatermark;
  const { entries } = raft.log;
  const observer = observerOf(context);
  while (raft.committedCount < entries.length) {
    const batch = entries.at(raft.committedCount);
    if (batch.nextOffset > highWatermark) break;
    raft.committedCount++;
    observer.metadataCommitted(context.virtualUs, raft.nodeId, batch);
  }
}

/** The largest end offset that at least `needed` voters have reached; -1 where too few are known. */
function majorityEndOffset(endOffsets: readonly number[], needed: number): number {
  let best = -1;
  for (let index = 0; index < endOffsets.length; index++) {
    const candidate = endOffsets[index]!;
    if (candidate <= best) continue;
    let count = 0;
    for (let other = 0; other < endOffsets.length; other++) {
      if (endOffsets[other]! >= candidate) count++;
    }
    if (count >= needed) best = candidate;
  }
  return best;
}
