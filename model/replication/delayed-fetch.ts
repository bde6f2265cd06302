/**
 * Fetches that wait for records (DelayedFetch).
 *
 * A session has one timer. It is set when a fetch is parked and left alone when that fetch is answered early; when it
 * fires it is set again for what is then left to wait. So a busy session costs few timers, and an idle one a single
 * timer for each fetch.
 *
 * Differs from Kafka: a consumer above the high watermark (a new leader's may lag) waits for it, where Kafka answers
 * with nothing at once and is asked again at once.
 */
import { NO_EVENT, type HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { answerFetch, compactActive } from './fetch-answer.js';
import { readSession } from './read-session.js';
import { ReplicaOpcode } from './replica-opcodes.js';
import type { FetchSession, ReplicaManagerState } from './state.js';

/** Lets a fetch wait. */
export function parkFetch(
  replicas: ReplicaManagerState,
  session: FetchSession,
  maxWaitMs: number,
  context: HostContext,
): void {
  compactActive(replicas, session);
  session.isParked = true;
  session.deadlineUs = context.nowUs() + maxWaitMs * 1000;
  if (session.timer !== NO_EVENT) {
    if (session.timerAtUs <= session.deadlineUs) return;
    context.cancelTimer(session.timer);
  }
  armFetchTimer(session, context);
}

/**
 * Whether a fetch has to wait for ZooKeeper: a leader that writes its ISR itself (switch `isrUpdate`) holds the partition's
 * lock until the write is done, and reads need that lock. So a follower has nothing of what it is told in answer to the fetch
 * with which it joins before it has joined.
 *
 * Source: Partition.leaderIsrUpdateLock in maybeExpandIsr, maybeShrinkIsr and readRecords (0.10 to 2.6);
 * ReplicaManager.fetchMessages (followers' progress is noted before the answer is sent).
 */
export function awaitsIsrWrite(
  { switches }: ClusterDefinition,
  replicas: ReplicaManagerState,
  { active }: FetchSession,
): boolean {
  if (switches.isrUpdate !== 'compareAndSet') return false;
  for (let at = 0; at < active.length; at++) {
    const role = replicas.partitions[active[at]!.partition]?.role;
    if (role?.kind === 'leader' && role.pending !== null) return true;
  }
  return false;
}

/** Answers a parked fetch if there is reason to by now. */
export function tryCompleteFetch(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  session: FetchSession,
  context: HostContext,
): void {
  if (!session.isParked || awaitsIsrWrite(definition, replicas, session)) return;
  const isReady = readSession(definition, replicas, session, 'again', context);
  // Its time may have run out while it waited for a lock.
  if (isReady || session.deadlineUs <= context.nowUs()) answerFetch(replicas, session, context);
}

/** A session's timer fired: its fetch is answered if it has waited long enough. */
export function expireFetch(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  index: number,
  context: HostContext,
): void {
  const session = replicas.sessions[index] ?? null;
  if (session === null) return;
  session.timer = NO_EVENT;
  if (!session.isParked) return;
  if (context.nowUs() < session.deadlineUs) {
    armFetchTimer(session, context);
    return;
  }
  if (awaitsIsrWrite(definition, replicas, session)) return;
  readSession(definition, replicas, session, 'again', context);
  answerFetch(replicas, session, context);
}

function armFetchTimer(session: FetchSession, context: HostContext): void {
  const delayUs = session.deadlineUs - context.nowUs();
  session.timer = context.setTimer(delayUs, ReplicaOpcode.fetchExpiration, session.index);
  session.timerAtUs = session.deadlineUs;
}
