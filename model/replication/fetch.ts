/**
 * Fetch, by followers and consumers (ReplicaManager.fetchMessages, FetchSession).
 *
 * A fetch is answered at once when there are `minBytes` to read, an error, or a divergence; else it is parked
 * (delayed-fetch.ts). Followers read up to the log end offset and consumers up to the high watermark.
 *
 * Only the session's active partitions are looked at: the others have no news, and their follower is settled.
 *
 * Left out: reading from followers (KIP-392), isolation levels, quotas, and reads that miss the page cache.
 */
import type { HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { ErrorCode } from '../errors.js';
import { observerOf } from '../observer.js';
import { FetchResponse, type FetchRequest } from '../rpc/index.js';
import { awaitsIsrWrite, parkFetch } from './delayed-fetch.js';
import { completeDelayed } from './delayed-operations.js';
import { answerFetch } from './fetch-answer.js';
import { activateAll, closeSession, sessionOf, updateSession } from './fetch-session.js';
import { readSession, type ReadOccasion } from './read-session.js';
import type { FetchSession, ReplicaManagerState } from './state.js';

/** Serves a fetch: answers it, or parks it. */
export function handleFetch(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  connection: number,
  request: FetchRequest,
  context: HostContext,
): void {
  if (replicas.isStopping) return;
  const session = sessionOf(replicas, connection, request, context);
  if (typeof session === 'number') {
    const response = new FetchResponse(request.correlationId, session, 0, []);
    replicas.outbox.push({ connection, response, bytes: 0 });
    return;
  }
  updateSession(replicas, session, request);
  session.epoch++;
  session.correlationId = request.correlationId;
  session.minBytes = request.minBytes;
  session.maxBytes = request.maxBytes;
  if (session.partitions.length === 0) {
    answerEmptied(replicas, session, context);
    return;
  }
  const occasion = occasionOf(definition, replicas, session, request, context);
  session.lastFetchTimeUs = context.wallClockUs();
  const isReady = readSession(definition, replicas, session, occasion, context);
  const isDue = isReady || request.maxWaitMs <= 0;
  if (isDue && !awaitsIsrWrite(definition, replicas, session)) {
    answerFetch(replicas, session, context);
  } else parkFetch(replicas, session, request.maxWaitMs, context);
  completeDelayed(definition, replicas, context);
}

/** A session without partitions ends, and the reader opens a new one when it wants some again. */
function answerEmptied(
  replicas: ReplicaManagerState,
  session: FetchSession,
  context: HostContext,
): void {
  const response = new FetchResponse(session.correlationId, ErrorCode.NONE, 0, []);
  closeSession(replicas, session, context);
  replicas.outbox.push({ connection: session.connection, response, bytes: 0 });
}

/**
 * A fetch from an incarnation older than the registered one records no progress: what that process had may be lost
 * (KAFKA-15221, 3.7; switch `fetchIncarnation`).
 */
function occasionOf(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  session: FetchSession,
  request: FetchRequest,
  context: HostContext,
): ReadOccasion {
  const { replicaId, replicaEpoch } = request;
  if (replicaId < 0) return 'arrival';
  if (session.replicaEpoch !== replicaEpoch) {
    activateAll(session);
    session.replicaEpoch = replicaEpoch;
  }
  if (replicaEpoch === -1) return 'arrival';
  const registered = replicas.brokers === null ? -1 : replicas.brokers.epochOf(replicaId);
  if (registered <= replicaEpoch) return 'arrival';
  const { isrBrokerEpoch, fetchIncarnation } = definition.switches;
  if (isrBrokerEpoch === 'off' || fetchIncarnation === 'counted') {
    observerOf(context).mark(context.virtualUs, 'fetch-of-old-incarnation-counted', replicaId);
    return 'arrival';
  }
  activateAll(session);
  observerOf(context).mark(context.virtualUs, 'fetch-of-old-incarnation', replicaId);
  return 'stale';
}
