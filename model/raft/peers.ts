/**
 * One connection to each voter, one request at a time (RequestManager over NetworkClient).
 *
 * A request that times out breaks the connection. A broken or refused connection lets the peer back off; attempts
 * that fail in a row are spaced by 50 ms to 500 ms. Kafka fails the requests meanwhile one after the other; here the
 * peer backs off for as long. Differs from Kafka: a voter does not ask itself for the leader.
 */
import type { ConnectionId, HostContext, Message } from '../../sim/index.js';
import { PeerStatus, type Peer, type RaftState } from './raft-state.js';

const RECONNECT_BACKOFF_US = 50_000;
const RECONNECT_BACKOFF_MAX_US = 500_000;
/** `socket.connection.setup.timeout.ms`. */
const CONNECTION_SETUP_TIMEOUT_US = 10_000_000;

export function createPeer(nodeId: number, host: number): Peer {
  return {
    nodeId,
    host,
    connection: -1,
    established: false,
    unanswered: 0,
    breaksAtUs: Infinity,
    status: PeerStatus.ready,
    correlationId: -1,
    untilUs: 0,
    failedAttempts: 0,
    reconnectAtUs: 0,
  };
}

/** Forgets all requests under way; their responses will be ignored (RequestManager.resetAll). */
export function resetPeers(raft: RaftState): void {
  for (const peer of raft.peers) if (peer !== null) peer.status = PeerStatus.ready;
}

/** The peer may be sent a request now: none is under way, or it timed out, and it need not back off. */
export function isPeerReady(peer: Peer, nowUs: number): boolean {
  if (peer.status !== PeerStatus.ready) {
    if (nowUs < peer.untilUs) return false;
    peer.status = PeerStatus.ready;
  }
  return peer.connection >= 0 || nowUs >= peer.reconnectAtUs;
}

/** Breaks connections whose oldest request timed out, whether anybody still waits for it or not. */
export function expireConnections(raft: RaftState, nowUs: number, context: HostContext): void {
  const { peers } = raft;
  for (let index = 0; index < peers.length; index++) {
    const peer = peers[index] ?? null;
    if (peer === null || nowUs < peer.breaksAtUs) continue;
    context.close(peer.connection);
    onPeerClosed(raft, peer, nowUs, context);
  }
}

/** When the next connection breaks unless its peer answers. */
export function firstBreakUs(raft: RaftState): number {
  const { peers } = raft;
  let earliestUs = Infinity;
  for (let index = 0; index < peers.length; index++) {
    const peer = peers[index] ?? null;
    if (peer !== null && peer.breaksAtUs < earliestUs) earliestUs = peer.breaksAtUs;
  }
  return earliestUs;
}

/** When to look at the peer again. */
export function peerDeadlineUs(peer: Peer): number {
  const untilUs = peer.status === PeerStatus.ready ? 0 : peer.untilUs;
  return peer.connection < 0 ? Math.max(untilUs, peer.reconnectAtUs) : untilUs;
}

function isAwaitingResponse(peer: Peer, nowUs: number): boolean {
  return peer.status === PeerStatus.awaitingResponse && nowUs < peer.untilUs;
}

export function hasTimedOut(peer: Peer, nowUs: number): boolean {
  return peer.status === PeerStatus.awaitingResponse && nowUs >= peer.untilUs;
}

/** The index of a peer that a request is under way to, or -1. */
export function awaitedPeer(raft: RaftState, nowUs: number): number {
  const { peers } = raft;
  for (let index = 0; index < peers.length; index++) {
    const peer = peers[index] ?? null;
    if (peer !== null && isAwaitingResponse(peer, nowUs)) return index;
  }
  return -1;
}

/** Sends a request whose correlation id is `raft.nextCorrelationId`. The peer must be ready. */
export function sendRequest(
  raft: RaftState,
  peer: Peer,
  request: Message,
  nowUs: number,
  context: HostContext,
): void {
  if (peer.connection < 0) {
    peer.connection = context.connect(peer.host, CONNECTION_SETUP_TIMEOUT_US);
    peer.established = false;
  }
  if (peer.unanswered++ === 0) peer.breaksAtUs = nowUs + raft.timeouts.requestUs;
  peer.status = PeerStatus.awaitingResponse;
  peer.correlationId = raft.nextCorrelationId++;
  peer.untilUs = nowUs + raft.timeouts.requestUs;
  context.send(peer.connection, request, sendDelayUs(raft, nowUs));
}

/** Sends a response, after the election state was written. */
export function sendResponse(
  raft: RaftState,
  connection: ConnectionId,
  response: Message,
  context: HostContext,
): void {
  const delayUs = raft.busyUntilUs === 0 ? 0 : sendDelayUs(raft, context.nowUs());
  context.send(connection, response, delayUs);
}

/** The peer that a connection leads to, or null. */
export function peerOf(raft: RaftState, connection: ConnectionId): Peer | null {
  const { peers } = raft;
  for (let index = 0; index < peers.length; index++) {
    const peer = peers[index] ?? null;
    if (peer !== null && peer.connection === connection) return peer;
  }
  return null;
}

/** Index of another voter by its id, or -1. */
export function voterIndexOf(raft: RaftState, nodeId: number): number {
  const { peers } = raft;
  for (let index = 0; index < peers.length; index++) {
    if (peers[index]?.nodeId === nodeId) return index;
  }
  return -1;
}

/** True where the response answers the request under way; the peer is then ready again. */
export function acceptResponse(
  raft: RaftState,
  peer: Peer,
  correlationId: number,
  nowUs: number,
): boolean {
  peer.established = true;
  peer.failedAttempts = 0;
  peer.unanswered--;
  peer.breaksAtUs = peer.unanswered === 0 ? Infinity : nowUs + raft.timeouts.requestUs;
  if (peer.status !== PeerStatus.awaitingResponse || peer.correlationId !== correlationId)
    return false;
  peer.status = PeerStatus.ready;
  return true;
}

/** The connection broke or could not be made. */
export function onPeerClosed(
  raft: RaftState,
  peer: Peer,
  nowUs: number,
  context: HostContext,
): void {
  if (isAwaitingResponse(peer, nowUs)) {
    peer.status = PeerStatus.backingOff;
    peer.untilUs = nowUs + raft.timeouts.retryBackoffUs;
  }
  peer.connection = -1;
  peer.unanswered = 0;
  peer.breaksAtUs = Infinity;
  if (peer.established) return;
  const doublings = Math.min(peer.failedAttempts, 4);
  const backoffUs = Math.min(RECONNECT_BACKOFF_US << doublings, RECONNECT_BACKOFF_MAX_US);
  const jitter = 0.8 + 0.4 * context.random('raft').uniform();
  peer.failedAttempts++;
  peer.reconnectAtUs = nowUs + Math.round(backoffUs * jitter);
}

function sendDelayUs(raft: RaftState, nowUs: number): number {
  return Math.max(0, raft.busyUntilUs - nowUs);
}
