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

/** Answers a parked fetch if there is reason to by now. */
export function tryCompleteFetch(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  session: FetchSession,
  context: HostContext,
): void {
  if (!session.isParked) return;
  if (readSession(definition, replicas, session, 'again', context)) {
    answerFetch(replicas, session, context);
  }
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
  readSession(definition, replicas, session, 'again', context);
  answerFetch(replicas, session, context);
}

function armFetchTimer(session: FetchSession, context: HostContext): void {
  const delayUs = session.deadlineUs - context.nowUs();
  session.timer = context.setTimer(delayUs, ReplicaOpcode.fetchExpiration, session.index);
  session.timerAtUs = session.deadlineUs;
}
