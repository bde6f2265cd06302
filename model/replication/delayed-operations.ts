/**
 * Completing what waits, at the end of each call into the replicas (ActionQueue, DelayedOperations).
 *
 * While a request is served it only notes which parked operations it may have freed; they are looked at once, when all
 * of its partitions are done.
 */
import { shorten, type HostContext } from '../../sim/index.js';
import type { ClusterDefinition } from '../definition.js';
import { tryCompleteFetch } from './delayed-fetch.js';
import { completeWaiting } from './delayed-produce.js';
import type { ReplicaManagerState } from './state.js';

/** Answers the produce requests and fetches that the present call has freed. */
export function completeDelayed(
  definition: ClusterDefinition,
  replicas: ReplicaManagerState,
  context: HostContext,
): void {
  const { advanced, woken } = replicas;
  for (let at = 0; at < advanced.length; at++) {
    completeWaiting(definition, replicas, advanced[at]!, context);
  }
  shorten(advanced, 0);
  // Reading again records no progress, so that nothing is woken or advanced by this.
  for (let at = 0; at < woken.length; at++) {
    const session = woken[at]!;
    session.isWoken = false;
    tryCompleteFetch(definition, replicas, session, context);
  }
  shorten(woken, 0);
}
