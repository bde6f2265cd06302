/** The requests of a client: paths, answers, and what becomes of requests that get none. */
import { resultOf } from './client-connections.js';
import type { ClientResponse } from './client-messages.js';
import type { ZkCall, ZkClientState } from './client-state.js';
import type { ZkCode, ZkOperation, ZkResult } from './operations.js';

/** The operation with paths from the root of the ensemble. */
export function fullPathOperation(chroot: string, operation: ZkOperation): ZkOperation {
  if (chroot === '') return operation;
  if (operation.type !== 'multi') {
    return { ...operation, path: fullPath(chroot, operation.path) };
  }
  const writes = operation.writes.map((write) => ({
    ...write,
    path: fullPath(chroot, write.path),
  }));
  return { type: 'multi', writes };
}

/** The path as the client's owner knows it. */
export function pathBelow(chroot: string, path: string): string {
  if (chroot === '') return path;
  return path === chroot ? '/' : path.slice(chroot.length);
}

/** The oldest request is answered. Throws where the answer is another's. */
export function takeResponse(client: ZkClientState, { cxid, zxid, result }: ClientResponse): void {
  const call = client.inFlight.shift();
  if (call?.cxid !== cxid) {
    throw new Error(`the answer to request ${cxid} came while ${call?.cxid ?? 'none'} was due`);
  }
  client.lastZxid = Math.max(client.lastZxid, zxid);
  registerWatch(client, call.operation, result);
  answer(client, call, result);
}

/** All requests end that way, in order. */
export function failAll(client: ZkClientState, code: ZkCode): void {
  const calls = [...client.inFlight, ...client.outgoing];
  client.inFlight.length = 0;
  client.outgoing.length = 0;
  for (const call of calls) answer(client, call, resultOf(code));
}

/** One request ends that way. */
export function failCall(client: ZkClientState, call: ZkCall, code: ZkCode): void {
  answer(client, call, resultOf(code));
}

/** A watch counts from the answer on; that of `exists` also where there is no znode (ExistsWatchRegistration). */
function registerWatch(client: ZkClientState, operation: ZkOperation, { code }: ZkResult): void {
  if (!('watch' in operation) || !operation.watch) return;
  const path = fullPath(client.chroot, operation.path);
  if (operation.type === 'exists' && code === 'NONODE') client.existWatches.add(path);
  else if (code !== 'OK') return;
  else if (operation.type === 'getChildren') client.childWatches.add(path);
  else client.dataWatches.add(path);
}

function answer(client: ZkClientState, call: ZkCall, result: ZkResult): void {
  const { tag, payload, operation } = call;
  client.events.push({ type: 'response', tag, payload, operation, result });
}

function fullPath(chroot: string, path: string): string {
  if (chroot === '') return path;
  return path === '/' ? chroot : chroot + path;
}
