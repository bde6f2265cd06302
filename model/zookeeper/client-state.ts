/** The state of a client's session. */
import type { ConnectionId, EventHandle } from '../../sim/index.js';
import { negotiatedTimeoutUs } from './ensemble-config.js';
import type { ZkEventType, ZkOperation, ZkResult } from './operations.js';

/** What the client tells its owner. */
export type ZkClientEvent =
  /** The answer to `zkSubmit`, with its tag and payload. */
  | {
      readonly type: 'response';
      readonly tag: number;
      readonly payload: unknown;
      readonly operation: ZkOperation;
      readonly result: ZkResult;
    }
  /** A watch fired; it is gone by that. Path below the chroot. */
  | { readonly type: 'watch'; readonly path: string; readonly event: ZkEventType }
  /** `connected` also after a break: the session went on. */
  | { readonly type: 'state'; readonly state: 'connected' | 'disconnected' | 'expired' };

/** A request without an answer (ClientCnxn.Packet). */
export interface ZkCall {
  readonly cxid: number;
  /** As its owner submitted it: paths below the chroot. */
  readonly operation: ZkOperation;
  readonly tag: number;
  readonly payload: unknown;
}

/** The state of a session; plain data. */
export interface ZkClientState {
  readonly chroot: string;
  /** As wished; the servers negotiate. */
  readonly sessionTimeoutUs: number;
  /** 0: none yet. */
  sessionId: number;
  isConnected: boolean;
  isExpired: boolean;
  /** `zkClose` was called. */
  isClosed: boolean;
  readonly events: ZkClientEvent[];

  /** Hosts of the servers in the order of trying. */
  hosts: readonly number[];
  hostIndex: number;
  /** The server that the client was last connected to: after a round of all it waits. */
  lastHostIndex: number;
  /** Numbers attempts to connect. */
  attempt: number;
  /** -1: none is open or being opened. */
  connection: ConnectionId;
  /** A connected client that hears nothing for as long gives its server up. */
  readTimeoutUs: number;
  /** As long may it take until a server has answered for the session. */
  connectTimeoutUs: number;
  heardAtUs: number;
  sentAtUs: number;
  /** When the timer fires; infinite where it is not set. */
  wakeAtUs: number;
  wakeHandle: EventHandle;
  nextCxid: number;
  /** Newest transaction that an answer told of. */
  lastZxid: number;
  /** Waiting for a connection. */
  readonly outgoing: ZkCall[];
  /** Sent; answers come in the same order. */
  readonly inFlight: ZkCall[];
  /** Paths with the chroot, as the servers have them. */
  readonly dataWatches: Set<string>;
  readonly existWatches: Set<string>;
  readonly childWatches: Set<string>;
}

/** However long the session's timeout, a client that hears nothing else pings as often. */
const MAX_SEND_PING_INTERVAL_US = 10_000_000;
/** The second ping of a timeout must not come too late: it leaves that much earlier. */
const PING_MARGIN_US = 1_000_000;

/** A client that has sent nothing for so long pings: a third of the session's timeout, less a margin. */
export function idleBeforePingUs(readTimeoutUs: number): number {
  const halfUs = Math.floor(readTimeoutUs / 2);
  const idleUs =
    halfUs <= PING_MARGIN_US ? halfUs : Math.max(PING_MARGIN_US, halfUs - PING_MARGIN_US);
  return Math.min(idleUs, MAX_SEND_PING_INTERVAL_US);
}

/** How often an idle client pings whose session has that timeout, once it is negotiated. */
export function pingIntervalUs(sessionTimeoutUs: number): number {
  return idleBeforePingUs(readTimeoutUs(negotiatedTimeoutUs(sessionTimeoutUs)));
}

/** ClientCnxn.onConnected: what follows from the session's timeout. */
export function applyTimeout(client: ZkClientState, timeoutUs: number): void {
  client.readTimeoutUs = readTimeoutUs(timeoutUs);
  client.connectTimeoutUs = Math.floor(timeoutUs / client.hosts.length);
}

function readTimeoutUs(timeoutUs: number): number {
  return Math.floor((timeoutUs * 2) / 3);
}
