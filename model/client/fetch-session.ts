/**
 * A consumer's incremental fetch session with one broker (KIP-227): after the first, a request names only the
 * partitions whose position or leader epoch changed, and those that the broker may forget.
 *
 * Source: FetchSessionHandler.
 */

/** The epoch that opens a session. */
const INITIAL_SESSION_EPOCH = 0;
const MAX_SESSION_EPOCH = 0x7fffffff;

export interface FetchSession {
  /** 0: none. */
  id: number;
  epoch: number;
  /** A request is under way; there is never more than one for each broker. */
  isPending: boolean;
  /** Partitions that the broker has in the session. */
  memberCount: number;
  /** Completed fetches from this broker that were not polled yet: nothing more is fetched meanwhile (KAFKA-17182). */
  bufferedCount: number;
  /** Slots that the next request names. */
  readonly queued: number[];
  /** Partitions that the next request drops. */
  readonly forgotten: number[];
}

export function createFetchSession(): FetchSession {
  return {
    id: 0,
    epoch: INITIAL_SESSION_EPOCH,
    isPending: false,
    memberCount: 0,
    bufferedCount: 0,
    queued: [],
    forgotten: [],
  };
}

/** The session goes on with the id that the broker gave. */
export function continueSession(session: FetchSession, id: number): void {
  session.id = id;
  session.epoch = session.epoch === MAX_SESSION_EPOCH ? 1 : session.epoch + 1;
}

/** The next request opens a new session; the caller queues the members of the old one again. */
export function restartSession(session: FetchSession): void {
  session.id = 0;
  session.epoch = INITIAL_SESSION_EPOCH;
  session.memberCount = 0;
  session.forgotten.length = 0;
}
